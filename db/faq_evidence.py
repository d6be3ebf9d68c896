"""How much speaks for an answer: what is found first may still be an answer to something else."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy
from rapidfuzz import fuzz, process

from db.faq_rows import FaqRow
from db.words import sound, stem, terms, unique

SMALL_TALK = """
    how when why who where which what does did will if my mine there any am be at by was been tell about can
    could should would shall must hey hello hi guy guys please sorry okay ok just still now right then so but as
    up out off over not no don doesn didn won isn aren couldn re ve ll us they them he she his her its possible
    really actually maybe usually ever also too very already here someone anybody everyone one more most much
    many lot chance suppose supposed has had after before come came go going went take put make made said say
    says see saw know think happen happens happened use using run start started old kya hai hain kaise kab kitna
    kitne kitni kaun kahan kyun mera meri mere ka ki ke ko se mein me par pe ho hoga hota hoti sakta sakti sakte
    hoon hun main mai aap tum ye yeh vo woh koi bhai ji karna karni karne kar karo karu karun rahe raha rahi tha
    thi bhi abhi to na aur wale mujhko hum hame aapka aapki aapke apna apni unka uska usko isko jo jab tab phir
    tak liye paas saath bilkul thoda zara haan nahi nahin mat ya agar chahie de do lo le la ja jae jayega gaya
    gayi gaye chal log kis kisi karen karenge karte karta karti aaj dete deti deta milega mil sake chahta chahti
    chahte
"""
SAID_ANYWHERE = frozenset(sound(stem(word)) for word in SMALL_TALK.split())
NEVER_SEEN = 3.0  # weight of a word no entry has; one that a single entry has weighs 4
SPELT_LIKE = (
    80  # rapidfuzz score, of 100, from which a word counts as one that was misheard; at 72 strangers pass
)
SHORTEST = 4  # letters of a word that can be misheard; shorter ones resemble everything
BY_WORDS = 0.6  # how much the share of matched words counts beside the likeness of the whole


def telling(text: str) -> list[str]:
    """The stems that say what a question is about; all of them when nothing else is left."""
    found = terms(text)
    return [term for term in found if sound(term) not in SAID_ANYWHERE] or found


class Evidence:
    """What the entries' questions consist of. Worked out in this process, whatever encoder ranks them."""

    def __init__(self, rows: Sequence[FaqRow], vectors: Mapping[UUID, numpy.ndarray]) -> None:
        """`vectors`: for each entry, one row per phrasing, by spelling and of length 1."""
        self._vectors = vectors
        self._words = {row.id: {sound(t) for text in row.phrasings for t in telling(text)} for row in rows}
        entries = Counter(word for words in self._words.values() for word in words)
        self._weight = {word: math.log(1 + len(rows) / count) for word, count in entries.items()}

    def knows(self, entry: UUID) -> bool:
        """Whether the entry is one of these."""
        return entry in self._words

    def speaks_for(self, entry: UUID, asked: Sequence[str], vector: Sequence[float]) -> float:
        """From 0 to 1: how well the entry's questions fit these stems and their vector by spelling."""
        if not asked:
            return 0.0
        likeness = float(numpy.max(self._vectors[entry] @ numpy.asarray(vector)))
        return BY_WORDS * self._share(entry, asked) + (1 - BY_WORDS) * max(0.0, likeness)

    def _share(self, entry: UUID, asked: Sequence[str]) -> float:
        """The part of the question's words, rare ones counting more, that the entry's questions use."""
        known, matched, whole = self._words[entry], 0.0, 0.0
        long = [word for word in known if len(word) >= SHORTEST]
        for word in unique(sound(term) for term in asked):
            meant, score = (word, 100.0) if word in known else (word, 0.0)
            if not score and len(word) >= SHORTEST:
                like = process.extractOne(word, long, scorer=fuzz.ratio, score_cutoff=SPELT_LIKE)
                meant, score = (like[0], like[1]) if like else (word, 0.0)
            weight = self._weight.get(meant, NEVER_SEEN)
            matched += weight * score / 100
            whole += weight
        return matched / whole
