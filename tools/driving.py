"""Offers to drivers and where drivers are. Docstrings here are prompts: the model reads every word."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from db.seeding.tracking import read_tracking
from domain import taking
from domain.address import Point
from domain.answers import Answer
from domain.delivery import Declined, say_km
from domain.ids import Prefix, show
from domain.money import Money
from domain.speech import say_list
from errors import ToolError
from operations import dispatching, drivers, positions
from operations.dispatching import Offered
from tools.call import Call
from tools.delivery import AGENT, Handle, acting, deliveries, driver_of, handle_of, known, say_pickup
from tools.result import Result, Say, Spoken
from tools.tool import SYSTEM, tool

Degrees = Annotated[float, Ge(-90), Le(90)]
Longitude = Annotated[float, Ge(-180), Le(180)]
Kilometres = Annotated[float, Gt(0), Le(50)]


OFFER, QUESTION = "offer", "Yes, or skip?"
NOT_HEARD = (
    "The driver has not heard that delivery to its end in this call, or said no to it. Call hear_offer, and wait for "
    "their answer."
)
NO_YES = "The driver did not say a plain yes to it. Answer what they said, and ask once more: yes, or skip?"


@tool(callers=(AGENT,))
async def hear_offer(call: Call) -> Say | Result:
    """Have the system tell the driver what is offered to them just now, with its pay, and ask. Say nothing; wait."""
    who = driver_of(call)
    async with call.transaction() as session:
        found = await dispatching.open_offer(session, who.driver_id, who.now)
    if found is None:
        settle_question(call)
        call.save()
        return {
            "status": "none",
            "say": "There is no delivery waiting for you just now.",
            "next": "Ask if there is anything else. What they have accepted already: get_pickup_details.",
        }
    made = put(call, found)
    return Say((Spoken(made.told, made.mark), Spoken(QUESTION)), made.result)


@dataclass(frozen=True)
class Put:
    """An offer about to be told to its driver; heard up to `mark`, it can be answered."""

    told: str
    mark: str
    result: Result


def put(call: Call, found: Offered) -> Put:
    """Have an offer count once its mark is heard, whoever tells it: a tool, or the first words of a call of ours."""
    state, row = call.state, found.assignment
    order, paid = handle_of(call, row), Money(row.pay, row.currency)
    state.offered.pop(order, None)  # what they agreed to before may have been an older offer, on other terms
    extra, way = Money(row.incentive, row.currency), say_km(row.distance_m)
    bonus = f", {extra.spoken()} of it extra" if extra.amount else ""
    told = f"Pick up at {found.kitchen.name}, {way}, {paid.spoken()}{bonus}."
    call.facts(paid, paid.spoken(), extra, extra.spoken(), way)

    def heard() -> None:
        state.offered = {**{one: yes for one, yes in state.offered.items() if one != order}, order: False}
        state.open_question, state.open_options = OFFER, []
        call.record("offer.heard", assignment=str(row.id))
        call.save()

    mark = f"offer:{row.id}"
    call.when_heard[mark] = heard
    call.save()
    result: Result = {
        "status": "offered",
        "order": order,
        "pickup": found.kitchen.name,
        "distance": way,
        "pay": str(paid),
        "extra": str(extra),
        "next": f"Wait for the answer. Yes: assign_driver({order}). Skip or no: decline_offer({order}).",
    }
    return Put(told, mark, result)


def answer(call: Call, text: str) -> None:
    """A driver's turn after an offer they heard: a yes agrees, a no ends it, whatever the model makes of the words."""
    state = call.state
    if state.open_question != OFFER or not state.offered:
        return
    order = next(reversed(state.offered))
    said = taking.answers(text)
    if said is Answer.NO:
        del state.offered[order]
        state.open_question = None
    elif said is Answer.YES:
        state.offered[order] = True
    call.record("offer.answered", order=order, answer=said)


def settle_question(call: Call) -> None:
    """The offer is answered: a key means nothing any more."""
    if call.state.open_question == OFFER:
        call.state.open_question = None


@tool(
    callers=(AGENT,),
    effect=lambda call, order: f"accept:{acting(call, order)}",
    final=lambda result: False,  # the assignment's row knows; when it is ready, or that it is off, is news
)
async def assign_driver(call: Call, order: Handle) -> Result:
    """The driver takes the delivery that hear_offer told. Only after they said yes to it.

    Args:
        order: The handle hear_offer gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    agreed = call.state.offered.get(order)
    if agreed is None:
        raise ToolError(NOT_HEARD)
    if not agreed:
        raise ToolError(NO_YES)
    async with call.transaction() as session:
        row = await dispatching.accept(session, who, order_id, call.state.assignments.get(order))
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
    """One skip per offer, whatever reason is named later."""
    return f"decline:{acting(call, order)}"


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
    call.state.offered.pop(order, None)
    settle_question(call)
    call.record("delivery.declined", order=str(order_id), assignment=str(row.id), reason=reason)
    call.save()
    return {"status": "declined", "say": "All right, skipped.", "next": "Say it, then hear_offer once more."}


@tool(
    callers=(AGENT,),
    effect=lambda call, place, lat, lng: f"moved:{place}:{lat}:{lng}",
    final=lambda result: False,  # there, away and there again: the driver's row knows where they are now
)
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
    await positions.follow(call.transaction, who.driver_id, point, who.now, read_tracking())
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
