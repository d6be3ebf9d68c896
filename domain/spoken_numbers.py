"""Numbers and letters as callers say them, written as on a door: "flat twelve oh four B for Bombay" is "flat 1204B"."""

import re
from collections.abc import Sequence
from itertools import pairwise

from domain.numerals import SCALES, SHIFTS, UNITS, Number, Token, numbers, plain, tokens
from domain.spoken_code import TIMES

LABEL_WORDS = """
    flat apartment apt suite unit room house home plot shop door number no floor level building tower block wing gate
    sector phase cross main ward lane gali street road makaan makan ghar kamra manzil
"""
LABELS = frozenset(LABEL_WORDS.split())
"""What a single small number belongs to; "Teen Murti" and "the red one" have none before them."""
STREET_WORDS = "street st lane road rd avenue ave drive dr court ct way place boulevard marg gali"
STREETS = frozenset(STREET_WORDS.split())
SPELLED = re.compile(
    r"\b([a-z])[,.]? (?:for|as in|like|se) (?=\1)[a-z]+(?:[, ]+(?:and )?(?=[a-z][,.]? (?:for|as in|like|se) ))?",
    re.IGNORECASE,
)
AFTER_FIGURE = re.compile(r"(?<=\d) (?=[A-Z]\b(?! (?:for|as) ))")


def written(text: str) -> str:
    """A line of an address, or a name, in the caller's words, with figures for numbers and letters for spelling."""
    return figures(AFTER_FIGURE.sub("", figures(spelled(text))))


def spelled(text: str) -> str:
    """Letters instead of the words that spell them: "R for Ravi, A as in apple" is "RA"."""
    return SPELLED.sub(lambda found: found.group(1).upper(), text)


def figures(text: str) -> str:
    """Figures instead of number words. Figures said in one breath are one number: "four oh two" is 402.

    A comma ends it, and a lone number under ten stays a word unless a flat, a gate or a street belongs to it.
    """
    said = plain(text)
    found = tokens(said)
    parts: list[str] = []
    place = done = 0
    while place < len(found):
        digits, after = _breath(found, place)
        if digits and (after - place > 1 or found[place].digits or _belongs(found, place)):
            parts += [said[done : found[place].start], digits]
            done = found[after - 1].end
        place = max(after, place + 1)
    return "".join(parts) + said[done:] if parts else text


def quantity(text: str) -> float | None:
    """The one number of a text, in units: "dedh" is 1.5, "dhai sau" 250, "paune do" 1.75; None for none or several."""
    said = tokens(plain(text))
    for before, token in pairwise(said):
        if before.text in SHIFTS and token.text == "do":
            said[said.index(token)] = Token("दो", token.start, token.end)
    found = numbers(said)
    return found[0].hundredths / 100 if len(found) == 1 else None


def _breath(found: Sequence[Token], first: int) -> tuple[str, int]:
    """The figures said from here on, and the place after them; "" when none is."""
    digits, place = "", first
    while place < len(found):
        token = found[place]
        times = TIMES.get(token.text, 1)
        at = place + (times > 1)
        one = _number(found, at)
        if one is None or one.whole is None or (times > 1 and one.whole > 9):
            break
        value = str(one.whole)
        if found[at].digits:
            value = found[at].text
            if not value.isdecimal():
                break
        digits += value[:1] * (times - 1) + value
        place = one.after
    return digits, place


def _number(found: Sequence[Token], place: int) -> Number | None:
    if place >= len(found):
        return None
    token = found[place]
    after = found[place + 1].text if place + 1 < len(found) else ""
    two = token.text == "do" and (after in UNITS or after in SCALES or _labelled(found, place))
    if token.text == "oh" or (two and after not in SCALES):
        return Number(place, place + 1, UNITS[token.text] * 100, True)
    first = next(iter(numbers(found[place:])), None)
    if first is None or first.first:
        return None
    return Number(place, place + first.after, first.hundredths, first.small)


def _belongs(found: Sequence[Token], place: int) -> bool:
    token = found[place]
    if token.text in ("oh", "do"):
        return _labelled(found, place)
    if token.text not in UNITS:
        return True
    following = [other.text for other in found[place + 1 : place + 5]]
    return _labelled(found, place) or (
        token.text.isascii() and place == 0 and not STREETS.isdisjoint(following)
    )


def _labelled(found: Sequence[Token], place: int) -> bool:
    return place > 0 and found[place - 1].text in LABELS
