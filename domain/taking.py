"""What a driver's turn says to a delivery that is offered: taken, left, or neither."""

import re

from domain.answers import GIVE, QUESTION, Answer, agrees, leading, plain

LEAVES = re.compile(
    r"\b(?:skip|pass(?: on)?|decline|reject|refuse|leave it|next (?:one|delivery|order)|"
    r"(?:not|no) (?:this|that|for me)|"
    r"(?:can'?t|cannot|can not|won'?t|don'?t want|not (?:going|able)|will not|do not want)|too (?:far|little|late)|"
    r"somebody else|someone else|chh?od (?:do|dijiye)|agl[ai] (?:batao|do)|nahi+n? (?:chahiye|lunga|lungi|hoga))\b|"
    rf"छोड {GIVE}|स्किप|अगला|नहीं (?:चाहिए|लू|होगा|कर)",
    re.IGNORECASE,
)
"""Wherever in a turn this stands, the delivery is left to others: told once more it can still be taken."""
TAKES = re.compile(
    r"\b(?:(?:i'?ll|i will|i can|will|can|i'?d|let me|i want to|i) (?:take|do|accept|get|grab|have|bring)"
    r"(?: (?:it|that|this))?(?: (?:one|delivery|order))?|"
    r"(?:take|accept|assign|send|give)(?: me)? (?:it|that|this)(?: (?:one|delivery|order))?(?: to me)?|accept(?:ed)?|"
    rf"i'?m (?:in|on it)|count me in|(?:le|kar) (?:l[ou]+ng[ai]|let[ai] h[ou]+n)|de {GIVE}|manzoor(?: hai)?)\b|"
    rf"(?:ले|कर) (?:लूं?गा|लूं?गी|लेता (?:हूं|हू)|लेती (?:हूं|हू))|दे {GIVE}|मंजूर(?: है)?",
    re.IGNORECASE,
)
"""Say yes in a driver's words."""


def answers(text: str) -> Answer:
    """YES only for a clean yes: "yes, but where does it go?" asks back and is OTHER, "no, skip" and "wait" are NO."""
    said = plain(text)
    if LEAVES.search(said) or leading(said) is Answer.NO:
        return Answer.NO
    yes = TAKES.sub("yes", said)
    return Answer.YES if agrees(yes) and not QUESTION.search(yes) else Answer.OTHER
