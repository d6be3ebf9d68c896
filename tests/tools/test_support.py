"""Complaints and refunds as a caller hears of them: true, with a reason, and only for what is theirs."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Complaint, Order, Refund
from domain.speech import say_code
from errors import ToolError
from tests.fakes.aftermath import INDIA, POLICIES, ordered, yesterdays
from tests.fakes.call import Talk, asked, run
from tests.fakes.payments import FakePayments
from tests.fakes.shop import BEN, ROHAN, Shop
from tests.tools.conftest import Phoned
from tools.caller import not_this_person
from tools.orders import get_order_status
from tools.support import file_complaint, process_refund
from tools.tool import handle

pytestmark = pytest.mark.db
NAAN = "seven dollars and fifty-eight cents"


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return judged(await phoned())


def judged(talk: Talk) -> Talk:
    """A call that knows the policies."""
    talk.call.policies = POLICIES
    return talk


async def last_night(talk: Talk) -> str:
    """The handle of the caller's newest order."""
    found = await run(talk.call, get_order_status)
    handle = found["orders"][0]["order"]
    assert isinstance(handle, str)
    return handle


async def promised(shop: Shop) -> list[Refund]:
    return [row for row in await shop.rows(Refund) if isinstance(row, Refund)]


async def filed(shop: Shop) -> list[Complaint]:
    return [row for row in await shop.rows(Complaint) if isinstance(row, Complaint)]


class TestComplaints:
    """A reference, spoken digit by digit, and by when somebody answers."""

    async def test_it_is_filed_with_a_reference_and_a_date(self, talk: Talk, shop: Shop) -> None:
        order = await last_night(talk)
        done = await run(talk.call, file_complaint, kind="quality", what="The naan was cold.", order=order)
        (row,) = await filed(shop)
        first, rest = row.reference[1:4], row.reference[4:]
        reference = f"C {say_code(first)}, {say_code(rest)}"
        assert done == {
            "status": "filed",
            "complaint": "complaint-" + done["complaint"].rpartition("-")[2],
            "say": f"I've filed that; the reference is {reference}. "
            "You hear back by Wednesday at 12:30 pm at the latest.",
        }
        assert talk.state.complaints == {done["complaint"]: row.id}
        assert row.order_id == talk.state.orders[order]
        assert {row.reference, reference, "Wednesday at 12:30 pm"} <= set(talk.state.facts)
        assert [event["about"] for event in talk.recorded("complaint.filed")] == ["quality"]

    async def test_it_needs_no_order(self, phoned: Phoned, shop: Shop) -> None:
        talk = judged(await phoned("+15125550119"))
        await run(talk.call, file_complaint, kind="conduct", what="Your rider cut me off.")
        (row,) = await filed(shop)
        assert (row.order_id, row.customer_id, row.kind) == (None, None, "conduct")

    async def test_a_withheld_number_is_told_to_call_again(self, phoned: Phoned) -> None:
        talk = judged(await phoned(None))
        talk.call.phone = None
        done = await run(talk.call, file_complaint, kind="other", what="Too loud.")
        assert done["say"].endswith("It is answered by Wednesday at 12:30 pm; call us then with it.")

    async def test_told_twice_it_is_the_same(self, talk: Talk, shop: Shop) -> None:
        first = await run(talk.call, file_complaint, kind="late", what="It was late.")
        talk.call.effects.clear()  # another process has taken the call over
        again = await run(talk.call, file_complaint, kind="late", what="So late!")
        assert (again, len(await filed(shop))) == (first, 1)

    async def test_a_second_one_of_its_kind_is_not_lost(self, talk: Talk, shop: Shop) -> None:
        order = await last_night(talk)
        told = ("The naan was cold.", "There was a hair in the dal.")
        done = [await run(talk.call, file_complaint, kind="quality", what=one, order=order) for one in told]
        (row,) = await filed(shop)
        assert (done[0]["say"], row.said) == (done[1]["say"], "\n".join(told))

    async def test_another_wish_for_the_same_money_reaches_the_person(self, talk: Talk, shop: Shop) -> None:
        us = POLICIES["US"]
        talk.call.policies = {
            "US": us.model_copy(update={"limit": us.limit.model_copy(update={"amount": 1})})
        }
        order = await last_night(talk)
        for wanted in ("half of it", "all of it", "all of it"):
            await run(talk.call, process_refund, order=order, reason="wrong_order", wanted=wanted)
        (row,) = await filed(shop)
        assert row.said == "Asked for money back: half of it\nAsked for money back: all of it"

    async def test_an_order_this_call_does_not_know_is_refused(self, talk: Talk, shop: Shop) -> None:
        with pytest.raises(ToolError, match="There is no order-77 in this call"):
            await run(talk.call, file_complaint, kind="late", what="Late.", order="order-77")
        assert await filed(shop) == []


class TestRefunds:
    """The figure is the policy's, and nothing is said that did not happen."""

    async def test_the_money_the_reason_and_the_way_are_said(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        order = await last_night(talk)
        done = await run(
            talk.call,
            process_refund,
            order=order,
            reason="missing_items",
            dishes=["Garlic Naan"],
            wanted="2500 dollars",
        )
        assert (done["status"], done["refund"], done["rule"]) == (
            "refunded",
            "$7.58",
            "us.refund.missing_items",
        )
        assert done["say"] == (
            f"I've sent {NAAN} back to the card you paid with. That is the full price of 2 Garlic Naan, with tax. "
            "Your bank can take up to ten working days to show it."
        )
        assert "file_complaint" in done["next"]
        assert {"$7.58", NAAN, "refunded"} <= set(talk.state.facts)
        assert cards.open_while_asked == [0]
        assert [(e["status"], e["total"]) for e in talk.recorded("refund.decided")] == [("refunded", 758)]

    async def test_two_calls_of_the_model_at_once_are_one_refund(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        order = await last_night(talk)
        arguments = {"order": order, "reason": "wrong_order"}
        both = [asked(talk.call, process_refund, arguments) for _ in range(2)]
        await asyncio.gather(*(handle(process_refund, question.params) for question in both))
        assert both[0].result == both[1].result
        assert (both[0].result["refund"], len(cards.keys), len(await promised(shop))) == ("$25.11", 1, 1)

    async def test_an_unknown_outcome_is_said_as_such_and_found_out_by_the_same_call(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        order = await last_night(talk)
        cards.script = ["lost"]
        first = await run(talk.call, process_refund, order=order, reason="wrong_order")
        assert (first["status"], "can't say that" in first["say"]) == ("unknown", True)
        assert "refunded" not in talk.state.facts
        again = await run(talk.call, process_refund, order=order, reason="wrong_order")
        assert (again["status"], len(cards.refunds), len(set(cards.keys))) == ("refunded", 1, 1)

    @pytest.mark.parametrize("trouble", ["refused by the bank", "above the limit"])
    async def test_what_a_person_decides_bears_a_reference_and_no_amount(
        self, talk: Talk, shop: Shop, cards: FakePayments, trouble: str
    ) -> None:
        order = await last_night(talk)
        if trouble == "above the limit":
            us = POLICIES["US"]
            small = us.limit.model_copy(update={"amount": 2510})
            talk.call.policies = {"US": us.model_copy(update={"limit": small})}
        else:
            cards.script = ["refused"]
        done = await run(talk.call, process_refund, order=order, reason="wrong_order")
        (row,) = await filed(shop)
        assert (done["status"], talk.state.complaints[done["complaint"]]) == ("review", row.id)
        assert done["say"].startswith(
            "A person has to decide on that, so I've passed it on; the reference is C "
        )
        assert "refund" not in done
        assert "refunded" not in talk.state.facts
        assert cards.refunds == {}

    async def test_cash_is_arranged_by_a_person(self, phoned: Phoned, shop: Shop) -> None:
        talk = judged(await phoned(ROHAN, "IN"))
        talk.call.staff = INDIA
        order = await last_night(talk)
        done = await run(talk.call, process_refund, order=order, reason="quality", dishes=["butter chicken"])
        assert (done["status"], done["refund"], done["rule"]) == ("owed", "₹204.75", "in.refund.quality")
        assert done["say"] == (
            "You get two hundred and four rupees and seventy-five paise back. "
            "That is half the price of 1 Butter Chicken, with its tax. "
            "You paid in cash, so a person calls you by today at 9:30 am to arrange it."
        )

    async def test_money_that_was_only_held_is_said_to_be_let_go_of(
        self, phoned: Phoned, shop: Shop, cards: FakePayments
    ) -> None:
        order = await ordered(shop, cards, await shop.hungry())
        talk = judged(await phoned())
        handle = await last_night(talk)
        assert talk.state.orders[handle] == order.id
        done = await run(talk.call, process_refund, order=handle, reason="not_delivered")
        assert done["say"].endswith(
            "held on your card are let go of, and nothing is charged. "
            "That is all you paid, as the order did not come."
        )
        assert cards.held == {}

    async def test_another_customers_order_is_refused_even_with_a_handle(
        self, talk: Talk, shop: Shop, phoned: Phoned, cards: FakePayments
    ) -> None:
        bens = judged(await phoned(BEN))
        hers = talk.state.orders[await last_night(talk)]
        bens.state.orders["order-1"] = hers
        with pytest.raises(ToolError, match="not an order of this caller"):
            await run(bens.call, process_refund, order="order-1", reason="wrong_order")
        assert (await promised(shop), await filed(shop), cards.keys) == ([], [], [])

    @pytest.mark.parametrize("forged", ["order-99", "", "C12345", "482913"])
    async def test_a_forged_handle_is_refused(self, talk: Talk, shop: Shop, forged: str) -> None:
        await last_night(talk)
        with pytest.raises(ToolError, match="Call get_order_status, and ask which order"):
            await run(talk.call, process_refund, order=forged, reason="wrong_order")
        assert await promised(shop) == []

    async def test_after_not_asha_nothing_of_hers_is_refunded_or_told_again(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        order = await last_night(talk)
        await run(talk.call, process_refund, order=order, reason="missing_items", dishes=["naan"])
        hers = talk.state.orders[order]
        await run(talk.call, not_this_person)
        for known in ({}, {order: hers}):
            talk.state.orders = dict(known)
            talk.call.effects = {} if known else talk.call.effects
            for dishes in (["naan"], ["paneer tikka"]):
                with pytest.raises(ToolError):
                    await run(talk.call, process_refund, order=order, reason="missing_items", dishes=dishes)
        assert (len(await promised(shop)), len(cards.refunds)) == (1, 1)

    async def test_a_dish_that_was_not_bought_is_asked_about(self, talk: Talk) -> None:
        order = await last_night(talk)
        arguments = {"order": order, "reason": "quality", "dishes": ["Lobster"]}
        question = asked(talk.call, process_refund, arguments)
        await handle(process_refund, question.params)
        assert question.result == {
            "error": "There is no Lobster in that order. Ask which dish is meant: "
            "Paneer Tikka (full) or Garlic Naan."
        }

    async def test_after_the_window_a_complaint_is_offered(self, talk: Talk, shop: Shop) -> None:
        order = await last_night(talk)
        shop.clock.advance(timedelta(days=3))
        with pytest.raises(ToolError, match="offer file_complaint"):
            await run(talk.call, process_refund, order=order, reason="wrong_order")

    @pytest.mark.parametrize("argument", [{"amount": 2500}, {"reason": "generosity"}, {"dishes": "all"}])
    async def test_there_is_no_way_to_name_a_figure_or_a_reason_of_ones_own(
        self, talk: Talk, shop: Shop, argument: dict[str, object]
    ) -> None:
        order = await last_night(talk)
        with pytest.raises(ToolError, match="again with arguments that fit"):
            await process_refund(talk.call, **{"order": order, "reason": "wrong_order", **argument})
        assert await promised(shop) == []


async def test_without_a_policy_a_person_is_offered(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned()
    talk.call.policies = {}
    order = await last_night(talk)
    for tool, arguments in [
        (process_refund, {"order": order, "reason": "wrong_order"}),
        (file_complaint, {"kind": "other", "what": "Hm."}),
    ]:
        with pytest.raises(ToolError, match="ask_for_person"):
            await run(talk.call, tool, **arguments)


async def test_the_order_of_yesterday_is_the_newest_one(talk: Talk, shop: Shop) -> None:
    order = await yesterdays(shop, talk.state)
    assert talk.state.orders[await last_night(talk)] == order.id
    (row,) = await shop.rows(Order, col(Order.id) == order.id)
    assert isinstance(row, Order)
    assert row.total == 2511
