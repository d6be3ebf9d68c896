"""Money was taken and nobody wrote it down; the order is over, or given back: it is found out, and returned once."""

from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Order, Payment, Refund
from domain.jobs import Dropped
from domain.money import Money
from errors import VendorTimeout
from operations import giving
from operations.capturing import TAKEN_BEFORE, capture, release
from operations.ledger import RECOVER_AFTER
from operations.turning_down import Reason, reject
from tests.fakes.aftermath import asked, claim, refunds
from tests.fakes.payments import FakePayments, KilledError
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db


async def taken_in_secret(shop: Shop, cards: FakePayments, outcome: str = "lost") -> Order:
    """An order whose money was taken, while the ledger has it as held."""
    order = await order_of(shop, cards=cards)
    await set_order(shop, order.id, status="preparing")
    cards.taking = [outcome]  # type: ignore[list-item]
    with pytest.raises((VendorTimeout, KilledError)):
        await capture(shop.transaction, cards, shop.clock, order.id)
    assert (await as_it_is(shop, order.id)).payment_status == "authorised"
    return order


async def captured(shop: Shop, order: Order) -> list[tuple[str | None, int]]:
    rows = await shop.rows(Payment, col(Payment.order_id) == order.id, col(Payment.kind) == "captured")
    return [(row.reference, row.amount) for row in rows if isinstance(row, Payment)]


@pytest.mark.parametrize("job", [capture, release])
@pytest.mark.parametrize("status", ["cancelled", "failed"])
@pytest.mark.parametrize("outcome", ["lost", "killed"])
async def test_of_an_order_that_is_over_it_is_given_back_by_either_job(
    shop: Shop, cards: FakePayments, job: object, status: str, outcome: str
) -> None:
    order = await taken_in_secret(shop, cards, outcome)
    await set_order(shop, order.id, status=status)
    act = release if job is release else capture
    assert await act(shop.transaction, cards, shop.clock, order.id) == Dropped(TAKEN_BEFORE)
    ((reference, money),) = cards.taken.items()
    assert await captured(shop, order) == [(reference, money.amount)]
    for again in (capture, release):
        assert isinstance(await again(shop.transaction, cards, shop.clock, order.id), Dropped)
    (row,) = await refunds(shop, order.id)
    assert (row.amount, row.means) == (order.total, "card")
    assert await giving.recover(shop.transaction, cards, shop.clock, row.key) == "refunded"
    assert list(cards.refunds.values()) == [(reference, Money(order.total, "USD"))]
    assert (await as_it_is(shop, order.id)).payment_status == "refunded"


async def test_who_ends_the_order_is_not_kept_waiting_by_it(shop: Shop, cards: FakePayments) -> None:
    order = await taken_in_secret(shop, cards)
    await set_order(shop, order.id, status="placed")
    done = await reject(shop.transaction, cards, shop.clock, await desk_of(shop), order.id, Reason.BUSY)
    assert not done.settled
    assert await captured(shop, order) == []
    ending = await release(shop.transaction, cards, shop.clock, order.id)
    assert ending == Dropped(TAKEN_BEFORE)
    assert len(await refunds(shop, order.id)) == 1


async def test_a_refund_of_what_was_held_becomes_one_of_what_was_taken(
    shop: Shop, cards: FakePayments
) -> None:
    state = await shop.hungry()
    order = await taken_in_secret(shop, cards)
    shop.clock.advance(timedelta(hours=2))
    assert (await asked(shop, cards, state, claim(order, "not_delivered"))).status == "unknown"
    (row,) = await refunds(shop, order.id)
    assert (row.means, row.reference, row.amount) == ("card", None, order.total)
    ending = await capture(shop.transaction, cards, shop.clock, order.id)
    assert ending == Dropped("nothing is held, the money is captured")
    shop.clock.advance(RECOVER_AFTER)
    for _ in range(2):
        assert await giving.recover(shop.transaction, cards, shop.clock, row.key) == "refunded"
    assert [amount for _, amount in cards.refunds.values()] == [Money(order.total, "USD")]
    after = await as_it_is(shop, order.id)
    assert (after.status, after.payment_status) == ("failed", "refunded")
    assert len(await captured(shop, order)) == 1


async def test_the_job_of_the_order_gives_back_only_what_the_promised_refund_does_not(
    shop: Shop, cards: FakePayments
) -> None:
    state = await shop.hungry()
    order = await order_of(shop, cards=cards)
    await set_order(shop, order.id, status="preparing")
    shop.clock.advance(timedelta(hours=2))
    cards.letting_go = ["unreachable", "unreachable"]
    for _ in range(2):
        await asked(shop, cards, state, claim(order, "not_delivered"))
    (promised,) = await refunds(shop, order.id)
    async with shop.transaction() as session:
        (await session.get_one(Refund, promised.id)).amount -= 700  # its bill was less than is held
    ((reference, money),) = cards.held.items()
    await cards.capture(reference, money, key="asked before the refund was")
    await set_order(shop, order.id, status="cancelled")
    assert await release(shop.transaction, cards, shop.clock, order.id) == Dropped(TAKEN_BEFORE)
    rows = await refunds(shop, order.id)
    assert sorted(row.amount for row in rows) == [700, money.amount - 700]
    for row in [*rows, *rows]:
        await giving.recover(shop.transaction, cards, shop.clock, row.key)
    assert {row.status for row in await refunds(shop, order.id)} == {"refunded"}
    assert sum(amount.amount for _, amount in cards.refunds.values()) == money.amount
    assert (await as_it_is(shop, order.id)).payment_status == "refunded"
