"""What everybody asks, answered from our own pages. Docstrings here are prompts: the model reads every word."""

import re
from typing import Annotated

from annotated_types import MaxLen

from db.faq_rows import FaqRow
from errors import StoreDown
from tools.call import Call
from tools.result import Result
from tools.tool import tool

AMOUNT = re.compile(r"[$₹]\d+(?:,\d+)*(?:\.\d+)?")
UNKNOWN = "I don't know that, and I'd rather not guess."


@tool(callers=("customer_support",))
async def answer_question(call: Call, question: Annotated[str, MaxLen(200)]) -> Result:
    """Answer a question about how Tiffin works: areas, hours, fees, payment, refunds, allergies, privacy, jobs.

    Never answer such a question yourself. Not for one order's state or money: other tools know those.

    Args:
        question: One question, short, in the caller's own words and language, without names or numbers of theirs.
    """
    if call.faqs is None:
        raise StoreDown("the answers were not opened")
    found = await call.faqs.answer(question, call.market.code)
    if found is None:
        return unknown(call)
    entry = found.entry
    call.facts(entry.answer, *AMOUNT.findall(entry.answer))
    call.save()
    return {"status": "answered", "say": said(entry), "source": entry.source}


def said(entry: FaqRow) -> str:
    """The answer with what it rests on: "From our refund policy: ..."."""
    return f"From our {entry.source.removeprefix('Tiffin ')}: {entry.answer}"


def unknown(call: Call) -> Result:
    """Nothing fits: the truth, and a person where one can call back."""
    if call.phone is None:
        return {
            "status": "unknown",
            "say": f"{UNKNOWN} Is there something else I can do?",
            "next": "Say it and answer from nothing else. Their number is withheld, so offer no call-back.",
        }
    return {
        "status": "unknown",
        "say": f"{UNKNOWN} Shall a person call you back about it?",
        "next": "Say it and answer from nothing else. On yes call ask_for_person; on no go on with what they need.",
    }
