"""What is hidden, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import (
    CARD,
    luhn,
    mask_cards,
    mask_cards_across,
    mask_cards_in,
    mask_fields,
    mask_phone,
    mask_text,
)

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    "said",
    [
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242424242424242",
        "378282246310005",
        "four two four two four two four two four two four two four two four two",
        "Four one one one, one one one one. One one one one, one one one one",
        "4111 one one one one 1111 1111",
        "four one double one, double one double one, 1111 1111",
        "forty-one eleven eleven eleven eleven eleven eleven eleven",
        "fifty five fifty five, fifty five fifty five, fifty five fifty five, forty four forty four",
        "चार एक एक एक एक एक एक एक एक एक एक एक एक एक एक एक",
        "४२४२ ४२४२ ४२४२ ४२४२",
        "char do char do, char do char do, char do char do aur char do char do",
        "4242 4242 uh 4242 and then 4242",
    ],
)
def test_a_card_number_is_masked_however_it_is_said(said: str) -> None:
    assert mask_cards(f"Charge {said}, please.") == f"Charge {CARD}, please."


@pytest.mark.parametrize(
    "said",
    [
        "order 482913, two naan and one lassi at 8:30",
        "call +1 512 555 0110 or +1 512 555 0111",
        "1234567812345678",
        "one two three four five six seven eight nine ten",
        "0190c6a4-7d3b-7123-8123-123412341234",
        "",
    ],
)
def test_other_numbers_are_left_alone(said: str) -> None:
    assert mask_cards(said) == said


@given(st.lists(st.integers(0, 9), min_size=12, max_size=18), st.booleans())
def test_every_number_that_passes_the_check_is_masked(digits: list[int], spoken: bool) -> None:
    body = "".join(map(str, digits))
    number = next(body + str(last) for last in range(10) if luhn(body + str(last)))
    said = " ".join(WORDS[int(digit)] for digit in number) if spoken else number
    assert CARD in mask_cards(f"it is {said} thanks")
    assert number not in mask_cards(f"it is {said} thanks")


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["Yes, 4242 4242", "4242 4242. Thanks."], [f"Yes, {CARD}", f"{CARD}. Thanks."]),
        (["3782 822463", "10005"], [CARD, CARD]),
        (["4242 4242 4242 4242", "two naan"], [CARD, "two naan"]),
        (["4242 4242", "then two naan", "4242 4242"], ["4242 4242", "then two naan", "4242 4242"]),
        ([], []),
    ],
)
def test_a_card_number_is_masked_over_pieces(pieces: list[str], shown: list[str]) -> None:
    assert mask_cards_across(pieces) == shown


def test_the_code_after_a_telephone_number_stays_although_both_pass_the_check() -> None:
    code = next(f"48291{last}" for last in range(10) if luhn(f"987654321048291{last}"))
    assert mask_cards_across(["9876543210", code]) == ["9876543210", code]


@given(st.text())
def test_masking_never_fails_and_is_done_once(text: str) -> None:
    assert mask_cards(mask_cards(text)) == mask_cards(text)
    assert isinstance(mask_text(text), str)


def test_json_is_masked_at_any_depth() -> None:
    data = {"a": ["4242 4242 4242 4242", {"b": "5555555555554444"}], "n": 4242424242424242, "none": None}
    assert mask_cards_in(data) == {"a": [CARD, {"b": CARD}], "n": 4242424242424242, "none": None}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+15125550110 called", "•••10 called"),
        ("From=%2B911000000110&To=x", "From=•••10&To=x"),
        ("(512) 555-0110", "•••10"),
        ("98765 43210", "•••10"),
        ("5125550110 again", "•••10 again"),
        ("asha@example.com wrote", "••• wrote"),
        ("card 4111111111111112", "card •••"),
        ("at 2026-03-02T18:30:00.123456+00:00", "at 2026-03-02T18:30:00.123456+00:00"),
        ("2026-03-02 18:30:00", "2026-03-02 18:30:00"),
        ("http://127.0.0.1:54321/x", "http://127.0.0.1:54321/x"),
        ("call 0190c6a4-7d3b-7123-8123-123412341234", "call 0190c6a4-7d3b-7123-8123-123412341234"),
        ("CA01234567890123456789012345678901", "CA01234567890123456789012345678901"),
    ],
)
def test_a_log_line_shows_two_digits_at_most(text: str, shown: str) -> None:
    assert mask_text(text) == shown


def test_fields_are_hidden_by_name_and_by_shape() -> None:
    fields = {
        "call_id": "0190c6a4",
        "From": "+15125550110",
        "to": "customer_order",
        "data": {"first_name": "Asha", "items": ["ring +15125550110"], "count": 3},
        "transcript": "my door is green",
        "ok": True,
    }
    assert mask_fields(fields) == {
        "call_id": "0190c6a4",
        "From": "•••10",
        "to": "customer_order",
        "data": {"first_name": "•••", "items": ["ring •••10"], "count": 3},
        "transcript": "•••",
        "ok": True,
    }
    assert mask_phone("7") == "•••"
