"""The jobs that phone a driver about a delivery they have, or had. Each looks first whether it is still theirs."""

from collections.abc import Mapping

from domain.jobs import Ending
from operations import telling
from tasks.errands import go
from tasks.work import Handler, Work


async def ready(work: Work) -> Ending:
    """The food can be fetched."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await telling.ready(session, order_id, work.since)
    return await go(work, found)


async def called_off(work: Work) -> Ending:
    """Their delivery is off."""
    assignment_id = work.id("assignment_id")
    async with work.tools.transaction() as session:
        found = await telling.off(session, assignment_id, work.since, work.now)
    return await go(work, found)


async def changed(work: Work) -> Ending:
    """It goes to another door, or there is a note."""
    assignment_id = work.id("assignment_id")
    async with work.tools.transaction() as session:
        found = await telling.moved(session, assignment_id, work.since)
    return await go(work, found)


HANDLERS: Mapping[str, Handler] = {
    "driver.ready": ready,
    "driver.called_off": called_off,
    "driver.changed": changed,
}
