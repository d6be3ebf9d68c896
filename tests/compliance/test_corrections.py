"""What is said in place of a false sentence: a fact, in words that fit the caller's language."""

import pytest

from compliance.corrections import corrections
from domain.facts import Ledger

HINDI_ORDER = "आपका Spice Route ऑर्डर रास्ते में है।"


@pytest.mark.parametrize(
    ("facts", "false", "language", "instead"),
    [
        (["total: ₹591"], "कुल पाँच सौ रुपये हुए।", "hi", "कुल पाँच सौ इक्यानवे रुपये हुए।"),
        (["minutes: 30 minutes"], "दस मिनट में पहुँच जाएगा।", "hi", "लगभग तीस मिनट लगेंगे।"),
        (["minutes: 30 minutes"], "It arrives in ten minutes.", "en", "It takes about thirty minutes."),
        (
            ["arrives: लगभग पंद्रह से बीस मिनट में"],
            "दस मिनट में पहुँच जाएगा।",
            "hi",
            "यह लगभग पंद्रह से बीस मिनट में पहुँच जाएगा।",
        ),
        (
            ["arrives: in about 15 to 20 minutes"],  # told before the caller asked for Hindi
            "दस मिनट में पहुँच जाएगा।",
            "hi",
            "It should be with you in about 15 to 20 minutes.",
        ),
        (["code: 482913"], "कोड है चार आठ दो, नौ एक चार।", "hi", "कोड है चार आठ दो, नौ एक तीन।"),
        (["code: 482913"], "The code is 482914.", "en", "The code is four eight two, nine one three."),
        ([f"say: {HINDI_ORDER}"], "आपका ऑर्डर डिलीवर हो गया है।", "hi", HINDI_ORDER),
        (["say: नमस्ते।"], "आपका ऑर्डर डिलीवर हो गया है।", "hi", None),
    ],
)
def test_the_newest_fact_is_told_instead(
    facts: list[str], false: str, language: str, instead: str | None
) -> None:
    ledger = Ledger(facts)
    claim = ledger.unfounded(false)
    assert claim is not None
    assert corrections().instead(claim, false, ledger, language) == instead
