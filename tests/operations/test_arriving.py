"""Where a driver is, and when their order arrives: each position counts, old ones and impossible ones do not."""

from datetime import datetime, timedelta

import pytest

from db.models import Assignment, Audit, Driver, Order
from db.seeding.tracking import read_tracking
from domain.address import Place, Point
from domain.arrival import Estimate
from domain.ids import new_id
from errors import Invalid, NotFound
from operations import arriving, menus, positions
from operations.positions import Position
from tests.fakes.riding import LUIS, accepted, cooking, driver, riding
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order

pytestmark = pytest.mark.db
RULES = read_tracking()


async def refreshed(shop: Shop, order: Order) -> Estimate:
    async with shop.transaction() as session:
        locked = await session.get_one(Order, order.id, with_for_update=True)
        made = await arriving.refresh(session, locked, shop.clock.now(), RULES.eta)
    assert made is not None
    return made


async def ping(shop: Shop, point: Point, at: datetime | None = None) -> bool:
    now = shop.clock.now()
    told = Position(await driver(shop, LUIS), point, at or now)
    return await positions.report(shop.transaction, told, now, RULES)


async def between(shop: Shop, order: Order, share: float) -> Point:
    """A point of the straight way from the kitchen to the door."""
    async with shop.transaction() as session:
        start = (await menus.kitchen(session, order.restaurant_id)).point
    end = Place.model_validate(order.place).point
    return Point(lat=start.lat + (end.lat - start.lat) * share, lng=start.lng + (end.lng - start.lng) * share)


async def luis(shop: Shop) -> Driver:
    rows = await shop.rows(Driver, Driver.id == await driver(shop, LUIS))
    assert isinstance(rows[0], Driver)
    return rows[0]


async def put(shop: Shop, point: Point) -> None:
    """Luis was seen there just now."""
    async with shop.transaction() as session:
        row = await session.get_one(Driver, await driver(shop, LUIS))
        row.lat, row.lng, row.seen_at = point.lat, point.lng, shop.clock.now()


class TestPositions:
    """Which are believed."""

    async def test_a_position_moves_the_driver_and_the_estimate_of_what_they_have(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        before = await refreshed(shop, order)
        shop.clock.advance(timedelta(minutes=1))
        assert await ping(shop, await between(shop, order, 0.9))
        row = await as_it_is(shop, order.id)
        assert row.expected_at is not None
        assert row.expected_at < before.at
        here, point = await luis(shop), await between(shop, order, 0.9)
        assert (here.lat, here.lng, here.seen_at) == (point.lat, point.lng, shop.clock.now())

    async def test_it_notes_that_they_come_nearer(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        for share in (0.2, 0.8, 0.5):
            shop.clock.advance(timedelta(minutes=2))
            await ping(shop, await between(shop, order, share))
        (row,) = await shop.rows(Assignment)
        assert isinstance(row, Assignment)
        whole = row.distance_m
        assert row.best_m is not None
        assert abs(row.best_m - whole * 0.2) < 30
        assert row.moved_at == shop.clock.now() - timedelta(minutes=2)

    async def test_one_out_of_order_or_too_old_is_ignored(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        shop.clock.advance(timedelta(minutes=30))
        now = shop.clock.now()
        assert await ping(shop, await between(shop, order, 0.5))
        for at in (now, now - timedelta(seconds=5), now - timedelta(minutes=20)):
            assert not await ping(shop, await between(shop, order, 0.1), at)
        here = await luis(shop)
        assert (here.lat, here.seen_at) == ((await between(shop, order, 0.5)).lat, now)

    async def test_an_old_one_is_ignored_though_nothing_newer_is_known(self, shop: Shop) -> None:
        order = await cooking(shop)
        shop.clock.advance(timedelta(minutes=30))
        old = shop.clock.now() - timedelta(minutes=RULES.pings.stale_minutes, seconds=1)
        assert not await ping(shop, await between(shop, order, 0.1), old)

    async def test_a_jump_is_refused_and_counted(self, shop: Shop) -> None:
        order = await cooking(shop)
        await put(shop, await between(shop, order, 0))
        shop.clock.advance(timedelta(seconds=10))
        far = await between(shop, order, 0)
        with pytest.raises(Invalid, match="Nobody gets that far"):
            await ping(shop, Point(lat=far.lat + 0.1, lng=far.lng))
        assert (await luis(shop)).lat == far.lat
        counted = [row for row in await shop.rows(Audit) if isinstance(row, Audit)]
        assert [row.action for row in counted if row.action == positions.JUMPED] == [positions.JUMPED]
        shop.clock.advance(timedelta(minutes=8))
        assert await ping(shop, Point(lat=far.lat + 0.1, lng=far.lng)), "eleven kilometres in eight minutes"

    async def test_one_of_a_time_to_come_or_of_nobody_is_refused(self, shop: Shop) -> None:
        order, now = await cooking(shop), shop.clock.now()
        with pytest.raises(Invalid, match="time to come"):
            await ping(shop, await between(shop, order, 0), now + timedelta(minutes=2))
        told = Position(new_id(), await between(shop, order, 0), now)
        with pytest.raises(NotFound):
            await positions.report(shop.transaction, told, now, RULES)


class TestTheEstimate:
    """What the rows say of an arrival."""

    async def test_what_is_not_under_way_has_none(self, shop: Shop) -> None:
        order = await cooking(shop)
        await set_order(shop, order.id, status="delivered")
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id)
            assert await arriving.refresh(session, row, shop.clock.now(), RULES.eta) is None

    async def test_it_gets_surer_step_by_step(self, shop: Shop) -> None:
        order = await cooking(shop)
        told = [await refreshed(shop, order)]
        await put(shop, await between(shop, order, 0.1))
        await accepted(shop, order)
        told.append(await refreshed(shop, order))
        shop.clock.advance(timedelta(minutes=10))
        await set_order(shop, order.id, status="ready", ready_by=shop.clock.now())
        told.append(await refreshed(shop, order))
        assert [one.spread for one in told] == sorted((one.spread for one in told), reverse=True)
        assert told[0].spread > told[-1].spread

    async def test_a_driver_who_was_seen_long_before_they_took_it_begins_where_they_were(
        self, shop: Shop
    ) -> None:
        order = await cooking(shop, status="ready")
        await put(
            shop,
            Point(lat=(await between(shop, order, 0)).lat + 0.03, lng=(await between(shop, order, 0)).lng),
        )
        shop.clock.advance(timedelta(minutes=20))
        await set_order(shop, order.id, ready_by=shop.clock.now())
        await accepted(shop, order)
        async with shop.transaction() as session:
            found = await arriving.find(session, await session.get_one(Order, order.id))
            way = arriving.way(found, shop.clock.now(), RULES.eta)
        assert way.unseen == timedelta(0)
        assert way.to_kitchen is not None
        assert way.to_kitchen > timedelta(minutes=9)

    async def test_a_road_s_time_counts_until_the_way_is_another_one(self, shop: Shop) -> None:
        order = await cooking(shop)
        await put(shop, await between(shop, order, 0.5))
        await accepted(shop, order)

        async def asked() -> list[str]:
            async with shop.transaction() as session:
                row = await session.get_one(Order, order.id, with_for_update=True)
                stretches = arriving.wanted(await arriving.find(session, row), shop.clock.now(), RULES.eta)
                for one in stretches:
                    await arriving.note_road(session, row, one, 1200, "roads", shop.clock.now())
                return [one.to for one in stretches]

        assert await asked() == ["door", "kitchen"]
        assert await asked() == []
        slow = await refreshed(shop, order)
        assert slow.at - shop.clock.now() >= timedelta(seconds=2 * 1200), "as slow as the roads say"
        shop.clock.advance(timedelta(minutes=RULES.eta.travel_minutes))
        assert await asked() == [], "they have not moved"
        await put(shop, await between(shop, order, 0.2))
        assert await asked() == ["kitchen"]
        place = {**order.place, "point": (await between(shop, order, 1.4)).model_dump()}
        await set_order(shop, order.id, place=place)
        assert await asked() == ["door"]
