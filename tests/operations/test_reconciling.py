"""Each planted difference is found, and nothing else is; money is never moved."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col

from db.models import Difference, Order, Payment
from domain.ids import earliest_at
from domain.money import Money
from operations import ledger, link_rows, reconciling
from operations.settling import release
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import order_of
from vendors.payments import Moved, Movement

pytestmark = pytest.mark.db
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


class Books:
    """A provider's books, as the test writes them."""

    name = "stripe"

    def __init__(self, *movements: Movement) -> None:
        self.movements_ = list(movements)

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """See vendors.payments.Books."""
        raise AssertionError("no money is moved")

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See vendors.payments.Books."""
        return [one for one in self.movements_ if since <= one.at < until]


async def age(shop: Shop, by: timedelta = timedelta(hours=1)) -> None:
    """What the ledger has was written that long ago, real time."""
    for row in await shop.rows(Payment):
        assert isinstance(row, Payment)
        moment = earliest_at(datetime.now(UTC) - by)
        new = UUID(int=moment.int | (row.id.int & ((1 << 80) - 1)))
        async with shop.transaction() as session:
            await session.execute(
                text("UPDATE payments SET id = :new WHERE id = :old"), {"new": new, "old": row.id}
            )


@pytest.fixture
async def held(shop: Shop, cards: FakePayments) -> Movement:
    """A payment that is held, in the ledger and in the provider's books, an hour old; and nothing else."""
    async with shop.transaction() as session:
        await session.execute(text("DELETE FROM payments"))
    await order_of(shop, cards=cards)
    await age(shop)
    ((reference, amount),) = cards.held.items()
    return Movement(reference, Moved.HELD, amount, AN_HOUR_AGO)


async def found(shop: Shop, *movements: Movement) -> list[tuple[str, str, str]]:
    report = await reconciling.compare(shop.transaction, Books(*movements), shop.clock)
    rows = await shop.rows(Difference, col(Difference.reconciliation_id) == report.id)
    differences = [row for row in rows if isinstance(row, Difference)]
    assert len(differences) == report.differences
    return sorted((row.kind, row.about, row.reference) for row in differences)


def with_(movement: Movement, **changes: Any) -> Movement:
    given = {name: getattr(movement, name) for name in ("reference", "status", "amount", "at")}
    return Movement(**{**given, **changes})


async def test_books_that_agree_have_no_difference(shop: Shop, held: Movement) -> None:
    assert await found(shop, held) == []


async def test_what_the_ledger_lacks_is_told(shop: Shop, held: Movement) -> None:
    strange = Movement("pi_strange", Moved.TAKEN, Money(500, "USD"), AN_HOUR_AGO)
    back = Movement("re_strange", Moved.GIVEN, Money(500, "USD"), AN_HOUR_AGO)
    assert await found(shop, held, strange, back) == [
        ("missing_here", "payment", "pi_strange"),
        ("missing_here", "refund", "re_strange"),
    ]


async def test_what_the_provider_lacks_is_told(shop: Shop, held: Movement) -> None:
    assert await found(shop) == [("missing_there", "payment", held.reference)]


async def test_another_amount_is_told(shop: Shop, held: Movement) -> None:
    other = with_(held, amount=held.amount + Money(1, "USD"))
    assert await found(shop, other) == [("amount", "payment", held.reference)]


async def test_another_status_is_told(shop: Shop, held: Movement) -> None:
    assert await found(shop, with_(held, status=Moved.TAKEN)) == [("status", "payment", held.reference)]


async def test_what_was_held_and_let_go_of_unknown_to_us_is_no_difference(shop: Shop, held: Movement) -> None:
    strange = Movement("pi_strange", Moved.RELEASED, Money(500, "USD"), AN_HOUR_AGO)
    assert await found(shop, held, strange) == []


@pytest.mark.parametrize("status", [Moved.TAKEN, Moved.GIVEN])
async def test_what_is_a_minute_old_is_left_for_the_next_time(
    shop: Shop, held: Movement, status: Moved
) -> None:
    young = Movement("x_young", status, Money(500, "USD"), datetime.now(UTC) - timedelta(minutes=1))
    assert await found(shop, held, young) == []


async def test_what_has_just_changed_here_is_left_for_the_next_time(
    shop: Shop, cards: FakePayments, held: Movement
) -> None:
    (order,) = [
        row for row in await shop.rows(Order) if isinstance(row, Order) and row.payment_status == "authorised"
    ]
    async with shop.transaction() as session:
        resting = await ledger.resting(session, order.id)
    assert resting is not None
    await release(shop.transaction, cards, shop.clock, resting.attempt, held.reference)
    assert await found(shop, held) == []
    await age(shop)
    assert await found(shop, held) == [("status", "payment", held.reference)]
    assert await found(shop, with_(held, status=Moved.RELEASED)) == []


async def test_money_that_came_late_and_went_back_agrees(shop: Shop, held: Movement) -> None:
    (fact, *_) = [row for row in await shop.rows(Payment) if isinstance(row, Payment)]
    async with shop.transaction() as session:
        for kind, reference in ((link_rows.CAME_LATE, "pay_late"), (link_rows.GAVE_BACK, "rfnd_late")):
            row = fact.model_dump(exclude={"id"}) | {"kind": kind, "reference": reference}
            session.add(Payment(**row))
    await age(shop)
    late = Movement("pay_late", Moved.TAKEN, held.amount, AN_HOUR_AGO)
    back = Movement("rfnd_late", Moved.GIVEN, held.amount, AN_HOUR_AGO)
    assert await found(shop, held, late, back) == []
    assert await found(shop, held, late) == [("missing_there", "refund", "rfnd_late")]


async def test_the_newest_report_is_the_one_that_is_read(shop: Shop, held: Movement) -> None:
    async with shop.transaction() as session:
        assert await reconciling.last(session, "stripe") is None
    await found(shop)
    await found(shop, held)
    async with shop.transaction() as session:
        read = await reconciling.last(session, "stripe")
    assert read is not None
    report, differences = read
    assert (report.theirs, report.ours, report.differences, differences) == (1, 1, 0, [])


async def test_a_day_is_planned_once(shop: Shop) -> None:
    now = shop.clock.now()
    for due in (now, now + timedelta(hours=1), now + reconciling.DAILY):
        async with shop.transaction() as session:
            await reconciling.plan(session, due, now)
    async with shop.transaction() as session:
        keys = list(
            await session.scalars(
                text("SELECT key FROM outbox WHERE kind = 'payments.reconcile' ORDER BY key")
            )
        )
    assert keys == ["payments.reconcile:2026-03-02", "payments.reconcile:2026-03-03"]


async def test_more_payments_than_postgresql_takes_arguments(shop: Shop, held: Movement) -> None:
    let_go = [with_(held, reference=f"pi_other{number}", status=Moved.RELEASED) for number in range(33_000)]
    assert await found(shop, held, *let_go) == []
    assert await found(shop, *let_go) == [("missing_there", "payment", held.reference)]
