"""The jobs of dispatch: find a driver, call them, end an offer nobody took, see that who took it comes.

Each looks at the rows first; run twice, or by two workers at once, it offers an order once.
"""

from collections.abc import Mapping
from datetime import timedelta

from domain.dispatch import Left
from domain.ids import Prefix, read, show
from domain.incentive import Dispatch
from domain.jobs import Done, Dropped, Ending, Later
from errors import NotFound
from operations import offering, reassigning, searching
from operations.choosing import choose
from operations.dialling import line_for
from operations.dispatching import NO_ANSWER, SEARCH, WATCH, lapse
from operations.left_over import note_left
from operations.reassigning import WHERE
from operations.searching import EXPIRE, OFFER, Look, Standing
from tasks.acting import Actor
from tasks.errands import go
from tasks.work import Handler, Work
from tools.driving import find_available_drivers
from tools.searching import offer_delivery

AGAIN = timedelta(seconds=5)
"""Somebody else was quicker with the driver who was chosen: another one is chosen at once."""
FARTHEST_KM = 50.0
"""No tool looks farther."""


async def search(work: Work) -> Ending:
    """An order needs a driver: look for one for every order of its city that waits, and put each to one of them.

    Raises:
        NotFound: no such order, or no rules for its market.
        StoreDown: the database failed.
    """
    order_id, now = work.id("order_id"), work.now
    async with work.tools.transaction() as session:
        stands = await searching.standing(session, order_id, now)
    if stands.held:
        return Done("a driver has it")
    if not stands.waits:
        return Dropped(f"the order is {stands.status}")
    if stands.offer is not None:
        if stands.expires_itself:
            return Done("it is offered to somebody")
        return Later(stands.offer.expires_at, "it is offered to somebody")
    rules = _rules(work, stands.market)
    async with work.tools.transaction() as session:
        seen = await searching.look(session, stands.city, rules, now)
    actor = Actor(work, stands.market, stands.city)
    seen = await _available(actor, seen, stands, rules)
    plan, early = await choose(work.tools.travel, seen.orders, seen.riders, rules, now)
    in_vain = {one.order_id for one in seen.orders if one.in_vain}
    said: dict[str, str] = {}
    for one in plan.chosen:
        order = show(Prefix.ORDER, one.order_id)
        result = await actor.run(
            offer_delivery,
            order,
            order=order,
            driver=show(Prefix.DRIVER, one.driver_id),
            step=one.step,
            minutes=one.minutes,
            in_vain=one.order_id in in_vain,
        )
        said[order] = result["status"]
    for left in plan.left:
        if left.order_id != order_id:  # its own job waits, and is patient
            await _note(work, left, stands, rules)
    mine = show(Prefix.ORDER, order_id)
    if mine in said:
        return Done("it is offered") if said[mine] == "offered" else Later(now + AGAIN, "others were quicker")
    if order_id in early:
        soon = now + timedelta(minutes=rules.search.look_minutes)
        return Later(min(early[order_id], soon), "it is too early to bind a driver")
    for left in plan.left:
        if left.order_id == order_id:
            return await _note(work, left, stands, rules)
    return Later(now + AGAIN, "it was offered meanwhile")


async def _available(actor: Actor, seen: Look, stands: Standing, rules: Dispatch) -> Look:
    """The same with only those free whom the system's own tool finds."""
    if not seen.orders:
        return seen
    middle, radius = seen.circle(rules)
    found = await actor.run(
        find_available_drivers,
        f"city:{stands.city}",
        lat=middle.lat,
        lng=middle.lng,
        radius_km=min(FARTHEST_KM, radius),
    )
    return seen.only({read(Prefix.DRIVER, one["driver"]) for one in found["drivers"]})


async def _note(work: Work, left: Left, stands: Standing, rules: Dispatch) -> Ending:
    """Why an order is left over, and when everything is tried again."""
    async with work.tools.transaction() as session:
        line = await line_for(session, stands.market, stands.city)
        found = await note_left(session, left, rules, work.tools.staffed.get(line), work.now)
    if found.given_up:
        return Done(f"given up: {left.why}")
    return Later(work.now + timedelta(minutes=rules.search.again_minutes), left.why.value)


async def offer(work: Work) -> Ending:
    """Call the driver an order is offered to, once; when nobody is reached the next one is looked for at once.

    Raises:
        NotFound: no such offer, or no line of ours in that market.
        StoreDown: the database failed.
    """
    assignment_id = work.id("assignment_id")
    async with work.tools.transaction() as session:
        found = await offering.to_tell(session, assignment_id, work.since, work.now)
    ending = await go(work, found)
    if (
        isinstance(ending, Done) and work.tools.outgoing is not None
    ):  # without a telephone, a driver may still call us
        async with work.tools.transaction() as session:
            await lapse(session, assignment_id, NO_ANSWER, work.now)
    return ending


async def expire(work: Work) -> Ending:
    """End an offer when its time is. Raises NotFound, StoreDown."""
    rules = _rules(work, await _market(work))
    async with work.tools.transaction() as session:
        return await offering.end(session, work.id("assignment_id"), rules, work.now)


async def watch(work: Work) -> Ending:
    """See that the driver who took an order comes. Raises NotFound, StoreDown."""
    rules = _rules(work, await _market(work))
    async with work.tools.transaction() as session:
        return await reassigning.watch(session, work.id("assignment_id"), rules, work.now)


async def where(work: Work) -> Ending:
    """Ask a driver who does not come what keeps them. Raises NotFound, StoreDown."""
    rules = _rules(work, await _market(work))
    async with work.tools.transaction() as session:
        found = await reassigning.where(session, work.id("assignment_id"), work.since, rules, work.now)
    return await go(work, found)


async def _market(work: Work) -> str:
    async with work.tools.transaction() as session:
        return (await searching.standing(session, work.id("order_id"), work.now)).market


def _rules(work: Work, market: str) -> Dispatch:
    rules = work.tools.dispatch.get(market)
    if rules is None:
        raise NotFound(f"there are no figures for deliveries in {market}")
    return rules


HANDLERS: Mapping[str, Handler] = {
    SEARCH: search,
    OFFER: offer,
    EXPIRE: expire,
    WATCH: watch,
    WHERE: where,
}
