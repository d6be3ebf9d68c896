"""Whose order it is, what they usually eat, and the answer about consent that holds."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col

from db.models import Address, Customer
from domain.address import Place, Point
from operations import menus, profiles
from operations.placing import place
from tests.fakes.shop import ASHA, BEN, STRANGER, Shop

pytestmark = pytest.mark.db


async def test_a_customer_is_found_by_number_and_made_once(shop: Shop) -> None:
    state = await shop.caller(STRANGER)
    ids = set()
    for _ in range(2):
        async with shop.transaction() as session:
            ids.add(await profiles.customer_of_call(session, state, STRANGER, shop.clock))
    (made,) = ids
    assert (await shop.customer(made)).phone_hash == state.phone_hash


async def test_a_withheld_number_is_a_new_customer_every_time(shop: Shop) -> None:
    state = await shop.caller(None)
    before = len(await shop.rows(Customer))
    for _ in range(2):
        async with shop.transaction() as session:
            await profiles.customer_of_call(session, state, None, shop.clock)
    assert len(await shop.rows(Customer)) == before + 2


async def test_a_denied_customer_is_never_the_orders_owner(shop: Shop) -> None:
    state = await shop.caller(ASHA)
    state.denied = True
    async with shop.transaction() as session:
        found = await profiles.customer_of_call(session, state, ASHA, shop.clock)
    assert found != state.customer_id
    assert (await shop.customer(found)).phone_hash is None


async def test_the_usual_is_what_was_ordered_most(shop: Shop) -> None:
    state = await shop.caller(ASHA)
    assert state.customer_id is not None
    async with shop.transaction() as session:
        profile = await profiles.load(session, state.customer_id)
        assert profile is not None
        names = [dish.name for dish in (await menus.dishes(session, profile.usual)).values()]
    assert set(names) == {"Paneer Tikka", "Garlic Naan"}
    assert all(place.saved and place.label for _, place in profile.places)


@pytest.mark.parametrize(("phone", "new"), [(ASHA, False), (BEN, True), (STRANGER, True), (None, False)])
async def test_who_has_never_ordered(shop: Shop, phone: str | None, new: bool) -> None:
    state = await shop.caller(phone)
    async with shop.transaction() as session:
        assert await profiles.never_ordered(session, state) is new
        state.denied = True
        assert not await profiles.never_ordered(session, state)


async def test_the_newest_answer_about_a_purpose_holds(shop: Shop) -> None:
    state = await shop.caller(ASHA)
    assert state.phone_hash is not None
    for granted in (True, False):
        async with shop.transaction() as session:
            await profiles.give_consent(
                session,
                phone_hash=state.phone_hash,
                customer_id=state.customer_id,
                purpose="order_service",
                granted=granted,
                wording="May we?",
                version="1",
                call_id=state.call_id,
                clock=shop.clock,
                holds=None,
            )
        shop.clock.advance(timedelta(minutes=1))
    async with shop.transaction() as session:
        found = await profiles.latest_consent(session, state.phone_hash, "order_service")
        other = await profiles.latest_consent(session, state.phone_hash, "promotion")
    assert found is not None
    assert (found.granted, found.call_id, other) == (False, state.call_id, None)


MILL = Place(
    line="12 Juniper Lane",
    area="Old Mill",
    city="Larkfield",
    postcode="75990",
    point=Point(lat=30.62882, lng=-97.15114),
    note="ring twice",
)


async def filed(shop: Shop, customer_id: UUID | None) -> list[Address]:
    rows = await shop.rows(Address, col(Address.customer_id) == customer_id)
    return [row for row in rows if isinstance(row, Address)]


async def test_where_food_was_brought_last_is_known(shop: Shop) -> None:
    state = await shop.hungry(ASHA)
    assert state.customer_id is not None
    async with shop.transaction() as session:
        profile = await profiles.load(session, state.customer_id)
    assert profile is not None
    state.saved_address_id, state.place = profile.places[-1]
    assert state.likely_point != state.place.point
    await place(shop.transaction, None, shop.clock, await shop.wanted(state))
    async with shop.transaction() as session:
        assert await profiles.last_point(session, state.customer_id) == state.place.point
    used = [row.id for row in await filed(shop, state.customer_id) if row.used_at == shop.clock.now()]
    assert used == [state.saved_address_id]


async def test_a_new_address_is_filed_once_under_its_area(shop: Shop) -> None:
    state = await shop.hungry(BEN)
    before = await filed(shop, state.customer_id)
    for flat in (None, None, "2B"):
        state.place, state.saved_address_id = MILL.model_copy(update={"flat": flat}), None
        state.changed_terms()
        await place(shop.transaction, None, shop.clock, await shop.wanted(state))
    new = [row for row in await filed(shop, state.customer_id) if row.id not in {old.id for old in before}]
    assert [(row.label, row.area, row.postcode, row.place["flat"]) for row in new] == [
        ("Old Mill", "Old Mill", "75990", None),
        ("Old Mill", "Old Mill", "75990", "2B"),
    ]
    async with shop.transaction() as session:
        profile = await profiles.load(session, new[0].customer_id)
    assert profile is not None
    assert profile.places[0][1].note == "ring twice"


@pytest.mark.parametrize("whose", ["somebody else receives", "not the person of this number"])
async def test_somebody_elses_door_is_not_filed(shop: Shop, whose: str) -> None:
    state = await shop.hungry(BEN)
    before = await filed(shop, state.customer_id)
    other = whose == "somebody else receives"
    state.place = MILL.model_copy(update={"recipient": "Priya" if other else None})
    state.saved_address_id, state.denied = None, not other
    await place(shop.transaction, None, shop.clock, await shop.wanted(state))
    assert len(await filed(shop, state.customer_id)) == len(before)
