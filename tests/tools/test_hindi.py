"""A caller whose language is Hindi: what the system says for a tool is Hindi, and a Hindi yes is one."""

import re

import pytest
from sqlmodel import col

from agents import grammar
from compliance import wording
from db.models import Consent
from domain.call_state import SavedCard
from domain.ids import new_id
from domain.order import OrderStatus as S
from domain.order import PaymentStatus
from tests.fakes.call import Talk, asked, run
from tests.fakes.changing import Phone, about
from tests.fakes.ordering import agreed, ready
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import dishes, order_of, set_order
from tests.tools.conftest import Phoned
from tools.call import CONTACT_MARK
from tools.caller import ask_contact_consent, ask_for_person, end_call
from tools.changes import carry_out, propose_change
from tools.checkout import paying, place_order, read_back_order, set_delivery_time
from tools.orders import confirm_receipt, get_order_status
from tools.result import Say
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    talk = await phoned()
    talk.state.language = "hi"
    return talk


@pytest.fixture
async def phone(talk: Talk, shop: Shop, cards: FakePayments) -> Phone:
    """Asha calls about what she ordered on her card a moment ago, and speaks Hindi."""
    order = await order_of(shop, cards=cards, quantity=3, naan=1)
    return await about(talk, shop, order)


async def test_the_order_is_read_back_and_the_question_asked_in_hindi(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    said = await read_back_order(talk.call, payment="cash")
    assert isinstance(said, Say)
    order, question = (sentence.text for sentence in said.sentences)
    assert order.startswith("आपका ऑर्डर: दो full Dal Tadka। Spice Route, Old Mill से आएगा, पता है ")
    assert order.endswith(" सेंट, नकद।")
    assert question == "क्या मैं यह ऑर्डर कर दूँ?"


async def test_a_card_is_read_back_in_hindi(talk: Talk) -> None:
    talk.state.cards["card-1"] = SavedCard(id=new_id(), spoken="Visa ending in 4242")
    assert paying(talk.call, "card-1").to("hi") == "आपके चार दो चार दो वाले Visa कार्ड से"


@pytest.mark.parametrize(
    "answer", ["हाँ, कर दीजिए", "जी", "ठीक है", "haan ji", "theek hai, kar dijiye", "हाँ, नकद"]
)
async def test_a_hindi_yes_places_the_order_and_its_code_is_told_in_hindi(
    talk: Talk, shop: Shop, answer: str
) -> None:
    await ready(talk, shop)
    done = await run(talk.call, place_order, cart_version=await agreed(talk, answer=answer), payment="cash")
    assert done["status"] == "placed"
    assert done["say"].startswith("आपका ऑर्डर हो गया है। इसका कोड है ")
    assert done["say"].endswith("। यह लगभग पैंतीस मिनट में पहुँच जाएगा।")
    assert {done["code"], "placed", "35 minutes"} <= set(talk.state.facts)


@pytest.mark.parametrize("answer", ["जी नहीं", "हाँ, और एक नान", "haan, lekin naan hata dijiye", "रुकिए"])
async def test_a_hindi_no_or_change_places_nothing(talk: Talk, shop: Shop, answer: str) -> None:
    await ready(talk, shop)
    await agreed(talk, answer=answer)
    assert talk.state.read_back is None


async def test_an_order_for_later_tells_when_it_comes_in_hindi(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, set_delivery_time, day="tomorrow", time="19:30")
    done = await run(talk.call, place_order, cart_version=await agreed(talk, answer="हाँ"), payment="cash")
    assert done["say"].endswith("। यह कल शाम साढ़े सात बजे पहुँचेगा।")


async def test_a_proposal_is_put_in_hindi_and_carried_out_after_a_hindi_yes(phone: Phone) -> None:
    said = await propose_change(phone.talk.call, order=phone.handle, action="remove", line=2)
    assert isinstance(said, Say)
    proposal, question = (sentence.text for sentence in said.sentences)
    assert proposal.startswith("मैं आपके Spice Route ऑर्डर से एक Garlic Naan हटा दूँगी। कुल रकम ")
    assert proposal.endswith(" हो जाएगी। आपके चार दो चार दो वाले Visa कार्ड से बस इतना ही लिया जाएगा।")
    assert question == "क्या मैं यह कर दूँ?"
    change = await phone.agree("remove", answer="हाँ, नान हटा दीजिए", line=2)
    assert change
    assert not phone.talk.state.offers[change].agreed, "the dish is called by another name here"
    change = await phone.agree("remove", answer="हाँ, हटा दीजिए", line=2)
    assert (await phone.carry_out(change))["status"] == "done"
    assert await dishes(phone.shop, phone.order.id) == ["3 Dal Tadka"]


async def test_a_yes_holds_when_the_language_changes_before_it_is_carried_out(phone: Phone) -> None:
    change = await phone.agree(answer="हाँ, कैंसल कर दीजिए")
    phone.talk.state.language = "en"
    assert (await run(phone.talk.call, carry_out, change=change))["status"] == "done"
    assert (await phone.now()).status == "cancelled"


async def test_the_state_of_an_order_is_told_in_hindi(phone: Phone, shop: Shop) -> None:
    await set_order(shop, phone.order.id, status=S.PICKED_UP)
    found = (await run(phone.talk.call, get_order_status))["orders"][0]
    assert found["say"].startswith("आपका Spice Route ऑर्डर रास्ते में है। यह लगभग ")
    assert found["arrives"].endswith(" मिनट में")
    assert found["ordered"] == "आज दोपहर साढ़े बारह बजे"
    assert {found["say"], found["arrives"]} <= set(phone.talk.state.facts)


async def test_what_became_of_the_money_is_told_in_hindi(phone: Phone, shop: Shop) -> None:
    await set_order(shop, phone.order.id, status=S.CANCELLED, payment_status=PaymentStatus.RELEASED)
    found = (await run(phone.talk.call, get_order_status))["orders"][0]
    assert found["say"] == "आपका Spice Route ऑर्डर कैंसल हो गया था। कोई पैसा नहीं लिया गया।"


async def test_an_order_that_is_not_out_yet_is_told_so_in_hindi(phone: Phone) -> None:
    told = await run(phone.talk.call, confirm_receipt, order=phone.handle)
    assert told["say"].startswith(
        "मेरे पास जो जानकारी है, उसके हिसाब से यह अभी निकला नहीं है। आपका Spice Route ऑर्डर "
    )


async def test_contact_is_asked_for_in_hindi_and_the_answer_is_kept_with_those_words(
    talk: Talk, shop: Shop
) -> None:
    said = await ask_contact_consent(talk.call)
    assert isinstance(said, Say)
    assert [sentence.text for sentence in said.sentences] == [wording.CONTACT_QUESTION.hi]
    talk.call.heard(CONTACT_MARK)
    talk.state.language = "en"  # "theek hai, and English please"
    grammar.hear(talk.call, "ठीक है")
    await talk.settle()
    (row,) = await shop.rows(Consent, col(Consent.call_id) == talk.state.call_id)
    assert isinstance(row, Consent)
    assert (row.purpose, row.granted, row.wording) == ("order_service", True, wording.CONTACT_QUESTION.hi)


async def test_a_person_is_promised_in_hindi(talk: Talk) -> None:
    promise = await run(talk.call, ask_for_person, reason="wants a person")
    assert promise["say"].endswith(" और कुछ?")
    assert not re.search("[a-z]", promise["say"], re.IGNORECASE)


async def test_a_goodbye_without_words_of_the_models_own_is_hindi(talk: Talk) -> None:
    for arguments, last in (({}, wording.GOODBYE.hi), ({"farewell": "फिर मिलेंगे।"}, "फिर मिलेंगे।")):
        await handle(end_call, asked(talk.call, end_call, arguments).params)
        assert talk.line.farewell == last
