"""What is pressed or said into the opening of a call of ours: it counts for what was heard, and nine ends the calls."""

from datetime import timedelta
from typing import Any, cast

import pytest

from agents import grammar
from agents.door import TOLD
from agents.keypad import Keypad
from agents.outgoing import Callee
from compliance import wording
from domain.dialling import Topic
from operations.opening import Start
from tests.fakes.call import Talk, talk
from tests.fakes.door import QUICK, FakeDoor
from tests.fakes.door import called as called_state
from tests.fakes.riding import LUIS, cooking, offered
from tests.fakes.shop import Shop
from tests.operations.test_outgoing import asha, luis, picked_up
from tools import driving

pytestmark = pytest.mark.db


async def on_the_line(shop: Shop, start: Start) -> tuple[Callee, Talk]:
    """The opening is being said."""
    assert start.begun is not None
    made = talk(start.state, shop.sessions, cast(Any, None), shop.clock, phone=LUIS)
    callee = Callee(made.call, FakeDoor(), start.begun, QUICK)
    await callee.open()
    return callee, made


async def test_an_offer_in_an_opening_that_was_heard_is_answered_by_a_key(shop: Shop) -> None:
    row = await offered(shop, await cooking(shop))
    callee, made = await on_the_line(shop, await picked_up(shop, Topic.OFFER, await luis(shop), row.order_id))
    callee.heard(TOLD)
    assert made.recorded("offer.heard") == [{"assignment": str(row.id)}]
    turns: list[str] = []

    async def take(text: str) -> None:
        turns.append(text)

    await Keypad(made.call, None, take, take).pressed("1")
    driving.answer(made.call, turns[0])
    assert (turns, made.state.offered) == (["Yes."], {"order-1": True})


async def test_an_offer_in_an_opening_that_was_cut_short_is_not_made(shop: Shop) -> None:
    row = await offered(shop, await cooking(shop))
    callee, made = await on_the_line(shop, await picked_up(shop, Topic.OFFER, await luis(shop), row.order_id))
    callee.cut(TOLD)
    assert (made.state.offered, made.state.open_question) == ({}, None)
    made.call.heard(f"offer:{row.id}")
    assert made.state.offered == {}


async def test_nine_ends_the_calls_to_a_customer_and_is_no_answer(shop: Shop) -> None:
    order = await cooking(shop)
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))
    start = await picked_up(shop, Topic.LATE, await asha(order), order.id)
    _, made = await on_the_line(shop, start)
    turns: list[str] = []

    async def take(text: str) -> None:
        turns.append(text)

    await Keypad(made.call, None, take, take).pressed("9")
    await made.settle()
    assert turns == []
    assert made.recorded("consent.opted_out") == [{"purposes": ["promotion", "feedback", "order_service"]}]
    assert made.line.farewell == wording.NO_MORE_CALLS


@pytest.mark.parametrize(
    ("text", "purpose", "wants"),
    [
        ("Stop.", "order_service", True),
        ("Stop calling me.", "order_service", True),
        ("Cancel.", "order_service", False),
        ("Cancel.", "feedback", True),
        ("Stop.", "inbound", False),
    ],
)
def test_a_bare_word_ends_the_calls_in_a_call_of_ours_unless_it_is_about_the_order(
    text: str, purpose: str, wants: bool
) -> None:
    state = called_state("customer", Topic.LATE)
    state.phone_hash, state.purpose, state.agent = "hash", purpose, "delivery_tracking"
    if purpose == "inbound":
        state.topic = None
    assert grammar.wants_no_calls(state, text) is wants
