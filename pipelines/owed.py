"""What the caller has to hear (a promise, that nobody is free): said again after the turn that it was lost in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol

MARK = "owed."
AT_MOST = 3
"""So often it is said; then the model is told what the caller has not heard, and says it in its own answer."""
NOTE = "Note: the caller has not heard this yet, because they spoke at that moment. Tell them: {text!r}"


class Say(Protocol):
    """Speak; `mark` is reported as heard or cut."""

    def __call__(self, text: str, *, mark: str | None = None) -> Awaitable[None]:
        """Queue it."""
        ...


@dataclass
class Sentence:
    """Something to be heard, and how often it was begun."""

    text: str
    times: int = 0


class Owed:
    """The sentences of one call that are owed to the caller."""

    def __init__(self, say: Say, note: Callable[[str], None]) -> None:
        self._say = say
        self._note = note
        self._numbers = count(1)
        self._under_way: dict[str, Sentence] = {}
        self._unheard: list[Sentence] = []

    async def say(self, text: str) -> None:
        """Say it, and keep it until it was heard."""
        await self._begin(Sentence(text))

    def heard(self, mark: str) -> bool:
        """Whether the mark is one of these; then nothing more is owed of it."""
        return self._under_way.pop(mark, None) is not None

    def cut(self, mark: str) -> bool:
        """Whether the mark is one of these; then it is due again as soon as the caller has finished."""
        lost = self._under_way.pop(mark, None)
        if lost is not None:
            self._unheard.append(lost)
        return lost is not None

    async def pay(self) -> None:
        """The caller does not speak: whatever they have not heard is said."""
        unheard, self._unheard = self._unheard, []
        for sentence in unheard:
            if sentence.times < AT_MOST:
                await self._begin(sentence)
            else:
                self._note(NOTE.format(text=str(sentence.text)))

    async def _begin(self, sentence: Sentence) -> None:
        sentence.times += 1
        mark = f"{MARK}{next(self._numbers)}"
        self._under_way[mark] = sentence
        await self._say(sentence.text, mark=mark)
