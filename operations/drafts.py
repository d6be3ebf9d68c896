"""Writing an order down: its row, lines and bill, with the stock it takes, in the caller's transaction."""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import MenuItem, Order, OrderEvent, OrderLine, PriceLine
from domain.call_state import CallState
from domain.order import OrderStatus, PaymentStatus, move
from domain.pricing import Bill
from errors import Conflict
from operations.link_rows import held_by_link

CODE_TRIES = 20


@dataclass(frozen=True)
class Wanted:
    """Everything an order row is made of, decided before the first transaction."""

    state: CallState
    bill: Bill
    customer_id: UUID
    payment: str
    """cash, or a card's handle"""
    method_id: UUID | None
    minutes: int
    start_at: datetime | None
    """When the kitchen must know of a scheduled order; None for now."""


async def draft(session: AsyncSession, wanted: Wanted, clock: Clock) -> Order:
    """The order row of this call and cart version, locked; written with its lines if it is not there yet.

    Raises:
        Conflict: no restaurant, a dish that has sold out, or a bill that is not of this cart.
    """
    state, now = wanted.state, clock.now()
    if state.restaurant_id is None:
        raise Conflict("there is no restaurant in this order yet")
    if wanted.bill.sum("item", "modifiers") != state.cart.items_amount:
        raise Conflict("The bill is not of this cart any more. Read the order back again.")
    await lock_call(session, state.cart_call_id)
    mine = select(Order).where(
        col(Order.call_id) == state.cart_call_id, col(Order.cart_version) == state.cart.version
    )
    known: Order | None = await session.scalar(mine.with_for_update())
    if known:
        return known
    # Money that may be held for an older cart, never paid for, is asked after before this one is paid.
    older, dishes = await waiting(session, state.cart_call_id), {line.dish.id for line in state.cart.lines}
    counted = await cancel(session, older, "the caller changed the order", now, also=dishes)
    await _take_stock(session, state, counted)
    order = Order(
        code=await _free_code(session),
        customer_id=wanted.customer_id,
        restaurant_id=state.restaurant_id,
        call_id=state.cart_call_id,
        cart_version=state.cart.version,
        status=OrderStatus.AWAITING_PAYMENT,
        payment_status=PaymentStatus.PENDING,
        payment_kind="card" if wanted.method_id else "cash",
        currency=wanted.bill.currency,
        total=wanted.bill.total.amount,
        place=state.place.model_dump(mode="json") if state.place else {},
        note=state.order_note,
        allergies=state.allergies,
        substitution=state.substitution,
        promise_minutes=wanted.minutes,
        wanted_at=state.wanted_at,
        created_at=now,
        updated_at=now,
    )
    session.add(order)
    await session.flush()
    _write_lines(session, order, wanted)
    session.add(
        OrderEvent(order_id=order.id, seq=1, at=now, type="order.drafted", data={"total": order.total})
    )
    return order


async def lock_call(session: AsyncSession, cart_call_id: UUID) -> None:
    """One at a time writes the orders of a call, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(cart_call_id), 0))))


def _write_lines(session: AsyncSession, order: Order, wanted: Wanted) -> None:
    """Every dish and every line of the bill, with the names and prices of this moment."""
    for position, line in enumerate(wanted.state.cart.lines, 1):
        session.add(
            OrderLine(
                order_id=order.id,
                position=position,
                item_id=line.dish.id,
                name=line.dish.name,
                size=line.size,
                choices=line.choices,
                quantity=line.quantity,
                note=line.note,
                unit_amount=line.unit_base + line.unit_extras,
                amount=line.amount,
            )
        )
    write_bill(session, order, wanted.bill)


def write_bill(session: AsyncSession, order: Order, bill: Bill) -> None:
    """Every line of a bill, in an order that has none."""
    for position, priced in enumerate(bill.lines, 1):
        session.add(
            PriceLine(
                order_id=order.id,
                position=position,
                kind=priced.kind,
                label=priced.label[:80],
                amount=priced.amount,
                currency=bill.currency,
                rate_bp=priced.rate_bp,
            )
        )


async def waiting(session: AsyncSession, cart_call_id: UUID) -> list[Order]:
    """The orders of a call that wait to be paid, locked; not those whose customer was sent a link to pay."""
    found = await session.scalars(
        select(Order)
        .where(col(Order.call_id) == cart_call_id, col(Order.status) == OrderStatus.AWAITING_PAYMENT)
        .where(~held_by_link())
        .order_by(col(Order.id))
        .with_for_update()
    )
    return list(found)


async def cancel(
    session: AsyncSession, orders: Sequence[Order], reason: str, now: datetime, also: Collection[UUID] = ()
) -> set[UUID]:
    """Orders that were never paid for are over; what they took goes back on the shelf.

    The dishes of all of them, and those in `also`, are locked first and in one order; returned are those that are
    counted.
    """
    ids = [order.id for order in orders]
    theirs = await session.scalars(select(OrderLine.item_id).where(col(OrderLine.order_id).in_(ids)))
    counted = await _lock_counted(session, {*also, *theirs})
    for order in orders:
        await _cancel(session, order, reason, now)
    return {item.id for item in counted}


async def _cancel(session: AsyncSession, order: Order, reason: str, now: datetime) -> None:
    order.status = move(OrderStatus(order.status), OrderStatus.CANCELLED)
    order.updated_at = now
    lines = await session.scalars(select(OrderLine).where(col(OrderLine.order_id) == order.id))
    await put_back(session, [(line.item_id, line.quantity) for line in lines])
    last = await session.scalar(select(func.max(OrderEvent.seq)).where(col(OrderEvent.order_id) == order.id))
    data = {"status": order.status, "payment_status": order.payment_status, "reason": reason}
    session.add(OrderEvent(order_id=order.id, seq=(last or 0) + 1, at=now, type="order.cancelled", data=data))


async def put_back(session: AsyncSession, portions: Iterable[tuple[UUID, int]]) -> None:
    """Portions of dishes that nobody will eat go back on the shelf, where they are counted."""
    back: Counter[UUID] = Counter()
    for item_id, quantity in portions:
        back[item_id] += quantity
    for item in await _lock_counted(session, back):
        assert item.stock is not None
        item.stock += back[item.id]


async def _lock_counted(session: AsyncSession, ids: Collection[UUID]) -> Sequence[MenuItem]:
    """Those of these dishes whose portions are counted, locked in the order of their ids.

    A transaction locks all that it will touch at once: two that lock one after the other wait for each other.
    Lines of other orders may be written meanwhile, which only name the dish.
    """
    query = select(MenuItem).where(col(MenuItem.id).in_(ids), col(MenuItem.stock).is_not(None))
    locked = (
        query.order_by(col(MenuItem.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(locked)).all()


async def _take_stock(session: AsyncSession, state: CallState, counted: Collection[UUID]) -> None:
    """Take portions of dishes; `counted` are locked. Raises Conflict naming a dish that has sold out meanwhile."""
    wanted: Counter[UUID] = Counter()
    for line in state.cart.lines:
        wanted[line.dish.id] += line.quantity
    query = select(MenuItem).where(col(MenuItem.id).in_(wanted)).order_by(col(MenuItem.id))
    for item in await session.scalars(query):
        if not item.available or (item.stock is not None and item.stock < wanted[item.id]):
            left = f"only {item.stock} left" if item.available and item.stock else "none left"
            raise Conflict(f"{item.name} has just sold out: {left}. Tell the caller and change the order.")
        if item.stock is not None and item.id in counted:  # else it is counted since a moment ago
            item.stock -= wanted[item.id]


async def _free_code(session: AsyncSession) -> str:
    """Six random digits that no open order has. Two at once fail on the unique index."""
    for _ in range(CODE_TRIES):
        code = f"{secrets.randbelow(1_000_000):06d}"
        taken = await session.scalar(select(Order.id).where(col(Order.code) == code))
        if taken is None:
            return code
    raise Conflict("no free order code; too many orders are open")
