"""Reads what a call left behind, in the rows and through the API; and clears the table before one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from db.engine import open_engine, open_sessions
from db.keyring import read_keyring
from db.models import (
    Brand,
    CallEvent,
    CallRow,
    Customer,
    Order,
    OrderLine,
    Payment,
    PriceLine,
    Restaurant,
)
from domain.ids import Prefix, show
from domain.order import OrderStatus
from domain.routing import ON_ITS_WAY
from scripts import care
from scripts.call_compare import Found, FoundOrder
from scripts.run_file import Running
from settings import load_settings

LINE = ("name", "size", "choices", "quantity", "note", "unit_amount", "amount")
PRICE_LINE = ("kind", "label", "amount")
PAYMENT = ("kind", "key", "amount", "provider", "code")
CALL = ("sid", "status", "outcome", "recording_consent")


class Rows:
    """A second look into the database of a running stack."""

    def __init__(self, running: Running) -> None:
        self.keyring = read_keyring(
            load_settings({"SECRET_KEY": running.secret_key, "PII_KEYS": running.pii_keys})
        )
        self.engine: AsyncEngine = open_engine(running.database_url, self.keyring, size=2)
        self.sessions = open_sessions(self.engine)

    async def found(
        self, sids: Sequence[str], phone: str, api: httpx.AsyncClient, given: Mapping[str, UUID] | None = None
    ) -> Found:
        """Everything about the calls with these CallSids, made from this number (E.164), and about given orders."""
        async with self.sessions() as session:
            by_sid = col(CallRow.sid).in_(sids)
            calls = list(
                await session.scalars(select(CallRow).where(by_sid).order_by(col(CallRow.started_at)))
            )
            ids = [call.id for call in calls]
            rows = list(
                await session.scalars(
                    select(Order).where(col(Order.call_id).in_(ids)).order_by(col(Order.created_at))
                )
            )
            orders = [await _order(session, row) for row in rows]
            consents = await care.consents(session, self.keyring.phone_hash(phone))
            events = await _events(session, ids)
            found = Found(orders, [], [_kept(call, CALL) for call in calls], consents, events)
            names = {row.id: care.NEW for row in rows}
            names |= {order_id: name for name, order_id in (given or {}).items()}
            found.complaints = await care.complaints(session, ids, names)
            found.refunds = await care.refunds(session, ids, names)
            found.handoffs = await care.handoffs(session, ids)
            for order_id, name in names.items():
                if stars := await care.stars(session, order_id):
                    found.stars[name] = stars
        found.shown = [await _shown(api, row.id) for row in rows]
        return found

    async def all_over(self, phone: str | None = None) -> None:
        """Earlier orders of a number, or of everybody, have long come, and no call of theirs broke off.

        A caller with an order on its way is answered by another agent than one who begins an evening, and one whose
        last call broke off with something in the cart goes on with that.
        """
        late = update(Order).where(col(Order.status).in_(ON_ITS_WAY)).values(status=OrderStatus.CLOSED)
        if phone is not None:
            whose = select(Customer.id).where(col(Customer.phone_hash) == self.keyring.phone_hash(phone))
            late = late.where(col(Order.customer_id).in_(whose))
        left = update(CallRow).where(col(CallRow.outcome) == "dropped").values(outcome="goodbye")
        if phone is not None:
            left = left.where(col(CallRow.phone_hash) == self.keyring.phone_hash(phone))
        async with self.sessions() as session, session.begin():
            await session.execute(late)
            await session.execute(left)

    async def close(self) -> None:
        """Let go of the database."""
        await self.engine.dispose()


def _kept(row: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


async def _order(session: AsyncSession, order: Order) -> FoundOrder:
    lines = await session.scalars(
        select(OrderLine).where(col(OrderLine.order_id) == order.id).order_by(col(OrderLine.position))
    )
    price_lines = await session.scalars(
        select(PriceLine).where(col(PriceLine.order_id) == order.id).order_by(col(PriceLine.position))
    )
    payments = await session.scalars(
        select(Payment).where(col(Payment.order_id) == order.id).order_by(col(Payment.at), col(Payment.id))
    )
    restaurant = await session.get_one(Restaurant, order.restaurant_id)
    brand = await session.get_one(Brand, restaurant.brand_id)
    return FoundOrder(
        code=order.code,
        status=order.status,
        payment_kind=order.payment_kind,
        payment_status=order.payment_status,
        currency=order.currency,
        total=order.total,
        place=order.place,
        restaurant=f"{brand.name}, {restaurant.branch}",
        lines=[_kept(line, LINE) for line in lines],
        price_lines=[_kept(line, PRICE_LINE) for line in price_lines],
        payments=[_kept(payment, PAYMENT) for payment in payments],
        allergies=order.allergies,
        substitution=order.substitution,
        note=order.note,
    )


async def _events(session: AsyncSession, call_ids: Sequence[UUID]) -> list[tuple[str, dict[str, Any]]]:
    rows = await session.scalars(
        select(CallEvent)
        .where(col(CallEvent.call_id).in_(call_ids))
        .order_by(col(CallEvent.at), col(CallEvent.seq))
    )
    return [(row.type, row.data) for row in rows]


async def _shown(api: httpx.AsyncClient, order_id: UUID) -> dict[str, Any]:
    answer = await api.get(f"/orders/{show(Prefix.ORDER, order_id)}")
    answer.raise_for_status()
    shown: dict[str, Any] = answer.json()
    return shown
