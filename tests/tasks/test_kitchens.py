"""Kitchens are called about what is still true, once, and an order nobody answers is turned down in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.models import Order
from domain.dialling import Outcome, Topic
from domain.jobs import Done, Dropped, Later
from domain.order import OrderStatus as S
from errors import VendorError
from operations import jobs
from operations.jobs import real_now
from operations.placing import KITCHEN_LEAD, place
from tasks.carry_out import Carrier
from tasks.handlers import HANDLERS
from tests.fakes.errands import LINE, Phones
from tests.fakes.hearing import heard, phone_of
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, audited, last_event, order_of, set_order

pytestmark = pytest.mark.db
ANNOUNCE = "restaurant.announce"
MINUTE = timedelta(minutes=1)
IN_TIME = timedelta(minutes=8)


@pytest.fixture
def phones(shop: Shop, cards: FakePayments) -> Phones:
    return Phones(shop, cards)


class TestANewOrder:
    async def test_its_kitchen_is_called_from_our_line(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        ending = await phones.look(ANNOUNCE, order.id)
        assert isinstance(ending, Later)
        (call,) = phones.telephony.calls
        assert (call["to"], call["sender"]) == (await phone_of(shop, order), LINE)
        assert await phones.topics() == [("call", Topic.ORDERS)]

    async def test_looked_at_twice_with_nothing_in_between_one_telephone_rings(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop)
        first, second = [await phones.look(ANNOUNCE, order.id) for _ in range(2)]
        assert isinstance(first, Later)
        assert isinstance(second, Later)
        assert len(phones.telephony.calls) == 1

    @pytest.mark.parametrize("status", [S.CONFIRMED, S.PREPARING, S.READY, S.DELIVERED])
    async def test_one_that_its_kitchen_has_taken_is_done(
        self, shop: Shop, phones: Phones, status: S
    ) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, status=status)
        assert isinstance(await phones.look(ANNOUNCE, order.id), Done)
        assert phones.telephony.calls == []

    @pytest.mark.parametrize("status", [S.REJECTED, S.CANCELLED, S.FAILED])
    async def test_one_that_is_off_is_dropped(self, shop: Shop, phones: Phones, status: S) -> None:
        order = await order_of(shop)
        await set_order(shop, order.id, status=status)
        assert isinstance(await phones.look(ANNOUNCE, order.id), Dropped)
        assert phones.telephony.calls == []

    async def test_orders_of_one_kitchen_share_a_call(self, shop: Shop, phones: Phones) -> None:
        first, second = await order_of(shop), await order_of(shop)
        await phones.look(ANNOUNCE, first.id)
        waits = await phones.look(ANNOUNCE, second.id)
        assert isinstance(waits, Later)
        assert "the line is in use" in waits.why
        assert len(phones.telephony.calls) == 1

    async def test_one_that_nobody_answers_is_turned_down_within_eight_minutes_and_its_money_let_go(
        self, shop: Shop, phones: Phones, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards)
        assert order.placed_at is not None
        ending = await phones.runs_out(ANNOUNCE, order.id)
        assert ending == Done("turned down: unreachable")
        assert shop.clock.now() - order.placed_at < IN_TIME
        row = await as_it_is(shop, order.id)
        assert (row.status, row.payment_status, cards.held) == (S.REJECTED, "released", {})
        assert await phones.topics() == [("call", Topic.ORDERS)] * 3 + [("sms", Topic.ORDERS)]
        assert len(await phones.persons()) == 1
        (event,) = await phones.events(order.id, "order.rejected")
        assert (event.data["reason"], event.data["by"]) == ("unreachable", "system")
        assert (await audited(shop, order.id))[-1]["reason"] == "unreachable"
        assert "customer.rejected" in [job.kind for job in await shop.jobs(order.id)]
        assert set(cards.open_while_asked) == {0}

    async def test_a_text_that_is_refused_for_now_keeps_no_order_past_its_time(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop)
        assert order.placed_at is not None
        phones.telephony.no_texts = VendorError("twilio", "refused (20429)", retryable=True)
        assert await phones.runs_out(ANNOUNCE, order.id) == Done("turned down: unreachable")
        assert shop.clock.now() - order.placed_at < IN_TIME
        assert len(await phones.persons()) == 1

    async def test_turned_down_once_whoever_looks_again(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        shop.clock.advance(IN_TIME)
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: unreachable")
        assert await phones.look(ANNOUNCE, order.id) == Dropped("the order is rejected")
        assert len(await phones.events(order.id, "order.rejected")) == 1

    async def test_a_ringing_telephone_does_not_put_the_end_off(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        shop.clock.advance(7 * MINUTE)
        ending = await phones.look(ANNOUNCE, order.id)
        assert isinstance(ending, Later)
        assert ending.at == shop.clock.now() + MINUTE / 2, "half a minute, not the three of a call"
        shop.clock.moment = ending.at
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: unreachable")

    async def test_a_kitchen_that_has_heard_it_and_is_on_the_line_has_until_the_eighth_minute(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop)
        shop.clock.advance(7 * MINUTE)
        await phones.look(ANNOUNCE, order.id)
        await phones.picked_up()
        await heard(shop, order)
        shop.clock.advance(MINUTE * 3 / 4)
        ending = await phones.look(ANNOUNCE, order.id)
        assert isinstance(ending, Later)
        assert ending.at <= (order.placed_at or shop.clock.now()) + IN_TIME
        shop.clock.moment = (order.placed_at or shop.clock.now()) + IN_TIME
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: unreachable")

    async def test_one_that_it_has_heard_and_then_hung_up_on_is_turned_down_and_it_is_told(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop)
        await phones.look(ANNOUNCE, order.id)
        await phones.picked_up()
        await heard(shop, order)
        await phones.ends(Outcome.TALKED)
        shop.clock.advance(IN_TIME - MINUTE / 2)
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: unreachable")
        assert isinstance(await phones.look("restaurant.cancel", order.id), Later)
        assert (await phones.topics())[-1] == ("call", Topic.CHANGES)

    async def test_a_kitchen_that_calls_us_itself_is_waited_for_as_well(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop)
        shop.clock.advance(7.6 * MINUTE)
        await heard(shop, order)
        await phones.calls_us(await phone_of(shop, order))
        assert isinstance(await phones.look(ANNOUNCE, order.id), Later)

    async def test_a_worker_that_is_handed_it_leaves_it_due_in_time(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        shop.clock.advance(6 * MINUTE)
        async with shop.transaction() as session:
            (leased,) = await jobs.lease(
                session, "relay", shop.clock.now(), real_now(), 10, kinds=[ANNOUNCE], rules=phones.tools.rules
            )
        await Carrier(phones.tools, HANDLERS).run(str(leased.id), leased.lease)
        row = await phones.row(ANNOUNCE, order.id)
        assert (row.attempts, row.done_at, row.leased_by) == (0, None, None)
        assert row.due_at - shop.clock.now() == MINUTE * 3 / 2
        assert len(phones.telephony.calls) == 1


class TestAKitchenThatIsShut:
    async def test_a_break_longer_than_anybody_waits_ends_the_order_at_once(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop)
        await shop.set_kitchen(order.restaurant_id, paused_until=shop.clock.now() + 30 * MINUTE)
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: shut")
        assert phones.telephony.calls == []
        assert (await last_event(shop, order.id)).data["reason"] == "shut"

    async def test_a_short_break_is_waited_for(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        until = shop.clock.now() + 3 * MINUTE
        await shop.set_kitchen(order.restaurant_id, paused_until=until)
        assert await phones.look(ANNOUNCE, order.id) == Later(until, "the kitchen is shut until then")
        shop.clock.moment = until
        await phones.look(ANNOUNCE, order.id)
        assert len(phones.telephony.calls) == 1

    async def test_one_that_has_closed_for_today_does_not_cook_it(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        await shop.set_kitchen(order.restaurant_id, hours={"mon": ["08:00-12:30"]})
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: shut")


class TestAnOrderForLater:
    async def later(self, shop: Shop, hours: float = 4) -> Order:
        """An order for in so many hours."""
        state = await shop.hungry()
        state.wanted_at = shop.clock.now() + timedelta(hours=hours)
        wanted = await shop.wanted(state)
        start = state.wanted_at - timedelta(minutes=wanted.minutes)
        done = await place(shop.transaction, None, shop.clock, replace(wanted, start_at=start))
        return await as_it_is(shop, done.id)

    async def test_it_sleeps_until_its_kitchen_is_to_know_and_is_then_an_order_like_any_other(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await self.later(shop)
        assert order.status == S.SCHEDULED
        assert order.wanted_at is not None
        due = (await phones.row(ANNOUNCE, order.id)).due_at
        assert due == order.wanted_at - timedelta(minutes=order.promise_minutes) - KITCHEN_LEAD
        assert await phones.look(ANNOUNCE, order.id) == Later(due, "it is an order for later")
        shop.clock.moment = due
        await phones.look(ANNOUNCE, order.id)
        assert (await as_it_is(shop, order.id)).status == S.PLACED
        assert await shop.events(order.id) == [
            "order.drafted",
            "payment.cash_due",
            "order.scheduled",
            "order.placed",
        ]
        assert len(phones.telephony.calls) == 1

    async def test_its_kitchen_has_as_long_as_any_from_when_it_is_to_know(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await self.later(shop)
        shop.clock.moment = woken = (await phones.row(ANNOUNCE, order.id)).due_at
        assert await phones.runs_out(ANNOUNCE, order.id) == Done("turned down: unreachable")
        assert timedelta(minutes=7) < shop.clock.now() - woken < IN_TIME

    async def test_one_that_opens_in_time_is_called_when_it_opens(self, shop: Shop, phones: Phones) -> None:
        order = await self.later(shop)
        shop.clock.moment = due = (await phones.row(ANNOUNCE, order.id)).due_at
        await shop.set_kitchen(order.restaurant_id, paused_until=due + 9 * MINUTE)
        assert await phones.look(ANNOUNCE, order.id) == Later(
            due + 9 * MINUTE, "the kitchen opens before it has to begin"
        )
        shop.clock.advance(9 * MINUTE)
        await phones.look(ANNOUNCE, order.id)
        assert len(phones.telephony.calls) == 1

    async def test_one_that_opens_too_late_does_not_cook_it(self, shop: Shop, phones: Phones) -> None:
        order = await self.later(shop)
        shop.clock.moment = due = (await phones.row(ANNOUNCE, order.id)).due_at
        await shop.set_kitchen(order.restaurant_id, paused_until=due + 40 * MINUTE)
        assert await phones.look(ANNOUNCE, order.id) == Done("turned down: shut")
