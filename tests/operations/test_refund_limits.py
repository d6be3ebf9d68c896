"""Whose money, how much of it and by which way: cash, a hold, a person, and everybody who gets nothing."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Callback, Complaint, Refund
from domain.call_state import CallState
from errors import Invalid, ToolError, VendorTimeout
from operations import tracking
from operations.giving import recover
from operations.refunding import refund
from tests.fakes.aftermath import (
    INDIA,
    NAAN,
    asked,
    claim,
    delivered,
    desk,
    limit,
    order_of,
    ordered,
    refunds,
    yesterdays,
)
from tests.fakes.payments import FakePayments, KilledError
from tests.fakes.shop import ASHA, BEN, MARIA, ROHAN, Shop
from tests.fakes.standing import set_order

pytestmark = pytest.mark.db


@pytest.fixture
async def asha(shop: Shop) -> CallState:
    return await shop.caller(ASHA)


class TestWhose:
    """Only the order's own customer, and only as long as that is who speaks."""

    @pytest.mark.parametrize("phone", [BEN, MARIA])
    async def test_another_customers_order_is_not_touched(
        self, shop: Shop, cards: FakePayments, asha: CallState, phone: str
    ) -> None:
        order = await yesterdays(shop, asha)
        stranger = await shop.caller(phone)
        with pytest.raises(ToolError, match="not an order of this caller"):
            await asked(shop, cards, stranger, claim(order, "wrong_order"))
        assert (await refunds(shop, order.id), await shop.rows(Complaint), cards.keys) == ([], [], [])

    @pytest.mark.parametrize("unknown", [{"denied": True}, {"customer_id": None}])
    async def test_somebody_who_is_not_her_gets_nothing(
        self, shop: Shop, cards: FakePayments, asha: CallState, unknown: dict[str, object]
    ) -> None:
        order = await yesterdays(shop, asha)
        with pytest.raises(ToolError, match="not an order of this caller"):
            await asked(shop, cards, asha.model_copy(update=unknown), claim(order, "wrong_order"))
        assert (await refunds(shop, order.id), cards.keys) == ([], [])

    async def test_a_denial_while_the_claim_is_judged_still_counts(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)

        class Denying(CallState):
            looked: int = 0

            def __getattribute__(self, name: str) -> object:
                if name == "denied":
                    self.looked += 1
                    return self.looked > 1
                return super().__getattribute__(name)

        state = Denying.model_validate(asha.model_dump())
        state.looked = 0
        with pytest.raises(ToolError, match="not an order of this caller"):
            await asked(shop, cards, state, claim(order, "wrong_order"))
        assert (state.looked, await refunds(shop, order.id), cards.keys) == (2, [], [])


class TestHowMuch:
    """The policy's figure, whatever was asked for."""

    @pytest.mark.parametrize("wanted", ["2511 dollars", "a hundred times that", "one cent"])
    async def test_what_the_caller_wants_does_not_count(
        self, shop: Shop, cards: FakePayments, asha: CallState, wanted: str
    ) -> None:
        order = await yesterdays(shop, asha)
        answer = await asked(shop, cards, asha, claim(order, "missing_items", "naan", wanted=wanted))
        assert answer.amount.amount == NAAN

    async def test_a_hundred_portions_are_as_many_as_were_bought(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        answer = await asked(shop, cards, asha, claim(order, "missing_items", "100 Garlic Naan"))
        assert answer.amount.amount == NAAN

    async def test_one_of_two_portions_is_half_of_it_and_then_the_other(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        one = await asked(shop, cards, asha, claim(order, "missing_items", "1 Garlic Naan"))
        both = await asked(shop, cards, asha, claim(order, "missing_items", "2 Garlic Naan"))
        assert [one.amount.amount, both.amount.amount] == [379, 379]

    async def test_a_dish_that_was_not_bought_is_asked_about(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        with pytest.raises(Invalid, match=r"no Lobster in that order.*Paneer Tikka \(full\) or Garlic Naan"):
            await asked(shop, cards, asha, claim(order, "missing_items", "Lobster"))
        assert await refunds(shop, order.id) == []

    async def test_above_the_limit_a_person_decides_and_nothing_moves(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        answer = await asked(shop, cards, asha, claim(order, "wrong_order"), policy=limit(2510))
        assert (answer.status, answer.rule) == ("review", "us.refund.wrong_order")
        assert answer.complaint is not None
        assert (answer.complaint.order_id, answer.complaint.kind) == (order.id, "wrong_order")
        assert (await refunds(shop, order.id), cards.keys) == ([], [])

    async def test_small_claims_on_several_orders_add_up_to_the_limit(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        old = await yesterdays(shop, state)
        today = await delivered(shop, cards, state)
        first = await asked(shop, cards, state, claim(old, "missing_items", "naan"), policy=limit(NAAN + 100))
        second = await asked(
            shop, cards, state, claim(today, "missing_items", "dal"), policy=limit(NAAN + 100)
        )
        assert (first.status, second.status) == ("refunded", "review")

    async def test_an_order_from_another_country_is_not_judged_by_this_ones_rules(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        abroad = asha.model_copy(update={"market": "IN"})
        with pytest.raises(ToolError, match=r"another country.*ask_for_person"):
            await asked(shop, cards, abroad, claim(order, "wrong_order"))
        assert (await refunds(shop, order.id), cards.keys) == ([], [])

    async def test_other_money_does_not_count_towards_the_limit(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        old = await yesterdays(shop, state)
        today = await delivered(shop, cards, state)
        await asked(shop, cards, state, claim(old, "missing_items", "naan"))
        async with shop.transaction() as session:
            (row,) = await refunds(shop, old.id)
            (await session.get_one(Refund, row.id)).currency = "INR"
        second = await asked(
            shop, cards, state, claim(today, "missing_items", "dal"), policy=limit(2200 + 182)
        )
        assert second.status == "refunded"

    async def test_after_the_window_it_is_refused_with_a_way_on(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        shop.clock.advance(timedelta(hours=48))
        with pytest.raises(ToolError, match=r"within 48 hours of delivery only.*file_complaint"):
            await asked(shop, cards, asha, claim(order, "wrong_order"))
        assert await refunds(shop, order.id) == []

    async def test_a_delivery_on_record_is_not_denied_by_telephone(
        self, shop: Shop, cards: FakePayments, asha: CallState
    ) -> None:
        order = await yesterdays(shop, asha)
        answer = await asked(shop, cards, asha, claim(order, "not_delivered"))
        assert (answer.status, cards.keys) == ("review", [])


class TestCash:
    """Nobody can send cash by wire: it is owed, and a person calls."""

    async def test_it_is_owed_and_a_person_calls(self, shop: Shop, cards: FakePayments) -> None:
        rohan = await shop.caller(ROHAN, "IN")
        order = await yesterdays(shop, rohan)
        for _ in range(2):
            wanted = claim(order, "missing_items", "1 Butter Naan")
            answer = await asked(shop, cards, rohan, wanted, phone=ROHAN, staff=INDIA)
            assert (answer.status, str(answer.amount)) == ("owed", "₹68.25")
            assert answer.promised == shop.clock.now() + timedelta(
                hours=9, minutes=30
            )  # it is midnight there
        (row,) = await refunds(shop, order.id)
        assert (row.status, row.means, row.reference, cards.keys) == ("owed", "person", None, [])
        (call,) = [row for row in await shop.rows(Callback) if isinstance(row, Callback)]
        assert (call.reason, call.phone) == ("Refund of ₹68.25 for an order paid in cash", ROHAN)
        assert (await shop.ledger(order.id)).count("refund_owed") == 1

    async def test_where_nobody_is_staffed_it_goes_by_a_reference_and_is_passed_on(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        rohan = await shop.caller(ROHAN, "IN")
        order = await yesterdays(shop, rohan)
        references = set()
        for _ in range(2):
            wanted = claim(order, "quality", "butter chicken")
            answer = await asked(shop, cards, rohan, wanted, phone=ROHAN)
            assert (answer.status, answer.promised) == ("owed", None)
            assert answer.complaint is not None
            references.add(answer.complaint.reference)
        assert (len(references), len(await shop.rows(Callback))) == (1, 1)

    async def test_a_withheld_number_goes_by_a_reference(self, shop: Shop, cards: FakePayments) -> None:
        rohan = await shop.caller(ROHAN, "IN")
        order = await yesterdays(shop, rohan)
        answer = await asked(shop, cards, rohan, claim(order, "quality", "butter chicken"), phone=None)
        assert (answer.status, answer.promised) == ("owed", None)
        assert answer.complaint is not None
        assert await shop.rows(Callback) == []

    async def test_cash_that_was_never_paid_is_not_owed(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        order = await ordered(shop, cards, state, card=None)
        with pytest.raises(ToolError, match="Nothing was paid"):
            await asked(shop, cards, state, claim(order, "not_delivered"))


class TestHeldMoney:
    """A card was authorised and nothing was taken yet."""

    async def test_an_order_that_never_came_is_let_go_of_and_over(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        order = await ordered(shop, cards, state)
        answer = await asked(shop, cards, state, claim(order, "not_delivered"))
        assert (answer.status, answer.held, answer.amount.amount) == ("refunded", True, order.total)
        assert (cards.held, cards.refunds) == ({}, {})
        after = await order_of(shop, order.id)
        assert (after.status, after.payment_status) == ("failed", "released")
        assert await shop.ledger(order.id) == ["attempted", "authorised", "refund_begun", "released"]
        assert (await shop.events(order.id))[-2:] == ["payment.released", "order.failed"]
        assert await asked(shop, cards, state, claim(order, "not_delivered")) == answer
        with pytest.raises(ToolError, match="never came"):
            await asked(shop, cards, state, claim(order, "late"))
        await set_order(shop, order.id, status="delivered", delivered_at=shop.clock.now())
        with pytest.raises(ToolError, match="given back before"):
            await asked(shop, cards, state, claim(order, "wrong_order"))

    async def test_a_part_of_it_is_for_a_person(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        order = await ordered(shop, cards, state)
        answer = await asked(shop, cards, state, claim(order, "late"))
        assert (answer.status, len(cards.held)) == ("review", 1)
        assert await refunds(shop, order.id) == []

    async def test_an_order_in_time_is_tracked(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        order = await ordered(shop, cards, state)
        shop.clock.advance(timedelta(minutes=-90))
        with pytest.raises(ToolError, match="still on its way and in time"):
            await asked(shop, cards, state, claim(order, "not_delivered"))
        assert len(cards.held) == 1

    async def test_what_could_not_be_let_go_of_is_unknown_and_then_found_out(self, shop: Shop) -> None:
        class Stubborn(FakePayments):
            refusals = 1

            async def cancel(self, reference: str, *, key: str) -> None:
                assert shop.open_transactions == 0
                if self.refusals:
                    self.refusals -= 1
                    raise VendorTimeout(self.name, "no answer")
                await super().cancel(reference, key=key)

        state, cards = await shop.hungry(), Stubborn()
        order = await ordered(shop, cards, state)
        assert (await asked(shop, cards, state, claim(order, "not_delivered"))).status == "unknown"
        assert (await order_of(shop, order.id)).status == "placed"
        assert (await asked(shop, cards, state, claim(order, "not_delivered"))).status == "refunded"
        assert cards.held == {}

    async def test_a_death_after_it_was_let_go_of_is_mended(self, shop: Shop, cards: FakePayments) -> None:
        state = await shop.hungry()
        order, opened = await ordered(shop, cards, state), 0

        def dying() -> AbstractAsyncContextManager[AsyncSession]:
            nonlocal opened
            opened += 1
            if opened == 3:  # judged, let go of, and then
                raise KilledError
            return shop.transaction()

        with pytest.raises(KilledError):
            await refund(dying, cards, shop.clock, desk(state), claim(order, "not_delivered"))
        assert "released" in await shop.ledger(order.id)
        (row,) = await refunds(shop, order.id)
        assert await recover(shop.transaction, cards, shop.clock, row.key) == "refunded"
        assert (await shop.ledger(order.id)).count("released") == 1
        assert (await order_of(shop, order.id)).status == "failed"

    async def test_an_order_whose_customer_has_it_was_delivered(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        state = await shop.hungry()
        order = await ordered(shop, cards, state)
        async with shop.transaction() as session:
            await tracking.arrived(session, order.id, shop.clock.now())
        answer = await asked(shop, cards, state, claim(order, "not_delivered"))
        assert (answer.status, len(cards.held)) == ("review", 1)
