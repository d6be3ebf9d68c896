"""A caller hears what can be done about a dish that has run out, and what they chose is done."""

import pytest

from agents import grammar
from domain.dialling import Topic
from domain.order import OrderStatus as S
from errors import ToolError
from operations import capturing, deciding
from operations.deciding import Question
from operations.kitchen_queue import BY_SYSTEM
from tests.fakes.call import asked, run
from tests.fakes.lacking_call import Caller, calling, lacking, lacks
from tests.fakes.payments import FakePayments
from tests.fakes.shop import BEN, MARKETS, Shop
from tests.fakes.standing import as_it_is, set_order
from tests.tools.conftest import Phoned
from tools.deciding import ask_about_unavailable
from tools.orders import get_order_status
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def caller(phoned: Phoned, shop: Shop, cards: FakePayments) -> Caller:
    order = await lacking(shop, cards)
    return await calling(await phoned(), shop, order)


async def test_who_calls_about_the_order_hears_first_that_it_waits_for_them(
    phoned: Phoned, shop: Shop, cards: FakePayments
) -> None:
    await lacking(shop, cards)
    talk = await phoned()
    found = await run(talk.call, get_order_status)
    (view,) = [one for one in found["orders"] if "run_out" in one]
    assert view["run_out"] == ["Garlic Naan"]
    assert view["say"].startswith("Spice Route has run out of Garlic Naan. ")
    assert found["next"].startswith(f"{view['order']} waits for the caller's word: Garlic Naan has run out.")


class TestTold:
    """What the system says."""

    async def test_every_way_with_its_price_and_the_offered_dish_asked(self, caller: Caller) -> None:
        told, question = await caller.told()
        assert told.startswith(
            "Spice Route has run out of Garlic Naan. You can have Butter Naan instead: the total "
        )
        assert " Or I leave it out: the total becomes " in told
        assert " Or I cancel the order, and the " in told
        assert told.endswith(" held on your Visa ending in 4242 is let go.")
        assert question == "Would you like the Butter Naan?"

    async def test_in_hindi_to_who_speaks_it(self, caller: Caller) -> None:
        caller.talk.state.language = "hi"
        told, question = await caller.told()
        assert told.startswith("Spice Route में Garlic Naan ख़त्म हो गया है। उसकी जगह Butter Naan मिल सकता है: ")
        assert question == "क्या Butter Naan चलेगा?"
        caller.says("नहीं")
        told, question = await caller.told()
        assert told.startswith("मैं उसे हटा सकती हूँ: ")
        assert grammar.choices(caller.talk.call) == "क्या आपने उसे हटा दीजिए या ऑर्डर कैंसल कर दीजिए कहा?"
        caller.says(str(grammar.meaning(caller.talk.call, "1")))
        assert (await caller.decides("leave_out"))["outcome"] == "removed"

    async def test_in_a_call_of_ours_that_began_with_it_the_news_is_not_told_twice(
        self, caller: Caller
    ) -> None:
        state = caller.talk.state
        state.topic, state.about_order = Topic.SUBSTITUTE, state.orders[caller.handle]
        told, _ = await caller.told()
        assert told.startswith("You can have Butter Naan instead")

    async def test_what_it_says_may_be_repeated(self, caller: Caller) -> None:
        question = asked(caller.talk.call, ask_about_unavailable, {"order": caller.handle})
        await handle(ask_about_unavailable, question.params)
        assert not question.asks_model
        assert question.result["yes"] == "instead"
        assert any("let go" in fact for fact in caller.talk.state.facts)

    async def test_of_somebody_elses_order_nothing_is_told(self, caller: Caller, phoned: Phoned) -> None:
        talk = await phoned(BEN)
        talk.state.orders["order-1"] = caller.order_id
        with pytest.raises(ToolError, match="not this caller's"):
            await run(talk.call, ask_about_unavailable, order="order-1")
        assert talk.line.said == []

    async def test_nothing_is_told_where_nothing_is_open(self, caller: Caller, shop: Shop) -> None:
        await set_order(shop, caller.order_id, status=S.READY)
        with pytest.raises(ToolError, match="Nothing of that order has to be decided"):
            await caller.told()

    async def test_an_allergen_is_never_offered(self, caller: Caller, shop: Shop) -> None:
        await set_order(shop, caller.order_id, allergies=["gluten"])
        told, _ = await caller.told()
        assert "Naan instead" not in told
        with pytest.raises(ToolError, match="gluten in it"):
            await caller.told("Butter Naan")


class TestDecided:
    """What is done on an answer."""

    async def test_a_bare_yes_takes_the_dish_that_was_offered(self, caller: Caller) -> None:
        await caller.told()
        caller.says("Yes.")
        done = await caller.decides("instead")
        assert done["say"].startswith("Done. You get Butter Naan instead of the Garlic Naan. The total is ")
        assert await caller.dishes() == ["2 Dal Tadka", "1 Butter Naan"]
        assert caller.talk.state.open_question is None

    async def test_the_keys_of_the_telephone_answer_too(self, caller: Caller) -> None:
        await caller.told()
        assert grammar.meaning(caller.talk.call, "1") == "Yes."
        caller.says("No.")
        _, question = await caller.told()
        assert question == "Which would you like?"
        assert grammar.choices(caller.talk.call) == "Was that leave it out or cancel the order?"
        caller.says(str(grammar.meaning(caller.talk.call, "2")))
        assert (await caller.decides("cancel"))["outcome"] == "cancelled"

    async def test_left_out_in_their_own_words(self, caller: Caller) -> None:
        await caller.told()
        caller.says("No, just leave it out please.")
        done = await caller.decides("leave_out")
        assert done["say"].startswith("Done. The Garlic Naan is left out. The total is ")
        assert await caller.dishes() == ["2 Dal Tadka"]

    async def test_cancelled_with_the_money_let_go(self, caller: Caller, cards: FakePayments) -> None:
        await caller.told()
        caller.says("Cancel the whole order.")
        done = await caller.decides("cancel")
        assert (done["say"], done["total"], cards.held) == ("Your order is cancelled.", "$0.00", {})

    async def test_after_a_no_only_the_rest_is_asked_and_they_may_still_think_better_of_it(
        self, caller: Caller
    ) -> None:
        await caller.told()
        caller.says("No.")
        told, question = await caller.told()
        assert told.startswith("I can leave it out: ")
        assert "Butter Naan" not in told
        assert question == "Which would you like?"
        caller.says("Oh, okay, I'll take the butter naan.")
        assert (await caller.decides("instead"))["outcome"] == "substituted"

    async def test_another_dish_is_told_with_its_price_first(self, phoned: Phoned, shop: Shop) -> None:
        order = await lacking(shop, None)
        talk = await phoned()
        caller = await calling(talk, shop, order)
        await caller.told()
        caller.says("Can I have palak paneer instead?")
        told, question = await caller.told("Palak Paneer")
        assert told.startswith("You can have Palak Paneer instead: the total becomes ")
        assert question == "Would you like the Palak Paneer?"
        caller.says("Yes.")
        assert (await caller.decides("instead"))["outcome"] == "substituted"
        assert await caller.dishes() == ["2 Dal Tadka", "1 Palak Paneer"]
        assert (await as_it_is(shop, order.id)).total > order.total

    async def test_charged_already_the_difference_goes_back(
        self, caller: Caller, shop: Shop, cards: FakePayments
    ) -> None:
        order_id = caller.order_id
        await set_order(shop, order_id, status=S.PREPARING)
        await capturing.capture(shop.transaction, cards, shop.clock, order_id)
        told, _ = await caller.told()
        assert " goes back to your Visa ending in 4242." in told
        assert "cancel the order" not in told
        caller.says("Leave it out.")
        done = await caller.decides("leave_out")
        assert done["say"].endswith(" goes back to your Visa ending in 4242.")
        assert len(cards.refunds) == 1

    async def test_asked_again_it_is_the_same_outcome(self, caller: Caller) -> None:
        await caller.told()
        caller.says("Yes.")
        assert await caller.decides("instead") == await caller.decides("instead")
        assert len(caller.talk.recorded("unavailable.decided")) == 1

    async def test_whoever_answers_too_late_is_told_what_was_done(self, caller: Caller) -> None:
        await caller.told()
        caller.says("Yes.")
        shop, order_id = caller.shop, caller.order_id
        await deciding.decide(
            shop.transaction,
            None,
            shop.clock,
            MARKETS["US"],
            Question(order_id, 2),
            deciding.Choice.LEAVE_OUT,
            by=BY_SYSTEM,
        )
        done = await caller.decides("instead")
        assert done["say"].startswith("You had not answered in time, so the Garlic Naan is left out.")
        assert await caller.dishes() == ["2 Dal Tadka"]

    async def test_a_second_missing_dish_comes_next(
        self, caller: Caller, shop: Shop, cards: FakePayments
    ) -> None:
        await caller.told()
        await lacks(shop, cards, caller.order_id, "Aloo Gobi", 1)
        caller.says("Yes.")
        done = await caller.decides("instead")
        assert done["run_out"] == ["Dal Tadka"]
        assert done["next"].endswith("Dal Tadka has run out as well.")
        told, _ = await caller.told()
        assert told.startswith("Spice Route has run out of Dal Tadka. You can have Aloo Gobi instead: ")
        caller.says("Yes.")
        assert (await caller.decides("instead"))["outcome"] == "substituted"
        assert await caller.dishes() == ["1 Butter Naan", "2 Aloo Gobi"]
