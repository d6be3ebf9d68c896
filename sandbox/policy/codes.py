"""A tool wants a code first: have it texted, read it back, and go on as if the tool had said yes at once."""

import re
from dataclasses import dataclass, field, replace

from sandbox.policy.plain import plain
from sandbox.policy.request import Event, ModelRequest, Note, Reply, Result, Said, Spoke, ToolCall

SEND, PROVE = "send_code", "prove"
_WANTED = re.compile(rf"\b{SEND}\b.*?\bpurpose (?P<purpose>\w+)", re.S)
_DIGIT = re.compile(r"\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b", re.I)
LEAST_DIGITS = 4


@dataclass
class _Codes:
    """What has been said and done about a code, and everything else."""

    kept: list[Event] = field(default_factory=list)
    refused: ToolCall | None = None
    """The call that a code is wanted for."""
    purpose: str = ""
    step: str = ""
    """wanted, sent, said, wrong, proved; empty while no code is wanted."""
    text: str = ""

    def take(self, event: Event) -> None:
        match event:
            case Result(call, content) if call.name == SEND:
                self.text = str(content.get("say") or plain(str(content.get("error", ""))).text)
                self.step = {"sent": "sent", "proved": "proved"}.get(str(content.get("status")), "wrong")
            case Result(call, content) if call.name == PROVE:
                self.step = "proved" if content.get("status") == "proved" else "wrong"
                self.text = plain(str(content.get("error", ""))).text
            case Result(call, content) if found := _WANTED.search(str(content.get("error", ""))):
                self.kept = [
                    one for one in self.kept if not (isinstance(one, ToolCall) and one.id == call.id)
                ]
                self.refused, self.purpose, self.step = call, found["purpose"], "wanted"
            case ToolCall(name) if name in (SEND, PROVE):
                pass
            case Said(text) if self.step and len(_DIGIT.findall(text)) >= LEAST_DIGITS:
                self.step, self.text = "said", text
            case Spoke() | Note() if self.step:
                pass
            case _:
                if isinstance(event, (Said, ToolCall)):  # they want something else, or it is being done
                    self.step = ""
                self.kept.append(event)


def code_talk(request: ModelRequest) -> tuple[Reply | None, ModelRequest]:
    """What to do about a code now, if anything, and the request without all that was said about codes."""
    codes = _Codes()
    for event in request.events:
        codes.take(event)
    return _reply(codes, request), replace(request, events=tuple(codes.kept))


def _reply(codes: _Codes, request: ModelRequest) -> Reply | None:
    match codes.step:
        case "wanted" if SEND in request.tools:
            return Reply(calls=(request.fits(SEND, {"purpose": codes.purpose}),))
        case "said" if PROVE in request.tools:
            return Reply(calls=(request.fits(PROVE, {"code": codes.text}),))
        case "proved" if codes.refused is not None and codes.refused.name in request.tools:
            return Reply(calls=(ToolCall(codes.refused.name, codes.refused.arguments),))
        case "sent" | "wrong":
            return Reply(codes.text or "Could you read it once more, please?")
        case _:
            return None
