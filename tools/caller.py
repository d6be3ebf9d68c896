"""Who is calling, and how the call ends. Docstrings here are prompts: the model reads every word."""

from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen

from compliance import wording
from domain.address import Place
from domain.call_state import Level, SavedCard
from domain.facts import Ledger
from domain.truth import sentences
from errors import ToolError
from operations import menus, profiles
from tools.call import CONTACT_MARK, Call
from tools.calling_back import called_back
from tools.cart import avoid, remember, say_conflicts
from tools.result import Result, Say, Spoken
from tools.tool import tool

EVERYBODY = (
    "customer_order",
    "delivery_tracking",
    "customer_support",
    "post_delivery",
    "driver_assignment",
    "restaurant_coordination",
)
GOODBYE = str(wording.GOODBYE)
NO_NUMBER = (
    "This caller's number is withheld, so nobody can call back. Say so, and offer to go on here, "
    "or to call again from a number that is shown."
)


@tool(callers=("customer_order",))
async def get_customer_profile(call: Call) -> Result:
    """What we know of the caller: name, saved addresses and cards, allergies, the usual. Call it once."""
    state = call.state
    if state.customer_id is None or state.denied or state.level is Level.NOBODY:
        return {
            "known": False,
            "next": "Take the order as for anybody; ask for the address when it is needed.",
        }
    async with call.transaction() as session:
        profile = await profiles.load(session, state.customer_id)
        if profile is None:
            return {"known": False}
        usual = await menus.dishes(session, profile.usual)
    if state.denied:  # said while the file was being read
        return {"known": False}
    state.first_name = profile.first_name
    conflicts = avoid(call, profile.allergies)
    addresses = [
        {"address": _place_handle(call, row_id, place), "spoken": f"{place.label}, {place.line}"}
        for row_id, place in profile.places
    ]
    cards = []
    if call.cards is not None:
        for row in profile.cards:
            if row.provider == call.cards.name:
                spoken = f"{row.brand} ending in {row.last4}"
                cards.append({"card": _card_handle(call, row.id, spoken), "spoken": spoken})
    call.save()
    known: Result = {
        "known": True,
        "first_name": profile.first_name,
        "usual": [
            {"dish": remember(call, usual[item]), "name": usual[item].name}
            for item in profile.usual
            if item in usual
        ],
        "addresses": addresses,
        "cards": cards,
        **({"links": True} if call.links is not None and call.market.link_provider else {}),
        "allergies": state.allergies,
    }
    if not conflicts:
        return known
    return known | {
        "conflicts": conflicts,
        "say": say_conflicts(conflicts),
        "cart_version": state.cart.version,
    }


def _place_handle(call: Call, row_id: UUID, place: Place) -> str:
    state = call.state
    known = next((handle for handle, saved in state.saved_places.items() if saved == row_id), None)
    handle = known or state.handle("address")
    state.places[handle], state.saved_places[handle] = place, row_id
    return handle


def _card_handle(call: Call, row_id: UUID, spoken: str) -> str:
    state = call.state
    known = next((handle for handle, card in state.cards.items() if card.id == row_id), None)
    handle = known or f"card-{len(state.cards) + 1}"
    state.cards[handle] = SavedCard(id=row_id, spoken=spoken)
    return handle


@tool(callers=("customer_order", "delivery_tracking", "customer_support", "post_delivery"), forgets=True)
async def not_this_person(call: Call) -> Result:
    """The caller says they are not the person this number belongs to. Forget the profile at once."""
    state = call.state
    state.denied, state.level, state.first_name = True, Level.NOBODY, None
    state.cards.clear()
    state.places = {handle: place for handle, place in state.places.items() if not place.saved}
    state.saved_places.clear()
    state.likely_point = None
    state.orders.clear()
    state.offers.clear()
    state.complaints.clear()
    if state.open_question == "change":
        state.open_question = None
    state.allergies = list(state.said_allergies)
    if state.place and state.place.saved:
        state.place = state.saved_address_id = state.km = None
    state.facts = []
    state.changed_terms()
    call.record("caller.denied")
    call.save()
    return {
        "status": "forgotten",
        "next": "Apologise in a word, and take the order as for anybody, paid in cash.",
    }


@tool(callers=("customer_order",))
async def ask_contact_consent(call: Call) -> Say | Result:
    """Have the system ask if we may call or text about the order, once it is placed. Say nothing yourself."""
    state = call.state
    if state.contact_asked or state.phone_hash is None:
        return {"status": "known", "next": "Do not ask. Say goodbye with end_call."}
    state.contact_asked, state.asked_in = True, state.language
    call.save()
    result: Result = {"status": "asking", "next": "Wait for the answer, then say goodbye with end_call."}
    return Say((Spoken(wording.CONTACT_QUESTION.to(state.language), CONTACT_MARK),), result)


@tool(
    callers=EVERYBODY,
    effect=lambda call, reason: f"person:{call.state.call_id}",
    final=lambda result: False,  # another reason is added to the row, and a promise that is past is renewed
)
async def ask_for_person(call: Call, reason: Annotated[str, MaxLen(160)]) -> Result:
    """The caller wants a person, or needs one. Never argue: they are put through, or called back.

    Args:
        reason: What it is about, in a few words, without names or numbers.
    """
    language = call.state.language
    place = await call.people.put_through(reason) if call.people else None
    if place is not None:
        return {
            "status": "connecting",
            "say": wording.PUTTING_THROUGH.format(place=wording.queue_place(place)).to(language),
            "next": "Say it. The system tells them how it goes on; help them meanwhile if they go on talking.",
        }
    if call.phone is None:
        raise ToolError(NO_NUMBER)
    promised = await called_back(call, reason)
    return {
        "status": "callback",
        "say": wording.CALL_BACK.format(promise=promised).to(language),
    }


@tool(callers=EVERYBODY)
async def end_call(call: Call, farewell: Annotated[str, MaxLen(160)] = GOODBYE) -> Say:
    """Say goodbye and hang up, once the caller wants nothing more.

    Args:
        farewell: One short closing sentence, without amounts or times.
    """
    call.record("call.closing")
    ledger = Ledger(call.state.facts)
    claim = next(filter(None, (ledger.unfounded(sentence) for sentence in sentences(farewell))), None)
    if claim is not None:
        call.record("claim.refused", kind=claim.kind, instead="goodbye", ms=0.0)
    plain = claim is not None or farewell == GOODBYE
    last = wording.GOODBYE.to(call.state.language) if plain else farewell
    return Say((Spoken(last),), {"status": "closing"}, hang_up=True)
