"""What every door asks of a request: the runtime behind it, where it came from, whether it comes too often."""

import structlog
from starlette.requests import HTTPConnection

from errors import StoreDown
from runtime import Runtime

log = structlog.get_logger(__name__)
WINDOW_SECONDS = 60.0


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The open runtime behind a request or websocket."""
    runtime: Runtime = connection.app.state.runtime
    return runtime


def source_of(connection: HTTPConnection) -> str:
    """The address that knocks. Behind one of TRUSTED_PROXIES uvicorn has already put the client's there."""
    return connection.client.host if connection.client else "unknown"


async def check(runtime: Runtime, bucket: str, limit: int, seconds: float = WINDOW_SECONDS) -> None:
    """Look into a bucket without counting. Raises TooMany at the limit; without Redis nobody is held up."""
    try:
        await runtime.limiter.check(bucket, limit, seconds)
    except StoreDown:
        log.warning("rate_limit.unavailable")


async def spend(runtime: Runtime, bucket: str, limit: int, seconds: float = WINDOW_SECONDS) -> None:
    """Count one request in a bucket. Raises TooMany over the limit; without Redis nobody is held up."""
    try:
        await runtime.limiter.spend(bucket, limit, seconds)
    except StoreDown:
        log.warning("rate_limit.unavailable")
