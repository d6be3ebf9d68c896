"""A door that nobody opens: noted, waited for, and then the food is left where that is agreed, or brought back."""

from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Assignment, Order, OrderEvent, PriceLine
from db.seeding.tracking import read_tracking
from domain.ids import new_id
from errors import ToolError
from operations import delivering, doorstep, no_show, tracking
from operations.capturing import capture
from operations.dispatching import Who
from operations.no_show import Waiting
from tests.fakes.payments import FakePayments
from tests.fakes.riding import LUIS, MEI, accepted, assignments, cooking, jobs_of, riding, who
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order

pytestmark = pytest.mark.db
RULES = read_tracking().door
WAIT = timedelta(minutes=RULES.wait_minutes)


async def at_door(shop: Shop, order: Order, phone: str = LUIS) -> Waiting:
    async with shop.transaction() as session:
        return await doorstep.nobody_home(session, await who(shop, phone), order.id, RULES)


async def paid(shop: Shop, cards: FakePayments) -> tuple[Order, Who]:
    """On its way, and taken from a card."""
    order = await cooking(shop, cards)
    await capture(shop.transaction, cards, shop.clock, order.id)
    return order, await riding(shop, order)


async def leave(shop: Shop, order: Order) -> None:
    async with shop.transaction() as session:
        await doorstep.leave(session, await who(shop), order.id)


async def bring_back(shop: Shop, order: Order) -> None:
    async with shop.transaction() as session:
        await doorstep.bring_back(session, await who(shop), order.id)


async def events(shop: Shop, order: Order, kind: str) -> list[OrderEvent]:
    rows = await shop.rows(OrderEvent, col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == kind)
    return [row for row in rows if isinstance(row, OrderEvent)]


class TestWaiting:
    """The rider is there."""

    async def test_it_is_noted_once_with_its_time_and_the_customer_is_called_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        first = await at_door(shop, order)
        shop.clock.advance(timedelta(minutes=3))
        again = await at_door(shop, order)
        assert first == again
        assert (first.until - first.since, first.may_leave) == (WAIT, False)
        assert doorstep.minutes_left(again, shop.clock.now()) == RULES.wait_minutes - 3
        assert len(await events(shop, order, no_show.NOBODY_HOME)) == 1
        assert await jobs_of(shop, order.id, no_show.AT_DOOR) == 1

    async def test_only_whoever_has_the_food_says_so(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        with pytest.raises(ToolError, match="have the food"):
            await at_door(shop, order)
        with pytest.raises(ToolError, match="not this driver's"):
            await at_door(shop, order, MEI)


class TestLeaving:
    """Only what is paid, and only where its customer has said so."""

    @pytest.mark.parametrize("how", ["a note", "a word"])
    async def test_a_paid_order_is_left_where_that_is_agreed(
        self, shop: Shop, cards: FakePayments, how: str
    ) -> None:
        order, _ = await paid(shop, cards)
        if how == "a note":
            await set_order(shop, order.id, note="No onions. Please leave it at the door")
        await at_door(shop, order)
        if how == "a word":
            with pytest.raises(ToolError, match="has not said that it may be left"):
                await leave(shop, order)
            async with shop.transaction() as session:
                row = await session.get_one(Order, order.id, with_for_update=True)
                await no_show.agree(session, row, new_id(), shop.clock.now())
            assert await jobs_of(shop, order.id, "driver.changed") == 1
        await leave(shop, order)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.delivered_at, row.payment_status) == (
            "delivered",
            shop.clock.now(),
            "captured",
        )
        (event,) = await events(shop, order, "order.delivered")
        assert event.data["proof"] == "left"

    async def test_what_is_paid_at_the_door_is_never_left(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        await set_order(shop, order.id, note="leave it at the door")
        assert not (await at_door(shop, order)).may_leave
        with pytest.raises(ToolError, match="paid in cash"):
            await leave(shop, order)
        assert (await as_it_is(shop, order.id)).status == "picked_up"

    async def test_nothing_is_left_before_anybody_was_called(self, shop: Shop, cards: FakePayments) -> None:
        order, _ = await paid(shop, cards)
        await set_order(shop, order.id, note="leave it at the door")
        with pytest.raises(ToolError, match="Nobody was called yet"):
            await leave(shop, order)


class TestBringingBack:
    """After waiting."""

    async def test_not_before_the_time_is_over_and_then_it_has_failed(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order, _ = await paid(shop, cards)
        await at_door(shop, order)
        shop.clock.advance(WAIT - timedelta(seconds=1))
        with pytest.raises(ToolError, match="wait a little longer"):
            await bring_back(shop, order)
        shop.clock.advance(timedelta(seconds=1))
        await bring_back(shop, order)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.payment_status) == ("failed", "captured"), "the kitchen has cooked it"
        assert await assignments(shop, order.id) == [("withdrawn", "no_show")]
        (failed,) = await events(shop, order, "order.failed")
        assert failed.data["reason"] == "no_show"
        (returned,) = await events(shop, order, doorstep.RETURNED)
        assert returned.data["pay"] > 0
        assert await jobs_of(shop, order.id, "payments.refund") == 0
        async with shop.transaction() as session:
            (seen,) = await tracking.look(session, [order.id], 1)
        assert seen.say(shop.clock.now()).endswith("nobody opened or answered.")

    async def test_cash_is_due_no_more(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        await at_door(shop, order)
        shop.clock.advance(WAIT)
        await bring_back(shop, order)
        assert (await as_it_is(shop, order.id)).payment_status == "released"

    async def test_what_may_be_left_is_not_brought_back(self, shop: Shop, cards: FakePayments) -> None:
        order, _ = await paid(shop, cards)
        await set_order(shop, order.id, note="leave it with the guard")
        await at_door(shop, order)
        shop.clock.advance(WAIT)
        with pytest.raises(ToolError, match="may be left"):
            await bring_back(shop, order)

    async def test_nobody_brings_it_back_unsaid(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        with pytest.raises(ToolError, match="Nobody was called yet"):
            await bring_back(shop, order)


async def test_a_tip_is_whose_brings_it(shop: Shop) -> None:
    order = await cooking(shop)
    async with shop.transaction() as session:
        session.add(
            PriceLine(order_id=order.id, position=90, kind="tip", label="tip", amount=300, currency="USD")
        )
    acting = await riding(shop, order)
    (before,) = await shop.rows(Assignment)
    async with shop.transaction() as session:
        proof = await delivering.delivered(session, acting, order.id, order.code)
    (after,) = await shop.rows(Assignment)
    assert isinstance(before, Assignment)
    assert isinstance(after, Assignment)
    assert (proof.tip, after.pay - before.pay) == (300, 300)
    (event,) = await events(shop, order, "order.delivered")
    assert (event.data["tip"], event.data["pay"]) == (300, after.pay)
