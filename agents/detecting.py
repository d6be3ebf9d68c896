"""What machine detection says of a call that we began: it is looked for in its row, for another process may have been
told."""

import asyncio
from collections.abc import Awaitable, Callable

from errors import StoreDown
from operations import dialling
from tools.call import Call

LOOKS = 20
"""Detection decides within 2 to 5 s; after ten it has nothing to say that was not heard."""


class Detection:
    """Looks every so many seconds, and tells the verdict once; a call without a row has none."""

    def __init__(self, call: Call, every: float, told: Callable[[str], Awaitable[None]]) -> None:
        self._call, self._every, self._told = call, every, told
        self._task = asyncio.get_running_loop().create_task(self._look(), name="detection")

    async def close(self) -> None:
        """Nobody waits for it any more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        dial_id = self._call.state.dial_id
        for _ in range(LOOKS if dial_id is not None else 0):
            try:
                async with self._call.transaction() as session:
                    said = await dialling.verdict(session, dial_id) if dial_id else None
            except StoreDown:
                said = None
            if said is not None:
                await self._told(said)
                return
            await asyncio.sleep(self._every)
