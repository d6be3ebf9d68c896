"""What a change would do and cost is worked out before it is put to the caller: the bill, the door, the state."""

from typing import Any

import pytest

from db.models import Order
from domain.address import Place, Point
from domain.changes import MAY, Action
from domain.order import OrderStatus as S
from domain.order import PaymentStatus
from errors import ToolError
from operations import planning
from operations.placing import place
from tests.fakes.desk import Desk, card, cash, elsewhere
from tests.fakes.payments import FakePayments
from tests.fakes.shop import BEN, MARKETS, Shop
from tests.fakes.standing import (
    as_it_is,
    audited,
    bill,
    dishes,
    kitchen_jobs,
    last_event,
    order_of,
    set_order,
)

pytestmark = pytest.mark.db


class TestFewerDishes:
    """The bill is made again from what was sold; it only falls on a card."""

    async def test_a_dish_is_taken_off_and_the_rest_priced_as_if_ordered_so(self, shop: Shop) -> None:
        desk = await cash(shop, quantity=3, naan=2)
        alone = await order_of(shop, quantity=3)
        plan = await desk.plan(desk.asked(Action.REMOVE, line=2))
        assert plan.sentence == (
            f"That takes 2 Garlic Naan off your Spice Route order. The total becomes {plan.after.spoken()} "
            f"instead of {plan.standing.total.spoken()}."
        )
        done = await desk.change(Action.REMOVE, line=2)
        assert await bill(shop, desk.order.id) == await bill(shop, alone.id)
        order = await as_it_is(shop, desk.order.id)
        assert (order.total, done.after.amount) == (alone.total, alone.total)
        assert await dishes(shop, order.id) == ["3 Dal Tadka"]

    async def test_fewer_of_a_dish_give_the_others_back(self, shop: Shop) -> None:
        dal = await shop.dish("Dal Tadka")
        await shop.set_item(dal, stock=5)
        desk = await cash(shop, quantity=3)
        plan = await desk.plan(desk.asked(Action.QUANTITY, line=1, quantity=2))
        assert plan.sentence.startswith(
            "That makes it 2 full Dal Tadka instead of 3 in your Spice Route order."
        )
        await desk.change(Action.QUANTITY, line=1, quantity=2)
        assert (await dishes(shop, desk.order.id), await shop.stock(dal)) == (["2 Dal Tadka"], 3)

    async def test_what_is_held_stays_and_less_of_it_will_be_taken(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        desk = await card(shop, cards, quantity=3, naan=1)
        plan = await desk.plan(desk.asked(Action.REMOVE, line=2))
        assert plan.sentence.endswith(" Only that is charged to your Visa ending in 4242.")
        await desk.change(Action.REMOVE, line=2)
        (held,) = cards.held.values()
        order = await as_it_is(shop, desk.order.id)
        assert held.amount == desk.order.total > order.total
        event = await last_event(shop, order.id)
        assert (event.type, event.data["to_capture"]) == ("order.changed", order.total)
        cancelled = await desk.change(Action.CANCEL)
        assert f"the {held.spoken()} held on your Visa" in cancelled.say

    async def test_extras_and_their_price_stay_with_their_dish(self, shop: Shop) -> None:
        state = await shop.hungry(BEN, quantity=2)
        butter = await shop.dish("Butter Chicken")
        state.cart.add(butter, 2, None, ["hot", "extra gravy"], None)
        placed = await place(shop.transaction, None, shop.clock, await shop.wanted(state))
        state.cart.change("line-2", 1, None, [], None)
        expected = (await shop.wanted(state)).bill
        desk = Desk(shop, None, await as_it_is(shop, placed.id))
        plan = await desk.plan(desk.asked(Action.QUANTITY, line=2, quantity=1))
        assert plan.bill == expected
        assert expected.sum("modifiers") > 0

    async def test_the_price_of_the_day_it_was_sold_holds(self, shop: Shop) -> None:
        desk = await cash(shop, quantity=3)
        before = await desk.plan(desk.asked(Action.QUANTITY, line=1, quantity=2))
        await shop.set_item(await shop.dish("Dal Tadka"), price=9900)
        after = await desk.plan(desk.asked(Action.QUANTITY, line=1, quantity=2))
        assert (after.after, after.terms) == (before.after, before.terms)

    async def test_a_promotion_stays_while_it_applies(self, shop: Shop) -> None:
        desk = await cash(shop, quantity=5, promotion="TIFFIN10")
        await desk.change(Action.QUANTITY, line=1, quantity=4)
        assert (await bill(shop, desk.order.id))["TIFFIN10"] < 0

    async def test_a_promotion_that_applies_no_more_is_named(self, shop: Shop) -> None:
        desk = await cash(shop, quantity=3, promotion="TIFFIN10")
        plan = await desk.plan(desk.asked(Action.QUANTITY, line=1, quantity=1))
        assert plan.sentence.endswith(" TIFFIN10 does not apply any more.")
        await desk.change(Action.QUANTITY, line=1, quantity=1)
        assert "TIFFIN10" not in await bill(shop, desk.order.id)

    async def test_the_last_dish_is_a_cancellation(self, shop: Shop) -> None:
        desk = await cash(shop)
        with pytest.raises(ToolError, match=r"only dish\. Offer to cancel"):
            await desk.plan(desk.asked(Action.REMOVE, line=1))

    async def test_below_the_kitchens_minimum_nothing_is_cooked(self, shop: Shop) -> None:
        desk = await cash(shop, naan=1)
        await shop.set_kitchen(desk.order.restaurant_id, min_order=2400)
        with pytest.raises(ToolError, match=r"cooks from \$24\.00, and \$\d+\.\d\d would be missing"):
            await desk.plan(desk.asked(Action.QUANTITY, line=1, quantity=1))

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ({"line": 1, "quantity": 3}, "More of a dish is a new order"),
            ({"line": 1, "quantity": 2}, "has 2 of it already"),
            ({"line": 1}, "Ask how many of the Dal Tadka"),
            ({"line": 3, "quantity": 1}, r"give its line: 1 = 2 Dal Tadka \(full\); 2 = 1 Garlic Naan"),
            ({"quantity": 1}, "Ask which dish is meant"),
        ],
    )
    async def test_what_cannot_be_meant_is_asked(
        self, shop: Shop, arguments: dict[str, int], says: str
    ) -> None:
        desk = await cash(shop, naan=1)
        with pytest.raises(ToolError, match=says):
            await desk.plan(desk.asked(Action.QUANTITY, **arguments))


class TestElsewhere:
    """Another door: reached, priced, and never more than a card holds."""

    async def test_it_goes_there_and_comes_as_much_later_as_it_is_farther(self, shop: Shop) -> None:
        desk = await cash(shop)
        there = elsewhere(desk.order, lat=await away(shop, desk.order))
        plan = await desk.plan(desk.asked(Action.ADDRESS, place=there))
        assert plan.minutes > 0
        assert " to 12 Mill Street" in plan.sentence
        assert "minutes later. The total becomes" in plan.sentence
        done = await desk.change(Action.ADDRESS, place=there)
        order = await as_it_is(shop, desk.order.id)
        assert Place.model_validate(order.place) == there
        assert order.promise_minutes == desk.order.promise_minutes + plan.minutes
        assert order.total == done.after.amount > desk.order.total
        assert order.total == sum((await bill(shop, order.id)).values())

    async def test_money_that_is_held_cannot_grow(self, shop: Shop, cards: FakePayments) -> None:
        desk = await card(shop, cards)
        there = elsewhere(desk.order, lat=await away(shop, desk.order))
        with pytest.raises(ToolError, match=r"more than the \$\d+\.\d\d held on the card, which cannot grow"):
            await desk.plan(desk.asked(Action.ADDRESS, place=there))

    async def test_at_the_same_price_a_card_order_may_go_next_door(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        desk = await card(shop, cards)
        plan = await desk.plan(desk.asked(Action.ADDRESS, place=elsewhere(desk.order), proved=True))
        assert plan.sentence.endswith(f"The total stays {plan.standing.total.spoken()}.")
        await desk.change(Action.ADDRESS, place=elsewhere(desk.order), proved=True)
        assert Place.model_validate((await as_it_is(shop, desk.order.id)).place).line == "12 Mill Street"

    async def test_a_card_order_goes_to_a_new_door_only_with_a_code(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        desk = await card(shop, cards)
        pretended = elsewhere(desk.order, saved=True)
        with pytest.raises(ToolError, match=r"a code is needed first\. Call send_code with purpose address"):
            await desk.plan(desk.asked(Action.ADDRESS, place=pretended))
        noted = Place.model_validate(desk.order.place).model_copy(update={"note": "ring twice"})
        assert await desk.plan(desk.asked(Action.ADDRESS, place=noted))  # the same door

    async def test_what_is_paid_in_cash_goes_anywhere_without_one(self, shop: Shop) -> None:
        desk = await cash(shop)
        assert await desk.plan(desk.asked(Action.ADDRESS, place=elsewhere(desk.order)))

    async def test_the_kitchen_must_reach_it(self, shop: Shop) -> None:
        desk = await cash(shop)
        with pytest.raises(ToolError, match="Spice Route, Old Mill does not deliver there"):
            await desk.plan(desk.asked(Action.ADDRESS, place=elsewhere(desk.order, lat=1.0)))

    async def test_where_it_goes_already_is_no_change(self, shop: Shop) -> None:
        desk = await cash(shop)
        same = Place.model_validate(desk.order.place).model_copy(update={"label": None, "saved": False})
        with pytest.raises(ToolError, match="goes already"):
            await desk.plan(desk.asked(Action.ADDRESS, place=same))

    async def test_cash_has_its_limit_there_too(self, shop: Shop) -> None:
        desk = await cash(shop)
        there = elsewhere(desk.order, lat=await away(shop, desk.order))
        tight = MARKETS["US"].model_copy(update={"cash_limit": desk.order.total})
        async with shop.transaction() as session:
            row = await session.get_one(Order, desk.order.id)
            with pytest.raises(ToolError, match="cash is possible up to"):
                await planning.plan(session, row, desk.asked(Action.ADDRESS, place=there), tight)


async def away(shop: Shop, order: Order) -> float:
    """Degrees north at which the door is as far as the kitchen just reaches."""
    async with shop.transaction() as session:
        standing = await planning.stand(session, await session.get_one(Order, order.id))
    kitchen, here = standing.kitchen, Place.model_validate(order.place).point
    steps = (step / 1000 for step in range(200, 0, -1))
    return next(lat for lat in steps if kitchen.reaches(Point(lat=here.lat + lat, lng=here.lng)))


class TestNotes:
    """A word to the kitchen and the rider."""

    async def test_it_is_added_to_what_was_noted_before_and_costs_nothing(self, shop: Shop) -> None:
        desk = await cash(shop)
        await set_order(shop, desk.order.id, note="no onions")
        done = await desk.change(Action.NOTE, note="ring twice")
        order = await as_it_is(shop, desk.order.id)
        assert (order.note, order.total) == ("no onions; ring twice", desk.order.total)
        assert done.say == "Done. It is passed on."
        assert await kitchen_jobs(shop, order.id) == ["restaurant.modify"]
        assert "ring" not in str((await last_event(shop, order.id)).data)
        assert "ring" not in str(await audited(shop, order.id))


WISHES: dict[Action, dict[str, Any]] = {
    Action.CANCEL: {},
    Action.REMOVE: {"line": 2},
    Action.QUANTITY: {"line": 1, "quantity": 1},
    Action.NOTE: {"note": "ring twice"},
    Action.ADDRESS: {},
}


@pytest.mark.parametrize("action", Action)
async def test_each_wish_is_granted_in_its_states_and_refused_with_a_next_step_in_all_others(
    shop: Shop, action: Action
) -> None:
    desk = await cash(shop, naan=1)
    wish = dict(WISHES[action])
    if action is Action.ADDRESS:
        wish["place"] = elsewhere(desk.order)
    for status in S:
        await set_order(shop, desk.order.id, status=status)
        if status in MAY[action]:
            assert (await desk.plan(desk.asked(action, **wish))).sentence
        else:
            with pytest.raises(ToolError, match=r"Say so|customer_order"):
                await desk.plan(desk.asked(action, **wish))


async def test_a_charged_order_is_for_a_person(shop: Shop, cards: FakePayments) -> None:
    desk = await card(shop, cards)
    await set_order(shop, desk.order.id, payment_status=PaymentStatus.CAPTURED)
    with pytest.raises(ToolError, match=r"charged already.*ask_for_person"):
        await desk.plan(desk.asked(Action.CANCEL))
