"""The stand-in in a call of ours about a payment link that has run out: cash, the link once more, or goodbye."""

import re

from sandbox.policy.begun import begun
from sandbox.policy.request import ModelRequest, Reply
from sandbox.policy.side import asking, ending, side_of, spoken, usual

PAY = "pay_order"
_CASH = re.compile(r"\b(?:cash|nakad|at the door)\b", re.I)
_LINK = re.compile(r"\b(?:link|upi|try (?:it )?again|once more|phir se|dobara)\b", re.I)
_NO = re.compile(r"\b(?:don'?t want|cancel|leave it|forget it|no more)\b", re.I)
HOW = "By a new link, or cash at the door?"


def paying(request: ModelRequest) -> Reply | None:
    """The next act; None where it is no such call."""
    about = begun(request.events)
    if about is None or about.topic != "payment" or about.order is None or PAY not in request.tools:
        return None
    side = side_of(request.events)
    if (done := side.results.get(PAY)) is not None:
        return Reply(asking(spoken(done)))
    if reply := usual(request, side) or ending(request, side):
        return reply
    text, means = side.heard.text, ""
    if _CASH.search(text):
        means = "cash"
    elif not _NO.search(text) and (_LINK.search(text) or side.heard.answer is True):
        means = "link"
    if means and not any(call.name == PAY and "error" not in content for call, content in side.before):
        return Reply(calls=(request.fits(PAY, {"order": about.order, "payment": means}),))
    return Reply(asking("All right.") if side.heard.answer is False or _NO.search(text) else HOW)
