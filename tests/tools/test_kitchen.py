"""A kitchen on the phone: what it hears, what its words do, and that nobody else's words do it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from db.menu_index import Filters
from domain.changes import Action
from domain.order import OrderStatus as S
from domain.order import Substitution
from errors import ToolError
from tests.fakes.call import asked, run
from tests.fakes.desk import cash
from tests.fakes.shop import ASHA, Shop
from tests.fakes.standing import as_it_is, dishes, order_of, set_order
from tests.fakes.stove import DOWNTOWN, Stove, at_stove, paused_until
from tests.tools.conftest import Phoned
from tools.kitchen import (
    confirm_preparation_time,
    mark_ready,
    notify_restaurant,
    pass_on_change,
    pause_kitchen,
    reject_order,
    resume_kitchen,
)
from tools.sold_out import handle_unavailable_item
from tools.tool import Tool, handle

pytestmark = pytest.mark.db
OLD_MILL_PHONE = "+15125550120"


@pytest.fixture
async def stove(phoned: Phoned, shop: Shop) -> AsyncIterator[Stove]:
    """A kitchen's call; the menu's index, which all tests share, has every dish again afterwards."""
    talk = await phoned(OLD_MILL_PHONE)
    yield await at_stove(talk, shop)
    await talk.settle()
    naans = [(await shop.dish(name)).id for name in ("Garlic Naan", "Butter Naan")]
    await talk.call.menu.mark(naans, available=True)


class TestHearing:
    """notify_restaurant"""

    async def test_nothing_waits(self, stove: Stove) -> None:
        assert await stove.hear() == {"waiting": 0, "say": "No order waits for you now."}

    async def test_one_order_with_its_dishes_allergies_and_the_question(
        self, stove: Stove, shop: Shop
    ) -> None:
        order = await order_of(shop, naan=1)
        await set_order(shop, order.id, allergies=["peanut"], note="extra napkins")
        found = await stove.hear()
        assert found == {
            "order": "order-1",
            "status": "placed",
            "lines": [
                {"line": 1, "dish": "two full dal tadka"},
                {"line": 2, "dish": "one garlic naan"},
            ],
            "allergies": ["peanut"],
            "waiting": 1,
            "say": "New order: two full dal tadka, one garlic naan. Allergy: peanut. "
            "Note: extra napkins. How many minutes?",
        }

    async def test_of_two_the_older_is_told_and_the_other_counted(self, stove: Stove, shop: Shop) -> None:
        first = await order_of(shop, dish="Paneer Tikka", quantity=1)
        shop.clock.advance(timedelta(minutes=1))
        await order_of(shop)
        found = await stove.hear()
        assert found["say"].startswith("Order one of two: one full paneer tikka ")
        assert stove.talk.state.orders == {"order-1": first.id}

    async def test_nothing_of_the_customer_their_money_or_their_code_is_told(
        self, stove: Stove, shop: Shop
    ) -> None:
        order = await order_of(shop)
        told = str(await stove.hear())
        assert order.code not in told
        assert "$" not in told
        assert "Juniper" not in told

    async def test_an_order_being_cooked_is_asked_after(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        found = await stove.do(notify_restaurant, order="order-1")
        assert found["say"] == "Pick-up soon: two full dal tadka. You said twelve fifty pm. Is it ready?"
        assert "kitchen.reminded" in await shop.events(order.id)

    async def test_what_they_took_is_listed_so_that_it_can_be_called_ready(
        self, phoned: Phoned, stove: Stove, shop: Shop
    ) -> None:
        order = await order_of(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        later = await at_stove(await phoned(OLD_MILL_PHONE), shop)
        found = await later.hear()
        assert found["cooking"] == [{"order": "order-1", "dishes": "two full dal tadka."}]
        await later.do(mark_ready, order="order-1")
        assert (await as_it_is(shop, order.id)).status == S.READY

    async def test_a_handle_of_nothing_is_refused(self, stove: Stove) -> None:
        with pytest.raises(ToolError, match="no order-9"):
            await stove.do(notify_restaurant, order="order-9")


class TestMinutes:
    """confirm_preparation_time"""

    async def test_the_kitchens_minutes_are_kept_and_the_allergy_said_again(
        self, stove: Stove, shop: Shop
    ) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, allergies=["peanut", "tree_nut"])
        await stove.hear()
        found = await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        assert found == {
            "status": "confirmed",
            "minutes": 20,
            "say": "Twenty minutes, thank you. Allergies: peanut and tree nut.",
            "waiting": 0,
        }
        row = await as_it_is(shop, order.id)
        assert (row.status, row.ready_by) == (S.PREPARING, shop.clock.now() + timedelta(minutes=20))

    async def test_the_last_time_they_name_counts(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await stove.hear()
        for minutes in (20, 35, 20, 20):
            await stove.do(confirm_preparation_time, order="order-1", minutes=minutes)
        assert (await as_it_is(shop, order.id)).ready_by == shop.clock.now() + timedelta(minutes=20)
        events = await shop.events(order.id)
        assert (events.count("order.confirmed"), events.count("order.ready_by")) == (1, 2)

    async def test_the_next_order_is_told_of(self, stove: Stove, shop: Shop) -> None:
        await order_of(shop)
        await order_of(shop, quantity=1)
        await stove.hear()
        found = await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        assert found["say"] == "Twenty minutes, thank you. One more order waits."
        assert "notify_restaurant" in found["next"]
        assert (await stove.hear())["say"].startswith("New order: ")

    @pytest.mark.parametrize("minutes", [0, -5, 121, 500, "many", 2.5])
    async def test_minutes_that_make_no_sense_are_refused(
        self, stove: Stove, shop: Shop, minutes: object
    ) -> None:
        order = await order_of(shop)
        await stove.hear()
        with pytest.raises(ToolError, match="minutes"):
            await stove.do(confirm_preparation_time, order="order-1", minutes=minutes)
        assert (await as_it_is(shop, order.id)).status == S.PLACED

    async def test_what_has_been_cancelled_meanwhile_is_not_cooked(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await stove.hear()
        await set_order(shop, order.id, status=S.CANCELLED)
        with pytest.raises(ToolError, match="is cancelled"):
            await stove.do(confirm_preparation_time, order="order-1", minutes=20)


class TestOtherWords:
    """A no, a change, ready, a break."""

    async def test_a_no_ends_the_order(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await stove.hear()
        for _ in range(2):
            found = await stove.do(reject_order, order="order-1", reason="closing")
            assert found["status"] == "rejected"
        assert (await as_it_is(shop, order.id)).status == S.REJECTED
        assert (await shop.events(order.id)).count("order.rejected") == 1

    async def test_a_no_without_a_reason_of_ours_is_refused(self, stove: Stove, shop: Shop) -> None:
        await order_of(shop)
        await stove.hear()
        with pytest.raises(ToolError, match="reason"):
            await stove.do(reject_order, order="order-1", reason="no mood")

    async def test_a_change_is_read_out_with_the_allergy(self, stove: Stove, shop: Shop) -> None:
        desk = await cash(shop, naan=2)
        await set_order(shop, desk.order.id, allergies=["peanut"])
        await stove.hear()
        await desk.change(Action.QUANTITY, line=2, quantity=1)
        with pytest.raises(ToolError, match="pass_on_change"):
            await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        found = await stove.do(pass_on_change, order="order-1")
        assert found["say"] == (
            "The order with two full dal tadka has changed. It is now: two full dal tadka, one garlic naan. "
            "Allergy: peanut. How many minutes?"
        )
        found = await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        assert found["status"] == "confirmed"
        assert (await stove.do(pass_on_change, order="order-1"))["status"] == "unchanged"

    async def test_a_note_for_what_is_cooked_is_told_to_whoever_asks_what_is_new(
        self, stove: Stove, shop: Shop
    ) -> None:
        desk = await cash(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        await desk.change(Action.NOTE, note="no onions please")
        assert (await stove.hear())[
            "say"
        ] == "The order with two full dal tadka has a note: no onions please."

    async def test_a_cancelled_order_they_heard_is_called_off(self, stove: Stove, shop: Shop) -> None:
        desk = await cash(shop)
        await stove.hear()
        await desk.change(Action.CANCEL)
        assert (await stove.hear())["say"] == (
            "The order with two full dal tadka is cancelled. Please don't cook it."
        )

    async def test_ready_is_noted(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        for _ in range(2):
            assert (await stove.do(mark_ready, order="order-1"))["status"] == "ready"
        assert (await as_it_is(shop, order.id)).status == S.READY

    async def test_a_break_and_its_end(self, stove: Stove, shop: Shop) -> None:
        found = await stove.do(pause_kitchen, minutes=30)
        assert found["say"] == "Paused for thirty minutes, until one pm."
        assert await paused_until(shop) == timedelta(minutes=30)
        assert (await stove.do(resume_kitchen))["say"] == "You're open for orders again."
        assert await paused_until(shop) is None

    @pytest.mark.parametrize("minutes", [0, 4, 241, 10_000])
    async def test_a_break_is_neither_a_moment_nor_a_day(
        self, stove: Stove, minutes: int, shop: Shop
    ) -> None:
        with pytest.raises(ToolError, match="minutes"):
            await stove.do(pause_kitchen, minutes=minutes)
        assert await paused_until(shop) is None


class TestRunOut:
    """handle_unavailable_item"""

    async def order(self, stove: Stove, shop: Shop, wish: Substitution, *allergies: str) -> object:
        order = await order_of(shop, naan=2)
        await set_order(shop, order.id, substitution=wish, allergies=list(allergies))
        await stove.hear()
        return order.id

    async def test_without_the_dish(self, stove: Stove, shop: Shop) -> None:
        await self.order(stove, shop, Substitution.REFUND)
        found = await stove.do(handle_unavailable_item, order="order-1", line=2)
        assert (found["status"], found["lines"]) == ("removed", [{"line": 1, "dish": "two full dal tadka"}])
        assert found["say"] == "Okay, no garlic naan. It is now: two full dal tadka. How many minutes?"

    async def test_with_another_dish_the_allergy_is_said(self, stove: Stove, shop: Shop) -> None:
        await self.order(stove, shop, Substitution.SIMILAR, "peanut")
        found = await stove.do(handle_unavailable_item, order="order-1", line=2, substitute="Butter Naan")
        assert found["say"] == (
            "Instead of the garlic naan: two butter naan. Allergy: peanut. How many minutes?"
        )
        assert {"line": 3, "dish": "two butter naan"} in found["lines"]

    async def test_a_substitute_with_the_allergen_is_refused(self, stove: Stove, shop: Shop) -> None:
        order_id = await self.order(stove, shop, Substitution.SIMILAR, "dairy")
        with pytest.raises(ToolError, match="allergic"):
            await stove.do(handle_unavailable_item, order="order-1", line=2, substitute="Butter Naan")
        assert await dishes(shop, order_id) == ["2 Dal Tadka", "2 Garlic Naan"]  # type: ignore[arg-type]
        found = await stove.do(handle_unavailable_item, order="order-1", line=2)
        assert found["status"] in ("substituted", "ask_customer")
        assert "Butter Naan" not in str(found)

    async def test_the_customer_is_asked(self, stove: Stove, shop: Shop) -> None:
        await self.order(stove, shop, Substitution.CALL_ME)
        found = await stove.do(handle_unavailable_item, order="order-1", line=2)
        assert found["say"] == (
            "We're asking the customer about the garlic naan. Please wait with that order; we call you back."
        )
        assert stove.talk.state.open_question is None
        assert (await stove.hear())["waiting"] == 0

    async def test_nobody_finds_the_dish_any_more(self, stove: Stove, shop: Shop) -> None:
        await self.order(stove, shop, Substitution.REFUND)
        naan = await shop.dish("Garlic Naan")
        menu = stove.talk.call.menu
        only = Filters(restaurant_ids=[naan.restaurant_id], available_only=True)
        assert naan.id in [hit.item_id for hit in await menu.search("garlic naan", only)]
        await stove.do(handle_unavailable_item, order="order-1", line=2)
        await stove.talk.settle()
        assert naan.id not in [hit.item_id for hit in await menu.search("garlic naan", only)]


class TestWhoMay:
    """Kitchens touch their own orders; nobody else touches any of this."""

    @pytest.mark.parametrize(
        ("tool", "arguments"),
        [
            (notify_restaurant, {}),
            (confirm_preparation_time, {"order": "order-1", "minutes": 20}),
            (reject_order, {"order": "order-1", "reason": "busy"}),
            (handle_unavailable_item, {"order": "order-1", "line": 1}),
            (pass_on_change, {"order": "order-1"}),
            (mark_ready, {"order": "order-1"}),
            (pause_kitchen, {"minutes": 30}),
            (resume_kitchen, {}),
        ],
        ids=lambda value: value.name if isinstance(value, Tool) else "",
    )
    async def test_a_customers_call_has_none_of_it(
        self, phoned: Phoned, shop: Shop, tool: Tool, arguments: dict[str, object]
    ) -> None:
        talk, order = await phoned(ASHA), await order_of(shop)
        talk.state.orders["order-1"] = order.id
        question = asked(talk.call, tool, arguments)
        talk.state.agent = "customer_order"
        await handle(tool, question.params)
        assert "not one of your tools" in question.result["error"]
        with pytest.raises(ToolError, match="not from a kitchen"):
            await run(talk.call, tool, **arguments)
        assert (await as_it_is(shop, order.id)).status == S.PLACED
        assert await paused_until(shop) is None

    async def test_another_kitchens_order_is_out_of_reach_under_any_handle(
        self, phoned: Phoned, shop: Shop
    ) -> None:
        order = await order_of(shop)
        other = await at_stove(await phoned(OLD_MILL_PHONE), shop, DOWNTOWN)
        assert (await other.hear())["waiting"] == 0
        other.talk.state.orders["order-1"] = order.id
        for tool, arguments in (
            (notify_restaurant, {"order": "order-1"}),
            (confirm_preparation_time, {"order": "order-1", "minutes": 20}),
            (reject_order, {"order": "order-1", "reason": "busy"}),
            (handle_unavailable_item, {"order": "order-1", "line": 1}),
            (pass_on_change, {"order": "order-1"}),
            (mark_ready, {"order": "order-1"}),
        ):
            with pytest.raises(ToolError, match="not this kitchen's"):
                await other.do(tool, **arguments)
        assert (await as_it_is(shop, order.id)).status == S.PLACED
