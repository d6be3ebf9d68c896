"""The caller speaks while the card is being charged: one outcome, told once known, paid once."""

import asyncio

import pytest
from sqlmodel import col

from db.models import Order, OrderLine
from errors import Conflict, ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.ordering import agreed, ready
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.tools.conftest import Phoned
from tools.caller import not_this_person
from tools.cart import add_to_order, change_order_line
from tools.checkout import place_order
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


async def test_a_barge_in_during_the_charge_places_the_order_and_tells_of_it(
    talk: Talk, shop: Shop, cards: FakePayments
) -> None:
    version = await agreed(talk, "card-1")
    cards.gate.clear()
    question = asked(talk.call, place_order, {"cart_version": version, "payment": "card-1"})
    handler = asyncio.create_task(handle(place_order, question.params))
    await cards.asked.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    cards.gate.set()
    await asyncio.wait(talk.call.effects.values())
    (order,) = await orders(shop, talk)
    assert (order.status, question.results) == ("placed", [])
    (note,) = question.notes
    assert order.code in note["content"]
    assert (await place(talk, version, "card-1"))["code"] == order.code
    assert len(cards.keys) == 1


async def test_a_barge_in_that_changes_the_order_does_not_pay_for_both(
    talk: Talk, shop: Shop, cards: FakePayments
) -> None:
    version = await agreed(talk, "card-1")
    cards.gate.clear()
    charge = asyncio.create_task(place(talk, version, "card-1"))
    await cards.asked.wait()
    await run(talk.call, change_order_line, line="line-1", quantity=3)
    cards.asked.clear()
    other = asyncio.create_task(place(talk, await agreed(talk, "cash"), "cash"))
    await cards.asked.wait()
    cards.gate.set()
    with pytest.raises(Conflict, match="changed while it was being paid"):
        await charge
    later = await other
    old, new = await orders(shop, talk)
    assert (old.status, new.status, new.code) == ("cancelled", "placed", later["code"])
    assert cards.held == {}


@pytest.mark.parametrize("refused", [False, True])
async def test_a_card_is_let_go_when_the_caller_turns_out_to_be_somebody_else(
    talk: Talk, shop: Shop, cards: FakePayments, refused: bool
) -> None:
    version = await agreed(talk, "card-1")
    if refused:
        cards.declines = True
    cards.gate.clear()
    charge = asyncio.create_task(place(talk, version, "card-1"))
    await cards.asked.wait()
    await run(talk.call, not_this_person)
    cards.gate.set()
    with pytest.raises(ToolError, match="not the person this number belongs to"):
        await charge
    (order,) = await orders(shop, talk)
    assert (order.status, order.placed_at, cards.held) == ("awaiting_payment", None, {})
    assert (talk.state.placed, talk.state.orders) == ([], {})


async def test_a_dish_that_was_added_is_told_though_the_caller_spoke_into_it(talk: Talk) -> None:
    handle_of = next(iter(talk.state.dishes))
    question = asked(talk.call, add_to_order, {"dish": handle_of, "quantity": 1})
    saved = asyncio.Event()
    talk.call.changed = lambda _: saved.set()
    handler = asyncio.create_task(handle(add_to_order, question.params))
    await saved.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    (note,) = question.notes
    assert (f'"cart_version": {talk.state.cart.version}' in note["content"], question.results) == (True, [])


async def test_a_dish_added_while_the_order_is_being_placed_is_not_in_it(talk: Talk, shop: Shop) -> None:
    version = await agreed(talk)
    before = [line.dish.name for line in talk.state.cart.lines]
    talk.state.customer_id = None  # a new caller: placing has to write their row first
    handle_of = next(iter(talk.state.dishes))
    placing = asyncio.create_task(place(talk, version))
    await run(talk.call, add_to_order, dish=handle_of, quantity=3, note="extra hot")
    await asyncio.wait([placing])
    for order in await orders(shop, talk):
        lines = await shop.rows(OrderLine, col(OrderLine.order_id) == order.id)
        assert sorted(line.name for line in lines if isinstance(line, OrderLine)) == sorted(before)
    assert any(line.note == "extra hot" for line in talk.state.cart.lines)
