"""Following a call from the outside: its events as they come, and what to answer to what was said."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeVar

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import CallRow
from domain.ids import Prefix, read
from scripts.call_compare import compare
from scripts.call_expect import Expect, WantedLine
from scripts.call_live import ENDED, follow
from scripts.call_rows import Rows

PATIENCE = 60.0
"""Seconds until something that must happen has happened; a loaded machine is slow."""
PAUSE = 0.1
Event = dict[str, Any]
Found = TypeVar("Found")


@dataclass
class Listener:
    """The events of one call so far."""

    events: list[Event] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, api: httpx.AsyncClient, call: str) -> None:
        """Follow the call (`cal_...`) to its end."""
        async for event in follow(api, call):
            async with self._changed:
                self.events.append(event)
                self._changed.notify_all()

    def of(self, type: str, start: int = 0) -> list[dict[str, Any]]:
        """The data of all events of a type since the event numbered `start`."""
        return [event["data"] for event in self.events[start:] if event["type"] == type]

    def said(self, start: int = 0) -> str:
        """What the agent said since the event numbered `start`."""
        return " ".join(data["text"] for data in self.of("turn.agent", start))

    async def speaks(self, start: int, until: str) -> bool:
        """Wait for a turn of the agent's since the event numbered `start`; False when `until` comes first."""
        await self.when(lambda: self.of(until) or self.of("turn.agent", start), "an answer")
        return not self.of(until)

    async def until(self, type: str, start: int = 0) -> dict[str, Any]:
        """The first event of a type since the event numbered `start`; fails after PATIENCE."""
        return (await self.when(lambda: self.of(type, start), f"a {type}"))[0]

    async def when(self, found: Callable[[], Found], what: str) -> Found:
        """What `found` returns once that is something. Raises AssertionError with what came instead."""
        try:
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: bool(found()) or self.over)
        except TimeoutError:
            pass
        result = found()
        assert result, f"waited for {what}; the last: {self.events[-12:]}"
        return result

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return bool(self.events) and self.events[-1]["type"] == ENDED


Answers = Mapping[str, str | None]
"""What a person says to what they hear: patterns of lower-case speech, the first match wins, None says nothing."""

ANSWERS: Answers = {
    "are you still there": "Yes, I'm here.",
    "goodbye|one moment|just a second": None,
    "call or text this number": "Yes, that's fine.",
    "shall i place it": "Yes, please.",
    "with everything": None,  # the question follows
    "pay cash": "Yes, cash is fine.",
    "would you like .* with that": "No, thank you.",
    "anything else": "That's all, thank you.",
    "delivery address|shall i deliver to": "To 12 Juniper Lane, Old Mill.",
    "order is placed": None,
}
"""Of somebody who wants the dishes they named and no others, to a new address, and pays cash."""


DINNER = Expect(
    lines=[WantedLine(name="Paneer Tikka", quantity=2, size="full", choices=["hot"])],
    # 25.00; delivery 3.00, platform 1.00, tax 8.25 % of 25.00
    total=3106,
    restaurant="Spice Route",
    address="12 Juniper Lane, Old Mill",
    outcome="goodbye",
    events=[
        "greeting.heard",
        "turn.user",
        "readback.heard",
        "readback.answered",
        "order.placed",
        "call.ended",
    ],
    never=["speech.cut", "caller.barged_in"],  # a machine that is too busy may still lose speech or fail over
)
"""What those answers make of two paneer tikka."""


def reply(answers: Answers, heard: str) -> str | None:
    """What to say; None to go on listening. Raises AssertionError for something nobody reckoned with."""
    for pattern, say in answers.items():
        if re.search(pattern, heard.lower()):
            return say
    raise AssertionError(f"no answer to {heard!r}")


async def converse(
    listener: Listener,
    opening: str,
    *,
    answers: Answers = ANSWERS,
    until: str = ENDED,
    say: Callable[[str], Awaitable[None]],
    quiet: Callable[[], Awaitable[None]],
) -> None:
    """Answer the agent until there is an event of the type `until`.

    `say` speaks or writes, `quiet` waits for the end of the agent's speech.
    """
    await listener.until("greeting.heard")
    await quiet()
    since = listened = len(listener.events)
    await say(opening)
    while await listener.speaks(listened, until):
        await quiet()
        listened = len(listener.events)
        if not listener.over and (answer := reply(answers, listener.said(since))):
            since = listened
            await say(answer)


@asynccontextmanager
async def following(api: httpx.AsyncClient, call: str) -> AsyncIterator[Listener]:
    """Follow a call while the block runs."""
    listener = Listener()
    task = asyncio.create_task(listener.run(api, call))
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def closed(api: httpx.AsyncClient, call: str) -> None:
    """Wait until a call's row is closed, which is right after its last event."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if (await api.get(f"/calls/{call}")).json()["outcome"] is not None:
                return
            await asyncio.sleep(PAUSE)  # another process, with no event to wait for


async def compared(expect: Expect, rows: Rows, api: httpx.AsyncClient, call: str, phone: str) -> None:
    """Every fact that a call (`cal_...`) from this number (E.164) left behind is as expected."""
    await closed(api, call)
    async with AsyncSession(rows.engine) as session:
        row = await session.get_one(CallRow, read(Prefix.CALL, call))
    found = await rows.found([row.sid], phone, api)
    wrong = [check for check in compare(expect, found) if not check.ok]
    assert not wrong, wrong


async def spoken(sandbox: httpx.AsyncClient, text: str) -> bytes:
    """A sentence as sound, 16-bit mono at 48 kHz, that the sandbox can recognise."""
    answer = await sandbox.post("/utterances", json={"text": text, "voice": "en-us+m3", "rate": 48_000})
    answer.raise_for_status()
    with wave.open(BytesIO(answer.content)) as sound:
        pcm: bytes = sound.readframes(sound.getnframes())
    return pcm
