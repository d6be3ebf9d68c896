"""A kitchen on a loud line: what counts as told, and the keypad for what is not understood."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from agents import grammar
from compliance import wording
from domain.changes import Action
from domain.order import OrderStatus as S
from errors import ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.desk import cash
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.fakes.stove import Stove, at_stove, paused_until
from tests.tools.conftest import Phoned
from tools.kitchen import (
    confirm_preparation_time,
    mark_ready,
    notify_restaurant,
    pass_on_change,
    pause_kitchen,
    resume_kitchen,
)
from tools.tool import Tool, handle

pytestmark = pytest.mark.db
OLD_MILL_PHONE = "+15125550120"


@pytest.fixture
async def stove(phoned: Phoned, shop: Shop) -> AsyncIterator[Stove]:
    """A kitchen's call."""
    talk = await phoned(OLD_MILL_PHONE)
    yield await at_stove(talk, shop)
    await talk.settle()


class TestHeard:
    """What a kitchen has been told is what it heard to the end, and nothing later."""

    async def test_the_system_says_it_with_a_mark_before_the_question(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await run(stove.talk.call, notify_restaurant)
        (told, mark), (question, none) = stove.talk.line.said
        assert (told, question, none) == ("New order: two full dal tadka.", "How many minutes?", None)
        assert mark
        assert "kitchen.told" not in await shop.events(order.id)
        stove.talk.call.heard(mark)
        await stove.talk.settle()
        assert (await shop.events(order.id))[-1] == "kitchen.told"

    async def test_an_order_cut_short_is_not_taken_before_it_was_heard(
        self, stove: Stove, shop: Shop
    ) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, allergies=["peanut"])
        await run(stove.talk.call, notify_restaurant)
        stove.talk.call.cut(stove.talk.mark)
        with pytest.raises(ToolError, match="not heard that order to its end"):
            await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        assert (await as_it_is(shop, order.id)).status == S.PLACED
        assert "Allergy: peanut." in (await stove.do(notify_restaurant, order="order-1"))["say"]
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        assert (await as_it_is(shop, order.id)).status == S.PREPARING

    async def test_a_change_while_they_were_being_told_is_no_change_they_know(
        self, stove: Stove, shop: Shop
    ) -> None:
        desk = await cash(shop, naan=2)
        await run(stove.talk.call, notify_restaurant)
        await desk.change(Action.QUANTITY, line=2, quantity=1)
        stove.talk.hear()
        await stove.talk.settle()
        with pytest.raises(ToolError, match="pass_on_change"):
            await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        told = await stove.do(pass_on_change, order="order-1")
        assert "one garlic naan" in told["say"]
        assert (await stove.do(confirm_preparation_time, order="order-1", minutes=20))[
            "status"
        ] == "confirmed"

    async def test_a_change_that_was_cut_short_is_told_again(self, stove: Stove, shop: Shop) -> None:
        desk = await cash(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        await desk.change(Action.NOTE, note="no onions please")
        for _ in range(2):
            await run(stove.talk.call, pass_on_change, order="order-1")
            stove.talk.call.cut(stove.talk.mark)
        assert "no onions please" in (await stove.hear())["say"]
        assert (await stove.do(pass_on_change, order="order-1"))["status"] == "unchanged"

    async def test_a_note_that_is_lost_does_not_let_them_take_it_without_the_rows(
        self, stove: Stove, shop: Shop
    ) -> None:
        order = await order_of(shop)
        await run(stove.talk.call, notify_restaurant)
        later, stove.talk.call.later = stove.talk.call.later, lambda work: work.close()
        stove.talk.hear()  # and the store is away
        stove.talk.call.later = later
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        events = await shop.events(order.id)
        assert events[-3:] == ["kitchen.told", "order.confirmed", "order.preparing"]

    async def test_a_reminder_counts_when_it_was_heard(self, stove: Stove, shop: Shop) -> None:
        order = await order_of(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        await run(stove.talk.call, notify_restaurant, order="order-1")
        stove.talk.call.cut(stove.talk.mark)
        assert "kitchen.reminded" not in await shop.events(order.id)
        for _ in range(2):
            await stove.do(notify_restaurant, order="order-1")
        assert (await shop.events(order.id)).count("kitchen.reminded") == 1


class TestDone:
    """What a kitchen says once, without a handle, twice, or while it speaks on."""

    async def test_the_only_order_they_cook_needs_no_handle(
        self, phoned: Phoned, stove: Stove, shop: Shop
    ) -> None:
        with pytest.raises(ToolError, match="cooking no order"):
            await stove.do(mark_ready)
        orders = [await order_of(shop), await order_of(shop, dish="Paneer Tikka", quantity=1)]
        for handle_ in ("order-1", "order-2"):
            await stove.hear()
            await stove.do(confirm_preparation_time, order=handle_, minutes=20)
        later = await at_stove(await phoned(OLD_MILL_PHONE), shop)
        before = later.talk.state.version
        found = await later.do(mark_ready)
        assert later.talk.state.version > before, "the handles it has made outlive this process"
        assert (found["status"], found["ask"]) == ("which", "Which order is ready?")
        assert [one["order"] for one in found["cooking"]] == ["order-1", "order-2"]
        await later.do(mark_ready, order="order-2")
        assert (await later.do(mark_ready))["status"] == "ready"
        assert [(await as_it_is(shop, one.id)).status for one in orders] == [S.READY, S.READY]

    async def test_a_break_taken_again_after_it_was_ended_is_taken(self, stove: Stove, shop: Shop) -> None:
        for _ in range(2):
            await stove.do(pause_kitchen, minutes=30)
            assert await paused_until(shop) == timedelta(minutes=30)
            await stove.do(resume_kitchen)
            assert await paused_until(shop) is None

    @pytest.mark.parametrize("word", ["ready", "pause", "resume"])
    async def test_what_a_kitchen_said_is_done_though_it_spoke_on(
        self, stove: Stove, shop: Shop, word: str
    ) -> None:
        order = await order_of(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        await shop.set_kitchen(order.restaurant_id, paused_until=shop.clock.now() + timedelta(hours=1))
        wishes: dict[str, tuple[Tool, dict[str, object]]] = {
            "ready": (mark_ready, {"order": "order-1"}),
            "pause": (pause_kitchen, {"minutes": 30}),
            "resume": (resume_kitchen, {}),
        }
        tool, arguments = wishes[word]
        question = asked(stove.talk.call, tool, arguments)
        handler = asyncio.create_task(handle(tool, question.params))
        await asyncio.sleep(0.001)
        handler.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handler
        await asyncio.wait(stove.talk.call.effects.values())
        (note,) = question.notes
        assert f"{tool.name} went on after it was interrupted" in note["content"]
        paused = {"ready": timedelta(hours=1), "pause": timedelta(minutes=30), "resume": None}[word]
        assert await paused_until(shop) == paused
        assert ((await as_it_is(shop, order.id)).status == S.READY) is (word == "ready")


class TestKeys:
    """A keypad, for a kitchen too loud to be understood."""

    async def press(self, talk: Talk, keys: str) -> list[str | None]:
        return [grammar.meaning(talk.call, key) for key in keys]

    async def test_one_hears_the_order(self, stove: Stove) -> None:
        assert await self.press(stove.talk, "1") == [grammar.HEAR]

    @pytest.mark.parametrize(
        ("keys", "last"),
        [("20", "20 minutes."), ("15", "15 minutes."), ("5#", "5 minutes."), ("11", "11 minutes.")],
    )
    async def test_digits_are_minutes_once_they_are_asked_for(
        self, stove: Stove, shop: Shop, keys: str, last: str
    ) -> None:
        await order_of(shop)
        await stove.hear()
        assert await self.press(stove.talk, keys) == [None, last]
        assert stove.talk.state.typed == ""

    async def test_a_zero_first_is_a_person_and_a_lone_hash_is_nothing(
        self, stove: Stove, shop: Shop
    ) -> None:
        await order_of(shop)
        await stove.hear()
        assert await self.press(stove.talk, "0#") == [None, None]
        assert stove.talk.state.typed == ""

    async def test_a_digit_left_over_is_forgotten_with_the_next_words(self, stove: Stove, shop: Shop) -> None:
        await order_of(shop)
        await stove.hear()
        await self.press(stove.talk, "2")
        grammar.hear(stove.talk.call, "twenty five minutes")
        assert await self.press(stove.talk, "30") == [None, "30 minutes."]

    async def test_a_kitchen_that_was_not_understood_is_told_of_the_keys(
        self, stove: Stove, shop: Shop
    ) -> None:
        await order_of(shop)
        assert grammar.choices(stove.talk.call) is None
        await stove.hear()
        assert grammar.choices(stove.talk.call) == wording.HOW_MANY_MINUTES

    async def test_keys_mean_nothing_of_the_kind_once_it_is_answered(self, stove: Stove, shop: Shop) -> None:
        await order_of(shop)
        await stove.hear()
        await stove.do(confirm_preparation_time, order="order-1", minutes=20)
        assert await self.press(stove.talk, "20") == [None, None]
