"""Carries out one published job: begins it, holds its lease while the handler runs, and writes down how it ended."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from broker import TOGETHER
from deadline import deadline
from domain.jobs import Done, Dropped, Ending, Later
from errors import AppError, Conflict, StoreDown
from operations import jobs
from operations.jobs import Job, real_now
from tasks.work import Handler, Tools, Work

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 1.0
UNKNOWN_KIND = timedelta(minutes=1)
NAMES: Mapping[type, str] = {Done: "done", Dropped: "dropped", Later: "waits"}


class LeaseLostError(Exception):
    """Somebody else may have the job by now: nothing of it is to be done or written here any more."""


class Carrier:
    """One process's hands: so many jobs at once, each under a lease that nobody else holds."""

    def __init__(self, tools: Tools, handlers: Mapping[str, Handler], together: int = TOGETHER) -> None:
        self.worker = f"w{secrets.token_hex(6)}"
        self._tools = tools
        self._handlers = handlers
        self._turn = asyncio.Semaphore(together)
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(self, id: str, lease: str) -> None:
        """What the broker calls. Returns when the job needs nothing more of this process.

        A job that is not due any more, or whose lease ran out meanwhile, is let pass: its row is published again.
        """
        async with self._turn:
            if self._closed:
                return
            task = asyncio.create_task(self._carry_out(UUID(id), lease), name=f"job {id}")
            self._running.add(task)
            try:
                await task
            finally:
                self._running.discard(task)

    async def close(self, seconds: float) -> None:
        """Begin nothing more; give what runs `seconds`, then break it off: its lease runs out by itself."""
        self._closed = True
        if not self._running:
            return
        _, left = await asyncio.wait(self._running, timeout=seconds)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _carry_out(self, id: UUID, lease: str) -> None:
        with structlog.contextvars.bound_contextvars(job=str(id)):
            try:
                async with self._tools.transaction() as session:
                    job = await jobs.begin(session, id, lease, self.worker, real_now(), self._tools.rules)
                if job is None:
                    log.info("job.passed")
                    return
                await self._end(job, await self._ending(job))
            except StoreDown as error:  # it cannot be begun or ended here: its lease runs out
                log.warning("job.store_down", reason=error.message)
            except LeaseLostError:
                log.warning("job.lease_lost")

    async def _ending(self, job: Job) -> Ending | AppError:
        """What the handler says, or its error. Raises LeaseLostError; a bug passes as it is."""
        handler = self._handlers.get(job.kind)
        if handler is None:  # published by a process of a newer release
            return Later(self._tools.clock.now() + UNKNOWN_KIND, "this process has no handler for it")
        work = Work(job.kind, job.key, job.payload, job.attempts, job.since, self._tools)
        limit = self._tools.rules.of(job.kind).timeout_seconds
        try:
            async with deadline(limit):
                return await self._holding(job, asyncio.ensure_future(handler(work)))
        except AppError as error:
            return error
        except TimeoutError:
            return Conflict(f"not done within {limit:g} seconds")

    async def _holding(self, job: Job, handling: "asyncio.Future[Ending]") -> Ending:
        """Keep the lease while the handler runs; it is broken off as soon as the lease may be another's."""
        loop, rules = asyncio.get_running_loop(), self._tools.rules
        held_until, pause = loop.time() + rules.lease_seconds, rules.renew_seconds
        try:
            while True:
                done, _ = await asyncio.wait(
                    {handling}, timeout=max(0.0, min(pause, held_until - loop.time()))
                )
                if done:
                    return handling.result()
                asked_at = loop.time()
                if asked_at >= held_until:
                    raise LeaseLostError
                if await self._renewed(job):
                    held_until, pause = asked_at + rules.lease_seconds, rules.renew_seconds
                else:
                    pause = min(AGAIN_SECONDS, rules.renew_seconds)
        finally:
            if not handling.done():
                handling.cancel()
                await asyncio.gather(handling, return_exceptions=True)

    async def _renewed(self, job: Job) -> bool:
        """Whether the lease was renewed; False when PostgreSQL does not answer. Raises LeaseLostError."""
        try:
            async with deadline(self._tools.rules.renew_seconds), self._tools.transaction() as session:
                if not await jobs.renew(session, job, real_now(), self._tools.rules):
                    raise LeaseLostError
        except (StoreDown, TimeoutError) as error:
            log.warning("job.not_renewed", reason=type(error).__name__)
            return False
        return True

    async def _end(self, job: Job, ending: Ending | AppError) -> None:
        """Write down how it ended. Raises LeaseLostError, StoreDown: the row is as if it had not ended."""
        now, rules = self._tools.clock.now(), self._tools.rules
        dead = False
        async with self._tools.transaction() as session:
            match ending:
                case Done(said):
                    held = await jobs.finish(session, job, said, now, real_now())
                case Dropped(said):
                    held = await jobs.drop(session, job, ending, now, real_now())
                case Later(_, said):
                    held = await jobs.later(session, job, ending, now, real_now())
                case AppError(message=said):
                    held, again = await jobs.fail(session, job, ending, now, real_now(), rules)
                    dead = again is None
        if not held:
            raise LeaseLostError
        tell = log.error if dead else log.warning if isinstance(ending, AppError) else log.info
        how = "dead" if dead else NAMES.get(type(ending), "failed")
        tell(f"job.{how}", kind=job.kind, attempt=job.attempts, said=said)
