"""The jobs of an order on its way: watched, told late, called at the door, and closed when it is over."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from db.models import Order
from db.seeding.tracking import read_tracking
from domain.dialling import Wanted, purpose_of
from domain.jobs import Done, Ending, Later
from domain.travel import Leg, Trip
from errors import NotFound
from operations import closing, delivering, foretelling, kitchen_desk, no_show, watching
from operations.arriving import Stretch
from operations.dialling import line_for
from operations.foretelling import Delay
from tasks.calling import TEXTED, reach
from tasks.errands import go
from tasks.late_text import late_text
from tasks.work import Handler, Work

TEXT = "text"


async def watch(work: Work) -> Ending:
    """Look at an order under way, and again after a while; over when the order is.

    Raises:
        NotFound: no such order.
        StoreDown: PostgreSQL cannot be reached; the next try looks again.
    """
    rules, order_id = read_tracking(), work.id("order_id")
    async with work.tools.transaction() as session:
        stretches = await watching.roads(session, order_id, work.now, rules)
        market = await closing.market_of(session, order_id)
    told = await _asked(work, market, stretches)
    async with work.tools.transaction() as session:
        goes_on = await watching.look(session, order_id, told, work.now, rules)
    if goes_on:
        return Later(work.now + timedelta(seconds=rules.look_seconds), "it is under way")
    return Done("it is over")


async def _asked(work: Work, market: str, stretches: list[Stretch]) -> list[tuple[Stretch, Leg]]:
    """How long the roads take, outside of any transaction; nothing where a market has no figures for it."""
    rules = work.tools.dispatch.get(market)
    if rules is None or not stretches:
        return []
    trips = [Trip(one.start, one.end, one.vehicle) for one in stretches]
    legs = await work.tools.travel.legs(trips, work.now, rules.roads)
    return list(zip(stretches, legs, strict=True))


async def late(work: Work) -> Ending:
    """Their order is late, and they do not know: a call, else a text with the time. Raises as `tasks.errands.go`."""
    rules, order_id = read_tracking(), work.id("order_id")
    async with work.tools.transaction() as session:
        found = await foretelling.late(session, order_id, work.since, work.now, rules)
        if not isinstance(found, Delay):
            return found
        errand = found.errand
        line = await line_for(session, errand.market, errand.city)
    wanted = Wanted(
        key=work.key,
        person=errand.person,
        purpose=purpose_of(errand.topic),
        topic=errand.topic,
        since=errand.since,
        line=line,
        text=late_text(found, work.now),
    )
    ending = await reach(work, wanted)
    if ending == Done(TEXTED):
        await _told_by_text(work, order_id)
    return ending


async def _told_by_text(work: Work, order_id: UUID) -> None:
    """They have been told: not again before it has become later still."""
    async with work.tools.transaction() as session:
        order = await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
        if order.told_late_at is None or order.told_late_at < work.since:
            await foretelling.note_told(session, order, TEXT, work.now)


async def stuck(work: Work) -> Ending:
    """A rider with food comes no nearer to the door."""
    assignment_id = work.id("assignment_id")
    async with work.tools.transaction() as session:
        found = await foretelling.stuck(session, assignment_id, work.since)
    return await go(work, found)


async def at_door(work: Work) -> Ending:
    """The rider is at the door, and nobody opens."""
    assignment_id = work.id("assignment_id")
    async with work.tools.transaction() as session:
        found = await foretelling.at_door(session, assignment_id, work.since)
    return await go(work, found)


async def close(work: Work) -> Ending:
    """A delivered order is closed when nothing about it is open.

    Raises NotFound: no such order, or no policy of its market is known here.
    """
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        policy = work.tools.policies.get(await closing.market_of(session, order_id))
        if policy is None:
            raise NotFound("the policy of this order's market is not known here")
        return await closing.close(session, order_id, policy, work.now, read_tracking())


HANDLERS: Mapping[str, Handler] = {
    kitchen_desk.WATCH: watch,
    watching.TELL_LATE: late,
    watching.ASK_WHERE: stuck,
    no_show.AT_DOOR: at_door,
    delivering.CLOSE: close,
}
