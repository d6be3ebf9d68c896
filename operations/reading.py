"""What the read routes show: orders, calls, customers and kitchens, newest first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import (
    Address,
    AgentTransition,
    Brand,
    CallEvent,
    CallRow,
    CallSnapshot,
    Consent,
    Customer,
    MenuItem,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentMethod,
    PriceLine,
    Restaurant,
)
from domain.call_state import CallState
from domain.menu import Dish
from errors import NotFound
from operations.menus import dishes

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the id to ask after for the next ones; none when these were the last."""

    rows: list[T]
    next: UUID | None


@dataclass(frozen=True)
class Named(Generic[T]):
    """A row with the name of the kitchen it belongs to."""

    row: T
    restaurant: str


@dataclass(frozen=True)
class WholeOrder:
    """One order with everything that hangs on it."""

    order: Order
    restaurant: str
    lines: list[OrderLine]
    price_lines: list[PriceLine]
    payments: list[Payment]


@dataclass(frozen=True)
class WholeCall:
    """One call: its row, its facts in order, its hand-overs, and its newest state if one was saved."""

    call: CallRow
    events: list[CallEvent]
    transitions: list[AgentTransition]
    state: CallState | None
    currency: str | None
    """Of the kitchen in the cart; none while the cart is empty or no state was saved."""


@dataclass(frozen=True)
class WholeCustomer:
    """A person with addresses and cards on file."""

    customer: Customer
    addresses: list[Address] = field(default_factory=list)
    cards: list[PaymentMethod] = field(default_factory=list)


async def orders(
    session: AsyncSession,
    *,
    statuses: Sequence[str] = (),
    customer: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Page[Named[Order]]:
    """Orders, newest first; `after` is the last id of the page before."""
    query = (
        select(Order, Restaurant, Brand)
        .join(Restaurant, col(Restaurant.id) == col(Order.restaurant_id))
        .join(Brand, col(Brand.id) == col(Restaurant.brand_id))
        .order_by(col(Order.id).desc())
        .limit(limit + 1)
    )
    if statuses:
        query = query.where(col(Order.status).in_(statuses))
    if customer is not None:
        query = query.where(col(Order.customer_id) == customer)
    if after is not None:
        query = query.where(col(Order.id) < after)
    found = [
        Named(order, _kitchen_name(restaurant, brand))
        for order, restaurant, brand in await session.execute(query)
    ]
    return Page(found[:limit], found[limit - 1].row.id if len(found) > limit else None)


async def order(session: AsyncSession, id: UUID) -> WholeOrder:
    """One order. Raises NotFound."""
    row = await _get(session, Order, id, "order")
    restaurant = await _get(session, Restaurant, row.restaurant_id, "restaurant")
    brand = await _get(session, Brand, restaurant.brand_id, "brand")
    lines = await session.scalars(
        select(OrderLine).where(col(OrderLine.order_id) == id).order_by(col(OrderLine.position))
    )
    price_lines = await session.scalars(
        select(PriceLine).where(col(PriceLine.order_id) == id).order_by(col(PriceLine.position))
    )
    payments = await session.scalars(
        select(Payment).where(col(Payment.order_id) == id).order_by(col(Payment.at), col(Payment.id))
    )
    return WholeOrder(row, _kitchen_name(restaurant, brand), list(lines), list(price_lines), list(payments))


async def order_events(session: AsyncSession, id: UUID) -> list[OrderEvent]:
    """An order's life so far, oldest first. Raises NotFound."""
    await _get(session, Order, id, "order")
    query = select(OrderEvent).where(col(OrderEvent.order_id) == id).order_by(col(OrderEvent.seq))
    return list(await session.scalars(query))


async def calls(
    session: AsyncSession,
    *,
    live: bool | None = None,
    sid: str | None = None,
    customer: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Page[CallRow]:
    """Calls, newest first; `live` are those that have not ended, `sid` is the channel's own id."""
    query = select(CallRow).order_by(col(CallRow.id).desc()).limit(limit + 1)
    if live is not None:
        query = query.where(col(CallRow.ended_at).is_(None) == live)
    if sid is not None:
        query = query.where(col(CallRow.sid) == sid)
    if customer is not None:
        query = query.where(col(CallRow.customer_id) == customer)
    if after is not None:
        query = query.where(col(CallRow.id) < after)
    found = list(await session.scalars(query))
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


async def call(session: AsyncSession, id: UUID) -> WholeCall:
    """One call. Raises NotFound."""
    row = await _get(session, CallRow, id, "call")
    transitions = await session.scalars(
        select(AgentTransition)
        .where(col(AgentTransition.call_id) == id)
        .order_by(col(AgentTransition.at), col(AgentTransition.id))
    )
    state = await _newest_state(session, id)
    kitchen = None
    if state and state.cart.lines:
        kitchen = await session.get(Restaurant, state.cart.lines[0].dish.restaurant_id)
    currency = kitchen.currency if kitchen else None
    return WholeCall(row, await _events(session, id), list(transitions), state, currency)


async def call_events(session: AsyncSession, id: UUID, after: int = 0) -> list[CallEvent]:
    """A call's facts after that number, oldest first. Raises NotFound."""
    await _get(session, CallRow, id, "call")
    return await _events(session, id, after)


async def customers(
    session: AsyncSession, *, market: str | None = None, after: UUID | None = None, limit: int = 50
) -> Page[Customer]:
    """People who have ordered or are on file, newest first; erased ones are left out."""
    query = (
        select(Customer)
        .where(col(Customer.erased_at).is_(None))
        .order_by(col(Customer.id).desc())
        .limit(limit + 1)
    )
    if market is not None:
        query = query.where(col(Customer.market) == market)
    if after is not None:
        query = query.where(col(Customer.id) < after)
    found = list(await session.scalars(query))
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


async def customer(session: AsyncSession, id: UUID) -> WholeCustomer:
    """One person. Raises NotFound."""
    row = await _get(session, Customer, id, "customer")
    addresses = await session.scalars(
        select(Address).where(col(Address.customer_id) == id).order_by(col(Address.created_at))
    )
    cards = await session.scalars(
        select(PaymentMethod)
        .where(col(PaymentMethod.customer_id) == id)
        .order_by(col(PaymentMethod.position))
    )
    return WholeCustomer(row, list(addresses), list(cards))


async def consents(session: AsyncSession, id: UUID) -> list[Consent]:
    """Every answer a person gave, newest first. Raises NotFound."""
    await _get(session, Customer, id, "customer")
    query = select(Consent).where(col(Consent.customer_id) == id)
    return list(await session.scalars(query.order_by(col(Consent.at).desc(), col(Consent.id).desc())))


async def restaurants(session: AsyncSession, *, city: str | None = None) -> list[Named[Restaurant]]:
    """Every kitchen, by city and name."""
    query = (
        select(Restaurant, Brand)
        .join(Brand, col(Brand.id) == col(Restaurant.brand_id))
        .order_by(col(Restaurant.city), col(Brand.name), col(Restaurant.branch))
    )
    if city is not None:
        query = query.where(col(Restaurant.city) == city)
    rows = await session.execute(query)
    return [Named(restaurant, _kitchen_name(restaurant, brand)) for restaurant, brand in rows]


async def menu(session: AsyncSession, id: UUID) -> tuple[Restaurant, list[Dish]]:
    """A kitchen with its dishes in menu order. Raises NotFound."""
    restaurant = await _get(session, Restaurant, id, "restaurant")
    query = select(MenuItem.id).where(col(MenuItem.restaurant_id) == id).order_by(col(MenuItem.position))
    ids = list(await session.scalars(query))
    found = await dishes(session, ids)
    return restaurant, [found[dish] for dish in ids]


async def _events(session: AsyncSession, id: UUID, after: int = 0) -> list[CallEvent]:
    query = (
        select(CallEvent)
        .where(col(CallEvent.call_id) == id, col(CallEvent.seq) > after)
        .order_by(col(CallEvent.seq))
    )
    return list(await session.scalars(query))


async def _newest_state(session: AsyncSession, id: UUID) -> CallState | None:
    """The last snapshot of a call; none when there is none, or an older release wrote it in another shape."""
    query = select(CallSnapshot).where(col(CallSnapshot.call_id) == id)
    snapshot = await session.scalar(query.order_by(col(CallSnapshot.version).desc()).limit(1))
    try:
        return CallState.model_validate(snapshot.state) if snapshot else None
    except ValidationError:
        return None


async def _get(session: AsyncSession, table: type[T], id: UUID, what: str) -> T:
    row = await session.get(table, id)
    if row is None:
        raise NotFound(f"There is no {what} with that id.")
    return row


def _kitchen_name(restaurant: Restaurant, brand: Brand) -> str:
    return f"{brand.name}, {restaurant.branch}"
