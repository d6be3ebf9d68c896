"""Hiding what must not be kept: card numbers in what is said, numbers and addresses in what is logged."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

CARD = "[card number]"
CARD_DIGITS = range(13, 20)
"""Lengths of a card number (ISO/IEC 7812)."""
HIDDEN = "•••"
LEAST_PHONE_DIGITS = 7

UNITS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "शून्य": "0", "ज़ीरो": "0", "एक": "1", "दो": "2", "तीन": "3", "चार": "4", "पाँच": "5", "पांच": "5",
    "छह": "6", "छः": "6", "सात": "7", "आठ": "8", "नौ": "9",
    "shunya": "0", "ek": "1", "do": "2", "teen": "3", "char": "4", "chaar": "4", "panch": "5", "paanch": "5",
    "chhe": "6", "chhah": "6", "saat": "7", "aath": "8", "nau": "9",
}  # fmt: skip
TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5",
    "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
TIMES = {"double": 2, "triple": 3}
TOKEN = re.compile(r"\d+|[^\W\d_]+(?:[\u0900-\u097f]+)?")
BETWEEN = re.compile(
    r"(?:[\s,.;:…\-–/]|\b(?:uh+|um+|er+|hm+|and|then|next|dash|space|aur|phir)\b)*", re.IGNORECASE
)
"""What may stand between two groups of one number."""
PAYMENT_CARD = re.compile(r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7]|6\d|8[12])\d{14}|508\d{13}|3[47]\d{13}")
"""The numbers of the networks whose cards are in use here, by their first digits and length."""

PHONE = re.compile(
    r"""(?<![\w+-])(?!\d{4}-\d{2}-\d{2}(?!\d))      # not inside a word or an id, and not a date
    (?: (?:\+|%2B)\d(?:[ ().-]?\d){6,14}           # +1 512 555 0110
      | \(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}            # (512) 555-0110
      | \d{5}[ -]\d{5}                             # 98765 43210
      | \d{10,12} )(?![\w])""",
    re.VERBOSE | re.IGNORECASE,
)
LONG_DIGITS = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")

PHONE_FIELDS = frozenset({
    "phone", "from", "to", "caller", "called", "number", "from_number", "to_number", "e164", "recipient_phone",
})  # fmt: skip
PRIVATE_FIELDS = frozenset({
    "name", "first_name", "full_name", "customer_name", "recipient", "email", "address", "place", "line1",
    "street", "flat", "landmark", "note", "text", "transcript", "utterance", "said", "body", "payload",
    "form", "sdp", "history", "summary", "token", "secret", "password", "authorization", "cookie", "api_key",
})  # fmt: skip


def luhn(digits: str) -> bool:
    """Whether a row of digits passes the check of card numbers (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def mask_cards(text: str) -> str:
    """The text with every card number replaced by `[card number]`: 13 to 19 digits that pass the Luhn check.

    Digits may be written, grouped, or spoken ("four one double one", "forty-one eleven", "चार एक"), also mixed.
    """
    hidden = text
    for first, last in reversed(_card_spans(text)):
        hidden = hidden[:first] + CARD + hidden[last:]
    return hidden


def mask_cards_across(pieces: Sequence[str]) -> list[str]:
    """Pieces said one after another, with the card numbers that run on from one into the next masked.

    Every piece keeps its own words; each that held a share of such a number says `[card number]` there. A
    telephone number followed by a code is as long as a card's, so only the networks' own ranges count here.
    """
    starts: list[int] = []
    joined = ""
    for piece in pieces:
        starts.append(len(joined))
        joined += piece + " "
    hidden = list(pieces)
    for first, last in reversed(_card_spans(joined)):
        number = "".join(digits for _, _, digits in _groups(joined[first:last]))
        for place, (start, piece) in enumerate(zip(starts, pieces, strict=True)):
            begin, end = max(first - start, 0), min(last - start, len(piece))
            alone = first >= start and last <= start + len(piece)
            if begin < end and (alone or PAYMENT_CARD.fullmatch(number)):
                hidden[place] = hidden[place][:begin] + CARD + hidden[place][end:]
    return hidden


def mask_cards_in(value: Any) -> Any:
    """A JSON value with the card numbers in all its texts masked and unpaired surrogates made harmless."""
    if isinstance(value, str):
        return mask_cards(value.encode("utf-8", "replace").decode())
    if isinstance(value, Mapping):
        return {key: mask_cards_in(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_cards_in(inner) for inner in value]
    return value


def mask_phone(number: str) -> str:
    """A telephone number as a log may show it: the last two digits."""
    digits = [character for character in number if character.isdigit()]
    return HIDDEN + "".join(digits[-2:]) if len(digits) > 2 else HIDDEN


def mask_text(text: str) -> str:
    """Free text for a log: telephone numbers keep two digits; e-mail and long rows of digits go."""
    text = EMAIL.sub(HIDDEN, mask_cards(text))
    text = LONG_DIGITS.sub(HIDDEN, text)
    return PHONE.sub(lambda found: mask_phone(found.group()), text)


def mask_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A log's fields: known private ones are hidden by name, all texts by their shape, at any depth."""
    return {key: _mask_field(key, value) for key, value in fields.items()}


def _mask_field(key: str, value: Any) -> Any:
    known = str(key).lower()
    if value is None or isinstance(value, bool | float):
        return value
    if known in PRIVATE_FIELDS:
        return HIDDEN
    if known in PHONE_FIELDS and sum(map(str.isdigit, str(value))) >= LEAST_PHONE_DIGITS:
        return mask_phone(str(value))
    return _mask_value(value)


def _mask_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask_fields(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_text(str(value))


def _card_spans(text: str) -> list[tuple[int, int]]:
    """Where card numbers stand, left to right, as (start, end)."""
    spans: list[tuple[int, int]] = []
    run: list[tuple[int, int, str]] = []
    for group in [*_groups(text), (len(text) + 1, len(text) + 1, "")]:
        if run and not (group[2] and BETWEEN.fullmatch(text, run[-1][1], group[0])):
            spans += _spans_of(run)
            run = []
        run.append(group)
    return spans


def _spans_of(run: list[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Card numbers among neighbouring groups of digits: the longest first, none overlapping."""
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(run):
        found = None
        digits = ""
        for last in range(first, len(run)):
            digits += run[last][2]
            if len(digits) > CARD_DIGITS[-1]:
                break
            if len(digits) in CARD_DIGITS and luhn(digits):
                found = last
        if found is None:
            first += 1
        else:
            spans.append((run[first][0], run[found][1]))
            first = found + 1
    return spans


def _groups(text: str) -> list[tuple[int, int, str]]:
    """Everything that says digits, as (start, end, digits)."""
    found: list[tuple[int, int, str]] = []
    times, tens = 1, ""
    begun = tens_end = 0
    for token in TOKEN.finditer(text):
        word = token.group().lower()
        start = begun if times > 1 or tens else token.start()
        if tens and word in UNITS and UNITS[word] != "0":
            found.append((start, token.end(), tens + UNITS[word]))
        else:
            if tens:
                found.append((begun, tens_end, tens + "0"))
                start = token.start()
            digits = UNITS.get(word) or TEENS.get(word) or _decimal(word)
            if digits:
                found.append((start, token.end(), digits * times if len(digits) == 1 else digits))
        times, tens = TIMES.get(word, 1), TENS.get(word, "")
        begun, tens_end = token.start(), token.end()
    if tens:
        found.append((begun, tens_end, tens + "0"))
    return found


def _decimal(word: str) -> str:
    """The ASCII digits of a token written in any script's digits; empty for a word."""
    return "".join(str(int(character)) for character in word) if word.isdecimal() else ""
