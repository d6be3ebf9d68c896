"""Every order finds its driver: one offer at a time, the next at once, nobody twice; where there is none, a reason."""

import asyncio
from datetime import timedelta
from math import cos, radians

import pytest

from db.models import Assignment
from domain.dialling import Outcome, Topic
from domain.dispatch import Chosen
from domain.ids import Prefix, show
from domain.jobs import Done, Dropped, Later
from errors import Conflict, NotFound
from operations import menus, searching
from operations.dispatching import NO_ANSWER, SEARCH
from operations.searching import EXPIRE, OFFER
from tasks.dispatch import HANDLERS, search
from tasks.work import Work
from tests.fakes.fleet import Fleet
from tests.fakes.riding import ANDY, DISPATCH, LUIS, MEI, cooking, riding
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order

pytestmark = pytest.mark.db
US = DISPATCH["US"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def fleet(shop: Shop) -> Fleet:
    return Fleet(shop)


class TestWhen:
    """Not before it is needed."""

    async def test_an_order_that_is_cooked_for_long_binds_nobody_yet(self, fleet: Fleet, shop: Shop) -> None:
        order = await fleet.waiting(ready_in=30)
        now = shop.clock.now()
        ending = await fleet.search(order)
        assert ending == Later(now + US.search.look_minutes * MINUTE, "it is too early to bind a driver")
        assert await fleet.offers(order) == []
        for _ in range(30):
            assert isinstance(ending, Later)
            shop.clock.moment = ending.at
            ending = await fleet.search(order)
            if isinstance(ending, Done):
                break
        assert await fleet.offers(order) == [("Luis", "offered")]
        left = (await as_it_is(shop, order.id)).ready_by
        assert left is not None
        assert timedelta() < left - shop.clock.now() < 8 * MINUTE

    async def test_a_kitchen_that_is_ready_early_is_noticed(self, fleet: Fleet, shop: Shop) -> None:
        order = await fleet.waiting(ready_in=30)
        first = await fleet.search(order)
        assert isinstance(first, Later)
        await set_order(shop, order.id, ready_by=shop.clock.now(), status="ready")
        shop.clock.moment = first.at
        assert await fleet.search(order) == Done("it is offered")


class TestTheOffer:
    """One at a time, with the jobs that belong to it."""

    async def test_it_is_put_to_the_best_one_and_their_telephone_rings(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        order = await fleet.waiting()
        assert await fleet.search(order) == Done("it is offered")
        assert await fleet.offers(order) == [("Luis", "offered")]
        assert {SEARCH, OFFER, EXPIRE} <= set(await fleet.kinds(order))
        assert isinstance(await fleet.calls(order), Later)
        assert await fleet.topics() == [("call", Topic.OFFER)]
        (dial,) = await fleet.dials()
        assert (dial.party_id, dial.order_id) == ((await fleet.newest(order)).driver_id, order.id)

    async def test_searched_twice_it_is_offered_once(self, fleet: Fleet) -> None:
        order = await fleet.waiting()
        await fleet.search(order)
        assert await fleet.search(order) == Done("it is offered to somebody")
        assert len(await fleet.rows(order)) == 1

    async def test_two_workers_at_once_write_one_offer(self, fleet: Fleet) -> None:
        order = await fleet.waiting()
        await asyncio.gather(*(fleet.search(order) for _ in range(4)))
        assert len(await fleet.rows(order)) == 1
        assert (await fleet.kinds(order)).count(OFFER) == 1

    async def test_two_orders_at_once_never_ring_one_driver_twice(self, fleet: Fleet) -> None:
        orders = [await fleet.waiting() for _ in range(3)]
        await asyncio.gather(*(fleet.search(order) for order in orders))
        for order in orders:
            await fleet.search(order)
        asked = [(await fleet.offers(order)) for order in orders]
        assert [len(offers) for offers in asked] == [1, 1, 1]
        assert len({offers[0][0] for offers in asked}) == 3

    async def test_one_search_serves_every_order_that_waits(self, fleet: Fleet) -> None:
        orders = [await fleet.waiting() for _ in range(3)]
        assert await fleet.search(orders[0]) == Done("it is offered")
        assert await fleet.open_offers() == 3
        for order in orders[1:]:
            assert await fleet.search(order) == Done("it is offered to somebody")

    async def test_what_was_planned_is_looked_at_again_under_the_locks(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        """The plan is old by the time it is written: meanwhile the driver was asked about something else."""
        first, second = await fleet.waiting(), await fleet.waiting()
        await fleet.only(LUIS)
        async with shop.transaction() as session:
            seen = await searching.look(session, "Larkfield", US, shop.clock.now())
        luis = next(one for one in seen.riders if one.on_shift)
        for order, refuses in ((first, False), (second, True)):
            chosen = Chosen(order.id, luis.driver_id, 0, 1.0, by_road=False)
            if refuses:
                with pytest.raises(Conflict, match="another offer by now"):
                    async with shop.transaction() as session:
                        await searching.put(session, chosen, US, shop.clock.now())
            else:
                async with shop.transaction() as session:
                    await searching.put(session, chosen, US, shop.clock.now())
        assert await fleet.rows(second) == []

    async def test_who_is_in_another_city_of_the_same_latitude_is_not_even_read(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        order = await fleet.waiting()
        async with shop.transaction() as session:
            at = (await menus.kitchen(session, order.restaurant_id)).point
        degree = 111.195 * cos(radians(at.lat))  # kilometres
        edge = (US.search.radius_km[-1] - 0.1) / degree
        sides = ((LUIS, edge), (MEI, -edge))
        near = [await fleet.set_driver(phone, lat=at.lat, lng=at.lng + side) for phone, side in sides]
        far = await fleet.set_driver(ANDY, lat=at.lat, lng=at.lng + 0.5)
        async with shop.transaction() as session:
            seen = await searching.look(session, "Larkfield", US, shop.clock.now())
        ids = {one.driver_id for one in seen.riders}
        assert ids.issuperset(near)
        assert far not in ids

    @pytest.mark.parametrize("shared", ["driver", "order"])
    async def test_of_two_offers_written_at_once_that_share_a_driver_or_an_order_one_stands(
        self, fleet: Fleet, shop: Shop, shared: str
    ) -> None:
        """Two workers with plans of their own: the second waits for the first, and then sees what it did."""
        orders, names = [await fleet.waiting(), await fleet.waiting()], await fleet.names()
        luis, mei = (next(id for id, name in names.items() if name == who) for who in ("Luis", "Mei"))
        plans = {
            "driver": ((orders[0], luis), (orders[1], luis)),
            "order": ((orders[0], luis), (orders[0], mei)),
        }
        first, second = (
            Chosen(order.id, driver_id, 0, 1.0, by_road=False) for order, driver_id in plans[shared]
        )

        async def late() -> None:
            async with shop.transaction() as session:
                await searching.put(session, second, US, shop.clock.now())

        async with shop.transaction() as session:
            await searching.put(session, first, US, shop.clock.now())
            waits = asyncio.create_task(late())
            done, _ = await asyncio.wait({waits}, timeout=0.5)
            assert not done, "it waits for the lock"
        with pytest.raises(Conflict, match="another offer by now"):
            await waits
        assert await fleet.open_offers() == 1

    async def test_who_has_the_food_of_somebody_else_is_not_asked(self, fleet: Fleet, shop: Shop) -> None:
        await riding(shop, await cooking(shop), LUIS)
        order = await fleet.waiting()
        await fleet.search(order)
        assert [name for name, _ in await fleet.offers(order)] != ["Luis"]

    async def test_one_who_picked_up_after_the_offer_is_not_called(self, fleet: Fleet, shop: Shop) -> None:
        await fleet.only(LUIS)
        order = await fleet.waiting()
        await fleet.search(order)
        other = await cooking(shop)
        luis = (await fleet.newest(order)).driver_id
        async with shop.transaction() as session:
            session.add(
                Assignment(
                    order_id=other.id,
                    driver_id=luis,
                    status="picked_up",
                    distance_m=1,
                    pay=1,
                    currency="USD",
                    offered_at=shop.clock.now(),
                    expires_at=shop.clock.now(),
                )
            )
        assert await fleet.calls(order) == Done("the offer has ended")
        assert fleet.telephony.calls == []
        assert await fleet.offers(order) == [("Luis", "expired")]

    async def test_it_goes_through_the_tools_and_stands_in_the_audit(self, fleet: Fleet) -> None:
        order = await fleet.waiting()
        await fleet.search(order)
        (found,) = await fleet.audited("city:Larkfield")
        (put,) = await fleet.audited(show(Prefix.ORDER, order.id))
        assert (found.actor, found.action) == ("system:dispatch.search", "tool.find_available_drivers")
        assert found.data["result"]["drivers_count"] == 4
        assert (put.action, put.data["result"]["status"]) == ("tool.offer_delivery", "offered")
        assert put.data["result"]["driver"] == show(Prefix.DRIVER, (await fleet.newest(order)).driver_id)


class TestTheCascade:
    """The next one, until somebody says yes."""

    async def test_who_says_no_is_followed_by_the_next_at_once_for_more(self, fleet: Fleet) -> None:
        order = await fleet.waiting(ready_in=1)
        names, pays = [], []
        for _ in range(4):
            assert await fleet.search(order) == Done("it is offered")
            row = await fleet.newest(order)
            names.append((await fleet.names())[row.driver_id])
            pays.append(row.pay)
            await fleet.says(order, yes=False)
        assert names[0] == "Luis"
        assert sorted(names) == ["Andy", "Keisha", "Luis", "Mei"]
        assert pays == sorted(pays)
        assert pays[0] < pays[-1]

    async def test_nobody_picks_up_and_the_next_is_asked_at_once(self, fleet: Fleet, shop: Shop) -> None:
        order = await fleet.waiting()
        await fleet.search(order)
        await fleet.calls(order)
        shop.clock.advance(timedelta(seconds=20))
        await fleet.ends(Outcome.NO_ANSWER)
        assert await fleet.calls(order) == Done("nobody was reached")
        assert [(row.status, row.reason) for row in await fleet.rows(order)] == [("expired", NO_ANSWER)]
        assert await fleet.search(order) == Done("it is offered")
        assert [status for _, status in await fleet.offers(order)] == ["expired", "offered"]

    async def test_a_yes_ends_the_search_and_the_calls(self, fleet: Fleet) -> None:
        order = await fleet.waiting()
        await fleet.search(order)
        await fleet.calls(order)
        await fleet.says(order, yes=True)
        await fleet.ends(Outcome.TALKED)
        assert await fleet.calls(order) == Done("the offer is accepted")
        assert await fleet.search(order) == Done("a driver has it")
        assert len(fleet.telephony.calls) == 1
        row = await fleet.newest(order)
        assert await fleet.look(EXPIRE, row.id) == Done("the offer is accepted")

    async def test_an_offer_ends_when_its_time_is(self, fleet: Fleet, shop: Shop) -> None:
        order = await fleet.waiting()
        await fleet.search(order)
        row = await fleet.newest(order)
        shop.clock.moment = row.expires_at - searching.LEAD
        assert await fleet.look(EXPIRE, row.id) == Later(row.expires_at, "it holds")
        shop.clock.moment = row.expires_at
        assert await fleet.look(EXPIRE, row.id) == Done("the offer has ended")
        assert await fleet.offers(order) == [("Luis", "expired")]
        assert await fleet.search(order) == Done("it is offered")

    async def test_while_they_are_on_the_line_about_it_it_holds_for_a_while(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        order = await fleet.waiting()
        await fleet.search(order)
        first = await fleet.newest(order)
        await fleet.calls(order)
        await fleet.picked_up()
        until = first.expires_at
        for _ in range(20):
            shop.clock.moment = max(shop.clock.now(), until - searching.LEAD)
            ending = await fleet.look(EXPIRE, first.id)
            if not isinstance(ending, Later):
                break
            assert (await fleet.newest(order)).expires_at > shop.clock.now(), (
                "it never lapses under their yes"
            )
            shop.clock.moment = ending.at
            until = (await fleet.newest(order)).expires_at
        assert ending == Done("the offer has ended")
        assert until - first.offered_at == timedelta(seconds=US.longest_offer_seconds)

    async def test_orders_that_are_over_or_taken_need_nobody(self, fleet: Fleet, shop: Shop) -> None:
        order = await fleet.waiting()
        await set_order(shop, order.id, status="cancelled")
        assert await fleet.search(order) == Dropped("the order is cancelled")
        assert await fleet.rows(order) == []

    async def test_without_figures_for_the_market_a_person_has_to_look(self, fleet: Fleet) -> None:
        order = await fleet.waiting()
        row = await fleet.row(SEARCH, order.id)
        tools = fleet.tools
        object.__setattr__(tools, "dispatch", {})
        with pytest.raises(NotFound, match="no figures"):
            await search(Work(SEARCH, row.key, row.payload, 1, row.created_at, tools))


async def test_a_payload_that_cannot_be_read_is_dead_at_once(fleet: Fleet) -> None:
    for kind in HANDLERS:
        await fleet.write(kind, "x")
        with pytest.raises(NotFound):
            await fleet.look(kind, "x")
