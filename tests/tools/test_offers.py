"""A delivery is put to a driver: heard to its end, taken after a plain yes, skipped without a question."""

from datetime import timedelta

import pytest

from agents import grammar
from db.models import Assignment
from domain.address import Place
from domain.delivery import counter_number
from domain.speech import say_code
from errors import ToolError
from tests.fakes.call import Talk, listened, run
from tests.fakes.riding import (
    DISPATCH,
    LUIS,
    MEI,
    accepted,
    assignments,
    cooking,
    drives,
    offered,
)
from tests.fakes.shop import Shop
from tests.tools.conftest import Phoned
from tools.delivery import (
    report_at_restaurant,
    report_problem,
)
from tools.driving import (
    assign_driver,
    decline_offer,
    hear_offer,
)

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned, shop: Shop) -> Talk:
    """Luis is on the line."""
    made = await phoned(LUIS)
    await drives(shop, made.state, LUIS)
    made.call.dispatch = DISPATCH
    return made


async def told(talk: Talk) -> str:
    """The handle of the delivery that is offered, and was heard to its end."""
    found = await listened(talk, hear_offer)
    assert isinstance(found["order"], str)
    return found["order"]


class TestTheOffer:
    """Told with its pay, taken after a yes, skipped without a question."""

    async def test_it_is_said_with_the_way_the_pay_and_what_is_extra(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        row = await offered(shop, order)
        async with shop.transaction() as session:
            stored = await session.get_one(Assignment, row.id)
            stored.distance_m, stored.pay, stored.incentive = 2_120, 550, 100
        found = await listened(talk, hear_offer)
        assert found["say"] == (
            "Pick up at Spice Route, Old Mill, two point one kilometres, five dollars and fifty cents, "
            "one dollar of it extra. Yes, or skip?"
        )
        assert (found["pay"], found["extra"], found["distance"]) == (
            "$5.50",
            "$1.00",
            "two point one kilometres",
        )
        assert talk.state.open_question == "offer"

    async def test_without_an_incentive_nothing_extra_is_said(self, talk: Talk, shop: Shop) -> None:
        await offered(shop, await cooking(shop))
        assert "extra" not in (await listened(talk, hear_offer))["say"]

    async def test_nothing_of_the_customer_is_told_before_it_is_taken(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        found = str(await listened(talk, hear_offer))
        assert Place.model_validate(order.place).line not in found
        assert order.code not in found
        assert "Asha" not in found

    async def test_none_is_said_plainly(self, talk: Talk, shop: Shop) -> None:
        await offered(shop, await cooking(shop), MEI)
        found = await run(talk.call, hear_offer)
        assert (found["status"], found["say"]) == (
            "none",
            "There is no delivery waiting for you just now.",
        )
        assert talk.state.open_question is None

    @pytest.mark.parametrize(("digit", "means"), [("1", "Yes."), ("2", "No.")])
    async def test_keys_answer_it(self, talk: Talk, shop: Shop, digit: str, means: str) -> None:
        await offered(shop, await cooking(shop))
        await told(talk)
        assert grammar.meaning(talk.call, digit) == means

    async def test_a_yes_takes_it_and_says_the_counter(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = await told(talk)
        grammar.hear(talk.call, "yes")
        done = await run(talk.call, assign_driver, order=handle)
        number = say_code(counter_number(order.id))
        assert done["status"] == "assigned"
        assert done["say"] == (
            f"It's yours. Pick up at Spice Route, Old Mill; the number for the counter is {number}. "
            "The food should be ready in about ten minutes."
        )
        assert await assignments(shop, order.id) == [("accepted", None)]
        assert talk.state.open_question is None

    @pytest.mark.parametrize("said", [None, "How far is it?", "yes, but where does it go?"])
    async def test_it_is_not_taken_without_a_plain_yes(
        self, talk: Talk, shop: Shop, said: str | None
    ) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = await told(talk)
        if said:
            grammar.hear(talk.call, said)
        with pytest.raises(ToolError, match="did not say a plain yes"):
            await run(talk.call, assign_driver, order=handle)
        assert await assignments(shop, order.id) == [("offered", None)]
        grammar.hear(talk.call, "okay, yes")  # the question is still open
        assert (await run(talk.call, assign_driver, order=handle))["status"] == "assigned"

    @pytest.mark.parametrize("said", ["No, skip", "skip", "I can't take it", "yes... no, wait, skip it"])
    async def test_a_no_cannot_become_an_acceptance(self, talk: Talk, shop: Shop, said: str) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = await told(talk)
        grammar.hear(talk.call, said)
        for after in (None, "yes"):  # nor a yes to something else after it
            if after:
                grammar.hear(talk.call, after)
            with pytest.raises(ToolError, match="said no to it"):
                await run(talk.call, assign_driver, order=handle)
        assert await assignments(shop, order.id) == [("offered", None)]
        assert talk.state.open_question is None
        await told(talk)
        grammar.hear(talk.call, "yes")
        assert (await run(talk.call, assign_driver, order=handle))["status"] == "assigned"

    async def test_a_yes_to_half_an_offer_takes_nothing(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = (await run(talk.call, hear_offer))["order"]
        talk.call.cut(talk.mark)
        assert talk.state.open_question is None
        grammar.hear(talk.call, "yes")
        with pytest.raises(ToolError, match="not heard that delivery to its end"):
            await run(talk.call, assign_driver, order=handle)
        assert await assignments(shop, order.id) == [("offered", None)]

    async def test_a_yes_to_one_offer_is_none_to_the_next_on_other_terms(
        self, talk: Talk, shop: Shop
    ) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = await told(talk)
        grammar.hear(talk.call, "yes")
        shop.clock.advance(timedelta(seconds=DISPATCH["US"].offer_seconds + 1))
        await offered(shop, order)
        with pytest.raises(ToolError, match="run out"):
            await run(talk.call, assign_driver, order=handle)
        await run(talk.call, hear_offer)  # told, and not heard yet
        with pytest.raises(ToolError, match="not heard"):
            await run(talk.call, assign_driver, order=handle)

    async def test_given_back_and_offered_again_it_is_taken_again(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        for _ in range(2):
            await offered(shop, order)
            handle = await told(talk)
            grammar.hear(talk.call, "yes")
            await run(talk.call, assign_driver, order=handle)
            await run(talk.call, report_at_restaurant, order=handle)
            done = await run(talk.call, report_problem, order=handle, what="a flat tyre")
            assert done["status"] == "given_back"
        assert [status for status, _ in await assignments(shop, order.id)] == ["withdrawn", "withdrawn"]
        assert (await shop.events(order.id)).count("delivery.at_restaurant") == 2

    async def test_skipped_and_offered_again_it_is_skipped_again(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        for _ in range(2):
            await offered(shop, order)
            await run(talk.call, decline_offer, order=await told(talk), reason="busy")
        assert await assignments(shop, order.id) == [("declined", "busy"), ("declined", "busy")]

    async def test_what_was_not_told_in_this_call_is_not_taken(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        talk.state.orders["order-9"] = order.id
        grammar.hear(talk.call, "yes")
        with pytest.raises(ToolError, match="not heard that delivery"):
            await run(talk.call, assign_driver, order="order-9")

    async def test_the_one_who_comes_second_hears_that_it_is_taken(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = await told(talk)
        await accepted(shop, order, MEI)
        grammar.hear(talk.call, "yes")
        with pytest.raises(ToolError, match="Another driver has taken that one already"):
            await run(talk.call, assign_driver, order=handle)

    async def test_skipped_it_is_skipped_once(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        handle = await told(talk)
        grammar.hear(talk.call, "skip")
        done = await run(talk.call, decline_offer, order=handle, reason="too_far")
        assert done["say"] == "All right, skipped."
        await run(talk.call, decline_offer, order=handle)
        assert await assignments(shop, order.id) == [("declined", "too_far")]
        assert talk.state.open_question is None
