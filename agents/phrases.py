"""What the system says in the same words to everybody: rendered at start, so that it never waits for a vendor."""

from agents import AGENTS
from compliance import wording
from domain import readback


def fixed_phrases() -> tuple[str, ...]:
    """Every such text."""
    return (
        *wording.greeting_phrases(("US", "IN")),
        wording.CONTACT_QUESTION,
        wording.CALL_BACK,
        wording.NO_NUMBER,
        wording.NOT_UNDERSTOOD,
        wording.NO_PROMISE,
        wording.YES_OR_NO,
        wording.ROBOT,
        wording.NOT_RECORDED,
        wording.GONE,
        wording.DEAD_AIR,
        *wording.NOW_SPEAKING.values(),
        readback.QUESTION,
        *(filler for agent in AGENTS.values() for filler in agent.fillers),
    )
