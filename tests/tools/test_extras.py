"""A tip and a note: what the caller named, bounded, read back, and gone with the order they were for."""

import pytest
from sqlmodel import col

from db.models import Order
from errors import ToolError
from tests.fakes.call import Talk, run
from tests.fakes.ordering import agreed, ready
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import bill
from tests.tools.conftest import Phoned
from tools.checkout import calculate_total, place_order, read_back_order
from tools.extras import set_order_note, set_tip

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return await phoned()


async def placed(talk: Talk, shop: Shop) -> Order:
    await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
    (row,) = await shop.rows(Order, col(Order.id) == talk.state.placed[-1].id)
    assert isinstance(row, Order)
    return row


async def test_a_tip_is_on_the_bill_read_back_and_paid(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    before = talk.state.cart.version
    plain = await run(talk.call, calculate_total)
    told = await run(talk.call, set_tip, tip="two dollars")
    assert (told["say"], told["cart_version"]) == ("With a tip of two dollars, then.", before + 1)
    total = await run(talk.call, calculate_total)
    assert {"what": "tip", "amount": "$2.00"} in total["lines"]
    assert float(total["total"][1:]) == pytest.approx(float(plain["total"][1:]) + 2)
    order = await placed(talk, shop)
    assert "With a tip of two dollars. With everything," in talk.line.said[0][0]
    assert (await bill(shop, order.id))["tip"] == 200
    assert talk.state.tip == 0


async def test_without_a_tip_none_is_spoken_of(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, set_tip, tip="2")
    assert (await run(talk.call, set_tip, tip="0"))["say"] == "No tip, then."
    order = await placed(talk, shop)
    assert "tip" not in talk.line.said[0][0]
    assert "tip" not in await bill(shop, order.id)


@pytest.mark.parametrize(
    ("tip", "says"),
    [("50 dollars 1 cent", r"up to \$50\.00"), ("a million dollars", "ask"), ("ten percent", "Ask how much")],
)
async def test_a_tip_that_will_not_do_changes_nothing(talk: Talk, shop: Shop, tip: str, says: str) -> None:
    version = await ready(talk, shop)
    with pytest.raises(ToolError, match=f"(?i){says}"):
        await set_tip(talk.call, tip=tip)
    assert (talk.state.tip, talk.state.cart.version) == (0, version)


async def test_a_tip_after_the_read_back_makes_it_worthless(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    version = await agreed(talk)
    await run(talk.call, set_tip, tip="two dollars")
    with pytest.raises(ToolError, match="has changed"):
        await place_order(talk.call, cart_version=version, payment="cash")


def test_every_market_says_how_much_is_possible() -> None:
    assert {code: market.tip_most for code, market in MARKETS.items()} == {"IN": 50000, "US": 5000}


async def test_a_note_is_read_back_and_goes_with_the_order_only(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, set_order_note, note="no cutlery please")
    order = await placed(talk, shop)
    assert "And this is passed on: no cutlery please." in talk.line.said[0][0]
    assert (order.note, talk.state.order_note) == ("no cutlery please", None)


async def test_a_note_that_is_taken_back_is_not_read(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, set_order_note, note="no cutlery please")
    await run(talk.call, set_order_note, note=" ")
    await read_back_order(talk.call, payment="cash")
    assert talk.state.order_note is None
