"""The fixed grammars beside the model: consent, the answer to a read-back, digits, the wish for a person.

What they decide is written down here, whatever the model makes of the same words. They run on the audio
path, so they decide at once and leave the writing to `call.later`.
"""

import re
from datetime import timedelta

from compliance import wording
from domain.answers import Answer, agrees, allows, changes, leading, records
from operations import callbacks, profiles
from tools.call import Call

RECORDING_HOLDS = timedelta(days=365)  # a yes is remembered twelve months
RECORDING_NO_HOLDS = timedelta(days=90)  # after a no it is not asked for ninety days
PERSON = re.compile(
    r"^(?:(?:please|can i|could i|i (?:want|need)(?: to)?|i'd like(?: to)?|let me|get me|give me|"
    r"speak|talk|to|with|an?|the|real|live|human)\s+)*"
    r"(?:agent|human|person|operator|representative|insaan|aadmi)(?:,?\s+please)?[.!? ]*$",
    re.IGNORECASE,
)
YES_DIGIT, NO_DIGITS, PERSON_DIGIT = "1", ("2", "9"), "0"


def hear(call: Call, text: str) -> None:
    """Read a caller's finished turn, before any tool can act on it."""
    state = call.state
    if not text.strip():
        return
    first = state.turns == 0
    state.turns += 1
    if first and state.recording_asked and state.recording_consent is None:
        note_recording(call, records(text))
    elif state.open_question == "contact":
        note_contact(call, agrees(text))
    answer_read_back(call, text)
    if wording.ASKS_ROBOT.search(text):
        call.record("caller.asked_robot")  # the prompt has the answer; the operator sees the question
    if PERSON.match(text.strip()):
        book_person(call, "the caller asked for a person")
    call.save()


def answer_read_back(call: Call, text: str) -> None:
    """A turn after a heard read-back: a no or a change ends it, a question leaves it open, a yes agrees.

    A card is only charged on a plain yes; cash is paid at the door, so whatever is no objection will do.
    """
    read_back = call.state.read_back
    if read_back is None or not read_back.heard:
        return
    read_back.answered = True
    read_back.agreed = allows(text) if read_back.payment == "cash" else agrees(text)
    call.record("readback.answered", cart_version=read_back.cart_version, agreed=read_back.agreed)
    if leading(text) is Answer.NO or changes(text):
        call.state.read_back = None
        call.state.open_question = None


def note_recording(call: Call, granted: bool) -> None:
    """Write the answer to the greeting's question down; nothing is recorded before."""
    call.state.recording_consent = granted
    call.record("consent.recording", granted=granted)
    holds = RECORDING_HOLDS if granted else RECORDING_NO_HOLDS
    call.later(write_consent(call, "recording", granted, wording.RECORDING_QUESTION, holds))


def note_contact(call: Call, granted: bool) -> None:
    """Write down whether we may call or text about the order."""
    call.state.contact_consent, call.state.open_question = granted, None
    call.record("consent.order_service", granted=granted)
    call.later(write_consent(call, "order_service", granted, wording.CONTACT_QUESTION, None))


async def write_consent(call: Call, purpose: str, granted: bool, asked: str, holds: timedelta | None) -> None:
    """One consent row. Without a number there is nobody to remember it for. Raises StoreDown."""
    state = call.state
    if state.phone_hash is None:
        return
    async with call.transaction() as session:
        await profiles.give_consent(
            session,
            phone_hash=state.phone_hash,
            customer_id=None if state.denied else state.customer_id,
            purpose=purpose,
            granted=granted,
            wording=asked,
            version=wording.VERSION,
            call_id=state.call_id,
            clock=call.clock,
            holds=holds,
        )


def book_person(call: Call, reason: str) -> None:
    """A person calls back: one promise a call, whoever asks for it first. Nobody calls a withheld number."""
    if call.phone is None:
        return
    call.record("person.booked", reason=reason)
    call.later(write_callback(call, reason))


async def write_callback(call: Call, reason: str) -> None:
    """The promise's row. Raises StoreDown."""
    async with call.transaction() as session:
        await callbacks.book(session, call.state, call.phone, reason, call.clock)


def meaning(call: Call, digit: str) -> str | None:
    """What a key says to the question that is open, in words; None when no question is open."""
    state = call.state
    if digit == PERSON_DIGIT:
        return None
    if state.recording_asked and state.recording_consent is None and state.turns == 0:
        return "Yes." if digit == YES_DIGIT else "No."
    if state.open_question in ("contact", "read_back"):
        return "Yes." if digit == YES_DIGIT else "No." if digit in NO_DIGITS else None
    if state.open_options and digit.isdigit() and 1 <= int(digit) <= len(state.open_options):
        return state.open_options[int(digit) - 1]
    return None
