"""`place_order` goes through only for exactly what the caller has heard and agreed to, and then once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlmodel import col

from agents import grammar
from db.models import Order, OrderLine
from domain.call_state import SavedCard
from domain.facts import Ledger
from domain.money import Money
from errors import ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.ordering import agreed, ready
from tests.fakes.payments import FakePayments
from tests.fakes.shop import MARIA, Shop
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.caller import get_customer_profile
from tools.cart import add_to_order, change_order_line, set_allergies
from tools.checkout import place_order, read_back_order, set_delivery_time
from tools.result import Result
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned, shop: Shop) -> Talk:
    talk = await phoned()
    await ready(talk, shop)
    return talk


async def orders(shop: Shop, talk: Talk) -> list[Order]:
    rows = await shop.rows(Order, col(Order.call_id) == talk.state.cart_call_id)
    return [row for row in rows if isinstance(row, Order)]


async def place(talk: Talk, version: int, payment: str = "cash") -> Result:
    return await run(talk.call, place_order, cart_version=version, payment=payment)


async def test_what_was_agreed_to_is_placed_and_told(talk: Talk, shop: Shop) -> None:
    version = await agreed(talk)
    done = await place(talk, version)
    (order,) = await orders(shop, talk)
    assert (done["status"], done["code"], done["minutes"]) == ("placed", order.code, 35)
    assert (order.status, order.cart_version, order.customer_id) == (
        "placed",
        version,
        talk.state.customer_id,
    )
    assert talk.state.orders[done["order"]] == order.id
    assert done["say"].startswith("Your order is placed. Its code is ")
    assert done["say"].endswith("in about 35 minutes.")
    assert {order.code, "placed", "35 minutes"} <= set(talk.state.facts)
    ledger, total = Ledger(talk.state.facts), Money(order.total, order.currency)
    assert ledger.unfounded(f"The total is {total}.") is None
    assert ledger.unfounded(f"Your Spice Route order comes to {total}.") is None
    assert [event["total"] for event in talk.recorded("order.placed")] == [order.total]


async def unread(talk: Talk) -> None:
    """Nothing was read back."""


async def unheard(talk: Talk) -> None:
    await run(talk.call, read_back_order, payment="cash")
    grammar.hear(talk.call, "Yes.")


async def unanswered(talk: Talk) -> None:
    await run(talk.call, read_back_order, payment="cash")
    talk.hear()


async def refused(talk: Talk) -> None:
    await agreed(talk, answer="No.")


async def refused_twice(talk: Talk) -> None:
    await agreed(talk, answer="No no.")
    grammar.hear(talk.call, "Yes.")


async def asked_for_a_change(talk: Talk) -> None:
    await agreed(talk, answer="Yes, but make it three.")


async def asked_back(talk: Talk) -> None:
    await agreed(talk, answer="How long will it take?")


async def changed_the_cart(talk: Talk) -> None:
    await agreed(talk)
    await run(talk.call, change_order_line, line="line-1", quantity=3)


async def changed_the_address(talk: Talk) -> None:
    await agreed(talk)
    await run(talk.call, verify_address, flat="9")


async def changed_the_time(talk: Talk) -> None:
    await agreed(talk)
    await run(talk.call, set_delivery_time, day="today", time="20:00")


async def named_an_allergy(talk: Talk) -> None:
    await agreed(talk)
    await run(talk.call, set_allergies, allergens=["peanut"])


async def read_for_a_card(talk: Talk) -> None:
    await agreed(talk, "card-1")


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (unread, "not read back"),
        (unheard, "has not heard the read-back to its end"),
        (unanswered, "has not answered yet"),
        (refused, "not read back"),
        (refused_twice, "not read back"),
        (asked_for_a_change, "not read back"),
        (asked_back, "did not agree"),
        (changed_the_cart, "not read back"),
        (changed_the_address, "not read back"),
        (changed_the_time, "not read back"),
        (named_an_allergy, "not read back"),
        (read_for_a_card, "Something changed"),
    ],
)
async def test_without_a_heard_yes_to_exactly_this_nothing_is_placed(
    talk: Talk, shop: Shop, cards: FakePayments, before: Callable[[Talk], Awaitable[None]], says: str
) -> None:
    await before(talk)
    with pytest.raises(ToolError, match=says):
        await place(talk, talk.state.cart.version)
    assert await orders(shop, talk) == []
    assert cards.keys == []


@pytest.mark.parametrize("off", [-1, 1, 7])
async def test_another_version_is_refused(talk: Talk, shop: Shop, off: int) -> None:
    version = await agreed(talk)
    with pytest.raises(ToolError, match=f"it is version {version} now"):
        await place(talk, version + off)
    assert await orders(shop, talk) == []


@pytest.mark.parametrize("payment", ["card-1", "card-9", "pm_card_visa", "Cash"])
async def test_another_payment_than_the_one_read_is_refused(talk: Talk, shop: Shop, payment: str) -> None:
    version = await agreed(talk)
    with pytest.raises(ToolError):
        await place(talk, version, payment)
    assert await orders(shop, talk) == []


async def test_somebody_elses_card_cannot_be_charged(
    talk: Talk, shop: Shop, phoned: Phoned, cards: FakePayments
) -> None:
    maria = await phoned(MARIA)
    await run(maria.call, get_customer_profile)
    stolen = maria.state.cards["card-1"]
    talk.state.cards["card-1"] = SavedCard(id=stolen.id, spoken=stolen.spoken)
    version = await agreed(talk, "card-1")
    question = asked(talk.call, place_order, {"cart_version": version, "payment": "card-1"})
    await handle(place_order, question.params)
    assert "offer cash" in question.result["error"]
    assert cards.keys == []


async def test_a_price_that_changed_after_the_read_back_needs_another_one(talk: Talk, shop: Shop) -> None:
    version = await agreed(talk)
    talk.call.market = talk.call.market.model_copy(update={"platform_fee": 500})
    with pytest.raises(ToolError, match="Something changed since the read-back"):
        await place(talk, version)


async def test_two_calls_of_the_model_at_once_place_one_order(
    talk: Talk, shop: Shop, cards: FakePayments
) -> None:
    version = await agreed(talk, "card-1")
    both = [asked(talk.call, place_order, {"cart_version": version, "payment": "card-1"}) for _ in range(2)]
    await asyncio.gather(*(handle(place_order, question.params) for question in both))
    assert both[0].result == both[1].result
    assert both[0].result["status"] == "placed"
    assert (len(await orders(shop, talk)), len(cards.held), len(cards.keys)) == (1, 1, 1)


async def test_asking_again_tells_the_same_order(talk: Talk, shop: Shop) -> None:
    version = await agreed(talk)
    first, second = [await place(talk, version) for _ in range(2)]
    assert first["code"] == second["code"]
    talk.call.effects.clear()  # another process has taken the call over
    again = await place(talk, version)
    assert (again["status"], again["code"]) == ("placed", first["code"])
    assert len(await orders(shop, talk)) == 1


async def test_no_database_connection_is_held_while_the_bank_is_asked(
    talk: Talk, cards: FakePayments
) -> None:
    await place(talk, await agreed(talk, "card-1"), "card-1")
    assert cards.open_while_asked == [0]


async def test_a_declined_card_is_named_with_what_else_there_is(
    talk: Talk, shop: Shop, cards: FakePayments
) -> None:
    version = await agreed(talk, "card-2")
    found = await place(talk, version, "card-2")
    assert found["status"] == "declined"
    assert found["cards"] == [{"card": "card-1", "spoken": "Visa ending in 4242"}]
    assert "Mastercard ending in 0002 was declined" in found["say"]
    with pytest.raises(ToolError, match="was declined in this call"):
        await read_back_order(talk.call, payment="card-2")
    done = await place(talk, await agreed(talk, "card-1"), "card-1")
    (order,) = await orders(shop, talk)
    assert (done["code"], order.payment_status, len(cards.held)) == (order.code, "authorised", 1)


async def test_an_unknown_outcome_is_found_out_by_the_same_call(
    talk: Talk, shop: Shop, cards: FakePayments
) -> None:
    cards.script = ["lost"]
    version = await agreed(talk, "card-1")
    with pytest.raises(ToolError, match="not placed yet, and call place_order again with the same"):
        await place(talk, version, "card-1")
    done = await place(talk, version, "card-1")
    (order,) = await orders(shop, talk)
    assert (done["code"], order.status, len(cards.held)) == (order.code, "placed", 1)


async def test_what_is_placed_is_not_ordered_again_with_the_next_dish(talk: Talk, shop: Shop) -> None:
    await place(talk, await agreed(talk))
    assert talk.state.cart.lines == []
    await run(talk.call, add_to_order, dish=talk.offer(await shop.dish("Paneer Tikka")), quantity=2)
    await run(talk.call, change_order_line, line="line-2", size="full", choices=["mild"])
    await place(talk, await agreed(talk))
    first, second = await orders(shop, talk)
    lines = await shop.rows(OrderLine, col(OrderLine.order_id) == second.id)
    assert [line.name for line in lines if isinstance(line, OrderLine)] == ["Paneer Tikka"]
    assert (first.status, second.status) == ("placed", "placed")
    assert second.cart_version > first.cart_version


async def test_an_order_for_later_is_scheduled_and_told_so(talk: Talk, shop: Shop) -> None:
    await run(talk.call, set_delivery_time, day="today", time="20:00")
    done = await place(talk, await agreed(talk))
    (order,) = await orders(shop, talk)
    assert order.status == "scheduled"
    assert done["say"].endswith("It comes today at 8 pm.")
    (call,) = [job for job in await shop.jobs(order.id) if job.kind == "restaurant.announce"]
    assert order.wanted_at is not None
    assert call.due_at == order.wanted_at - timedelta(minutes=35 + 10)


async def test_a_dish_that_sold_out_after_the_read_back_is_told(talk: Talk, shop: Shop) -> None:
    version = await agreed(talk)
    await shop.set_item(await shop.dish("Dal Tadka"), available=False)
    question = asked(talk.call, place_order, {"cart_version": version, "payment": "cash"})
    await handle(place_order, question.params)
    assert question.result["error"].startswith("Dal Tadka has just sold out")
