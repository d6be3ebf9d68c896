"""Whether the process lives, and whether it can take a call now."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.request import runtime_of
from db.instances import Room
from deadline import deadline
from errors import StoreDown
from operations import job_desk
from runtime import Runtime

router = APIRouter(tags=["health"])

PING_SECONDS = 1.0
OK, ALL_BUSY = "ok", "all busy"
GONE = (SQLAlchemyError, RedisError, OSError, StoreDown)


class Relay(Protocol):
    """Who publishes jobs in this process."""

    kinds: Sequence[str]

    @property
    def broker_state(self) -> str:
        """ok or down"""
        ...


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": OK}


@router.get("/readyz")
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """200 when a call can be taken now, else 503; `checks` tells the state of each dependency.

    A call can be taken while RabbitMQ is away or jobs are late: `jobs` tells of that, in business seconds.
    """
    runtime, relay = runtime_of(request), request.app.state.relay
    found, house, late = await asyncio.gather(checks(runtime), asked_house(runtime), lateness(runtime, relay))
    if found["lines"] == ALL_BUSY and house and house.free > 0:
        found["lines"] = OK  # the next call goes to another process
    fine = all(state == OK for state in found.values())
    response.status_code = 200 if fine else 503
    return {
        "ready": fine,
        "checks": found,
        "calls": runtime.busy,
        "capacity": runtime.capacity,
        "instance": runtime.presence.id,
        "house": asdict(house) if house else None,
        "jobs": {"broker": relay.broker_state, "oldest_due_seconds": late},
        "loop_lag": runtime.lag.summary(),
    }


async def checks(runtime: Runtime) -> dict[str, str]:
    """Every dependency and its state: `ok`, or in a word what is wrong."""
    postgres, redis, menu = await asyncio.gather(
        asked(_ask_postgres(runtime)), asked(_ask_redis(runtime)), asked(_ask_menu(runtime))
    )
    return {
        "postgres": postgres,
        "redis": redis,
        "menu": menu,
        "events": runtime.events.state,
        "phrases": OK if runtime.prepared.is_set() else "being rendered",
        "lines": "draining" if runtime.draining else ALL_BUSY if runtime.full else OK,
    }


async def asked_house(runtime: Runtime) -> Room | None:
    """How many processes take calls, how many more calls they could take, and who is on hold; None without Redis."""
    try:
        async with deadline(PING_SECONDS):
            return await runtime.presence.room()
    except GONE:
        return None


async def lateness(runtime: Runtime, relay: Relay) -> float | None:
    """For how many business seconds the oldest job has been due; None without PostgreSQL."""
    try:
        async with deadline(PING_SECONDS), runtime.sessions() as session:
            return round(await job_desk.oldest_due(session, runtime.clock.now(), relay.kinds), 1)
    except GONE:
        return None


async def asked(answer: Awaitable[str]) -> str:
    """The answer of a store, or `down`; a store that is silent for a second is down."""
    try:
        async with deadline(PING_SECONDS):
            return await answer
    except GONE:
        return "down"


async def _ask_postgres(runtime: Runtime) -> str:
    async with runtime.sessions() as session:
        await session.execute(text("SELECT 1"))
    return OK


async def _ask_redis(runtime: Runtime) -> str:
    await runtime.redis.ping()
    return OK


async def _ask_menu(runtime: Runtime) -> str:
    return OK if await runtime.menu.search("rice", limit=1) else "empty"
