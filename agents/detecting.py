"""What machine detection has said of a call that we began: it is looked for in its row, for another process may have
been told."""

import asyncio

from errors import StoreDown
from operations import dialling
from tools.call import Call

LOOKS = 20
"""Detection decides within 2 to 5 s; after ten it has nothing to say that was not heard."""


async def verdict(call: Call, every: float) -> str | None:
    """Its word, once there is one; None when it never came. `every`: seconds between two looks."""
    dial_id = call.state.dial_id
    for _ in range(LOOKS if dial_id is not None else 0):
        try:
            async with call.transaction() as session:
                said = await dialling.verdict(session, dial_id) if dial_id else None
        except StoreDown:
            said = None
        if said is not None:
            return said
        await asyncio.sleep(every)
    return None
