"""What a process of the town is started with: addresses, the clock, figures that are real seconds, and who is who."""

import importlib
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid5

from domain.calling import Kind
from domain.jobs import JobRules
from operations.pieces import Pieces, open_pieces
from scripts.chaos_clock import SharedClock
from settings import Settings

LEASE_SECONDS, RENEW_SECONDS = 3.0, 0.8
"""Of 60 and 20 in `data/jobs.yaml`: what a killed worker held is free again this soon."""
UNKNOWN_SECONDS = 4.0
"""Of 30 in `data/dialling.yaml`: the sandbox's telephones ring within a second."""
RING_SECONDS = 5
NO_BUDGET = 1000
"""Calls an hour: a town of a few people with many orders has none of the budgets that spare real ones."""
CALLS = UUID("3d0f6a0a-3c1d-4a5e-8f0e-5f5b7d2f6a11")
"""The name space of the callers' calls: an order is known by its number in the plan, whatever is restarted."""
Change = Callable[[Pieces], Pieces]


@dataclass(frozen=True)
class Fate:
    """What the people of one order do, decided by the seed alone."""

    market: str
    card: bool
    kitchen: str
    """takes, turns_down or runs_out"""
    cooks_minutes: int
    late_minutes: int
    """How much longer than they said they cook."""
    skips: int
    """So many drivers let it pass."""
    patient: bool
    """Whether the caller says it again when their call breaks off."""

    @classmethod
    def of(cls, seed: int, number: int) -> "Fate":
        """The same for the same seed and number."""
        chance = random.Random(f"{seed}:{number}")
        kitchen = chance.choices(("takes", "turns_down", "runs_out"), (84, 8, 8))[0]
        return cls(
            market="IN" if number % 5 == 4 else "US",
            card=chance.random() < 0.8,
            kitchen=kitchen,
            cooks_minutes=chance.randint(6, 12),
            late_minutes=chance.choice((0, 0, 0, 1, 2)),
            skips=chance.choices((0, 1, 2), (80, 15, 5))[0],
            patient=chance.random() < 0.85,
        )


@dataclass(frozen=True)
class Setup:
    """Handed to every process that is started."""

    environment: Mapping[str, str]
    queue: str
    seed: int
    orders: int
    folder: Path
    change: str = ""
    """A test's own: `module:function` that takes pieces and gives others."""
    calls: dict[UUID, int] = field(default_factory=dict)

    @property
    def clock(self) -> Path:
        """The file of the clock."""
        return self.folder / "clock"

    @property
    def talks(self) -> Path:
        """Who talked with whom: a line of JSON each, written as a conversation begins."""
        return self.folder / "talks.jsonl"

    def talked(self) -> list[dict[str, str]]:
        """The conversations so far."""
        lines = self.talks.read_text().splitlines() if self.talks.exists() else []
        return [json.loads(line) for line in lines]

    def call(self, number: int) -> UUID:
        """The id of the call in which an order is placed."""
        return uuid5(CALLS, f"{self.seed}:{number}")

    def number(self, call_id: UUID | None) -> int | None:
        """Which order of the plan was placed in a call."""
        if not self.calls:
            self.calls.update({self.call(number): number for number in range(self.orders)})
        return self.calls.get(call_id) if call_id else None

    def fate(self, call_id: UUID | None) -> Fate:
        """What becomes of the order that was placed in a call."""
        number = self.number(call_id)
        if number is None:
            raise LookupError("an order that nobody of the plan has placed")
        return Fate.of(self.seed, number)

    @asynccontextmanager
    async def pieces(self, settings: Settings) -> AsyncIterator[Pieces]:
        """What a process is made of, as everywhere, but on the town's clock and with its figures."""
        async with open_pieces(settings) as opened:
            yield self.changed(opened)

    def changed(self, pieces: Pieces) -> Pieces:
        """The same on the town's clock and with its figures."""
        jobs: JobRules = pieces.jobs.model_copy(
            update={"lease_seconds": LEASE_SECONDS, "renew_seconds": RENEW_SECONDS}
        )
        topics = {
            topic: ladder.model_copy(update={"ring_seconds": RING_SECONDS})
            for topic, ladder in pieces.dialling.topics.items()
        }
        dialling = pieces.dialling.model_copy(
            update={
                "topics": topics,
                "unknown_seconds": UNKNOWN_SECONDS,
                "per_line_hour": dict.fromkeys(Kind, NO_BUDGET),
            }
        )
        tuned = replace(pieces, clock=SharedClock(self.clock), jobs=jobs, dialling=dialling)
        if not self.change:
            return tuned
        module, _, name = self.change.partition(":")
        change: Change = getattr(importlib.import_module(module), name)
        return change(tuned)
