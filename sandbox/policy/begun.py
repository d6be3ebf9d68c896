"""A call that the product began: what its note says of it, and an answer that leaves nothing to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.policy.request import ModelRequest, Note, Reply, Said

_NOTE = re.compile(r"^Note: we placed this call to a \w+, about: (?P<topic>\w+)(?: \((?P<order>[\w-]+)\))?")
_TELLS = ("pickup", "off", "moved", "where", "late", "rejected", "changed", "at_door")
"""What wants no more than an okay."""
_OKAY = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?|thank you|yes|yeah|ya|sure|fine|good|great|got it|i see|all ?right|no problem|"
    r"never mind|coming|i'?m coming|on my way|i'?ll be there|just traffic|traffic|a bit of traffic|all good|theek hai|"
    r"haan|ji|accha|achha|shukriya|dhanyavaad|aa raha hoon|aata hoon|then|so much|very much|for (?:telling|calling)|me|"
    r"and|it|is|that'?s)\W*)+$",
    re.I,
)
FAREWELL = "Thank you. Goodbye."


@dataclass(frozen=True)
class Begun:
    """What a call of ours is about."""

    topic: str
    order: str | None


def begun(events: Iterable[object]) -> Begun | None:
    """What the note of a call that we began says; None for a call that came in."""
    for event in events:
        if isinstance(event, Note) and (found := _NOTE.match(event.text)):
            return Begun(found["topic"], found["order"])
    return None


def told(request: ModelRequest) -> Reply | None:
    """Goodbye, when what was told is answered by an okay, and nothing has been talked about since."""
    about = begun(request.events)
    said = [event.text for event in request.events if isinstance(event, Said)]
    if about is None or about.topic not in _TELLS or len(said) != 1 or "end_call" not in request.tools:
        return None
    return Reply(calls=(request.fits("end_call", {"farewell": FAREWELL}),)) if _OKAY.match(said[0]) else None
