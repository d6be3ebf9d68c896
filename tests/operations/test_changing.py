"""A change to a placed order is made once, for what was agreed to, and says no more of the money than is known."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from db.models import Order, Payment, Refund
from domain.address import Place
from domain.changes import Action
from domain.ids import new_id
from domain.money import Money
from domain.order import OrderStatus as S
from errors import ToolError, VendorTimeout
from operations.capturing import capture
from operations.changing import Agreement, carry_out
from operations.ledger import RECOVER_AFTER
from operations.placing import place
from tests.fakes.desk import Desk, card, cash, elsewhere, still
from tests.fakes.payments import FakePayments
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import as_it_is, audited, bill, dishes, kitchen_jobs, last_event, set_order

pytestmark = pytest.mark.db


class TestCancelling:
    """The order is over, its portions go back, and its money is let go."""

    async def test_money_held_on_a_card_is_let_go(self, shop: Shop, cards: FakePayments) -> None:
        desk = await card(shop, cards)
        asked = desk.asked(Action.CANCEL)
        plan = await desk.plan(asked)
        held = plan.standing.total.spoken()
        assert plan.sentence == (
            f"That cancels your Spice Route order, and the {held} held on your Visa ending in 4242 is let go."
        )
        done = await desk.do(asked, plan.terms)
        assert done.say == (
            f"Your Spice Route order is cancelled, and the {held} held on your Visa ending in 4242 is let go."
        )
        assert (done.settled, cards.held) == (True, {})
        order = await as_it_is(shop, desk.order.id)
        assert (order.status, order.payment_status) == ("cancelled", "released")
        assert await shop.ledger(order.id) == ["attempted", "authorised", "released"]
        assert (await shop.events(order.id))[-2:] == ["order.cancelled", "payment.released"]
        assert await kitchen_jobs(shop, order.id) == ["restaurant.cancel"]
        assert set(cards.open_while_asked) == {0}

    async def test_cash_is_simply_no_longer_due(self, shop: Shop) -> None:
        desk = await cash(shop)
        done = await desk.change(Action.CANCEL)
        assert done.say == "Your Spice Route order is cancelled, and there is nothing to pay."
        order = await as_it_is(shop, desk.order.id)
        assert (order.status, order.payment_status) == ("cancelled", "released")
        assert await shop.ledger(order.id) == ["attempted", "cash_due", "released"]

    async def test_every_portion_goes_back_on_the_shelf(self, shop: Shop) -> None:
        dal, naan = await shop.dish("Dal Tadka"), await shop.dish("Garlic Naan")
        await shop.set_item(dal, stock=5)
        desk = await cash(shop, naan=2)
        await desk.change(Action.CANCEL)
        assert (await shop.stock(dal), await shop.stock(naan)) == (5, naan.stock)

    async def test_what_it_cost_and_costs_is_kept(self, shop: Shop) -> None:
        desk = await cash(shop)
        await desk.change(Action.CANCEL)
        totals = {
            "action": "cancel",
            "old_total": desk.order.total,
            "new_total": 0,
            "currency": "USD",
        }
        assert await audited(shop, desk.order.id) == [totals]
        assert totals.items() <= (await last_event(shop, desk.order.id)).data.items()

    async def test_a_scheduled_order_is_cancelled_as_a_placed_one(self, shop: Shop) -> None:
        state = await shop.hungry()
        state.wanted_at = shop.clock.now() + timedelta(hours=5)
        wanted = replace(await shop.wanted(state), start_at=state.wanted_at - timedelta(minutes=40))
        placed = await place(shop.transaction, None, shop.clock, wanted)
        desk = Desk(shop, None, await as_it_is(shop, placed.id))
        assert desk.order.status == "scheduled"
        await desk.change(Action.CANCEL)
        assert (await as_it_is(shop, placed.id)).status == "cancelled"

    @pytest.mark.parametrize("end", ["lost", "unreachable"])
    async def test_when_the_bank_does_not_answer_that_is_what_is_said_and_asking_again_finds_out(
        self, shop: Shop, cards: FakePayments, end: Any
    ) -> None:
        desk = await card(shop, cards)
        asked = desk.asked(Action.CANCEL)
        terms = (await desk.plan(asked)).terms
        cards.letting_go = [end]
        first = await desk.do(asked, terms)
        assert not first.settled
        assert "The bank has not answered yet about the " in first.say
        order = await as_it_is(shop, desk.order.id)
        assert (order.status, order.payment_status) == ("cancelled", "authorised")
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "payments.release"]
        assert job.due_at == shop.clock.now() + RECOVER_AFTER
        second = await desk.do(asked, terms)
        assert (second.settled, cards.held) == (True, {})
        assert second.say.endswith(" is let go.")
        assert (await as_it_is(shop, desk.order.id)).payment_status == "released"
        assert (await shop.events(order.id)).count("order.cancelled") == 1

    async def test_without_the_provider_nothing_is_said_to_be_let_go(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        desk = await card(shop, cards)
        desk.cards = None
        done = await desk.change(Action.CANCEL)
        assert not done.settled
        assert len(cards.held) == 1

    async def test_an_order_that_was_never_paid_is_due_nothing(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        with pytest.raises(Exception, match="declined"):
            await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 2))
        desk = Desk(shop, cards, await unpaid(shop))
        done = await desk.change(Action.CANCEL)
        assert done.say == "Your Spice Route order is cancelled. It was not paid for, so nothing is due."
        assert (await as_it_is(shop, desk.order.id)).status == "cancelled"
        assert await kitchen_jobs(shop, desk.order.id) == []

    async def test_a_payment_nobody_knows_of_is_asked_after_and_let_go(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        cards.script = ["lost"]
        with pytest.raises(VendorTimeout):
            await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 1))
        desk = Desk(shop, cards, await unpaid(shop))
        asked = desk.asked(Action.CANCEL)
        plan = await desk.plan(asked)
        assert "Whether its payment went through is not known" in plan.sentence
        cards.script = ["lost"]
        first = await desk.do(asked, plan.terms)
        assert not first.settled
        assert "has not answered yet whether any money is held" in first.say
        second = await desk.do(asked, plan.terms)
        assert (second.settled, cards.held) == (True, {})
        assert (await as_it_is(shop, desk.order.id)).payment_status == "released"

    async def test_another_order_of_the_same_call_keeps_its_money(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        cards.script = ["lost"]
        with pytest.raises(VendorTimeout):
            await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 1))
        first = await unpaid(shop)
        later = await shop.hungry()
        later.call_id = later.cart_call_id = state.cart_call_id
        later.cart.version = state.cart.version + 1
        cards.script = ["lost"]
        await set_order(shop, first.id, call_id=None)  # out of the way while the second is paid for
        with pytest.raises(VendorTimeout):
            await place(shop.transaction, cards, shop.clock, await shop.wanted(later, 1))
        await set_order(shop, first.id, call_id=state.cart_call_id)
        assert len(cards.held) == 2
        done = await Desk(shop, cards, await as_it_is(shop, first.id)).change(Action.CANCEL)
        assert (done.settled, len(cards.held)) == (True, 1)


async def unpaid(shop: Shop) -> Order:
    """The one order that waits to be paid."""
    (row,) = [row for row in await shop.rows(Order) if isinstance(row, Order) and row.placed_at is None]
    return row


class TestOnce:
    """Whatever is repeated, done at once, or has moved on meanwhile."""

    async def test_two_at_once_are_one_cancellation(self, shop: Shop, cards: FakePayments) -> None:
        dal = await shop.dish("Dal Tadka")
        await shop.set_item(dal, stock=5)
        desk = await card(shop, cards)
        asked = desk.asked(Action.CANCEL)
        terms = (await desk.plan(asked)).terms
        await asyncio.gather(*(desk.do(asked, terms) for _ in range(3)))
        assert await shop.stock(dal) == 5
        events = await shop.events(desk.order.id)
        assert (events.count("order.cancelled"), events.count("payment.released")) == (1, 1)
        assert await shop.ledger(desk.order.id) == ["attempted", "authorised", "released"]
        assert len(await audited(shop, desk.order.id)) == 1

    async def test_two_at_once_take_a_dish_off_once(self, shop: Shop) -> None:
        desk = await cash(shop, quantity=3, naan=2)
        asked = desk.asked(Action.QUANTITY, line=1, quantity=2)
        terms = (await desk.plan(asked)).terms
        first, second = await asyncio.gather(*(desk.do(asked, terms) for _ in range(2)))
        assert await dishes(shop, desk.order.id) == ["2 Dal Tadka", "2 Garlic Naan"]
        assert {first.say.split(".")[0], second.say.split(".")[0]} == {"Done", "That is done already"}
        assert await kitchen_jobs(shop, desk.order.id) == ["restaurant.modify"]
        assert len(await audited(shop, desk.order.id)) == 1

    async def test_two_different_changes_at_once_do_not_both_go_by_one_bill(self, shop: Shop) -> None:
        desk = await cash(shop, quantity=3, naan=2)
        wishes = [desk.asked(Action.QUANTITY, line=1, quantity=2), desk.asked(Action.REMOVE, line=2)]
        agreed = [(await desk.plan(wish)).terms for wish in wishes]
        ends = await asyncio.gather(
            *(desk.do(wish, terms) for wish, terms in zip(wishes, agreed, strict=True)),
            return_exceptions=True,
        )
        assert sorted(type(end).__name__ for end in ends) == ["Done", "ToolError"]
        order = await as_it_is(shop, desk.order.id)
        assert order.total == sum((await bill(shop, order.id)).values())

    async def test_the_same_change_is_another_one_after_something_else_was_changed(self, shop: Shop) -> None:
        desk = await cash(shop)
        home, mill = Place.model_validate(desk.order.place), elsewhere(desk.order)
        for there in (mill, home, mill):
            await desk.change(Action.ADDRESS, place=there)
        assert Place.model_validate((await as_it_is(shop, desk.order.id)).place).line == "12 Mill Street"
        assert (await shop.events(desk.order.id)).count("order.changed") == 3

    @pytest.mark.parametrize("action", [Action.CANCEL, Action.REMOVE])
    async def test_a_kitchen_that_has_accepted_meanwhile_keeps_its_order(
        self, shop: Shop, action: Action
    ) -> None:
        desk = await cash(shop, naan=1)
        asked = desk.asked(action, line=2)
        terms = (await desk.plan(asked)).terms
        await set_order(shop, desk.order.id, status=S.CONFIRMED)
        with pytest.raises(ToolError, match=r"accepted this order.*\(ask_for_person\)"):
            await desk.do(asked, terms)
        assert (await as_it_is(shop, desk.order.id)).status == "confirmed"
        assert await dishes(shop, desk.order.id) == ["2 Dal Tadka", "1 Garlic Naan"]

    async def test_a_price_that_has_moved_meanwhile_needs_another_yes(self, shop: Shop) -> None:
        desk = await cash(shop, naan=1)
        asked = desk.asked(Action.REMOVE, line=2)
        terms = (await desk.plan(asked)).terms
        dearer = MARKETS["US"].model_copy(update={"platform_fee": 900})
        with pytest.raises(ToolError, match="changed meanwhile"):
            await carry_out(
                shop.transaction, None, shop.clock, dearer, asked, Agreement(terms, new_id(), still)
            )
        assert (await as_it_is(shop, desk.order.id)).total == desk.order.total

    async def test_a_yes_that_was_taken_back_changes_nothing(self, shop: Shop, cards: FakePayments) -> None:
        desk = await card(shop, cards)
        asked = desk.asked(Action.CANCEL)

        def taken_back() -> None:
            raise ToolError("The caller did not agree.")

        with pytest.raises(ToolError, match="did not agree"):
            await desk.do(asked, (await desk.plan(asked)).terms, taken_back)
        assert ((await as_it_is(shop, desk.order.id)).status, len(cards.held)) == ("placed", 1)
        assert await audited(shop, desk.order.id) == []


class TestAnotherDoorOnceCharged:
    """The card was charged when the kitchen said yes: a cheaper door gives money back, a dearer one is refused."""

    async def charged(self, shop: Shop, cards: FakePayments) -> Desk:
        desk = await card(shop, cards)
        await set_order(shop, desk.order.id, status=S.PREPARING, note="leave it at the door")
        await capture(shop.transaction, cards, shop.clock, desk.order.id)
        await set_order(shop, desk.order.id, place=elsewhere(desk.order, 0.03).model_dump(mode="json"))
        return desk

    def door(self, desk: Desk, lat: float) -> Place:
        return elsewhere(desk.order, lat, line="9 Cooper Lane")

    async def test_the_difference_is_said_and_given_back_once(self, shop: Shop, cards: FakePayments) -> None:
        desk = await self.charged(shop, cards)
        asked = desk.asked(Action.ADDRESS, place=self.door(desk, 0.0), proved=True)
        await set_order(shop, desk.order.id, total=(before := desk.order.total + 150))
        async with shop.transaction() as session:
            mine = col(Payment.order_id) == desk.order.id
            fact = await session.scalar(select(Payment).where(mine, col(Payment.kind) == "captured"))
            assert fact is not None
            fact.amount = before
        plan = await desk.plan(asked)
        less = Money(before - plan.after.amount, "USD")
        assert less.amount > 0
        assert f"{less.spoken()} goes back to your Visa ending in 4242." in plan.sentence
        for _ in range(2):
            await desk.do(asked, plan.terms)
        (row,) = await shop.rows(Refund)
        assert isinstance(row, Refund)
        assert (row.amount, row.rule) == (less.amount, "overtaken")
        assert (await as_it_is(shop, desk.order.id)).total == plan.after.amount

    async def test_a_dearer_door_is_refused_with_a_next_step(self, shop: Shop, cards: FakePayments) -> None:
        desk = await self.charged(shop, cards)
        await set_order(shop, desk.order.id, total=desk.order.total - 50)
        with pytest.raises(ToolError, match=r"that was charged, which cannot grow.*offer to keep"):
            await desk.plan(desk.asked(Action.ADDRESS, place=self.door(desk, 0.0), proved=True))
