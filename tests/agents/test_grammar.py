"""The grammars beside the model: they decide at once, and write down what was answered to which words."""

from collections.abc import AsyncIterator

import pytest
from qdrant_client import QdrantClient
from sqlmodel import col

from agents import grammar
from compliance import wording
from db.encoders import SpellingEncoder
from db.engine import Sessions
from db.menu_index import MenuIndex
from db.models import Callback, Consent
from db.words import Thesaurus
from domain.call_state import ReadBack
from tests.fakes.call import Talk, in_shop
from tests.fakes.shop import ASHA, Shop

pytestmark = pytest.mark.db


@pytest.fixture
def shop(seeded: Sessions) -> Shop:
    return Shop(seeded)


@pytest.fixture
async def talk(shop: Shop) -> AsyncIterator[Talk]:
    client = QdrantClient(":memory:")
    menu = MenuIndex(client, SpellingEncoder(), Thesaurus({}), embedded=True)
    yield in_shop(shop, await shop.caller(), menu, None, ASHA)
    client.close()


async def consents(shop: Shop, talk: Talk) -> list[Consent]:
    rows = await shop.rows(Consent, col(Consent.call_id) == talk.state.call_id)
    return [row for row in rows if isinstance(row, Consent)]


@pytest.mark.parametrize(
    ("said", "granted", "days"),
    [("Yes, two dosas.", True, 365), ("no onions please", False, 90), ("two dosas", False, 90)],
)
async def test_the_first_turn_answers_the_recording_question(
    talk: Talk, shop: Shop, said: str, granted: bool, days: int
) -> None:
    talk.state.recording_asked = True
    grammar.hear(talk.call, said)
    assert talk.state.recording_consent is granted
    await talk.settle()
    (row,) = await consents(shop, talk)
    assert (row.purpose, row.granted, row.wording) == ("recording", granted, wording.RECORDING_QUESTION)
    assert (row.phone_hash, row.wording_version) == (talk.state.phone_hash, wording.VERSION)
    assert row.expires_at is not None
    assert (row.expires_at - shop.clock.now()).days == days


async def test_a_later_yes_is_no_consent_to_recording(talk: Talk, shop: Shop) -> None:
    talk.state.recording_asked = True
    grammar.hear(talk.call, "two dosas")
    grammar.hear(talk.call, "yes")
    assert talk.state.recording_consent is False
    await talk.settle()
    assert [row.granted for row in await consents(shop, talk)] == [False]


async def test_a_question_that_was_not_asked_has_no_answer(talk: Talk, shop: Shop) -> None:
    grammar.hear(talk.call, "Yes, two dosas.")
    await talk.settle()
    assert (talk.state.recording_consent, await consents(shop, talk)) == (None, [])


@pytest.mark.parametrize(("said", "granted"), [("Okay.", True), ("No thanks.", False), ("Hm?", False)])
async def test_the_contact_question_is_answered_once(
    talk: Talk, shop: Shop, said: str, granted: bool
) -> None:
    talk.state.open_question = "contact"
    grammar.hear(talk.call, said)
    grammar.hear(talk.call, "Yes.")
    await talk.settle()
    (row,) = await consents(shop, talk)
    assert (row.purpose, row.granted, row.wording) == ("order_service", granted, wording.CONTACT_QUESTION)


async def test_somebody_elses_consent_is_not_put_in_the_customers_file(talk: Talk, shop: Shop) -> None:
    talk.state.denied, talk.state.open_question = True, "contact"
    grammar.hear(talk.call, "Yes.")
    await talk.settle()
    assert [row.customer_id for row in await consents(shop, talk)] == [None]


async def test_a_withheld_number_leaves_no_row(talk: Talk, shop: Shop) -> None:
    talk.state.phone_hash, talk.state.open_question = None, "contact"
    grammar.hear(talk.call, "Yes.")
    await talk.settle()
    assert await consents(shop, talk) == []


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Yes.", (True, True)),
        ("place it", (True, True)),
        ("what's the total", (True, False)),
        ("yes but make it hot", None),
        ("the other card please", None),
        ("No.", None),
        ("no wait", None),
    ],
)
async def test_the_turn_after_a_heard_read_back_decides(
    talk: Talk, said: str, left: tuple[bool, bool] | None
) -> None:
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment="cash", mark="m", heard=True)
    grammar.hear(talk.call, said)
    found = talk.state.read_back
    assert (None if found is None else (found.answered, found.agreed)) == left


async def test_a_turn_before_the_read_back_was_heard_decides_nothing(talk: Talk) -> None:
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment="cash", mark="m")
    grammar.hear(talk.call, "Yes.")
    assert (talk.state.read_back.answered, talk.state.read_back.agreed) == (False, False)


async def test_a_yes_may_be_taken_back(talk: Talk) -> None:
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment="cash", mark="m", heard=True)
    grammar.hear(talk.call, "Yes.")
    grammar.hear(talk.call, "Hold on.")
    assert talk.state.read_back is None


@pytest.mark.parametrize(
    ("said", "asked_for"),
    [
        ("agent", True),
        ("Human, please.", True),
        ("Can I speak to a real person?", True),
        ("can i talk to an operator please", True),
        ("I want a human", True),
        ("one dosa per person", False),
        ("no", False),
    ],
)
async def test_the_wish_for_a_person_is_booked_at_once(
    talk: Talk, shop: Shop, said: str, asked_for: bool
) -> None:
    grammar.hear(talk.call, said)
    await talk.settle()
    assert len(await shop.rows(Callback)) == asked_for


@pytest.mark.parametrize("said", ["", "  "])
async def test_silence_is_no_turn(talk: Talk, said: str) -> None:
    grammar.hear(talk.call, said)
    assert (talk.state.turns, talk.state.version) == (0, 0)


@pytest.mark.parametrize(
    ("question", "digit", "means"),
    [
        ("contact", "1", "Yes."),
        ("contact", "9", "No."),
        ("read_back", "1", "Yes."),
        ("read_back", "2", "No."),
        ("read_back", "5", None),
        ("size", "1", "half"),
        ("size", "2", "full"),
        ("size", "3", None),
        ("size", "0", None),
        ("size", "#", None),
        (None, "1", None),
    ],
)
async def test_a_key_answers_the_question_that_is_open(
    talk: Talk, question: str | None, digit: str, means: str | None
) -> None:
    talk.state.turns, talk.state.open_question = 1, question
    talk.state.open_options = ["half", "full"] if question == "size" else []
    assert grammar.meaning(talk.call, digit) == means


@pytest.mark.parametrize(("digit", "means"), [("1", "Yes."), ("2", "No."), ("9", "No."), ("0", None)])
async def test_a_key_before_the_first_words_answers_the_recording_question(
    talk: Talk, digit: str, means: str | None
) -> None:
    talk.state.recording_asked = True
    assert grammar.meaning(talk.call, digit) == means
