"""Menus and profiles are read from Redis, never older than the last commit that changed them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis
from sqlmodel import col, select

from db import cache
from db.cache import through
from db.engine import Sessions, open_sessions
from db.models import Customer, MenuItem, Restaurant
from db.redis import as_bytes, open_redis
from db.stale import keeping
from operations import menus, profiles
from operations.placing import place
from tests.db.redis_client import own_redis, replica
from tests.fakes.shop import ASHA, Shop

__all__ = ["own_redis"]

DAL = "Dal Tadka"


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = await open_redis(None)
    yield client
    await client.aclose()


@pytest.fixture
def kept(seeded: Sessions, redis: Redis) -> Shop:
    """The city as processes with a shared Redis read it; `shop` changes it behind their back."""
    return Shop(keeping(open_sessions(seeded.kw["bind"]), redis))


async def change(shop: Shop, kind: Any, id: UUID, **values: Any) -> None:
    async with shop.transaction() as session:
        row = await session.get_one(kind, id)
        for name, value in values.items():
            setattr(row, name, value)


async def file(shop: Shop) -> profiles.Profile:
    state = await shop.caller(ASHA)
    assert state.customer_id is not None
    async with shop.transaction() as session:
        found = await profiles.load(session, state.customer_id)
    assert found is not None
    return found


async def asha(shop: Shop) -> UUID:
    found = (await shop.caller(ASHA)).customer_id
    assert found is not None
    return found


async def test_a_dish_is_kept_as_it_was_read(shop: Shop, kept: Shop) -> None:
    first = await kept.dish(DAL)
    await change(shop, MenuItem, first.id, price=1)
    again = await kept.dish(DAL)
    assert again == first, "from Redis, whole"
    assert (await shop.dish(DAL)).price == 1


async def test_a_dish_that_one_of_us_changes_is_read_anew(kept: Shop) -> None:
    dish = await kept.dish(DAL)
    await change(kept, MenuItem, dish.id, available=False)
    assert not (await kept.dish(DAL)).available


async def test_an_order_takes_its_stock_from_the_kept_dish(kept: Shop) -> None:
    dish = await kept.dish(DAL)
    await change(kept, MenuItem, dish.id, stock=10)
    assert (await kept.dish(DAL)).stock == 10
    state = await kept.hungry(ASHA, quantity=2)
    await place(kept.transaction, None, kept.clock, await kept.wanted(state))
    assert (await kept.dish(DAL)).stock == 8


async def test_a_kitchen_that_pauses_pauses_for_everybody(kept: Shop) -> None:
    kitchen = await kept.kitchen("Spice Route, Old Mill")
    async with kept.transaction() as session:
        before = {found.id: found for found in await menus.kitchens(session, "Larkfield")}
    until = kept.clock.now() + timedelta(minutes=30)
    await change(kept, Restaurant, kitchen, paused_until=until)
    async with kept.transaction() as session:
        after = {found.id: found for found in await menus.kitchens(session, "Larkfield")}
        again = {found.id: found for found in await menus.kitchens(session, "Larkfield")}
    assert before[kitchen].paused_until is None
    assert after[kitchen].paused_until == until
    assert again == after, "the same, from Redis"


async def test_a_profile_is_kept_until_the_person_changes(shop: Shop, kept: Shop) -> None:
    customer, first = await asha(shop), await file(kept)
    await change(shop, Customer, customer, allergies=["sesame"])
    assert await file(kept) == first, "from Redis, whole"
    await change(kept, Customer, customer, allergies=["egg"])
    assert (await file(kept)).allergies == ["egg"]


async def test_an_order_changes_the_usual_and_the_address_that_stands_first(kept: Shop) -> None:
    first = await file(kept)
    state = await kept.hungry(ASHA)
    state.saved_address_id, state.place = first.places[-1]
    await place(kept.transaction, None, kept.clock, await kept.wanted(state))
    assert (await file(kept)).places[0] == first.places[-1]


async def test_who_was_erased_has_no_file_any_more(kept: Shop) -> None:
    customer = await asha(kept)
    await file(kept)
    await change(kept, Customer, customer, erased_at=kept.clock.now())
    async with kept.transaction() as session:
        assert await profiles.load(session, customer) is None


async def test_a_profile_rests_sealed(kept: Shop, redis: Redis) -> None:
    found = await file(kept)
    assert found.name
    (key,) = [key for key in await redis.keys("cache:profile:*") if not as_bytes(key).endswith(b":mark")]
    data = await redis.get(key)
    assert data is not None
    assert found.name.encode() not in as_bytes(data)
    assert found.places[0][1].line.encode() not in as_bytes(data)
    assert 0 < await redis.ttl(key) <= profiles.KEPT.seconds


async def test_a_transaction_sees_its_own_change_and_keeps_nothing_of_it(kept: Shop) -> None:
    dish = await kept.dish(DAL)
    async with kept.sessions() as session:
        row = await session.get_one(MenuItem, dish.id)
        row.price = 1
        await session.flush()
        assert (await menus.dishes(session, [dish.id]))[dish.id].price == 1
        await session.rollback()
    assert (await kept.dish(DAL)).price == dish.price


async def test_what_was_read_before_a_change_is_not_kept_after_it(kept: Shop) -> None:
    """A reader who is slower than the writer must not put the old value back."""
    dish = await kept.dish(DAL)
    await change(kept, MenuItem, dish.id, price=dish.price)
    async with kept.transaction() as session:

        async def slow(ids: list[UUID]) -> dict[UUID, Any]:
            await change(kept, MenuItem, dish.id, price=1)
            return {dish.id: dish}

        await change(kept, MenuItem, dish.id, price=2)
        assert await through(session, menus.DISHES, [dish.id], slow) == {dish.id: dish}
    assert (await kept.dish(DAL)).price == 1


async def test_another_shape_is_not_read(shop: Shop, kept: Shop, redis: Redis) -> None:
    dish = await kept.dish(DAL)
    await change(shop, MenuItem, dish.id, price=1)
    kind = menus.DISHES
    data = as_bytes(await redis.get(kind.key(dish.id)) or b"")
    await redis.set(kind.key(dish.id), data.replace(b"[1,", b"[0,", 1))
    assert (await kept.dish(DAL)).price == 1


async def test_a_profile_changed_while_redis_was_away_does_not_come_back(
    shop: Shop, seeded: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "REST_SECONDS", 0.05)
    server = FakeServer()
    kept = Shop(keeping(open_sessions(seeded.kw["bind"]), FakeAsyncRedis(server=server)))
    customer = await asha(kept)
    await file(kept)
    server.connected = False
    await change(kept, Customer, customer, allergies=["sesame"])
    server.connected = True
    await asyncio.sleep(0.1)
    assert (await file(kept)).allergies == ["sesame"]


@pytest.mark.services
async def test_a_commit_holds_though_redis_takes_no_writes(
    shop: Shop, seeded: Sessions, own_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "REST_SECONDS", 0.05)
    client = await open_redis(own_redis)
    kept = Shop(keeping(open_sessions(seeded.kw["bind"]), client))
    customer = await asha(kept)
    await file(kept)
    async with replica(own_redis):
        await change(kept, Customer, customer, allergies=["sesame"])
        assert (await file(kept)).allergies == ["sesame"]
    assert (await file(shop)).allergies == ["sesame"]
    await client.aclose()


async def test_without_redis_postgresql_answers(shop: Shop, seeded: Sessions) -> None:
    gone = Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.5)
    lost = Shop(keeping(open_sessions(seeded.kw["bind"]), gone))
    dish = await lost.dish(DAL)
    await change(lost, MenuItem, dish.id, price=1)
    assert (await lost.dish(DAL)).price == 1
    assert (await file(lost)).first_name == "Asha"
    async with lost.transaction() as session:
        assert await menus.kitchens(session, "Larkfield")
        query = select(MenuItem.price).where(col(MenuItem.id) == dish.id)
        assert await session.scalar(query) == 1, "the commit held"
    await gone.aclose()
