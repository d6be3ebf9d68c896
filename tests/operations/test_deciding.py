"""A customer decides about a dish that has run out: once, at what was said, and money back to where it came from."""

import asyncio

import pytest

from domain.changes import Action
from domain.deciding import Choice
from domain.order import OrderStatus as S
from domain.order import PaymentStatus
from errors import ToolError
from operations import kitchen_queue
from tests.fakes.desk import Desk
from tests.fakes.lacking import laid
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import audited, bill
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db
INSTEAD, LEAVE_OUT, CANCEL = Choice.INSTEAD, Choice.LEAVE_OUT, Choice.CANCEL


def taken_back() -> None:
    """It does not."""
    raise ToolError("They said hold on.")


class TestDeciding:
    """What becomes of the order."""

    async def test_the_substitute_is_taken_and_the_kitchen_hears(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Butter Naan")
        done = await table.choose(INSTEAD)
        row = await table.now()
        assert (done.kind, done.instead, done.dish) == ("substituted", "Butter Naan", "Garlic Naan")
        assert await table.dishes() == ["2 Dal Tadka", "2 Butter Naan"]
        assert row.total == done.total.amount == sum((await bill(shop, row.id)).values()) <= table.order.total
        (event,) = await table.events("customer.decided")
        assert (event.data["by"], event.data["choice"], event.data["line"]) == ("customer", "instead", 2)
        async with shop.transaction() as session:
            waits = await kitchen_queue.waiting(session, await desk_of(shop))
        assert [one.id for one in waits] == [row.id]
        assert "customer.changed" not in await table.jobs()
        actions = [one.get("choice") for one in await audited(shop, row.id)]
        assert actions.count("instead") == 1

    async def test_the_announcement_is_due_again(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        (job,) = [job for job in await shop.jobs(table.order.id) if job.kind == "restaurant.announce"]
        async with shop.transaction() as session:
            row = await session.get_one(type(job), job.id)
            row.due_at = shop.clock.now().replace(hour=23)
        await table.choose(LEAVE_OUT)
        (job,) = [job for job in await shop.jobs(table.order.id) if job.kind == "restaurant.announce"]
        assert job.due_at <= shop.clock.now()

    async def test_left_out_only_the_rest_is_taken_of_the_hold(self, shop: Shop, cards: FakePayments) -> None:
        table = await laid(shop, cards)
        await table.lacks()
        done = await table.choose(LEAVE_OUT)
        row = await table.now()
        assert (done.kind, done.back, await table.dishes()) == ("removed", None, ["2 Dal Tadka"])
        assert row.total < table.order.total
        assert "small order fee" not in await bill(shop, row.id)
        await table.capture()
        assert [money.amount for money in cards.taken.values()] == [row.total]
        assert await table.refunds() == []

    async def test_cash_just_changes(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        done = await table.choose(LEAVE_OUT)
        assert (done.settled, done.back) == (True, None)
        row = await table.now()
        assert (row.payment_status, row.total) == ("cash_due", done.total.amount)
        assert await shop.ledger(row.id) == ["attempted", "cash_due"]

    async def test_what_was_charged_goes_back_each_time(self, shop: Shop, cards: FakePayments) -> None:
        table = await laid(shop, cards)
        await table.capture()
        await table.lacks(instead="Butter Naan")
        first = await table.choose(INSTEAD)
        await table.lacks(line=3)
        second = await table.choose(LEAVE_OUT)
        row = await table.now()
        refunds = await table.refunds()
        assert second.back is not None
        assert second.settled
        assert sum(refund.amount for refund in refunds) == table.order.total - row.total
        assert {refund.status for refund in refunds} == {"refunded"}
        assert (first.back.amount if first.back else 0) + second.back.amount == table.order.total - row.total
        assert "restaurant.modify" in await table.jobs()
        assert set(cards.open_while_asked) == {0}

    async def test_money_the_bank_has_not_answered_about_is_not_said_to_be_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        table = await laid(shop, cards)
        await table.capture()
        await table.lacks()
        cards.script = ["unreachable"] * 3
        done = await table.choose(LEAVE_OUT)
        assert (done.kind, done.settled) == ("removed", False)
        assert "payments.refund" in await table.jobs()

    async def test_cancelled_everything_is_let_go(self, shop: Shop, cards: FakePayments) -> None:
        table = await laid(shop, cards)
        dal = await shop.dish("Dal Tadka")
        await shop.set_item(dal, stock=5)
        await table.lacks()
        done = await table.choose(CANCEL)
        row = await table.now()
        assert (done.kind, done.total.amount, row.status) == ("cancelled", 0, S.CANCELLED)
        assert (row.payment_status, cards.held) == ("released", {})
        assert (await shop.stock(dal), await shop.stock(await shop.dish("Garlic Naan"))) == (7, None)
        assert {"restaurant.cancel"} <= set(await table.jobs())
        assert "customer.rejected" not in await table.jobs()

    async def test_cancelled_after_it_was_charged_all_of_it_goes_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        table = await laid(shop, cards, naan=0)
        await table.capture()
        await table.lacks(line=1)
        done = await table.choose(CANCEL)
        assert done.back is not None
        assert (done.kind, done.back.amount, done.settled) == ("cancelled", table.order.total, True)
        assert (await table.now()).payment_status == PaymentStatus.REFUNDED

    async def test_a_dish_of_their_own_is_priced_as_it_was_told(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        found = await table.found(said="Palak Paneer")
        done = await table.choose(INSTEAD, found)
        assert done.total == found.ways[0].after
        assert (await table.now()).total > table.order.total
        assert await table.dishes() == ["2 Dal Tadka", "2 Palak Paneer"]


class TestOnce:
    """The first decision stands."""

    async def test_said_twice_the_first_stands_and_is_told(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Butter Naan")
        found = await table.found()
        await table.choose(INSTEAD, found)
        again = await table.choose(LEAVE_OUT, found)
        assert (again.kind, again.again, again.instead, again.by) == (
            "substituted",
            True,
            "Butter Naan",
            "customer",
        )
        assert await table.dishes() == ["2 Dal Tadka", "2 Butter Naan"]
        assert len(await table.events("customer.decided")) == 1

    async def test_after_the_time_the_answer_is_told_what_was_done(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        found = await table.found()
        late = await table.time_out()
        assert (late.kind, late.by) == ("removed", "system")
        assert "customer.changed" in await table.jobs()
        answer = await table.choose(INSTEAD, found)
        assert (answer.kind, answer.by, answer.again) == ("removed", "system", True)
        assert await table.dishes() == ["2 Dal Tadka"]

    async def test_the_time_runs_out_after_the_answer_and_changes_nothing(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Butter Naan")
        await table.choose(INSTEAD)
        late = await table.time_out()
        assert (late.again, late.by) == (True, "customer")
        assert await table.dishes() == ["2 Dal Tadka", "2 Butter Naan"]

    async def test_the_time_ends_an_order_of_nothing_else(self, shop: Shop, cards: FakePayments) -> None:
        table = await laid(shop, cards, naan=0)
        await table.lacks(line=1)
        done = await table.time_out(line=1)
        row = await table.now()
        assert (done.kind, row.status, cards.held) == ("rejected", S.REJECTED, {})
        assert "customer.rejected" in await table.jobs()

    async def test_the_time_ends_a_cooked_order_of_nothing_else_with_everything_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        table = await laid(shop, cards, naan=0)
        await table.capture()
        await table.lacks(line=1)
        done = await table.time_out(line=1)
        assert (done.kind, (await table.now()).status) == ("cancelled", S.CANCELLED)
        assert done.back is not None
        assert done.back.amount == table.order.total
        assert {"customer.rejected", "restaurant.cancel"} <= set(await table.jobs())

    async def test_an_answer_and_the_time_at_once_are_one_decision(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Butter Naan")
        found = await table.found()
        done = await asyncio.gather(table.choose(INSTEAD, found), table.time_out())
        assert sorted(one.again for one in done) == [False, True]
        assert done[0].kind == done[1].kind
        assert len(await table.events("customer.decided")) == 1

    async def test_a_cancellation_in_the_same_moment_is_not_undone(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        found = await table.found()
        await Desk(shop, None, table.order).change(Action.CANCEL)
        with pytest.raises(ToolError, match="cancelled already"):
            await table.choose(LEAVE_OUT, found)
        late = await table.time_out()
        assert (late.kind, late.again) == ("settled", True)
        assert (await table.now()).status == S.CANCELLED

    async def test_the_dish_taken_off_as_a_change_leaves_nothing_to_decide(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        found = await table.found()
        await Desk(shop, None, table.order).change(Action.REMOVE, line=2)
        total = (await table.now()).total
        assert (await table.choose(INSTEAD, found)).kind == "settled"
        assert ((await table.now()).total, await table.dishes()) == (total, ["2 Dal Tadka"])

    async def test_an_answer_taken_back_in_time_does_nothing(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        with pytest.raises(ToolError, match="hold on"):
            await table.choose(LEAVE_OUT, check=taken_back)
        assert await table.dishes() == ["2 Dal Tadka", "2 Garlic Naan"]

    async def test_what_changed_since_it_was_told_is_told_again(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Butter Naan")
        found = await table.found()
        await shop.set_item(await shop.dish("Butter Naan"), available=False)
        with pytest.raises(ToolError, match="ask_about_unavailable again"):
            await table.choose(INSTEAD, found)
        assert await table.dishes() == ["2 Dal Tadka", "2 Garlic Naan"]

    async def test_two_missing_dishes_are_decided_one_after_the_other(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(line=1)
        await table.lacks(line=2)
        found = await table.found()
        assert (found.open.dish, found.more) == ("Dal Tadka", ("Garlic Naan",))
        done = await table.choose(LEAVE_OUT)
        assert done.more == ("Garlic Naan",)
        async with shop.transaction() as session:
            assert await kitchen_queue.waiting(session, await desk_of(shop)) == []
        found = await table.found()
        assert (found.open.dish, LEAVE_OUT in [way.choice for way in found.ways]) == ("Garlic Naan", False)
