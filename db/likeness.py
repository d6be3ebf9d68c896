"""How like a dish's name is to what was heard, by spelling and by sound: whether it is sure which was meant."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from db.words import sound, terms

LIKE = 72.0
"""Less is no name at all but a wish: "something sweet"."""
MARGIN = 12.0
"""Two names so close in likeness were not told apart. Both figures are of 100, held by tests/db/test_likeness.py."""
MOST = 3


def likeness(said: str, name: str) -> float:
    """From 0 to 100. Words may come in any order; the sound counts as much as the spelling."""
    heard, called = terms(said), terms(name)
    if not heard or not called:
        return 0.0
    if heard == called:
        return 100.0
    spelt = fuzz.token_sort_ratio(" ".join(heard), " ".join(called))
    spoken = fuzz.token_sort_ratio(" ".join(map(sound, heard)), " ".join(map(sound, called)))
    return (spelt + spoken) / 2


def candidates(said: str, names: Sequence[str]) -> list[str]:
    """The names, best first and at most three, that may have been meant; one when it is sure, none for a wish."""
    scores = {name: likeness(said, name) for name in names}
    best = max(scores.values(), default=0.0)
    if best < LIKE:
        return []
    worst = best if best == 100.0 else best - MARGIN
    near = [name for name, score in scores.items() if score >= worst]
    return sorted(near, key=scores.__getitem__, reverse=True)[:MOST]
