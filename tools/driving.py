"""Offers to drivers and where drivers are. Docstrings here are prompts: the model reads every word."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from domain.address import Point
from domain.delivery import Declined, say_km
from domain.ids import Prefix, show
from domain.money import Money
from domain.speech import say_list
from errors import ToolError
from operations import dispatching, drivers
from tools.call import Call
from tools.delivery import AGENT, Handle, deliveries, driver_of, handle_of, known, say_pickup, settle_question
from tools.result import Result
from tools.tool import SYSTEM, tool

Degrees = Annotated[float, Ge(-90), Le(90)]
Longitude = Annotated[float, Ge(-180), Le(180)]
Kilometres = Annotated[float, Gt(0), Le(50)]


@tool(callers=(AGENT,))
async def hear_offer(call: Call) -> Result:
    """The delivery that is offered to this driver just now, with its pay. Say it, and wait for yes or skip."""
    who, state = driver_of(call), call.state
    async with call.transaction() as session:
        found = await dispatching.open_offer(session, who.driver_id, who.now)
    if found is None:
        state.open_question = None if state.open_question == "offer" else state.open_question
        call.save()
        return {
            "status": "none",
            "say": "There is no delivery waiting for you just now.",
            "next": "Ask if there is anything else. What they have accepted already: get_pickup_details.",
        }
    row = found.assignment
    order, paid = handle_of(call, row.order_id), Money(row.pay, row.currency)
    extra, way = Money(row.incentive, row.currency), say_km(row.distance_m)
    bonus = f", {extra.spoken()} of it extra" if extra.amount else ""
    say = f"Pick up at {found.kitchen.name}, {way}, {paid.spoken()}{bonus}. Yes, or skip?"
    state.offered[order] = state.turns
    state.open_question, state.open_options = "offer", []
    call.facts(paid, paid.spoken(), extra, extra.spoken(), way, say)
    call.save()
    return {
        "status": "offered",
        "order": order,
        "pickup": found.kitchen.name,
        "distance": way,
        "pay": str(paid),
        "extra": str(extra),
        "say": say,
        "next": f"Wait for the answer. Yes: assign_driver({order}). Skip or no: decline_offer({order}).",
    }


@tool(callers=(AGENT,), effect=lambda call, order: f"accept:{call.state.orders.get(order)}")
async def assign_driver(call: Call, order: Handle) -> Result:
    """The driver takes the delivery that hear_offer told. Only after they said yes to it.

    Args:
        order: The handle hear_offer gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    told = call.state.offered.get(order)
    if told is None:
        raise ToolError(
            "That delivery was not told in this call. Call hear_offer, and wait for their answer."
        )
    if call.state.turns <= told:
        raise ToolError("The driver has not answered yet. Wait for their yes or skip.")
    async with call.transaction() as session:
        row = await dispatching.accept(session, who, order_id)
    (mine,) = [one for one in await deliveries(call, who) if one.order.id == order_id]
    settle_question(call)
    say = f"It's yours. {say_pickup(mine, call)}"
    call.facts("accepted", "assigned", say)
    call.record("delivery.accepted", order=str(order_id), assignment=str(row.id))
    call.save()
    return {
        "status": "assigned",
        "order": order,
        "say": say,
        "next": "The customer's address: get_pickup_details.",
    }


def decline_key(call: Call, order: str, reason: Declined) -> str:
    """One skip per delivery, whatever reason is named later."""
    return f"decline:{call.state.orders.get(order)}"


@tool(callers=(AGENT,), effect=decline_key)
async def decline_offer(call: Call, order: Handle, reason: Declined = Declined.NOT_SAID) -> Result:
    """The driver does not want the delivery that is offered. Never argue, and do not ask why.

    Args:
        order: The handle hear_offer gave, like order-1.
        reason: What they said of themselves; not_said when they gave none.
    """
    who, order_id = driver_of(call), known(call, order)
    async with call.transaction() as session:
        row = await dispatching.decline(session, who, order_id, reason)
    settle_question(call)
    call.record("delivery.declined", order=str(order_id), assignment=str(row.id), reason=reason)
    call.save()
    return {"status": "declined", "say": "All right, skipped.", "next": "Say it, then hear_offer once more."}


@tool(callers=(AGENT,))
async def update_driver_location(
    call: Call,
    place: Annotated[str, MinLen(2), MaxLen(160)] | None = None,
    lat: Degrees | None = None,
    lng: Longitude | None = None,
) -> Result:
    """Note where the driver is. Give the place in their words, or both coordinates.

    Args:
        place: Street and number, area or landmark, as they said it.
        lat: Latitude in degrees, when a position was given.
        lng: Longitude in degrees, when a position was given.
    """
    who = driver_of(call)
    if lat is not None and lng is not None:
        point, name = Point(lat=lat, lng=lng), None
    elif place:
        found = await call.maps.find(place, city=call.state.city, country=call.state.market)
        places = [item.place for item in found if item.exact] or [item.place for item in found]
        if not places:
            raise ToolError("That place is not found. Ask for the street and number, or the area.")
        if len(places) > 1:
            names = say_list([one.spoken() for one in places[:3]], "or")
            return {"status": "unclear", "ask": f"Is that {names}?"}
        point, name = places[0].point, places[0].spoken()
    else:
        raise ToolError("Ask where they are, and give that as place.")
    async with call.transaction() as session:
        await drivers.move_to(session, who, point)
    call.record("driver.moved")
    return {"status": "noted", "say": f"Thanks, I have you at {name}." if name else "Thanks, noted."}


@tool(callers=(SYSTEM,))
async def find_available_drivers(
    call: Call, lat: Degrees, lng: Longitude, radius_km: Kilometres, trip_km: Kilometres | None = None
) -> Result:
    """Drivers on shift near a pick-up, the best first; nobody who has food with them.

    Args:
        lat: Latitude of the pick-up in degrees.
        lng: Longitude of the pick-up in degrees.
        radius_km: How far away they may be.
        trip_km: How far the food goes from there; leaves out vehicles that are not sent so far.
    """
    rules = call.dispatch.get(call.state.market)
    if rules is None:
        raise ToolError("There are no figures for deliveries in this market.")
    async with call.transaction() as session:
        found = await drivers.find_available(session, rules, Point(lat=lat, lng=lng), radius_km, trip_km)
    return {
        "drivers": [
            {
                "driver": show(Prefix.DRIVER, near.driver.id),
                "km": round(near.km, 2),
                "rating": near.driver.rating,
                "vehicle": near.driver.vehicle,
                "load": near.load,
            }
            for near in found
        ]
    }
