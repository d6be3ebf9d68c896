"""The daily job that compares the providers' books with ours."""

from collections.abc import Mapping

from domain.jobs import Done, Ending
from operations import reconciling
from tasks.work import Handler, Work


async def reconcile(work: Work) -> Ending:
    """Compare every provider's books with the ledger; tomorrow again, whatever comes of it today.

    Raises:
        VendorError: a provider's books cannot be read now; what was compared stands.
    """
    tools = work.tools
    async with tools.transaction() as session:
        await reconciling.plan(session, work.now + reconciling.DAILY, work.now)
    found = [
        await reconciling.compare(tools.transaction, books, tools.clock)
        for books in (tools.cards, tools.links)
        if books is not None
    ]
    return Done("; ".join(f"{one.provider}: {one.differences} differences" for one in found) or "no provider")


HANDLERS: Mapping[str, Handler] = {reconciling.JOB: reconcile}
