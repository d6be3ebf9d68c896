"""The times that a sentence names: how long, and when by the clock."""

from domain import claim_words as words
from domain.claim import Claim
from domain.numerals import Number
from domain.phrase import Phrase

NIGHT = {"am": 0, "a": 0, "pm": 12, "p": 12}
LEAST_MINUTES = 2
""" "One minute, please" promises nothing."""


def durations(phrase: Phrase) -> list[Claim]:
    found: list[Claim] = []
    for number in phrase.numbers:
        if not phrase.free(number) or phrase.word(number.first - 1) in words.BAJKAR:
            continue
        unit = number.after + (phrase.word(number.after) in words.BETWEEN_UNIT)
        minutes = words.MINUTES.get(phrase.word(unit))
        if minutes is None or (phrase.word(unit) == "min" and not phrase.word(unit)):
            continue
        high = number.hundredths * minutes // 100
        low, first, after = high, number.first, unit + 1
        if (
            phrase.word(after) == "and"
            and phrase.word(after + 1) == "a"
            and phrase.word(after + 2) in words.HALF
        ):
            low = high = high + minutes // 2
            after += 3
        more = phrase.at(after + (phrase.word(after) == "and"))
        if minutes == 60 and more and phrase.word(more.after) in words.MINUTES and phrase.free(more):
            low = high = high + more.hundredths * words.MINUTES[phrase.word(more.after)] // 100
            after = more.after + 1
        least = phrase.before(first - 1) if phrase.word(first - 1) in words.TO else None
        if least and phrase.free(least):
            low, first = least.hundredths * minutes // 100, least.first
        text = phrase.take(first, after)
        if high >= LEAST_MINUTES:
            found.append(_lasting(phrase, text, low, high))
    return found + _parts_of_an_hour(phrase)


def _parts_of_an_hour(phrase: Phrase) -> list[Claim]:
    found: list[Claim] = []
    for place, token in enumerate(phrase.tokens):
        if place in phrase.used or words.MINUTES.get(token.text) != 60:
            continue
        before = [phrase.word(place - back) for back in (1, 2, 3, 4)]
        half = place + 1 if phrase.word(place + 1) == "and" and phrase.word(place + 3) in words.HALF else 0
        if before[0] in words.HALF or (before[0] in ("an", "a") and before[1] in words.HALF):
            first, minutes = place - 1 - (before[0] in ("an", "a")), 30
        elif before[0] == "an" and before[1] == "of" and before[2] == "quarter":
            first, minutes = place - 3, 15
        elif before[0] in ("paun", "पौन"):
            first, minutes = place - 1, 45
        elif before[0] == "an":
            first, minutes = place - 1, 60 + (30 if half else 0)
        else:
            continue
        found.append(_lasting(phrase, phrase.take(first, place + (4 if half else 1)), minutes, minutes))
    return found


def _lasting(phrase: Phrase, text: str, low: int, high: int) -> Claim:
    return Claim("duration", text, span=(min(low, high), max(low, high)), asserted=phrase.comes)


def clocks(phrase: Phrase) -> list[Claim]:
    found: list[Claim] = []
    for place, token in enumerate(phrase.tokens):
        if token.text in ("noon", "midnight"):
            minutes = 720 if token.text == "noon" else 0
            found.append(_when(phrase, phrase.take(place, place + 1), {minutes}))
    for number in phrase.numbers:
        if phrase.free(number) and (claim := _o_clock(phrase, number)):
            found.append(claim)
    return found


def _o_clock(phrase: Phrase, number: Number) -> Claim | None:
    hour, first, after = number.hundredths // 100, number.first, number.after
    minute = number.hundredths % 100 * 60 // 100
    baje = phrase.word(after) in words.BAJE
    if not hour <= 24 or (minute and not baje):
        return None
    cued = phrase.word(first - 1) in words.AT
    if (
        phrase.word(after) == ":"
        and phrase.at(after + 1)
        and phrase.tokens[after].start == phrase.tokens[first].end
    ):
        minute, after, cued = phrase.at(after + 1).hundredths // 100, phrase.at(after + 1).after, True  # type: ignore[union-attr]
    elif phrase.word(first - 1) == "past" and phrase.word(first - 2) in (*words.HALF, "quarter"):
        minute, cued = (30 if phrase.word(first - 2) in words.HALF else 15), True
        first -= 2
    elif phrase.word(first - 1) == "to" and phrase.word(first - 2) == "quarter":
        hour, minute, cued, first = hour - 1, 45, True, first - 2
    elif phrase.word(after) in words.BAJKAR and (past := phrase.at(after + 1)):
        if words.MINUTES.get(phrase.word(past.after)) == 1:
            minute, after = past.hundredths // 100, past.after
    else:
        rest = phrase.at(after)
        if rest and rest.small and number.small and rest.hundredths < 6000 and rest.hundredths >= 1000:
            night = _night(phrase, rest.after)
            if night is not None or (cued and not phrase.counts(rest.after)):
                minute, after, cued = rest.hundredths // 100, rest.after, True
    night = _night(phrase, after)
    if night is not None:
        after += 1 if phrase.word(after) in ("am", "pm") else (3 if phrase.word(after + 1) == "." else 1)
    elif baje:
        after += 1
    elif (
        not cued
        or (hour > 12 and minute == 0 and first == number.first and after == number.after)
        or (
            phrase.word(after).isalnum()
            and phrase.word(after) not in words.AFTER_CLOCK | words.DAYS.keys() | words.BAJE
        )
    ):
        return None
    if phrase.word(after) in words.BAJE:
        after += 1
    twice = {hour % 12 * 60 + minute, (hour % 12 + 12) * 60 + minute}
    exact = {hour % 12 * 60 + minute + (night or 0) * 60} if night is not None else twice
    return _when(phrase, phrase.take(first, after), exact if hour <= 12 else {hour % 24 * 60 + minute})


def _night(phrase: Phrase, place: int) -> int | None:
    word = phrase.word(place)
    if word in ("am", "pm") or (
        word in ("a", "p") and phrase.word(place + 1) == "." and phrase.word(place + 2) == "m"
    ):
        return NIGHT[word]
    return None


def _when(phrase: Phrase, text: str, minutes: set[int]) -> Claim:
    return Claim("clock", text, frozenset(minutes), day=phrase.day, asserted=phrase.comes)
