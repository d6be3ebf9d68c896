"""A change to a placed order is put to the caller by the system, and made only after a yes to exactly that."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event

from agents import grammar
from domain.address import Place
from domain.call_state import Level
from domain.facts import Ledger
from domain.money import Money
from domain.order import OrderStatus as S
from errors import ToolError
from operations.resuming import carried_over
from tests.fakes.call import asked, run
from tests.fakes.changing import Phone, about
from tests.fakes.desk import elsewhere
from tests.fakes.ordering import agreed, ready
from tests.fakes.payments import FakePayments
from tests.fakes.proofs import prove_them
from tests.fakes.shop import BEN, Shop
from tests.fakes.standing import as_it_is, dishes, order_of, set_order
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.caller import not_this_person
from tools.changes import QUESTION, carry_out, propose_change
from tools.checkout import place_order
from tools.orders import get_order_status
from tools.result import Say
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def phone(phoned: Phoned, shop: Shop, cards: FakePayments) -> Phone:
    """Asha calls about what she ordered on her card a moment ago."""
    order = await order_of(shop, cards=cards, quantity=3, naan=1)
    talk = await phoned()
    return await about(talk, shop, order)


async def test_a_note_that_the_model_made_up_is_no_fact(phone: Phone) -> None:
    note = "Your refund of 50 dollars has been approved"
    arguments = {"order": phone.handle, "action": "note", "note": note}
    await handle(propose_change, asked(phone.talk.call, propose_change, arguments).params)
    assert note in phone.talk.line.said[0][0]
    ledger = Ledger(phone.talk.state.facts)
    for lie in (f"{note}.", "Your refund has been approved.", "It's 50 dollars."):
        assert ledger.unfounded(lie) is not None, lie
    total = Money(phone.order.total, phone.order.currency)
    assert ledger.unfounded(f"The total stays {total}.") is None


async def test_the_system_says_what_it_does_and_asks(phone: Phone) -> None:
    said = await propose_change(phone.talk.call, order=phone.handle, action="cancel")
    assert isinstance(said, Say)
    proposal, question = said.sentences
    assert proposal.text.startswith("That cancels your Spice Route order, and the ")
    assert (question.text, question.mark) == (QUESTION, None)
    change = said.result["change"]
    assert said.result == {
        "status": "proposed",
        "change": change,
        "next": f"Wait for the caller's answer; on yes call carry_out({change}).",
    }
    assert (proposal.mark, phone.talk.state.open_question) == (change, "change")
    assert str(Money(phone.order.total, phone.order.currency)) in phone.talk.state.facts
    (event,) = phone.talk.recorded("change.proposed")
    assert (event["old_total"], event["new_total"]) == (phone.order.total, 0)
    assert (await phone.now()).status == "placed"


async def test_what_was_agreed_to_is_done_and_told(phone: Phone, cards: FakePayments) -> None:
    change = await phone.agree()
    done = await phone.carry_out(change)
    assert done["status"] == "done"
    assert done["say"].endswith("held on your Visa ending in 4242 is let go.")
    assert ((await phone.now()).status, cards.held) == ("cancelled", {})
    assert phone.talk.state.open_question is None
    assert {done["say"], "cancelled"} <= set(phone.talk.state.facts)
    assert [event["settled"] for event in phone.talk.recorded("change.done")] == [True]


async def test_what_a_placed_order_costs_now_is_no_total_of_the_cart(phone: Phone) -> None:
    await phone.carry_out(await phone.agree("remove", line=2))
    total = Money((await phone.now()).total, "USD")
    (fact,) = [fact for fact in phone.talk.state.facts if fact.startswith("total:")]
    assert fact == f"total: {total} | Spice Route order"


async def test_asked_again_the_same_outcome_is_told_also_after_a_restart(
    phone: Phone, cards: FakePayments
) -> None:
    change = await phone.agree("remove", line=2)
    first = await phone.carry_out(change)
    assert await phone.carry_out(change) == first
    phone.talk.call.effects.clear()  # as in another process
    grammar.hear(phone.talk.call, "No, nothing else.")
    again = await phone.carry_out(change)
    assert again["say"].startswith("That is done already.")
    assert await dishes(phone.shop, phone.order.id) == ["3 Dal Tadka"]
    assert (await phone.shop.events(phone.order.id)).count("order.changed") == 1


async def test_two_at_once_are_one(phone: Phone) -> None:
    change = await phone.agree("quantity", line=1, quantity=2)
    first, second = await asyncio.gather(phone.carry_out(change), phone.carry_out(change))
    assert first == second
    assert await dishes(phone.shop, phone.order.id) == ["2 Dal Tadka", "1 Garlic Naan"]


async def test_a_barge_in_while_the_bank_is_asked_cancels_once_and_tells_of_it(
    phone: Phone, cards: FakePayments
) -> None:
    change = await phone.agree()
    cards.gate.clear()
    cards.asked.clear()
    question = asked(phone.talk.call, carry_out, {"change": change})
    handler = asyncio.create_task(handle(carry_out, question.params))
    await cards.asked.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    grammar.hear(phone.talk.call, "No wait.")
    cards.gate.set()
    await asyncio.wait(phone.talk.call.effects.values())
    assert ((await phone.now()).status, cards.held, question.results) == ("cancelled", {}, [])
    (note,) = question.notes
    assert "is let go" in note["content"]
    assert (await phone.carry_out(change))["status"] == "done"
    assert (await phone.shop.events(phone.order.id)).count("order.cancelled") == 1


async def test_a_bank_that_does_not_answer_is_asked_again_when_the_caller_asks(
    phone: Phone, cards: FakePayments
) -> None:
    change = await phone.agree()
    cards.letting_go = ["unreachable"]
    first = await phone.carry_out(change)
    assert (first["status"], first["money"]) == ("done", "unknown")
    assert "has not answered yet" in first["say"]
    assert f"carry_out({change})" in first["next"]
    second = await phone.carry_out(change)
    assert ("money" in second, cards.held) == (False, {})
    assert second["say"].endswith("is let go.")


async def test_a_kitchen_that_accepts_between_yes_and_deed_keeps_its_order(
    phone: Phone, cards: FakePayments
) -> None:
    change = await phone.agree()
    await set_order(phone.shop, phone.order.id, status=S.CONFIRMED)
    with pytest.raises(ToolError, match="accepted this order, so only a person"):
        await phone.carry_out(change)
    assert ((await phone.now()).status, len(cards.held)) == ("confirmed", 1)


async def test_what_has_changed_since_is_put_to_the_caller_again(phone: Phone) -> None:
    change = await phone.agree("remove", line=2)
    await set_order(phone.shop, phone.order.id, total=phone.order.total - 100)
    with pytest.raises(ToolError, match=r"changed meanwhile\. Call propose_change again"):
        await phone.carry_out(change)
    again = await phone.agree("remove", line=2)
    assert (await phone.carry_out(again))["status"] == "done"


async def test_one_change_after_another_each_has_its_yes(phone: Phone) -> None:
    fewer = await phone.agree("quantity", line=1, quantity=2)
    await phone.carry_out(fewer)
    noted = await phone.agree("note", note="ring twice", answer="Yes please.")
    assert (await phone.carry_out(noted))["say"] == "Done. It is passed on."
    order = await phone.now()
    assert (await dishes(phone.shop, order.id), order.note) == (
        ["2 Dal Tadka", "1 Garlic Naan"],
        "ring twice",
    )


class TestAddress:
    """Only a door that was verified in this call, and exactly that one."""

    async def test_it_goes_where_the_handle_says(self, phone: Phone) -> None:
        prove_them(phone.talk.state)
        there = elsewhere(phone.order, saved=False)
        phone.talk.maps.knows("12 Mill Street", there)
        found = await run(phone.talk.call, verify_address, text="12 Mill Street")
        change = await phone.agree("address", address=found["address"])
        await phone.carry_out(change)
        assert Place.model_validate((await phone.now()).place).line == "12 Mill Street"

    async def test_a_card_order_needs_a_code_for_a_new_door(self, phone: Phone) -> None:
        phone.talk.maps.knows("12 Mill Street", elsewhere(phone.order, saved=False))
        found = await run(phone.talk.call, verify_address, text="12 Mill Street")
        with pytest.raises(ToolError, match="Call send_code with purpose address"):
            await phone.propose("address", address=found["address"])

    async def test_a_yes_is_worth_nothing_once_the_proof_is_gone(self, phone: Phone) -> None:
        prove_them(phone.talk.state)
        phone.talk.maps.knows("12 Mill Street", elsewhere(phone.order, saved=False))
        found = await run(phone.talk.call, verify_address, text="12 Mill Street")
        change = await phone.agree("address", address=found["address"])
        phone.talk.state.level = Level.NUMBER
        with pytest.raises(ToolError, match="a code is needed first"):
            await phone.carry_out(change)
        assert (await phone.now()).place == phone.order.place

    async def test_a_handle_nobody_gave_is_none(self, phone: Phone) -> None:
        with pytest.raises(ToolError, match=r"no address-77\. Ask for the address and call verify_address"):
            await phone.propose("address", address="address-77")
        with pytest.raises(ToolError, match="call verify_address"):
            await phone.propose("address")

    async def test_a_door_that_was_changed_after_the_yes_needs_another(self, phone: Phone) -> None:
        prove_them(phone.talk.state)
        phone.talk.maps.knows("12 Mill Street", elsewhere(phone.order, saved=False))
        found = await run(phone.talk.call, verify_address, text="12 Mill Street")
        change = await phone.agree("address", address=found["address"])
        await run(phone.talk.call, verify_address, saved=found["address"], flat="9")
        with pytest.raises(ToolError, match="changed meanwhile"):
            await phone.carry_out(change)
        assert (await phone.now()).place == phone.order.place


def denied_when_the_bill_is_read(phone: Phone) -> None:
    """The caller turns out to be somebody else while the database answers."""

    def deny(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "price_lines" in statement:
            with suppress(StopIteration):  # it awaits nothing
                not_this_person(phone.talk.call).send(None)

    engine = phone.shop.sessions.kw["bind"].sync_engine
    event.listen(engine, "after_cursor_execute", deny)


class TestWhose:
    """Nobody changes an order that is not theirs."""

    async def test_a_forged_handle_opens_nothing(self, phone: Phone, shop: Shop) -> None:
        bens = await order_of(shop, BEN)
        for forged in ("order-1000", bens.code, str(bens.id)[:20]):
            question = asked(phone.talk.call, propose_change, {"order": forged, "action": "cancel"})
            await handle(propose_change, question.params)
            assert "Call get_order_status" in question.result["error"]

    async def test_somebody_elses_order_is_not_touched_even_under_a_handle(
        self, phone: Phone, shop: Shop
    ) -> None:
        bens = await order_of(shop, BEN)
        phone.talk.state.orders["order-9"] = bens.id
        with pytest.raises(ToolError, match="not this caller's"):
            await propose_change(phone.talk.call, order="order-9", action="cancel")
        change = await phone.agree()
        phone.talk.state.offers[change].order_id = bens.id
        with pytest.raises(ToolError, match="not this caller's"):
            await phone.carry_out(change)
        assert (await as_it_is(shop, bens.id)).status == "placed"

    async def test_who_is_not_that_person_changes_nothing_of_theirs(
        self, phone: Phone, cards: FakePayments
    ) -> None:
        change = await phone.agree()
        await run(phone.talk.call, not_this_person)
        state = phone.talk.state
        assert (state.offers, state.complaints, state.open_question) == ({}, {}, None)
        with pytest.raises(ToolError, match=f"no {change} in this call"):
            await phone.carry_out(change)
        with pytest.raises(ToolError, match=f"no {phone.handle} in this call"):
            await phone.propose()
        assert ((await phone.now()).status, len(cards.held)) == ("placed", 1)

    async def test_said_while_it_is_worked_out_nothing_is_proposed(self, phone: Phone) -> None:
        denied_when_the_bill_is_read(phone)
        with pytest.raises(ToolError, match="not this caller's"):
            await phone.propose()
        assert phone.talk.state.offers == {}

    async def test_said_after_the_yes_and_before_the_deed_nothing_is_done(
        self, phone: Phone, cards: FakePayments
    ) -> None:
        change = await phone.agree()
        denied_when_the_bill_is_read(phone)
        with pytest.raises(ToolError, match=f"no {change} in this call"):
            await phone.carry_out(change)
        assert ((await phone.now()).status, len(cards.held)) == ("placed", 1)

    async def test_what_they_order_then_is_theirs_to_cancel(self, phoned: Phoned, shop: Shop) -> None:
        talk = await phoned()
        home = (await shop.hungry()).place
        assert home is not None
        await run(talk.call, not_this_person)
        talk.maps.knows("12 Mill Street", home.model_copy(update={"line": "12 Mill Street", "saved": False}))
        found = await shop.dish("Dal Tadka")
        asha = await shop.hungry()
        talk.state.cart, talk.state.restaurant_id = asha.cart, found.restaurant_id
        talk.state.restaurant_name = asha.restaurant_name
        await run(talk.call, verify_address, text="12 Mill Street")
        placed = await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
        own = Phone(talk, shop, await as_it_is(shop, talk.state.placed[-1].id), placed["order"])
        done = await own.carry_out(await own.agree())
        assert done["say"] == "Your Spice Route order is cancelled, and there is nothing to pay."


async def test_an_unpaid_order_that_is_cancelled_leaves_its_cart_to_be_ordered_anew(
    phoned: Phoned, shop: Shop, cards: FakePayments
) -> None:
    talk = await phoned()
    version = await ready(talk, shop)
    cards.script = ["lost"]
    with pytest.raises(ToolError, match="bank has not answered"):
        await run(talk.call, place_order, cart_version=await agreed(talk, "card-1"), payment="card-1")
    (waiting,) = [
        row
        for row in (await run(talk.call, get_order_status))["orders"]
        if row["status"] == "awaiting payment"
    ]
    order = await as_it_is(shop, talk.state.orders[waiting["order"]])
    own = Phone(talk, shop, order, waiting["order"])
    assert (await own.carry_out(await own.agree()))["status"] == "done"
    assert (talk.state.cart.version, cards.held) == (version + 1, {})
    placed = await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
    assert placed["status"] == "placed"


async def test_a_proposal_of_a_call_that_broke_off_has_to_be_made_again(phone: Phone) -> None:
    done = await phone.agree("note", note="ring twice")
    await phone.carry_out(done)
    open_one = await phone.agree()
    state = phone.talk.state
    later = phone.shop.clock.now() + timedelta(minutes=1)
    old = carried_over(state, call_id=state.call_id, channel="eval", now=later)
    assert (done in old.offers, open_one in old.offers) == (True, False)


def test_the_model_sees_the_actions_and_no_identity() -> None:
    properties = propose_change.schema().properties
    assert list(properties) == ["order", "action", "line", "quantity", "note", "address"]
    assert properties["action"]["enum"] == ["cancel", "remove", "quantity", "note", "address"]
    assert list(carry_out.schema().properties) == ["change"]
