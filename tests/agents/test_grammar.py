"""The grammars beside the model: they decide at once, and write down what was answered to which words."""

from collections.abc import AsyncIterator

import pytest
from qdrant_client import QdrantClient
from sqlmodel import col

from agents import grammar
from compliance import wording
from db.encoders import SpellingEncoder
from db.menu_index import MenuIndex
from db.models import Callback, Consent
from db.words import Thesaurus
from domain.call_state import Offer, ReadBack, SavedCard
from domain.ids import new_id
from tests.fakes.call import Talk, in_shop, run
from tests.fakes.shop import ASHA, Shop
from tools.caller import ask_for_person

pytestmark = pytest.mark.db


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


@pytest.mark.parametrize(("degraded", "agreed"), [(False, True), (True, False)])
async def test_while_the_model_in_reserve_answers_cash_needs_a_plain_yes_too(
    talk: Talk, degraded: bool, agreed: bool
) -> None:
    talk.call.degraded = lambda: degraded
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment="cash", mark="m", heard=True)
    grammar.hear(talk.call, "thank you")
    assert talk.state.read_back.agreed is agreed
    grammar.hear(talk.call, "Yes, place it.")
    assert talk.state.read_back.agreed


@pytest.mark.parametrize(
    ("said", "payment", "agreed"),
    [
        ("Yes, cash", "cash", True),
        ("Yes, the Visa", "cash", None),
        ("Yes, the Visa", "card-1", True),
        ("Yes, cash", "card-1", None),
        ("No problem, place it", "card-1", True),
    ],
)
async def test_repeating_the_payment_that_was_read_back_agrees(
    talk: Talk, said: str, payment: str, agreed: bool | None
) -> None:
    talk.state.cards["card-1"] = SavedCard(id=new_id(), spoken="Visa ending in 4242")
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment=payment, mark="m", heard=True)
    grammar.hear(talk.call, said)
    assert (talk.state.read_back.agreed if talk.state.read_back else None) is agreed


async def test_a_person_who_is_promised_twice_is_recorded_once(talk: Talk, shop: Shop) -> None:
    grammar.hear(talk.call, "agent")
    await talk.settle()
    await run(talk.call, ask_for_person, reason="wants a person")
    grammar.hear(talk.call, "A person, please.")
    await talk.settle()
    assert talk.recorded("person.booked") == [{"reason": "the caller asked for a person"}]
    assert len(await shop.rows(Callback)) == 1


async def test_a_turn_before_the_read_back_was_heard_decides_nothing(talk: Talk) -> None:
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment="cash", mark="m")
    grammar.hear(talk.call, "Yes.")
    assert (talk.state.read_back.answered, talk.state.read_back.agreed) == (False, False)


async def test_a_yes_may_be_taken_back(talk: Talk) -> None:
    talk.state.read_back = ReadBack(cart_version=1, terms="t", payment="cash", mark="m", heard=True)
    grammar.hear(talk.call, "Yes.")
    grammar.hear(talk.call, "Hold on.")
    assert talk.state.read_back is None


def offer(talk: Talk, action: str = "cancel", **arguments: object) -> Offer:
    """A change that was put to the caller and heard."""
    made = Offer(
        order_id=new_id(), action=action, arguments=arguments, terms="t", mark="change-1", heard=True
    )
    talk.state.offers["change-1"], talk.state.open_question = made, "change"
    return made


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Yes.", "agreed"),
        ("Yes, cancel it please.", "agreed"),
        ("cancel it", "agreed"),
        ("yes please cancel my order", "agreed"),
        ("How long does the money take?", "open"),
        ("hm", "open"),
        ("No.", "withdrawn"),
        ("No, don't cancel it.", "withdrawn"),
        ("Don't cancel.", "withdrawn"),
        ("yes but only the naan", "withdrawn"),
        ("yes, cancel the naan", "withdrawn"),
        ("hold on", "withdrawn"),
    ],
)
async def test_the_turn_after_a_heard_proposal_decides(talk: Talk, said: str, left: str) -> None:
    made = offer(talk)
    grammar.hear(talk.call, said)
    assert made.answered
    assert (made.agreed, made.withdrawn) == (left == "agreed", left == "withdrawn")
    assert talk.state.open_question == (None if left == "withdrawn" else "change")
    assert talk.recorded("change.answered") == [{"change": "change-1", "agreed": left == "agreed"}]


@pytest.mark.parametrize(
    ("action", "said", "agreed"),
    [
        ("remove", "Yes, take it off.", True),
        ("remove", "yes, remove the naan", True),
        ("remove", "yes, take the garlic naan off please", True),
        ("remove", "yes, remove the dal", False),
        ("quantity", "Yes, make it one.", True),
        ("quantity", "yes, make it 1", True),
        ("quantity", "yes, make it two", False),
        ("note", "yes, add it", True),
        ("note", "yes, and add that it is for Tom", False),
        ("address", "Yes, change it.", True),
        ("address", "yes, the other address", False),
    ],
)
async def test_words_that_only_repeat_what_was_proposed_are_no_change(
    talk: Talk, action: str, said: str, agreed: bool
) -> None:
    made = offer(talk, action, dish="Garlic Naan" if action in ("remove", "quantity") else None, quantity=1)
    grammar.hear(talk.call, said)
    assert (made.agreed, made.withdrawn) == (agreed, not agreed)


async def test_a_proposal_is_not_answered_before_it_was_heard_or_after_something_else_was_asked(
    talk: Talk,
) -> None:
    made = offer(talk)
    made.heard = False
    grammar.hear(talk.call, "Yes.")
    assert not made.answered
    made.heard, talk.state.open_question = True, "address"
    grammar.hear(talk.call, "Yes.")
    assert (made.answered, made.agreed) == (False, False)


async def test_a_yes_to_a_proposal_outlives_a_question_but_not_a_no(talk: Talk) -> None:
    made = offer(talk)
    grammar.hear(talk.call, "Yes.")
    grammar.hear(talk.call, "How long does the money take?")
    assert made.agreed
    grammar.hear(talk.call, "Hold on.")
    grammar.hear(talk.call, "Yes.")
    assert (made.agreed, made.withdrawn) == (False, True)


async def test_what_has_been_done_is_not_answered_again(talk: Talk) -> None:
    made = offer(talk)
    grammar.hear(talk.call, "Yes.")
    made.done = True
    grammar.hear(talk.call, "No, nothing else.")
    assert (made.agreed, made.withdrawn) == (True, False)


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
        ("change", "1", "Yes."),
        ("change", "2", "No."),
        ("change", "5", None),
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


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Are you a robot?", (wording.ROBOT, True)),
        ("Are you a robot? Two dosas please.", (wording.ROBOT, False)),
        ("Please don't record this.", (wording.NOT_RECORDED, True)),
        ("Don't record me, and add a naan", (wording.NOT_RECORDED, False)),
        ("two dosas", None),
    ],
)
async def test_what_needs_fixed_words_is_answered_by_the_system(
    talk: Talk, said: str, answer: tuple[str, bool] | None
) -> None:
    talk.state.turns = 1
    assert grammar.own_words(talk.call, said) == answer


async def test_the_answer_to_the_recording_question_is_no_withdrawal(talk: Talk) -> None:
    talk.state.recording_asked = True
    assert grammar.own_words(talk.call, "No, don't record this.") is None


async def test_consent_to_recording_is_withdrawn_once_however_often_it_is_said(
    talk: Talk, shop: Shop
) -> None:
    talk.state.recording_asked = True
    for said in ("Yes, two dosas", "please don't record this", "I said don't record!"):
        grammar.hear(talk.call, said)
        await talk.settle()
    assert talk.state.recording_consent is False
    rows = sorted(await consents(shop, talk), key=lambda row: row.granted, reverse=True)
    assert [(row.granted, row.wording) for row in rows] == [
        (True, wording.RECORDING_QUESTION),
        (False, wording.WITHDRAWN),
    ]


@pytest.mark.parametrize(
    ("question", "options", "choices"),
    [
        ("spice level", ["mild", "medium", "hot"], "Was that mild, medium, or hot?"),
        ("contact", [], wording.YES_OR_NO),
        ("read_back", [], wording.YES_OR_NO),
        (None, [], None),
    ],
)
async def test_a_caller_who_was_not_understood_is_given_the_choices(
    talk: Talk, question: str | None, options: list[str], choices: str | None
) -> None:
    talk.state.open_question, talk.state.open_options = question, options
    assert grammar.choices(talk.call) == choices


async def test_a_language_that_is_asked_for_is_spoken_and_remembered(shop: Shop, talk: Talk) -> None:
    said, alone = grammar.own_words(talk.call, "Hindi mein boliye.") or ("", False)
    assert (said, alone) == (wording.NOW_SPEAKING["hi"], True)
    assert talk.state.language == "hi"
    await talk.settle()
    assert talk.state.customer_id
    assert (await shop.customer(talk.state.customer_id)).language == "hi"
    assert grammar.own_words(talk.call, "Hindi mein boliye.") is None
    grammar.hear(talk.call, "Two samosa, please.")
    assert talk.state.language == "hi"


async def test_a_denied_customer_is_not_learnt_about(shop: Shop, talk: Talk) -> None:
    talk.state.denied = True
    grammar.own_words(talk.call, "Hindi mein boliye.")
    await talk.settle()
    assert talk.state.customer_id
    asha = await shop.customer(talk.state.customer_id)
    assert (talk.state.language, asha.language) == ("hi", "en")
