"""Every kind of job that is carried out. A kind that is not here waits in the outbox: nobody leases it."""

from collections.abc import Mapping

from tasks import customers, dispatch, drivers, kitchens, links, payments, reconciling, tracking
from tasks.work import Handler

HANDLERS: Mapping[str, Handler] = {
    **payments.HANDLERS,
    **links.HANDLERS,
    **reconciling.HANDLERS,
    **kitchens.HANDLERS,
    **drivers.HANDLERS,
    **customers.HANDLERS,
    **tracking.HANDLERS,
    **dispatch.HANDLERS,
}
