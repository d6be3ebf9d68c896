"""Who is at the other end: of a call that came in, somebody with something to say. Ours: `agents.outgoing`."""

from compliance import wording
from domain.dialling import Outcome
from domain.saying import Saying


class OtherSide:
    """A caller. Nothing stands between them and the conversation."""

    @property
    def waits(self) -> bool:
        """Whether nothing is to be said to whoever is on the line."""
        return False

    @property
    def outcome(self) -> Outcome:
        """What a call of ours has come to: this one goes on after somebody was spoken with."""
        return Outcome.TALKED

    def start(self) -> bool:
        """The line is open; whether they are to speak first."""
        return False

    async def close(self) -> None:
        """The call is over."""

    def own_words(self, text: str) -> tuple[str, bool] | None:
        """What the system says to a turn, and whether that answers it; None where it is the conversation's."""
        return None

    def takes(self, text: str, asker: str) -> bool:
        """Whether a turn is none of the conversation's. `asker`: who asks; two do about each turn."""
        return False

    def keyed(self) -> None:
        """A key was pressed."""

    def heard(self, mark: str) -> None:
        """What stands before a mark was heard."""

    def cut(self, mark: str) -> None:
        """What stands before a mark was not heard to its end."""

    def kept_the_line(self) -> None:
        """They spoke into a goodbye: the call goes on."""

    def farewell(self, text: str) -> str:
        """A last sentence, with what has to be said before the end."""
        return text

    def gone(self) -> Saying:
        """Nobody has answered the last nudge: what is said before we hang up."""
        return wording.GONE
