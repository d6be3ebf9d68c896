"""The jobs that phone kitchens. Each looks at the order first: what is no longer true is not told."""

from collections.abc import Mapping

from domain.jobs import Ending
from operations import announcing
from tasks.errands import go
from tasks.work import Handler, Work


async def announce(work: Work) -> Ending:
    """A new order waits for its kitchen; one that nobody answers in time is turned down."""
    tools = work.tools
    found = await announcing.announce(
        tools.transaction, tools.cards, tools.clock, tools.dialling, work.id("order_id")
    )
    return await go(work, found)


async def cancel(work: Work) -> Ending:
    """An order that its kitchen knows of is off."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await announcing.called_off(session, order_id, work.since, work.now)
    return await go(work, found)


async def modify(work: Work) -> Ending:
    """An order that its kitchen cooks has changed."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await announcing.changed(session, order_id, work.since, work.now)
    return await go(work, found)


async def remind(work: Work) -> Ending:
    """A driver comes soon for what a kitchen still cooks."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await announcing.remind(session, order_id, work.since, work.now)
    return await go(work, found)


HANDLERS: Mapping[str, Handler] = {
    "restaurant.announce": announce,
    "restaurant.cancel": cancel,
    "restaurant.modify": modify,
    "restaurant.remind": remind,
}
