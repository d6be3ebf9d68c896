"""The fixed grammar that reads yes and no beside the model: consent and the answer to a read-back."""

import re
from enum import StrEnum


class Answer(StrEnum):
    """What a turn says to a yes-or-no question."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


END = r"(?![a-zA-Z\u0900-\u0963])"  # a whole word, in Latin or Devanagari letters: "जीरा" is no "जी"
YES = re.compile(
    r"^(?:(?:um+|uh+|oh|ok(?:ay)?|well|so|and|hi|hello|hey|namaste)[,. ]+)*"
    r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|of course|fine|go ahead|please do|haan?|han ji|ji|"
    r"theek hai|thik hai|"
    r"that'?s (?:right|correct|fine|good)|correct|absolutely|definitely|sounds good|perfect|place it|"
    r"हाँ|हां|जी|ठीक है)" + END,
    re.IGNORECASE,
)
NO = re.compile(
    r"^(?:(?:um+|uh+|oh|ok(?:ay)?|well|actually|sorry|wait|hold on)[,. ]+)*"
    r"(?:no+|nope|nah|nahi+n?|don'?t|do not|please don'?t|not (?:yet|now|really)|wait|hold on|stop|"
    r"cancel|नहीं|मत)" + END,
    re.IGNORECASE,
)
NO_DISH = re.compile(
    r"^no (?!(?:thanks?|please|way|need|problem|no+|nope|nah|not|never|don'?t|wait|hold|stop|cancel|sorry|"
    r"actually|that|this|it|i|you|we|he|she|they|my|the|sir|ma'?am|recording)\b)[a-z]+\b(?! *,)",
    re.IGNORECASE,
)
CONSENT = re.compile(
    r"^(?:(?:um+|uh+|oh|hi|hello|hey|namaste)[,. ]+)*"
    r"(?:yes|yeah|yep|sure|haan?|ji|theek hai|हाँ|हां|जी|ठीक है)" + END,
    re.IGNORECASE,
)
UNRECORDED = re.compile(r"\b(?:no|not|don'?t|do not|without|stop) (?:\w+ )?record", re.IGNORECASE)
QUESTION = re.compile(
    r"\?\s*$|^(?:what|how|when|where|who|which|why|is|are|was|do|does|did|can|could|will|would|should)\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"\b(?:but|instead|change|make (?:it|that)|remove|take (?:off|out)|without|add|also|actually|wait|hold on|"
    r"no|not|isn'?t|wasn'?t|don'?t|never|wrong|incorrect|cancel|stop|one more|another|"
    r"hang on|i said|other|cash|card|visa|mastercard|"
    r"and (?:a|an|one|two|three|four|five|six|some)|lekin|magar|nahi+n?)\b|नहीं|लेकिन|मगर",
    re.IGNORECASE,
)


def leading(text: str) -> Answer:
    """How a turn begins. "no onions please" is OTHER: a no to a dish is not an answer to us."""
    said = plain(text)
    if NO_DISH.match(said):
        return Answer.OTHER
    if NO.match(said):
        return Answer.NO
    if YES.match(said):
        return Answer.YES
    return Answer.OTHER


def agrees(text: str) -> bool:
    """True only for a clean yes: "yes, but make it hot" asks for a change and is not one."""
    return leading(text) is Answer.YES and not CHANGE.search(plain(text))


def allows(text: str) -> bool:
    """True when a turn after a read-back does not stand in the way: no no, no change, no question."""
    said = plain(text)
    return (
        bool(said)
        and leading(said) is not Answer.NO
        and not CHANGE.search(said)
        and not QUESTION.search(said)
    )


def changes(text: str) -> bool:
    """True when a turn asks for something else: another dish, another way to pay, a moment to think."""
    return CHANGE.search(plain(text)) is not None


def records(text: str) -> bool:
    """True when the first turn begins with a plain yes, or is keypad 1. Silence and anything else is a no."""
    said = plain(text)
    return said == "1" or (CONSENT.match(said) is not None and not UNRECORDED.search(said))


def plain(text: str) -> str:
    """Without space at the ends, and with the apostrophe of a keyboard."""
    return text.strip().replace("’", "'")
