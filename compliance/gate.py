"""The gate before every call and text that we begin: what is known of a person, put to the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from compliance import wording
from compliance.reach import Reach
from db.models import Address, Assignment, Consent, Customer, Driver, Order, Restaurant
from db.types import held
from domain.calling import UNKNOWN, Answer, Decision, Facts, Kind, Person, decide, in_flight
from domain.calling_rules import Calling, Channel, Purpose
from domain.delivery import HELD
from domain.hours import Hours
from domain.whereabouts import Locality, localities_of

NOBODY = Decision(False, UNKNOWN, "not known: such a person")
ON_SHIFT = "available"
TABLES: Mapping[Kind, type[Customer] | type[Restaurant] | type[Driver]] = {
    Kind.CUSTOMER: Customer,
    Kind.RESTAURANT: Restaurant,
    Kind.DRIVER: Driver,
}


@dataclass(frozen=True)
class Ruling:
    """A decision, and the number it is about, in E.164; without a number nothing was allowed."""

    decision: Decision
    number: str | None = None


@dataclass(frozen=True)
class Gate:
    """Asked when a call or text is planned, and again at the moment it is made. There is no way to ask it softly."""

    rules: Calling
    reach: Reach
    cities: Mapping[str, Locality]
    """Where each city is, by name."""

    async def may_call(
        self, session: AsyncSession, person: Person, purpose: Purpose, channel: Channel, now: datetime
    ) -> Decision:
        """Whether a person may be called or texted at a moment of business time. Writes nothing."""
        return (await self.ask(session, person, purpose, channel, now)).decision

    async def ask(
        self, session: AsyncSession, person: Person, purpose: Purpose, channel: Channel, now: datetime
    ) -> Ruling:
        """The same, with the number that the decision is about."""
        facts = await self.facts(session, person, now)
        if facts is None:
            return Ruling(NOBODY)
        decision = decide(self.rules, facts, purpose, channel, now)
        return Ruling(decision, facts.number if decision.allowed else None)

    async def number_of(self, session: AsyncSession, person: Person) -> str | None:
        """A person's number, whether they may be reached or not. Not to be dialled: to look up what was."""
        row: Customer | Restaurant | Driver | None = await session.get(TABLES[person.kind], person.id)
        return row.phone if row else None

    async def facts(self, session: AsyncSession, person: Person, now: datetime) -> Facts | None:
        """What is known of a person; None when there is nobody with that id, or they were erased."""
        match person.kind:
            case Kind.CUSTOMER:
                return await self._customer(session, person, now)
            case Kind.RESTAURANT:
                return await self._restaurant(session, person)
            case Kind.DRIVER:
                return await self._driver(session, person)
            case never:
                assert_never(never)

    async def _customer(self, session: AsyncSession, person: Person, now: datetime) -> Facts | None:
        row = await session.get(Customer, person.id)
        if row is None or row.erased_at is not None:
            return None
        order = await session.get(Order, person.order_id) if person.order_id else None
        if order is not None and order.customer_id != row.id:
            order = None
        city = order.place.get("city") if order else await _last_city(session, row.id)
        address = self.cities.get(city) if city else None
        facts = Facts(
            kind=person.kind,
            market=row.market,
            number=row.phone,
            reachable=self.reach.knows(row.phone),
            address=address,
            number_at=self._number_at(row.phone, address),
        )
        if person.order_id is not None:
            flying = order is not None and in_flight(order.status, order.updated_at, now)
            facts = replace(facts, order_in_flight=flying)
        return await _with_answers(session, facts, row.phone_hash)

    async def _restaurant(self, session: AsyncSession, person: Person) -> Facts | None:
        row = await session.get(Restaurant, person.id)
        if row is None:
            return None
        facts = Facts(
            kind=person.kind,
            market=row.market,
            number=row.phone,
            reachable=self.reach.knows(row.phone),
            hours=Hours(row.hours, row.zone, frozenset(row.holidays)),
        )
        return await _with_answers(session, facts, held().phone_hash(row.phone))

    async def _driver(self, session: AsyncSession, person: Person) -> Facts | None:
        row = await session.get(Driver, person.id)
        if row is None:
            return None
        riding = select(Assignment.id).where(
            col(Assignment.driver_id) == row.id, col(Assignment.status).in_(HELD)
        )
        facts = Facts(
            kind=person.kind,
            market=row.market,
            number=row.phone,
            reachable=self.reach.knows(row.phone),
            # Who still has food to bring works, whatever they said about their shift.
            on_shift=row.status == ON_SHIFT or await session.scalar(riding.limit(1)) is not None,
        )
        return await _with_answers(session, facts, row.phone_hash)

    def _number_at(self, number: str | None, address: Locality | None) -> tuple[Locality, ...]:
        """Every place a number could belong to; an invented one belongs to where its owner lives."""
        if self.reach.played:
            return (address,) if address else ()
        return localities_of(number, self.rules.area_codes) if number else ()


async def _last_city(session: AsyncSession, customer_id: UUID) -> str | None:
    """The city a customer had food brought to last, or of the first address on file."""
    query = select(Address.city).where(col(Address.customer_id) == customer_id)
    city: str | None = await session.scalar(
        query.order_by(
            col(Address.used_at).desc().nulls_last(), col(Address.created_at), col(Address.id)
        ).limit(1)
    )
    return city


async def _with_answers(session: AsyncSession, facts: Facts, phone_hash: str | None) -> Facts:
    """The facts with what was answered from this number; the newest answer about a purpose is the one that counts.

    Of two answers from the same moment the no counts.
    """
    if phone_hash is None:
        return facts
    query = select(Consent).where(col(Consent.phone_hash) == phone_hash)
    rows = await session.scalars(query.order_by(col(Consent.at).desc(), col(Consent.granted)))
    newest: dict[Purpose, Consent] = {}
    for row in rows:
        if row.purpose in set(Purpose):
            newest.setdefault(Purpose(row.purpose), row)
    agreed = newest.get(Purpose.PARTNER_OPERATIONS)
    return replace(
        facts,
        consents={purpose: _answer(row) for purpose, row in newest.items()},
        opted_out=frozenset(
            purpose for purpose, row in newest.items() if not row.granted and row.wording == wording.OPT_OUT
        ),
        agreement=None if facts.kind is Kind.CUSTOMER else agreed is not None and agreed.granted,
    )


def _answer(row: Consent) -> Answer:
    """What was answered outside a call, by link or on paper, is in writing."""
    return Answer(row.granted, row.wording, row.expires_at, written=row.call_id is None)
