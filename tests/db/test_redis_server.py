"""The Redis of the tests is theirs alone."""

import os

import pytest

from db.redis import open_redis
from errors import StoreDown
from tests.db import redis_server as redis_servers
from tests.services import lacking

pytestmark = pytest.mark.services


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not redis_servers.installed():
        lacking("redis-server is not installed")


async def test_two_servers_share_nothing_and_end_with_their_block() -> None:
    with redis_servers.private() as one, redis_servers.private() as two:
        first, second = await open_redis(one), await open_redis(two)
        await first.set("kept", "here")
        assert await second.dbsize() == 0
        await first.aclose()
        await second.aclose()
    with pytest.raises(StoreDown):
        await open_redis(one)


def test_the_tests_do_not_use_the_machines_redis(redis_server: str) -> None:
    """Neither the usual port's nor REDIS_URL's, which may be somebody's data."""
    assert not redis_server.endswith(":6379")
    assert redis_server != os.environ.get("REDIS_URL", "").rstrip("/")
