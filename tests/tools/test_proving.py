"""A caller proves who they are with a code: asked for by a tool, texted, read back or keyed, and never kept."""

import json
from typing import Any

import pytest

from agents import grammar
from db.models import Refund
from domain.call_state import Level, Purpose
from domain.speech import DIGITS, say_code
from errors import ToolError, VendorError, VendorTimeout
from operations.proving import GOOD_FOR
from operations.resuming import carried_over
from tests.fakes.aftermath import POLICIES
from tests.fakes.call import Talk, asked, run
from tests.fakes.ordering import agreed, ready
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ROHAN, Shop
from tests.fakes.standing import order_of, set_order
from tests.fakes.telephony import FakeTelephony
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.caller import not_this_person
from tools.checkout import place_order, read_back_order
from tools.orders import get_order_status
from tools.proving import prove, send_code
from tools.support import process_refund
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
def telephony() -> FakeTelephony:
    return FakeTelephony()


@pytest.fixture
async def talk(phoned: Phoned, telephony: FakeTelephony) -> Talk:
    talk = await phoned()
    talk.call.outgoing = telephony.outgoing()
    talk.call.policies = POLICIES
    return talk


async def proved(talk: Talk, telephony: FakeTelephony, purpose: str = "address") -> None:
    await run(talk.call, send_code, purpose=purpose)
    assert (await run(talk.call, prove, code=telephony.code))["status"] == "proved"


class TestSending:
    """One text, to the number that calls, from the line that was called."""

    async def test_it_goes_to_the_caller_and_nowhere_into_the_result(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        told = await run(talk.call, send_code, purpose="address")
        ((to, _, sender),) = telephony.texts
        assert (to, sender) == (talk.call.phone, talk.state.line)
        assert told["status"] == "sent"
        assert "read it to me, or key it in" in told["say"]
        assert telephony.code not in json.dumps(told)
        assert telephony.code not in talk.state.model_dump_json()
        assert telephony.code not in str(talk.events)
        assert talk.state.open_question == "code"

    async def test_asked_for_again_at_once_it_is_sent_once(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        await run(talk.call, send_code, purpose="address")
        grammar.hear(talk.call, "I did not get it.")
        again = await run(talk.call, send_code, purpose="address")
        assert "on its way" in again["say"]
        assert len(telephony.texts) == 1

    async def test_who_has_proved_it_is_sent_none(self, talk: Talk, telephony: FakeTelephony) -> None:
        await proved(talk, telephony)
        grammar.hear(talk.call, "And now?")
        assert (await run(talk.call, send_code, purpose="refund"))["status"] == "proved"
        assert len(telephony.texts) == 1

    async def test_in_india_none_can_be_texted(self, phoned: Phoned, telephony: FakeTelephony) -> None:
        talk = await phoned(ROHAN, "IN")
        talk.call.outgoing = telephony.outgoing()
        with pytest.raises(
            ToolError, match=r"No code can be texted to this number\. Say that a person decides"
        ):
            await send_code(talk.call, purpose="refund")
        assert telephony.texts == []
        (decision,) = talk.recorded("compliance.text")
        assert decision == {"allowed": False, "rule": "in.sms.dlt"}

    async def test_without_a_telephone_company_or_a_number_there_is_another_way(self, phoned: Phoned) -> None:
        asha = await phoned()
        with pytest.raises(ToolError, match=r"No code can be texted.*address on file, cash, or a person"):
            await send_code(asha.call, purpose="address")
        assert asha.state.open_question is None
        with pytest.raises(ToolError, match="No code can be texted"):
            await send_code((await phoned(None)).call, purpose="address")

    async def test_a_text_that_was_refused_leaves_no_code(self, talk: Talk, telephony: FakeTelephony) -> None:
        telephony.fails = VendorError("twilio", "refused (21610)")
        with pytest.raises(ToolError, match="could not be sent"):
            await send_code(talk.call, purpose="address")
        telephony.fails = None
        told = await run(talk.call, send_code, purpose="address")
        assert "I've texted" in told["say"]

    async def test_a_text_that_may_have_been_sent_can_be_read_back(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        telephony.fails = VendorTimeout("twilio", "no answer in time")
        told = await run(talk.call, send_code, purpose="address")
        assert told["status"] == "sent"
        (sent,) = talk.recorded("code.sent")
        assert sent["sure"] is False


class TestReadingBack:
    """The right six digits, by voice or by key; everything else is an instruction."""

    async def test_it_is_taken_in_the_callers_words(self, talk: Talk, telephony: FakeTelephony) -> None:
        await run(talk.call, send_code, purpose="address")
        words = " ".join(DIGITS[int(digit)] for digit in telephony.code)
        done = await run(talk.call, prove, code=f"it's {words}")
        assert (done["status"], done["for"]) == ("proved", ["address", "refund", "order"])
        assert (talk.state.level, talk.state.open_question) == (Level.CODE, None)

    async def test_it_is_taken_by_keys_and_zero_inside_it_asks_for_nobody(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        await run(talk.call, send_code, purpose="address")
        assert [grammar.keyed_code(talk.call, digit) for digit in "120456"] == ["", "", "", "", "", "120456"]
        assert [grammar.keyed_code(talk.call, digit) for digit in "12*"] == ["", "", ""]
        typed = [grammar.keyed_code(talk.call, digit) for digit in telephony.code]
        assert typed[-1] == telephony.code
        assert (await run(talk.call, prove, code=str(typed[-1])))["status"] == "proved"

    async def test_zero_first_is_still_a_person(self, talk: Talk) -> None:
        await run(talk.call, send_code, purpose="address")
        assert grammar.keyed_code(talk.call, "0") is None

    async def test_keys_are_no_code_while_none_is_awaited(self, talk: Talk) -> None:
        assert grammar.keyed_code(talk.call, "4") is None

    async def test_too_few_digits_are_asked_for_again_and_cost_no_try(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        await run(talk.call, send_code, purpose="address")
        for _ in range(4):
            with pytest.raises(ToolError, match="Ask them to read all 6 once more"):
                await prove(talk.call, code="four eight two")
        assert (await run(talk.call, prove, code=telephony.code))["status"] == "proved"

    async def test_guessing_ends_after_three(self, talk: Talk, telephony: FakeTelephony) -> None:
        await run(talk.call, send_code, purpose="address")
        right = int(telephony.code)
        for number, says in ((1, "not the code"), (2, "not the code"), (3, "Too many wrong codes")):
            with pytest.raises(ToolError, match=says):
                await prove(talk.call, code=str((right + number) % 1_000_000).zfill(6))
        with pytest.raises(ToolError, match="Too many wrong codes"):
            await prove(talk.call, code=telephony.code)
        assert (talk.state.level, talk.state.proved) == (Level.NUMBER, [])

    async def test_a_code_that_is_too_old_or_was_never_sent_is_none(
        self, talk: Talk, shop: Shop, telephony: FakeTelephony
    ) -> None:
        with pytest.raises(ToolError, match="no code to compare it with"):
            await prove(talk.call, code="482913")
        await run(talk.call, send_code, purpose="address")
        shop.clock.moment += GOOD_FOR
        with pytest.raises(ToolError, match="too old"):
            await prove(talk.call, code=telephony.code)

    async def test_it_is_worth_nothing_in_another_call(
        self, talk: Talk, phoned: Phoned, telephony: FakeTelephony
    ) -> None:
        await run(talk.call, send_code, purpose="address")
        other = await phoned()
        with pytest.raises(ToolError, match="no code to compare it with"):
            await prove(other.call, code=telephony.code)

    async def test_the_proof_ends_with_the_call_and_survives_its_audio(
        self, talk: Talk, shop: Shop, telephony: FakeTelephony
    ) -> None:
        await proved(talk, telephony)
        now, state = shop.clock.now(), talk.state
        same = carried_over(state, call_id=state.call_id, channel="twilio", now=now)
        other = carried_over(state, call_id=state.cart_call_id.__class__(int=1), channel="twilio", now=now)
        assert same.has_proved(Purpose.REFUND)
        assert not other.has_proved(Purpose.REFUND)
        assert (other.level, other.proved) == (Level.NUMBER, [])

    async def test_somebody_else_proves_nothing_and_loses_what_was_proved(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        await proved(talk, telephony)
        await run(talk.call, not_this_person)
        assert not talk.state.has_proved(Purpose.ADDRESS)
        for tool, arguments in ((send_code, {"purpose": "address"}), (prove, {"code": telephony.code})):
            with pytest.raises(ToolError, match="not the person of this number"):
                await tool(talk.call, **arguments)

    async def test_the_digits_are_in_no_event(self, talk: Talk, telephony: FakeTelephony) -> None:
        await run(talk.call, send_code, purpose="address")
        for code in ("111111", telephony.code):
            question = asked(talk.call, prove, {"code": code})
            await handle(prove, question.params)
            assert code not in str(talk.events)
            assert code not in json.dumps(question.result)
        assert [called["arguments"] for called in talk.recorded("tool.called")] == [{"code": "hidden"}] * 2
        assert telephony.code not in talk.state.model_dump_json()


class TestNewDoorOnACard:
    """A card on file is charged for a door we know, or with a code; cash goes anywhere."""

    async def new_door(self, talk: Talk, shop: Shop) -> None:
        await ready(talk, shop)
        assert talk.state.place
        there = talk.state.place.model_copy(update={"line": "12 Mill Street", "label": None, "saved": False})
        talk.maps.knows("12 Mill Street", there)
        await run(talk.call, verify_address, text="12 Mill Street")

    async def test_it_is_not_even_read_back_without_one(self, talk: Talk, shop: Shop) -> None:
        await self.new_door(talk, shop)
        with pytest.raises(ToolError, match="send_code with purpose address"):
            await read_back_order(talk.call, payment="card-1")
        assert (await run(talk.call, read_back_order, payment="cash"))["status"] == "reading"

    async def test_with_one_it_is_placed(
        self, talk: Talk, shop: Shop, telephony: FakeTelephony, cards: FakePayments
    ) -> None:
        await self.new_door(talk, shop)
        await proved(talk, telephony)
        version = await agreed(talk, "card-1")
        done = await run(talk.call, place_order, cart_version=version, payment="card-1")
        assert done["status"] == "placed"

    async def test_a_door_that_was_changed_after_the_read_back_is_looked_at_again(
        self, talk: Talk, shop: Shop, telephony: FakeTelephony
    ) -> None:
        await self.new_door(talk, shop)
        await proved(talk, telephony)
        version = await agreed(talk, "card-1")
        talk.state.level = Level.NUMBER
        with pytest.raises(ToolError, match="send_code with purpose address"):
            await place_order(talk.call, cart_version=version, payment="card-1")

    async def test_another_flat_in_their_own_house_is_new(self, talk: Talk, shop: Shop) -> None:
        await ready(talk, shop)
        await run(talk.call, verify_address, flat="9Z")
        with pytest.raises(ToolError, match="send_code with purpose address"):
            await read_back_order(talk.call, payment="card-1")


class TestRefundOverTheLimit:
    """Above the limit a person decides, unless a code was read back; above the second one in any case."""

    async def claim(
        self, talk: Talk, *, limit: int = 2510, proved_limit: int | None = None
    ) -> dict[str, Any]:
        """All of yesterday's $25.11 is wanted back."""
        us = POLICIES["US"]
        changed: dict[str, object] = {"limit": us.limit.model_copy(update={"amount": limit})}
        if proved_limit is not None:
            changed["proved_limit"] = us.limit.model_copy(update={"amount": proved_limit})
        talk.call.policies = {"US": us.model_copy(update=changed)}
        order = (await run(talk.call, get_order_status))["orders"][0]["order"]
        return await run(talk.call, process_refund, order=order, reason="wrong_order")

    async def test_a_code_is_offered_and_with_it_the_money_goes_back_once(
        self, talk: Talk, telephony: FakeTelephony, cards: FakePayments, shop: Shop
    ) -> None:
        first = await self.claim(talk)
        assert first["status"] == "review"
        assert "send_code, purpose refund" in first["next"]
        await proved(talk, telephony, "refund")
        paid, again = await self.claim(talk), await self.claim(talk)
        assert (paid["status"], paid["refund"], again["status"]) == ("refunded", "$25.11", "refunded")
        assert len(await shop.rows(Refund)) == 1

    async def test_above_the_second_limit_a_person_decides_whatever_was_proved(
        self, talk: Talk, telephony: FakeTelephony
    ) -> None:
        first = await self.claim(talk, proved_limit=2510)
        await proved(talk, telephony, "refund")
        second = await self.claim(talk, proved_limit=2510)
        assert [done["status"] for done in (first, second)] == ["review", "review"]
        assert [done["next"] for done in (first, second)] == ["Promise no amount."] * 2

    async def test_no_code_is_offered_where_none_can_be_texted(self, talk: Talk) -> None:
        talk.call.outgoing = None
        assert (await self.claim(talk))["next"] == "Promise no amount."

    async def test_what_was_proved_for_something_else_is_not_enough(self, talk: Talk) -> None:
        talk.state.level, talk.state.proved = Level.CODE, [Purpose.ADDRESS]
        assert (await self.claim(talk))["status"] == "review"


class TestCodeOfAnOrder:
    """It gets a paid order its food at the door: a number that can be forged is not told it, and it proves nothing."""

    async def test_heard_in_one_call_it_opens_no_new_door_in_the_next(
        self, phoned: Phoned, talk: Talk, shop: Shop
    ) -> None:
        order = await order_of(shop)  # in cash, so that its code is told
        first = await phoned()
        (heard, *_) = (await run(first.call, get_order_status))["orders"]
        await TestNewDoorOnACard().new_door(talk, shop)
        with pytest.raises(ToolError, match="proves nothing"):
            await prove(talk.call, code=heard["code"])
        with pytest.raises(ToolError, match="send_code with purpose address"):
            await read_back_order(talk.call, payment="card-1")
        assert heard["code"] == say_code(order.code)

    async def test_of_an_order_paid_by_card_it_is_told_once_a_texted_one_was_read_back(
        self, talk: Talk, shop: Shop, telephony: FakeTelephony, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards)
        told = await run(talk.call, get_order_status)
        assert "code" not in told["orders"][0]
        assert "send_code with purpose order" in told["next"]
        assert order.code not in json.dumps(told)
        assert order.code not in talk.state.facts
        await proved(talk, telephony, "order")
        again = await run(talk.call, get_order_status)
        assert again["orders"][0]["code"] == say_code(order.code)
        assert order.code in talk.state.facts
        assert "send_code" not in again.get("next", "")

    async def test_nobody_is_texted_for_the_code_of_what_has_come(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards)
        await set_order(shop, order.id, status="delivered", delivered_at=shop.clock.now())
        told = await run(talk.call, get_order_status)
        assert "code" not in told["orders"][0]
        assert "send_code" not in told.get("next", "")

    async def test_an_agent_who_cannot_text_one_offers_none(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        await order_of(shop, cards=cards)
        talk.state.agent = "post_delivery"
        assert "send_code" not in json.dumps(await run(talk.call, get_order_status))

    async def test_who_ordered_in_this_call_has_heard_it(
        self, talk: Talk, shop: Shop, cards: FakePayments
    ) -> None:
        await ready(talk, shop)
        done = await run(talk.call, place_order, cart_version=await agreed(talk, "card-1"), payment="card-1")
        found = await run(talk.call, get_order_status, order=done["order"])
        assert found["orders"][0]["code"] == say_code(done["code"])
