"""Stars and words, offers that may be made, and calls that stop, as a caller meets them."""

import pytest
from sqlalchemy import text
from sqlmodel import col

from agents import grammar
from compliance import wording
from db.models import CallRow, Consent, Rating
from errors import StoreDown, ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.shop import STRANGER, Shop
from tests.tools.conftest import Phoned
from tools.caller import not_this_person
from tools.feedback import offer_promotion, rate_order, stop_calls
from tools.orders import get_order_status
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    made = await phoned()
    made.state.agent = "post_delivery"
    return made


async def last_night(talk: Talk) -> str:
    """The handle of the caller's newest order."""
    found = await run(talk.call, get_order_status)
    order = found["orders"][0]["order"]
    assert isinstance(order, str)
    return order


async def refused(shop: Shop, talk: Talk) -> list[str]:
    """The purposes this call has said no to, in the order they were written."""
    rows = await shop.rows(Consent, col(Consent.call_id) == talk.state.call_id)
    return sorted(row.purpose for row in rows if isinstance(row, Consent) and not row.granted)


async def placed_for(shop: Shop, talk: Talk, purpose: str) -> None:
    async with shop.transaction() as session:
        row = await session.get_one(CallRow, talk.state.call_id)
        row.purpose, row.direction = purpose, "outbound"


class TestStars:
    """Kept as said; little joy leads to help, not to questions."""

    async def test_thanks_for_many(self, talk: Talk, shop: Shop) -> None:
        done = await run(talk.call, rate_order, order=await last_night(talk), stars=5, comment="lovely")
        assert done == {"status": "rated", "say": "Thank you, I've noted that."}
        assert len(await shop.rows(Rating)) == 1

    @pytest.mark.parametrize("stars", [1, 2])
    async def test_few_lead_to_support(self, talk: Talk, stars: int) -> None:
        done = await run(talk.call, rate_order, order=await last_night(talk), stars=stars)
        assert done["say"].startswith("I'm sorry")
        assert "transfer_to_customer_support" in done["next"]

    @pytest.mark.parametrize("stars", [0, 6])
    async def test_there_are_five(self, talk: Talk, shop: Shop, stars: int) -> None:
        with pytest.raises(ToolError, match="stars"):
            await run(talk.call, rate_order, order=await last_night(talk), stars=stars)
        assert await shop.rows(Rating) == []

    async def test_five_four_and_five_again_is_five(self, talk: Talk, shop: Shop) -> None:
        order = await last_night(talk)
        for stars in (5, 4, 5):
            grammar.hear(talk.call, f"{stars} stars")
            await run(talk.call, rate_order, order=order, stars=stars)
        (row,) = await shop.rows(Rating)
        assert isinstance(row, Rating)
        assert row.stars == 5

    async def test_who_is_not_the_person_cannot_rate_for_them(self, talk: Talk, shop: Shop) -> None:
        order = await last_night(talk)
        known = dict(talk.state.orders)
        await run(talk.call, not_this_person)
        talk.state.orders.update(known)
        with pytest.raises(ToolError, match="not an order of this caller"):
            await run(talk.call, rate_order, order=order, stars=1)
        assert await shop.rows(Rating) == []


class TestOffers:
    """Refused in code, whatever a model wants."""

    async def test_a_call_that_came_in_makes_none(self, talk: Talk) -> None:
        with pytest.raises(ToolError, match="Nothing may be offered in this call"):
            await run(talk.call, offer_promotion)

    async def test_a_call_made_for_it_says_the_conditions(self, talk: Talk, shop: Shop) -> None:
        await placed_for(shop, talk, "promotion")
        await grammar.write_consent(talk.call, "promotion", True, "Offers?", None)
        done = await run(talk.call, offer_promotion)
        assert done["say"] == (
            "With the code TIFFIN10 you get 10 percent off your next order when the dishes come to "
            "twenty dollars, up to eight dollars."
        )

    async def test_another_agent_cannot(self, talk: Talk, shop: Shop) -> None:
        await placed_for(shop, talk, "promotion")
        await grammar.write_consent(talk.call, "promotion", True, "Offers?", None)
        one = asked(talk.call, offer_promotion, {})
        talk.state.agent = "customer_order"
        await handle(offer_promotion, one.params)
        assert "not one of your tools" in one.result["error"]


class TestNoMoreCalls:
    """Written before it is confirmed, by one sentence, whoever heard it."""

    async def test_it_is_written_and_then_said_once(self, talk: Talk, shop: Shop) -> None:
        one = asked(talk.call, stop_calls, {})
        await handle(stop_calls, one.params)
        assert await refused(shop, talk) == ["feedback", "promotion"]
        assert talk.line.said == [(wording.NO_MORE_OFFERS, None)]
        assert (one.result["status"], one.asks_model, talk.line.farewell) == ("stopped", False, None)

    async def test_orders_too_when_they_say_so(self, talk: Talk, shop: Shop) -> None:
        await run(talk.call, stop_calls, orders_too=True)
        assert await refused(shop, talk) == ["feedback", "order_service", "promotion"]
        assert talk.line.said == [(wording.NO_MORE_CALLS, None)]

    async def test_in_a_call_about_an_order_that_ends_too_and_so_does_the_call(
        self, talk: Talk, shop: Shop
    ) -> None:
        await placed_for(shop, talk, "order_service")
        await run(talk.call, stop_calls)
        assert await refused(shop, talk) == ["feedback", "order_service", "promotion"]
        assert (talk.line.said, talk.line.farewell) == ([], wording.NO_MORE_CALLS)

    @pytest.mark.parametrize("agent", ["customer_order", "delivery_tracking", "customer_support"])
    async def test_the_grammar_hears_it_whatever_a_model_does(
        self, talk: Talk, shop: Shop, agent: str
    ) -> None:
        talk.state.agent = agent
        grammar.hear(talk.call, "please stop calling me")
        await talk.settle()
        assert await refused(shop, talk) == ["feedback", "promotion"]
        assert talk.line.said == [(wording.NO_MORE_OFFERS, None)]

    async def test_heard_by_both_it_is_written_and_said_once(self, talk: Talk, shop: Shop) -> None:
        grammar.hear(talk.call, "stop")
        await run(talk.call, stop_calls)
        await talk.settle()
        assert await refused(shop, talk) == ["feedback", "promotion"]
        assert talk.line.said == [(wording.NO_MORE_OFFERS, None)]

    async def test_a_stop_in_an_order_is_no_such_wish(self, talk: Talk, shop: Shop) -> None:
        talk.state.agent = "customer_order"
        for said in ("stop", "cancel", "don't call me when you arrive"):
            grammar.hear(talk.call, said)
        await talk.settle()
        assert await refused(shop, talk) == []

    async def test_what_could_not_be_written_is_not_confirmed(self, talk: Talk, shop: Shop) -> None:
        async with shop.transaction() as session:
            await session.execute(text("ALTER TABLE consents RENAME TO consents_elsewhere"))
        with pytest.raises(StoreDown):
            await run(talk.call, stop_calls)
        assert talk.line.said == []

    async def test_a_stranger_may_say_it_and_a_withheld_number_is_told(
        self, phoned: Phoned, shop: Shop
    ) -> None:
        stranger = await phoned(STRANGER)
        await run(stranger.call, stop_calls)
        assert await refused(shop, stranger) == ["feedback", "promotion"]
        withheld = await phoned(None)
        with pytest.raises(ToolError, match="withheld"):
            await run(withheld.call, stop_calls)
