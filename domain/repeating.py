"""A yes in the words of what was proposed: "yes, cancel it", "haan, naan hata dijiye", "हाँ, कैंसल कर दीजिए"."""

import re

from num2words import num2words

from domain.answers import GIVE, plain
from domain.numerals import UNITS, WHOLE

SURE = r"(?:haan?|ji|th?(?:ee|i)k(?: hai)?|bilkul|ok(?:ay)?|yes|please|हां|जी|ठीक(?: है)?|बिल्?कुल|ओके)"


def agreeing(text: str, action: str, dish: str | None, left: int) -> str:
    """A turn with "yes" in place of words that only repeat the proposed action; another dish or number stays.

    `left`: how many of the dish there would be.
    """
    said = plain(text)
    if _hindi(action, dish, left).fullmatch(said.strip(" .!।")):
        return "yes"
    return _english(action, dish, left).sub("yes", said)


def _english(action: str, dish: str | None, left: int) -> re.Pattern[str]:
    """At the end of what they say: the verb comes first, so nothing else can be meant."""
    it = r"(?:it|that|this|them|(?:the|my|that|this) (?:whole )?order)"
    if dish:
        it = rf"(?:it|that|this|them|(?:the |that )?(?:{_names(dish)})s?)"
    wants = {
        "cancel": rf"cancel(?: {it})?",
        "remove": rf"(?:remove|take off|take out|leave out)(?: {it})?|take {it} (?:off|out)",
        "quantity": rf"change {it}|make (?:it|that) (?:{left}|{num2words(left)})",
        "note": rf"(?:add|pass on|change) {it}|tell them(?: that)?|pass {it} on",
        "address": r"change (?:it|that|the address|my address)",
    }[action]
    return re.compile(
        rf"\b(?:please |just )?(?:{wants})(?=(?: please| now| then|,? thanks?(?: you)?)*[.! ]*$)",
        re.IGNORECASE,
    )


def _hindi(action: str, dish: str | None, left: int) -> re.Pattern[str]:
    """The whole of what they say: the verb comes last, and what stands before it is what is meant."""
    this = r"ise|use|yeh?|woh?|इसे|उसे|यह|ये|वह|वो"
    this += rf"|{_names(dish)}" if dish else r"|order|mera order|ऑर्डर|मेरा ऑर्डर"
    numbers = "|".join([str(left), *(word for word, value in (UNITS | WHOLE).items() if value == left)])
    wants = {
        "cancel": r"(?:cancel|radd|कैंस[िल]ल?|रद्द) (?:kar|कर)",
        "remove": r"(?:hata|nikal|हटा|निकाल|(?:remove|cancel|kam|कम|कैंस[िल]ल?) (?:kar|कर))",
        "quantity": rf"(?:badal|बदल|(?:{numbers}) (?:kar|कर))",
        "note": r"(?:bata|बता)",
        "address": r"(?:(?:address |pata |पता )?(?:badal|बदल|(?:change|चेंज) (?:kar|कर)))",
    }[action]
    return re.compile(rf"(?:{SURE}[,.।\s]+)*(?:(?:{this}) )?(?:ko |को )?{wants} {GIVE}", re.IGNORECASE)


def _names(dish: str) -> str:
    return "|".join(re.escape(name) for name in (dish, dish.split()[-1]))
