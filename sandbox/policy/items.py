"""Dishes out of a sentence: "two full paneer tikka, hot, no onions, and a lassi" is two wishes."""

import re

from sandbox.policy.numbers import quantity, word_value
from sandbox.policy.wishes import Wish
from sandbox.policy.words import (
    EMPTY,
    LEAD,
    MODIFIERS,
    TALK,
    TRAIL,
    VERBS,
    allergens_in,
    diet_in,
    without_diet,
)

_COUNT = (
    r"(?:an?|another|one|two|three|four|five|six|seven|eight|nine|ten|ek|teen|chaar|\d{1,2}|some|"
    r"half a dozen|also)\b"
)
_SPLIT = re.compile(
    rf"\s*(?:[.;?!]+(?=\s|$)|,|\band\b|\bplus\b|\balso\b|\bthen\b|\baur\b|&|\balong with\b|\bas well as\b|"
    rf"\bwith(?=\s+{_COUNT}))\s*",
    re.I,
)
_NOTE = re.compile(
    r"\b(?:with(?:out| no)|no(?= \w)|hold the|less|light on the|light|easy on the|not too|not|"
    r"on the side|well done|extra crispy)\b.*",
    re.I,
)
_FROM = re.compile(r"\s+from (?:the )?(?P<name>[\w' ]+)$", re.I)
_WITH = re.compile(r"\s+(?:with|on)\s+(?P<tail>.+)$|\s+(?P<extra>extra\s+.+)$", re.I)
_VAGUE = re.compile(
    r"^(?:something|anything|some ?thing|a (?:nice )?(?:dessert|starter|drink|salad|main|side|"
    r"snack)|(?:any )?(?:dessert|starter|"
    r"drink|main|side|snack|option|dish)(?:s|es)?|what)\b",
    re.I,
)
_PRICE = re.compile(
    r"\b(?:for )?(?:under|below|less than|cheaper than|within|up to|at most|not more than)\s+(?:rs\.?|rupees|₹|\$)?\s*"
    r"(?P<price>[a-z0-9 -]+?)(?:\s*(?:rupees|dollars|bucks|rs))?(?=$|[.,;?!]|\s+(?:and|with|"
    r"without|please|for|that)\b)",
    re.I,
)
_WITHOUT = re.compile(
    r"\b(?:without|with no|no|free of|that'?s free of|not containing)\s+(?:any )?([\w\s]+)|\b(\w+)[- ]free\b",
    re.I,
)


def filters_in(text: str) -> tuple[str, dict[str, object]]:
    """Diet, allergens to avoid and the highest price said in a wish, and the text without them."""
    filters: dict[str, object] = {}
    if found := _PRICE.search(text):
        words = found["price"].replace("-", " ").split()
        price = int(words[0]) if words[0].isdigit() else value_of(words)
        if price:
            filters["max_price"] = price
            text = text[: found.start()] + text[found.end() :]
    avoided = [name for found in _WITHOUT.finditer(text) for name in allergens_in(found[0])]
    if avoided:
        filters["without"] = avoided
        text = _WITHOUT.sub(" ", text)
    if diet := diet_in(text):
        filters["diet"] = diet
        text = without_diet(text)
    return " ".join(text.split()), filters


def value_of(words: list[str]) -> int:
    """The value of number words; 0 when they are none."""
    found = word_value(words)
    return found[0] if found else 0


def strip_talk(segment: str) -> str:
    """The segment without what people say around a dish: "can I get ... please"."""
    before = None
    while before != segment:
        before = segment
        segment = TRAIL.sub("", LEAD.sub("", segment.strip(" ,"))).strip(" ,")
    return segment


def split_modifiers(words: list[str]) -> tuple[list[str], list[str]]:
    """The dish's own words and the sizes and choices around them."""
    said: list[str] = []
    while words and (words[0] in MODIFIERS or (said and words[0] in EMPTY)):
        said.append(words.pop(0))
    tail: list[str] = []
    while words and (words[-1] in MODIFIERS or (words[-1] in EMPTY and len(words) > 1)):
        tail.insert(0, words.pop())
    return words, [word for word in said + tail if word not in EMPTY]


def parse_segment(segment: str) -> Wish | None:
    """One wish out of one segment; its query is empty when only a count, a size or a note was said."""
    segment = strip_talk(segment)
    if not segment:
        return None
    note, extras, restaurant = "", "", ""
    if found := _NOTE.search(segment):
        note, segment = found[0].strip(), segment[: found.start()].strip()
    if found := _FROM.search(segment):
        restaurant, segment = found["name"].strip(), segment[: found.start()]
    if found := _WITH.search(segment):
        extras, segment = (found["tail"] or found["extra"]).strip(), segment[: found.start()]
    if segment.lower().startswith("extra "):
        extras, segment = f"{segment} {extras}".strip(), ""
    words = re.sub(r"[^\w\s'&-]", " ", segment.lower()).split()
    count = quantity(words)
    if count:
        words = words[count[1] :]
    while words and words[0] in ("of", "the", "x", "more"):
        words.pop(0)
    words, said = split_modifiers(words)
    if (
        not said
        and not note
        and not extras
        and (not words or set(words) <= TALK)
        and not (count and not words)
    ):
        return None
    query = "" if set(words) <= TALK else " ".join(words)
    return Wish(
        "order", query, count[0] if count else None, " ".join([*said, extras]).strip(), note, restaurant
    )


def dishes_in(text: str, asked: bool) -> tuple[list[Wish], str]:
    """The order and browse wishes in what is left of a sentence, and the words that were none.

    A wish without a query changes the line ordered before this turn. `asked` says that the open question invites
    a dish, so that bare words are taken for one.
    """
    wishes: list[Wish] = []
    headless: list[Wish] = []
    rest: list[str] = []
    after_with = False
    for segment in _SPLIT.split(text):
        if not segment.strip():
            continue
        inner = strip_talk(segment)
        if _VAGUE.match(inner):
            query, filters = filters_in(inner)
            wishes.append(Wish("browse", query, filters=filters))
            continue
        if filters_only(inner) and wishes and wishes[-1].kind == "browse":
            wishes[-1].filters.update(filters_in(inner)[1])
            continue
        wish = parse_segment(segment)
        if wish is None:
            continue
        counted = wish.quantity is not None
        if wish.query and wishes and after_with and not counted and not LEAD.match(segment.strip()):
            wishes[-1].words = f"{wishes[-1].words} {wish.query}".strip()
        elif wish.query and VERBS.search(wish.query):
            rest.append(segment.strip())
        elif wish.query and (counted or asked or wishes or LEAD.match(segment.strip())):
            for other in headless:
                other.query = wish.query
            wishes += [*headless, wish]
            headless = []
        elif wish.query:
            rest.append(segment.strip())
        elif wishes and not (counted and not wish.words):
            _merge(wishes[-1], wish)
        else:
            headless.append(wish)
        after_with = bool(re.search(r"\bwith\b", segment, re.I)) or (after_with and not counted)
    for wish in headless:
        wish.kind = "change"
        wishes.append(wish)
    return wishes, " ".join(rest)


def filters_only(text: str) -> bool:
    """Whether a segment only narrows a search: "under three hundred", "no dairy", "vegan"."""
    query, filters = filters_in(text)
    return bool(filters) and not strip_talk(query)


def _merge(wish: Wish, more: Wish) -> None:
    wish.words = f"{wish.words} {more.words}".strip()
    wish.note = ", ".join(filter(None, [wish.note, more.note]))
    wish.quantity = wish.quantity if more.quantity is None else more.quantity
