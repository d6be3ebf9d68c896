"""A conference: calls that hear each other, 20 ms at a time."""

from sandbox.speech import mulaw
from sandbox.twilio.playout import FRAME_BYTES

QUIET = mulaw.SILENCE * FRAME_BYTES


class Room:
    """Members by CallSid, with what each of them says just now."""

    def __init__(self) -> None:
        self.over = False
        self._saying: dict[str, bytes] = {}

    def enter(self, member: str) -> None:
        """A call joins, and hears whoever is there."""
        self._saying[member] = QUIET

    def say(self, member: str, frame: bytes) -> None:
        """What a member says for the next 20 ms."""
        self._saying[member] = frame

    def hear(self, member: str) -> bytes:
        """What a member hears: the loudest of the others, which is whoever is not silent."""
        others = [frame for sid, frame in self._saying.items() if sid != member]
        return next((frame for frame in others if frame != QUIET), QUIET)

    def leave(self, member: str, *, ends: bool) -> None:
        """A call leaves; everybody is sent away when it was one of those that end it."""
        self._saying.pop(member, None)
        self.over = self.over or ends
