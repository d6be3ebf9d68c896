"""What the read routes have in common: ids, money, pages, masking, and the way to the database."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.keys import Key, needs, note_privacy
from api.request import runtime_of
from domain.address import Place
from domain.masking import HIDDEN, mask_phone
from domain.money import Money

Limit = Annotated[int, Query(ge=1, le=200, description="Rows on one page.")]
MORE = "Ask for the next page with `after` set to this; null on the last page."


class Shown(BaseModel):
    """A response body: fields only, no surprises."""

    model_config = ConfigDict(extra="forbid")


class Amount(Shown):
    """Money in minor units (cents, paise), and as written."""

    amount: int = Field(examples=[3106])
    currency: str = Field(examples=["USD"])
    text: str = Field(examples=["$31.06"])


class ShownPlace(Shown):
    """Where food is brought to; everything but area and city needs the scope `privacy`."""

    area: str
    city: str
    label: str | None
    line: str | None
    postcode: str | None
    flat: str | None
    landmark: str | None
    note: str | None
    recipient: str | None


class Fact(Shown):
    """One entry of an append-only history, numbered from 1."""

    seq: int
    at: str = Field(description="ISO 8601, UTC")
    type: str
    version: int
    data: dict[str, Any]


def amount(minor: int, currency: str) -> Amount:
    """An amount as the API shows it."""
    return Amount(amount=minor, currency=currency, text=str(Money(minor, currency)))


def place(value: dict[str, Any], personal: bool) -> ShownPlace:
    """A stored `domain.address.Place`, without what identifies a door unless `personal`."""
    found = Place.model_validate(value)
    private = ("line", "postcode", "flat", "landmark", "note", "recipient")
    shown = {name: getattr(found, name) if personal else None for name in private}
    return ShownPlace(area=found.area, city=found.city, label=found.label, **shown)


def name(full: str | None, personal: bool) -> str | None:
    """A person's name: "Asha Rao", or "Asha R." for eyes without the scope `privacy`."""
    if full is None or personal:
        return full
    first, *rest = full.split()
    return " ".join([first, *(f"{part[0]}." for part in rest[-1:])])


def phone(e164: str | None, personal: bool) -> str | None:
    """A number, or its last two digits for eyes without the scope `privacy`."""
    return e164 if e164 is None or personal else mask_phone(e164)


def words(text: str | None, personal: bool) -> str | None:
    """Free text somebody said about themselves, hidden without the scope `privacy`."""
    return text if text is None or personal else HIDDEN


async def database(request: Request) -> AsyncIterator[AsyncSession]:
    """A session for one request, for reading: nothing is committed."""
    async with runtime_of(request).sessions() as session:
        yield session


Reader = Annotated[Key, Depends(needs("read"))]
Database = Annotated[AsyncSession, Depends(database)]


async def sees_personal(request: Request, key: Reader) -> bool:
    """Whether personal fields are shown to this key; when they are, that is written down."""
    if not key.may("privacy"):
        return False
    await note_privacy(request, key)
    return True


Personal = Annotated[bool, Depends(sees_personal)]
