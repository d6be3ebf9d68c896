"""A call-back, written down before it is promised; shared by tools, by the fixed grammar and by who puts through."""

from compliance import wording
from domain.saying import Saying
from operations import callbacks
from tools.call import Call


async def called_back(call: Call, reason: str) -> Saying:
    """Note why a person should call, and say by when they do; where no time can be promised, that it is passed on.

    Raises StoreDown; then nothing may be promised.
    """
    now = call.clock.now()
    async with call.transaction() as session:
        promise = await callbacks.book(session, call.state, call.phone, reason, call.clock, call.staff)
    if promise.new:
        call.record("person.booked", reason=reason)
    when = promise.when(now)
    if when:
        call.facts(*when.all)
    return wording.call_back(when)
