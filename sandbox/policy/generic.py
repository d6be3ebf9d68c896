"""What the stand-in says for an agent whose tools it has no plan for: the truth, and a handoff when one fits."""

import re

from rapidfuzz import fuzz

from sandbox.policy import say
from sandbox.policy.cast import PREFIX, crossed
from sandbox.policy.hear import hear
from sandbox.policy.plain import plain
from sandbox.policy.request import Event, ModelRequest, Reply, Result, Said, ToolCall

# Below this a tool's description has nothing to do with the caller's words.
RELATED = 60.0


def general(request: ModelRequest) -> Reply:
    """Tell what a tool said, call a tool without required arguments that fits, else answer plainly."""
    last = request.events[-1] if request.events else None
    handed = any(crossed(event) for event in _since_said(request))
    if isinstance(last, Result) and not crossed(last):
        content = last.content
        spoken = plain(str(content["error"])).text if "error" in content else str(content.get("say") or "")
        return Reply(spoken or "All right. Is there anything else?")
    heard = hear(request.last_said(), "none")
    if heard.identity:
        return Reply({"model": say.MODEL, "robot": say.ROBOT}[heard.identity])
    if not request.tools or not request.use_tools:
        return Reply("I heard you, but I have no tool for that here.")
    names = {True: "ask_for_person", False: "end_call"}
    if heard.person and names[True] in request.tools:
        return Reply(calls=(request.fits(names[True], {"reason": "The caller asked for a person."}),))
    if (heard.leaving or heard.done) and names[False] in request.tools:
        return Reply(calls=(request.fits(names[False], {"farewell": "Thank you. Goodbye."}),))
    if (call := _fitting(request, heard.text)) and not (handed and call.name.startswith(PREFIX)):
        return Reply(calls=(call,))
    return Reply("I can help with this call, but I did not get that. Could you say it another way?")


def _since_said(request: ModelRequest) -> list[Event]:
    """What has happened since the caller spoke last."""
    said = [place for place, event in enumerate(request.events) if isinstance(event, Said)]
    return list(request.events[said[-1] if said else 0 :])


def _fitting(request: ModelRequest, text: str) -> ToolCall | None:
    """The tool whose description is nearest to the words, when it needs no argument but a reason."""
    scored = []
    for tool in request.tools.values():
        if set(tool.schema.get("required", [])) <= {"reason"}:
            words = f"{tool.name.replace('_', ' ')} {tool.description}"
            scored.append((fuzz.token_set_ratio(_bare(text), _bare(words)), tool.name))
    score, name = max(scored, default=(0.0, ""))
    return request.fits(name, {"reason": text}) if score >= RELATED else None


def _bare(text: str) -> str:
    return " ".join(word for word in re.findall(r"[a-z]{4,}", text.lower()))
