"""A complaint is written down once, with the dates of its market, and settled once by somebody who is named."""

import asyncio
import re
import secrets
from datetime import timedelta
from itertools import chain, repeat

import pytest

from db.models import Audit, Complaint
from domain.call_state import CallState
from errors import Conflict, NotFound, ToolError
from operations.complaints import Grievance, file, listed, read, say_reference, settle
from tests.fakes.aftermath import POLICIES, yesterdays
from tests.fakes.shop import ASHA, BEN, ROHAN, Shop

pytestmark = pytest.mark.db


async def filed(
    shop: Shop, state: CallState, kind: str = "quality", said: str = "It was cold.", order: object = None
) -> Complaint:
    grievance = Grievance(kind, said, getattr(order, "id", None))
    async with shop.transaction() as session:
        return await file(session, state, grievance, POLICIES[state.market], shop.clock.now())


async def rows(shop: Shop) -> list[Complaint]:
    return [row for row in await shop.rows(Complaint) if isinstance(row, Complaint)]


@pytest.mark.parametrize(("phone", "market"), [(ASHA, "US"), (ROHAN, "IN")])
async def test_it_bears_a_reference_and_the_dates_of_its_market(shop: Shop, phone: str, market: str) -> None:
    state = await shop.caller(phone, market)
    order = await yesterdays(shop, state)
    row = await filed(shop, state, order=order)
    assert re.fullmatch(r"C\d{5}", row.reference)
    assert (row.market, row.kind, row.status, row.said) == (market, "quality", "open", "It was cold.")
    assert (row.customer_id, row.order_id, row.call_id) == (state.customer_id, order.id, state.call_id)
    assert row.acknowledge_by - shop.clock.now() == timedelta(hours=48)
    assert row.settle_by - shop.clock.now() == timedelta(days=28)
    assert (row.acknowledged_at, row.settled_at) == (None, None)


def test_a_reference_is_spoken_digit_by_digit() -> None:
    assert say_reference("C40719") == "C four zero seven, one nine"


async def test_told_twice_it_is_one_with_its_dates_and_all_that_was_told(shop: Shop) -> None:
    state = await shop.caller()
    first = await filed(shop, state, said="It was cold.")
    shop.clock.advance(timedelta(hours=1))
    for said in ("There was a hair in it.", "It was cold.", "There was a hair in it."):
        again = await filed(shop, state, said=said)
    assert (again.id, again.reference, again.acknowledge_by) == (
        first.id,
        first.reference,
        first.acknowledge_by,
    )
    (row,) = await rows(shop)
    assert row.said == "It was cold.\nThere was a hair in it."


async def test_told_at_the_same_moment_nothing_is_lost(shop: Shop) -> None:
    state = await shop.caller()
    await filed(shop, state, said="It was cold.")
    await asyncio.gather(*(filed(shop, state, said=f"Dish {number} was burnt.") for number in range(4)))
    (row,) = await rows(shop)
    assert sorted(row.said.split("\n")) == [
        *(f"Dish {number} was burnt." for number in range(4)),
        "It was cold.",
    ]


async def test_what_is_told_after_it_was_settled_is_another_one(shop: Shop) -> None:
    state = await shop.caller()
    first = await filed(shop, state, said="It was cold.")
    async with shop.transaction() as session:
        await settle(session, first.id, "Called back.", actor="key:ann", source="here", clock=shop.clock)
    second = await filed(shop, state, said="There was a hair in it.")
    assert (await filed(shop, state, said="And it was late.")).id == second.id != first.id
    assert [row.said for row in await rows(shop)] == [
        "It was cold.",
        "There was a hair in it.\nAnd it was late.",
    ]


async def test_two_at_once_are_one(shop: Shop) -> None:
    state = await shop.caller()
    first, second = await asyncio.gather(*(filed(shop, state) for _ in range(2)))
    assert first.reference == second.reference
    assert len(await rows(shop)) == 1


async def test_another_kind_another_order_or_another_call_is_another_complaint(shop: Shop) -> None:
    state = await shop.caller()
    order = await yesterdays(shop, state)
    await filed(shop, state)
    await filed(shop, state, kind="late")
    await filed(shop, state, order=order)
    await filed(shop, await shop.caller())
    assert len({row.reference for row in await rows(shop)}) == 4


async def test_a_reference_that_is_taken_is_not_given_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = chain([7, 7, 7], repeat(8))
    monkeypatch.setattr(secrets, "randbelow", lambda most: next(drawn))
    first = await filed(shop, await shop.caller())
    second = await filed(shop, await shop.caller())
    assert (first.reference, second.reference) == ("C00007", "C00008")


async def test_when_no_reference_is_free_a_person_is_offered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda most: 7)
    await filed(shop, await shop.caller())
    with pytest.raises(Conflict, match="ask_for_person"):
        await filed(shop, await shop.caller())


@pytest.mark.parametrize("change", [{"denied": True}, {"customer_id": None}])
async def test_an_order_that_is_not_the_callers_is_refused(shop: Shop, change: dict[str, object]) -> None:
    asha = await shop.caller()
    order = await yesterdays(shop, asha)
    for state in (await shop.caller(BEN), asha.model_copy(update=change)):
        with pytest.raises(ToolError, match="not an order of this caller"):
            await filed(shop, state, order=order)
    assert await rows(shop) == []


async def test_somebody_who_is_not_her_complains_in_nobodys_name(shop: Shop) -> None:
    asha = await shop.caller()
    hers = await filed(shop, asha)
    theirs = await filed(shop, asha.model_copy(update={"denied": True}), said="You keep calling me.")
    assert (theirs.customer_id, theirs.said) == (None, "You keep calling me.")
    assert theirs.reference != hers.reference


async def test_what_was_told_cannot_be_read_in_the_database(shop: Shop) -> None:
    await filed(shop, await shop.caller(), said="Maria spat in my soup.")
    async with shop.sessions() as session:
        connection = await session.connection()
        stored = (await connection.exec_driver_sql("SELECT said FROM complaints")).scalar_one()
    assert b"Maria" not in stored


async def test_they_are_listed_newest_first_by_status_and_page(shop: Shop) -> None:
    made = [(await filed(shop, await shop.caller())).id for _ in range(3)]
    async with shop.transaction() as session:
        await settle(session, made[1], "Called back.", actor="key:ann", source="here", clock=shop.clock)
    async with shop.sessions() as session:
        page = await listed(session, limit=2)
        assert ([row.id for row in page.rows], page.next) == ([made[2], made[1]], made[1])
        rest = await listed(session, limit=2, after=page.next)
        assert ([row.id for row in rest.rows], rest.next) == ([made[0]], None)
        still_open = await listed(session, statuses=["open"])
        assert [row.id for row in still_open.rows] == [made[2], made[0]]


async def test_settling_is_done_once_and_says_who_did_it(shop: Shop) -> None:
    made = await filed(shop, await shop.caller())
    for _ in range(2):
        async with shop.transaction() as session:
            row = await settle(
                session, made.id, "Refunded.", actor="key:ann", source="10.0.0.1", clock=shop.clock
            )
    now = shop.clock.now()
    assert (row.status, row.outcome, row.settled_at, row.acknowledged_at) == (
        "settled",
        "Refunded.",
        now,
        now,
    )
    (audit,) = [row for row in await shop.rows(Audit) if isinstance(row, Audit)]
    assert (audit.actor, audit.action, audit.source) == ("key:ann", "complaint.settle", "10.0.0.1")
    assert audit.subject == f"cmp_{made.id.hex}"
    with pytest.raises(Conflict, match="another outcome"):
        async with shop.transaction() as session:
            await settle(session, made.id, "Nothing.", actor="key:bob", source="10.0.0.2", clock=shop.clock)


async def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    state = await shop.caller()
    async with shop.transaction() as session:
        with pytest.raises(NotFound):
            await read(session, state.call_id)
        with pytest.raises(NotFound):
            await settle(session, state.call_id, "x", actor="key:ann", source="here", clock=shop.clock)
