"""What the system says in Hindi is among the facts: a model may say it again, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.eta import Progress, say_progress
from domain.facts import Ledger
from domain.learning import facts_of
from domain.money import Money
from domain.order import OrderStatus as S
from domain.speech import say_code, say_money, say_when
from domain.truth import claims

ZONE = "Asia/Kolkata"
NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # eight in the evening there


def status(order: S, minutes: int = 12) -> dict[str, object]:
    """What `get_order_status` tells of an order placed so many minutes ago, in Hindi."""
    progress = Progress(order, NOW - timedelta(minutes=minutes), 40)
    told: dict[str, object] = {
        "status": str(order).replace("_", " "),
        "restaurant": "Spice Route",
        "say": say_progress(progress, "Spice Route", NOW, ZONE, "hi"),
    }
    arrives = progress.arrives(NOW, ZONE, "hi")
    return told | ({"arrives": arrives} if arrives else {})


@pytest.mark.parametrize("minutes", [12, 70])
@pytest.mark.parametrize("order", S)
def test_the_hindi_state_of_an_order_may_be_said_as_it_stands(order: S, minutes: int) -> None:
    told = status(order, minutes)
    for sentence in str(told["say"]).split("। "):
        assert Ledger(facts_of(told)).unfounded(sentence) is None


@pytest.mark.parametrize(
    ("order", "true", "false"),
    [
        (S.PICKED_UP, "ऑर्डर रास्ते में है, पच्चीस से तीस मिनट लगेंगे।", "ऑर्डर डिलीवर हो गया है।"),
        (S.PICKED_UP, "It is on its way, 25 to 30 minutes.", "It comes in ten minutes."),
        (S.CANCELLED, "आपका ऑर्डर कैंसल हो गया है।", "पैसे वापस कर दिए हैं।"),
        (S.CONFIRMED, "रेस्टोरेंट ने ऑर्डर कन्फ़र्म कर दिया है।", "ऑर्डर रास्ते में है।"),
        (S.PREPARING, "लगभग तीस मिनट में पहुँच जाएगा।", "लगभग चालीस मिनट में पहुँच जाएगा।"),
    ],
)
def test_it_backs_what_it_says_in_either_language_and_nothing_else(order: S, true: str, false: str) -> None:
    ledger = Ledger(facts_of(status(order)))
    assert ledger.unfounded(true) is None
    assert ledger.unfounded(false) is not None


def test_a_placed_order_and_its_code_may_be_said_again() -> None:
    say = f"आपका ऑर्डर हो गया है। इसका कोड है {say_code('482913', 'hi')}। यह लगभग तीस मिनट में पहुँच जाएगा।"
    ledger = Ledger(facts_of({"status": "placed", "code": "482913", "minutes": 30, "say": say}))
    for true in (
        "आपका ऑर्डर हो गया है।",
        "कोड है चार आठ दो, नौ एक तीन।",
        "The code is 482913.",
        "तीस मिनट लगेंगे।",
    ):
        assert ledger.unfounded(true) is None, true
    for false in ("कोड है चार आठ दो, नौ एक चार।", "बीस मिनट लगेंगे।", "आपका ऑर्डर कैंसल हो गया है।"):
        assert ledger.unfounded(false) is not None, false


def test_the_total_of_a_hindi_read_back_may_be_said_in_either_language() -> None:
    total = Money(59100, "INR")
    ledger = Ledger([f"total: {total}", f"say: सब मिलाकर {say_money(total, 'hi')}, नकद।"])
    for true in ("कुल पाँच सौ इक्यानवे रुपये हुए।", "The total is five hundred and ninety-one rupees.", "₹591 हुए।"):
        assert ledger.unfounded(true) is None, true
    assert ledger.unfounded("कुल पाँच सौ रुपये हुए।") is not None


@pytest.mark.parametrize("minute", [0, 5, 15, 30, 45, 57])
def test_a_hindi_time_of_day_is_read_as_one_time(minute: int) -> None:
    seven = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)  # in the evening there
    (claim,) = claims(f"यह {say_when(seven + timedelta(minutes=minute), NOW, ZONE, 'hi')} पहुँचेगा।")
    assert (claim.kind, claim.day) == ("clock", "today")
    assert 19 * 60 + minute in claim.values
