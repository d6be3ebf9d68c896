"""A dish has run out: its customer is asked, and what they do not answer in time is decided without them."""

from datetime import timedelta

import pytest

from db.models import Order, Refund
from domain.dialling import Outcome, Topic
from domain.jobs import Done, Later
from domain.order import OrderStatus as S
from operations import kitchen_desk
from operations.announcing import answering_since
from operations.kitchen_queue import Who
from tests.fakes.errands import Phones
from tests.fakes.hearing import gone, heard
from tests.fakes.payments import FakePayments
from tests.fakes.riding import accepted
from tests.fakes.shop import ASHA, Shop
from tests.fakes.standing import as_it_is, bill, dishes, order_of, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def phones(shop: Shop, cards: FakePayments) -> Phones:
    made = Phones(shop, cards)
    await made.may_be_called()
    return made


class TestADishThatHasRunOut:
    async def test_its_customer_is_asked_and_the_kitchen_waits(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop, naan=2)
        await gone(shop, order)
        for _ in range(2):
            assert isinstance(await phones.look("customer.substitution", f"{order.id}:2"), Later)
        assert isinstance(await phones.look("restaurant.announce", order.id), Later)
        assert await phones.topics() == [("call", Topic.SUBSTITUTE)]

    async def test_what_is_decided_is_not_asked(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop, naan=2)
        await gone(shop, order)
        await set_order(shop, order.id, status=S.CANCELLED)
        assert await phones.look("customer.substitution", f"{order.id}:2") == Done("it is decided")

    async def test_without_an_answer_in_time_the_dish_is_left_out_and_all_go_on(
        self, shop: Shop, phones: Phones, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards, naan=2)
        await gone(shop, order)
        asked_at = shop.clock.now()
        ending = await phones.runs_out("customer.substitution", f"{order.id}:2")
        assert ending == Done("nobody has answered: removed")
        assert shop.clock.now() - asked_at == 6 * MINUTE
        row = await as_it_is(shop, order.id)
        assert await dishes(shop, order.id) == ["2 Dal Tadka"]
        assert row.total == sum((await bill(shop, order.id)).values()) < order.total
        (changed,) = await phones.events(order.id, "order.changed")
        assert (changed.data["by"], changed.data["to_capture"]) == ("system", row.total)
        async with shop.transaction() as session:
            assert await answering_since(session, row) == shop.clock.now(), "the kitchen has its time anew"
        assert (await phones.row("restaurant.announce", order.id)).due_at <= shop.clock.now()
        await phones.look("restaurant.announce", order.id)
        assert (await phones.topics())[-1] == ("call", Topic.ORDERS)
        who = Who(order.restaurant_id, shop.clock.now())
        async with shop.transaction() as session:
            slip = await kitchen_desk.read_out(session, who, order.id)
        assert [event.data["action"] for event in slip.changes] == ["remove"]

    async def test_left_out_once_whoever_looks_again(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop, naan=2)
        await gone(shop, order)
        shop.clock.advance(6 * MINUTE)
        assert await phones.look("customer.substitution", f"{order.id}:2") == Done(
            "nobody has answered: removed"
        )
        assert await phones.look("customer.substitution", f"{order.id}:2") == Done("it is decided")
        assert len(await phones.events(order.id, "order.changed")) == 1

    async def test_its_customer_is_then_texted_and_not_called_a_third_time(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await order_of(shop, naan=2)
        await gone(shop, order)
        await phones.runs_out("customer.substitution", f"{order.id}:2")
        calls = len(phones.telephony.calls)
        for _ in range(2):
            assert isinstance(await phones.look("customer.changed", f"{order.id}:1"), Done)
        assert len(phones.telephony.calls) == calls
        texts = [text for number, text, _ in phones.telephony.texts if number == ASHA]
        assert len(texts) == 2, "one before the time was up, and one about what became of it"
        assert not any("Naan" in text for text in texts)

    async def test_a_call_that_goes_on_has_two_minutes_more(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop, naan=2)
        await gone(shop, order)
        asked_at = shop.clock.now()
        await phones.look("customer.substitution", f"{order.id}:2")
        await phones.picked_up()
        shop.clock.moment = asked_at + 6 * MINUTE
        assert isinstance(await phones.look("customer.substitution", f"{order.id}:2"), Later)
        shop.clock.moment = asked_at + 8 * MINUTE
        assert await phones.look("customer.substitution", f"{order.id}:2") == Done(
            "nobody has answered: removed"
        )

    async def test_the_only_dish_ends_the_order_and_its_money_is_let_go(
        self, shop: Shop, phones: Phones, cards: FakePayments
    ) -> None:
        order = await order_of(shop, cards=cards)
        await gone(shop, order, line=1)
        ending = await phones.runs_out("customer.substitution", f"{order.id}:1")
        assert ending == Done("nobody has answered: rejected")
        row = await as_it_is(shop, order.id)
        assert (row.status, row.payment_status, cards.held) == (S.REJECTED, "released", {})
        kinds = [job.kind for job in await shop.jobs(order.id)]
        assert kinds.count("customer.rejected") == kinds.count("restaurant.cancel") == 1

    async def test_what_was_charged_for_it_is_given_back(
        self, shop: Shop, phones: Phones, cards: FakePayments
    ) -> None:
        order = await self.cooked(shop, phones, cards, naan=2)
        await phones.runs_out("customer.substitution", f"{order.id}:2")
        row = await as_it_is(shop, order.id)
        (refund,) = await shop.rows(Refund)
        assert isinstance(refund, Refund)
        assert refund.amount == order.total - row.total > 0
        assert "restaurant.modify" in [job.kind for job in await shop.jobs(order.id)]
        await phones.look("restaurant.modify", f"{order.id}:1")
        assert (await phones.topics())[-1] == ("call", Topic.CHANGES)

    async def test_an_order_of_nothing_else_that_is_cooked_is_cancelled_and_given_back(
        self, shop: Shop, phones: Phones, cards: FakePayments
    ) -> None:
        order = await self.cooked(shop, phones, cards)
        await accepted(shop, order)
        await phones.runs_out("customer.substitution", f"{order.id}:1")
        row = await as_it_is(shop, order.id)
        (refund,) = await shop.rows(Refund)
        assert isinstance(refund, Refund)
        assert (row.status, refund.amount) == (S.CANCELLED, order.total)
        kinds = [job.kind for job in await shop.jobs(order.id)]
        assert {"customer.rejected", "restaurant.cancel", "driver.called_off"} <= set(kinds)

    async def cooked(self, shop: Shop, phones: Phones, cards: FakePayments, naan: int = 0) -> Order:
        """An order that its kitchen cooks and its card has paid for; then a dish has run out."""
        order = await order_of(shop, cards=cards, naan=naan)
        await heard(shop, order)
        async with shop.transaction() as session:
            await kitchen_desk.confirm(session, await desk_of(shop), order.id, 30, None)
        await phones.look("payments.capture", order.id)
        await gone(shop, order, line=2 if naan else 1)
        return await as_it_is(shop, order.id)


async def test_a_call_that_talked_and_left_it_open_is_a_try_like_any_other(
    shop: Shop, phones: Phones
) -> None:
    order = await order_of(shop, naan=2)
    await gone(shop, order)
    await phones.look("customer.substitution", f"{order.id}:2")
    await phones.ends(Outcome.TALKED)
    shop.clock.advance(MINUTE)
    await phones.look("customer.substitution", f"{order.id}:2")
    assert await phones.topics() == [("call", Topic.SUBSTITUTE)] * 2
