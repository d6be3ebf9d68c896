"""Words as a search compares them: folded, stemmed, and by how they sound, because callers are heard, not read."""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence

from db.devanagari import latin

FILLER_WORDS = """
    a an the some any something anything i i'd we you me my us want would like love could can may get have give do got
    is are s what whats please with and or of for to on in from it that this one food dish dishes item items order
    thing things really very bit nice good let lets having need your
    kuch mujhe chahiye dena dijiye ek wala wali
"""
FILLERS = frozenset(FILLER_WORDS.split())
SOUNDS = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|q"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c(?!h)"), "k"),
    (re.compile(r"([bdgkt])h"), r"\1"),
    (re.compile(r"ee|ea|ie|y"), "i"),
    (re.compile(r"oo|ou"), "u"),
    (re.compile(r"w"), "v"),
    (re.compile(r"z"), "s"),
    (re.compile(r"(.)\1+"), r"\1"),
)
"""How transliterations and recognisers differ: paneer and panir, biryani and biriyani, gulab and gulaab."""


def words(text: str) -> list[str]:
    """Lower-case words without accents, in Latin letters."""
    plain = unicodedata.normalize("NFKD", latin(text).lower())
    return re.findall(r"\w+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def stem(word: str) -> str:
    """A word without the mark of its plural."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("oes", "shes", "ches", "xes")):
        return word[:-2]
    return (
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
    )


def sound(word: str) -> str:
    """A word as it sounds, roughly."""
    for pattern, heard in SOUNDS:
        word = pattern.sub(heard, word)
    return word


def terms(text: str) -> list[str]:
    """The stems that carry meaning; all of them when nothing else is left."""
    found = words(text)
    kept = [word for word in found if word not in FILLERS and len(word) > 1]
    return [stem(word) for word in kept or found]


class Thesaurus:
    """What a word also means. Entries may hold several words."""

    def __init__(self, entries: Mapping[str, Sequence[str]]) -> None:
        self._entries = {tuple(terms(said)): tuple(meant) for said, meant in entries.items()}
        self._longest = max((len(said) for said in self._entries), default=0)

    def understood(self, said: Sequence[str], known: Container[str]) -> list[str]:
        """The stems, each one the menus do not have replaced by what it means, if that is known.

        Left standing, "teekha" (spicy) would find what sounds like it: tikka.
        """
        heard: list[str] = []
        for term in said:
            meant = [] if term in known else self.widen([term])
            heard += meant or [term]
        return unique(heard)

    def widen(self, said: Sequence[str]) -> list[str]:
        """The stems a query's stems also stand for, without themselves."""
        found: list[str] = []
        for size in range(1, self._longest + 1):
            for start in range(len(said) - size + 1):
                found += self._entries.get(tuple(said[start : start + size]), ())
        known = set(said)
        return unique(term for text in found for term in terms(text) if term not in known)


def unique(items: Iterable[str]) -> list[str]:
    """The items in order, each once."""
    return list(dict.fromkeys(items))
