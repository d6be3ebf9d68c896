"""Limits said inside a search: "something spicy without dairy under three hundred"."""

import re
from dataclasses import dataclass, replace
from uuid import UUID

MEANT = {
    "dairy": ("dairy",),
    "milk": ("dairy",),
    "lactose": ("dairy",),
    "cheese": ("dairy",),
    "gluten": ("gluten",),
    "wheat": ("gluten",),
    "egg": ("egg",),
    "peanut": ("peanut",),
    "nut": ("peanut", "tree_nut"),
    "tree nut": ("tree_nut",),
    "soy": ("soy",),
    "fish": ("fish",),
    "shellfish": ("shellfish",),
    "seafood": ("fish", "shellfish"),
    "sesame": ("sesame",),
    "mustard": ("mustard",),
}
DIETS = {
    "non veg": "non_veg",
    "non vegetarian": "non_veg",
    "vegan": "vegan",
    "jain": "jain",
    "halal": "halal",
    "vegetarian": "veg",
    "veg": "veg",
}
SUITS = {"egg": ("veg", "egg")}
"""Diets that other dishes suit as well; no entry: only dishes marked with it."""
UNIT_WORDS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
"""
TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
UNITS = {word: number for number, word in enumerate(UNIT_WORDS.split())}
TENS = {word: 10 * number for number, word in enumerate(TEN_WORDS.split(), 2)}
NUMBER = rf"(?:\d+(?:\.\d\d?)?|(?:(?:{'|'.join([*UNITS, *TENS])}|a|hundred|thousand|and)[\s-]*)+)"
THING = "|".join(sorted(MEANT, key=len, reverse=True))
WITHOUT = re.compile(rf"\b(?:without(?: any)?|no|not? containing|free of|hold the) ({THING})s?\b", re.I)
FREE = re.compile(rf"\b({THING})s?[\s-]free\b", re.I)
DIET = re.compile(rf"\b({'|'.join(sorted(DIETS, key=len, reverse=True))})\b".replace(" ", "[ -]"), re.I)
UNDER = re.compile(
    rf"\b(?:under|below|less than|cheaper than|up to|max(?:imum)?|at most|not more than)\s+(?:₹|\$|rs\.?\s*)?({NUMBER})"
    r"\s*(?:rupees?|rs\.?|bucks|dollars?)?",
    re.I,
)
NOT_SPICY = re.compile(r"\b(?:not|nothing)(?: too| very| so)? (?:spicy|hot)\b", re.I)


@dataclass(frozen=True)
class Filters:
    """What a hit must satisfy. `max_price` is in minor units, of the smallest size."""

    restaurant_ids: list[UUID] | None = None
    diet: str | None = None
    without: list[str] | None = None
    max_price: int | None = None
    available_only: bool = False

    @property
    def suitable(self) -> tuple[str, ...]:
        """The marks of which a dish must bear one; none when any dish will do."""
        return SUITS.get(self.diet, (self.diet,)) if self.diet else ()


def understand(query: str, filters: Filters) -> tuple[str, Filters]:
    """The wish without its limits, and the limits with those that were said.

    A limit given in `filters` is never loosened: allergens add up, the lower price holds, a diet given stays.
    """
    without = list(filters.without or [])
    for pattern in (WITHOUT, FREE):
        for match in pattern.finditer(query):
            without += MEANT[match[1].lower()]
        query = pattern.sub(" ", query)
    price = filters.max_price
    for match in UNDER.finditer(query):
        said = round(number(match[1]) * 100)
        if said:
            price = min(said, price) if price is not None else said
    query = NOT_SPICY.sub("mild", UNDER.sub(" ", query))
    diet = filters.diet
    found = DIET.search(query)
    if found and diet is None:
        diet = DIETS[found[1].lower().replace("-", " ")]
    return " ".join(query.split()), replace(filters, without=sorted(set(without)), max_price=price, diet=diet)


def number(said: str) -> float:
    """A number in digits or words: 300, "three hundred and fifty", "two fifty", "a hundred"."""
    if said[0].isdigit():
        return float(said)
    total, part = 0, 0
    for word in re.findall(r"[a-z]+", said.lower()):
        if word in UNITS or word in TENS:
            value = UNITS.get(word, TENS.get(word, 0))
            # "two fifty": a small number before a ten means hundreds.
            part = part * 100 + value if 0 < part < 10 and value >= 10 else part + value
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word == "thousand":
            total, part = total + max(part, 1) * 1000, 0
    return float(total + part)
