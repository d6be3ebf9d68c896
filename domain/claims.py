"""Which dishes of an order a caller means: names as they are said, with a count where only some are meant."""

import re
from collections.abc import Iterable, Sequence

from domain.refunds import Sold
from domain.speech import say_list
from errors import Invalid

COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
FILLER = {"the", "a", "an", "of", "my", "x", "portion", "portions"}


def portions(said: Iterable[str], sold: Sequence[Sold]) -> dict[str, int]:
    """How many portions of which dishes are meant; without a count, all of a line.

    Raises:
        Invalid: a dish the order does not have, or several that fit; the message says what to ask.
    """
    found: dict[str, int] = {}
    for text in said:
        count, words = _read(text)
        exact = [dish for dish in sold if _words(dish.name) == words]
        fitting = exact or [dish for dish in sold if words and words <= _words(dish.name)]
        if not fitting:
            there = say_list([dish.name for dish in sold], "or")
            raise Invalid(f"There is no {text[:40]} in that order. Ask which dish is meant: {there}.")
        if len(fitting) > 1:
            raise Invalid(f"Ask which one is meant: {say_list([dish.name for dish in fitting], 'or')}.")
        (dish,) = fitting
        meant = found.get(dish.name, 0) + (dish.quantity if count is None else count)
        found[dish.name] = min(meant, dish.quantity)
    return {dish.name: found[dish.name] for dish in sold if found.get(dish.name)}


def _read(text: str) -> tuple[int | None, frozenset[str]]:
    """A leading count, and the words of the name."""
    first, _, rest = text.strip().partition(" ")
    number = first.lower().rstrip("x")
    if number.isdecimal() and rest:
        return int(number), _words(rest)
    if number in COUNTS and rest:
        return COUNTS.index(number), _words(rest)
    return None, _words(text)


def _words(text: str) -> frozenset[str]:
    """Words without case, filler and plural."""
    found = re.findall(r"[^\W_]+", text.lower())
    return frozenset(word.removesuffix("s") for word in found if word not in FILLER)
