"""From the counter to the door: each step once, only for whose delivery it is, and proved by the customer's code."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Audit, Order, OrderEvent, Payment
from domain.ids import Prefix, show
from errors import ToolError
from operations import delivering, dispatching
from operations.delivering import Proof
from operations.dispatching import Who
from tests.fakes.payments import FakePayments
from tests.fakes.riding import (
    LUIS,
    MEI,
    accepted,
    assignments,
    cooking,
    driver,
    jobs_of,
    offered,
    other_code,
    riding,
    who,
)
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order

pytestmark = pytest.mark.db


async def bring(shop: Shop, acting: Who, order: Order, code: str) -> Proof:
    async with shop.transaction() as session:
        return await delivering.delivered(session, acting, order.id, code)


async def pick(shop: Shop, acting: Who, order: Order) -> None:
    async with shop.transaction() as session:
        await delivering.picked_up(session, acting, order.id)


async def trouble(shop: Shop, acting: Who, order: Order) -> bool:
    async with shop.transaction() as session:
        return await delivering.problem(session, acting, order.id, "a flat tyre")


class TestTheCounter:
    """At the restaurant, and away from it with the food."""

    async def test_standing_there_is_noted_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        for _ in range(2):
            async with shop.transaction() as session:
                await delivering.at_restaurant(session, acting, order.id)
        assert await assignments(shop, order.id) == [("at_restaurant", None)]
        assert (await shop.events(order.id)).count("delivery.at_restaurant") == 1

    async def test_ready_food_is_picked_up_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        await pick(shop, acting, order)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.picked_up_at) == ("picked_up", shop.clock.now())
        assert await assignments(shop, order.id) == [("picked_up", None)]
        assert (await shop.events(order.id)).count("order.picked_up") == 1

    async def test_food_the_kitchen_still_cooks_is_not(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        with pytest.raises(ToolError, match="has not said yet that it is ready"):
            await pick(shop, acting, order)
        assert (await as_it_is(shop, order.id)).status == "preparing"

    @pytest.mark.parametrize("status", ["confirmed", "preparing"])
    async def test_after_the_kitchens_own_time_whoever_holds_the_bag_is_believed(
        self, shop: Shop, status: str
    ) -> None:
        order = await cooking(shop, status=status)
        acting = await accepted(shop, order)
        shop.clock.advance(timedelta(minutes=10))
        await pick(shop, replace(acting, now=shop.clock.now()), order)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.picked_up_at) == ("picked_up", shop.clock.now())
        events = await shop.rows(OrderEvent, col(OrderEvent.order_id) == order.id)
        told = [one for one in events if isinstance(one, OrderEvent)][-2:]
        assert [one.type for one in told] == ["order.ready", "order.picked_up"]
        assert told[0].data["by"] == "driver"
        assert await jobs_of(shop, order.id, "driver.ready") == 0  # they need not be told

    async def test_an_order_that_was_called_off_meanwhile_is_not(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        await set_order(shop, order.id, status="cancelled")
        with pytest.raises(ToolError, match="called off"):
            await pick(shop, acting, order)
        assert (await as_it_is(shop, order.id)).status == "cancelled"

    async def test_what_they_have_is_told_with_the_door_and_the_dishes(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        async with shop.transaction() as session:
            (found,) = await delivering.current(session, await driver(shop, LUIS))
            assert await delivering.current(session, await driver(shop, MEI)) == []
        assert (found.order.id, found.place.model_dump(mode="json")) == (order.id, order.place)
        assert sum(line.quantity for line in found.lines) == 2


class TestTheDoor:
    """Six digits prove that the customer has it."""

    async def test_the_right_code_delivers_and_cash_is_in_hand(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        assert (await bring(shop, acting, order, order.code)).right
        row = await as_it_is(shop, order.id)
        assert (row.status, row.delivered_at, row.payment_status) == (
            "delivered",
            shop.clock.now(),
            "captured",
        )
        assert await shop.ledger(order.id) == ["attempted", "cash_due", "captured"]
        fact = (await shop.rows(Payment))[-1]
        assert isinstance(fact, Payment)
        assert (fact.provider, fact.amount, fact.currency) == ("cash", order.total, "USD")
        assert await assignments(shop, order.id) == [("delivered", None)]
        assert await jobs_of(shop, order.id, "customer.feedback") == 1

    async def test_a_card_is_not_touched_at_the_door(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooking(shop, cards)
        acting = await riding(shop, order)
        assert (await bring(shop, acting, order, order.code)).right
        assert await shop.ledger(order.id) == ["attempted", "authorised"]
        assert (await as_it_is(shop, order.id)).payment_status == "authorised"

    async def test_said_again_it_is_delivered_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        for _ in range(2):
            assert (await bring(shop, acting, order, order.code)).right
        assert (await shop.events(order.id)).count("order.delivered") == 1
        assert await shop.ledger(order.id) == ["attempted", "cash_due", "captured"]

    async def test_after_three_wrong_ones_not_even_the_right_one_counts(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        tries = [await bring(shop, acting, order, other_code(order.code, step)) for step in (1, 2, 3)]
        assert tries == [Proof(False, 2), Proof(False, 1), Proof(False, 0)]
        assert await bring(shop, acting, order, order.code) == Proof(False, 0)
        assert (await as_it_is(shop, order.id)).status == "picked_up"
        assert (await shop.events(order.id)).count("delivery.wrong_code") == 3

    async def test_a_code_never_stands_in_the_events(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        wrong = other_code(order.code)
        await bring(shop, acting, order, wrong)
        events = await shop.rows(OrderEvent)
        assert wrong not in str([event.model_dump() for event in events])

    async def test_nothing_is_delivered_that_was_not_picked_up(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        with pytest.raises(ToolError, match="confirm_pickup first"):
            await bring(shop, acting, order, order.code)

    async def test_who_did_it_is_in_the_audit(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        await bring(shop, acting, order, order.code)
        rows = [row for row in await shop.rows(Audit) if isinstance(row, Audit)]
        mine = show(Prefix.DRIVER, acting.driver_id)
        subject = show(Prefix.ORDER, order.id)
        assert [row.action for row in rows if (row.actor, row.subject) == (mine, subject)] == [
            "delivery.accepted",
            "order.picked_up",
            "order.delivered",
        ]


class TestTrouble:
    """A delivery that its driver cannot do."""

    async def test_before_pick_up_somebody_else_is_looked_for(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        assert await trouble(shop, acting, order)
        assert await assignments(shop, order.id) == [("withdrawn", "a flat tyre")]
        assert (await shop.events(order.id))[-1] == "delivery.searching"
        assert await jobs_of(shop, order.id, dispatching.SEARCH) == 1
        await accepted(shop, order, MEI)
        assert [status for status, _ in await assignments(shop, order.id)] == ["withdrawn", "accepted"]

    async def test_with_the_food_in_hand_it_stays_theirs(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await riding(shop, order)
        assert not await trouble(shop, acting, order)
        assert await assignments(shop, order.id) == [("picked_up", "a flat tyre")]
        assert (await as_it_is(shop, order.id)).status == "picked_up"
        assert await jobs_of(shop, order.id, dispatching.SEARCH) == 0

    async def test_nobody_is_looked_for_when_the_order_was_called_off(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        await set_order(shop, order.id, status="cancelled")
        assert await trouble(shop, acting, order)
        assert await jobs_of(shop, order.id, dispatching.SEARCH) == 0


class TestAnothersDelivery:
    """It cannot be seen, moved or proved by who does not have it."""

    @pytest.mark.parametrize("step", ["at_restaurant", "picked_up", "problem", "delivered"])
    @pytest.mark.parametrize("was_offered", [False, True])
    async def test_it_is_refused(self, shop: Shop, step: str, was_offered: bool) -> None:
        order = await cooking(shop)
        if was_offered:
            await offered(shop, order, MEI)
        await riding(shop, order, LUIS)
        before = await as_it_is(shop, order.id)
        acting = await who(shop, MEI)
        more = {"problem": ("not mine",), "delivered": (order.code,)}.get(step, ())
        with pytest.raises(ToolError, match="not this driver's"):
            async with shop.transaction() as session:
                await getattr(delivering, step)(session, acting, order.id, *more)
        assert (await as_it_is(shop, order.id)).status == before.status

    async def test_who_gave_it_back_has_it_no_more(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        await trouble(shop, acting, order)
        await set_order(shop, order.id, status="ready")
        with pytest.raises(ToolError, match="not this driver's"):
            await pick(shop, acting, order)
