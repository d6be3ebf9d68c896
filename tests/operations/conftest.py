"""The seeded city, a card provider that watches for open transactions, and Stripe as the sandbox plays it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.fakes.sandbox import Sandbox, running
from vendors.stripe import Stripe


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox, started once."""
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
async def stripe(outside: Sandbox) -> AsyncIterator[Stripe]:
    """Our client of the real SDK at a healthy Stripe."""
    client = Stripe(outside.keys["STRIPE_API_KEY"], outside.base_urls["STRIPE"])
    yield client
    await client.close()
    outside.clear()
