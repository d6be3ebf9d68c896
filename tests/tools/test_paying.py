"""A link is offered where it can be texted, said as what it is, and never as paid."""

from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Order, PaymentLink
from errors import ToolError
from operations import link_ends
from tests.fakes.call import Talk, run
from tests.fakes.links import FakeLinks
from tests.fakes.ordering import agreed
from tests.fakes.shop import ROHAN, Shop
from tests.fakes.telephony import FakeTelephony
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.caller import get_customer_profile
from tools.cart import add_to_order
from tools.checkout import place_order, read_back_order
from tools.paying_again import pay_order
from tools.result import Result

pytestmark = pytest.mark.db
KITCHEN = "Spice Route, Lake View"


@pytest.fixture
def maker() -> FakeLinks:
    return FakeLinks()


@pytest.fixture
def telephony() -> FakeTelephony:
    return FakeTelephony()


@pytest.fixture
async def talk(phoned: Phoned, shop: Shop, maker: FakeLinks, telephony: FakeTelephony) -> Talk:
    """Noon in India: a known caller with a full cart, the address said."""
    shop.clock.advance(timedelta(hours=12))
    talk = await phoned(ROHAN, "IN", takes_cards=False)
    talk.call.links, talk.call.outgoing = maker, telephony.outgoing()
    profile = await run(talk.call, get_customer_profile)
    assert profile["links"] is True
    found = await shop.dish("Dal Tadka", KITCHEN)
    size = found.sizes[-1].name if found.sizes else None
    await run(talk.call, add_to_order, dish=talk.offer(found), quantity=2, size=size)
    await run(talk.call, verify_address, saved=profile["addresses"][0]["address"])
    return talk


async def place(talk: Talk) -> Result:
    version = await agreed(talk, "link")
    return await run(talk.call, place_order, cart_version=version, payment="link")


async def order_of(shop: Shop, talk: Talk) -> Order:
    (row,) = await shop.rows(Order, col(Order.call_id) == talk.state.cart_call_id)
    assert isinstance(row, Order)
    return row


async def test_the_link_is_texted_by_the_provider_and_nothing_is_called_placed_or_paid(
    talk: Talk, shop: Shop, maker: FakeLinks, telephony: FakeTelephony
) -> None:
    done = await place(talk)
    order = await order_of(shop, talk)
    assert (done["status"], order.status, maker.texted) == ("link_sent", "awaiting_payment", ["plink_1"])
    assert telephony.texts == [], "no sender of ours is registered in India"
    assert done["say"].startswith("A text with a payment link for ")
    assert "it holds for ten minutes" in done["say"]
    assert "placed" not in talk.state.facts
    assert "placed" not in done["say"]
    assert talk.recorded("order.placed") == []
    assert (talk.state.cart.lines, talk.state.orders[done["order"]]) == ([], order.id)


async def test_where_we_may_text_it_is_our_own_text(
    talk: Talk, maker: FakeLinks, telephony: FakeTelephony, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.call.market = talk.call.market.model_copy(update={"link_text": "ours"})
    with pytest.raises(ToolError, match="No payment link can be texted"):
        await run(talk.call, read_back_order, payment="link")
    talk.call.phone = "+15125550119"
    done = await place(talk)
    ((number, text, _),) = telephony.texts
    assert (number, maker.texted) == ("+15125550119", [])
    assert "https://rzp.test/plink_1" in text
    assert len(text) <= 160
    assert done["say"].startswith("I've texted you a payment link for ")


async def test_asked_again_it_says_how_it_stands(talk: Talk, shop: Shop, maker: FakeLinks) -> None:
    done = await place(talk)
    version = talk.state.placed[0].cart_version
    again = await place_order(talk.call, cart_version=version, payment="link")
    assert isinstance(again, dict)
    assert again == done, "the first outcome stands"
    talk.call.effects.clear()  # as another process, or a call that goes on, would see it
    waits = await run(talk.call, place_order, cart_version=version, payment="link")
    assert (waits["status"], len(maker.links)) == ("waits_for_payment", 1)
    maker.pay("plink_1")
    await end(shop, maker)
    talk.call.effects.clear()
    assert (await run(talk.call, place_order, cart_version=version, payment="link"))["status"] == "placed"


async def end(shop: Shop, maker: FakeLinks) -> None:
    (*_, row) = await shop.rows(PaymentLink)
    assert isinstance(row, PaymentLink)
    await link_ends.end(shop.transaction, maker, shop.clock, row.id)


async def test_without_a_way_to_text_there_is_no_link(talk: Talk, maker: FakeLinks) -> None:
    talk.call.outgoing = None
    with pytest.raises(ToolError, match="Offer a saved card, or cash"):
        await run(talk.call, read_back_order, payment="link")


async def test_who_is_not_the_numbers_owner_gets_no_link(talk: Talk) -> None:
    talk.state.denied = True
    with pytest.raises(ToolError, match="No payment link can be texted"):
        await run(talk.call, read_back_order, payment="link")


async def test_without_an_answer_nothing_is_said_to_be_sent(talk: Talk, maker: FakeLinks) -> None:
    maker.script = ["lost"]
    with pytest.raises(ToolError, match="call place_order again"):
        await place(talk)
    done = await place_order(talk.call, cart_version=talk.state.cart.version, payment="link")
    assert isinstance(done, dict)
    assert (done["status"], len(maker.links), maker.texted) == ("link_sent", 1, ["plink_1"])


async def test_cash_instead(talk: Talk, shop: Shop, maker: FakeLinks) -> None:
    done = await place(talk)
    paid = await run(talk.call, pay_order, order=done["order"], payment="cash")
    order = await order_of(shop, talk)
    assert (paid["status"], order.status, order.payment_status) == ("placed", "placed", "cash_due")
    assert paid["say"].startswith("Your order is placed.")


async def test_the_link_once_more_is_the_same_link(talk: Talk, maker: FakeLinks) -> None:
    done = await place(talk)
    again = await run(talk.call, pay_order, order=done["order"], payment="link")
    assert (again["status"], len(maker.links), maker.texted) == ("link_sent", 1, ["plink_1", "plink_1"])


async def test_a_text_that_was_refused_is_not_said_to_be_sent(
    talk: Talk, maker: FakeLinks, telephony: FakeTelephony
) -> None:
    done = await place(talk)
    maker.script = ["refused"]
    again = await run(talk.call, pay_order, order=done["order"], payment="link")
    assert again["status"] == "link_not_sent"
    assert "offer cash" in again["next"]


async def test_after_it_has_run_out_there_is_another_one(talk: Talk, shop: Shop, maker: FakeLinks) -> None:
    done = await place(talk)
    shop.clock.advance(timedelta(minutes=10))
    await end(shop, maker)
    await run(talk.call, pay_order, order=done["order"], payment="link")
    assert maker.texted == ["plink_1", "plink_2"]


async def test_somebody_elses_order_is_not_paid(talk: Talk, phoned: Phoned, maker: FakeLinks) -> None:
    done = await place(talk)
    other = await phoned("+911000000111", "IN", takes_cards=False)
    other.call.links, other.call.outgoing = maker, talk.call.outgoing
    with pytest.raises(ToolError):
        await run(other.call, pay_order, order=done["order"], payment="cash")
    other.state.orders["order-9"] = talk.state.orders[done["order"]]
    with pytest.raises(ToolError, match="not this caller's"):
        await run(other.call, pay_order, order="order-9", payment="cash")
