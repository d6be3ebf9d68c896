"""A refund that came back counts as not given, once, and a person hears of it."""

import pytest
from sqlmodel import col

from db.models import Refund
from domain.jobs import Done
from errors import VendorError, VendorTimeout
from operations import came_back, giving, ledger
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order

pytestmark = pytest.mark.db


async def refunded(shop: Shop, cards: FakePayments) -> Refund:
    """All of an order was given back."""
    order = await order_of(shop, cards=cards)
    (reference,) = cards.held
    await cards.capture(reference, key="taken")
    async with shop.transaction() as session:
        resting = await ledger.resting(session, order.id)
        assert resting is not None
        session.add(ledger.fact_of(resting.attempt, "captured", reference, None, shop.clock.now()))
        row = Refund(
            key=f"refund:{order.id}:not_delivered:all",
            order_id=order.id,
            reason="missing_items",
            amount=order.total,
            currency=order.currency,
            rule="us.missing",
            means="card",
            status=giving.BEGUN,
            created_at=shop.clock.now(),
            updated_at=shop.clock.now(),
        )
        session.add(row)
    await set_order(shop, order.id, payment_status="captured")
    assert await giving.recover(shop.transaction, cards, shop.clock, row.key) == "refunded"
    return row


async def status(shop: Shop, key: str) -> str:
    (row,) = await shop.rows(Refund, col(Refund.key) == key)
    assert isinstance(row, Refund)
    return row.status


async def test_one_that_stands_is_left_alone(shop: Shop, cards: FakePayments) -> None:
    row = await refunded(shop, cards)
    assert await came_back.look(shop.transaction, cards, shop.clock, row.key) == Done("the refund stands")
    assert (await status(shop, row.key), len(cards.refunds)) == ("refunded", 1)


async def test_one_that_came_back_counts_as_not_given(shop: Shop, cards: FakePayments) -> None:
    row = await refunded(shop, cards)
    for _ in range(2):
        cards.script = ["refused"]
        if await status(shop, row.key) == "refunded":
            with pytest.raises(VendorError):
                await came_back.look(shop.transaction, cards, shop.clock, row.key)
    assert await status(shop, row.key) == "failed"
    order = await as_it_is(shop, row.order_id)
    assert order.payment_status == "captured"
    assert (await shop.events(order.id)).count(came_back.CAME_BACK) == 1
    assert (await shop.ledger(order.id))[-2:] == ["refunded", "refund_failed"]


async def test_without_an_answer_nothing_is_changed(shop: Shop, cards: FakePayments) -> None:
    row = await refunded(shop, cards)
    cards.script = ["unreachable"]
    with pytest.raises(VendorTimeout):
        await came_back.look(shop.transaction, cards, shop.clock, row.key)
    assert await status(shop, row.key) == "refunded"
