"""What is said first in a call that we begin, by what it is about, from the rows; and that it was heard."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from num2words import num2words
from sqlmodel import col, select

from db.live_calls import LiveCalls
from db.models import AgentTransition, Assignment, CallRow, Customer, DialRow, Order, OrderEvent
from db.redis import open_redis
from db.types import held
from domain.call_state import CallState, Level
from domain.calling import Kind
from domain.delivery import AssignmentStatus, counter_number
from domain.dialling import AGENTS, Dialled, Topic, purpose_of
from domain.ids import Prefix, new_id, show
from domain.speech import say_code
from operations import ledger, outgoing, tracking, under_way
from operations.dispatching import CALLED_OFF
from operations.kitchen_queue import ASKED, UNAVAILABLE
from operations.opening import Start, Stores, open_conversation
from tests.fakes.payments import FakePayments
from tests.fakes.riding import LUIS, accepted, cooking, driver, offered, riding
from tests.fakes.shop import ASHA, LINES, Shop
from tests.fakes.standing import as_it_is, last_event, order_of, set_order
from tests.fakes.stove import OLD_MILL
from tests.operations.test_opening import called

pytestmark = pytest.mark.db


@dataclass
class Dial:
    """Somebody we call."""

    kind: Kind
    party: UUID
    phone: str = ASHA


async def row_of(
    shop: Shop, topic: Topic, dial: Dial, order_id: UUID | None = None, channel: str = "eval"
) -> CallRow:
    """The rows of a call of ours that somebody picks up."""
    line, _ = LINES["US"]
    call = CallRow(
        id=new_id(),
        sid=f"CA{new_id().hex}",
        channel=channel,
        direction="outbound",
        market="US",
        line=line,
        phone=dial.phone,
        phone_hash=held().phone_hash(dial.phone),
        customer_id=dial.party if dial.kind is Kind.CUSTOMER else None,
        purpose=purpose_of(topic),
        agent=AGENTS[topic],
        started_at=shop.clock.now(),
    )
    async with shop.transaction() as session:
        session.add(call)
        await session.flush()
        session.add(
            DialRow(
                job_key=f"test:{call.id}",
                topic=topic,
                purpose=purpose_of(topic),
                party_kind=dial.kind,
                party_id=dial.party,
                order_id=order_id,
                line=line,
                status=Dialled.ANSWERED,
                sid=call.sid,
                call_id=call.id,
                asked_at=shop.clock.now(),
                asked_real=shop.clock.now(),
            )
        )
    return call


async def picked_up(shop: Shop, topic: Topic, dial: Dial, order_id: UUID | None = None) -> Start:
    """They pick up."""
    call = await row_of(shop, topic, dial, order_id)
    redis = await open_redis(None)
    try:
        return await open_conversation(Stores(shop.sessions, LiveCalls(redis), shop.clock), call.id, "eval")
    finally:
        await redis.aclose()


async def hung_up(shop: Shop) -> None:
    """All calls of ours are over."""
    async with shop.transaction() as session:
        for row in await session.scalars(select(DialRow)):
            row.status = Dialled.OVER


async def kitchen(shop: Shop) -> Dial:
    return Dial(Kind.RESTAURANT, await shop.kitchen(OLD_MILL), "+15125550120")


async def luis(shop: Shop) -> Dial:
    return Dial(Kind.DRIVER, await driver(shop, LUIS), LUIS)


async def asha(order: Order) -> Dial:
    return Dial(Kind.CUSTOMER, order.customer_id)


def said(start: Start, language: str = "en") -> str:
    assert start.begun is not None
    return start.begun.opening.to(language).text


async def heard(shop: Shop, state: CallState) -> None:
    """What the call was about was heard to its end."""
    async with shop.transaction() as session:
        await outgoing.heard(session, state, shop.clock.now())


async def test_a_kitchen_hears_how_much_is_ordered(shop: Shop) -> None:
    await order_of(shop)
    start = await picked_up(shop, Topic.ORDERS, await kitchen(shop))
    assert said(start) == "Tiffin's AI. New order, two items. Press 1 to hear it."
    assert said(start, "hi") == "टिफ़िन की एआई। नया ऑर्डर, दो आइटम। सुनने के लिए 1 दबाइए।"
    state = start.state
    assert (state.caller, state.kitchen_id) == ("restaurant", await shop.kitchen(OLD_MILL))
    assert (state.agent, state.purpose, state.recording_asked) == (
        "restaurant_coordination",
        "partner_operations",
        False,
    )


async def test_several_orders_are_counted(shop: Shop) -> None:
    await order_of(shop)
    await order_of(shop, quantity=1)
    start = await picked_up(shop, Topic.ORDERS, await kitchen(shop))
    assert said(start) == "Tiffin's AI. Two new orders. Press 1 to hear them."


async def test_the_first_agents_reason_is_kept(shop: Shop) -> None:
    order = await order_of(shop)
    start = await picked_up(shop, Topic.ORDERS, await kitchen(shop), order.id)
    (row,) = await shop.rows(AgentTransition, col(AgentTransition.call_id) == start.state.call_id)
    assert isinstance(row, AgentTransition)
    assert (row.from_agent, row.to_agent) == (None, "restaurant_coordination")
    assert row.reason == "we called a restaurant about: orders"


async def test_a_kitchen_that_has_answered_meanwhile_is_told_that_it_is_settled(shop: Shop) -> None:
    start = await picked_up(shop, Topic.ORDERS, await kitchen(shop))
    assert start.begun is not None
    assert start.begun.opening.settled
    assert said(start) == "Tiffin's AI. That is settled already, sorry for the call. Goodbye."


async def test_a_kitchen_is_reminded_of_the_dish_and_that_is_noted_once(shop: Shop) -> None:
    order = await cooking(shop)
    start = await picked_up(shop, Topic.REMINDER, await kitchen(shop), order.id)
    assert said(start) == "Tiffin's AI. Pick-up soon: the order with two full dal tadka. Is it ready?"
    await heard(shop, start.state)
    await heard(shop, start.state)
    assert (await shop.events(order.id)).count("kitchen.reminded") == 1


async def test_a_driver_hears_what_is_offered_and_its_pay(shop: Shop) -> None:
    row = await offered(shop, await cooking(shop))
    start = await picked_up(shop, Topic.OFFER, await luis(shop), row.order_id)
    assert start.begun is not None
    assert start.begun.offered is not None
    assert start.begun.offered.assignment.id == row.id
    assert said(start).startswith("Tiffin's AI. Pick up at Spice Route, ")
    assert said(start).endswith(" cents. Yes, or skip?")
    assert (start.state.caller, start.state.driver_id) == ("driver", row.driver_id)


async def test_an_offer_that_has_run_out_is_not_made(shop: Shop) -> None:
    row = await offered(shop, await cooking(shop))
    shop.clock.advance(timedelta(hours=1))
    start = await picked_up(shop, Topic.OFFER, await luis(shop), row.order_id)
    assert start.begun is not None
    assert start.begun.opening.settled


async def told(shop: Shop, order: Order, kind: str) -> OrderEvent:
    event = await last_event(shop, order.id)
    assert event.type == kind
    return event


async def test_a_driver_hears_that_the_food_is_ready_and_that_is_noted(shop: Shop) -> None:
    order = await cooking(shop)
    who = await accepted(shop, order)
    await set_order(shop, order.id, status="ready")
    start = await picked_up(shop, Topic.PICKUP, await luis(shop), order.id)
    number = say_code(counter_number(order.id))
    assert said(start) == f"Tiffin's AI. The food at Spice Route is ready, number {number}."
    await heard(shop, start.state)
    event = await told(shop, order, "driver.told")
    assert (event.data["topic"], event.data["driver"]) == ("pickup", show(Prefix.DRIVER, who.driver_id))


async def test_a_driver_hears_that_it_is_off(shop: Shop) -> None:
    order = await cooking(shop)
    await accepted(shop, order)
    async with shop.transaction() as session:
        row = await session.get_one(Order, order.id, with_for_update=True)
        await under_way.call_off(session, row, shop.clock.now())
    (gone,) = await shop.rows(Assignment, col(Assignment.order_id) == order.id)
    assert isinstance(gone, Assignment)
    assert (gone.status, gone.reason) == (AssignmentStatus.WITHDRAWN, CALLED_OFF)
    shop.clock.advance(timedelta(minutes=1))
    start = await picked_up(shop, Topic.OFF, await luis(shop), order.id)
    number = say_code(counter_number(order.id))
    assert said(start) == (
        f"Tiffin's AI. The delivery from Spice Route, number {number}, is called off. Nothing is to be done."
    )


async def test_a_driver_hears_the_new_door_or_the_note(shop: Shop) -> None:
    order = await cooking(shop)
    await accepted(shop, order)
    await set_order(shop, order.id, note="Leave it at the gate and ring +1 512 555 0110.")
    start = await picked_up(shop, Topic.MOVED, await luis(shop), order.id)
    assert said(start) == ("Tiffin's AI. A note for the Spice Route delivery: Leave it at the gate and ring.")
    await hung_up(shop)
    async with shop.transaction() as session:
        row = await session.get_one(Order, order.id, with_for_update=True)
        await under_way.moved(session, row, None, 1, shop.clock.now())
    start = await picked_up(shop, Topic.MOVED, await luis(shop), order.id)
    assert said(start).startswith("Tiffin's AI. The Spice Route delivery now goes to ")
    await heard(shop, start.state)
    assert (await told(shop, order, "driver.told")).data["topic"] == "moved"


async def test_a_driver_who_does_not_move_is_asked(shop: Shop) -> None:
    order = await cooking(shop)
    await accepted(shop, order)
    start = await picked_up(shop, Topic.WHERE, await luis(shop), order.id)
    assert said(start) == (
        "Tiffin's AI. You have not moved for a while with the Spice Route delivery. Is everything all right?"
    )


async def test_a_customer_is_told_by_name_how_late_it_is_and_nothing_else_of_them(shop: Shop) -> None:
    order = await cooking(shop)
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))
    start = await picked_up(shop, Topic.LATE, await asha(order), order.id)
    behind = num2words(round((await seen_behind(shop, order)) / 5) * 5)
    assert said(start) == (
        f"Asha, Tiffin's AI assistant: your Spice Route order is {behind} minutes late. "
        "Press 9 or say stop calling to end these calls."
    )
    assert "9 दबाइए" in said(start, "hi")
    state = start.state
    assert (state.level, state.customer_id, state.agent) == (
        Level.NOBODY,
        order.customer_id,
        "delivery_tracking",
    )
    assert (list(state.orders.values()), state.about_order) == ([order.id], order.id)
    await heard(shop, state)
    assert (await as_it_is(shop, order.id)).told_late_at == shop.clock.now()
    assert (await told(shop, order, "customer.told")).data["topic"] == "late"


async def seen_behind(shop: Shop, order: Order) -> float:
    """Minutes."""
    async with shop.sessions() as session:
        (seen,) = await tracking.look(session, {order.id}, 1)
    return seen.progress.behind(shop.clock.now()).total_seconds() / 60


async def test_a_customer_whose_food_has_come_meanwhile_is_told_that_it_is_settled(shop: Shop) -> None:
    order = await cooking(shop)
    await set_order(shop, order.id, status="delivered", delivered_at=shop.clock.now())
    start = await picked_up(shop, Topic.LATE, await asha(order), order.id)
    assert start.begun is not None
    assert start.begun.opening.settled


async def test_a_customer_is_asked_about_what_has_run_out(shop: Shop) -> None:
    order = await order_of(shop, naan=1)
    async with shop.transaction() as session:
        row = await session.get_one(Order, order.id, with_for_update=True)
        await ledger.event(session, row, UNAVAILABLE, shop.clock.now(), line=1, item="x", outcome=ASKED)
    start = await picked_up(shop, Topic.SUBSTITUTE, await asha(order), order.id)
    assert said(start).startswith("Asha, Tiffin's AI assistant: Spice Route has run out of ")
    assert said(start).endswith("What instead?")
    assert start.state.agent == "customer_support"


async def test_a_customer_hears_that_nothing_is_cooked_and_what_becomes_of_the_money(
    shop: Shop, cards: FakePayments
) -> None:
    order = await order_of(shop, cards=cards)
    await set_order(shop, order.id, status="rejected", payment_status="released")
    start = await picked_up(shop, Topic.REJECTED, await asha(order), order.id)
    assert said(start).startswith(
        "Asha, Tiffin's AI assistant: sorry, your Spice Route order is off. Nothing was charged."
    )
    await heard(shop, start.state)
    assert (await told(shop, order, "customer.told")).data["topic"] == "rejected"


@pytest.mark.parametrize("outcome", ["removed", "substituted"])
async def test_a_customer_hears_what_the_kitchen_changed(shop: Shop, outcome: str) -> None:
    order = await cooking(shop)
    naan, dal = await shop.dish("Garlic Naan"), await shop.dish("Dal Tadka")
    async with shop.transaction() as session:
        row = await session.get_one(Order, order.id, with_for_update=True)
        more = {"line": 1, "item": str(naan.id), "outcome": outcome, "instead": str(dal.id)}
        await ledger.event(session, row, UNAVAILABLE, shop.clock.now(), **more)
    start = await picked_up(shop, Topic.CHANGED, await asha(order), order.id)
    what = "the garlic naan is left out" if outcome == "removed" else "dal tadka instead of garlic naan"
    assert said(start).startswith(f"Asha, Tiffin's AI assistant: Spice Route changed your order: {what}. ")


async def test_a_customer_hears_that_somebody_is_at_the_door(shop: Shop) -> None:
    order = await cooking(shop)
    await riding(shop, order)
    start = await picked_up(shop, Topic.AT_DOOR, await asha(order), order.id)
    assert "your Spice Route order is at the door." in said(start)
    assert said(start).endswith("Can you open?")


async def test_a_customer_hears_that_a_link_has_run_out(shop: Shop) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status="awaiting_payment")
    start = await picked_up(shop, Topic.PAYMENT, await asha(order), order.id)
    assert "your Spice Route payment link has run out." in said(start)
    assert start.state.agent == "customer_order"


@pytest.mark.parametrize(("hours", "meal"), [(2, "your Spice Route order"), (20, "last night's order")])
async def test_a_customer_is_asked_how_it_was(shop: Shop, hours: int, meal: str) -> None:
    order = await cooking(shop)
    came = shop.clock.now() if hours == 2 else shop.clock.now().replace(hour=2) + timedelta(days=1)
    await set_order(shop, order.id, status="delivered", delivered_at=came)
    shop.clock.advance(came - shop.clock.now() + timedelta(hours=hours if hours == 2 else 16))
    start = await picked_up(shop, Topic.FEEDBACK, await asha(order), order.id)
    assert said(start) == (
        f"Hi Asha, Tiffin's AI assistant. Press 9 or say stop calling to opt out. How was {meal}?"
    )
    assert start.state.purpose == "feedback"
    await heard(shop, start.state)
    assert (await told(shop, order, "customer.told")).data["topic"] == "feedback"


async def test_a_customer_who_asked_for_hindi_is_called_in_hindi(shop: Shop) -> None:
    order = await cooking(shop)
    async with shop.transaction() as session:
        (await session.get_one(Customer, order.customer_id)).language = "hi"
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))
    start = await picked_up(shop, Topic.LATE, await asha(order), order.id)
    assert start.state.language == "hi"
    assert said(start, "hi").startswith("Asha जी, टिफ़िन की एआई असिस्टेंट: आपका Spice Route ऑर्डर ")


async def test_an_offer_and_a_kitchens_orders_are_noted_by_themselves(shop: Shop) -> None:
    order = await order_of(shop)
    before = await shop.events(order.id)
    start = await picked_up(shop, Topic.ORDERS, await kitchen(shop), order.id)
    await heard(shop, start.state)
    assert await shop.events(order.id) == before


async def test_what_we_called_about_is_no_call_that_a_caller_goes_on_with(shop: Shop) -> None:
    """A call of ours that broke off leaves nothing to a call that comes in from that number."""
    order = await cooking(shop)
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))
    await picked_up(shop, Topic.LATE, await asha(order), order.id)
    assert (await called(shop, ASHA)).state.topic is None
    async with shop.sessions() as session:
        calls = await session.scalars(select(CallRow.resumed_from))
    assert set(calls) == {None}
