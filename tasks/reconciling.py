"""The daily job that compares the providers' books with ours."""

from collections.abc import Mapping

from domain.jobs import Done, Ending
from errors import VendorError
from operations import reconciling
from tasks.work import Handler, Work


async def reconcile(work: Work) -> Ending:
    """Compare every provider's books with the ledger; tomorrow again, whatever comes of it today.

    Raises:
        VendorError: a provider's books cannot be read now; what was compared of the others stands.
    """
    tools = work.tools
    async with tools.transaction() as session:
        await reconciling.plan(session, work.now + reconciling.DAILY, work.now)
    found: list[str] = []
    failures: list[VendorError] = []
    for books in (tools.cards, tools.links):
        if books is None:
            continue
        try:
            report = await reconciling.compare(tools.transaction, books, tools.clock)
        except VendorError as failure:
            failures.append(failure)
        else:
            found.append(f"{report.provider}: {report.differences} differences")
    if failures:
        raise failures[0]
    return Done("; ".join(found) or "no provider")


HANDLERS: Mapping[str, Handler] = {reconciling.JOB: reconcile}
