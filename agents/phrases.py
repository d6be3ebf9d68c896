"""What the system says in the same words to everybody: rendered at start, so that it never waits for a vendor."""

from agents import AGENTS
from compliance import greetings, outgoing_words, wording
from domain import announcement, readback
from tools import changes, driving


def fixed_phrases() -> tuple[str, ...]:
    """Every such text in every language; what has a name, a time or a place in it is not among them."""
    fillers = [filler for agent in AGENTS.values() for filler in agent.fillers]
    sayings = (*wording.sayings(), readback.QUESTION, changes.QUESTION, *fillers)
    return (
        *greetings.greeting_phrases(("US", "IN")),
        *outgoing_words.outgoing_phrases(),
        *wording.NOW_SPEAKING.values(),
        *(announcement.HOW_LONG, driving.QUESTION),  # kitchens and drivers are spoken to in English
        *(text for saying in sayings for text in saying.all if "{" not in text),
    )
