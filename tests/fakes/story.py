"""All the rows of one order at a moment, and what has to be true of them whatever was done to it."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, select

from db.models import (
    Assignment,
    DialRow,
    Order,
    OrderEvent,
    OrderLine,
    Outbox,
    Payment,
    PriceLine,
    Refund,
)
from domain.delivery import HELD
from domain.order import MOVES, PAID, OrderStatus, PaymentStatus
from operations.kitchen_queue import BY_CUSTOMER, BY_KITCHEN, BY_SYSTEM
from tests.fakes.payments import FakePayments

S = OrderStatus
OVER = (S.REJECTED, S.CANCELLED, S.FAILED)
ENDS = ("order.rejected", "order.cancelled", "order.failed")
COUNTED = {
    "restaurant.announce",
    "restaurant.cancel",
    "restaurant.modify",
    "restaurant.remind",
    "payments.capture",
    "dispatch.search",
    "driver.ready",
    "driver.called_off",
    "customer.rejected",
    "customer.changed",
    "customer.substitution",
    "customer.feedback",
}
Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Rows:
    """An order with all that belongs to it, at one moment."""

    order: Order
    events: list[OrderEvent]
    lines: list[OrderLine]
    bill: list[PriceLine]
    payments: list[Payment]
    refunds: list[Refund]
    assignments: list[Assignment]
    dials: list[DialRow]
    jobs: Counter[str]

    @property
    def all(self) -> list[Any]:
        """To be compared; how often somebody was called does not count."""
        parts = (self.events, self.lines, self.bill, self.payments, self.refunds, self.assignments)
        return [self.order.model_dump(), self.jobs, *(sorted(map(repr, part)) for part in parts)]


async def read(session: AsyncSession, order_id: UUID) -> Rows:
    """An order as it is now."""

    async def of(table: type[Row]) -> list[Row]:
        mine = cast(Any, table).order_id == order_id
        return list(await session.scalars(select(table).where(mine)))

    order = await session.get_one(Order, order_id)
    events = sorted(await of(OrderEvent), key=lambda row: row.seq)
    jobs = [row.kind for row in await session.scalars(select(Outbox))]
    return Rows(
        order,
        events,
        await of(OrderLine),
        await of(PriceLine),
        await of(Payment),
        await of(Refund),
        await of(Assignment),
        await of(DialRow),
        Counter(jobs),
    )


def check_life(rows: Rows) -> None:
    """Its events are numbered without a gap, and tell of allowed moves only, up to where it is."""
    events, order = rows.events, rows.order
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    told = [event.data for event in events if "status" in event.data]
    for before, after in pairwise(told):
        was, now = S(before["status"]), S(after["status"])
        assert was == now or now in MOVES[was], f"{was} became {now}"
        had, has = PaymentStatus(before["payment_status"]), PaymentStatus(after["payment_status"])
        assert had == has or has in PAID[had], f"money: {had} became {has}"
    assert (told[-1]["status"], told[-1]["payment_status"]) == (order.status, order.payment_status)


def check_bill(rows: Rows) -> None:
    """It costs the sum of its bill."""
    assert rows.order.total == sum(row.amount for row in rows.bill)
    assert rows.lines, "an order of nothing is no order"
    assert all(row.amount == row.unit_amount * row.quantity for row in rows.lines)


def check_money(rows: Rows, cards: FakePayments) -> None:
    """Its money is where its ledger says, and the bank has what the order costs or nothing."""
    order, kinds = rows.order, Counter(row.kind for row in rows.payments)
    assert all(kinds[once] <= 1 for once in ("authorised", "captured", "released", "cash_due"))
    if order.payment_kind == "cash":
        assert not cards.held
        assert (order.payment_status == "captured") == (order.status == S.DELIVERED)
        return
    assert bool(cards.held) == (order.payment_status == "authorised")
    taken = sum(money.amount for money in cards.taken.values())
    assert bool(taken) == bool(kinds["captured"])
    promised = sum(row.amount for row in rows.refunds if row.status != "failed")
    if taken:
        assert taken - promised == (0 if order.status in OVER else order.total)


def caused(events: list[OrderEvent]) -> Counter[str]:
    """What has to be done because of what happened, and nothing else."""
    count = Counter(event.type for event in events)
    changes = [event.data.get("by", BY_CUSTOMER) for event in events if event.type == "order.changed"]
    asked = {
        event.data["line"]
        for event in events
        if event.type == "kitchen.unavailable" and event.data["outcome"] == "ask_customer"
    }
    ended = next((event for event in events if event.type in ENDS), None)
    by = ended.data.get("by", BY_CUSTOMER) if ended else None
    knew = any(event.type == "kitchen.told" for event in events if ended and event.seq < ended.seq)
    card = any(event.data.get("payment_status") == "authorised" for event in events)
    made = {
        "restaurant.announce": count["order.placed"],
        "restaurant.modify": sum(who != BY_KITCHEN for who in changes),
        "customer.changed": sum(who != BY_CUSTOMER for who in changes),
        "customer.substitution": len(asked),
        "restaurant.remind": count["order.confirmed"],
        "payments.capture": count["order.confirmed"] if card else 0,
        "dispatch.search": count["order.confirmed"]
        + count["delivery.declined"]
        + count["delivery.searching"]
        + count["delivery.expired"],
        "driver.ready": sum(e.type == "order.ready" and e.data.get("by") != "driver" for e in events),
        "driver.called_off": count["delivery.called_off"],
        "customer.feedback": count["order.delivered"],
        "customer.rejected": int(by in (BY_KITCHEN, BY_SYSTEM)),
        "restaurant.cancel": int(
            ended is not None and (ended.type == "order.cancelled" or (by == BY_SYSTEM and knew))
        ),
    }
    return Counter({kind: number for kind, number in made.items() if number})


def check_driver(rows: Rows) -> None:
    """One driver at most has it, while there is something to bring."""
    holding = [row for row in rows.assignments if row.status in HELD]
    assert len(holding) <= 1
    assert not holding or rows.order.status not in (*OVER, S.PLACED, S.DELIVERED)
