"""Where the food goes. Docstrings here are prompts: the model reads every word."""

from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen
from sqlalchemy.ext.asyncio import AsyncSession

from domain.address import Place
from domain.cart import CartLine
from domain.kitchen import Kitchen
from domain.speech import say_list
from domain.spoken_numbers import spelled, written
from errors import ToolError
from operations import menus
from tools.call import Call
from tools.result import Result
from tools.tool import tool

Handle = Annotated[str, MaxLen(20)]
Line = Annotated[str, MaxLen(160)]
Part = Annotated[str, MaxLen(60)]
DICTATED = "address"
"""The open question while an address is dictated, or chosen where there are options."""
OF_THE_CART = "customer_order"
"""Whose addresses are for the cart; everybody else's are for an order that was placed."""


@tool(callers=("customer_order", "delivery_tracking", "customer_support"))
async def verify_address(
    call: Call,
    saved: Handle | None = None,
    text: Line | None = None,
    flat: Part | None = None,
    landmark: Part | None = None,
    note: Part | None = None,
    recipient: Part | None = None,
) -> Result:
    """Find where food is to go: of the order being put together, or of one placed earlier. Give saved, or text.

    Args:
        saved: The handle of an address the profile or this tool offered, like address-1.
        text: The address in the caller's words: number and street, area, or a landmark.
        flat: Flat, apartment, floor or gate, when the caller said one.
        landmark: Something near it, when the caller said one.
        note: For the rider, like "ring twice".
        recipient: Who receives it, when it is somebody else.
    """
    state = call.state
    given = {
        "flat": flat and written(flat),
        "landmark": landmark,
        "note": note,
        "recipient": recipient and spelled(recipient),
    }
    extra = {key: value for key, value in given.items() if value}
    if saved:
        place = state.places.get(saved)
        if place is None:
            raise ToolError(f"There is no {saved}. Ask for the address and give it as text.")
        return await use(call, place.model_copy(update=extra), state.saved_places.get(saved), saved)
    if not text:
        if extra and state.place and state.agent == OF_THE_CART:
            return await use(call, state.place.model_copy(update=extra), state.saved_address_id, None)
        dictated(call)
        raise ToolError("Ask for the street and number, then call verify_address with text.")
    known = await call.maps.find(written(text), city=state.city, country=state.market)
    exact = [item.place for item in known if item.exact]
    places = [place.model_copy(update=extra) for place in (exact or [item.place for item in known])]
    if not places:
        dictated(call)
        return {
            "status": "not_found",
            "ask": "I can't find that address. Which street and number is it, and in which area?",
        }
    if len(places) > 1 or not exact:
        return unclear(call, places)
    return await use(call, places[0], None, None)


def dictated(call: Call) -> None:
    """From here on an address is spoken, with pauses in it."""
    call.state.open_question, call.state.open_options = DICTATED, []
    call.save()


def unclear(call: Call, places: list[Place]) -> Result:
    """Several places fit, or none exactly: the caller chooses."""
    state = call.state
    options = []
    for place in places:
        handle = state.handle("address")
        state.places[handle] = place
        options.append({"address": handle, "spoken": place.spoken()})
    state.open_question, state.open_options = DICTATED, [place.spoken() for place in places]
    call.save()
    ask = f"Is that {say_list([place.spoken() for place in places], 'or')}?"
    return {"status": "unclear", "ask": ask, "options": options}


async def use(call: Call, place: Place, saved_id: UUID | None, handle: str | None) -> Result:
    """Take a place for this order, if the kitchen or a sister branch reaches it.

    For an order that was placed it is only remembered: `operations/planning.py` asks that order's own kitchen.
    """
    state = call.state
    if state.agent != OF_THE_CART:
        return remembered(call, place, handle)
    async with call.transaction() as session:
        kitchens = await menus.kitchens(session, state.city)
        own = next((kitchen for kitchen in kitchens if kitchen.id == state.restaurant_id), None)
        if own and not own.reaches(place.point):
            sister = await move_to_sister(call, session, own, kitchens, place)
            if sister is None:
                return out_of_zone(call, own, kitchens, place)
            own = sister
    if own is None and not any(kitchen.reaches(place.point) for kitchen in kitchens):
        return out_of_zone(call, None, kitchens, place)
    handle = handle or state.handle("address")
    state.places[handle] = place
    state.place, state.saved_address_id = place, saved_id
    state.km = own.point.km_to(place.point) if own else None
    state.open_question, state.open_options = None, []
    state.changed_terms()
    call.save()
    result: Result = {"status": "deliverable", "address": handle, "spoken": place.spoken()}
    if own:
        result |= {"minutes": own.minutes_to(place.point), "restaurant": own.name}
        call.facts(f"{result['minutes']} minutes")
    return result


def remembered(call: Call, place: Place, handle: str | None) -> Result:
    """A place that a placed order may go to; the cart and where it goes stay as they are."""
    state = call.state
    handle = handle or state.handle("address")
    state.places[handle] = place
    state.open_question, state.open_options = None, []
    call.save()
    return {
        "status": "found",
        "address": handle,
        "spoken": place.spoken(),
        "next": f"Call propose_change with action address and address {handle}: it checks whether that can be done.",
    }


async def move_to_sister(
    call: Call, session: AsyncSession, own: Kitchen, kitchens: list[Kitchen], place: Place
) -> Kitchen | None:
    """The whole cart at a branch of the same brand that reaches the place; None when none cooks it."""
    state, now = call.state, call.clock.now()
    for sister in menus.one_per_brand([k for k in kitchens if k.brand == own.brand], place.point, now):
        moved = []
        for line in state.cart.lines:
            dish = await menus.same_dish_at(session, line.dish.slug, sister.id)
            twin = None if dish is None else line.model_copy(update={"dish": dish})
            if twin is None or not same_as(line, twin, state.allergies):
                break
            moved.append(twin)
        if len(moved) == len(state.cart.lines) and (state.wanted_at or sister.cooks_at(now)):
            state.cart.lines = moved
            state.restaurant_id, state.restaurant_name = sister.id, sister.name
            return sister
    return None


def same_as(line: CartLine, twin: CartLine, allergies: list[str]) -> bool:
    """Whether another branch sells just this line: size and choices, and nothing more to be allergic to."""
    dish = twin.dish
    return (
        not dish.sold_out
        and (dish.size(line.size) is None) is (line.size is None)
        and all(dish.option(choice) for choice in line.choices)
        and (twin.open_question() is None or line.open_question() is not None)
        and not (twin.allergens - line.allergens).intersection(allergies)
    )


def out_of_zone(call: Call, own: Kitchen | None, kitchens: list[Kitchen], place: Place) -> Result:
    """We do not deliver there from this kitchen: say who does, if anybody."""
    others = [kitchen.brand for kitchen in menus.one_per_brand(kitchens, place.point, call.clock.now())]
    call.record("address.out_of_zone", km=round(own.point.km_to(place.point), 1) if own else None)
    who = own.name if own else "Any restaurant of ours"
    if others:
        say = f"{who} doesn't deliver to {place.spoken()}; {say_list(others)} would. Shall we order there?"
    else:
        say = f"We don't deliver to {place.spoken()} yet. Is there another address we could bring it to?"
    return {"status": "out_of_zone", "say": say}
