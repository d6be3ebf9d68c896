"""One turn of an agent with a plan of its own: what was said, what has been called since, what came of it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.policy import say
from sandbox.policy.begun import Begun, begun
from sandbox.policy.cast import PREFIX, Handed, Left
from sandbox.policy.hear import hear
from sandbox.policy.plain import plain
from sandbox.policy.request import Event, ModelRequest, Note, Reply, Result, Said, Spoke, ToolCall
from sandbox.policy.rules import rules_in
from sandbox.policy.state import Fact
from sandbox.policy.wishes import Heard

ELSE = "Anything else?"
NOT_NOW = "I'm sorry, that did not work just now."
MOST_CALLS_IN_A_TURN = 10
_LATE = re.compile(
    r"^Note: (?P<tool>\w+) went on after it was interrupted\.[^{]*(?P<outcome>\{.*\})\s*$", re.S
)


@dataclass
class Side:
    """The turn, and the conversation before it: every result in its order, and what was spoken last."""

    heard: Heard = field(default_factory=Heard)
    handed: bool = False
    told: bool = False
    calls: list[ToolCall] = field(default_factory=list)
    results: dict[str, Fact] = field(default_factory=dict)
    before: list[tuple[ToolCall, Fact]] = field(default_factory=list)
    spoken: str = ""
    late: str = ""
    about: Begun | None = None
    """What we called about."""

    def called(self, name: str) -> bool:
        return any(call.name == name for call in self.calls)

    def good(self, name: str) -> Fact | None:
        """A tool's answer in this turn, unless it refused."""
        content = self.results.get(name)
        return content if content is not None and "error" not in content else None


def side_of(events: Iterable[Event | Handed | Left]) -> Side:
    """Replay: each turn of the caller begins anew, what tools answered stays; words without an answer are one turn."""
    side, events, unanswered = Side(), list(events), ""
    side.about = begun(events)
    for event in events:
        if isinstance(event, Said):
            unanswered = f"{unanswered} {event.text}".strip()
        elif isinstance(event, Spoke | ToolCall | Handed):
            unanswered = ""
        match event:
            case Said() | Handed():
                text = unanswered or event.text
                asked = side.spoken.endswith("?") and not side.spoken.endswith(ELSE)
                side.heard = hear(text, "yes_or_no" if asked else "none")
                side.handed = isinstance(event, Handed)
                side.calls, side.results, side.told, side.late = [], {}, False, ""
            case Spoke(text):
                side.spoken, side.late = text, ""
            case ToolCall():
                side.calls.append(event)
            case Result() if event.content.get("text") not in ("IN_PROGRESS", "CANCELLED", "COMPLETED"):
                _take(side, event.call, event.content)
            case Note(text):
                _note(side, text)
            case _:
                pass
    return side


def _take(side: Side, call: ToolCall, content: Fact) -> None:
    side.results[call.name] = content
    side.before.append((call, content))


def _note(side: Side, text: str) -> None:
    side.told = side.told or "the system has just said" in text
    if found := _LATE.match(text):
        content = json.loads(found["outcome"])
        made = next(
            (call for call in reversed(side.calls) if call.name == found["tool"]), ToolCall(found["tool"])
        )
        _take(side, made, content)
        side.late = spoken(content)


def spoken(content: Fact) -> str:
    """What a tool wants said: its sentence, or its refusal in plain words."""
    if "error" in content:
        return plain(str(content["error"])).text or NOT_NOW
    return str(content.get("say") or content.get("ask") or "")


def asking(text: str) -> str:
    """The words, and a way on unless they ask something themselves."""
    return text if text.endswith("?") else say.joined(text, ELSE)


def usual(request: ModelRequest, side: Side) -> Reply | None:
    """What every agent does alike: whose call it is, a person, what was not heard, goodbye."""
    heard, tools = side.heard, request.tools
    for wanted, name, arguments in (
        (heard.not_me, "not_this_person", {}),
        (heard.person, "ask_for_person", {"reason": "The caller asked for a person."}),
    ):
        if wanted and name in tools:
            if name in side.results:
                return Reply(asking(spoken(side.results[name]) or say.FORGOTTEN))
            return Reply(calls=(request.fits(name, arguments),))
    if heard.insult and heard.empty:
        return Reply(say.joined(say.KIND, "How can I help?"))
    if heard.identity == "robot" and "machine" not in rules_in(request.system):
        return Reply(f"{say.NOT_UNDERSTOOD} How can I help?")
    if heard.identity and not side.told:
        return Reply({"model": say.MODEL, "robot": say.ROBOT}[heard.identity])
    if heard.repeat and side.spoken:
        return Reply(side.spoken)
    if heard.hold:
        return Reply(say.TAKE_YOUR_TIME)
    return None


def ending(request: ModelRequest, side: Side) -> Reply | None:
    """Goodbye, when nothing else is wanted."""
    heard = side.heard
    asked = side.spoken.endswith(ELSE)
    over = heard.leaving or heard.done or (asked and (heard.answer is False or heard.thanks))
    if not over or side.calls or "end_call" not in request.tools:
        return None
    return Reply(calls=(request.fits("end_call", {"farewell": "Thank you. Goodbye."}),))


def rejected(side: Side) -> bool:
    """Whether nobody took the caller in this turn."""
    return any(name.startswith(PREFIX) for name in side.results)
