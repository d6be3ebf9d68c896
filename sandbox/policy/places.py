"""An address as a caller says it: street, flat, landmark, who opens the door, what the rider should know."""

import re

from sandbox.policy.numbers import digits_of

STREET = re.compile(
    r"\b\d+[a-z]?,?\s+(?:[\w']+\s+){0,3}?(?:street|st|lane|ln|road|rd|avenue|ave|drive|dr|court|ct|boulevard|blvd|way|"
    r"row|walk|trail|marg|cross|main|place|close|nagar|colony)\b",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:[\w']+\s+){1,3}(?:street|lane|road|avenue|drive|court|boulevard|marg|cross|nagar|colony)\b", re.I
)
_GIVEN = re.compile(
    r"\b(?:(?:please\s+)?(?:deliver|send|bring|ship|drop)(?:ed)?(?: (?:it|that|this|them|"
    r"everything|my order))?(?: off)?"
    r" (?:to|at)|(?:change|update|switch) (?:the |my )?(?:delivery )?address to|(?:(?:my|the|our|"
    r"new|delivery)\s+)*address(?: is|'s)|(?:i|we)(?:'m|'re| am| are)? (?:live|stay|staying|"
    r"living|located)(?: at| on| in| near)?|(?:i|we)(?:'m| am|'re| are) at|it(?:'s| is) (?:at|for)(?= \d)|to(?= \d))"
    r"\s+(?P<place>[^?!;]+)",
    re.I,
)
_SAVED = re.compile(
    r"\b(?:(?:to|at|for) )?(?:my |the |our )?(?P<name>home|house|work|office|hostel|saved address|usual address|"
    r"same address|same place|address (?:on file|you have))(?: address)?\b",
    re.I,
)
_FLAT = re.compile(
    r",?\s*\b(?:apartment|apt|flat|unit|suite|room|door)\.?(?: number| no\.?)?\s+(?P<flat>[a-z]?-?\d+[a-z]?|[a-z])\b",
    re.I,
)
_LANDMARK = re.compile(
    r",?\s*\b(?P<mark>(?:near|opposite|behind|beside|next to|across from|in front of)\s+[\w' ]+)", re.I
)
_NOTE = re.compile(
    r"[,.]?\s*\b(?:and\s+)?(?P<note>(?:please\s+)?(?:ring|knock|leave it|call (?:me )?(?:when|from)|the gate|gate code|"
    r"buzz|use the|don'?t ring|hand it)[^.?!]*)",
    re.I,
)
_RECIPIENT = re.compile(
    r",?\s*\b(?:for|ask for|it'?s for) (?:my (?:\w+) )?(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?)\b"
)
_CHANGES = re.compile(
    r"^(?:no|actually|wait|sorry|yes|yeah|sure|please|it'?s|it is|okay|ok|um|uh)\b[\s,]*", re.I
)


def address_in(text: str, asked: bool) -> tuple[dict[str, str], str]:
    """The parts of an address (`saved` holds a word like "home") and the text that is left.

    `asked` says that the address was just asked for, so that a bare "Juniper Lane, Old Mill" counts.
    """
    street = STREET.search(text)
    given = _GIVEN.search(text)
    saved = _SAVED.search(text)
    if (
        saved
        and not street
        and (asked or given or re.match(r"(?:to|at|same|saved|usual)\b", saved[0].strip(), re.I))
    ):
        left = text[: given.start()] if given else text[: saved.start()] + " " + text[saved.end() :]
        return {"saved": saved["name"].lower()}, left.strip(" ,.")
    if given and (street or asked or _NAMED.search(given["place"]) or _LANDMARK.search(given["place"])):
        return parts_of(given["place"]), text[: given.start()].strip(" ,.")
    if street and (asked or re.match(r"^[\W\s]*$", text[: street.start()])):
        return parts_of(text[street.start() :] if not asked else text), ""
    if asked and _looks_like_place(text):
        return parts_of(text), ""
    return {}, text


def _looks_like_place(text: str) -> bool:
    if re.search(r"\d|\b(?:near|opposite|behind|next to)\b", text, re.I) or _NAMED.search(text):
        return True
    if re.search(r"\b(?:order|place it|call|card|cash|pay)\b", text, re.I):
        return False
    bare = _CHANGES.sub("", text).strip(" .,")
    return (
        len(bare.split()) in range(1, 7)
        and not bare.endswith("?")
        and bool(re.search(r"[a-z]{3}", bare, re.I))
    )


def parts_of(text: str) -> dict[str, str]:
    """text, flat, landmark, note and recipient of one spoken address."""
    parts: dict[str, str] = {}
    while (shorter := _CHANGES.sub("", text)) != text:
        text = shorter
    text = digits_of(text)
    for name, pattern in (
        ("note", _NOTE),
        ("flat", _FLAT),
        ("recipient", _RECIPIENT),
        ("landmark", _LANDMARK),
    ):
        if found := pattern.search(text):
            parts[name] = found[1].strip(" ,.")
            text = text[: found.start()] + text[found.end() :]
    street = re.sub(r"\s+(?:please|thanks|thank you)\b", "", re.sub(r"\s+", " ", text), flags=re.I).strip(
        " ,."
    )
    parts["text"] = street or parts.get("landmark", "")
    return parts
