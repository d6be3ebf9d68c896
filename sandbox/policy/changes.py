"""Changes to what is already ordered: "make that three", "the large one instead", "take the naan off"."""

import re

from sandbox.policy.items import parse_segment
from sandbox.policy.numbers import quantity
from sandbox.policy.wishes import Wish
from sandbox.policy.words import MODIFIERS

_I = re.IGNORECASE
_STOP = r"(?=\s*(?:$|[.,;?!]|\band\b|\bplease\b|\bbut\b|\bthen\b))"
_SWAP = re.compile(
    rf"\b(?:replace|swap|exchange) (?:the |my |that |out )*(?P<old>.+?) (?:with|for) (?P<new>.+?){_STOP}", _I
)
_INSTEAD_OF = re.compile(
    rf"(?P<new>[^.,;?!]*?)\s*\binstead of (?:the |my |a |an )?(?P<old>.+?){_STOP}(?:,\s*(?P<then>[^.;?!]+))?",
    _I,
)
_CHANGE_TO = re.compile(
    rf"\b(?:change|switch|turn|update) (?:the |my |that |those )?(?P<target>.+?) (?:to|into) (?P<value>.+?){_STOP}",
    _I,
)
_MAKE = re.compile(rf"\b(?:make|make that|change it to) (?P<what>.+?){_STOP}", _I)
_PRONOUN = re.compile(r"^(?:that|it|them|those|this|these|the last one|all)\b\s*(?:to|a|an)?\s*", _I)
_REMOVE = re.compile(
    rf"\b(?:remove|take (?:off|out|away)|drop(?! (?:it|them|that|off|at))|delete|scratch|cancel|"
    rf"lose|skip|leave out|get rid of|forget|"
    rf"i don'?t want|we don'?t want|no more need for) (?P<target>[^.,;?!]+?)(?: (?:from (?:the|"
    rf"my) order|off|anymore|any more))?{_STOP}"
    rf"|\btake (?P<other>(?:the|that|my) [^.,;?!]+?) (?:off|out|away)\b",
    _I,
)
_SIZE_INSTEAD = re.compile(rf"\b(?P<what>[\w' ]+?) instead{_STOP}", _I)
_ARTICLE = re.compile(r"^(?:the|my|that|those|any|both|a|an)\s+", _I)
_LASTS = (
    "that",
    "it",
    "this",
    "last one",
    "them",
    "those",
    "one",
    "last item",
    "size",
    "spice level",
    "crust",
    "quantity",
    "",
)


def changes_in(text: str) -> tuple[list[Wish], str]:
    """The change and remove wishes of a sentence, in order, and the words that are left.

    A change without a query means the line touched last.
    """
    wishes: list[Wish] = []
    for pattern, read in (
        (_SWAP, _swap), (_INSTEAD_OF, _instead_of), (_CHANGE_TO, _change_to), (_MAKE, _make), (_REMOVE, _remove),
        (_SIZE_INSTEAD, _size_instead),
    ):  # fmt: skip
        while found := pattern.search(text):
            made = read(found)
            if not made:
                break
            wishes += made
            text = f"{text[: found.start()]} {text[found.end() :]}".strip(" ,")
            text = re.sub(
                r"^(?:please|and|but|then|actually|can you|could you|can i|could i)\b[\s,]*$",
                "",
                text,
                flags=_I,
            )
    if wishes:
        text = re.sub(
            r"\b(?:can|could|would|will) (?:you|we|i)(?: please)?(?: get| have)?\s*(?=$|[.,;?!])|\bactually\b[\s,]*",
            " ",
            text,
            flags=_I,
        )
    return wishes, text.strip(" ,")


def target_of(text: str) -> str:
    """Which line is meant: its dish words, or an empty text for the last one."""
    bare = _ARTICLE.sub("", text.strip().lower())
    return "" if bare in _LASTS else bare


def _apply(target: str, value: str) -> Wish | None:
    """A change of the line `target` to the words of `value`: a count, sizes, choices, a note."""
    wish = parse_segment(value)
    if wish is None:
        return None
    if not target_of(target) and wish.quantity is not None:
        # "make it two naans": the dish is said with its count.
        target, wish.query = wish.query, ""
    wish.words = " ".join(filter(None, [wish.words, wish.query]))
    wish.kind, wish.query = "change", target_of(target)
    if re.match(r"^an?\b", value.strip(), _I):
        wish.quantity = None
    return wish


def _swap(found: re.Match[str]) -> list[Wish]:
    return _replace(found["old"], found["new"])


def _replace(old: str, new: str) -> list[Wish]:
    made = parse_segment(new)
    if made is None:
        return []
    if not made.query:
        wish = _apply("", new)
        return [wish] if wish else []
    return [Wish("remove", target_of(old)), made]


def _instead_of(found: re.Match[str]) -> list[Wish]:
    new = found["new"] or found["then"] or ""
    old = found["old"].strip().lower()
    made = parse_segment(new)
    if made is None:
        return []
    if set(old.split()) <= MODIFIERS or (
        quantity(old.split()) == (quantity(old.split()) or (0, 0))
        and len(old.split()) == 1
        and quantity(old.split())
    ):
        made.kind = "change"
        return [made]
    return _replace(old, new)


def _change_to(found: re.Match[str]) -> list[Wish]:
    target, value = found["target"], found["value"]
    made = parse_segment(value)
    if made is not None and made.query and not target_of(target):
        return [Wish("remove", ""), made]
    if made is not None and made.query and len(made.query.split()) > 1:
        return _replace(target, value)
    wish = _apply(target, value)
    return [wish] if wish else []


def _make(found: re.Match[str]) -> list[Wish]:
    what = found["what"].strip()
    if pronoun := _PRONOUN.match(what):
        rest = what[pronoun.end() :]
        made = parse_segment(rest)
        if made is not None and made.query and len(made.query.split()) > 1 and made.quantity is None:
            return [Wish("remove", ""), made]
        wish = _apply("", rest)
        return [wish] if wish else []
    words = _ARTICLE.sub("", what.lower()).split()
    for cut in range(1, len(words)):
        value = words[cut:]
        if (
            value[0] in MODIFIERS
            or (
                quantity(value)
                and quantity(value) == (quantity(value) or (0, 0))
                and value[0] not in ("a", "an")
            )
            or value[0] in ("with", "without", "no", "extra", "less")
        ):
            wish = _apply(" ".join(words[:cut]), " ".join(value))
            return [wish] if wish else []
    return []


def _remove(found: re.Match[str]) -> list[Wish]:
    target = (found["target"] or found["other"]).strip().lower()
    if re.match(r"(?:to|anything|any ?more|it to|that to|my order|the order|order)\b", target):
        return []
    words = _ARTICLE.sub("", target).split()
    count = quantity(words) if words and words[0] not in ("a", "an") else None
    if count and count[1] < len(words) + 1 and words[count[1] :]:
        rest = [word for word in words[count[1] :] if word not in ("of", "the", "my", "those", "them")]
        return [Wish("remove", target_of(" ".join(rest)), quantity=count[0], fewer=True)]
    return [Wish("remove", target_of(target))]


def _size_instead(found: re.Match[str]) -> list[Wish]:
    words = re.sub(
        r"^.*\b(?:make|have|get|do|want|like|the|take)\s+(?!.*\b(?:make|have|get|do|want|like|take)\b)",
        "",
        found["what"].lower(),
    ).split()
    said = [word for word in words if word in MODIFIERS]
    if not said:
        return []
    target = " ".join(
        word for word in words if word not in MODIFIERS and word not in ("one", "a", "an", "can", "i", "in")
    )
    return [Wish("change", target_of(target), words=" ".join(said))]
