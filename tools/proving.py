"""Proving who is calling, where more is at stake than a number shows. Docstrings here are prompts."""

from typing import Annotated

from annotated_types import MaxLen

from compliance import wording
from compliance.may_text import Decision
from db.types import held
from domain.call_state import CallState, Level, Purpose
from domain.spoken_code import LENGTH, digits_said
from errors import Refused, ToolError, VendorError, VendorTimeout
from operations import proving
from operations.proving import Fresh, Outcome
from tools.call import Call
from tools.result import Result
from tools.tool import tool

SECONDS = 15.0  # one talk with the telephone company, six seconds, and our own transactions
NO_TELEPHONY = Decision(False, "telephony.none")
CODE = "code"
"""The open question while a code is awaited."""
NOT_THEM = "They said they are not the person of this number: nothing can be proved. Offer cash, or a person."
INSTEAD = {
    Purpose.ADDRESS: "Offer an address on file, cash, or a person (ask_for_person).",
    Purpose.REFUND: "Say that a person decides on it, and that it is passed on.",
    Purpose.ORDER: "Say that it cannot be told by telephone, and offer a person (ask_for_person).",
}


def sending_key(call: Call, purpose: Purpose) -> str:
    """One text per turn of the caller, whoever asks for it."""
    return f"code:{call.state.call_id}:{call.state.denied}:{purpose}:{call.state.turns}"


@tool(
    callers=("customer_order", "delivery_tracking", "customer_support"),
    effect=sending_key,
    timeout_seconds=SECONDS,
)
async def send_code(call: Call, purpose: Purpose) -> Result:
    """Text a six-digit code to the number that calls, when a tool asked for one. Then wait until they read it out.

    Args:
        purpose: What it is for: a card order to a new address, a refund over the limit, or to hear an order's code.
    """
    state = call.state
    check_them(state)
    if state.has_proved(purpose):
        return {"status": "proved", "next": "They have proved it in this call already. Go on."}
    number = textable(call)
    if number is None or state.phone_hash is None:
        raise ToolError(f"No code can be texted to this number. {INSTEAD[purpose]}")
    async with call.transaction() as session:
        fresh = await proving.make(session, state, purpose, call.clock.now())
    if fresh is not None:
        await text(call, number, fresh, purpose)
    await_code(call)
    call.save()
    return {
        "status": "sent",
        "say": (wording.CODE_COMES if fresh is None else wording.CODE_SENT).to(state.language),
        "next": "Say it and wait; when they have read the code out, call prove with it. Never say a code yourself.",
    }


def textable(call: Call) -> str | None:
    """The number of this caller, where a text may go to it; the decision is recorded."""
    decision = call.outgoing.reach.may_text(call.phone) if call.outgoing else NO_TELEPHONY
    call.record("compliance.text", allowed=decision.allowed, rule=decision.rule)
    return call.phone if decision.allowed else None


async def text(call: Call, number: str, fresh: Fresh, purpose: Purpose) -> None:
    """Send a code. Raises ToolError when the telephone company refuses; an answer that is lost may mean sent."""
    assert call.outgoing
    body = wording.CODE_TEXT.format(code=fresh.code)
    try:
        await call.outgoing.text(number, body, line=call.state.line)
    except VendorTimeout:
        call.record("code.sent", purpose=purpose, sure=False)
        return
    except (VendorError, Refused):
        async with call.transaction() as session:
            await proving.not_sent(session, fresh)
        call.record("code.refused", purpose=purpose)
        raise ToolError(f"The text could not be sent to this number. {INSTEAD[purpose]}") from None
    call.record("code.sent", purpose=purpose, sure=True)


def trying_key(call: Call, code: str) -> str:
    """One look at each code that was read out, also when the caller speaks into it."""
    return f"prove:{call.state.call_id}:{call.state.denied}:{held().keyed_hash('tried', digits_said(code))}"


@tool(
    callers=("customer_order", "delivery_tracking", "customer_support"), effect=trying_key, secrets=("code",)
)
async def prove(call: Call, code: Annotated[str, MaxLen(80)]) -> Result:
    """Check the code the caller read out or keyed in. Never guess one, and never repeat it.

    Args:
        code: The six digits in the caller's words, like "482913" or "four eight two nine one three".
    """
    state = call.state
    check_them(state)
    digits = digits_said(code)
    if len(digits) != LENGTH:
        raise ToolError(
            f"That is not a code of {LENGTH} digits. Ask them to read all {LENGTH} once more, slowly."
        )
    async with call.transaction() as session:
        outcome = await proving.prove(session, state, digits, call.clock.now())
    check_them(state)  # again: they may have said meanwhile that they are somebody else
    call.record("code.checked", outcome=outcome)
    if outcome is not Outcome.PROVED:
        if outcome is not Outcome.WRONG:
            close(state)
        call.save()
        raise ToolError(REFUSED[outcome])
    state.level = Level.CODE
    state.proved = list(Purpose)
    close(state)
    call.save()
    return {"status": "proved", "for": list(state.proved), "next": NEXT}


NEXT = (
    "Thank them in two words, and call the tool again that asked for the code, with the same arguments. After a "
    "changed order or address: have it read back again."
)
REFUSED = {
    Outcome.WRONG: "That is not the code. Say so kindly, and ask them to read it once more.",
    Outcome.OVER: (
        "Too many wrong codes. No more are taken now, not even right ones. Say so, and offer cash for an order, or a "
        "person (ask_for_person)."
    ),
    Outcome.NONE: (
        "There is no code to compare it with: none was sent in this call, it is too old, or it was used. The code of "
        "an order proves nothing. Offer to text one (send_code)."
    ),
}


def check_them(state: CallState) -> None:
    """Raises ToolError for somebody else on this telephone."""
    if state.denied:
        raise ToolError(NOT_THEM)


def await_code(call: Call) -> None:
    """From here on digits are a code."""
    call.state.open_question, call.state.open_options, call.keyed = CODE, [], ""


def close(state: CallState) -> None:
    """The code is no longer waited for."""
    if state.open_question == CODE:
        state.open_question = None
