"""A dish has run out: nobody can order it, and the order goes on as its customer wished, never for more."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import col

from db.models import Order, OrderLine
from domain.changes import Action
from domain.order import OrderStatus as S
from domain.order import Substitution
from errors import ToolError
from operations import kitchen_desk, kitchen_queue, sold_out
from operations.kitchen_queue import Who
from operations.placing import place
from operations.sold_out import Missing, Outcome
from tests.fakes.desk import cash
from tests.fakes.payments import FakePayments
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import as_it_is, bill, dishes, last_event, order_of, set_order
from tests.fakes.stove import DOWNTOWN, desk_of

pytestmark = pytest.mark.db
REFUND, SIMILAR, CALL_ME = Substitution.REFUND, Substitution.SIMILAR, Substitution.CALL_ME


@pytest.fixture
async def who(shop: Shop) -> Who:
    return await desk_of(shop)


async def order_with(
    shop: Shop, wish: Substitution, cards: FakePayments | None = None, **more: object
) -> Order:
    order = await order_of(shop, cards=cards, naan=2)
    await set_order(shop, order.id, substitution=wish, **more)
    return await as_it_is(shop, order.id)


async def gone(
    shop: Shop,
    who: Who,
    order: Order,
    line: int = 2,
    instead: str | None = None,
    cards: FakePayments | None = None,
) -> Outcome:
    """The kitchen says that a line cannot be cooked."""
    missing = Missing(order.id, line, instead)
    await sold_out.mark_gone(shop.transaction, who, missing)
    return await sold_out.handle(shop.transaction, cards, shop.clock, MARKETS["US"], who, missing)


async def lines(shop: Shop, order_id: UUID) -> list[OrderLine]:
    rows = await shop.rows(OrderLine, col(OrderLine.order_id) == order_id)
    return sorted((row for row in rows if isinstance(row, OrderLine)), key=lambda row: row.position)


async def jobs(shop: Shop, order: Order, kind: str) -> int:
    return [job.kind for job in await shop.jobs(order.id)].count(kind)


async def test_nobody_can_order_it_any_more_here_and_everybody_can_elsewhere(shop: Shop, who: Who) -> None:
    naan = await shop.dish("Garlic Naan")
    await shop.set_item(naan, stock=7)
    await gone(shop, who, await order_with(shop, REFUND))
    now = await shop.dish("Garlic Naan")
    assert (now.available, now.stock, now.sold_out) == (False, 0, True)
    assert not (await shop.dish("Garlic Naan", DOWNTOWN)).sold_out


class TestRefund:
    """The customer wants their money rather than another dish."""

    async def test_the_dish_is_taken_off_and_only_the_rest_is_charged(
        self, shop: Shop, who: Who, cards: FakePayments
    ) -> None:
        order = await order_with(shop, REFUND, cards)
        done = await gone(shop, who, order)
        row = await as_it_is(shop, order.id)
        assert (done.kind, await dishes(shop, order.id)) == ("removed", ["2 Dal Tadka"])
        assert row.total == sum((await bill(shop, order.id)).values()) < order.total
        event = await last_event(shop, order.id)
        assert (event.type, event.data["by"], event.data["to_capture"]) == (
            "order.changed",
            "kitchen",
            row.total,
        )
        assert await jobs(shop, order, "customer.changed") == 1
        assert cards.open_while_asked == [0]

    async def test_what_the_kitchen_offers_instead_is_not_wanted(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, REFUND, allergies=["dairy"])
        assert (await gone(shop, who, order, instead="Butter Naan")).kind == "removed"
        assert await dishes(shop, order.id) == ["2 Dal Tadka"]

    async def test_said_again_nothing_else_is_taken_off(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, REFUND)
        await gone(shop, who, order)
        total = (await as_it_is(shop, order.id)).total
        assert (await gone(shop, who, order)).kind == "settled"
        assert (await dishes(shop, order.id), (await as_it_is(shop, order.id)).total) == (
            ["2 Dal Tadka"],
            total,
        )

    async def test_two_who_say_it_at_once_take_it_off_once(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, REFUND)
        found = await asyncio.gather(*(gone(shop, who, order) for _ in range(2)))
        assert sorted(one.kind for one in found) == ["removed", "settled"]
        assert await jobs(shop, order, "customer.changed") == 1

    async def test_no_fee_begins_by_what_the_kitchen_lacks(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop, quantity=1, naan=2)
        await set_order(shop, order.id, substitution=REFUND)
        assert "small order fee" not in await bill(shop, order.id)
        await gone(shop, who, order)
        after = await bill(shop, order.id)
        assert "small order fee" not in after
        assert after["1 x Dal Tadka (full)"] < MARKETS["US"].small_order_below

    async def test_the_only_dish_ends_the_order(self, shop: Shop, who: Who, cards: FakePayments) -> None:
        order = await order_of(shop, cards=cards)
        await set_order(shop, order.id, substitution=REFUND)
        assert (await gone(shop, who, order, line=1, cards=cards)).kind == "rejected"
        row = await as_it_is(shop, order.id)
        assert (row.status, row.payment_status, cards.held) == (S.REJECTED, "released", {})
        assert await jobs(shop, order, "customer.rejected") == 1
        assert (await shop.dish("Dal Tadka")).sold_out

    async def test_what_is_charged_already_is_asked_about(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, REFUND, payment_status="captured", status=S.PREPARING)
        assert (await gone(shop, who, order)).kind == "ask_customer"
        assert (await as_it_is(shop, order.id)).total == order.total


class TestSimilar:
    """The customer takes something like it."""

    async def test_a_dish_of_the_same_heading_stands_in_and_never_costs_more(
        self, shop: Shop, who: Who
    ) -> None:
        order = await order_with(shop, SIMILAR)
        done = await gone(shop, who, order)
        assert done.kind == "substituted"
        assert done.instead is not None
        row, found = await as_it_is(shop, order.id), await lines(shop, order.id)
        assert [(line.position, line.quantity) for line in found] == [(1, 2), (3, 2)]
        assert found[1].name == done.instead.name != "Garlic Naan"
        assert row.total == sum((await bill(shop, order.id)).values()) <= order.total
        assert (await bill(shop, order.id))[f"2 x {found[1].name}"] == found[1].amount
        new, old = await shop.dish(found[1].name), await shop.dish("Garlic Naan")
        assert (new.category, "veg" in new.diets) == (old.category, True)

    async def test_nothing_with_an_allergen_stands_in(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, SIMILAR, allergies=["gluten"])
        done = await gone(shop, who, order)
        assert (done.kind, await dishes(shop, order.id)) == (
            "ask_customer",
            ["2 Dal Tadka", "2 Garlic Naan"],
        )

    async def test_what_the_kitchen_offers_is_taken(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, SIMILAR)
        done = await gone(shop, who, order, instead="butter naan")
        assert (done.kind, await dishes(shop, order.id)) == (
            "substituted",
            ["2 Dal Tadka", "2 Butter Naan"],
        )

    async def test_an_offer_with_the_allergen_is_refused_and_the_order_stays(
        self, shop: Shop, who: Who
    ) -> None:
        order = await order_with(shop, SIMILAR, allergies=["dairy"])
        with pytest.raises(ToolError, match="dairy in it, and the customer is allergic"):
            await gone(shop, who, order, instead="Butter Chicken")
        assert await dishes(shop, order.id) == ["2 Dal Tadka", "2 Garlic Naan"]
        assert (await shop.dish("Garlic Naan")).sold_out

    async def test_meat_never_stands_in_for_what_is_vegetarian(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, SIMILAR)
        with pytest.raises(ToolError, match="will not do"):
            await gone(shop, who, order, instead="Butter Chicken")

    async def test_a_dearer_offer_costs_what_the_old_dish_cost(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, SIMILAR)
        await gone(shop, who, order, instead="Palak Paneer")
        assert (await as_it_is(shop, order.id)).total == order.total

    @pytest.mark.parametrize(("said", "asks"), [("moussaka", "on the menu"), ("paneer", "which they mean")])
    async def test_an_offer_that_is_no_one_dish_is_asked_about(
        self, shop: Shop, who: Who, said: str, asks: str
    ) -> None:
        with pytest.raises(ToolError, match=asks):
            await gone(shop, who, await order_with(shop, SIMILAR), instead=said)

    async def test_portions_of_the_new_dish_are_counted(self, shop: Shop, who: Who) -> None:
        butter = await shop.dish("Butter Naan")
        await shop.set_item(butter, stock=2)
        order, again = await order_with(shop, SIMILAR), await order_with(shop, SIMILAR)
        await gone(shop, who, order, instead="Butter Naan")
        assert await shop.stock(butter) == 0
        with pytest.raises(ToolError, match="will not do"):
            await gone(shop, who, again, instead="Butter Naan")

    async def test_the_new_dish_may_run_out_too(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, SIMILAR)
        await gone(shop, who, order, instead="Butter Naan")
        done = await gone(shop, who, order, line=3)
        assert done.kind in ("substituted", "ask_customer")
        assert (await shop.dish("Butter Naan")).sold_out


class TestAsking:
    """The customer wants to be called."""

    async def test_a_call_is_due_and_the_order_waits(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, CALL_ME)
        for _ in range(2):
            assert (await gone(shop, who, order)).kind == "ask_customer"
        assert await jobs(shop, order, "customer.substitution") == 1
        assert (await shop.events(order.id)).count("kitchen.unavailable") == 1
        assert (await as_it_is(shop, order.id)).status == S.PLACED
        async with shop.transaction() as session:
            assert await kitchen_queue.waiting(session, who) == []
            with pytest.raises(ToolError, match="Garlic Naan"):
                await kitchen_desk.confirm(session, who, order.id, 20, 1)

    async def test_it_goes_on_when_the_customer_has_taken_the_dish_off(self, shop: Shop, who: Who) -> None:
        desk = await cash(shop, naan=2)
        await set_order(shop, desk.order.id, substitution=CALL_ME)
        await gone(shop, who, desk.order)
        await desk.change(Action.REMOVE, line=2)
        async with shop.transaction() as session:
            assert [row.id for row in await kitchen_queue.waiting(session, who)] == [desk.order.id]

    async def test_what_the_kitchen_offers_goes_with_the_question(self, shop: Shop, who: Who) -> None:
        order = await order_with(shop, CALL_ME)
        await gone(shop, who, order, instead="Butter Naan")
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "customer.substitution"]
        assert job.payload == {
            "order_id": str(order.id),
            "line": "2",
            "instead": str((await shop.dish("Butter Naan")).id),
        }


class TestWhoMay:
    """Their own orders, while they are cooked."""

    async def test_another_kitchens_order_and_menu_are_out_of_reach(self, shop: Shop) -> None:
        order = await order_with(shop, REFUND)
        with pytest.raises(ToolError, match="not this kitchen's"):
            await gone(shop, await desk_of(shop, DOWNTOWN), order)
        assert await dishes(shop, order.id) == ["2 Dal Tadka", "2 Garlic Naan"]
        assert not (await shop.dish("Garlic Naan")).sold_out

    @pytest.mark.parametrize("status", [S.READY, S.PICKED_UP, S.DELIVERED, S.CANCELLED])
    async def test_what_is_cooked_or_over_stays_as_it_is(self, shop: Shop, who: Who, status: S) -> None:
        order = await order_with(shop, REFUND, status=status)
        with pytest.raises(ToolError, match=status.replace("_", " ")):
            await gone(shop, who, order)
        assert not (await shop.dish("Garlic Naan")).sold_out

    async def test_a_line_there_is_not_is_asked_for(self, shop: Shop, who: Who) -> None:
        with pytest.raises(ToolError, match="1 = 2 Dal Tadka; 2 = 2 Garlic Naan"):
            await gone(shop, who, await order_with(shop, REFUND), line=9)

    async def test_a_promotion_stays(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop, quantity=1, naan=3, promotion="TIFFIN10")
        await set_order(shop, order.id, substitution=REFUND)
        await gone(shop, who, order)
        assert (await bill(shop, order.id))["TIFFIN10"] < 0


async def test_an_order_bought_elsewhere_meanwhile_does_not_get_the_dish(shop: Shop, who: Who) -> None:
    state = await shop.hungry(dish="Garlic Naan", quantity=5)
    wanted = await shop.wanted(state)
    await gone(shop, who, await order_with(shop, REFUND))
    with pytest.raises(Exception, match="sold out"):
        await place(shop.transaction, None, shop.clock, wanted)
