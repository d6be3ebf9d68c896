"""Where is my order: the caller's own, as they stand, and nothing of anybody else's."""

import asyncio
from datetime import timedelta

import pytest

from domain.order import OrderStatus as S
from domain.order import PaymentStatus
from domain.speech import say_code
from errors import ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.ordering import agreed, ready
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, BEN, STRANGER, Shop
from tests.fakes.standing import order_of, set_order
from tests.tools.conftest import Phoned
from tools.caller import not_this_person
from tools.checkout import place_order
from tools.orders import confirm_receipt, get_order_status
from tools.result import Result
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return await phoned()


async def newest(talk: Talk) -> Result:
    found: Result = (await run(talk.call, get_order_status))["orders"][0]
    return found


async def test_the_newest_orders_of_this_number_are_told(talk: Talk, shop: Shop) -> None:
    order = await order_of(shop, naan=1)
    found = await run(talk.call, get_order_status)
    assert 1 <= len(found["orders"]) <= 3
    first = found["orders"][0]
    assert first == {
        "order": first["order"],
        "status": "placed",
        "code": say_code(order.code),
        "restaurant": "Spice Route, Old Mill",
        "total": f"${order.total / 100:.2f}",
        "ordered": "today at 12:30 pm",
        "lines": ["2 Dal Tadka (full)", "1 Garlic Naan"],
        "late": False,
        "arrives": "in about 30 to 35 minutes",
        "say": "Your Spice Route order is placed; the restaurant has yet to confirm it. "
        "It should be with you in about 30 to 35 minutes.",
    }
    again = await run(talk.call, get_order_status, order=first["order"])
    assert again["orders"] == [first]
    assert "next" not in again
    assert {first["total"], first["arrives"], order.code} <= set(talk.state.facts)


async def test_handles_stay_the_same_when_a_newer_order_comes(talk: Talk, shop: Shop) -> None:
    await order_of(shop)
    before = await newest(talk)
    shop.clock.advance(timedelta(minutes=1))
    await order_of(shop, quantity=3)
    found = (await run(talk.call, get_order_status))["orders"]
    assert [row["order"] for row in found][1] == before["order"]


async def test_nobody_elses_order_is_ever_shown(talk: Talk, shop: Shop) -> None:
    bens = await order_of(shop, BEN)
    await run(talk.call, get_order_status)
    assert bens.id not in talk.state.orders.values()
    for forged in ("order-1000", str(bens.id)[:20], bens.code):
        for tool in (get_order_status, confirm_receipt):
            question = asked(talk.call, tool, {"order": forged})
            await handle(tool, question.params)
            assert set(question.result) == {"error"}


async def test_a_caller_without_orders_is_offered_one(phoned: Phoned) -> None:
    talk = await phoned(STRANGER)
    found = await run(talk.call, get_order_status)
    assert found["orders"] == []
    assert "offer to take one" in found["next"]


async def test_somebody_else_on_the_line_sees_only_what_they_order_now(talk: Talk, shop: Shop) -> None:
    order = await order_of(shop)
    handle_of = (await newest(talk))["order"]
    await run(talk.call, not_this_person)
    assert (await run(talk.call, get_order_status))["orders"] == []
    for tool in (get_order_status, confirm_receipt):
        with pytest.raises(ToolError, match=f"no {handle_of} in this call"):
            await tool(talk.call, order=handle_of)
    assert order.id not in talk.state.orders.values()


async def test_said_while_the_orders_are_being_read_nothing_is_told(talk: Talk, shop: Shop) -> None:
    await order_of(shop)
    told, _ = await asyncio.gather(run(talk.call, get_order_status), run(talk.call, not_this_person))
    assert (told["orders"], talk.state.orders) == ([], {})


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (S.CONFIRMED, "is confirmed by the restaurant. It should be with you in about 30 to 35 minutes."),
        (S.PREPARING, "is being prepared. It should be with you in about 30 to 35 minutes."),
        (S.READY, "is ready and waits for its rider. It should be with you in about 30 to 35 minutes."),
        (S.PICKED_UP, "is on its way. It should be with you in about 30 to 35 minutes."),
        (S.DELIVERED, "was delivered."),
        (S.REJECTED, "The restaurant could not take your Spice Route order. Nothing is due."),
        (S.CANCELLED, "was cancelled. Nothing is due."),
        (S.FAILED, "could not be delivered. Nothing is due."),
    ],
)
async def test_each_state_is_said_in_its_own_words(talk: Talk, shop: Shop, status: S, says: str) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=status)
    found = await newest(talk)
    assert found["say"].endswith(says)
    assert found["status"] == status.replace("_", " ")
    assert ("arrives" in found) is ("with you" in says)


@pytest.mark.parametrize(
    ("payment", "says"),
    [
        (PaymentStatus.RELEASED, "Nothing was charged."),
        (PaymentStatus.AUTHORISED, "The money held for it has not been let go of yet."),
        (PaymentStatus.UNKNOWN, "What became of the payment is not settled yet."),
        (PaymentStatus.REFUNDED, "The money was given back."),
    ],
)
async def test_an_order_that_came_to_nothing_tells_of_the_money_no_more_than_is_known(
    talk: Talk, shop: Shop, cards: FakePayments, payment: PaymentStatus, says: str
) -> None:
    order = await order_of(shop, cards=cards)
    await set_order(shop, order.id, status=S.CANCELLED, payment_status=payment)
    assert (await newest(talk))["say"] == f"Your Spice Route order was cancelled. {says}"


async def test_a_late_order_is_apologised_for_and_promises_no_new_time(talk: Talk, shop: Shop) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=S.PREPARING)
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))
    handle_of = (await newest(talk))["order"]
    found = await run(talk.call, get_order_status, order=handle_of)
    first = found["orders"][0]
    assert first["say"] == "Your Spice Route order is still being prepared. It is ten minutes late."
    assert (first["late"], "arrives" in first) == (True, False)
    assert "apologise" in found["next"]
    assert "customer_support" in found["next"]


async def test_what_was_placed_a_moment_ago_is_told_under_the_handle_it_got(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    placed = await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
    found = await run(talk.call, get_order_status, order=placed["order"])
    assert [row["order"] for row in found["orders"]] == [placed["order"]]


@pytest.mark.parametrize("status", [S.PICKED_UP, S.DELIVERED])
async def test_an_arrival_is_noted_once(talk: Talk, shop: Shop, status: S) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=status)
    handle_of = (await newest(talk))["order"]
    for _ in range(2):
        done = await run(talk.call, confirm_receipt, order=handle_of)
        assert done == {"status": "noted", "say": "Thank you, I've noted that it arrived."}
        talk.call.effects.clear()  # as in another process
    assert (await shop.events(order.id)).count("receipt.confirmed") == 1


async def test_an_order_that_is_not_out_yet_has_not_arrived(talk: Talk, shop: Shop) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=S.PREPARING)
    handle_of = (await newest(talk))["order"]
    told = await run(talk.call, confirm_receipt, order=handle_of)
    assert told["status"] == "not_out"
    assert told["say"].startswith("By what I have here it isn't out yet. Your Spice Route order is being")
    assert "receipt.confirmed" not in await shop.events(order.id)
    await set_order(shop, order.id, status=S.PICKED_UP)
    assert (await run(talk.call, confirm_receipt, order=handle_of))["status"] == "noted"


async def test_a_late_order_may_have_come_though_nobody_told_us(talk: Talk, shop: Shop) -> None:
    order = await order_of(shop)
    handle_of = (await newest(talk))["order"]
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 6))
    assert (await run(talk.call, confirm_receipt, order=handle_of))["status"] == "noted"


async def test_a_handle_does_not_open_somebody_elses_order(talk: Talk, shop: Shop) -> None:
    bens = await order_of(shop, BEN)
    talk.state.orders["order-9"] = bens.id
    with pytest.raises(ToolError, match="not this caller's"):
        await confirm_receipt(talk.call, order="order-9")
    assert "receipt.confirmed" not in await shop.events(bens.id)
    assert talk.state.customer_id != bens.customer_id
    assert (await shop.caller(ASHA)).customer_id == talk.state.customer_id
