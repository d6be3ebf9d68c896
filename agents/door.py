"""What a call that we began needs of its line, how patient it is, and the two waits it may have at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.dialling import DialRules

IDENTITY, TOLD, SAID = "opening.identity", "opening.told", "opening.said"
"""Marks of the opening: who we are, what counts as told, all of it."""
NOTE = (
    "Note: we placed this call to a {who}, about: {about}. The system opens it itself: {opening!r} Do not say that "
    "again, unless they ask or have not heard it; go on from their answer. When it is dealt with, and they want "
    "nothing else: end_call."
)
"""For the model, which is asked once somebody has answered."""
Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Patience:
    """How long it waits for what, in seconds of real time."""

    silent: float
    """For the first sound of somebody who has picked up."""
    hold: float
    """While we are put on hold, from the first time on."""
    settle: float = 0.3
    """After an utterance: people say "Hello", breathe, and say their name."""
    prelude: float = 1.2
    """After what recordings begin with."""
    menu: float = 1.2
    """After an option: the next one may be the better."""
    announcement: float = 1.6
    """Silence that ends an announcement without a beep."""
    every: float = 0.5
    """Between two looks at what machine detection says."""

    @classmethod
    def of(cls, rules: DialRules) -> "Patience":
        """By the file of dialling rules."""
        return cls(silent=rules.silent_seconds, hold=rules.hold_seconds)


class At(StrEnum):
    """How far it has got."""

    LISTENING = "listening"
    OPENED = "opened"
    WAITING = "waiting"
    """A menu, a screening, a queue, or somebody who had us wait."""
    RECORDING = "recording"
    """An announcement runs, after which a message is left."""
    TALKING = "talking"
    LEAVING = "leaving"


class Door(Protocol):
    """The line, as far as this needs it."""

    def shut(self, shut: bool) -> None:
        """Whether the callee's words are told here only, and start no turn."""
        ...

    async def begin(self) -> None:
        """Say the opening, with its marks."""
        ...

    async def say(self, text: str) -> None:
        """Speak a sentence."""
        ...

    async def press(self, key: str) -> None:
        """Send a key as its tones."""
        ...

    async def hush(self) -> None:
        """Stop what is being said."""
        ...

    async def take_turn(self, text: str) -> None:
        """Words that were told here are a turn after all."""
        ...

    async def last_words(self, text: str, *, protected: bool = False) -> None:
        """Speak a last sentence, and hang up."""
        ...

    async def leave(self) -> None:
        """Hang up without a word."""
        ...


@dataclass
class Waits:
    """What is due after a while, one thing at a time; and the end of our patience, which runs beside it."""

    _due: "asyncio.Task[None] | None" = None
    _deadline: "asyncio.Task[None] | None" = None

    def then(self, seconds: float, act: Act) -> None:
        """Do it after so long, unless it is stopped or something else is waited for."""
        self.stop()
        self._due = _after(seconds, act)

    def stop(self) -> None:
        """Nothing is due. What runs already goes on."""
        due, self._due = self._due, None
        _cancel(due)

    def until(self, seconds: float, act: Act) -> None:
        """The end of our patience; the first one stays."""
        if self._deadline is None:
            self._deadline = _after(seconds, act)

    def rest(self) -> None:
        """Our patience is not tried any more."""
        deadline, self._deadline = self._deadline, None
        _cancel(deadline)

    async def close(self) -> None:
        """Wait for nothing any more."""
        tasks = [task for task in (self._due, self._deadline) if task is not None]
        self.stop()
        self.rest()
        await asyncio.gather(*tasks, return_exceptions=True)


def _cancel(task: "asyncio.Task[None] | None") -> None:
    if task is not None and task is not asyncio.current_task():
        task.cancel()


def _after(seconds: float, act: Act) -> "asyncio.Task[None]":
    async def wait() -> None:
        await asyncio.sleep(seconds)
        await act()

    return asyncio.get_running_loop().create_task(wait(), name="callee")
