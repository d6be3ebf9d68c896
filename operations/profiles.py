"""What we know of the person on the line: addresses, cards, the usual, consents."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.cache import Kind, through
from db.models import Address, Consent, Customer, Order, OrderLine, PaymentMethod
from db.stale import PROFILE
from domain.address import Place, Point
from domain.call_state import CallState

USUAL_AT_MOST = 3
RECENT_ORDERS = 10


@dataclass(frozen=True)
class CardOnFile:
    """A saved card, as it may be spoken of."""

    id: UUID
    provider: str
    brand: str
    last4: str


@dataclass(frozen=True)
class Profile:
    """A customer's file, as an order needs it."""

    name: str | None
    allergies: list[str]
    places: list[tuple[UUID, Place]]
    cards: list[CardOnFile]
    usual: list[UUID]
    """Item ids, most often ordered first."""

    @property
    def first_name(self) -> str | None:
        """What we call them."""
        return self.name.split()[0] if self.name else None


KEPT: Kind[Profile] = Kind(PROFILE, 1, TypeAdapter(Profile), seconds=300, personal=True)


async def prefers_language(session: AsyncSession, customer_id: UUID, language: str) -> None:
    """Speak it with this customer from now on."""
    customer = await session.get(Customer, customer_id)
    if customer is not None:
        customer.language = language


async def language_of(session: AsyncSession, customer_id: UUID | None) -> str | None:
    """What a customer asked to be spoken to in; None for everybody who never asked."""
    customer = await session.get(Customer, customer_id) if customer_id else None
    return customer.language if customer and customer.language != "en" else None


async def by_phone(session: AsyncSession, phone_hash: str) -> Customer | None:
    """The customer who calls from a number."""
    found: Customer | None = await session.scalar(
        select(Customer).where(col(Customer.phone_hash) == phone_hash)
    )
    return found


async def last_point(session: AsyncSession, customer_id: UUID) -> Point | None:
    """Where a customer had food brought last, or the first address on file."""
    query = select(Address).where(col(Address.customer_id) == customer_id)
    row = await session.scalar(
        query.order_by(
            col(Address.used_at).desc().nulls_last(), col(Address.created_at), col(Address.id)
        ).limit(1)
    )
    return Place.model_validate(row.place).point if row else None


async def brought_to(session: AsyncSession, state: CallState, customer_id: UUID, now: datetime) -> None:
    """An order goes to the call's place: the address counts as used, and a new one is filed under its area.

    Nothing is filed for a caller without a number of their own, nor a place where somebody else receives.
    """
    if state.place is not None and not state.denied and state.phone_hash is not None:
        await use_place(session, state.place, customer_id, now, known_id=state.saved_address_id)


async def use_place(
    session: AsyncSession, place: Place, customer_id: UUID, now: datetime, *, known_id: UUID | None = None
) -> None:
    """A customer's order goes to a place: it counts as used, or is filed. `known_id`: the address it was chosen by."""
    rows = list(await session.scalars(select(Address).where(col(Address.customer_id) == customer_id)))
    known = next((row for row in rows if row.id == known_id), None)
    known = known or next((row for row in rows if _same_door(Place.model_validate(row.place), place)), None)
    if known is not None:
        known.used_at = now
    elif place.recipient is None:
        session.add(
            Address(
                customer_id=customer_id,
                label=place.area[:40] or place.city[:40],
                city=place.city,
                area=place.area,
                postcode=place.postcode,
                place=place.model_copy(update={"label": None, "saved": False}).model_dump(mode="json"),
                created_at=now,
                used_at=now,
            )
        )


def _same_door(one: Place, other: Place) -> bool:
    doors = [[place.line, place.postcode, place.flat or ""] for place in (one, other)]
    return [part.casefold() for part in doors[0]] == [part.casefold() for part in doors[1]]


async def load(session: AsyncSession, customer_id: UUID) -> Profile | None:
    """A customer's file, as it was some minutes ago at most; None for nobody, and for who was erased."""

    async def read(ids: list[UUID]) -> dict[UUID, Profile]:
        profile = await _read(session, customer_id)
        return {customer_id: profile} if profile and ids else {}

    return (await through(session, KEPT, [customer_id], read)).get(customer_id)


async def _read(session: AsyncSession, customer_id: UUID) -> Profile | None:
    customer = await session.get(Customer, customer_id)
    if customer is None or customer.erased_at is not None:
        return None
    addresses = await session.scalars(
        select(Address)
        .where(col(Address.customer_id) == customer_id)
        .order_by(col(Address.used_at).desc().nulls_last(), col(Address.created_at))
    )
    cards = await session.scalars(
        select(PaymentMethod)
        .where(col(PaymentMethod.customer_id) == customer_id)
        .order_by(col(PaymentMethod.position))
    )
    places = [
        (row.id, Place.model_validate(row.place).model_copy(update={"label": row.label, "saved": True}))
        for row in addresses
    ]
    on_file = [CardOnFile(row.id, row.provider, row.brand, row.last4) for row in cards]
    usual = await _usual(session, customer_id)
    return Profile(customer.name, list(customer.allergies), places, on_file, usual)


async def _usual(session: AsyncSession, customer_id: UUID) -> list[UUID]:
    recent = (
        select(Order.id)
        .where(col(Order.customer_id) == customer_id)
        .order_by(col(Order.created_at).desc())
        .limit(RECENT_ORDERS)
    )
    lines = await session.scalars(select(OrderLine.item_id).where(col(OrderLine.order_id).in_(recent)))
    return [item for item, _ in Counter(lines).most_common(USUAL_AT_MOST)]


async def never_ordered(session: AsyncSession, state: CallState) -> bool:
    """True for a caller with a number of their own from which no order has been placed yet."""
    if state.phone_hash is None or state.denied:
        return False
    query = (
        select(Order.id)
        .join(Customer, col(Customer.id) == col(Order.customer_id))
        .where(col(Customer.phone_hash) == state.phone_hash, col(Order.placed_at).is_not(None))
    )
    return await session.scalar(query.limit(1)) is None


async def ensure_customer(
    session: AsyncSession, *, phone: str | None, phone_hash: str | None, market: str, clock: Clock
) -> Customer:
    """The customer of a number, made if new; without a hash (withheld, or somebody else) always a new one."""
    known = await by_phone(session, phone_hash) if phone_hash else None
    if known:
        return known
    customer = Customer(phone=phone, phone_hash=phone_hash, market=market, created_at=clock.now())
    session.add(customer)
    await session.flush()
    return customer


async def customer_of_call(session: AsyncSession, state: CallState, phone: str | None, clock: Clock) -> UUID:
    """Whom an order belongs to: the known caller, or a new customer; never the one the caller denied being."""
    if state.customer_id and not state.denied:
        return state.customer_id
    found = await ensure_customer(
        session,
        phone=phone,
        phone_hash=None if state.denied else state.phone_hash,
        market=state.market,
        clock=clock,
    )
    return found.id


async def give_consent(
    session: AsyncSession,
    *,
    phone_hash: str,
    customer_id: UUID | None,
    purpose: str,
    granted: bool,
    wording: str,
    version: str,
    call_id: UUID,
    clock: Clock,
    holds: timedelta | None = None,
) -> None:
    """Write down an answer to an asked question, with the words it was asked in."""
    session.add(
        Consent(
            phone_hash=phone_hash,
            customer_id=customer_id,
            purpose=purpose,
            granted=granted,
            wording=wording,
            wording_version=version,
            call_id=call_id,
            at=clock.now(),
            expires_at=clock.now() + holds if holds else None,
        )
    )


async def latest_consent(session: AsyncSession, phone_hash: str, purpose: str) -> Consent | None:
    """The newest answer about a purpose from a number; None when never asked."""
    query = select(Consent).where(col(Consent.phone_hash) == phone_hash, col(Consent.purpose) == purpose)
    found: Consent | None = await session.scalar(query.order_by(col(Consent.at).desc()).limit(1))
    return found
