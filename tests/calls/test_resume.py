"""A call that breaks off goes on where it stood: the same cart, exactly one order, exactly one charge."""

import pytest

from domain.money import Money
from tests.calls.phone_client import House
from tests.calls.test_hostile import ordering

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

TOM = "+15125550115"
MARIA = "+15125550112"
CHECKOUT = {
    "deliver to": "Yes please.",
    "cash at the door": "Yes cash is fine.",
    "shall i place it": "Yes please.",
    "with that": "No thank you.",
    "anything else": "No that's all.",
}


async def test_a_call_that_breaks_off_twice_ends_in_one_order(house: House) -> None:
    """First the server is killed, then the network loses the call, then the caller goes on in another one."""
    ordering_two = {"name": "breaks_off", "from": TOM, "opening": "No thanks, two chana masala please."}
    _, first = await house.phone(ordering_two)
    await first.said("anything else")
    await house.crash()
    row = await house.call_row(first.call_id)
    assert (row.ended_at is None, row.outcome) == (False, None)

    more = [{"when": "i still have", "say": "And one garlic naan please.", "times": 1}]
    sid, second = await house.phone({"name": "calls_back", "from": TOM, "answers": more})
    assert "I still have 2 Chana Masala" in (await second.until("call.greeted"))["text"]
    await second.said("anything else")
    await house.drop(sid)
    assert await house.closed(second) == "dropped"

    async with house.chat(TOM) as third:
        assert "I still have 2 Chana Masala and 1 Garlic Naan" in third.told.all("call.greeted")[0]["text"]
        await third.answer("No that's all.", CHECKOUT, "order.placed")
    (order,) = await house.orders(first.call_id)
    assert await house.orders(second.call_id) == await house.orders(third.told.call_id) == []
    assert (order.status, order.total) == ("placed", third.told.all("order.placed")[0]["total"])
    assert await house.lines(order) == [("Chana Masala", None, 2), ("Garlic Naan", None, 1)]
    assert await house.ledger(order) == ["attempted", "cash_due"]
    resumed = [(await house.call_row(call.call_id)).resumed_from for call in (second, third.told)]
    assert resumed == [first.call_id, second.call_id]


async def test_a_call_that_was_ended_is_not_taken_up_again(house: House) -> None:
    async with ordering(house, TOM):
        pass  # says goodbye at the end
    await house.cast("hostile")
    async with house.chat(TOM) as later:
        assert "I still have" not in later.told.all("call.greeted")[0]["text"]
        assert "error" in await later.tool("read_back_order", payment="cash")


async def test_the_server_is_killed_while_a_card_is_charged(house: House) -> None:
    before = len(await house.charges())
    async with ordering(house, MARIA) as first:
        now = await first.read_back("card-1")
        await house.fault("stripe", "delay", seconds=5.0, match="payment_intents")  # our client waits six
        asked = len(await house.seen("stripe"))
        await first.agree(now, "card-1")
        await house.asked("stripe", asked + 1)
        await house.crash()
        first.over = True
    (waiting,) = await house.orders(first.told.call_id)
    assert (waiting.status, await house.ledger(waiting)) == ("awaiting_payment", ["attempted"])
    await house.cast("hostile")
    async with house.chat(MARIA) as second:
        assert "I still have 1 Palak Paneer" in second.told.all("call.greeted")[0]["text"]
        refused = await second.place(now, "card-1")
        assert "not read back" in refused["error"]
        assert await second.read_back("card-1") == now
        placed = await second.place(now, "card-1")
        assert placed["status"] == "placed"
    (order,) = await house.orders(first.told.call_id)
    assert (order.id, order.status, order.payment_status) == (waiting.id, "placed", "authorised")
    assert await house.ledger(order) == ["attempted", "attempted", "authorised"]
    made = (await house.charges())[before:]
    assert [charge["amount"] for charge in made] == [order.total]


async def test_an_order_that_was_placed_meanwhile_is_not_ordered_again(house: House) -> None:
    """The caller is cut off while the card is charged; the charge goes through and the order stands."""
    async with ordering(house, MARIA) as first:
        now = await first.read_back("card-1")
        asked = len(await house.seen("stripe"))
        await house.fault("stripe", "delay", seconds=1.0, match="payment_intents")
        await first.agree(now, "card-1")
        await house.asked("stripe", asked + 1)
        await first.socket.close()
        assert await house.closed(first.told) == "dropped"
    (order,) = await house.orders(first.told.call_id)
    assert order.status == "placed"
    await house.cast("hostile")
    async with house.chat(MARIA) as second:
        assert "I still have" not in second.told.all("call.greeted")[0]["text"]
        assert second.told.all("call.started")[0]["agent"] == "delivery_tracking"
        told = await second.tool("get_order_status")
        newest = told["orders"][0]
        assert (newest["status"], newest["total"]) == ("placed", str(Money(order.total, order.currency)))
        # Paid by card, and a number alone is no proof: whoever cuts in must not get the food at the door.
        assert "code" not in newest
        assert "send_code" in told["next"]
    assert len(await house.orders(first.told.call_id)) == 1
    assert await house.orders(second.told.call_id) == []


async def test_somebody_else_on_the_same_number_has_a_cart_of_their_own(house: House) -> None:
    """Two people of one office phone at the same time."""
    async with ordering(house, TOM) as one, house.chat(TOM) as other:
        assert "I still have" not in other.told.all("call.greeted")[0]["text"]
        assert "error" in await other.tool("read_back_order", payment="cash")
        now = await one.read_back("cash")
        assert (await one.place(now, "cash"))["status"] == "placed"
        assert await house.orders(other.told.call_id) == []
