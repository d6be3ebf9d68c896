"""Money goes back once per claim, to whoever paid it, for what the policy says and nothing else."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from db.models import Audit, Complaint, Payment
from domain.call_state import CallState
from errors import ToolError
from operations.complaints import Grievance, file
from operations.giving import recover
from operations.ledger import RECOVER_AFTER
from operations.refunding import refund
from tests.fakes.aftermath import (
    NAAN,
    PAID_BEFORE,
    POLICIES,
    asked,
    claim,
    desk,
    limit,
    order_of,
    refunds,
    yesterdays,
)
from tests.fakes.payments import FakePayments, KilledError
from tests.fakes.sandbox import Sandbox
from tests.fakes.shop import ASHA, Shop
from vendors.stripe import Stripe

pytestmark = pytest.mark.db


@pytest.fixture
async def asha(shop: Shop) -> CallState:
    return await shop.caller(ASHA)


async def test_a_missing_dish_goes_back_to_the_card_that_paid(
    shop: Shop, cards: FakePayments, asha: CallState
) -> None:
    order = await yesterdays(shop, asha)
    answer = await asked(shop, cards, asha, claim(order, "missing_items", "garlic naan"))
    assert (answer.status, answer.amount.amount, answer.rule) == ("refunded", NAAN, "us.refund.missing_items")
    assert answer.why == "That is the full price of 2 Garlic Naan, with tax."
    assert list(cards.refunds.values()) == [(PAID_BEFORE, answer.amount)]
    (row,) = await refunds(shop, order.id)
    assert (row.status, row.amount, row.lines, row.means, row.call_id) == (
        "refunded",
        NAAN,
        ["Garlic Naan", "Garlic Naan"],
        "card",
        asha.call_id,
    )
    assert row.reference == "re_1"
    ledger = await shop.ledger(order.id)
    assert ledger == ["attempted", "authorised", "captured", "refund_begun", "refunded"]
    assert (await shop.events(order.id))[-1] == "payment.refunded"
    assert (await order_of(shop, order.id)).payment_status == "captured"


async def test_the_bank_is_asked_outside_any_transaction_with_the_refunds_own_key(
    shop: Shop, cards: FakePayments, asha: CallState
) -> None:
    order = await yesterdays(shop, asha)
    await asked(shop, cards, asha, claim(order, "wrong_order"))
    (row,) = await refunds(shop, order.id)
    assert (cards.open_while_asked, cards.keys) == ([0], [row.key])
    (job,) = await shop.jobs(order.id)
    assert (job.kind, job.payload["key"], job.due_at) == (
        "payments.refund",
        row.key,
        shop.clock.now() + RECOVER_AFTER,
    )


async def test_who_asked_is_kept(shop: Shop, cards: FakePayments, asha: CallState) -> None:
    order = await yesterdays(shop, asha)
    for _ in range(2):
        await asked(shop, cards, asha, claim(order, "wrong_order"))
    (row,) = [row for row in await shop.rows(Audit) if isinstance(row, Audit)]
    assert (row.action, row.subject, row.call_id) == ("refund", f"ord_{order.id.hex}", asha.call_id)
    assert row.data["amount"] == 2511


async def test_a_complaint_of_the_call_is_linked(shop: Shop, cards: FakePayments, asha: CallState) -> None:
    order = await yesterdays(shop, asha)
    async with shop.transaction() as session:
        grievance = Grievance("quality", "The naan was cold.", order.id)
        filed = await file(session, asha, grievance, POLICIES["US"], shop.clock.now())
    await asked(shop, cards, asha, claim(order, "quality", "naan"))
    (row,) = await refunds(shop, order.id)
    assert row.complaint_id == filed.id


async def test_a_person_who_decides_reads_the_wish_beside_the_complaint(
    shop: Shop, cards: FakePayments, asha: CallState
) -> None:
    order = await yesterdays(shop, asha)
    async with shop.transaction() as session:
        grievance = Grievance("quality", "The naan was cold.", order.id)
        filed = await file(session, asha, grievance, POLICIES["US"], shop.clock.now())
    for _ in range(2):
        answer = await asked(
            shop, cards, asha, claim(order, "quality", "naan", wanted="20 dollars"), policy=limit(100)
        )
        assert answer.status == "review"
    (row,) = [row for row in await shop.rows(Complaint) if isinstance(row, Complaint)]
    assert (row.id, row.said) == (filed.id, "The naan was cold.\nAsked for money back: 20 dollars (naan)")


class TestOnce:
    """Repeats, parallels, lost answers and deaths: one refund."""

    async def test_asked_again_it_is_the_same_refund(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        first = await asked(shop, cards, asha, claim(order, "missing_items", "garlic naan"))
        later = await shop.caller(ASHA)  # in another call, in other words
        again = await asked(shop, cards, later, claim(order, "missing_items", "2 Garlic Naans"))
        assert again == first
        assert (len(cards.keys), len(await refunds(shop, order.id))) == (1, 1)

    async def test_two_at_once_are_one(self, shop: Shop, cards: FakePayments, asha: CallState) -> None:
        order = await yesterdays(shop, asha)
        cards.gate.clear()
        cards.expected = 2
        both = asyncio.gather(
            *(asked(shop, cards, asha, claim(order, "missing_items", "naan")) for _ in range(2))
        )
        await cards.full.wait()  # both have written down that they ask
        cards.gate.set()
        first, second = await both
        assert first == second
        assert (len(set(cards.keys)), len(cards.refunds), len(await refunds(shop, order.id))) == (1, 1, 1)
        assert (await shop.ledger(order.id)).count("refunded") == 1
        assert (await shop.events(order.id)).count("payment.refunded") == 1

    async def test_the_same_dish_for_another_reason_gives_nothing_new(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        await asked(shop, cards, asha, claim(order, "missing_items", "naan"))
        with pytest.raises(ToolError, match="given back before"):
            await asked(shop, cards, asha, claim(order, "quality", "naan"))
        more = await asked(shop, cards, asha, claim(order, "missing_items", "naan", "paneer tikka"))
        assert more.amount.amount == 1250 + 103
        assert len(cards.refunds) == 2

    async def test_never_more_than_was_paid(self, shop: Shop, cards: FakePayments, asha: CallState) -> None:
        order = await yesterdays(shop, asha)
        await asked(shop, cards, asha, claim(order, "missing_items", "naan"))
        rest = await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert rest.amount.amount == 2511 - NAAN
        assert (await order_of(shop, order.id)).payment_status == "refunded"
        with pytest.raises(ToolError, match="nothing more to give"):
            await asked(shop, cards, asha, claim(order, "quality", "paneer tikka"))

    async def test_a_lost_answer_is_unknown_until_it_is_asked_again(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        cards.script = ["lost"]
        first = await asked(shop, cards, asha, claim(order, "wrong_order"))
        (row,) = await refunds(shop, order.id)
        assert (first.status, row.status) == ("unknown", "unknown")
        assert (await order_of(shop, order.id)).payment_status == "captured"
        again = await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert (again.status, again.amount) == ("refunded", first.amount)
        assert (len(set(cards.keys)), len(cards.refunds)) == (1, 1)
        ledger = await shop.ledger(order.id)
        assert ledger[3:] == ["refund_begun", "refund_unknown", "refund_begun", "refunded"]

    async def test_what_is_unknown_counts_as_given(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        cards.script = ["unreachable"]
        await asked(shop, cards, asha, claim(order, "missing_items", "naan"))
        rest = await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert rest.amount.amount == 2511 - NAAN

    async def test_a_death_before_it_was_noted_is_mended_by_its_job(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        cards.script = ["killed"]
        with pytest.raises(KilledError):
            await asked(shop, cards, asha, claim(order, "wrong_order"))
        (row,) = await refunds(shop, order.id)
        assert row.status == "begun"
        (job,) = await shop.jobs(order.id)
        for _ in range(2):
            status = await recover(shop.transaction, cards, shop.clock, job.payload["key"])
            assert status == "refunded"
        assert (len(cards.keys), len(cards.refunds)) == (2, 1)
        answer = await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert (answer.status, len(cards.keys)) == ("refunded", 2)

    async def test_a_death_before_the_bank_was_asked_is_mended_by_asking_again(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order, opened = await yesterdays(shop, asha), 0

        def dying() -> AbstractAsyncContextManager[AsyncSession]:
            nonlocal opened
            opened += 1
            if opened == 2:
                raise KilledError
            return shop.transaction()

        with pytest.raises(KilledError):
            await refund(dying, cards, shop.clock, desk(asha), claim(order, "wrong_order"))
        assert len(cards.refunds) == 1
        answer = await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert (answer.status, len(cards.refunds)) == ("refunded", 1)

    async def test_a_refund_nobody_began_cannot_be_recovered(self, shop: Shop, cards: FakePayments) -> None:
        assert await recover(shop.transaction, cards, shop.clock, "refund:none") is None


class TestTheBankRefuses:
    """Then nothing went back, the caller is told so, and a person takes over."""

    async def test_a_person_takes_over(self, shop: Shop, cards: FakePayments, asha: CallState) -> None:
        order = await yesterdays(shop, asha)
        cards.script = ["refused"]
        for _ in range(2):
            answer = await asked(shop, cards, asha, claim(order, "wrong_order", wanted="all of it"))
            assert answer.status == "review"
            assert answer.complaint is not None
            assert answer.complaint.said == "Asked for money back: all of it"
        (row,) = await refunds(shop, order.id)
        assert (row.status, cards.refunds, len(cards.keys)) == ("failed", {}, 1)
        assert (await shop.ledger(order.id))[3:] == ["refund_begun", "refund_failed"]
        assert len(await shop.rows(Complaint)) == 1

    async def test_what_was_refunded_elsewhere_is_for_a_person(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        await asked(shop, cards, asha, claim(order, "missing_items", "naan"))
        cards.refundable[PAID_BEFORE] = next(iter(cards.refunds.values()))[1]
        answer = await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert answer.status == "review"
        assert len(cards.refunds) == 1

    async def test_a_refused_repeat_does_not_undo_a_lost_answer(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        cards.script = ["lost", "refused"]
        for _ in range(2):
            answer = await asked(shop, cards, asha, claim(order, "wrong_order"))
            assert answer.status == "unknown"
        assert (await asked(shop, cards, asha, claim(order, "wrong_order"))).status == "refunded"
        assert len(cards.refunds) == 1

    async def test_two_that_are_both_refused_are_settled(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        cards.script = ["refused", "refused"]
        cards.gate.clear()
        cards.expected = 2
        both = asyncio.gather(*(asked(shop, cards, asha, claim(order, "wrong_order")) for _ in range(2)))
        await cards.full.wait()
        cards.gate.set()
        await both
        (row,) = await refunds(shop, order.id)
        assert row.status == "failed"


async def test_without_the_provider_that_took_it_a_person_decides(
    shop: Shop, cards: FakePayments, asha: CallState
) -> None:
    class Elsewhere(FakePayments):
        name = "elsewhere"

    order = await yesterdays(shop, asha)
    for provider in (None, Elsewhere()):
        answer = await asked(shop, provider, asha, claim(order, "wrong_order"))
        assert (answer.status, await refunds(shop, order.id)) == ("review", [])


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the SDK hands httpx its form so
async def test_over_stripes_own_sdk_a_lost_answer_is_one_refund(
    shop: Shop, stripe: Stripe, outside: Sandbox, asha: CallState
) -> None:
    order = await yesterdays(shop, asha)
    outside.fault("stripe", "delay", seconds=0)  # the look-up before it
    outside.fault("stripe", "act_and_drop", times=None)
    wanted = claim(order, "missing_items", "naan")
    first = await refund(shop.transaction, stripe, shop.clock, desk(asha), wanted)
    outside.clear()
    again = await refund(shop.transaction, stripe, shop.clock, desk(asha), wanted)
    assert (first.status, again.status) == ("unknown", "refunded")
    back = [c["amount_refunded"] for c in outside.charges() if c["payment_intent"] == PAID_BEFORE]
    assert back == [NAAN]
    rows = await shop.rows(Payment, col(Payment.order_id) == order.id, col(Payment.kind) == "refunded")
    assert [str(row.reference)[:3] for row in rows if isinstance(row, Payment)] == ["re_"]
