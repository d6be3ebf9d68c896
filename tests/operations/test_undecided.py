"""What can be done about a dish that has run out, and what it costs, before its customer is asked."""

import pytest

from db.models import Order
from domain.deciding import Choice
from domain.order import OrderStatus as S
from domain.order import Substitution
from errors import ToolError
from operations.undecided import asked
from tests.fakes.lacking import laid
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import set_order

pytestmark = pytest.mark.db
INSTEAD, LEAVE_OUT, CANCEL = Choice.INSTEAD, Choice.LEAVE_OUT, Choice.CANCEL


class TestWhatIsOpen:
    """What the customer is told can be done."""

    async def test_the_kitchens_own_offer_goes_before_one_like_it(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Palak Paneer")
        found = await table.found()
        assert (found.open.dish, found.instead) == ("Garlic Naan", "Palak Paneer")
        assert [way.choice for way in found.ways] == [INSTEAD, LEAVE_OUT, CANCEL]
        assert found.ways[0].after == found.standing.total  # dearer on the menu
        assert found.ways[1].after < found.standing.total

    async def test_where_the_kitchen_offers_nothing_a_dish_of_the_same_heading_is(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        found = await table.found()
        assert found.instead is not None
        assert (await shop.dish(found.instead)).category == (await shop.dish("Garlic Naan")).category

    async def test_an_offer_that_comes_later_counts(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        await table.lacks(instead="Palak Paneer")
        await table.lacks()
        assert (await table.found()).instead == "Palak Paneer"

    async def test_nothing_with_an_allergen_is_ever_offered(self, shop: Shop) -> None:
        table = await laid(shop, allergies=["gluten"])
        await table.lacks()
        found = await table.found()
        assert found.instead is None or "gluten" not in (await shop.dish(found.instead)).allergens
        with pytest.raises(ToolError, match="gluten in it, and the customer is allergic"):
            await table.found(said="Butter Naan")

    async def test_an_allergy_told_since_takes_the_kitchens_offer_away(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks(instead="Palak Paneer")
        await set_order(shop, table.order.id, allergies=["dairy"])
        assert (await table.found()).instead != "Palak Paneer"

    async def test_who_wanted_their_money_is_offered_only_what_the_kitchen_offers(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        await set_order(shop, table.order.id, substitution=Substitution.REFUND)
        assert (await table.found()).instead is None

    async def test_the_only_dish_cannot_be_left_out(self, shop: Shop) -> None:
        table = await laid(shop, naan=0)
        await table.lacks(line=1)
        assert LEAVE_OUT not in [way.choice for way in (await table.found()).ways]

    async def test_what_is_being_cooked_cannot_be_cancelled_for_one_dish(self, shop: Shop) -> None:
        table = await laid(shop, status=S.PREPARING)
        await table.lacks()
        assert [way.choice for way in (await table.found()).ways] == [INSTEAD, LEAVE_OUT]
        await table.lacks(line=1)  # now the kitchen has nothing of it
        assert [way.choice for way in (await table.found()).ways] == [INSTEAD, LEAVE_OUT, CANCEL]

    async def test_a_dish_the_customer_names_has_its_own_price(self, shop: Shop) -> None:
        table = await laid(shop)
        await table.lacks()
        found = await table.found(said="palak paneer")
        assert found.ways[0].after > found.standing.total
        fish = await table.found(said="Amritsari Fish")  # whoever ordered naan may want it all the same
        assert fish.instead == "Amritsari Fish"

    async def test_what_is_held_on_a_card_cannot_grow(self, shop: Shop, cards: FakePayments) -> None:
        table = await laid(shop, cards)
        await table.lacks()
        with pytest.raises(ToolError, match="cannot grow"):
            await table.found(said="Palak Paneer")

    @pytest.mark.parametrize("status", [S.READY, S.DELIVERED, S.CANCELLED])
    async def test_when_the_food_has_left_or_is_off_nothing_is_open(self, shop: Shop, status: S) -> None:
        table = await laid(shop)
        await table.lacks()
        await set_order(shop, table.order.id, status=status)
        async with shop.transaction() as session:
            assert await asked(session, await session.get_one(Order, table.order.id)) == []
