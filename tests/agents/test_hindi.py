"""What the system says beside the model, to a caller whose language is Hindi."""

from collections.abc import AsyncIterator

import pytest
from qdrant_client import QdrantClient
from sqlmodel import col

from agents import AGENTS, grammar
from agents.handoff import transfer
from compliance import wording
from db.encoders import SpellingEncoder
from db.menu_index import MenuIndex
from db.models import Callback, Consent
from db.words import Thesaurus
from domain.saying import Saying
from tests.fakes.call import Talk, asked, in_shop
from tests.fakes.shop import ASHA, Shop
from tools.caller import ask_for_person

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(shop: Shop) -> AsyncIterator[Talk]:
    client = QdrantClient(":memory:")
    menu = MenuIndex(client, SpellingEncoder(), Thesaurus({}), embedded=True)
    talk = in_shop(shop, await shop.caller(), menu, None, ASHA)
    talk.state.language, talk.state.turns = "hi", 1
    yield talk
    client.close()


@pytest.mark.parametrize(
    ("said", "answer", "alone"),
    [
        ("क्या आप रोबोट हैं?", wording.ROBOT.hi, True),
        ("Are you a robot?", wording.ROBOT.hi, True),
        ("रिकॉर्डिंग बंद कीजिए।", "ठीक है।", True),
        ("record mat kariye, aur do naan", "ठीक है।", False),
    ],
)
async def test_fixed_words_are_said_in_hindi(talk: Talk, said: str, answer: str, alone: bool) -> None:
    assert grammar.own_words(talk.call, said) == (answer, alone)


async def test_the_very_next_fixed_words_follow_the_callers_language(talk: Talk) -> None:
    assert grammar.own_words(talk.call, "English please") == ("Sure, in English.", True)
    assert grammar.own_words(talk.call, "Are you a robot?") == (wording.ROBOT, True)
    assert grammar.own_words(talk.call, "Hindi mein boliye") == ("जी, अब हिंदी में बात करते हैं।", True)
    assert grammar.own_words(talk.call, "Are you a robot?") == (wording.ROBOT.hi, True)


@pytest.mark.parametrize(
    ("question", "options", "choices"),
    [
        ("spice level", ["mild", "hot"], "क्या आपने mild या hot कहा?"),
        ("read_back", [], "कृपया हाँ या ना कहिए, या हाँ के लिए एक और ना के लिए दो दबाइए।"),
        ("minutes", [], "कितने मिनट? चाहें तो दो अंकों में दबाइए।"),
        (None, [], None),
    ],
)
async def test_the_choices_are_given_in_hindi(
    talk: Talk, question: str | None, options: list[str], choices: str | None
) -> None:
    talk.state.open_question, talk.state.open_options = question, options
    assert grammar.choices(talk.call) == choices


@pytest.mark.parametrize(
    ("said", "granted"), [("हाँ, दो नान", True), ("जी नहीं, दो नान", False), ("दो नान", False)]
)
async def test_the_answer_to_the_recording_question_is_kept_with_the_words_that_were_asked(
    talk: Talk, shop: Shop, said: str, granted: bool
) -> None:
    talk.state.turns, talk.state.recording_asked, talk.state.asked_in = 0, True, "hi"
    talk.state.language = "en"  # asked for in the same breath
    grammar.hear(talk.call, said)
    await talk.settle()
    (row,) = await shop.rows(Consent, col(Consent.call_id) == talk.state.call_id)
    assert isinstance(row, Consent)
    assert (row.granted, row.wording) == (granted, "क्या मैं कॉल रिकॉर्ड कर लूँ?")


@pytest.mark.parametrize(
    ("said", "booked"),
    [
        ("इंसान", True),
        ("मुझे किसी इंसान से बात करनी है।", True),
        ("insaan se baat karwaiye", True),
        ("person se baat karna chahti hoon", True),
        ("दो नान", False),
        ("aap insaan hain?", False),
    ],
)
async def test_a_wish_for_a_person_is_heard_in_hindi(talk: Talk, shop: Shop, said: str, booked: bool) -> None:
    grammar.hear(talk.call, said)
    await talk.settle()
    assert bool(await shop.rows(Callback, col(Callback.call_id) == talk.state.call_id)) is booked


async def test_what_covers_a_handoff_has_its_hindi(talk: Talk) -> None:
    handoff = next(one for one in AGENTS["customer_order"].handoffs if one.to == "customer_support")
    question = asked(talk.call, ask_for_person, {"reason": "cold food"})
    await transfer(question.params, "customer_order", handoff, AGENTS.stage(handoff.to))
    ((filler, _),) = talk.line.said
    assert isinstance(filler, Saying)
    assert filler.to(talk.state.language) in ("एक पल, मैं देखती हूँ।", "जी, मैं अभी देखती हूँ।")
