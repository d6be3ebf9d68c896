"""Devanagari in Latin letters, the way Hindi is typed: "रिफंड कब आएगा" and "rifand kab aaega" are one search."""

import re
import unicodedata

SOUNDS = "k kh g gh n ch chh j jh n t th d dh n t th d dh n p f b bh m y r l v sh sh s h"
VOICES = "aa i i u u ri e ai o au o e"
CONSONANTS = dict(zip("कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह", SOUNDS.split(), strict=True))
VOWELS = {"अ": "a"} | dict(zip("आइईउऊऋएऐओऔऑऍ", VOICES.split(), strict=True))
SIGNS = dict(zip("ािीुूृेैोौॉॅ", VOICES.split(), strict=True))
NASAL, SILENT, DOT = "ंँ", "्", "़"
DOTTED = {"ज": "z", "ड": "r", "ढ": "rh"}
DIGITS = dict(zip("०१२३४५६७८९", "0123456789", strict=True))
WORD = re.compile(r"[\u0900-\u097f]+")


def latin(text: str) -> str:
    """The text with every Devanagari word written in Latin letters; everything else as it was."""
    return WORD.sub(lambda found: _word(found.group()), text)


def _word(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    heard: list[
        str
    ] = []  # consonants and vowels by turns; an unwritten a is "*" until its neighbours are known
    for at, letter in enumerate(letters):
        if letter in CONSONANTS:
            dotted = letters[at + 1 : at + 2] == DOT
            heard += [DOTTED.get(letter, CONSONANTS[letter]) if dotted else CONSONANTS[letter], "*"]
        elif letter in SIGNS and heard:
            heard[-1] = SIGNS[letter]
        elif letter == SILENT and heard:
            heard.pop()
        elif letter in VOWELS:
            heard.append(VOWELS[letter])
        elif letter in NASAL:
            heard.append("n")
        elif letter in DIGITS:
            heard.append(DIGITS[letter])
    return "".join(_spoken(heard))


def _spoken(heard: list[str]) -> list[str]:
    """Without the a that Hindi does not say: at a word's end, and between consonants that have vowels around."""
    if len(heard) > 2 and heard[-1] == "*":
        heard = heard[:-1]
    for at in range(len(heard) - 3, 1, -1):
        between = _vowel(heard[at - 2]) and not _vowel(heard[at + 1]) and _vowel(heard[at + 2])
        if heard[at] == "*" and between:
            heard[at] = ""
    return ["a" if sound == "*" else sound for sound in heard]


def _vowel(sound: str) -> bool:
    return sound[:1] in {"a", "e", "i", "o", "u", "*"}
