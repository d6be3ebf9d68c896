"""The jobs of payment links: each one followed to its end, and its customer asked when nobody has paid."""

from collections.abc import Mapping

from domain.jobs import Ending
from operations import link_ends, link_rows, telling
from tasks.errands import go
from tasks.work import Handler, Work


async def look(work: Work) -> Ending:
    """What has become of a link: the order stands, the money goes back, or the link is withdrawn.

    Raises:
        VendorError, Conflict: not known yet.
    """
    tools = work.tools
    return await link_ends.end(tools.transaction, tools.links, tools.clock, work.id("link_id"))


async def ask(work: Work) -> Ending:
    """Nobody has paid in time: the customer is called, for cash or another link."""
    async with work.tools.transaction() as session:
        found = await telling.payment(session, work.id("order_id"), work.since)
    return await go(work, found)


async def give_up(work: Work) -> Ending:
    """Nobody has paid, and nobody has answered: the order has failed."""
    return await link_ends.give_up(work.tools.transaction, work.tools.clock, work.id("order_id"))


HANDLERS: Mapping[str, Handler] = {
    link_rows.JOB: look,
    link_ends.ASK: ask,
    link_ends.GIVE_UP: give_up,
}
