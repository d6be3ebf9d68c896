"""What a customer thought of their food: stars, praise, and the wish not to be called."""

import re

from sandbox.policy.numbers import UNITS

_NUMBER = r"(?:one|two|three|four|five|[1-5])"
STARS = re.compile(
    rf"\b(?P<stars>{_NUMBER})(?: and a half)?[- ]stars?\b|\b(?P<of>{_NUMBER}) (?:out of|on|of) (?:five|5)\b"
    rf"|\b(?:give|rate|rated?|rating)\b[^.?!]{{0,30}}?\b(?P<given>{_NUMBER})\b(?! (?:out of|of) ten)",
    re.I,
)
PLAIN_STARS = re.compile(
    rf"\b{_NUMBER}(?: and a half)?[- ]stars?\b|\b{_NUMBER} (?:out of|on|of) (?:five|5)\b", re.I
)
BARE = re.compile(rf"^\W*(?:a |i'?d say |maybe |about |um+ |uh+ |just )*(?P<stars>{_NUMBER})\W*$", re.I)
PRAISE = re.compile(
    r"\bfeedback\b|\b(?:rate|rating|review) (?:it|my|the|an?|our|that)\b"
    r"|\b(?:leave|give) (?:a |some )?(?:rating|review)\b"
    r"|\b(?:we|i) (?:really |absolutely |just )*(?:loved|enjoyed|liked)\b"
    r"|\b(?:was|were|tasted) (?:\w+ ){0,2}"
    r"(?:delicious|amazing|excellent|great|perfect|lovely|fantastic|wonderful|tasty)\b"
    r"|\b(?:bahut )?(?:accha|achha|badhiya|swadisht) (?:tha|laga|khana)\b",
    re.I,
)
STOP = re.compile(
    r"\b(?:stop|quit|no more) (?:these |the |your )?(?:call|text|phon|messag)\w*"
    r"|\b(?:don'?t|do not|never) (?:ever )?(?:call|phone|text|contact|message) (?:me|us)(?! when| if| at)\b"
    r"|\bopt (?:me )?out\b|\bunsubscribe\b|\b(?:take|remove) (?:me|my number) (?:off|from)\b|^\W*(?:stop|quit)\W*$",
    re.I,
)


def stars_in(text: str, *, asked: bool = False) -> int | None:
    """How many stars are given. `asked`: a bare number answers the question how many."""
    found = STARS.search(text) or (BARE.search(text) if asked else None)
    said = next((part for part in found.groups() if part), "") if found else ""
    return (int(said) if said.isdigit() else UNITS[said.lower()]) if said else None


def praises(text: str) -> bool:
    """Whether a turn tells how the food was, or wants to."""
    return bool(STARS.search(text) or PRAISE.search(text))


def plainly_praises(text: str) -> bool:
    """The same while food is ordered, where "give me two" is no opinion."""
    return bool(PLAIN_STARS.search(text) or PRAISE.search(text))


def without_stars(text: str) -> str:
    """The text without the stars it gives, which are no dish."""
    return PLAIN_STARS.sub(" ", text)
