"""The amounts, shares and rows of digits that a sentence names."""

import re

from domain import claim_words as words
from domain import totals
from domain.claim import Claim
from domain.numerals import Number, Token
from domain.phrase import Phrase

LEAST_DIGITS = 4
CUED_DIGITS = 3
"""So many digits are a code where the sentence says "code"."""


def money(phrase: Phrase) -> list[Claim]:
    found: list[Claim] = []
    for number in phrase.numbers:
        if not phrase.free(number):
            continue
        sign = _sign_before(phrase, number)
        after = number.after
        currency, value = sign[0], number.hundredths
        small = words.SMALL.get(phrase.word(after))
        if phrase.word(after) in words.CURRENCIES:
            currency = words.CURRENCIES[phrase.word(after)]
            value, after = _with_small(phrase, value, after + 1)
        elif small is not None and not currency:
            currency, value, after = small, value // 100, after + 1
        if currency:
            text, whole = phrase.take(sign[1], after), _whole(phrase, sign[1], after)
            found += _range(phrase, number, sign[1], currency)
            amounts = frozenset({value})
            found.append(Claim("money", text, amounts, currency, asserted=phrase.costs, whole=whole))
    if free := words.FREE.search(phrase.low):
        found.append(Claim("money", free.group(), frozenset({0})))
    for place, token in enumerate(phrase.tokens):
        if (
            token.text in ("a", "one", "ek")
            and phrase.word(place + 1) in ("dollar", "rupee", "buck")
            and place not in phrase.used
        ):
            currency = words.CURRENCIES[phrase.word(place + 1)]
            text, whole = phrase.take(place, place + 2), _whole(phrase, place, place + 2)
            found.append(Claim("money", text, frozenset({100}), currency, asserted=phrase.costs, whole=whole))
    return found


def _sign_before(phrase: Phrase, number: Number) -> tuple[str, int]:
    before = number.first - 1
    if phrase.word(before) == "." and phrase.word(before - 1) == "rs":
        before -= 1
    currency = words.CURRENCIES.get(phrase.word(before), "")
    return (currency, before) if currency else ("", number.first)


def _with_small(phrase: Phrase, value: int, after: int) -> tuple[int, int]:
    """Cents or paise after the currency: "and six cents", "fifty"."""
    joined = after + (phrase.word(after) in ("and", "aur", "और"))
    rest = phrase.at(joined)
    if rest is None or rest.hundredths >= 100 * 100:
        return value, after
    if phrase.word(rest.after) in words.SMALL:
        return value + rest.hundredths // 100, rest.after + 1
    if joined == after and rest.hundredths >= 10 * 100 and not phrase.counts(rest.after):
        return value + rest.hundredths // 100, rest.after
    return value, after


def _range(phrase: Phrase, number: Number, first: int, currency: str) -> list[Claim]:
    """The lower end of "two to three hundred rupees"."""
    if phrase.word(first - 1) not in words.TO:
        return []
    low = phrase.before(first - 1)
    if low is None or not phrase.free(low):
        return []
    text = phrase.take(low.first, low.after)
    return [Claim("money", text, frozenset({low.hundredths}), currency, asserted=phrase.costs)]


def bare_amounts(phrase: Phrase) -> list[Claim]:
    """Amounts without a currency: "twelve fifty", "12.50", "dhai sau", "the total is two hundred"."""
    found: list[Claim] = []
    for number in phrase.numbers:
        if not phrase.free(number):
            continue
        pair = phrase.at(number.after)
        if pair and number.small and pair.small and pair.hundredths >= 1000 and not phrase.counts(pair.after):
            values = {
                number.hundredths + pair.hundredths // 100,
                number.hundredths * 100 + pair.hundredths,
            }
            found.append(_bare(phrase, number.first, pair.after, frozenset(values)))
            continue
        decimal = phrase.tokens[number.first].digits and re.fullmatch(
            r"[\d,]+\.\d\d", phrase.word(number.first)
        )
        scaled = any(
            phrase.word(place) in ("sau", "सौ", "hundred", "hazaar", "hazar", "हजार", "thousand")
            for place in range(number.first, number.after)
        )
        if phrase.counts(number.after) or not (
            decimal or scaled or (phrase.costs and _costly(phrase, number))
        ):
            continue
        found.append(_bare(phrase, number.first, number.after, frozenset({number.hundredths})))
    return found


def _bare(phrase: Phrase, first: int, after: int, amounts: frozenset[int]) -> Claim:
    whole = _whole(phrase, first, after)
    return Claim("money", phrase.take(first, after), amounts, asserted=phrase.costs, whole=whole)


def _whole(phrase: Phrase, first: int, after: int) -> bool:
    """Whether the amount at these places is said to be a total; it may be taken already."""
    taken = [place for place in phrase.used if place < first]
    prior = phrase.tokens[max(taken)].end if taken else 0
    return totals.whole(phrase.low, phrase.tokens[first].start, phrase.tokens[after - 1].end, prior)


def _costly(phrase: Phrase, number: Number) -> bool:
    """Whether a bare number stands behind the word that makes it an amount, or ends its sentence."""
    before = phrase.low[: phrase.tokens[number.first].start]
    return number.hundredths > 0 and (
        words.ASSERTS_MONEY.search(before) is not None
        or phrase.word(number.after) in ("hua", "hue", "हुआ", "हुए", "off")
    )


def percents(phrase: Phrase) -> list[Claim]:
    return [
        Claim("percent", phrase.take(number.first, number.after + 1), frozenset({number.hundredths}))
        for number in phrase.numbers
        if phrase.free(number) and phrase.word(number.after) in words.PERCENT
    ]


def codes(phrase: Phrase) -> list[Claim]:
    """Digits said one by one, or written in a row."""
    found: list[Claim] = []
    least = CUED_DIGITS if words.CODE_CUE.search(phrase.low) else LEAST_DIGITS
    run: list[Number] = []
    for number in [*phrase.numbers, None]:
        if run and not (
            number and phrase.free(number) and _digits(phrase, number) and _joined(phrase, run[-1], number)
        ):
            digits = "".join(_digits(phrase, one) for one in run)
            if len(digits) >= least and not (
                len(run) == 1 and phrase.costs and "," in phrase.word(run[0].first)
            ):
                text = phrase.take(run[0].first, run[-1].after)
                found.append(Claim("code", text, digits=digits, asserted=False))
            run = []
        if number and phrase.free(number) and _digits(phrase, number):
            run.append(number)
    return found


def _digits(phrase: Phrase, number: Number) -> str:
    token: Token = phrase.tokens[number.first]
    if token.digits:
        return "" if "." in token.text else token.text.replace(",", "")
    return (
        str(number.whole)
        if number.small and (number.whole or 0) < 10 and number.after == number.first + 1
        else ""
    )


def _joined(phrase: Phrase, one: Number, other: Number) -> bool:
    between = phrase.said[phrase.tokens[one.after - 1].end : phrase.tokens[other.first].start]
    return not between.strip(" ,-")
