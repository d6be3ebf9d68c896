"""Writes handoffs down beside the call, with how long the caller's words waited for the new agent's."""

import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AgentTransition
from db.transitions import TransitionStream
from domain.call_state import CallState, Handover


class Transitions:
    """The handoffs of one call. Nothing here waits: rows are written in the background of the call."""

    def __init__(
        self,
        transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]],
        stream: TransitionStream,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._transaction, self._stream, self._later = transaction, stream, later
        self._waiting: tuple[CallState, Handover, str, float] | None = None

    def begun(self, state: CallState, summary: str, ago_ms: float) -> None:
        """A handoff has happened; its tool was called `ago_ms` ago, and the new agent has not answered yet."""
        self.settle()
        since = time.monotonic() - ago_ms / 1000
        self._waiting = (state, state.handovers[-1], summary, since)

    def answered(self) -> None:
        """A model's answer begins: the first one after a handoff is the new agent's."""
        if self._waiting is not None:
            self._write(round((time.monotonic() - self._waiting[3]) * 1000, 1))

    def settle(self) -> None:
        """Nothing more will come: what never got an answer is written without a latency."""
        if self._waiting is not None:
            self._write(None)

    def _write(self, latency_ms: float | None) -> None:
        assert self._waiting is not None
        state, crossed, summary, _ = self._waiting
        self._waiting = None
        self._later(self._keep(state, crossed, summary, latency_ms))

    async def _keep(
        self, state: CallState, crossed: Handover, summary: str, latency_ms: float | None
    ) -> None:
        """One row and one entry of the stream. Raises StoreDown."""
        async with self._transaction() as session:
            session.add(
                AgentTransition(
                    call_id=state.call_id,
                    from_agent=crossed.source,
                    to_agent=crossed.target,
                    reason=crossed.reason,
                    summary=summary,
                    latency_ms=latency_ms,
                    at=crossed.at,
                )
            )
        await self._stream.add(str(state.call_id), crossed.source, crossed.target, latency_ms)
