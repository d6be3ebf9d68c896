"""Whether somebody has written or said that food may be left at their door."""

import re

_WHERE = (
    r"(?:outside(?: (?:the|my) (?:door|gate|flat))?|(?:at|by|near|on|in front of) (?:the |my |our )?(?:front )?"
    r"(?:door|doorstep|door step|gate|porch|doormat|mat|step)"
    r"|with (?:the |my |our )?(?:guard|watchman|security|doorman|concierge|neighbou?rs?|reception(?:ist)?|front desk)"
    r"|at (?:the )?(?:reception|front desk|security))"
)
LEAVE = re.compile(
    rf"\b(?:leave|drop|put|place|keep)\b(?: it| the (?:food|order|bag|parcel)| everything)?(?: down| off)? {_WHERE}"
    r"|\b(?:darwaz[ae]|gate|guard|chowkidar|watchman)(?: ke)? (?:pe|par|paas?|bahar|ko)\b[^.!?]{0,20}"
    r"\b(?:rakh|chhod|chod|de) (?:do|dena|dijiye|dijiyega)\b"
    r"|(?:दरवाज़े|दरवाजे|गेट|गार्ड|चौकीदार)[^।.!?]{0,20}(?:रख|छोड़|दे) (?:दो|देना|दीजिए|दीजिएगा|दें)",
    re.IGNORECASE,
)
NOT = re.compile(r"\b(?:do not|don'?t|never|please not|mat|nahi)\b|(?:मत|नहीं)", re.IGNORECASE)
BREAKS = re.compile(r"[.!?;।]+|\bbut\b", re.IGNORECASE)


def may_be_left(*notes: str | None) -> bool:
    """True where a note says so plainly; one that says the opposite anywhere is a no."""
    parts = [part for note in notes if note for part in BREAKS.split(note)]
    asked = [part for part in parts if LEAVE.search(part)]
    return bool(asked) and not any(
        NOT.search(part[: found.end()]) for part in asked if (found := LEAVE.search(part))
    )
