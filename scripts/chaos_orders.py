"""How the people of the town order: a cart, a bill and a payment, the same however often their call is taken up."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.engine import transaction
from db.models import CallRow, Customer, MenuItem, Number, PaymentMethod
from db.types import held
from domain.call_state import CallState, Level
from errors import NotFound, ToolError
from operations import calls, menus, placing, profiles
from operations.drafts import Wanted
from operations.pieces import Pieces
from operations.placing import Placed
from operations.quoting import quote
from scripts.chaos_setup import Setup

MOST = 6
"""Portions of one dish: enough for every kitchen's smallest order."""
FINISHED = "goodbye"


@dataclass(frozen=True)
class Caller:
    """Who orders, and where they eat."""

    phone: str
    line: str
    city: str


async def order(pieces: Pieces, setup: Setup, number: int, phone: str) -> Placed:
    """Place one order of the plan, or find out what became of it.

    Raises:
        ToolError, Conflict: it cannot be placed.
        PaymentDeclined: the card was refused.
        VendorTimeout: not known yet; the same again finds out.
        StoreDown, VendorError: nothing was charged.
    """
    call_id, fate = setup.call(number), setup.fate(setup.call(number))
    async with transaction(pieces.sessions) as session:
        caller = await _caller(session, phone, fate.market)
        await _pick_up(session, pieces, call_id, caller, fate.market)
    async with transaction(pieces.sessions) as session:
        state = await _state(session, pieces, call_id, caller, fate.market)
        await _fill(session, pieces, state, number)
        quoted = await quote(session, state, pieces.markets[fate.market], pieces.clock)
        card = await _card(session, state.customer_id) if fate.card else None
        assert state.customer_id is not None
        wanted = Wanted(
            state=state,
            bill=quoted.bill,
            customer_id=state.customer_id,
            payment="card-1" if card else "cash",
            method_id=card,
            minutes=quoted.minutes,
            start_at=None,
        )

    return await placing.place(
        partial(transaction, pieces.sessions), pieces.cards if card else None, pieces.clock, wanted
    )


async def hang_up(pieces: Pieces, setup: Setup, number: int) -> None:
    """The caller has said goodbye: what was never paid for is given up."""
    call_id = setup.call(number)
    async with transaction(pieces.sessions) as session:
        await calls.close_call(session, call_id, outcome=FINISHED, clock=pieces.clock)
    await placing.give_up(partial(transaction, pieces.sessions), pieces.cards, pieces.clock, call_id)


async def _caller(session: AsyncSession, phone: str, market: str) -> Caller:
    customer = await profiles.by_phone(session, held().phone_hash(phone))
    line = await session.scalar(select(Number).where(col(Number.market) == market).limit(1))
    if customer is None or line is None:
        raise NotFound("nobody of ours calls from there")
    profile = await profiles.load(session, customer.id)
    assert profile is not None
    return Caller(phone, line.e164, profile.places[0][1].city)


async def _pick_up(session: AsyncSession, pieces: Pieces, call_id: UUID, caller: Caller, market: str) -> None:
    now = pieces.clock.now()
    values = {
        "id": call_id,
        "sid": f"CA{call_id.hex}",
        "channel": "twilio",
        "direction": "inbound",
        "market": market,
        "line": caller.line,
        "phone": caller.phone,
        "phone_hash": held().phone_hash(caller.phone),
        "purpose": "inbound",
        "agent": "customer_order",
        "status": "in-progress",
        "started_at": now,
        "answered_at": now,
    }
    await session.execute(insert(CallRow).values(values).on_conflict_do_nothing())


async def _state(
    session: AsyncSession, pieces: Pieces, call_id: UUID, caller: Caller, market: str
) -> CallState:
    hashed = held().phone_hash(caller.phone)
    customer: Customer | None = await profiles.by_phone(session, hashed)
    assert customer is not None
    profile = await profiles.load(session, customer.id)
    assert profile is not None
    saved, place = profile.places[0]
    return CallState(
        call_id=call_id,
        cart_call_id=call_id,
        channel="twilio",
        line=caller.line,
        market=market,
        city=place.city,
        started_at=pieces.clock.now(),
        phone_hash=hashed,
        customer_id=customer.id,
        level=Level.NUMBER,
        likely_point=place.point,
        saved_address_id=saved,
        place=place,
    )


async def _fill(session: AsyncSession, pieces: Pieces, state: CallState, number: int) -> None:
    """Two dishes of a kitchen that reaches them, and as many portions as it cooks for. Raises ToolError."""
    assert state.place is not None
    now, point = pieces.clock.now(), state.place.point
    kitchens = [
        one for one in await menus.kitchens(session, state.city) if one.reaches(point) and one.cooks_at(now)
    ]
    if not kitchens:
        raise ToolError("no kitchen that reaches them cooks now")
    kitchen = kitchens[number % len(kitchens)]
    query = select(MenuItem.id).where(
        col(MenuItem.restaurant_id) == kitchen.id, col(MenuItem.available), col(MenuItem.stock).is_(None)
    )
    ids = list(await session.scalars(query.order_by(col(MenuItem.slug))))
    chosen = [ids[(number * 7 + step) % len(ids)] for step in range(2)]
    dishes = await menus.dishes(session, chosen)
    state.restaurant_id, state.restaurant_name = kitchen.id, kitchen.name
    for id in dict.fromkeys(chosen):
        dish = dishes[id]
        size = dish.sizes[-1].name if dish.sizes else None
        required = [choice.options[0].name for choice in dish.choices if choice.required]
        state.cart.add(dish, 1, size, required, None)
    line = state.cart.lines[0]
    while state.cart.items_amount < kitchen.min_order and line.quantity < MOST:
        line.quantity += 1


async def _card(session: AsyncSession, customer_id: UUID | None) -> UUID | None:
    """Their first card; None: they pay in cash."""
    query = select(PaymentMethod.id).where(col(PaymentMethod.customer_id) == customer_id)
    found: UUID | None = await session.scalar(query.order_by(col(PaymentMethod.position)).limit(1))
    return found
