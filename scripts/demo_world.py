"""What goes on in a running stack, as the rows have it: the order, its driver, calls of both directions, due work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import func, or_
from sqlmodel import col, select

from db.models import (
    Assignment,
    CallRow,
    Customer,
    DialRow,
    Driver,
    Order,
    OrderEvent,
    Outbox,
    Restaurant,
)
from domain.address import Place, Point
from domain.calling import Purpose
from domain.delivery import HELD
from domain.dialling import Dialled
from operations.jobs import OPEN, real_now
from scripts.agreed import agreed
from scripts.call_rows import Rows


@dataclass(frozen=True)
class Seen:
    """One look; times are business time."""

    now: datetime
    order: Order | None
    events: Sequence[OrderEvent]
    held: Assignment | None
    driver: Driver | None
    drivers: Sequence[Driver]
    """Everybody on shift."""
    kitchen: Restaurant | None
    pay: Sequence[int]
    """Of each offer to a driver, minor units, in their order."""
    calls: Sequence[CallRow]
    dials: Sequence[DialRow]
    work: int
    """Jobs that are due, or being carried out."""
    next_due: datetime | None

    @property
    def talking(self) -> bool:
        """Somebody is on the telephone, or it rings."""
        rings = any(dial.channel == "call" and dial.status != Dialled.OVER for dial in self.dials)
        return rings or any(call.ended_at is None for call in self.calls)

    @property
    def door(self) -> Point | None:
        """Where the order goes."""
        return Place.model_validate(self.order.place).point if self.order else None

    @property
    def zone(self) -> ZoneInfo:
        """Of the kitchen's city; UTC before there is an order."""
        return ZoneInfo(self.kitchen.zone if self.kitchen else "UTC")

    def dial_of(self, call: UUID) -> DialRow | None:
        """The row a call of ours was asked for under."""
        return next((dial for dial in self.dials if dial.call_id == call), None)


class World:
    """Looks, and leaves out waits."""

    def __init__(self, rows: Rows, api: httpx.AsyncClient, sandbox: httpx.AsyncClient) -> None:
        self.rows, self.api, self.sandbox = rows, api, sandbox

    async def now(self) -> datetime:
        """Business time in the product."""
        answer = await self._asked(partial(self.api.get, "/clock"))
        return datetime.fromisoformat(answer.json()["now"])

    async def advance(self, seconds: float) -> None:
        """Leave out a wait in the product and, for its drivers, in the sandbox."""
        wait = {"seconds": seconds}
        (await self.sandbox.post("/control/clock/advance", json=wait)).raise_for_status()
        await self._asked(partial(self.api.post, "/clock/advance", json=wait))

    async def _asked(self, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """The answer, once the key has not used up its requests any more."""
        answer = await ask()
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            await asyncio.sleep(float(answer.headers["retry-after"]))
            answer = await ask()
        answer.raise_for_status()
        return answer

    async def agreed(self, phone: str, purposes: Sequence[Purpose]) -> None:
        """Somebody (E.164) has said yes to calls for these purposes, at some time before."""
        now, phone_hash = await self.now(), self.rows.keyring.phone_hash(phone)
        async with self.rows.sessions() as session, session.begin():
            session.add_all([agreed(phone_hash, purpose, now) for purpose in purposes])

    async def look(self, since: datetime, phone: str) -> Seen:
        """What has become of the newest order that a number (E.164) placed after a moment."""
        now, real = await self.now(), real_now()
        async with self.rows.sessions() as session:
            whose = select(Customer.id).where(col(Customer.phone_hash) == self.rows.keyring.phone_hash(phone))
            order = await session.scalar(
                select(Order)
                .where(col(Order.customer_id).in_(whose), col(Order.created_at) >= since)
                .order_by(col(Order.id).desc())
                .limit(1)
            )
            events: Sequence[OrderEvent] = []
            pay: Sequence[int] = []
            held = driver = kitchen = None
            if order is not None:
                of_order = select(OrderEvent).where(col(OrderEvent.order_id) == order.id)
                events = (await session.scalars(of_order.order_by(col(OrderEvent.seq)))).all()
                held = await session.scalar(
                    select(Assignment).where(
                        col(Assignment.order_id) == order.id, col(Assignment.status).in_((*HELD, "delivered"))
                    )
                )
                driver = await session.get(Driver, held.driver_id) if held else None
                offers = select(Assignment.pay).where(col(Assignment.order_id) == order.id)
                pay = (await session.scalars(offers.order_by(col(Assignment.offered_at)))).all()
                kitchen = await session.get(Restaurant, order.restaurant_id)
            drivers = (await session.scalars(select(Driver).where(col(Driver.status) != "offline"))).all()
            calls = (
                await session.scalars(
                    select(CallRow).where(col(CallRow.started_at) >= since).order_by(col(CallRow.started_at))
                )
            ).all()
            dials = (
                await session.scalars(
                    select(DialRow).where(col(DialRow.asked_at) >= since).order_by(col(DialRow.asked_at))
                )
            ).all()
            is_due = or_(col(Outbox.due_at) <= now, col(Outbox.lease_until) > real)
            work = await session.scalar(select(func.count()).where(OPEN, is_due))
            soonest = await session.scalar(
                select(func.min(col(Outbox.due_at))).where(OPEN, col(Outbox.due_at) > now)
            )
        return Seen(now, order, events, held, driver, drivers, kitchen, pay, calls, dials, work or 0, soonest)
