"""What can have gone wrong with an order, in the words of callers, by the kinds of `file_complaint`."""

import re

_I = re.IGNORECASE
_FOOD = r"(?:order|food|delivery|parcel|dinner|lunch|breakfast|meal|khana|anything|it all)"
_BAD = (
    r"(?:cold|stale|raw|uncooked|undercooked|overcooked|burnt|burned|soggy|spoiled|spoilt|rotten|inedible|sour|"
    r"spilled|spilt|leaked|leaking|crushed|smashed|squashed|open)"
)
_AWFUL = r"(?:bad|awful|terrible|horrible|disgusting|too (?:salty|spicy|oily|sweet|dry|hot))"
# The first kind that fits counts: what never came was not cold, and what was charged twice is about money.
_KINDS: tuple[tuple[str, str], ...] = (
    (
        "charge",
        r"\b(?:charged|billed|debited)\b[^.?!]{0,30}\b(?:twice|double|two times|too much|extra|more than|wrong)\b"
        r"|\bdouble[- ]?charged?\b|\bovercharged?\b|\b(?:twice|two times) (?:for|on) (?:my|the) (?:card|order)\b"
        r"|\bwrong (?:amount|price|charge|bill)\b|\b(?:do baar|zyada)\b[^.?!]*\b(?:pais[ae]|charge|kat\w*)\b"
        r"|\bpais[ae]\b[^.?!]*\b(?:do baar|zyada)\b",
    ),
    (
        "conduct",
        r"\b(?:rude|abusive|drunk|unprofessional|badtameez\w*|gaali|gali di|misbehaved?)\b"
        r"|\b(?:shouted|yelled|swore|cursed) at (?:me|us|my)\b|\basked (?:me |us )?for (?:extra|more) money\b",
    ),
    (
        "not_delivered",
        rf"\bnever (?:\w+ )?(?:arrived|came|turned up|showed up|got (?:it|(?:my|the|our|that)"
        rf" {_FOOD}|here)|received|"
        r"delivered|reached|made it)\b"
        rf"|\b(?:did not|didn'?t) (?:arrive|show up|turn up|reach (?:me|us)|come(?! with))\b"
        rf"|\b(?:did not|didn'?t|have not|haven'?t)(?: ever)? (?:get|got|receive|received) (?:my"
        rf"|the|our|yesterday'?s|that|any|)"
        rf" ?(?:\w+ )?{_FOOD}\b"
        r"|\b(?:was|were) (?:never|not) delivered\b|\bsays? (?:it (?:is|was) )?delivered\b[^.?!]*\b(?:but|not|no)\b"
        r"|\bmarked (?:as )?delivered\b|\b(?:order|khana|food)\b[^.?!]{0,20}\b(?:nahi+n? (?:mila|pahuncha)|"
        r"aaya hi nahi+n?|mila hi nahi+n?)\b|\b(?:order|khana) (?:kabhi )?nahi+n? aaya\b",
    ),
    (
        "wrong_order",
        r"\bwrong (?:order|items?|food|dish(?:es)?|things?|pizza|meal|curry|one|stuff|biryani)\b"
        r"|\b(?:not|isn'?t|wasn'?t) (?:at all )?what (?:i|we) (?:had )?ordered\b|\bsome(?:body|one)"
        r" else'?s (?:order|food)\b"
        r"|\b(?:order|food|it|everything) (?:was|were|is) (?:all |completely |totally )?wrong\b"
        r"|\b(?:got|sent|received|gave|delivered|brought)\b[^.?!]{1,40}\binstead of\b"
        r"|\bgalat (?:order|khana|cheez|item|dish)\b|\b(?:order|khana) galat\b",
    ),
    (
        "missing_items",
        r"\b(?:was|were|is|are|'s|had|has|something|items?|dish(?:es)?|things?)\b[^.?!]{0,20}\bmissing\b"
        r"|\bmissing (?:from|items?|an?|the|one|two|my|some)\b|\b(?:forgot|forgotten) (?:the|my|our"
        r"|to (?:send|pack|include))\b"
        r"|\b(?:did not|didn'?t) (?:get|receive|come with|include|send|pack) (?:the|my|our|any|a)\b"
        r"|\bonly (?:got|received|came with) (?:one|two|half|part)\b|\bnot in the bag\b|\bincomplete\b"
        r"|\b(?:gayab|kam) (?:tha|thi|the|hai|mil[ae]|aay[ae])\b|\bmissing (?:tha|thi|the|hai)\b"
        r"|\b(?!order|khana|food)\w+ (?:hi )?nahi+n? (?:mil[aie]|tha|thi|the|bheja)\b",
    ),
    (
        "quality",
        rf"\b(?:was|were|came|arrived|tasted|got here|smelled|looked)\b(?: \w+){{0,3}} (?:{_BAD}|{_AWFUL})\b"
        rf"|\b(?:my|our|this|the (?:food|order)|food|it|everything)(?: \w+){{0,3}}(?: is| are"
        rf"|'s)(?: \w+){{0,2}} {_BAD}\b"
        rf"|\b(?:got|brought|delivered|received|sent) (?:\w+ ){{0,2}}(?:{_BAD}|cold) (?:food|order"
        rf"|meal|pizza|biryani|naan)\b"
        rf"|^\W*(?:it was |completely |all |stone |ice )*(?:{_BAD}|{_AWFUL})\W*$"
        r"|\b(?:hair|insect|bug|cockroach|fly|plastic|glass|stone) in (?:my|the|it)\b|\bfood poisoning\b"
        r"|\bmade (?:me|us|my \w+) (?:sick|ill)\b|\bspilled (?:all )?(?:over|everywhere|in)\b"
        r"|\bthand[aie] (?:tha|thi|the|hai|ho gaya|aay[ae]|mil[ae]|khana)\b|\b(?:baasi|basi|kharab"
        r"|jala hua|kachch?a|bekaar)\b",
    ),
    (
        "late",
        r"\b(?:was|were|came|arrived|got here|delivered|been)\b[^.?!]{0,25}\blate\b"
        r"|\b(?:late|delayed) (?:delivery|order|dinner|lunch|food)\b"
        r"|\btook (?:\w+ ){0,3}(?:hours?|long|forever|ages)\b|\b(?:\w+ )?(?:minutes|hours?)"
        r" late\b(?=.*\b(?:was|came|arrived)\b)"
        r"|\b(?:der se|late) (?:aaya|mila|tha|pahuncha)\b",
    ),
    (
        "other",
        r"\bcomplain\w*|\babout (?:yesterday'?s|last night'?s|my last) (?:order|delivery|dinner"
        r"|lunch)\b|\bshikayat\b|\b(?:un|not )happy (?:with|about)\b|\b(?:problem|issue|trouble) (?:with|in) "
        r"(?:my|the|an|our|yesterday'?s|last)\b|\bsomething (?:is|was|went) wrong\b|\b(?:order"
        r"|khana) (?:mein|me) (?:problem|dikkat)\b",
    ),
)  # fmt: skip
_PATTERNS = tuple((kind, re.compile(pattern, _I)) for kind, pattern in _KINDS)
_MONEY = re.compile(
    r"\brefund(?:ed|s)?\b|\bmoney back\b|\bback my money\b|\breimburse\w*|\bcompensat\w+|\breturn my money\b"
    r"|\bpais[ae]\b[^.?!]*\b(?:wapas|vapas|waapas|lauta\w*)\b|\b(?:wapas|vapas)\b[^.?!]*\bpais[ae]\b",
    _I,
)
# "Refund it if it is sold out" is a wish for the order being made.
_NO_MONEY = re.compile(
    r"\brefund\w*\b[^.?!]*\b(?:if|when)\b|\b(?:if|when)\b[^.?!]*\b(?:sold out|out of stock|not"
    r" available|unavailable|"
    r"runs? out)\b|\b(?:don'?t|do not|no) (?:want |need )?(?:a |any )?refund\b",
    _I,
)
WISHED_SUM = re.compile(
    r"\b(?:all of it|all of my money|everything(?: back)?|(?:the )?(?:full|whole|entire) (?:amount"
    r"|refund|thing|price|order)|"
    r"half(?: of it| the money| back)?|full refund|poora (?:paisa|refund))\b"
    r"|(?:[$₹]\s?\d[\d,.]*|\b(?:rs\.? ?)?(?:\d[\d,.]*|[a-z]+(?:[ -][a-z]+)?) (?:dollars|bucks|rupees|rs|rupaye)\b)",
    _I,
)
# What reasons `process_refund` knows, and those for which it is asked though nobody spoke of money.
REFUNDABLE = ("not_delivered", "wrong_order", "missing_items", "quality", "late")
DESERVING = ("not_delivered", "wrong_order", "missing_items", "quality")


def money_due(trouble: str, wanted: bool) -> bool:
    """Whether a refund is asked for: because the caller wants it, or because the kind deserves it unasked."""
    return trouble in DESERVING or (wanted and trouble in REFUNDABLE)


def trouble_in(text: str) -> str:
    """The kind of complaint in a text, or an empty text."""
    return next((kind for kind, pattern in _PATTERNS if pattern.search(text)), "")


def mentions_money(text: str) -> bool:
    """Whether money back is asked for."""
    return bool(_MONEY.search(text)) and not _NO_MONEY.search(text)
