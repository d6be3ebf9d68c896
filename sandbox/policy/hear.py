"""Understanding one turn: each recogniser takes its words out of the sentence, dishes are what is left."""

import re

from sandbox.policy import phrases
from sandbox.policy.changes import changes_in
from sandbox.policy.items import dishes_in, filters_in, strip_talk
from sandbox.policy.numbers import clock_time
from sandbox.policy.places import address_in
from sandbox.policy.upset import EMERGENCY, INSULT
from sandbox.policy.wishes import Heard, Wish
from sandbox.policy.words import allergens_in

YES_OR_NO = (
    "conflict",
    "saved_address",
    "payment",
    "schedule",
    "confirm",
    "suggestion",
    "offer",
    "yes_or_no",
)
"""Questions that are answered by yes or no."""


def hear(text: str, question: str) -> Heard:
    """The caller's words as wishes and answers; what no recogniser takes is read as dishes.

    `question` is the kind of the open question: it decides whether bare words are an address or a dish.
    """
    text = phrases.LANGUAGE.sub(" ", text.replace("\u2019", "'")).strip()
    heard = Heard(text)
    if EMERGENCY.search(text):
        return heard
    found, left = _take(INSULT, text)
    heard.insult = found is not None
    left = _conversation(left, heard)
    left = _facts(left, heard)
    left = _answers(left, heard, agreeing=question in YES_OR_NO)
    heard.address, left = address_in(left, False)
    changes, left = changes_in(left)
    heard.wishes += changes
    if not heard.address and not changes:
        heard.address, left = address_in(left, question in ("address", "address_pick", "saved_address"))
    if heard.address:
        heard.wishes.append(Wish("address", arguments=dict(heard.address)))
    asks_food = question in ("anything", "greeting", "offer", "pick", "after", "confirm", "option")
    browse = _browse(left)
    if browse:
        heard.wishes.append(browse)
        return heard
    dishes, heard.rest = dishes_in(left, asks_food)
    heard.wishes += dishes
    return heard


def _take(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    found = pattern.search(text)
    return (found, f"{text[: found.start()]} {text[found.end() :]}".strip(" ,")) if found else (None, text)


def _conversation(text: str, heard: Heard) -> str:
    """What is said about the talk itself: who are you, a person please, wait, goodbye."""
    found, text = _take(phrases.MODEL, text)
    heard.identity = "model" if found else ""
    found, text = _take(phrases.ROBOT, text)
    if found and not heard.identity:
        heard.identity = "robot"
    here, text = _take(phrases.HERE, text)
    for name, pattern in (
        ("not_me", phrases.NOT_ME), ("repeat", phrases.REPEAT), ("recap", phrases.RECAP),
        ("person", phrases.PERSON), ("complaint", phrases.COMPLAINT),
        ("cancelling", phrases.CANCEL), ("leaving", phrases.BYE), ("hold", phrases.HOLD),
    ):  # fmt: skip
        found, text = _take(pattern, text)
        setattr(heard, name, found is not None)
    heard.leaving = heard.leaving or phrases.VOICEMAIL.search(text) is not None
    heard.repeat = heard.repeat or here is not None
    return phrases.NAME.sub("", text)


def _facts(text: str, heard: Heard) -> str:
    """Facts for the order as a whole: allergies, what to do when sold out, when, promotions, sums, status."""
    found, left = _take(phrases.ALLERGY, text)
    if found and (names := allergens_in(found[0])) and not re.search(r"\b(?:no|not)\b", found[0], re.I):
        heard.wishes.append(Wish("allergies", arguments={"allergens": names}))
        text = left
    elif found and re.search(r"\b(?:no|not)\b", found[0], re.I):
        text = left
    found, left = _take(phrases.SOLD_OUT, text)
    choice = next(
        (value for word, value in phrases.WHAT_IF_OUT.items() if found and word in found[0].lower()), None
    )
    if choice:
        heard.wishes.append(Wish("substitution", arguments={"preference": choice}))
        text = left
    found, left = _take(phrases.TIP, text)
    if found:
        heard.wishes.append(Wish("tip", arguments={"tip": found["amount"]}))
        text = left
    text = _when(phrases.ASAP.sub("", text), heard)
    found, left = _take(phrases.PROMO, text)
    if found and found["code"]:
        heard.promotion, text = found["code"].replace(" ", "").upper(), left
        heard.wishes.append(Wish("total", arguments={"promotion_code": heard.promotion}))
    for kind, pattern in (("total", phrases.TOTAL), ("status", phrases.STATUS), ("usual", phrases.USUAL)):
        found, text = _take(pattern, text)
        if found:
            heard.wishes.append(Wish(kind))  # type: ignore[arg-type]
    return text


def _when(text: str, heard: Heard) -> str:
    tomorrow = re.search(r"\btomorrow\b", text, re.I)
    clock = clock_time(text)
    if clock is None:
        return text
    time, (start, end) = clock
    heard.wishes.append(Wish("time", arguments={"day": "tomorrow" if tomorrow else "today", "time": time}))
    left = f"{text[:start]} {text[end:]}"
    left = re.sub(r"\b(?:for )?(?:tomorrow|tonight|today|(?:this )?evening)\b", " ", left, flags=re.I)
    return re.sub(
        r"\b(?:deliver(?:ed)?|bring|send|have) (?:it|that|this|them)(?: delivered)?\s*(?=$|[.,;?!])|^(?:for|at|by)\s*$",
        " ",
        left,
        flags=re.I,
    ).strip(" ,")


def _answers(text: str, heard: Heard, *, agreeing: bool) -> str:
    """Yes, no, that's all, thanks, cash or card; "that's fine" agrees where yes or no was asked."""
    found, text = _take(phrases.PAY, text)
    if found:
        heard.payment = found[0].lower()
    if agreeing and (found := phrases.FINE.match(text)):
        heard.answer, text = True, text[found.end() :]
    found, text = _take(phrases.DONE, text)
    heard.done = found is not None
    found, text = _take(phrases.THANKS, text)
    heard.thanks = found is not None
    if re.fullmatch(r"\W*please\W*", heard.text, re.I):
        heard.answer = True
    while True:
        if found := phrases.NO.match(text):
            heard.answer = False
        elif found := phrases.YES.match(text):
            heard.answer = True if heard.answer is None else heard.answer
        else:
            return text
        text = text[found.end() :]


def _browse(text: str) -> Wish | None:
    """A question about the menu: "what do you have that's vegan", "how much is the lassi?"."""
    found = phrases.ASKED.match(text.strip())
    if not found:
        return None
    about, filters = filters_in(found["about"].strip(" .,?!"))
    query = strip_talk(" ".join(phrases.NOISE.sub(" ", about).split()))
    if query and re.match(r"(?:and |so |okay |ok |well )*(?:is|are|does|do) the\b", text, re.I):
        dish = phrases.QUALITY.sub("", query).strip() or query
        return Wish("browse", dish, arguments={"about": found["about"]})
    if (
        not query
        and not filters
        and not re.search(r"menu|recommend|suggest|have|good|special|popular", text, re.I)
    ):
        return None
    return Wish("browse", query or str(filters.get("diet", "")) or "popular dishes", filters=filters)
