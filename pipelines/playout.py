"""Knows what was heard: a mark queued behind speech is reported when everything before it has been played."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from pipecat.frames.frames import ControlFrame, Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

Report = Callable[[str], Awaitable[None]]
"""Called on the audio path with a mark's name: be quick, and hand slow work to a task."""


async def nobody(name: str) -> None:
    """The owner until the call is wired."""


@dataclass
class PlayoutMark(ControlFrame):
    """Travels behind speech; an interruption drops it with the speech. `token` is unique in the call."""

    token: str


class Playout:
    """The marks of one call that are still on their way to the caller's ear."""

    def __init__(self) -> None:
        self.on_heard: Report = nobody
        self.on_cut: Report = nobody
        self._numbers = count(1)
        self._under_way: dict[str, tuple[str, bool]] = {}

    @property
    def protected(self) -> bool:
        """Whether speech that must not be cut is under way."""
        return any(protected for _, protected in self._under_way.values())

    def launch(self, name: str, *, protected: bool) -> PlayoutMark:
        """The frame to queue right behind the speech."""
        token = f"{next(self._numbers)}:{name}"
        self._under_way[token] = (name, protected)
        mark = PlayoutMark(token)
        mark.interruptible = not protected
        return mark

    async def heard(self, token: str) -> None:
        """The speech before this mark has been played. Unknown and cut marks are ignored."""
        name, _ = self._under_way.pop(token, (None, False))
        if name is not None:
            await self.on_heard(name)

    async def cut(self) -> None:
        """The caller barged in: nothing under way, except protected speech, will be heard to its end."""
        lost = [token for token, (_, protected) in self._under_way.items() if not protected]
        for name in [self._under_way.pop(token)[0] for token in lost]:
            await self.on_cut(name)

    async def refused(self, name: str) -> None:
        """Speech that was never begun, because the caller was speaking."""
        await self.on_cut(name)


class PlayoutTail(FrameProcessor):
    """Stands behind the output transport: a mark that arrives here comes after audio that has been played.

    On the telephone marks never arrive (they become Twilio's own, and the serializer reports them).
    """

    def __init__(self, playout: Playout, on_digit: Report) -> None:
        super().__init__(enable_direct_mode=True)
        self._playout = playout
        self._on_digit = on_digit

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Report marks, and the keys the caller presses."""
        await super().process_frame(frame, direction)
        if isinstance(frame, PlayoutMark):
            await self._playout.heard(frame.token)
            return
        if isinstance(frame, InputDTMFFrame):
            await self._on_digit(frame.button.value)
        await self.push_frame(frame, direction)
