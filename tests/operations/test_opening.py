"""Who answers a call: facts decide before the first word, and what they decided is kept."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from db.live_calls import LiveCalls
from db.models import AgentTransition, CallRow, Driver, Order, Restaurant
from db.redis import open_redis
from db.types import held
from domain import routing
from domain.call_state import CallState
from domain.ids import new_id
from operations import profiles, resuming
from operations.opening import Start, Stores, open_conversation
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, Shop
from tests.operations.test_placing import placed

pytestmark = pytest.mark.db


async def called(shop: Shop, phone: str | None) -> Start:
    """A call from a number is answered."""
    state = await shop.caller(phone)
    async with shop.transaction() as session:
        (await session.get_one(CallRow, state.call_id)).customer_id = state.customer_id
    redis = await open_redis(None)
    try:
        stores = Stores(shop.sessions, LiveCalls(redis), shop.clock)
        return await open_conversation(stores, state.call_id, "eval")
    finally:
        await redis.aclose()


async def first(shop: Shop, start: Start) -> AgentTransition:
    (row,) = await shop.rows(AgentTransition, col(AgentTransition.call_id) == start.state.call_id)
    assert isinstance(row, AgentTransition)
    return row


async def test_a_known_customer_without_an_order_reaches_the_order_agent(shop: Shop) -> None:
    start = await called(shop, ASHA)
    row = await first(shop, start)
    assert (start.state.agent, row.from_agent, row.to_agent) == ("customer_order", None, "customer_order")
    assert start.greeting.question.endswith("And what can I get you?")


async def test_a_customer_whose_order_is_on_its_way_reaches_tracking_and_an_open_question(
    shop: Shop, cards: FakePayments
) -> None:
    await placed(shop, cards, await shop.hungry())
    start = await called(shop, ASHA)
    assert (start.state.agent, (await first(shop, start)).to_agent) == (
        "delivery_tracking",
        "delivery_tracking",
    )
    assert start.greeting.question.endswith("And how can I help?")
    assert "order is on its way" in (await first(shop, start)).reason


@pytest.mark.parametrize("end", ["delivered", "cancelled", "old"])
async def test_an_order_that_is_over_or_old_does_not_decide(
    shop: Shop, cards: FakePayments, end: str
) -> None:
    done = await placed(shop, cards, await shop.hungry())
    if end == "old":
        shop.clock.advance(routing.CALLED_ABOUT + timedelta(minutes=1))
    else:
        async with shop.transaction() as session:
            (await session.get_one(Order, done.id)).status = end
    assert (await called(shop, ASHA)).state.agent == "customer_order"


async def test_a_customer_who_speaks_hindi_is_greeted_in_hindi_and_asked_in_it(shop: Shop) -> None:
    await prefers(shop, "hi")
    start = await called(shop, ASHA)
    assert start.greeting.notice == "मैं टिफ़िन की एआई असिस्टेंट हूँ। यह कॉल लिखी जा रही है।"
    assert start.greeting.question == "क्या इसे रिकॉर्ड भी कर लूँ? और आज क्या मँगवाएँगे?"
    assert (start.state.language, start.state.asked_in, start.greeting.asks_recording) == ("hi", "hi", True)


async def prefers(shop: Shop, language: str) -> None:
    """What Asha asked to be spoken to in, in an earlier call."""
    state = await shop.caller(ASHA)
    assert state.customer_id
    async with shop.transaction() as session:
        await profiles.prefers_language(session, state.customer_id, language)


async def test_a_withheld_number_reaches_the_order_agent(shop: Shop) -> None:
    assert (await called(shop, None)).state.agent == "customer_order"


async def test_a_kitchens_telephone_reaches_the_agent_for_kitchens(shop: Shop) -> None:
    async with shop.sessions() as session:
        kitchen = (await session.scalars(select(Restaurant).where(col(Restaurant.market) == "US"))).first()
    assert kitchen is not None
    start = await called(shop, kitchen.phone)
    state = start.state
    assert (state.agent, state.caller, state.kitchen_id) == (
        "restaurant_coordination",
        "restaurant",
        kitchen.id,
    )
    assert start.greeting.text == "Tiffin's AI. How can I help the kitchen?"
    assert not start.greeting.asks_recording
    assert state.customer_id is None


async def test_a_drivers_telephone_reaches_the_agent_for_drivers(shop: Shop) -> None:
    async with shop.sessions() as session:
        driver = (await session.scalars(select(Driver).where(col(Driver.market) == "US"))).first()
    assert driver is not None
    start = await called(shop, driver.phone)
    assert (start.state.agent, start.state.caller, start.state.driver_id) == (
        "driver_assignment",
        "driver",
        driver.id,
    )
    assert (start.greeting.text, start.state.recording_asked) == ("Tiffin's AI. How can I help?", False)


async def going_on(shop: Shop, state: CallState) -> Start:
    """A call that was dropped with this state, and made again."""
    state.version = 1
    async with shop.transaction() as session:
        await resuming.keep(session, state, shop.clock.now())
    again = new_id()
    async with shop.transaction() as session:
        old = await session.get_one(CallRow, state.call_id)
        old.answered_at = shop.clock.now()
        session.add(
            CallRow(
                id=again,
                sid="CAagain",
                channel="eval",
                market="US",
                line=old.line,
                phone=ASHA,
                phone_hash=held().phone_hash(ASHA),
                customer_id=state.customer_id,
                started_at=shop.clock.now(),
            )
        )
    redis = await open_redis(None)
    try:
        return await open_conversation(Stores(shop.sessions, LiveCalls(redis), shop.clock), again, "eval")
    finally:
        await redis.aclose()


async def test_a_call_that_goes_on_keeps_its_agent(shop: Shop) -> None:
    state = await shop.hungry()
    state.agent = "customer_support"
    start = await going_on(shop, state)
    assert (start.state.agent, start.state.cart.lines[0].dish.name) == ("customer_support", "Dal Tadka")


async def test_a_call_that_goes_on_tells_what_waits_in_the_language_it_was_held_in(shop: Shop) -> None:
    state = await shop.hungry()
    state.language = "hi"
    greeting = (await going_on(shop, state)).greeting
    assert greeting.notice == "टिफ़िन की एआई असिस्टेंट, फिर से स्वागत है। यह कॉल लिखी जा रही है।"
    assert greeting.question.startswith("अब तक यह लिखा है: दो full Dal Tadka। ")
    assert greeting.plain.question.startswith("आपका ऑर्डर मेरे पास है।")
