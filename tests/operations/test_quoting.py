"""A cart may be ordered or it may not; then the refusal says what to do next."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.address import Point
from domain.call_state import CallState
from errors import ToolError
from operations.placing import place
from operations.quoting import Quote, quote
from tests.fakes.shop import BEN, MARKETS, Shop

pytestmark = pytest.mark.db
FAR = Point(lat=30.71719, lng=-96.87348)  # Cedar Heights, beyond every kitchen


async def quoted(shop: Shop, state: CallState) -> Quote:
    async with shop.transaction() as session:
        return await quote(session, state, MARKETS[state.market], shop.clock)


async def test_the_bill_is_for_the_place_and_the_kitchen(shop: Shop) -> None:
    state = await shop.hungry()
    found = await quoted(shop, state)
    assert found.kitchen.name == "Spice Route, Old Mill"
    assert found.minutes == 35
    assert [line.rate_bp for line in found.bill.lines if line.kind == "tax"] == [825]


async def empty(shop: Shop, state: CallState) -> None:
    state.cart.remove("line-1")


async def unsized(shop: Shop, state: CallState) -> None:
    state.cart.add(await shop.dish("Paneer Tikka"), 1, None, [], None)


async def homeless(shop: Shop, state: CallState) -> None:
    state.place = None


async def far_away(shop: Shop, state: CallState) -> None:
    assert state.place is not None
    state.place = state.place.model_copy(update={"point": FAR})


async def at_night(shop: Shop, state: CallState) -> None:
    shop.clock.advance(timedelta(hours=11))


async def tomorrow_morning(shop: Shop, state: CallState) -> None:
    state.wanted_at = shop.clock.now() + timedelta(hours=20)


async def yesterday(shop: Shop, state: CallState) -> None:
    state.wanted_at = shop.clock.now() - timedelta(hours=1)


async def in_a_minute(shop: Shop, state: CallState) -> None:
    state.wanted_at = shop.clock.now() + timedelta(minutes=5)


async def just_before_it_can_be_there(shop: Shop, state: CallState) -> None:
    state.wanted_at = shop.clock.now() + timedelta(minutes=34)


async def at_opening_time(shop: Shop, state: CallState) -> None:
    state.wanted_at = shop.clock.now() + timedelta(hours=22, minutes=30)


async def paused(shop: Shop, state: CallState) -> None:
    assert state.restaurant_id is not None
    await shop.set_kitchen(state.restaurant_id, paused_until=shop.clock.now() + timedelta(minutes=45))


async def hardly_hungry(shop: Shop, state: CallState) -> None:
    state.cart.remove("line-1")
    state.cart.add(await shop.dish("Garlic Naan"), 1, None, [], None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (empty, r"Ask what they would like"),
        (unsized, r"Ask which size for the Paneer Tikka \(line-2\): half or full"),
        (homeless, r"verify_address"),
        (far_away, r"does not deliver there.*another address"),
        (at_night, r"opens tomorrow at 11 am.*set_delivery_time"),
        (tomorrow_morning, r"opens tomorrow at 11 am"),
        (yesterday, r"has passed.*new time"),
        (in_a_minute, r"so soon: the earliest it can be there is today at 1:10 pm.*set_delivery_time"),
        (just_before_it_can_be_there, r"the earliest it can be there is today at 1:10 pm"),
        (
            at_opening_time,
            r"not cooking then: the earliest it can be there is tomorrow at 11:35 am; it opens",
        ),
        (paused, r"has paused orders until 1:15 pm.*set_delivery_time"),
        (hardly_hungry, r"cooks from \$10\.00; \$6\.50 is missing.*add a dish"),
    ],
)
async def test_a_refusal_comes_with_a_next_step(
    shop: Shop, change: Callable[[Shop, CallState], Awaitable[None]], says: str
) -> None:
    state = await shop.hungry()
    await change(shop, state)
    with pytest.raises(ToolError, match=says):
        await quoted(shop, state)


async def test_the_time_that_was_offered_can_be_had_when_the_order_was_read_back(shop: Shop) -> None:
    state = await shop.hungry()
    state.wanted_at = shop.clock.now() + timedelta(minutes=40)
    for _ in range(2):
        assert (await quoted(shop, state)).minutes == 35
        shop.clock.advance(timedelta(minutes=3))


async def test_what_is_begun_before_the_kitchen_closes_may_come_after(shop: Shop) -> None:
    state = await shop.hungry()
    kitchen = (await quoted(shop, state)).kitchen
    closes = max(end for _, end in kitchen.hours.spans(shop.clock.now().date()))
    state.wanted_at = closes + timedelta(minutes=30)
    assert await quoted(shop, state)
    state.wanted_at = closes + timedelta(minutes=35)
    with pytest.raises(ToolError, match="not cooking then"):
        await quoted(shop, state)


async def test_a_tip_is_a_line_of_the_bill(shop: Shop) -> None:
    state = await shop.hungry()
    plain = (await quoted(shop, state)).bill
    state.tip = 200
    tipped = (await quoted(shop, state)).bill
    assert (plain.sum("tip"), tipped.sum("tip"), tipped.total.amount - plain.total.amount) == (0, 200, 200)


async def test_a_promotion_that_no_longer_applies_is_dropped_and_said(shop: Shop) -> None:
    state = await shop.hungry(quantity=3)
    state.promotion = "TIFFIN10"
    assert (await quoted(shop, state)).bill.sum("promotion") < 0
    state.cart.change("line-1", 1, None, [], None)
    with pytest.raises(ToolError, match="without the promotion"):
        await quoted(shop, state)
    assert (await quoted(shop, state)).bill.sum("promotion") == 0


async def test_a_first_order_promotion_is_for_the_first_order(shop: Shop) -> None:
    state = await shop.hungry(BEN)
    state.promotion = "FIRST50"
    assert (await quoted(shop, state)).bill.sum("promotion") < 0
    await place(shop.transaction, None, shop.clock, await shop.wanted(state))
    state.cart.version += 1
    with pytest.raises(ToolError, match="first order"):
        await quoted(shop, state)
