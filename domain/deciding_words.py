"""Which way a turn chooses for a dish that has run out: "yes", "just leave it out", "cancel kar do", "हटा दीजिए"."""

import re
from collections.abc import Collection

from domain.answers import GIVE, QUESTION, Answer, agrees, changes, leading, plain
from domain.deciding import Choice

_I = re.IGNORECASE
END = r"(?![\wऀ-ॣ])"
START = r"(?<![\wऀ-ॣ])"
PLEASE = r"(?:please|just|then|simply|ji|bas|toh|to|जी|बस|तो)"
IT = r"(?:it|that|this|them|that one|(?:that|this|the) (?:dish|item|one))"
ORDER = r"(?:(?:the|my|that|this) )?(?:(?:whole|entire|complete) )?(?:order|thing|everything)"
REQUEST = re.compile(
    r"^(?:(?:ok(?:ay)?|well|so|um+|uh+|no|nope|yes|hmm+)[,. ]+)*(?:can|could|would|will) you\b(?! tell\b)",
    _I,
)
"""A question that asks for something to be done."""
NOT_CANCEL = re.compile(
    r"\b(?:do not|don'?t|never|not|no need to|without|rather than|instead of) (?:want (?:you )?to |please )?"
    rf"cancel\w*(?: {ORDER}| {IT})?"
    rf"|{START}(?:cancel|कैंस[िल]ल?|रद्द)(?: (?:kar\w*|कर\w*))? "
    rf"(?:mat|naa?|nahi+n?|मत|ना?|नहीं?)(?: (?:kar\w*|कर\S*))?{END}"
    rf"|{START}(?:mat|nahi+n?|मत|नहीं) (?:cancel|कैंस[िल]ल?|रद्द){END}",
    _I,
)
CANCELS = re.compile(
    rf"\b(?:cancel(?: (?:it|{ORDER}|all(?: of it)?))?|call (?:it|{ORDER}) off|call off {ORDER}"
    rf"|forget (?:about )?{ORDER})"
    rf"(?=(?: {PLEASE}| for me| now| thanks?| thank you)*\s*(?:[.,;!?]|$| and\b| if\b| hai\b))"
    rf"|{START}(?:cancel|radd|कैंस[िल]ल?|रद्द) (?:hi )?(?:kar|कर)\s?{GIVE}",
    _I,
)
MORE = re.compile(r"\b(?:leave|skip|drop|omit|too|as well)\b", _I)
"""A yes with more in it than a yes."""


def chosen(
    text: str, asked: Choice | None, ways: Collection[Choice], missing: str, instead: str | None
) -> Choice | None:
    """The way a turn plainly chooses among `ways`; None when it chooses none, or more than one.

    Args:
        text: what the caller said.
        asked: what a bare yes chooses.
        ways: those that were put to them.
        missing: the dish that has run out, by its name.
        instead: the dish that was offered for it.
    """
    said = " ".join(plain(text).split())
    if QUESTION.search(said) and not REQUEST.match(said):
        return None
    rest = NOT_CANCEL.sub(" ", said)
    without = _without(missing)
    found = {Choice.LEAVE_OUT} if without.search(rest) else set()
    if CANCELS.search(without.sub(" ", rest)):
        found.add(Choice.CANCEL)
    if not found:
        found = _taken(rest, asked, instead)
    found &= set(ways)
    return found.pop() if len(found) == 1 else None


def refuses(text: str) -> bool:
    """Whether a turn that chooses nothing says no to what was asked, or wants something else."""
    said = plain(text)
    return leading(said) is Answer.NO or (changes(said) and not QUESTION.search(said))


def says_no(text: str) -> bool:
    """Whether it is a plain no: then the dish that was offered is not offered again."""
    return leading(plain(text)) is Answer.NO


def _taken(said: str, asked: Choice | None, instead: str | None) -> set[Choice]:
    """What a yes is worth, also in the words of what was offered: "I'll take the butter naan"."""
    if MORE.search(said):
        return set()
    if instead is not None:
        dish = rf"(?:(?:the |that |some |one |two |a )?(?:{_names(instead)})s?)"
        named, times = _takes(dish).subn("yes", said)
        if times and agrees(named):
            return {Choice.INSTEAD}
        if asked is Choice.INSTEAD:
            said = _takes(IT).sub("yes", said)
    return {asked} if asked is not None and agrees(said) else set()


def _without(missing: str) -> re.Pattern[str]:
    """The dish is to be left out; any other dish is none of our question."""
    names = _names(missing)
    dish = rf"(?:{IT}|(?:the |that |my )?(?:{names})s?)"
    stop = (
        rf"(?=(?: {PLEASE}| out| off| then| instead| for me| now| thanks?| thank you)*"
        r"\s*(?:[.,;!?]|$| and\b| but\b| or\b))"
    )
    it = rf"(?:(?:ise|use|usko|isko|woh?|yeh?|इसे|उसे|उसको|इसको|वो|वह|ये|यह|{names}) )?(?:ko |को )?"
    return re.compile(
        rf"\b(?:leave (?:out {dish}|{dish} (?:out|off|away)|out)|take (?:{dish} (?:out|off)|(?:out|off) {dish})"
        rf"|(?:remove|skip|drop|delete|omit) {dish}"
        rf"|cancel (?:(?:that|this|the) (?:dish|item|one)|(?:the |that |my )?(?:{names})s?)"
        rf"|(?:go |do |send it |bring it |order )?without {dish}|(?:do|go) without"
        r"|(?:just |only )?(?:send |bring |keep |take )?(?:me )?(?:just |only )?the (?:rest|others?|other dishes))"
        rf"{stop}"
        rf"|{START}{it}(?:hata|nikal|nikaal|हटा|निकाल)\s?{GIVE}"
        rf"|{START}(?:uske|iske|उसके|इसके) (?:bina|बिना)(?: hi)?{END}"
        rf"|{START}(?:baaki|baki|बाकी) (?:sab |सब )?(?:bhej|laa?|भेज|ला)\s?{GIVE}",
        _I,
    )


def _takes(dish: str) -> re.Pattern[str]:
    """That dish, asked for."""
    lead = (
        r"(?:i'?ll (?:take|have|go (?:with|for))|we'?ll (?:take|have|go (?:with|for))|i(?:'d| would) (?:like|take)"
        r"|i want|give me|send(?: me)?|bring(?: me)?|take|let'?s (?:take|have|do|go (?:with|for))|go (?:with|for)"
        r"|make it|(?:can|could|will|would) you (?:send|give|bring|make)(?: me)?)"
    )
    after = (
        r"(?: (?:instead|then|please|is fine|is okay|is ok|is good|works|sounds good|will do"
        r"|would be (?:fine|good|great)))*"
    )
    hindi = (
        rf"(?:de|bhej|kar|laga|दे|भेज|कर|लगा)\s?{GIVE}|chalega|chalegi|theek hai|chahiye|चलेगा|चलेगी|ठीक है|चाहिए"
    )
    return re.compile(
        rf"(?:\b(?:please |just )?(?:{lead} )?{dish}{after}|{START}{dish}(?: (?:hi|ही))?(?: (?:{hindi}))?"
        rf"|{START}(?:wahi|woh?|वही|वो) (?:hi )?(?:{hindi}))(?=\s*(?:[.,;!?।]|$))",
        _I,
    )


def _names(dish: str) -> str:
    """The whole name, or its last word: "the naan"."""
    return "|".join(re.escape(plain(name)) for name in dict.fromkeys((dish, dish.split()[-1])))
