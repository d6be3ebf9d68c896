"""Answering a question: with its source, in the caller's market, or not at all."""

import pytest

from db.faq_index import FaqIndex
from db.faq_rows import FaqRow
from db.seeding.faqs import read_faqs
from domain.ids import new_id
from domain.market import Market
from errors import StoreDown, ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.shop import ASHA, MARKETS
from tools.faq import answer_question
from tools.tool import OURS_IS_DOWN, handle


@pytest.fixture
async def asking(bare: Talk) -> Talk:
    """A call from a number that is shown, with the shipped answers."""
    bare.call.faqs = await FaqIndex.empty(None)
    await bare.call.faqs.rebuild([FaqRow(new_id(), **entry.model_dump()) for entry in read_faqs()])
    bare.call.phone = ASHA
    return bare


async def test_an_answer_names_its_source(asking: Talk) -> None:
    found = await run(asking.call, answer_question, question="how long does a refund take")
    assert found["status"] == "answered"
    assert found["source"] == "Tiffin refund policy"
    assert found["say"].startswith("From our refund policy: A refund goes back to the card that paid")


@pytest.mark.parametrize(("code", "fee"), [("US", "$3.00"), ("IN", "₹29")])
async def test_the_callers_market_decides_and_its_figures_may_be_repeated(
    asking: Talk, code: str, fee: str
) -> None:
    market: Market = MARKETS[code]
    asking.call.market, asking.state.market = market, code
    found = await run(asking.call, answer_question, question="what is the delivery fee")
    assert fee in found["say"]
    assert fee in asking.state.facts
    assert any(fact in found["say"] for fact in asking.state.facts if len(fact) > 20)


async def test_what_is_not_known_is_said_and_a_person_offered(asking: Talk) -> None:
    found = await run(asking.call, answer_question, question="what is your CEO's salary")
    assert found["status"] == "unknown"
    assert found["say"] == (
        "I don't know that, and I'd rather not guess. Shall a person call you back about it?"
    )
    assert "ask_for_person" in found["next"]
    assert asking.state.facts == []


async def test_a_caller_with_a_withheld_number_is_promised_no_call_back(asking: Talk) -> None:
    asking.call.phone = None
    found = await run(asking.call, answer_question, question="who won the cricket")
    assert found["status"] == "unknown"
    assert "call you back" not in found["say"]
    assert "ask_for_person" not in found["next"]


async def test_a_store_that_is_down_is_told_as_our_failure(asking: Talk) -> None:
    asking.call.faqs = await FaqIndex.empty("http://127.0.0.1:1")
    question = asked(asking.call, answer_question, {"question": "how can I pay"})
    await handle(answer_question, question.params)
    assert question.result == {"error": OURS_IS_DOWN}


async def test_a_call_without_answers_fails_like_a_store(bare: Talk) -> None:
    with pytest.raises(StoreDown):
        await run(bare.call, answer_question, question="how can I pay")


async def test_a_speech_is_not_a_question(asking: Talk) -> None:
    with pytest.raises(ToolError, match="question"):
        await run(asking.call, answer_question, question="why " * 60)
