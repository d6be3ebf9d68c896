"""Money that may be held: it is asked after before anything else is paid, and let go when nothing stands on it."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from db.models import Order, Payment
from domain.call_state import CallState
from errors import Conflict, PaymentDeclined, VendorError, VendorTimeout
from operations.placing import Placed, attempt_key, give_up, place
from tests.fakes.payments import FakePayments, KilledError, Outcome
from tests.fakes.shop import Shop

pytestmark = pytest.mark.db


async def placed(shop: Shop, cards: FakePayments | None, state: CallState, card: int | None = None) -> Placed:
    return await place(shop.transaction, cards, shop.clock, await shop.wanted(state, card))


async def orders(shop: Shop, state: CallState) -> list[Order]:
    rows = await shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    return [row for row in rows if isinstance(row, Order)]


async def lost(shop: Shop, cards: FakePayments, state: CallState, card: int = 1) -> None:
    cards.script = ["lost"]
    with pytest.raises(VendorTimeout):
        await placed(shop, cards, state, card)


class TestTheSameOrder:
    """One cart version, paid for again or by other means."""

    async def test_cash_is_refused_while_the_cards_outcome_is_unknown(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        cards.script = ["lost"]
        with pytest.raises(Conflict, match="not known yet"):
            await placed(shop, cards, state)
        assert [order.status for order in await orders(shop, state)] == ["awaiting_payment"]

    async def test_cash_is_refused_when_the_card_turns_out_to_be_held_and_the_card_then_places_it(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        with pytest.raises(Conflict, match="same payment as before"):
            await placed(shop, cards, state)
        done = await placed(shop, cards, state, 1)
        assert list(cards.held.values()) == [done.total]
        assert len(set(cards.keys)) == 1
        assert set(cards.open_while_asked) == {0}

    async def test_cash_is_taken_when_the_card_turns_out_to_be_declined(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state, 2)
        done = await placed(shop, cards, state)
        assert await shop.ledger(done.id) == ["attempted", "unknown", "declined", "attempted", "cash_due"]

    async def test_a_refused_repeat_settles_nothing(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        cards.script = ["refused", "refused"]
        with pytest.raises(VendorTimeout, match="no answer yet"):
            await placed(shop, cards, state, 1)
        (order,) = await orders(shop, state)
        assert order.payment_status == "unknown"
        assert await shop.ledger(order.id) == ["attempted", "unknown", "attempted", "unknown"]
        with pytest.raises(Conflict, match="not known yet"):
            await placed(shop, cards, state)
        assert len(cards.held) == 1

    async def test_a_later_lost_answer_counts_more_than_an_earlier_refusal(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        cards.script = ["refused", "lost", "lost"]
        with pytest.raises(VendorError, match="status 400"):
            await placed(shop, cards, state, 1)
        with pytest.raises(VendorTimeout):
            await placed(shop, cards, state, 1)
        with pytest.raises(Conflict, match="not known yet"):
            await placed(shop, cards, state)

    async def test_a_death_during_the_second_attempt_leaves_a_trace_and_a_job(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        cards.script = ["refused", "killed", "lost"]
        with pytest.raises(VendorError, match="status 400"):
            await placed(shop, cards, state, 1)
        with pytest.raises(KilledError):
            await placed(shop, cards, state, 1)
        (order,) = await orders(shop, state)
        assert await shop.ledger(order.id) == ["attempted", "failed", "attempted"]
        key = attempt_key(await shop.wanted(state, 1))
        assert [(job.key, job.payload["key"]) for job in await shop.jobs(order.id)] == [
            (f"payments.recover:{key}:{number}", key) for number in (1, 2)
        ]
        assert set(cards.keys) == {key}
        with pytest.raises(Conflict, match="not known yet"):
            await placed(shop, cards, state)
        assert len(cards.held) == 1

    async def test_cash_that_was_never_noted_does_not_stand_in_a_cards_way(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        """The process dies between the two transactions of a payment in cash, which holds nothing."""
        state, opened = await shop.hungry(), 0

        def dying() -> AbstractAsyncContextManager[AsyncSession]:
            nonlocal opened
            opened += 1
            if opened == 2:
                raise KilledError
            return shop.transaction()

        with pytest.raises(KilledError):
            await place(dying, None, shop.clock, await shop.wanted(state))
        done = await placed(shop, cards, state, 1)
        assert await shop.ledger(done.id) == ["attempted", "attempted", "authorised"]


class TestAChangedCart:
    """An older order of the call was being paid when the cart changed."""

    async def test_what_was_held_for_the_old_one_is_let_go_first(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        state.cart.change("line-1", 3, None, [], None)
        later = await placed(shop, cards, state)
        old, new = await orders(shop, state)
        assert (old.status, old.payment_status, new.id) == ("cancelled", "released", later.id)
        assert await shop.ledger(old.id) == ["attempted", "unknown", "authorised", "released"]
        assert await shop.ledger(new.id) == ["attempted", "cash_due"]
        assert cards.held == {}
        assert (len(set(cards.keys)), set(cards.open_while_asked)) == (1, {0})

    @pytest.mark.parametrize("card", [None, 1])
    async def test_nothing_is_paid_while_it_cannot_be_found_out(
        self, shop: Shop, cards: FakePayments, card: int | None
    ) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        state.cart.change("line-1", 3, None, [], None)
        failures: list[Outcome] = ["lost", "refused", "unreachable"]
        for outcome in failures:
            cards.script = [outcome]
            with pytest.raises(Conflict, match="call place_order again"):
                await placed(shop, cards, state, card)
        old, new = await orders(shop, state)
        assert (old.status, old.payment_status, new.status) == ("cancelled", "unknown", "awaiting_payment")
        assert (await shop.ledger(new.id), len(cards.held)) == ([], 1)
        done = await placed(shop, cards, state, card)
        assert (done.id, list(cards.held.values())) == (new.id, [done.total] if card else [])

    async def test_without_a_provider_it_cannot_be_found_out(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        state.cart.change("line-1", 3, None, [], None)
        with pytest.raises(Conflict, match="not known yet"):
            await placed(shop, None, state)

    async def test_what_could_not_be_let_go_is_let_go_before_the_next_payment(self, shop: Shop) -> None:
        class Stubborn(FakePayments):
            refusals = 1

            async def cancel(self, reference: str, *, key: str) -> None:
                if self.refusals:
                    self.refusals -= 1
                    raise VendorTimeout(self.name, "no answer")
                await super().cancel(reference, key=key)

        state, cards = await shop.hungry(), Stubborn()
        await lost(shop, cards, state)
        state.cart.change("line-1", 3, None, [], None)
        with pytest.raises(Conflict, match="could not be let go"):
            await placed(shop, cards, state)
        assert len(cards.held) == 1
        await placed(shop, cards, state)
        old, _ = await orders(shop, state)
        assert cards.held == {}
        assert await shop.ledger(old.id) == ["attempted", "unknown", "authorised", "released"]

    async def test_a_charge_that_is_still_under_way_is_given_back_and_the_new_one_paid(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        cards.gate.clear()
        first = asyncio.create_task(placed(shop, cards, state, 1))
        await cards.asked.wait()
        cards.asked.clear()
        state.cart.change("line-1", 3, None, [], None)
        second = asyncio.create_task(placed(shop, cards, state))
        await cards.asked.wait()
        cards.gate.set()
        with pytest.raises(Conflict, match="changed"):
            await first
        later = await second
        old, new = await orders(shop, state)
        assert (old.status, new.status, new.id) == ("cancelled", "placed", later.id)
        assert cards.held == {}
        assert await shop.ledger(old.id) == ["attempted", "authorised", "released"]
        assert old.payment_status == "released"


class TestGivingUp:
    """The call is over for good and something was not paid for."""

    async def test_a_declined_order_is_cancelled_and_its_portions_go_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        dal = await shop.dish("Dal Tadka")
        await shop.set_item(dal, stock=5)
        state = await shop.hungry()
        with pytest.raises(PaymentDeclined):
            await placed(shop, cards, state, 2)
        assert await shop.stock(dal) == 3
        for _ in range(2):
            await give_up(shop.transaction, cards, shop.clock, state.cart_call_id)
        (order,) = await orders(shop, state)
        assert (order.status, await shop.stock(dal)) == ("cancelled", 5)
        assert (await shop.events(order.id))[-1] == "order.cancelled"

    async def test_what_is_held_in_vain_is_let_go(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        await give_up(shop.transaction, cards, shop.clock, state.cart_call_id)
        (order,) = await orders(shop, state)
        assert (order.status, order.payment_status, cards.held) == ("cancelled", "released", {})
        assert await shop.ledger(order.id) == ["attempted", "unknown", "authorised", "released"]
        assert set(cards.open_while_asked) == {0}

    async def test_what_stays_unknown_is_left_to_its_recovery_job(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        await lost(shop, cards, state)
        cards.script = ["lost"]
        await give_up(shop.transaction, cards, shop.clock, state.cart_call_id)
        (order,) = await orders(shop, state)
        assert (order.status, order.payment_status) == ("awaiting_payment", "unknown")

    async def test_an_order_that_stands_is_left_alone(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        done = await placed(shop, cards, state, 1)
        await give_up(shop.transaction, cards, shop.clock, state.cart_call_id)
        assert [(order.id, order.status) for order in await orders(shop, state)] == [(done.id, "placed")]
        assert list(cards.held.values()) == [done.total]


async def test_facts_of_one_attempt_bear_its_number(shop: Shop, cards: FakePayments) -> None:
    state = await shop.hungry()
    await lost(shop, cards, state)
    done = await placed(shop, cards, state, 1)
    rows = await shop.rows(Payment, col(Payment.order_id) == done.id)
    found = [(row.attempt, row.kind) for row in rows if isinstance(row, Payment)]
    assert found == [(1, "attempted"), (1, "unknown"), (2, "attempted"), (2, "authorised")]
