"""The jobs that phone a customer about their order. Each looks first whether there is something to tell or ask."""

from collections.abc import Mapping

from domain.deciding import Choice
from domain.jobs import Done, Ending
from errors import NotFound
from operations import deciding, telling
from operations.kitchen_queue import BY_SYSTEM
from operations.undecided import Question
from tasks.errands import go
from tasks.work import Handler, Work


async def rejected(work: Work) -> Ending:
    """Their order came to nothing."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await telling.rejected(session, order_id, work.since, work.now)
    return await go(work, found)


async def substitution(work: Work) -> Ending:
    """A dish has run out: what they want. Without an answer in time it is left out, or the order is off.

    Raises:
        NotFound: no such line, or its order is of a market we do not know.
    """
    tools = work.tools
    question = Question(work.id("order_id"), _line(work))
    async with tools.transaction() as session:
        found = await telling.substitution(session, question, work.since, tools.dialling, work.now)
        code = await telling.market_of(session, question.order_id)
    if found is not None:
        return await go(work, found)
    market = tools.markets.get(code)
    if market is None:
        raise NotFound("the rules of this order's market are not known here")
    done = await deciding.decide(
        tools.transaction,
        tools.cards,
        tools.clock,
        market,
        question,
        Choice.LEAVE_OUT,
        by=BY_SYSTEM,
        links=tools.links,
    )
    return Done(f"nobody has answered: {done.kind}")


async def changed(work: Work) -> Ending:
    """Their order is not as they placed it."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await telling.changed(session, order_id, work.since)
    return await go(work, found)


async def feedback(work: Work) -> Ending:
    """How it was. Where the gate does not let anybody ask, nobody does."""
    order_id = work.id("order_id")
    async with work.tools.transaction() as session:
        found = await telling.feedback(session, order_id, work.since, work.now)
    return await go(work, found)


def _line(work: Work) -> int:
    """The line's number. Raises NotFound."""
    try:
        return int(work.text("line"))
    except ValueError as error:
        raise NotFound("this job's payload has no line") from error


HANDLERS: Mapping[str, Handler] = {
    "customer.rejected": rejected,
    "customer.substitution": substitution,
    "customer.changed": changed,
    "customer.feedback": feedback,
}
