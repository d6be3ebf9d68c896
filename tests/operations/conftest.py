"""The seeded city, a card provider that watches for open transactions, and Stripe as the sandbox plays it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from db.engine import Sessions
from tests.fakes.payments import FakePayments
from tests.fakes.sandbox import Sandbox, running
from tests.fakes.shop import Shop
from vendors.stripe import Stripe


@pytest.fixture
def shop(seeded: Sessions) -> Shop:
    """The seeded city at half past twelve on a Monday in Texas."""
    return Shop(seeded)


@pytest.fixture
def cards(shop: Shop) -> FakePayments:
    """A card provider; it notes how many transactions are open whenever it is asked."""
    return FakePayments(lambda: shop.open_transactions)


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
