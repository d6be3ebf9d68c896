"""The fixed grammar that hears a wish not to be called: it holds whatever a model makes of the same words."""

import re

US = r"(?:me|us|this number|my number|again|any ?more|ever)"
SPOKEN = re.compile(
    r"\b(?:stop|quit|end|no more) (?:these |those |the |all (?:these |the )?|your |with the )?"
    r"(?:calls?\b|calling\b|phoning\b|texts?\b|texting\b|messages?\b|messaging\b|promotions?\b|marketing\b)"
    r"|\b(?:don'?t|do not|never) (?:ever )?(?:call|phone|ring|text|message|contact) "
    rf"(?:{US}\s*)+(?=$|[.,!?;]|about\b|for\b|with\b|please\b)"
    r"|\bopt(?:ing)?[- ]?(?:me )?out\b|\bunsubscribe\b|\brevoke\b"
    r"|\b(?:take|remove) (?:me|us|my number|this number) (?:off|from)\b"
    r"|\b(?:call|phone) (?:band karo|mat karo|mat karna|na kar\w+)\b|कॉल (?:मत|बंद)",
    re.IGNORECASE,
)
ALONE = re.compile(
    r"^\W*(?:please[, ]+)?(?:stop|quit|end|revoke|opt[- ]?out|cancel|unsubscribe)(?:[, ]+please)?\W*$",
    re.IGNORECASE,
)
"""The words of an answer to a call of ours; to somebody who orders, most of them mean something else."""
NOTE = re.compile(
    r"\b(?:when|once|after|before|until|unless|if)\b|\bat the (?:door|gate)\b|\b(?:just|only) (?:ring|knock|text)\b|"
    r"\bring the bell\b",
    re.IGNORECASE,
)
""" "Don't call me when you arrive" is for the rider."""
ORDERS = re.compile(r"\b(?:at all|any(?:thing)?|every|all|orders?|deliver(?:y|ies))\b", re.IGNORECASE)


def opts_out(text: str, *, called: bool = False) -> bool:
    """True when a turn asks not to be called any more. `called`: we placed the call, so that a bare "stop" counts."""
    said = text.strip().replace("’", "'")
    if called and ALONE.match(said):
        return True
    return SPOKEN.search(said) is not None and not NOTE.search(said)


def about_orders(text: str) -> bool:
    """True when the wish is also about calls and texts on orders."""
    return ORDERS.search(text) is not None
