"""From an instruction meant for a model to the sentence a caller should hear."""

import re
from dataclasses import dataclass

_HANDLE = re.compile(r"\s*[(\[]?\b(?:dish|line|address|card|restaurant|order)-\d+\b[)\]]?")
_NAMED = re.compile(
    r"(?P<name>[A-Z][\w'&]*(?: (?:and |of )?[A-Z0-9][\w'&]*)*)\s*"
    r"\((?P<handle>(?:dish|card|address|restaurant|order)-\d+)\)"
)
_VERB = re.compile(r"^(?:Offer|Suggest|Try|Ask|Use|Say|Or|And)\s+")
_WITH_TOOL = re.compile(r"\s*\b(?:with|by|using|through) \w+_\w+(?:\([^)]*\))?|\s*\([a-z]+(?:_[a-z]+)+\)")
# One instruction may hold several: "Say so, and ask which they would like."
_CLAUSE = re.compile(
    r"(?<=[.?!])\s+(?=[A-Z])|,? (?:and|then) (?=(?:ask|offer|call|say|tell|go on|use|suggest|wait|give)\b)"
)
_THEY = r"(?:they|he|she|the caller)"
_ORDERS: tuple[tuple[str, str], ...] = (
    (rf"offer (?:{_THEY} |them )?to (.+)", r"I can \1"),
    (r"offer (?:the caller |them )?(.+?)(?: instead)?", r"Would you like \1 instead?"),
    (r"suggest (.+)", r"How about \1?"),
    (
        r"ask (?:the caller |them |again )?(?:about |for )(?:the |their |another )?(?:delivery )?address.*",
        r"What is the delivery address?",
    ),
    (r"ask (?:the caller |them )?for (?:the |their )?(.+)", r"Could you give me \1, please?"),
    (
        rf"ask (?:the caller |them )?(which|what|how|when|where)(.*?) {_THEY} (?:would like|wants?)(.*)",
        r"\1\2 would you like\3?",
    ),
    (r"ask (?:the caller |them )?(which|what|how|when|where) to (.+)", r"\1 should I \2?"),
    (r"ask (?:the caller |them )?(which|what|how|when|where)(.+)", r"\1\2?"),
    (rf"ask (?:the caller |them )?(?:whether|if) {_THEY} (?:would like|wants?)(.+)", r"Would you like\1?"),
    (r"ask (?:the caller |them )?(?:to|whether|if)? ?(.+)", r"Could you \1?"),
    (r"(?:tell|inform) (?:the caller|them|him|her) (?:that )?(.+)", r"\1"),
    (r"say (?:so|how much|it|this|that)\b.{0,4}", ""),
    (r"say (?:that )?['\"]?(.+?)['\"]?", r"\1"),
    (r"apologi[sz]e(?: to the caller)?", r"I'm sorry about that."),
)
_AGAIN = re.compile(r"[,;] (?:if there is none|or),? call it again\b.*", re.I)
# Steps and reasons for the model alone; the caller need not hear of them.
_INNER = re.compile(
    r"^(?:then:? ?)?(?:call|use|search|never|do not|don't|wait|retry|try the|verify|read (?:it|"
    r"the order)|set|pass|go on|"
    r"choose a|give the|repeat the call|first|take the order as|the caller|this order was|do what|there is no \w+-\d)\b"
    r"|\b\w+_\w+\b",
    re.I,
)


@dataclass(frozen=True)
class Plain:
    """What to tell the caller, and the things offered in it as (handle, name)."""

    text: str
    offers: tuple[tuple[str, str], ...] = ()


def plain(instruction: str) -> Plain:
    """The caller's side: "X is out. Offer Y (dish-3)." becomes "X is out. Would you like Y instead?"."""
    offers = tuple((found["handle"], _VERB.sub("", found["name"])) for found in _NAMED.finditer(instruction))
    heard = [_one(_WITH_TOOL.sub("", clause)) for clause in _CLAUSE.split(instruction.strip())]
    return Plain(" ".join(filter(None, heard)), offers)


def _one(clause: str) -> str:
    if re.match(r"there is no \w+-\d", clause, re.I):
        return ""
    body = _AGAIN.sub("", _HANDLE.sub("", clause).strip().rstrip(".!?, "))
    bare = re.sub(r"^then:? ", "", body, flags=re.I)
    for pattern, form in _ORDERS:
        found = re.fullmatch(pattern, bare, re.I)
        if found:
            spoken = re.sub(r"^they\b", "you", found.expand(form).strip(), flags=re.I)
            spoken = re.sub(r"\btheir\b", "your", spoken)
            return _sentence(spoken)
    if _INNER.search(bare) or "''" in bare or bare.endswith(":"):
        return ""
    return _sentence(re.sub(r"\b[Tt]he caller's\b", "your", bare))


def _sentence(text: str) -> str:
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith(("?", ".")) else ".")
