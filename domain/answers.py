"""The fixed grammar that reads yes and no beside the model: consent and the answer to a read-back.

Hindi is read in Latin and in Devanagari letters, the latter in the one spelling of `numerals.plain`.
"""

import re
from enum import StrEnum

from domain import numerals


class Answer(StrEnum):
    """What a turn says to a yes-or-no question."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


GIVE = r"(?:do|d[ie]jiye|dein|दो|दीजिए|दीजिये|दें)"
MEANS_OF = {"कैश": "cash", "नकद": "cash", "नगद": "cash", "कार्ड": "card", "वीजा": "visa"}
MEANS = re.compile(rf"(?<![\u0900-\u0963])(?:{'|'.join(MEANS_OF)})(?![\u0900-\u0963])")
WORD = re.compile(r"[\w'\u0900-\u0963]+")
END = r"(?![a-zA-Z\u0900-\u0963])"  # a whole word, in Latin or Devanagari letters: "जीरा" is no "जी"
YES = re.compile(
    r"^(?:(?:um+|uh+|oh|ah|ok(?:ay)?|well|so|and|hi|hello|hey|namaste|please|you can|just|arr?ey?|acch?a|toh|bas|"
    r"अरे|अच्छा|तो|बस|नमस्ते)[,. ]+)*"
    r"(?:yes|yeah|yep|yup|ya|sure|ok(?:ay)?|all ?right|of course|fine|go ahead|go for it|please do|haan?|han|ji|"
    rf"th?(?:ee|i)k(?: hai)?|bilkul|sahi(?: hai)?|[zj]aroor|chalega|(?:(?:order|place|confirm) )?(?:kar|laga) {GIVE}|"
    r"that(?:'?s| is) (?:right|correct|fine|good|perfect|great|it)|correct|right|exactly|absolutely|definitely|"
    r"certainly|(?:sounds|looks|all) good|sounds (?:great|right|perfect)|(?:that )?works|good|great|perfect|"
    r"do (?:it|that)|(?:place|order|confirm|book) (?:it|that|the order|my order)|confirm(?:ed)?|"
    r"let'?s (?:do (?:it|that)|go)|हां?|जी|ठीक(?: है)?|बिल्?कुल|सही(?: है)?|जरूर|चलेगा|ओके|"
    rf"(?:(?:ऑर्डर|प्लेस|कन्फर्म|कंफर्म) )?(?:कर|लगा) {GIVE})" + END,
    re.IGNORECASE,
)
NO = re.compile(
    r"^(?:(?:um+|uh+|oh|ok(?:ay)?|well|actually|sorry|wait|hold on|arr?ey?|ji|abhi|अरे|जी|अभी)[,. ]+)*"
    r"(?:no+|nope|nah|nahi+n?|don'?t|do not|please don'?t|not (?:yet|now|really)|wait|hold on|stop|"
    rf"cancel|mat|naa?|ruk(?:o|iye)|rehne {GIVE}|नहीं?|मत|ना?|रुक(?:ो|िए|िये)|रहने {GIVE}|कैंस[िल]ल?|रद्द)" + END,
    re.IGNORECASE,
)
NO_DISH = re.compile(
    r"^no (?!(?:thanks?|please|way|need|problem|no+|nope|nah|not|never|don'?t|wait|hold|stop|cancel|sorry|"
    r"actually|that|this|it|i|you|we|he|she|they|my|the|sir|ma'?am|recording)\b)[a-z]+\b(?! *,)",
    re.IGNORECASE,
)
CONSENT = re.compile(
    r"^(?:(?:um+|uh+|oh|hi|hello|hey|namaste)[,. ]+)*"
    rf"(?:yes|yeah|yep|sure|haan?|ji|theek hai|हां|जी|ठीक है){END}"
    rf"(?![\s,.!।]+(?:nahi+n?|naa?|mat|नहीं?|ना?|मत){END})",
    re.IGNORECASE,
)
""" "Ji nahi" is the polite no."""
RECORDING = r"(?:record(?:ing)?|र[िे]क[ॉा]र्ड(?:िंग)?)"
UNRECORDED = re.compile(
    rf"{RECORDING}\s+(?:[^\s,.;!?।]+\s+)?(?:mat|naa?|nahi+n?|band|मत|ना?|नहीं?|बंद)" + END + "|"
    rf"(?<![a-zA-Z])(?:mat|nahi+n?|मत|नहीं)\s+{RECORDING}" + END + "|"
    r"\b(?:(?:no|not|don'?t|do not|without|stop) (?:\w+ )?record|"
    r"(?:not|don'?t|do not) (?:want|like|wish) (?:\w+ ){0,3}(?:be|being) recorded|not (?:to )?be recorded)",
    re.IGNORECASE,
)
ABOUT_RECORDING = re.compile(
    r"no|not|don't|dont|do|without|stop|record(?:ed|ing|ings)?|any|please|this|that|it|me|us|the|my|our|your|call|"
    r"conversation|voice|audio|anything|i|i'd|i'm|we|you|want|like|wish|would|rather|to|be|being|can|could|and|also|so|"
    r"ok|okay|hey|sorry|oh|um|uh|wait|actually|just|now|anymore|more|thanks|thank|"
    r"mat|naa?|nahi+n?|band|kar(?:o|iye|na|ein|do)?|kijiye|dijiye|ki|ko|ye|yeh|ise|meri|mujhe|main|ji|hai|chahiye|kripya|"
    rf"{RECORDING}|नहीं?|मत|ना?|बंद|कर(?:ो|िए|ना|ें)?|कीजिए|दो|दीजिए|को|की|यह|ये|इसे|मेरी|मुझे|मैं|जी|है|हैं|चाहिए|कृपया|"
    r"प्लीज|कॉल|बात"
)
QUESTION = re.compile(
    r"\?\s*$|^(?:what|how|when|where|who|which|why|is|are|was|do(?! (?:it|that)\b)|does|did|"
    r"can|could|will|would|should)\b|\b(?:kya|kab|kitn[aei]|kahan|kaun|kaise|kyu+n?)\b|क्या|कब|कितन|कहां|कौन|कैसे|क्यों",
    re.IGNORECASE,
)
COUNT = r"(?:ek|do|teen|ch?aar|paa?nch|एक|दो|तीन|चार|पांच|छह|\d+)"
CHANGE_HINDI = (
    r"\b(?:lekin|magar|nahi+n?|mat (?:kar|dal|daal|bhej|laga|rakh|de)\w*|bhi|bina|galat|ki jagah|ke bajay|ruk(?:o|iye)|"
    r"rehne|hata(?:o|iye)?|nikal(?:o|iye)?|badal(?:o|iye)?|jodo?|badha(?:o|iye)?|kam kar|d(?:oo|u)sr[aei]|"
    rf"ek aur|aur {COUNT}|{COUNT} kar)\b|\baur\W*$|"
    rf"नहीं|लेकिन|मगर|की जगह|के बजाय|रुक|रहने|हटा|निकाल|बदल|जोड|बढा|कम कर|दूसर|गलत|कैंस|रद्द|एक और|और {COUNT}|{COUNT} कर|"
    r"और\W*$|(?<![\u0900-\u0963])(?:मत|भी|बिना)(?![\u0900-\u0963])"
)
"""Asks in Hindi for something else than was read back."""
CHANGE = re.compile(
    r"\b(?:but|instead|change|make (?:it|that)|remove|take (?:off|out)|without|add|also|actually|wait|hold on|"
    r"no|not|isn'?t|wasn'?t|don'?t|never|wrong|incorrect|cancel|stop|one more|another|"
    r"hang on|i said|other|cash|card|visa|mastercard|"
    rf"and (?:a|an|one|two|three|four|five|six|some))\b|{CHANGE_HINDI}",
    re.IGNORECASE,
)

AGREEABLE = re.compile(
    r"\b(?:(?:it'?s |that'?s )?(?:no|not a|not any) (?:problem|problems|worries|issue|issues)(?: at all)?|why not|"
    r"i (?:do not|don'?t) mind(?: at all)?|i said (?:yes|yeah|okay)|make it (?:happen|so)|make that order|"
    r"koi (?:baat|dikkat|pareshani|problem) nahi+n?)\b|कोई (?:बात|दिक्कत|परेशानी|प्रॉब्लम) नहीं",
    re.IGNORECASE,
)
"""Say yes in words that elsewhere say no, or change something."""
HARMLESS = re.compile(
    r"\b(?:no (?:rush|hurry|doubt|question|objections?|complaints?|changes?|questions?)|"
    r"no (?:other|more|further) (?:changes?|questions?)|nothing (?:else|more)(?: to (?:change|add))?|"
    r"nothing (?:to|i(?:'d| would)) (?:change|add)|(?:do not|don'?t|no need to) change (?:anything|a thing|it)|"
    r"(?:do not|don'?t|no need to) add (?:anything|a thing)|without (?:a )?(?:doubt|delay)|can'?t wait|"
    r"(?:nothing|not) wrong|(?:aur )?kuch (?:aur )?(?:bhi )?nahi+n?(?: chahiye| badalna)?)\b|"
    r"(?:और )?कुछ (?:और )?(?:भी )?नहीं(?: चाहिए| बदलना)?",
    re.IGNORECASE,
)
"""Hold a word of refusal or change, and refuse and change nothing."""
PAYING = re.compile(
    r"yes|yeah|yep|yup|ok|okay|sure|fine|please|go|ahead|with|on|by|in|to|the|my|that|this|it|it's|its|is|and|i|i'll|"
    r"we'll|will|i'm|pay|paying|place|order|charge|put|use|using|works|good|great|right|correct|perfect|sounds|of|"
    r"course|thank|thanks|you|delivery|at|door|for|me|haan|ji|theek|hai|bilkul|se|mein|par|hi|kar|do|dijiye|denge|dunga|"
    r"dungi|हां|जी|ठीक|है|बिल्कुल|सही|से|में|पर|ही|कर|दो|दीजिए|देंगे|दूंगा|दूंगी|मेरे|के|साथ"
)
"""A clause of these words and the means of payment that was read back only repeats it."""


def leading(text: str) -> Answer:
    """How a turn begins. "no onions please" is OTHER: a no to a dish is not an answer to us."""
    said = _settled(text).lstrip(" ,.;!")
    if NO_DISH.match(said):
        return Answer.OTHER
    if NO.match(said):
        return Answer.NO
    if YES.match(said):
        return Answer.YES
    return Answer.OTHER


def agrees(text: str, paying: str | None = None) -> bool:
    """True only for a clean yes: "yes, but make it hot" asks for a change and is not one.

    `paying`: how it is paid for, as it was read back ("cash", "Visa ending in 4242"); repeating it changes nothing.
    """
    return leading(text) is Answer.YES and not changes(text, paying)


def allows(text: str, paying: str | None = None) -> bool:
    """True when a turn after a read-back does not stand in the way: no no, no change, no question."""
    said = plain(text)
    return (
        bool(said)
        and leading(said) is not Answer.NO
        and not changes(said, paying)
        and not QUESTION.search(_settled(said))
    )


def changes(text: str, paying: str | None = None) -> bool:
    """True when a turn asks for something else: another dish, another way to pay, a moment to think."""
    said = _settled(text)
    if paying is not None:
        said = _without_payment(said, paying)
    return CHANGE.search(said) is not None


def _settled(text: str) -> str:
    return HARMLESS.sub("", AGREEABLE.sub("okay", plain(text)))


def _without_payment(said: str, paying: str) -> str:
    """The turn without the clauses that only repeat the means of payment."""
    means = set(re.findall(r"[a-z0-9]+", paying.lower())) | (set() if paying == "cash" else {"card"})
    clauses = re.split(r"[,.;!।]+", said)
    return ", ".join(clause for clause in clauses if not _repeats(clause, means))


def _repeats(clause: str, means: set[str]) -> bool:
    words = WORD.findall(clause.lower())
    return all(word in means or PAYING.fullmatch(word) for word in words)


def unrecorded(text: str) -> bool:
    """True when a turn asks not to be recorded."""
    return UNRECORDED.search(plain(text)) is not None


def only_unrecorded(text: str) -> bool:
    """True when a turn asks not to be recorded, and nothing else."""
    words = WORD.findall(plain(text).lower())
    return unrecorded(text) and all(ABOUT_RECORDING.fullmatch(word) for word in words)


def records(text: str) -> bool:
    """True when the first turn begins with a plain yes, or is keypad 1. Silence and anything else is a no."""
    said = plain(text)
    return said == "1" or (CONSENT.match(said) is not None and not UNRECORDED.search(said))


def plain(text: str) -> str:
    """Without space at the ends, in one spelling; the means of payment in their English names."""
    return MEANS.sub(lambda found: MEANS_OF[found.group()], numerals.plain(text).strip())
