"""`decide_unavailable` goes through only for what the caller has heard and plainly chosen."""

import pytest

from errors import ToolError
from tests.fakes.call import run
from tests.fakes.lacking_call import Caller, calling, lacking
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.tools.conftest import Phoned
from tools.changes import carry_out

pytestmark = pytest.mark.db


@pytest.fixture
async def caller(phoned: Phoned, shop: Shop, cards: FakePayments) -> Caller:
    order = await lacking(shop, cards)
    return await calling(await phoned(), shop, order)


async def test_before_it_was_told(caller: Caller) -> None:
    caller.says("Yes.")
    with pytest.raises(ToolError, match="not been told what can be done"):
        await caller.decides("instead")


async def test_before_it_was_heard(caller: Caller) -> None:
    await caller.told(hears=False)
    caller.says("Yes.")
    with pytest.raises(ToolError, match="has not heard to the end"):
        await caller.decides("instead")


async def test_spoken_into(caller: Caller) -> None:
    await caller.told(hears=False)
    caller.talk.call.cut(caller.talk.mark)
    caller.says("Yes, leave it out.")
    with pytest.raises(ToolError, match="has not heard to the end"):
        await caller.decides("leave_out")


async def test_before_they_answered(caller: Caller) -> None:
    await caller.told()
    with pytest.raises(ToolError, match="has not answered yet"):
        await caller.decides("instead")


@pytest.mark.parametrize(
    "said", ["What does that cost?", "Hmm, well.", "Leave it out or cancel it, you decide."]
)
async def test_after_anything_but_a_choice(caller: Caller, said: str) -> None:
    await caller.told()
    caller.says(said)
    for choice in ("instead", "leave_out", "cancel"):
        with pytest.raises(ToolError, match=r"did not say plainly|did not choose that"):
            await caller.decides(choice)
    assert await caller.dishes() == ["2 Dal Tadka", "1 Garlic Naan"]


async def test_another_way_than_they_chose(caller: Caller) -> None:
    await caller.told()
    caller.says("Leave it out.")
    with pytest.raises(ToolError, match="did not say plainly"):
        await caller.decides("cancel")


async def test_after_it_was_taken_back(caller: Caller) -> None:
    await caller.told()
    caller.says("Yes.")
    caller.says("No, wait.")
    with pytest.raises(ToolError, match="did not choose that"):
        await caller.decides("instead")


async def test_a_question_after_the_choice_leaves_it(caller: Caller) -> None:
    await caller.told()
    caller.says("Yes.")
    caller.says("When does it come?")
    assert (await caller.decides("instead"))["outcome"] == "substituted"


async def test_by_the_tool_of_other_changes(caller: Caller) -> None:
    await caller.told()
    caller.says("Yes.")
    with pytest.raises(ToolError, match="There is no decision-"):
        await run(caller.talk.call, carry_out, change=caller.talk.mark)
