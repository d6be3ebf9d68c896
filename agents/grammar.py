"""The fixed grammars beside the model: consent, the answer to a read-back, digits, the wish for a person.

What they decide is written down here, whatever the model makes of the same words. They run on the audio
path, so they decide at once and leave the writing to `call.later`.
"""

import re
from datetime import timedelta
from uuid import UUID

from compliance import wording
from domain.answers import Answer, agrees, allows, changes, leading, only_unrecorded, records, unrecorded
from domain.call_state import CallState
from domain.language import asked_for, asked_only
from domain.optout import about_orders, opts_out
from domain.repeating import agreeing
from domain.speech import say_list
from domain.spoken_code import LENGTH
from operations import profiles
from operations.feedback import ORDER_SERVICE
from operations.putting import UNAVAILABLE
from tools import deciding, driving
from tools.address import DICTATED
from tools.call import Call
from tools.calling_back import called_back
from tools.feedback import opt_out
from tools.kitchen import MINUTES
from tools.proving import CODE

RECORDING_HOLDS = timedelta(days=365)  # a yes is remembered twelve months
RECORDING_NO_HOLDS = timedelta(days=90)  # after a no it is not asked for ninety days
PERSON = re.compile(
    r"^(?:(?:please|can i|could i|i (?:want|need)(?: to)?|i'd like(?: to)?|let me|get me|give me|"
    r"speak|talk|to|with|an?|the|real|live|human)\s+)*"
    r"(?:agent|human|person|operator|representative|insaan|aadmi)(?:,?\s+please)?[.!? ]*$"
    r"|^(?:(?:mujhe|main|kisi|ek|koi|asli|ji|haan|please|मुझे|मैं|किसी|एक|कोई|असली|जी|हाँ|हां|कृपया)[\s,]+)*"
    r"(?:person|agent|human|insaa?n|aadmi|vyakti|इंसान|इन्सान|आदमी|व्यक्ति|एजेंट)"
    r"(?:\s+(?:se|से)\s+(?:baat|बात)(?:\s+\S+){0,3})?[.!?। ]*$",
    re.IGNORECASE,
)
CANCEL = re.compile(r"^\W*(?:please[, ]+)?(?:cancel|end)(?:[, ]+please)?\W*$", re.IGNORECASE)
NEVER_MIND = re.compile(
    r"\bnever ?mind\b|\bforget (?:it|that|about (?:it|the person))\b|\b(?:stop|no more) waiting\b|"
    r"\bdon't (?:want to |wanna )?wait\b|\brehne (?:do|dijiye|dein)\b|रहने (?:दो|दीजिए|दें)",
    re.IGNORECASE,
)
"""A caller in the queue who wants out of it."""
YES_DIGIT, NO_DIGITS, PERSON_DIGIT = "1", ("2", "9"), "0"
YES_OR_NO = ("contact", "read_back", "change", "offer")
"""Open questions that a yes or a no answers."""
OPT_OUT_DIGIT = "9"
NO_MORE_CALLS = "No more calls."
"""What a customer whom we called says with key 9."""
HEAR = "Let me hear the order."
"""What a kitchen says with key 1."""


def hear(call: Call, text: str) -> None:
    """Read a caller's finished turn, before any tool can act on it."""
    state = call.state
    if not text.strip():
        return
    first = state.greeted
    state.turns += 1
    state.typed = ""
    if first and state.recording_asked and state.recording_consent is None:
        note_recording(call, records(text))
    elif unrecorded(text):
        withdraw_recording(call)
    elif state.open_question == "contact":
        note_contact(call, agrees(text))
    elif state.open_question == DICTATED and not state.open_options:
        state.open_question = None  # whatever was said; not found, it is asked for again
    answer_read_back(call, text)
    answer_offer(call, text)
    driving.answer(call, text)
    if wants_no_calls(state, text):
        call.later(opt_out(call, about_orders(text)))
    if wording.ASKS_ROBOT.search(text):
        call.record("caller.asked_robot")
    if PERSON.match(text.strip()):
        book_person(call, "the caller asked for a person")
    call.save()


def wants_no_calls(state: CallState, text: str) -> bool:
    """Whether a turn asks for no more calls. A bare word counts in a call of ours; "cancel" is about the order."""
    if state.caller != "customer" or not state.phone_hash:
        return False
    of_order = ours(state) and state.purpose == ORDER_SERVICE and CANCEL.match(text.strip()) is not None
    return opts_out(text, called=not of_order and (ours(state) or state.agent == "post_delivery"))


def ours(state: CallState) -> bool:
    """Whether we began the call."""
    return state.topic is not None


def opts_out_by_key(state: CallState, digit: str) -> bool:
    """Whether a key ends the calls to a customer: nine, in every call of ours."""
    return ours(state) and state.caller == "customer" and digit == OPT_OUT_DIGIT and not state.typed


def own_words(call: Call, text: str) -> tuple[str, bool] | None:
    """What the system says to a turn in the caller's language, and whether that answers it; asked before a model is.

    Not to the answer to the greeting's question: what is asked besides it goes on.
    """
    if call.people is not None and NEVER_MIND.search(text) and call.people.leave():
        return wording.NOT_WAITING.to(call.state.language), True
    if ours(call.state) and wants_no_calls(call.state, text):
        return "", True  # it is written first, then confirmed, and the call is over
    if wording.ASKS_ROBOT.search(text):
        return wording.ROBOT.to(call.state.language), wording.only_asks_robot(text)
    language = asked_for(text)
    if language is not None and language != call.state.language:
        speak(call, language)
        return wording.NOW_SPEAKING[language], asked_only(text)
    if unrecorded(text) and not (call.state.recording_asked and call.state.greeted):
        return wording.NOT_RECORDED.to(call.state.language), only_unrecorded(text)
    return None


def speak(call: Call, language: str) -> None:
    """The call goes on in another language; a customer we know is spoken to in it the next time as well."""
    call.state.language = language
    call.record("caller.language", language=language)
    if call.state.customer_id is not None and not call.state.denied:
        call.later(remember_language(call, call.state.customer_id, language))
    call.save()


async def remember_language(call: Call, customer_id: UUID, language: str) -> None:
    """Into the customer's row. Raises StoreDown."""
    async with call.transaction() as session:
        await profiles.prefers_language(session, customer_id, language)


def choices(call: Call) -> str | None:
    """The open question's answers, for a caller who was not understood; None when nothing is open."""
    state = call.state
    if state.open_question in YES_OR_NO and not which(state):
        return wording.YES_OR_NO.to(state.language)
    if state.open_question == MINUTES:
        return wording.HOW_MANY_MINUTES.to(state.language)
    if state.open_question and state.open_options:
        options = say_list(state.open_options, "or", state.language)
        return wording.WAS_THAT.to(state.language).format(options=options)
    return None


def which(state: CallState) -> bool:
    """Whether the open question is which way to go on, not whether to."""
    return state.open_question == "change" and bool(state.open_options)


def answer_read_back(call: Call, text: str) -> None:
    """A turn after a heard read-back: a no or a change ends it, a question leaves it open, a yes agrees.

    A card is only charged on a plain yes; cash is paid at the door, so whatever is no objection will do, unless
    the model in reserve has taken over: then it is a plain yes as well.
    """
    read_back = call.state.read_back
    if read_back is None or not read_back.heard:
        return
    read_back.answered = True
    paying = paid_with(call, read_back.payment)
    lenient = read_back.payment == "cash" and not call.degraded()
    read_back.agreed = allows(text, paying) if lenient else agrees(text, paying)
    call.record("readback.answered", cart_version=read_back.cart_version, agreed=read_back.agreed)
    if leading(text) is Answer.NO or changes(text, paying):
        call.state.read_back = None
        call.state.open_question = None


def answer_offer(call: Call, text: str) -> None:
    """A turn after a heard proposal: a clean yes agrees, a question leaves it open, a no or a change ends it.

    "Yes, cancel it" is a clean yes to a cancellation: words that only repeat what was proposed are no change.
    """
    state = call.state
    if state.open_question != "change":
        return
    for handle, offer in state.offers.items():
        if not offer.heard or offer.withdrawn or offer.done:
            continue
        if offer.action == UNAVAILABLE:
            deciding.answer(call, handle, offer, text)
            continue
        arguments = offer.arguments
        said = agreeing(text, offer.action, arguments.get("dish"), arguments.get("quantity") or 0)
        offer.answered, offer.agreed = True, offer.agreed or agrees(said)
        if leading(said) is Answer.NO or changes(said):
            offer.agreed, offer.withdrawn, state.open_question = False, True, None
        call.record("change.answered", change=handle, agreed=offer.agreed)


def paid_with(call: Call, payment: str) -> str:
    """How a means of payment is read back: "cash", or the card as it is spoken."""
    card = call.state.cards.get(payment)
    return card.spoken if card else payment


def note_recording(call: Call, granted: bool) -> None:
    """Write the answer to the greeting's question down; nothing is recorded before."""
    call.state.recording_consent = granted
    call.record("consent.recording", granted=granted)
    holds = RECORDING_HOLDS if granted else RECORDING_NO_HOLDS
    asked = wording.RECORDING_QUESTION.to(call.state.asked_in)
    call.later(write_consent(call, "recording", granted, asked, holds))


def withdraw_recording(call: Call) -> None:
    """The caller does not want to be recorded, whenever they say so; said twice it is written once."""
    if call.state.recording_consent is not False:
        call.state.recording_consent = False
        call.record("consent.recording", granted=False)
        call.later(write_consent(call, "recording", False, wording.WITHDRAWN, RECORDING_NO_HOLDS))


def note_contact(call: Call, granted: bool) -> None:
    """Write down whether we may call or text about the order."""
    call.state.contact_consent, call.state.open_question = granted, None
    call.record("consent.order_service", granted=granted)
    asked = wording.CONTACT_QUESTION.to(call.state.asked_in)
    call.later(write_consent(call, "order_service", granted, asked, None))


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
    """A person takes the call, or calls back: one promise a call, whoever asks. Nobody calls a withheld number."""
    if call.people is not None:
        call.later(through_or_back(call, reason))
    elif call.phone is not None:
        call.later(write_callback(call, reason))


async def through_or_back(call: Call, reason: str) -> None:
    """The caller waits for a person; where nobody is there, a call-back is written down. Raises StoreDown."""
    place = await call.people.put_through(reason) if call.people else None
    if place is None and call.phone is not None:
        await write_callback(call, reason)


async def write_callback(call: Call, reason: str) -> None:
    """The promise's row, and its event if it is the call's first. Raises StoreDown."""
    await called_back(call, reason)


def dictating(state: CallState) -> bool:
    """Whether the caller spells something out, and pauses while they read it."""
    return state.open_question in (DICTATED, CODE) and not state.open_options


def keyed_code(call: Call, digit: str) -> str | None:
    """A key pressed while a code is waited for; the whole code with its last digit, otherwise "".

    None when the key is for something else: no code is waited for, or 0 comes first, where no code of ours has it.
    """
    if call.state.open_question != CODE or (digit == PERSON_DIGIT and not call.keyed):
        return None
    call.keyed = call.keyed + digit if digit.isdigit() else ""
    if len(call.keyed) < LENGTH:
        return ""
    code, call.keyed = call.keyed, ""
    return code


def meaning(call: Call, digit: str) -> str | None:
    """What a key says to the question that is open, in words; None when no question is open."""
    state = call.state
    if digit == PERSON_DIGIT and not state.typed:
        return None
    if state.recording_asked and state.recording_consent is None and state.greeted:
        return "Yes." if digit == YES_DIGIT else "No."
    if state.open_question in YES_OR_NO and not which(state):
        return "Yes." if digit == YES_DIGIT else "No." if digit in NO_DIGITS else None
    if state.open_question == MINUTES:
        return typed_minutes(call, digit)
    if state.caller == "restaurant" and digit == YES_DIGIT and state.open_question is None:
        return HEAR
    if state.open_options and digit.isdigit() and 1 <= int(digit) <= len(state.open_options):
        return state.open_options[int(digit) - 1]
    return None


def typed_minutes(call: Call, digit: str) -> str | None:
    """Minutes are typed with two digits, or with one and the hash key; None while they are not complete."""
    state = call.state
    if digit == "#":
        minutes, state.typed = state.typed, ""
    elif digit.isdigit() and state.typed:
        minutes, state.typed = state.typed + digit, ""
    else:
        minutes, state.typed = "", digit if digit.isdigit() else ""
    return f"{minutes} minutes." if minutes else None
