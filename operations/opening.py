"""How a conversation begins: who is calling, what is known, whether a dropped call goes on, what is said first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, func, select

from clock import Clock
from compliance import greetings
from compliance.greetings import Greeting
from db.engine import transaction
from db.live_calls import LiveCalls
from db.models import (
    AgentTransition,
    Brand,
    CallEvent,
    CallRow,
    Customer,
    Driver,
    MenuItem,
    Number,
    Order,
    Restaurant,
)
from domain import routing
from domain.call_state import CallState, Level
from domain.dialling import Leg
from domain.readback import say_lines
from errors import NotFound, StoreDown
from operations import calls, dialling, outgoing, profiles, resuming
from operations.keeping import Lease
from operations.outgoing import Begun
from operations.settling import Transaction

MOST_KEYTERMS = 80  # Deepgram takes 500 tokens of keyterms; dish names have four or so each


@dataclass(frozen=True)
class Stores:
    """What opening a conversation asks."""

    sessions: async_sessionmaker[AsyncSession]
    live_calls: LiveCalls
    clock: Clock


@dataclass(frozen=True)
class Start:
    """Everything a conversation begins with."""

    state: CallState
    greeting: Greeting
    phone: str | None
    keyterms: list[str]
    lease: Lease
    last_seq: int
    begun: Begun | None = None
    """How a call of ours begins; None for one that came in, or goes on after somebody has been spoken with."""


async def open_conversation(stores: Stores, call_id: UUID, channel: str) -> Start:
    """Read who is calling and where they left off. One database transaction.

    The call is taken first: whoever held it writes nothing after what is read here.

    Raises:
        NotFound: no such call.
        StoreDown: PostgreSQL cannot be reached.
    """
    lease = await _lease(stores.live_calls, call_id)
    async with transaction(stores.sessions) as session:
        row = await session.get(CallRow, call_id)
        if row is None:
            raise NotFound("no such call")
        number = (await session.scalars(select(Number).where(col(Number.e164) == row.line))).one()
        leg = await dialling.leg_of(session, row.id)
        state, resumed = await _state(session, row, number, channel, stores, leg)
        greeting = await _greeting(session, state, stores.clock, resumed)
        fresh = leg is not None and not state.turns
        begun = await outgoing.begun(session, state, stores.clock.now()) if fresh else None
        keyterms = await _keyterms(session, number.city)
        last = await session.scalar(select(func.max(CallEvent.seq)).where(col(CallEvent.call_id) == call_id))
        phone = row.phone
    return Start(state, greeting, phone, keyterms, lease, last or 0, begun)


async def _state(
    session: AsyncSession, row: CallRow, number: Number, channel: str, stores: Stores, leg: Leg | None
) -> tuple[CallState, bool]:
    now = stores.clock.now()
    row.status, row.answered_at = "in-progress", row.answered_at or now
    own = await resuming.newest(session, stores.live_calls, row.id)
    if own is not None:
        return resuming.carried_over(own, call_id=row.id, channel=channel, now=now), bool(own.cart.lines)
    if leg is not None:
        ours = await outgoing.state_of(session, row, number, leg, channel, now)
        row.agent = ours.agent
        session.add(AgentTransition(call_id=row.id, to_agent=row.agent, reason=outgoing.reason(leg), at=now))
        return ours, False
    old = await resuming.dropped(session, stores.live_calls, row, now)
    if old is not None and not await _talking(stores.live_calls, session, old.call_id):
        row.resumed_from = old.call_id
        return resuming.carried_over(old, call_id=row.id, channel=channel, now=now), True
    kitchen, driver = await _partner(session, row)
    waiting = await _on_its_way(session, row, now) if row.customer_id else 0
    kind: routing.Kind = "restaurant" if kitchen else "driver" if driver else "customer"
    row.agent, reason = routing.first_agent(routing.Caller(kind, row.customer_id is not None, waiting))
    session.add(AgentTransition(call_id=row.id, to_agent=row.agent, reason=reason, at=now))
    state = CallState(
        call_id=row.id,
        cart_call_id=row.id,
        channel=channel,
        line=row.line,
        market=row.market,
        city=number.city,
        language=await profiles.language_of(session, row.customer_id)
        or (number.languages[0] if number.languages else "en"),
        agent=row.agent,
        started_at=now,
        caller=kind,
        kitchen_id=kitchen,
        driver_id=driver,
        phone_hash=row.phone_hash,
        customer_id=row.customer_id,
        level=Level.NUMBER if row.customer_id else Level.NOBODY,
        likely_point=await profiles.last_point(session, row.customer_id) if row.customer_id else None,
    )
    return state, False


async def _partner(session: AsyncSession, row: CallRow) -> tuple[UUID | None, UUID | None]:
    """The kitchen or the driver a call comes from, by its number; neither for anybody else."""
    if row.phone is None:
        return None, None
    kitchen = await session.scalar(select(Restaurant.id).where(col(Restaurant.phone) == row.phone).limit(1))
    if kitchen is not None:
        return kitchen, None
    return None, await session.scalar(select(Driver.id).where(col(Driver.phone_hash) == row.phone_hash))


async def _on_its_way(session: AsyncSession, row: CallRow, now: datetime) -> int:
    """Open orders of the caller that a call is likely about."""
    counted = await session.scalar(
        select(func.count())
        .select_from(Order)
        .where(
            col(Order.customer_id) == row.customer_id,
            col(Order.status).in_(routing.ON_ITS_WAY),
            col(Order.placed_at) > now - routing.CALLED_ABOUT,
        )
    )
    return counted or 0


async def _talking(live_calls: LiveCalls, session: AsyncSession, call_id: UUID) -> bool:
    """Whether that call goes on: two people may call from one number. Without Redis nobody can tell."""
    row = await session.get_one(CallRow, call_id)
    if row.ended_at is not None:
        return False
    try:
        return await live_calls.held(call_id)
    except StoreDown:
        return False


async def _greeting(session: AsyncSession, state: CallState, clock: Clock, resumed: bool) -> Greeting:
    """The greeting by language, by market, by an answer about recording that still holds, and by a cart that waits."""
    if state.version or state.topic:  # this very call, begun by another process; what we begin has an opening
        return greetings.lost_you(state.market, say_lines(state.cart.lines)).to(state.language)
    if resumed:
        return greetings.welcome_back(state.market, say_lines(state.cart.lines)).to(state.language)
    if state.caller == "driver":
        return greetings.DRIVER.to(state.language)
    if state.caller == "restaurant":
        return greetings.KITCHEN.to(state.language)
    recorded: bool | None = None
    name: str | None = None
    if state.phone_hash:
        consent = await profiles.latest_consent(session, state.phone_hash, "recording")
        if consent and (consent.expires_at is None or consent.expires_at > clock.now()):
            recorded = consent.granted
        customer = await session.get(Customer, state.customer_id) if state.customer_id else None
        name = customer.name.split()[0] if customer and customer.name else None
    state.recording_consent, state.asked_in = recorded, state.language
    made = greetings.greeting(state.market, name, recorded, ordering=state.agent == "customer_order")
    return made.to(state.language)


async def _keyterms(session: AsyncSession, city: str) -> list[str]:
    """Brands, areas and dishes of a city, which the recogniser is told to expect; never a caller's own words."""
    brands = await session.scalars(
        select(Brand.name)
        .join(Restaurant, col(Restaurant.brand_id) == col(Brand.id))
        .where(col(Restaurant.city) == city)
    )
    areas = await session.scalars(
        select(Restaurant.branch).where(col(Restaurant.city) == city).order_by(col(Restaurant.branch))
    )
    dishes = await session.scalars(
        select(MenuItem.name)
        .join(Restaurant, col(Restaurant.id) == col(MenuItem.restaurant_id))
        .where(col(Restaurant.city) == city)
        .order_by(col(MenuItem.position), col(MenuItem.name))
    )
    return list(dict.fromkeys([*brands, *areas, *dishes]))[:MOST_KEYTERMS]


async def kitchen_keyterms(session: AsyncSession, restaurant_id: UUID) -> list[str]:
    """What is said once the kitchen is chosen: all its dishes, and the areas of its city."""
    dishes = await session.scalars(
        select(MenuItem.name)
        .where(col(MenuItem.restaurant_id) == restaurant_id)
        .order_by(col(MenuItem.position), col(MenuItem.name))
    )
    city = select(Restaurant.city).where(col(Restaurant.id) == restaurant_id).scalar_subquery()
    areas = await session.scalars(
        select(Restaurant.branch).where(col(Restaurant.city) == city).order_by(col(Restaurant.branch))
    )
    return list(dict.fromkeys([*areas, *dishes]))[:MOST_KEYTERMS]


async def _lease(live_calls: LiveCalls, call_id: UUID) -> Lease:
    """The right to write this call's state; without Redis the call is held all the same, and the right sought later."""
    try:
        return await Lease.take(live_calls, call_id)
    except StoreDown:
        return Lease(live_calls, call_id, None)


async def left_open(transaction: Transaction, state: CallState) -> bool:
    """The audio of a call is lost: whether the carrier may still bring it back. Unknown, it may."""
    try:
        async with transaction() as session:
            await keep_facts(session, state)
            return await calls.broke_off(session, state.call_id)
    except StoreDown:
        return True


async def keep_facts(session: AsyncSession, state: CallState) -> None:
    """What the call's row learns at the end."""
    row = await session.get(CallRow, state.call_id)
    if row is not None:
        row.recording_consent = state.recording_consent
        row.agent = state.agent
        row.customer_id = None if state.denied else (state.customer_id or row.customer_id)
