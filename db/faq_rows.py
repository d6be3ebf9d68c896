"""Questions and answers as their index needs them, read from PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from db.engine import Sessions
from db.models import Faq


@dataclass(frozen=True)
class FaqRow:
    """An answer, the ways its question is put, and where it holds; no markets means everywhere."""

    id: UUID
    slug: str
    question: str
    answer: str
    also: Sequence[str]
    markets: Sequence[str]
    source: str
    version: int

    @property
    def phrasings(self) -> list[str]:
        """Every way the question is put."""
        return [self.question, *self.also]


async def faq_rows(sessions: Sessions) -> list[FaqRow]:
    """Every entry."""
    async with sessions() as session:
        found = list(await session.scalars(select(Faq)))
    return [
        FaqRow(row.id, row.slug, row.question, row.answer, row.also, row.markets, row.source, row.version)
        for row in found
    ]
