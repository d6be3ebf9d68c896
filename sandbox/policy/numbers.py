"""Numbers as people say them: counts, clock times and house numbers, in English and everyday Hindi."""

import re

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
HINDI = {
    "ek": 1,
    "do": 2,
    "teen": 3,
    "tin": 3,
    "chaar": 4,
    "char": 4,
    "paanch": 5,
    "panch": 5,
    "che": 6,
    "dus": 10,
}
ARTICLES = {"a": 1, "an": 1, "another": 1, "single": 1}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}

_ANY = "|".join([*UNITS, *TENS])
# The most of one dish that anybody orders by phone; more is a year or a house number.
MOST = 99


def word_value(words: list[str]) -> tuple[int, int] | None:
    """The number at the start of `words` and how many words it takes: `["twenty", "five", ...]` is (25, 2)."""
    total, used, current = 0, 0, 0
    for word in words:
        parts = word.split("-")
        if all(part in UNITS or part in TENS for part in parts):
            value = sum(UNITS.get(part, TENS.get(part, 0)) for part in parts)
            # "two three" is two numbers, and so is "zero three"; "twenty three" is one.
            if used and (words[0] == "zero" or value == 0):
                break
            if used and not (
                current % 100 == 0 or (current % 10 == 0 and current % 100 >= 20 and value < 10)
            ):
                break
            current += value
        elif word == "hundred" and used:
            current *= 100
        elif word == "thousand" and used:
            total, current = total + current * 1000, 0
        elif (
            word == "and"
            and used
            and current
            and current % 100 == 0
            and current >= 100
            and used + 1 < len(words)
        ):
            if words[used + 1] not in UNITS and words[used + 1] not in TENS:
                break
        else:
            break
        used += 1
    return (total + current, used) if used else None


def quantity(words: list[str], hindi: bool = True) -> tuple[int, int] | None:
    """How many are asked for at the start of `words`, and how many words say so; None when nothing does."""
    if not words:
        return None
    first = words[0]
    if first == "half" and words[1:3] == ["a", "dozen"]:
        return 6, 3
    if first in ("a", "one") and len(words) > 1 and words[1] in ("dozen", "couple", "few"):
        count = {"dozen": 12, "couple": 2, "few": 3}[words[1]]
        return count, 3 if words[2:3] == ["of"] else 2
    if first == "a" and len(words) > 2 and word_value(words[1:2]) is None and words[1:3] == ["pair", "of"]:
        return 2, 3
    if digits := re.fullmatch(r"(\d{1,2})x?", first):
        return (int(digits[1]), 1) if 0 < int(digits[1]) <= MOST else None
    if (found := word_value(words)) and 0 < found[0] <= MOST:
        return found
    if hindi and first in HINDI:
        return HINDI[first], 1
    if first in ARTICLES:
        return ARTICLES[first], 1
    return None


def digits_of(text: str) -> str:
    """The text with spelled numbers as digits: "twelve juniper lane" is "12 juniper lane"."""
    words, out = text.split(), list[str]()
    while words:
        bare = [re.sub(r"[^\w-]", "", word).lower() for word in words]
        found = word_value(bare)
        if found is None:
            out.append(words.pop(0))
            continue
        value, used = found
        tail = re.sub(r"^[\w-]+", "", words[used - 1])
        out.append(f"{value}{tail}")
        del words[:used]
    return " ".join(out)


_CLOCK = re.compile(
    rf"\b(?:at|by|for|around|before|till)?\s*\b(?:(?P<half>half past|quarter past|quarter to)\s+)?"
    rf"(?P<hour>\d{{1,2}}|{_ANY})(?:(?::|\.)?(?P<minute>\d{{2}})|\s+(?P<words>fifteen|thirty|forty[- ]five|o'?clock))?"
    r"\s*(?P<half_day>a\.?m\b\.?|p\.?m\b\.?|o'?clock|in the (?:evening|morning|afternoon)|tonight|at night)?",
    re.I,
)
_PAST = {"half past": 30, "quarter past": 15, "quarter to": -15}
_SPOKEN_MINUTES = {"fifteen": 15, "thirty": 30, "forty-five": 45, "forty five": 45}


def clock_time(text: str) -> tuple[str, tuple[int, int]] | None:
    """The time of day said in `text` as "HH:MM", with the span of the words; None when there is none.

    Without "am" or "pm" an hour from one to ten is an evening one: this is about dinner.
    """
    if noon := re.search(r"\b(?:at\s+)?(noon|midnight)\b", text, re.I):
        return ("12:00" if noon[1].lower() == "noon" else "00:00"), noon.span()
    for found in _CLOCK.finditer(text):
        at = re.match(r"\s*(?:at|by|around|before|till)\b", found[0], re.I)
        half_day = (found["half_day"] or "").lower().replace(".", "")
        spoken = (found["words"] or "").lower()
        if not (
            half_day
            or found["half"]
            or spoken
            or (at and found["minute"])
            or _is_time_alone(text, found, bool(at))
        ):
            continue
        word = found["hour"].lower()
        hour = int(word) if word.isdigit() else UNITS.get(word, TENS.get(word, 99))
        minute = int(found["minute"] or _SPOKEN_MINUTES.get(spoken, 0))
        total = hour * 60 + minute + _PAST.get((found["half"] or "").lower(), 0)
        morning = half_day in ("am", "in the morning")
        if hour <= (11 if half_day and not morning and "clock" not in half_day else 10) and not morning:
            total += 12 * 60
        elif morning and hour == 12:
            total -= 12 * 60
        if 0 <= total < 24 * 60 and minute < 60 and hour < 24:
            return f"{total // 60:02d}:{total % 60:02d}", found.span()
    return None


def _is_time_alone(text: str, found: re.Match[str], at: bool) -> bool:
    """Whether "at eight" ends a thought, so that it is a time and not a house number."""
    return (
        at
        and re.match(r"\s*(?:$|[.,;?!]|please|today|tomorrow|tonight|and\b)", text[found.end() :], re.I)
        is not None
    )


def spoken_count(count: int) -> str:
    """2 -> "two"; from thirteen on digits."""
    names = [*UNITS]
    return names[count] if 0 <= count <= 12 else str(count)
