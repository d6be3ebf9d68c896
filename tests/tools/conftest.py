"""Calls in the seeded city, with one menu index for all tests."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from qdrant_client import QdrantClient
from sqlalchemy.ext.asyncio import async_sessionmaker

from db.encoders import SpellingEncoder
from db.engine import Sessions
from db.menu_index import MenuIndex
from db.words import Thesaurus
from domain.call_state import CallState
from domain.ids import new_id
from tests.fakes.call import Talk, in_shop, talk
from tests.fakes.clock import FixedClock
from tests.fakes.given import SEEDED_AT
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, Shop

Phoned = Callable[..., Awaitable[Talk]]


@pytest.fixture
def cards(shop: Shop) -> FakePayments:
    """A card provider; it notes how many database connections are in use whenever it is asked."""
    pool = shop.sessions.kw["bind"].pool
    return FakePayments(lambda: int(pool.checkedout()))


@pytest.fixture(scope="session")
def indexes() -> Iterator[list[MenuIndex]]:
    """Where the menu index is kept: all seeded databases are copies of one, so one index fits all."""
    made: list[MenuIndex] = []
    yield made
    for index in made:
        asyncio.run(index.close())


@pytest.fixture
async def menu(seeded: Sessions, indexes: list[MenuIndex]) -> MenuIndex:
    """The seeded menu, searchable."""
    if not indexes:
        indexes.append(await MenuIndex.open(None, seeded))
    return indexes[0]


@pytest.fixture
def bare() -> Iterator[Talk]:
    """A call in a city without kitchens, for what needs no database."""
    call_id = new_id()
    state = CallState(
        call_id=call_id,
        cart_call_id=call_id,
        channel="eval",
        line="+15125550100",
        market="US",
        city="Larkfield",
        started_at=SEEDED_AT,
    )
    client = QdrantClient(":memory:")
    menu = MenuIndex(client, SpellingEncoder(), Thesaurus({}), embedded=True)
    yield talk(state, async_sessionmaker(), menu, FixedClock(SEEDED_AT))
    client.close()


@pytest.fixture
def phoned(shop: Shop, menu: MenuIndex, cards: FakePayments) -> Phoned:
    """`await phoned(number)`: a call from that number has just been answered."""

    async def ring(phone: str | None = ASHA, market: str = "US", *, takes_cards: bool = True) -> Talk:
        state = await shop.caller(phone, market)
        return in_shop(shop, state, menu, cards if takes_cards else None, phone or "")

    return ring
