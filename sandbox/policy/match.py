"""Which dish, line, option or address the caller meant, by likeness of names."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from rapidfuzz import fuzz

from sandbox.policy.numbers import ORDINALS
from sandbox.policy.words import EMPTY, MODIFIERS, SIZES, singular

# Two spellings of one word ("biriyani", "biryani") score above this; different dishes score below.
SAME_WORD = 78.0
Dish = dict[str, Any]

_LIKE = {
    "spicy": ("hot",), "very spicy": ("hot",), "extra hot": ("hot",), "not spicy": ("mild",), "no spice": ("mild",),
    "not too spicy": ("mild",), "less spicy": ("mild",), "normal": ("medium", "regular"), "big": ("large", "full"),
    "bigger": ("large", "full"), "small": ("half", "regular"), "smaller": ("half", "regular"), "whole": ("full",),
}  # fmt: skip


def words_of(text: str) -> list[str]:
    """The telling words of a name, in the singular."""
    words = [singular(word) for word in re.findall(r"[a-z0-9]+", text.lower())]
    return [word for word in words if word not in EMPTY] or words


def likeness(said: str, name: str) -> tuple[float, float]:
    """How much of what was said is in the name, and how much of the name was said (0..1 each)."""
    ours, theirs = words_of(said), words_of(name)
    if not ours or not theirs:
        return 0.0, 0.0
    hits = sum(any(fuzz.ratio(word, other) >= SAME_WORD for other in theirs) for word in ours)
    back = sum(any(fuzz.ratio(word, other) >= SAME_WORD for word in ours) for other in theirs)
    if not hits and fuzz.ratio("".join(ours), "".join(theirs)) >= SAME_WORD:
        return 1.0, 1.0
    return hits / len(ours), back / len(theirs)


def best(said: str, names: Sequence[str]) -> list[int]:
    """The indexes of the names that fit best: one when it is clear, several when it is not, none when nothing fits."""
    scored = [(likeness(said, name), index) for index, name in enumerate(names)]
    whole = [index for (said_in, name_in), index in scored if said_in == 1.0 and name_in == 1.0]
    if whole:
        return whole
    top = max((said_in for (said_in, _), _ in scored), default=0.0)
    if top < 1.0:
        return []
    return [index for (said_in, _), index in scored if said_in == top]


def pick_dish(said: str, dishes: Sequence[Dish], kitchens: Iterable[str] = ()) -> list[Dish]:
    """The dishes meant: one, several to ask about, or none. Of equal names the kitchen already chosen wins."""
    found = [dishes[index] for index in best(said, [str(dish.get("name", "")) for dish in dishes])]
    if len(found) > 1:
        chosen = set(kitchens)
        found = [dish for dish in found if dish.get("restaurant") in chosen] or found
        if len({str(dish.get("name", "")).lower() for dish in found}) == 1:
            found = found[:1]
    return found


def ordinal(text: str, count: int) -> int | None:
    """The index meant by "the first one" or "number two" among `count` things."""
    for word, place in ORDINALS.items():
        if re.search(rf"\b(?:the )?{word}(?: one| option)?\b", text, re.I):
            return count - 1 if place < 0 else place - 1 if place <= count else None
    found = re.search(r"\b(?:number|option) (one|two|three|1|2|3)\b", text, re.I)
    if found:
        place = {"one": 1, "two": 2, "three": 3}.get(found[1].lower()) or int(found[1])
        return place - 1 if place <= count else None
    return None


def options_in(text: str, options: Iterable[str]) -> tuple[list[str], str]:
    """The options said in a text, in the order offered, and the text without them."""
    found: list[str] = []
    offered = list(options)
    for option in sorted(offered, key=len, reverse=True):
        pattern = re.compile(rf"\b{re.escape(option)}s?\b", re.I)
        short = re.compile(rf"\b{re.escape(singular(option.split()[-1]))}\w*\b", re.I)
        if pattern.search(text) or (option.lower().startswith("extra ") and short.search(text)):
            found.append(option)
            text = (pattern if pattern.search(text) else short).sub(" ", text)
    if not found:
        for phrase, meant in sorted(_LIKE.items(), key=lambda pair: -len(pair[0])):
            hit = next((option for option in offered if option.lower() in meant), None)
            if hit and re.search(rf"\b{phrase}\b", text, re.I):
                return [hit], re.sub(rf"\b{phrase}\b", " ", text, flags=re.I)
    return sorted(found, key=offered.index), text


def customised(words: str, dish: Dish) -> dict[str, Any]:
    """The arguments a dish takes from the words said with it: size, choices, and a note of what is left."""
    arguments: dict[str, Any] = {}
    asks = [option for choice in dish.get("choices") or [] for option in choice.get("options", [])]
    doubtful = set(map(str.lower, asks)) & set(map(str.lower, dish.get("sizes") or []))
    sizes, left = options_in(
        words, [size for size in dish.get("sizes") or [] if size.lower() not in doubtful]
    )
    if not sizes and doubtful:
        sizes, left = options_in(words, dish.get("sizes") or [])
    if sizes:
        arguments["size"] = sizes[0]
    choices: list[str] = []
    for choice in dish.get("choices") or []:
        said, left = options_in(left, choice.get("options", []))
        choices += said[:1] if choice.get("required") else said
    if choices:
        arguments["choices"] = choices
    # A size the dish does not come in, or "spicy" beside "medium", is nothing for the kitchen to do.
    drop = EMPTY | (MODIFIERS if arguments else SIZES)
    note = " ".join(word for word in left.split() if word not in drop)
    return {**arguments, "note": note} if note else arguments


def telling(text: str, options: list[str]) -> int | None:
    """The one option that shares a word with the answer which the others lack."""
    words = set(re.findall(r"\w+", text.lower()))
    shares = [set(re.findall(r"\w+", option.lower())) for option in options]
    hits = []
    for index, share in enumerate(shares):
        others = (
            set().union(*(other for place, other in enumerate(shares) if place != index))
            if len(shares) > 1
            else set()
        )
        if words & (share - others) if len(shares) > 1 else len(words & share) > 1:
            hits.append(index)
    return hits[0] if len(hits) == 1 else None
