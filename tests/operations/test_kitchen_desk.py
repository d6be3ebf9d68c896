"""The kitchen's side of an order: its own only, each step once, and the next one told."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from db.models import Order, Outbox
from domain.changes import Action
from domain.order import OrderStatus as S
from errors import ToolError
from operations import kitchen_desk, kitchen_queue
from operations.kitchen_queue import Slip, Who
from operations.turning_down import Reason, TurnedDown, reject
from tests.fakes.desk import card, cash
from tests.fakes.lacking import laid
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, audited, last_event, order_of, set_order
from tests.fakes.stove import DOWNTOWN, desk_of, paused_until

pytestmark = pytest.mark.db


@pytest.fixture
async def who(shop: Shop) -> Who:
    return await desk_of(shop)


async def confirm(shop: Shop, who: Who, order_id: UUID, minutes: int = 20, heard: int | None = 1) -> bool:
    async with shop.transaction() as session:
        return await kitchen_desk.confirm(session, who, order_id, minutes, heard)


async def tell(shop: Shop, who: Who, order_id: UUID) -> Slip:
    """The order is read out and heard."""
    async with shop.transaction() as session:
        slip = await kitchen_desk.read_out(session, who, order_id)
        await kitchen_desk.heard(session, who, order_id, slip.seq)
        return slip


async def waiting(shop: Shop, who: Who) -> list[UUID]:
    async with shop.transaction() as session:
        return [row.id for row in await kitchen_queue.waiting(session, who)]


async def changed(shop: Shop, who: Who) -> list[UUID]:
    async with shop.transaction() as session:
        return [row.id for row in await kitchen_queue.changed(session, who)]


async def turn_down(
    shop: Shop, cards: FakePayments | None, who: Who, order: Order, reason: Reason = Reason.BUSY
) -> TurnedDown:
    return await reject(shop.transaction, cards, shop.clock, who, order.id, reason)


async def kinds(shop: Shop, order_id: UUID) -> list[str]:
    return [job.kind for job in await shop.jobs(order_id)]


class TestWaiting:
    """What a kitchen is told of."""

    async def test_orders_wait_oldest_first_and_only_for_their_own_kitchen(
        self, shop: Shop, who: Who
    ) -> None:
        first = await order_of(shop)
        shop.clock.advance(timedelta(minutes=1))
        second = await order_of(shop, quantity=1)
        assert await waiting(shop, who) == [first.id, second.id]
        assert await waiting(shop, await desk_of(shop, DOWNTOWN)) == []

    @pytest.mark.parametrize(
        "status", [S.CONFIRMED, S.REJECTED, S.CANCELLED, S.DELIVERED, S.AWAITING_PAYMENT]
    )
    async def test_what_is_answered_or_not_placed_does_not_wait(
        self, shop: Shop, who: Who, status: S
    ) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, status=status)
        assert await waiting(shop, who) == []

    async def test_an_order_for_later_waits_once_its_kitchen_is_to_know(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop)
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "restaurant.announce"]
        await set_order(shop, order.id, status=S.SCHEDULED)
        early = Who(who.kitchen_id, job.due_at - timedelta(seconds=1))
        assert await waiting(shop, early) == []
        assert await waiting(shop, who) == [order.id]
        await confirm(shop, who, order.id)
        assert (await as_it_is(shop, order.id)).status == S.PREPARING


class TestConfirming:
    """The kitchen's yes, with minutes."""

    async def test_it_is_confirmed_then_being_prepared_and_a_driver_is_looked_for(
        self, shop: Shop, who: Who, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards)
        assert await confirm(shop, who, order.id, 20)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.ready_by) == (S.PREPARING, who.now + timedelta(minutes=20))
        assert (await shop.events(order.id))[-2:] == ["order.confirmed", "order.preparing"]
        jobs = {job.kind: job for job in await shop.jobs(order.id)}
        assert jobs["dispatch.search"].due_at == who.now
        assert jobs["restaurant.remind"].due_at == who.now + timedelta(minutes=15)
        assert "payments.capture" in jobs
        assert cards.captured == []

    async def test_cash_is_not_captured(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop)
        await confirm(shop, who, order.id)
        assert "payments.capture" not in await kinds(shop, order.id)

    async def test_said_twice_it_happens_once(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop)
        found = await asyncio.gather(*(confirm(shop, who, order.id) for _ in range(2)))
        assert sorted(found) == [False, True]
        assert (await shop.events(order.id)).count("order.confirmed") == 1
        assert (await kinds(shop, order.id)).count("dispatch.search") == 1

    async def test_another_time_for_one_that_is_cooked_moves_the_time_only(
        self, shop: Shop, who: Who
    ) -> None:
        order = await order_of(shop)
        await confirm(shop, who, order.id, 20)
        await confirm(shop, who, order.id, 35)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.ready_by) == (S.PREPARING, who.now + timedelta(minutes=35))
        assert (await last_event(shop, order.id)).data["minutes"] == 35
        assert (await kinds(shop, order.id)).count("dispatch.search") == 1

    async def test_another_kitchens_order_is_out_of_reach(self, shop: Shop) -> None:
        order = await order_of(shop)
        with pytest.raises(ToolError, match="not this kitchen's"):
            await confirm(shop, await desk_of(shop, DOWNTOWN), order.id)
        assert (await as_it_is(shop, order.id)).status == S.PLACED

    @pytest.mark.parametrize("status", [S.CANCELLED, S.REJECTED, S.READY, S.PICKED_UP, S.DELIVERED])
    async def test_what_has_moved_on_is_not_confirmed(self, shop: Shop, who: Who, status: S) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, status=status)
        with pytest.raises(ToolError, match=status.replace("_", " ")):
            await confirm(shop, who, order.id)
        assert (await as_it_is(shop, order.id)).ready_by is None

    async def test_what_was_never_paid_is_no_order_of_theirs(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, status=S.AWAITING_PAYMENT, placed_at=None)
        with pytest.raises(ToolError, match="not this kitchen's"):
            await confirm(shop, who, order.id)

    async def test_an_order_changed_since_they_heard_it_is_told_first(self, shop: Shop, who: Who) -> None:
        desk = await cash(shop, naan=2)
        await tell(shop, who, desk.order.id)
        await desk.change(Action.QUANTITY, line=2, quantity=1)
        with pytest.raises(ToolError, match="pass_on_change"):
            await confirm(shop, who, desk.order.id)
        await tell(shop, who, desk.order.id)
        assert await confirm(shop, who, desk.order.id)


class TestChanges:
    """What a customer changes after the kitchen has heard."""

    async def test_a_note_after_the_yes_is_passed_on_once(self, shop: Shop, who: Who) -> None:
        desk = await cash(shop)
        await confirm(shop, who, desk.order.id)
        await desk.change(Action.NOTE, note="ring twice")
        assert await changed(shop, who) == [desk.order.id]
        slip = await tell(shop, who, desk.order.id)
        assert [event.data["action"] for event in slip.changes] == ["note"]
        assert await changed(shop, who) == []
        assert not (await tell(shop, who, desk.order.id)).changes

    async def test_a_cancelled_order_they_had_heard_is_told(self, shop: Shop, who: Who) -> None:
        desk = await cash(shop)
        await tell(shop, who, desk.order.id)
        await desk.change(Action.CANCEL)
        assert await changed(shop, who) == [desk.order.id]

    async def test_a_cancelled_order_they_never_heard_is_not(self, shop: Shop, who: Who) -> None:
        desk = await cash(shop)
        await desk.change(Action.CANCEL)
        assert await changed(shop, who) == []

    async def test_another_kitchen_hears_nothing_of_it(self, shop: Shop, who: Who) -> None:
        desk = await cash(shop)
        await confirm(shop, who, desk.order.id)
        await desk.change(Action.NOTE, note="ring twice")
        other = await desk_of(shop, DOWNTOWN)
        assert await changed(shop, other) == []
        with pytest.raises(ToolError, match="not this kitchen's"):
            await tell(shop, other, desk.order.id)
        assert await changed(shop, who) == [desk.order.id]


class TestTurningDown:
    """The kitchen's no."""

    async def test_money_held_on_a_card_is_let_go_and_the_customer_is_told(
        self, shop: Shop, who: Who, cards: FakePayments
    ) -> None:
        desk = await card(shop, cards)
        done = await turn_down(shop, cards, who, desk.order)
        assert (done.settled, cards.held) == (True, {})
        row = await as_it_is(shop, desk.order.id)
        assert (row.status, row.payment_status) == (S.REJECTED, "released")
        assert (await shop.events(row.id))[-2:] == ["order.rejected", "payment.released"]
        assert {"customer.rejected", "payments.release"} <= set(await kinds(shop, row.id))
        assert [kept["reason"] for kept in await audited(shop, row.id)] == ["busy"]
        assert set(cards.open_while_asked) == {0}

    async def test_cash_is_no_longer_due_and_portions_go_back(self, shop: Shop, who: Who) -> None:
        dal = await shop.dish("Dal Tadka")
        await shop.set_item(dal, stock=5)
        order = await order_of(shop)
        await turn_down(shop, None, who, order)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.payment_status, await shop.stock(dal)) == (S.REJECTED, "released", 5)

    async def test_said_twice_it_happens_once(self, shop: Shop, who: Who, cards: FakePayments) -> None:
        dal = await shop.dish("Dal Tadka")
        await shop.set_item(dal, stock=5)
        order = await order_of(shop, cards=cards)
        await asyncio.gather(*(turn_down(shop, cards, who, order) for _ in range(2)))
        assert (await shop.events(order.id)).count("order.rejected") == 1
        assert (await shop.ledger(order.id)).count("released") == 1
        assert await shop.stock(dal) == 5

    async def test_a_bank_that_does_not_answer_is_asked_again(
        self, shop: Shop, who: Who, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards)
        cards.letting_go = ["unreachable"]
        assert not (await turn_down(shop, cards, who, order)).settled
        assert (await as_it_is(shop, order.id)).status == S.REJECTED
        assert (await turn_down(shop, cards, who, order)).settled
        assert cards.held == {}

    async def test_what_they_have_taken_they_cannot_turn_down(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop)
        await confirm(shop, who, order.id)
        with pytest.raises(ToolError, match="ask_for_person"):
            await turn_down(shop, None, who, order)
        assert (await as_it_is(shop, order.id)).status == S.PREPARING

    async def test_a_yes_and_a_no_at_once_leave_one_of_them(self, shop: Shop, who: Who) -> None:
        order = await order_of(shop)
        await asyncio.gather(
            confirm(shop, who, order.id), turn_down(shop, None, who, order), return_exceptions=True
        )
        row = await as_it_is(shop, order.id)
        events = await shop.events(order.id)
        assert (row.status == S.REJECTED) == ("order.rejected" in events)
        assert events.count("order.rejected") + events.count("order.confirmed") == 1

    async def test_another_kitchens_order_is_out_of_reach(self, shop: Shop) -> None:
        order = await order_of(shop)
        with pytest.raises(ToolError, match="not this kitchen's"):
            await turn_down(shop, None, await desk_of(shop, DOWNTOWN), order)
        assert (await as_it_is(shop, order.id)).status == S.PLACED


async def test_ready_food_is_told_to_whoever_fetches_it_once(shop: Shop, who: Who) -> None:
    order = await order_of(shop)
    async with shop.transaction() as session:
        with pytest.raises(ToolError, match="how many minutes"):
            await kitchen_desk.mark_ready(session, who, order.id)
    await confirm(shop, who, order.id)
    found = []
    for _ in range(2):
        async with shop.transaction() as session:
            found.append(await kitchen_desk.mark_ready(session, who, order.id))
    assert found == [True, False]
    row = await as_it_is(shop, order.id)
    assert (row.status, row.ready_by) == (S.READY, who.now)
    assert (await kinds(shop, order.id)).count("driver.ready") == 1


async def test_an_order_with_an_undecided_dish_is_not_ready(shop: Shop, who: Who) -> None:
    table = await laid(shop)
    await set_order(shop, table.order.id, status=S.PREPARING)
    await table.lacks()
    async with shop.transaction() as session:
        with pytest.raises(ToolError, match="Garlic Naan"):
            await kitchen_desk.mark_ready(session, who, table.order.id)
    assert (await as_it_is(shop, table.order.id)).status == S.PREPARING


async def test_food_that_is_ready_before_its_time_has_its_driver_looked_for_at_once(
    shop: Shop, who: Who
) -> None:
    order = await order_of(shop)
    await confirm(shop, who, order.id)
    for job in await shop.jobs(order.id):
        if job.kind == "dispatch.search":
            later = who.now + timedelta(minutes=9)
            async with shop.transaction() as session:
                (await session.get_one(Outbox, job.id)).due_at = later
    async with shop.transaction() as session:
        await kitchen_desk.mark_ready(session, who, order.id)
    (search,) = [job for job in await shop.jobs(order.id) if job.kind == "dispatch.search"]
    assert search.due_at == who.now


async def test_a_reminder_is_noted_once_and_only_of_what_they_cook(shop: Shop, who: Who) -> None:
    order = await order_of(shop)
    for _ in range(2):
        await tell(shop, who, order.id)
    assert "kitchen.reminded" not in await shop.events(order.id)
    await confirm(shop, who, order.id)
    for _ in range(2):
        await tell(shop, who, order.id)
    events = await shop.events(order.id)
    assert (events.count("kitchen.told"), events.count("kitchen.reminded")) == (1, 1)


async def test_what_they_have_not_heard_they_cannot_take(shop: Shop, who: Who) -> None:
    order = await order_of(shop)
    with pytest.raises(ToolError, match="not heard that order to its end"):
        await confirm(shop, who, order.id, heard=None)
    assert (await as_it_is(shop, order.id)).status == S.PLACED
    await tell(shop, who, order.id)
    assert await confirm(shop, who, order.id, heard=None)


async def test_a_break_is_only_this_kitchens_and_ends_when_they_say(shop: Shop, who: Who) -> None:
    for until in (who.now + timedelta(minutes=30), who.now + timedelta(minutes=45)):
        async with shop.transaction() as session:
            await kitchen_desk.pause(session, who, until)
    assert await paused_until(shop) == timedelta(minutes=45)
    assert await paused_until(shop, DOWNTOWN) is None
    async with shop.transaction() as session:
        await kitchen_desk.pause(session, who, None)
    assert await paused_until(shop) is None
