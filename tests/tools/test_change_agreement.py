"""`carry_out` goes through only for exactly what the caller has heard and said yes to."""

from collections.abc import Awaitable, Callable

import pytest

from agents import grammar
from errors import ToolError
from tests.fakes.changing import Phone, about
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import order_of
from tests.tools.conftest import Phoned

pytestmark = pytest.mark.db


@pytest.fixture
async def phone(phoned: Phoned, shop: Shop, cards: FakePayments) -> Phone:
    """Asha calls about what she ordered on her card a moment ago."""
    order = await order_of(shop, cards=cards, quantity=3, naan=1)
    talk = await phoned()
    return await about(talk, shop, order)


async def unheard(phone: Phone) -> str:
    change = await phone.propose()
    grammar.hear(phone.talk.call, "Yes.")
    return change


async def cut_off(phone: Phone) -> str:
    change = await phone.propose()
    phone.talk.call.cut(change)
    grammar.hear(phone.talk.call, "Yes.")
    return change


async def unanswered(phone: Phone) -> str:
    change = await phone.propose()
    phone.talk.hear()
    return change


async def refused(phone: Phone) -> str:
    return await phone.agree(answer="No, leave it.")


async def refused_then_yes(phone: Phone) -> str:
    change = await phone.agree(answer="No.")
    grammar.hear(phone.talk.call, "Yes.")
    return change


async def wanted_otherwise(phone: Phone) -> str:
    return await phone.agree(answer="Yes, but only the naan instead.")


async def asked_back(phone: Phone) -> str:
    return await phone.agree(answer="When do I get the money?")


async def taken_back(phone: Phone) -> str:
    change = await phone.agree()
    grammar.hear(phone.talk.call, "Hold on.")
    return change


async def replaced(phone: Phone) -> str:
    change = await phone.agree()
    await phone.propose("note", note="ring twice")
    return change


async def made_up(phone: Phone) -> str:
    return "change-77"


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (unheard, "has not heard the proposal to its end"),
        (cut_off, "has not heard the proposal to its end"),
        (unanswered, "has not answered yet"),
        (refused, "did not agree"),
        (refused_then_yes, "did not agree"),
        (wanted_otherwise, "did not agree"),
        (asked_back, "did not say a plain yes"),
        (taken_back, "did not agree"),
        (replaced, "did not agree"),
        (made_up, "no change-77 in this call"),
    ],
)
async def test_without_a_heard_yes_to_exactly_this_nothing_is_done(
    phone: Phone, cards: FakePayments, before: Callable[[Phone], Awaitable[str]], says: str
) -> None:
    change = await before(phone)
    with pytest.raises(ToolError, match=says):
        await phone.carry_out(change)
    assert ((await phone.now()).status, len(cards.held)) == ("placed", 1)


async def test_a_question_leaves_the_proposal_open_for_the_yes_after_it(phone: Phone) -> None:
    change = await asked_back(phone)
    grammar.hear(phone.talk.call, "Okay, yes.")
    assert (await phone.carry_out(change))["status"] == "done"
