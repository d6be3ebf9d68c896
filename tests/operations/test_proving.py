"""Codes: random, kept as a hash, good for one call, ten minutes and three tries; and which doors may be charged for."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from db.models import Address, Audit, ProofCode
from domain.address import Place
from domain.call_state import CallState, Purpose
from errors import ToolError
from operations import proving
from operations.proving import AGAIN_AFTER, GOOD_FOR, Fresh, Outcome
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, BEN, STRANGER, Shop
from tests.fakes.standing import order_of, set_order

pytestmark = pytest.mark.db


@pytest.fixture
async def asha(shop: Shop) -> CallState:
    return await shop.caller(ASHA)


async def made(shop: Shop, state: CallState, purpose: Purpose = Purpose.REFUND) -> Fresh | None:
    async with shop.transaction() as session:
        return await proving.make(session, state, purpose, shop.clock.now())


async def fresh(shop: Shop, state: CallState) -> Fresh:
    code = await made(shop, state)
    assert code is not None
    return code


async def said(shop: Shop, state: CallState, code: str) -> Outcome:
    async with shop.transaction() as session:
        return await proving.prove(session, state, code, shop.clock.now())


def other_than(code: str) -> str:
    return str((int(code) + 1) % 1_000_000).zfill(6)


async def codes(shop: Shop) -> list[ProofCode]:
    return [row for row in await shop.rows(ProofCode) if isinstance(row, ProofCode)]


class TestTexted:
    """A code that was sent by text proves who calls, once, in its own call."""

    async def test_it_has_six_digits_and_does_not_begin_with_the_key_for_a_person(
        self, shop: Shop, asha: CallState
    ) -> None:
        code = (await fresh(shop, asha)).code
        assert len(code) == 6
        assert code.isdigit()
        assert code[0] != "0"

    async def test_it_proves_the_caller_and_is_kept_as_a_hash_only(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        assert await said(shop, asha, code.code) is Outcome.PROVED
        (row,) = await codes(shop)
        assert row.id == code.id
        assert row.proved_at == shop.clock.now()
        assert len(row.code_hash) == 64
        assert code.code not in str(row.model_dump())
        (audit,) = [row for row in await shop.rows(Audit) if isinstance(row, Audit)]
        assert (audit.action, audit.call_id, audit.data["by"]) == ("proved", asha.call_id, "sms")

    async def test_it_is_worth_nothing_a_second_time(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        await said(shop, asha, code.code)
        assert await said(shop, asha, code.code) is Outcome.NONE

    async def test_it_is_good_for_ten_minutes(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        shop.clock.moment += GOOD_FOR
        assert await said(shop, asha, code.code) is Outcome.NONE

    async def test_it_is_good_in_its_own_call_only(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        again = await shop.caller(ASHA)
        assert await said(shop, again, code.code) is Outcome.NONE

    async def test_three_wrong_ones_and_the_right_one_is_too_late(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        wrong = other_than(code.code)
        outcomes = [await said(shop, asha, wrong) for _ in range(3)]
        assert outcomes == [Outcome.WRONG, Outcome.WRONG, Outcome.OVER]
        assert await said(shop, asha, code.code) is Outcome.OVER

    async def test_neither_another_code_nor_another_call_gives_more_tries(
        self, shop: Shop, asha: CallState
    ) -> None:
        code = await fresh(shop, asha)
        for _ in range(3):
            await said(shop, asha, other_than(code.code))
        shop.clock.moment += AGAIN_AFTER
        second = await fresh(shop, asha)
        assert await said(shop, asha, second.code) is Outcome.OVER
        again = await shop.caller(ASHA)
        third = await fresh(shop, again)
        assert await said(shop, again, third.code) is Outcome.OVER

    async def test_tries_at_the_same_moment_are_all_counted(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        wrong = other_than(code.code)
        await asyncio.gather(*(said(shop, asha, wrong) for _ in range(5)))
        (row,) = await codes(shop)
        assert row.tries == 3

    async def test_a_new_one_makes_the_one_before_worthless(self, shop: Shop, asha: CallState) -> None:
        first = await fresh(shop, asha)
        shop.clock.moment += AGAIN_AFTER
        second = await fresh(shop, asha)
        if first.code != second.code:
            assert await said(shop, asha, first.code) is Outcome.WRONG
        assert await said(shop, asha, second.code) is Outcome.PROVED

    async def test_who_asks_twice_in_a_breath_is_sent_one(self, shop: Shop, asha: CallState) -> None:
        assert await made(shop, asha)
        assert await made(shop, asha, Purpose.ADDRESS) is None
        assert len(await codes(shop)) == 1

    async def test_a_number_gets_three_a_day_whatever_the_call(self, shop: Shop, asha: CallState) -> None:
        for _ in range(3):
            assert await made(shop, await shop.caller(ASHA))
        with pytest.raises(ToolError, match="has had its codes for today"):
            await made(shop, asha)
        assert await made(shop, await shop.caller(BEN))
        shop.clock.moment += timedelta(days=1)
        assert await made(shop, asha)

    async def test_one_that_could_not_be_sent_does_not_count(self, shop: Shop, asha: CallState) -> None:
        code = await fresh(shop, asha)
        async with shop.transaction() as session:
            await proving.not_sent(session, code)
        assert await codes(shop) == []
        assert await said(shop, asha, code.code) is Outcome.NONE


class TestOfAnOrder:
    """The code of an order proves nothing: an earlier call from the same, perhaps forged, number may have heard it."""

    async def test_it_is_no_code_to_compare_with(self, shop: Shop, asha: CallState) -> None:
        order = await order_of(shop)
        assert await said(shop, asha, order.code) is Outcome.NONE

    async def test_it_is_a_wrong_one_where_another_was_texted(self, shop: Shop, asha: CallState) -> None:
        order, code = await order_of(shop), await fresh(shop, asha)
        if order.code != code.code:
            assert await said(shop, asha, order.code) is Outcome.WRONG
        assert await said(shop, asha, code.code) is Outcome.PROVED


async def place_of(shop: Shop, state: CallState) -> Place:
    await shop.at_home(state)
    assert state.place
    return state.place


async def known(shop: Shop, customer_id: UUID | None, place: Place) -> bool:
    async with shop.transaction() as session:
        return await proving.known_door(session, customer_id, place)


class TestDoors:
    """What may be charged for without a code: a door on file, and not one that only an order put there."""

    async def test_a_door_on_file_is_known_however_it_is_labelled(self, shop: Shop, asha: CallState) -> None:
        place = await place_of(shop, asha)
        assert await known(shop, asha.customer_id, place.model_copy(update={"note": "ring", "saved": False}))

    async def test_another_flat_is_another_door(self, shop: Shop, asha: CallState) -> None:
        place = await place_of(shop, asha)
        assert not await known(shop, asha.customer_id, place.model_copy(update={"flat": "9Z"}))

    async def test_saying_that_it_is_saved_makes_no_door_known(self, shop: Shop, asha: CallState) -> None:
        place = (await place_of(shop, asha)).model_copy(update={"line": "1 Elsewhere", "saved": True})
        assert not await known(shop, asha.customer_id, place)

    async def test_somebody_elses_door_is_not_known(self, shop: Shop, asha: CallState) -> None:
        ben = await shop.caller(BEN)
        assert not await known(shop, ben.customer_id, await place_of(shop, asha))

    async def test_nobody_has_doors(self, shop: Shop, asha: CallState) -> None:
        stranger = await shop.caller(STRANGER)
        assert not await known(shop, stranger.customer_id, await place_of(shop, asha))

    @pytest.mark.parametrize(("status", "kind", "is_known"), [
        ("placed", "cash", False), ("cancelled", "cash", False), ("delivered", "cash", True), ("placed", "card", True),
    ])  # fmt: skip
    async def test_a_door_that_an_order_filed_is_known_once_it_came_or_was_proved_for(
        self, shop: Shop, cards: FakePayments, status: str, kind: str, is_known: bool
    ) -> None:
        order = await order_of(shop)
        assert order.placed_at
        new = (await place_of(shop, await shop.caller(ASHA))).model_copy(update={"line": "5 New Street"})
        async with shop.transaction() as session:
            session.add(
                Address(
                    customer_id=order.customer_id,
                    label="new",
                    city=new.city,
                    area=new.area,
                    postcode=new.postcode,
                    place=new.model_dump(mode="json"),
                    created_at=order.placed_at,
                    used_at=order.placed_at,
                )
            )
        await set_order(shop, order.id, status=status, payment_kind=kind)
        assert await known(shop, order.customer_id, new) is is_known
