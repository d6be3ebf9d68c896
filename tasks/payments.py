"""The jobs of money. Each looks at the rows first, and is safe to repeat: what it asks of a provider has a key."""

from collections.abc import Mapping

from domain.jobs import Done, Dropped, Ending
from errors import Conflict, NotFound, VendorError
from operations import came_back, capturing, giving, payment_events, recovering
from tasks.work import Handler, Work

STILL_UNKNOWN = "It is not known yet whether the money was given back."


async def recover(work: Work) -> Ending:
    """A payment whose outcome is unknown: ask again, and give up the order when its call is over."""
    tools = work.tools
    return await recovering.recover(
        tools.transaction, tools.cards, tools.clock, work.id("order_id"), work.text("key")
    )


async def release(work: Work) -> Ending:
    """An order is over: let go of what a card holds for it."""
    return await capturing.release(
        work.tools.transaction, work.tools.cards, work.tools.clock, work.id("order_id")
    )


async def capture(work: Work) -> Ending:
    """The kitchen has said yes: take what the order costs."""
    return await capturing.capture(
        work.tools.transaction, work.tools.cards, work.tools.clock, work.id("order_id")
    )


async def refund(work: Work) -> Ending:
    """A refund that was promised and is not settled: ask again.

    Raises:
        Conflict: still unknown.
        VendorError: the provider refused it just now; a person has to find another way.
    """
    key, tools = work.text("key"), work.tools
    async with tools.transaction() as session:
        row = await giving.of_key(session, key)
    if row is None:
        raise NotFound("there is no such refund")
    if row.status not in giving.UNSETTLED:
        return Dropped(f"the refund is {row.status}")
    status = await giving.recover(tools.transaction, tools.cards, tools.clock, key, tools.links)
    if status == giving.REFUNDED:
        return Done(giving.REFUNDED)
    if status == giving.FAILED:
        raise VendorError(await _provider(work, key), "the refund was refused")
    raise Conflict(STILL_UNKNOWN)


async def _provider(work: Work, key: str) -> str:
    """Who was asked for a refund last."""
    async with work.tools.transaction() as session:
        return await giving.asked(session, key)


async def refund_look(work: Work) -> Ending:
    """A provider has told something of a refund: see how it stands.

    Raises:
        Conflict: still unknown.
        VendorError: it was not given, or came back; a person has to find another way.
    """
    tools = work.tools
    return await came_back.look(tools.transaction, tools.cards, tools.clock, work.text("key"), tools.links)


HANDLERS: Mapping[str, Handler] = {
    "payments.recover": recover,
    "payments.release": release,
    "payments.capture": capture,
    "payments.refund": refund,
    payment_events.LOOK_AT_REFUND: refund_look,
}
