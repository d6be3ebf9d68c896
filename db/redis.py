"""The way to Redis: a server's when there is an address, one inside this process when there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import DataError, ReadOnlyError, RedisError

from errors import StoreDown

CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 2.0  # a call waits for it, so a slow Redis counts as a lost one


async def open_redis(url: str | None) -> Redis:
    """A client that answers bytes. Raises StoreDown when the server at `url` does not answer.

    Without an address nothing outlives the process and no other process sees it.
    """
    if url is None:
        # Not needed where Redis is a server, so not installed there.
        from fakeredis import FakeAsyncRedis, FakeServer

        embedded: Redis = FakeAsyncRedis(server=FakeServer())
        return embedded
    client: Redis = Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        # A primary that has become a replica keeps its connections: the address has to be looked up anew.
        retry=Retry(NoBackoff(), 1, supported_errors=(ReadOnlyError,)),
    )
    with reaching_redis():
        await client.ping()
    return client


def as_bytes(answer: bytes | str) -> bytes:
    """What a client of ours answers, whose type also allows for one that decodes."""
    return answer.encode() if isinstance(answer, str) else answer


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Turn every way in which Redis does not serve into StoreDown: away, silent, a replica, full, unable to save.

    A value that no Redis would take is a fault of ours and stays what it is: DataError.
    """
    try:
        yield
    except DataError:
        raise
    except (RedisError, OSError) as error:
        raise StoreDown(f"Redis cannot be used ({type(error).__name__})") from error
