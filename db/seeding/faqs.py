"""What `data/faqs.yaml` may say, and its entries as rows."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from db.models import Faq
from db.seeding.catalogue import DATA
from db.seeding.places import MarketCode
from db.seeding.reading import Reader, Shape
from errors import ConfigError

MOST_SENTENCES = 3  # more is not listened to on the phone
Text = Annotated[str, Field(max_length=200)]


class FaqShape(Shape):
    """A question, its answer as it is spoken, and what the answer rests on."""

    slug: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    question: Text
    answer: str = Field(max_length=600)
    also: list[Text] = Field(min_length=1)
    markets: list[MarketCode] = Field(default_factory=list)
    source: str = Field(pattern=r"^Tiffin [a-z ]+$", max_length=120)
    version: int = Field(ge=1)

    @model_validator(mode="after")
    def _can_be_said(self) -> Self:
        if len(re.findall(r"[.!?](?:\s|$)", self.answer)) > MOST_SENTENCES:
            raise ValueError(f"{self.slug}: more than {MOST_SENTENCES} sentences")
        return self

    @property
    def phrasings(self) -> list[str]:
        """Every way the question is put, in lower case."""
        return [text.lower() for text in (self.question, *self.also)]


class Faqs(Shape):
    """The file `faqs.yaml`."""

    faqs: list[FaqShape]

    @model_validator(mode="after")
    def _no_question_has_two_answers(self) -> Self:
        slugs = [entry.slug for entry in self.faqs]
        problems = [f"{slug} stands twice" for slug in dict.fromkeys(slugs) if slugs.count(slug) > 1]
        for market in ("IN", "US"):
            said = [
                text
                for entry in self.faqs
                if market in (entry.markets or [market])
                for text in entry.phrasings
            ]
            problems += [
                f"{text!r} is put twice in {market}" for text in dict.fromkeys(said) if said.count(text) > 1
            ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def read_faqs(root: Path = DATA) -> list[FaqShape]:
    """The entries. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("faqs.yaml", Faqs)
    if found is None:
        raise ConfigError(reader.problems)
    return found.faqs


async def add_faqs(session: AsyncSession, faqs: Sequence[FaqShape]) -> None:
    """Add the entries that are missing, and replace those of which the file has a newer version."""
    known = {row.slug: row for row in await session.scalars(select(Faq))}
    for entry in faqs:
        row = known.get(entry.slug)
        if row is None:
            session.add(Faq(**entry.model_dump()))
        elif row.version < entry.version:
            row.sqlmodel_update(entry.model_dump())
    await session.flush()
