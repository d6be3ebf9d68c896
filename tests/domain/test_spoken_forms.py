"""Money, times, PINs and telephone numbers as a voice has to be given them, in both languages."""

from datetime import UTC, datetime

import pytest

from domain.money import Money
from domain.speech import say_clock, say_minutes, say_money, say_phone, say_pin


@pytest.mark.parametrize(
    ("money", "language", "said"),
    [
        (Money(3106, "USD"), "en", "thirty-one dollars and six cents"),
        (Money(24900, "INR"), "en-IN", "two hundred and forty-nine rupees"),
        (Money(24900, "INR"), "hi", "दो सौ उनचास रुपये"),
        (Money(100, "INR"), "hi-IN", "एक रुपया"),
        (Money(12345650, "INR"), "hi", "एक लाख तेईस हज़ार चार सौ छप्पन रुपये पचास पैसे"),
        (Money(1250, "USD"), "hi", "बारह डॉलर पचास सेंट"),
        (Money(0, "INR"), "hi", "शून्य रुपये"),
    ],
)
def test_money_is_said_in_words(money: Money, language: str, said: str) -> None:
    assert say_money(money, language) == said


@pytest.mark.parametrize(
    ("utc", "zone", "language", "said"),
    [
        ("2026-03-02T14:00", "America/Chicago", "en", "eight am"),
        ("2026-03-02T18:05", "America/Chicago", "en", "twelve oh five pm"),
        ("2026-03-02T01:30", "America/Chicago", "en", "seven thirty pm"),
        ("2026-03-02T14:00", "Asia/Kolkata", "hi", "शाम साढ़े सात बजे"),
        ("2026-03-02T08:00", "Asia/Kolkata", "hi", "दोपहर डेढ़ बजे"),
        ("2026-03-02T02:45", "Asia/Kolkata", "hi", "सुबह सवा आठ बजे"),
        ("2026-03-02T16:15", "Asia/Kolkata", "hi", "रात पौने दस बजे"),
        ("2026-03-02T02:35", "Asia/Kolkata", "hi", "सुबह आठ बजकर पाँच मिनट"),
    ],
)
def test_a_time_is_said_in_words(utc: str, zone: str, language: str, said: str) -> None:
    assert say_clock(datetime.fromisoformat(utc).replace(tzinfo=UTC), zone, language) == said


@pytest.mark.parametrize(
    ("low", "high", "language", "said"),
    [
        (15, 20, "en", "fifteen to twenty minutes"),
        (35, None, "en", "thirty-five minutes"),
        (1, None, "en", "one minute"),
        (20, 20, "hi", "बीस मिनट"),
        (15, 20, "hi", "पंद्रह से बीस मिनट"),
    ],
)
def test_how_long_is_said_in_words(low: int, high: int | None, language: str, said: str) -> None:
    assert say_minutes(low, high, language) == said


@pytest.mark.parametrize(
    ("pin", "language", "said"),
    [
        ("4829", "en", "four eight two nine"),
        ("482913", "en", "four eight two, nine one three"),
        ("560 034", "hi", "पाँच छह शून्य, शून्य तीन चार"),
        ("78701", "en", "seven eight seven, zero one"),
    ],
)
def test_a_pin_is_said_digit_by_digit(pin: str, language: str, said: str) -> None:
    assert say_pin(pin, language) == said


@pytest.mark.parametrize(
    ("number", "language", "said"),
    [
        ("+15125550110", "en", "five one two, five five five, zero one one zero"),
        ("+919876543210", "en", "nine eight seven six five, four three two one zero"),
        ("+919876543210", "hi", "नौ आठ सात छह पाँच, चार तीन दो एक शून्य"),
        ("+4930123456", "en", "four nine three, zero one two, three four five, six"),
    ],
)
def test_a_telephone_number_is_said_in_its_countrys_groups(number: str, language: str, said: str) -> None:
    assert say_phone(number, language) == said
