"""What a card holds is taken once the kitchen has said yes: once, never more, and given back if it was too much."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Order, Outbox, Payment, Refund
from domain.jobs import Done, Dropped, Ending, Later
from domain.money import Money
from errors import Conflict, NotFound, VendorError, VendorTimeout
from operations import giving
from operations.capturing import LOOK_AGAIN, capture, release
from operations.ledger import RECOVER_AFTER
from operations.refund_facts import read_facts
from operations.turning_down import Reason, reject
from tests.fakes.aftermath import POLICIES, asked, claim
from tests.fakes.payments import FakePayments, KilledError
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import as_it_is, last_event, order_of, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db


async def cooked(shop: Shop, cards: FakePayments) -> Order:
    """An order on a card, which its kitchen cooks."""
    order = await order_of(shop, cards=cards)
    await set_order(shop, order.id, status="preparing")
    return await as_it_is(shop, order.id)


async def taken(shop: Shop, cards: FakePayments, order: Order) -> Ending:
    return await capture(shop.transaction, cards, shop.clock, order.id)


async def held(shop: Shop, order: Order) -> str:
    """The reference of what is held for it."""
    rows = await shop.rows(Payment, col(Payment.order_id) == order.id)
    return next(row.reference or "" for row in rows if isinstance(row, Payment) and row.reference)


async def refunds(shop: Shop, order: Order) -> list[Refund]:
    rows = await shop.rows(Refund, col(Refund.order_id) == order.id)
    return [row for row in rows if isinstance(row, Refund)]


class TestTaking:
    """The kitchen cooks it."""

    async def test_the_total_is_taken_and_written_down(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        assert await taken(shop, cards, order) == Done(f"captured {order.total} USD")
        reference = await held(shop, order)
        assert cards.taken == {reference: Money(order.total, "USD")}
        after = await as_it_is(shop, order.id)
        assert (after.status, after.payment_status) == ("preparing", "captured")
        (fact,) = await shop.rows(Payment, col(Payment.kind) == "captured", col(Payment.order_id) == order.id)
        assert isinstance(fact, Payment)
        assert (fact.reference, fact.amount, fact.provider) == (reference, order.total, "stripe")
        event = await last_event(shop, order.id)
        assert (event.type, event.data["amount"]) == ("payment.captured", order.total)
        assert set(cards.open_while_asked) == {0}, "no transaction is open while the provider is asked"

    async def test_again_is_nothing_new(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        await taken(shop, cards, order)
        assert await taken(shop, cards, order) == Dropped("nothing is held, the money is captured")
        assert (await shop.ledger(order.id)).count("captured") == 1

    async def test_a_cheaper_order_is_taken_for_less(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        await set_order(shop, order.id, total=order.total - 700)
        await taken(shop, cards, order)
        assert list(cards.taken.values()) == [Money(order.total - 700, "USD")]
        assert await refunds(shop, order) == []

    async def test_a_dearer_order_takes_the_hold_and_the_operator_is_told(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooked(shop, cards)
        await set_order(shop, order.id, total=order.total + 300)
        await taken(shop, cards, order)
        assert list(cards.taken.values()) == [Money(order.total, "USD")]
        event = await last_event(shop, order.id)
        assert (event.type, event.data["missing"]) == ("payment.short", 300)

    @pytest.mark.parametrize("outcome", ["lost", "unreachable"])
    async def test_without_an_answer_the_same_again_finds_out(
        self, shop: Shop, cards: FakePayments, outcome: str
    ) -> None:
        order = await cooked(shop, cards)
        cards.taking = [outcome]  # type: ignore[list-item]
        with pytest.raises(VendorTimeout):
            await taken(shop, cards, order)
        assert (await as_it_is(shop, order.id)).payment_status == "authorised"
        assert isinstance(await taken(shop, cards, order), Done)
        assert cards.captured == [await held(shop, order)]
        assert list(cards.capture_keys.values()) == [Money(order.total, "USD")], (
            "asked again under the same key"
        )

    async def test_another_amount_is_asked_for_under_a_key_of_its_own(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooked(shop, cards)
        cards.taking = ["unreachable"]
        with pytest.raises(VendorTimeout):
            await taken(shop, cards, order)
        await set_order(shop, order.id, total=order.total - 700)
        assert isinstance(await taken(shop, cards, order), Done)
        assert list(cards.capture_keys.values()) == [
            Money(order.total, "USD"),
            Money(order.total - 700, "USD"),
        ]

    async def test_a_death_after_it_was_taken_is_mended(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        cards.taking = ["killed"]
        with pytest.raises(KilledError):
            await taken(shop, cards, order)
        await taken(shop, cards, order)
        assert len(cards.captured) == 1
        assert await shop.ledger(order.id) == ["attempted", "authorised", "captured"]

    async def test_two_at_once_take_it_once(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        cards.gate.clear()
        cards.full.clear()
        cards.expected = 2
        both = [asyncio.create_task(taken(shop, cards, order)) for _ in range(2)]
        await cards.full.wait()
        cards.gate.set()
        assert [type(ending) for ending in await asyncio.gather(*both)] == [Done, Done]
        assert len(cards.captured) == 1
        assert await shop.ledger(order.id) == ["attempted", "authorised", "captured"]
        assert (await shop.events(order.id)).count("payment.captured") == 1

    async def test_what_the_provider_does_not_have_is_an_error(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        cards.held.clear()
        with pytest.raises(VendorError, match="nothing was taken"):
            await taken(shop, cards, order)

    async def test_a_hold_the_ledger_does_not_know_is_an_error(self, shop: Shop, cards: FakePayments) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, status="confirmed", payment_status="authorised")
        with pytest.raises(NotFound):
            await taken(shop, cards, order)

    async def test_another_provider_has_it(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        with pytest.raises(Conflict, match="not set up here"):
            await capture(shop.transaction, None, shop.clock, order.id)


class TestNotTaking:
    """Too early, too late, or given back."""

    async def test_before_the_kitchen_has_said_yes_it_waits(self, shop: Shop, cards: FakePayments) -> None:
        order = await order_of(shop, cards=cards)
        ending = await taken(shop, cards, order)
        assert isinstance(ending, Later)
        assert ending.at == shop.clock.now() + LOOK_AGAIN
        assert cards.taken == {}

    async def test_cash_is_not_taken_here(self, shop: Shop, cards: FakePayments) -> None:
        order = await order_of(shop)
        assert await taken(shop, cards, order) == Dropped("nothing is held, the money is cash_due")

    @pytest.mark.parametrize("status", ["cancelled", "rejected", "failed"])
    async def test_of_an_order_that_is_over_it_is_let_go(
        self, shop: Shop, cards: FakePayments, status: str
    ) -> None:
        order = await cooked(shop, cards)
        await set_order(shop, order.id, status=status)
        assert await taken(shop, cards, order) == Done("released")
        assert (cards.taken, cards.held) == ({}, {})
        assert (await as_it_is(shop, order.id)).payment_status == "released"

    async def test_a_refund_of_the_hold_goes_first(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        order = await cooked(shop, cards)
        shop.clock.advance(timedelta(hours=2))
        cards.letting_go = ["lost"]
        answer = await asked(shop, cards, state, claim(order, "not_delivered"))
        assert answer.status == "unknown"
        ending = await taken(shop, cards, order)
        assert isinstance(ending, Later)
        assert ending.at == shop.clock.now() + RECOVER_AFTER
        assert cards.taken == {}

    async def test_let_go_of_in_the_same_moment_it_is_dropped(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        cards.gate.clear()
        cards.asked.clear()
        taking = asyncio.create_task(taken(shop, cards, order))
        await cards.asked.wait()
        await set_order(shop, order.id, status="cancelled", payment_status="released")
        cards.held.clear()
        cards.gate.set()
        assert await taking == Dropped("the money was let go of meanwhile")

    async def test_an_order_there_never_was(self, shop: Shop, cards: FakePayments) -> None:
        order = await order_of(shop)
        assert await capture(shop.transaction, cards, shop.clock, order.customer_id) == Dropped(
            "there is no such order"
        )


class TestTooMuch:
    """The order changes in the very moment in which its money is taken."""

    async def meanwhile(self, shop: Shop, cards: FakePayments, order: Order, **values: object) -> None:
        cards.gate.clear()
        cards.asked.clear()
        taking = asyncio.create_task(taken(shop, cards, order))
        await cards.asked.wait()
        await set_order(shop, order.id, **values)
        cards.gate.set()
        assert isinstance(await taking, Done)

    async def test_what_a_cheaper_order_was_overcharged_is_given_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooked(shop, cards)
        await self.meanwhile(shop, cards, order, total=order.total - 700)
        (row,) = await refunds(shop, order)
        assert (row.amount, row.means, row.status) == (700, "card", "begun")
        assert await giving.recover(shop.transaction, cards, shop.clock, row.key) == "refunded"
        assert list(cards.refunds.values()) == [(await held(shop, order), Money(700, "USD"))]
        assert (await as_it_is(shop, order.id)).payment_status == "captured"

    async def test_more_than_half_of_it_back_is_not_all_of_it(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        await self.meanwhile(shop, cards, order, total=1000)
        (row,) = await refunds(shop, order)
        assert row.amount > 1000
        assert await giving.recover(shop.transaction, cards, shop.clock, row.key) == "refunded"
        assert (await as_it_is(shop, order.id)).payment_status == "captured", "the customer pays ten dollars"

    async def test_what_was_short_is_all_of_it_once_it_is_back(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        await self.meanwhile(shop, cards, order, total=order.total + 300, status="cancelled")
        (row,) = await refunds(shop, order)
        await giving.recover(shop.transaction, cards, shop.clock, row.key)
        assert (await as_it_is(shop, order.id)).payment_status == "refunded"

    async def test_our_mistake_does_not_count_as_given_to_the_customer(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooked(shop, cards)
        await self.meanwhile(shop, cards, order, total=1000)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            facts = await read_facts(session, row, MARKETS["US"], POLICIES["US"], shop.clock.now())
        assert (facts.lately, facts.paid - facts.given_back) == (0, 1000)

    async def test_what_was_taken_for_an_order_that_is_over_is_given_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooked(shop, cards)
        await self.meanwhile(shop, cards, order, status="cancelled")
        (row,) = await refunds(shop, order)
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "payments.refund"]
        assert (row.amount, job.payload["key"]) == (order.total, row.key)
        await giving.recover(shop.transaction, cards, shop.clock, row.key)
        assert (await as_it_is(shop, order.id)).payment_status == "refunded"
        assert await release(shop.transaction, cards, shop.clock, order.id) == Dropped(
            "nothing is held, the money is refunded"
        )
        assert len(await refunds(shop, order)) == 1


class TestLettingGo:
    """The job of an order that is over."""

    async def rejected(self, shop: Shop, cards: FakePayments) -> Order:
        """Turned down, while the bank did not answer."""
        order = await order_of(shop, cards=cards)
        cards.letting_go = ["unreachable"]
        await reject(shop.transaction, cards, shop.clock, await desk_of(shop), order.id, Reason.BUSY)
        return await as_it_is(shop, order.id)

    async def test_what_is_held_is_let_go(self, shop: Shop, cards: FakePayments) -> None:
        order = await self.rejected(shop, cards)
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "payments.release"]
        assert isinstance(job, Outbox)
        assert await release(shop.transaction, cards, shop.clock, order.id) == Done("released")
        assert cards.held == {}
        assert (await as_it_is(shop, order.id)).payment_status == "released"
        assert isinstance(await release(shop.transaction, cards, shop.clock, order.id), Dropped)
        assert (await shop.ledger(order.id)).count("released") == 1

    async def test_while_the_bank_is_silent_it_is_asked_again(self, shop: Shop, cards: FakePayments) -> None:
        order = await self.rejected(shop, cards)
        cards.letting_go = ["lost"]
        with pytest.raises(Conflict):
            await release(shop.transaction, cards, shop.clock, order.id)
        assert await release(shop.transaction, cards, shop.clock, order.id) == Done("released")

    async def test_an_order_that_goes_on_keeps_its_money(self, shop: Shop, cards: FakePayments) -> None:
        order = await cooked(shop, cards)
        ending = await release(shop.transaction, cards, shop.clock, order.id)
        assert ending == Dropped("the order goes on, it is preparing")
        assert len(cards.held) == 1

    async def test_what_was_taken_in_the_same_moment_is_given_back(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooked(shop, cards)
        await taken(shop, cards, order)
        await set_order(shop, order.id, status="cancelled")
        for _ in range(2):
            assert isinstance(await release(shop.transaction, cards, shop.clock, order.id), Dropped)
        (row,) = await refunds(shop, order)
        assert row.amount == order.total
