"""A listener's small sounds, in English and Hindi: "I am with you", and no wish to speak."""

import re

SOUND = (
    r"(?:h+m+|m+h*m+|mhm+|m+ h+m+|u+h+ hu+h+|a+h+|o+h+|haa?n+|hā̃|ha+|ji+|ok(?:ay)?|k|ach+h?a+|ac+ha+|"
    r"right|sure|yeah?|yep|yup|ya|yes|fine|good|great|nice|cool|got it|i see|alright|all right|of course|"
    r"th?(?:ee|i)k(?: (?:hai|h))?|bilkul|sahi(?: (?:hai|h))?|samjha|"
    r"ह(?:म्?)+|हूँ|हूं|हाँ|हां|हा|जी|अच्छा|ओके|ठीक(?: है)?|सही(?: है)?|बिल्कुल)"
)
ONLY = re.compile(rf"{SOUND}(?: {SOUND}){{0,3}}", re.IGNORECASE)
NOISE = re.compile(r"[-,.!…।'\"]+")


def only_listens(text: str) -> bool:
    """Whether a turn is nothing but up to four such sounds; said to an open question the same word is an answer.

    No text at all is one too: a recogniser leaves "mhm" away more often than not. A question mark makes a wish of
    any of them ("Haan?", "Sure?").
    """
    if "?" in text:
        return False
    said = " ".join(NOISE.sub(" ", text).split())
    return not said or ONLY.fullmatch(said) is not None
