"""Customers are called about what happened to their order without them; what they do not answer is decided for them."""

from datetime import timedelta

import pytest

from db.models import Complaint, Order, Rating
from domain.calling_rules import Purpose
from domain.dialling import Topic
from domain.ids import new_id
from domain.jobs import Done, Dropped, Later
from domain.order import OrderStatus as S
from domain.order import Substitution
from operations.turning_down import Reason, reject
from tests.fakes.errands import LINE, Phones
from tests.fakes.gate import answered
from tests.fakes.hearing import gone
from tests.fakes.payments import FakePayments
from tests.fakes.riding import riding
from tests.fakes.shop import ASHA, Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def phones(shop: Shop, cards: FakePayments) -> Phones:
    made = Phones(shop, cards)
    await made.may_be_called()
    return made


class TestRejected:
    async def rejected(self, shop: Shop, cards: FakePayments | None = None) -> Order:
        """An order that its kitchen does not cook."""
        order = await order_of(shop, cards=cards)
        await reject(shop.transaction, cards, shop.clock, await desk_of(shop), order.id, Reason.BUSY)
        return order

    async def test_its_customer_is_called_once(self, shop: Shop, phones: Phones) -> None:
        order = await self.rejected(shop)
        for _ in range(2):
            assert isinstance(await phones.look("customer.rejected", order.id), Later)
        (call,) = phones.telephony.calls
        assert (call["to"], call["sender"]) == (ASHA, LINE)
        assert await phones.topics() == [("call", Topic.REJECTED)]

    async def test_who_has_heard_it_is_not_called_again(self, shop: Shop, phones: Phones) -> None:
        order = await self.rejected(shop)
        await phones.told(order.id, "customer.told", Topic.REJECTED)
        assert await phones.look("customer.rejected", order.id) == Done("they have heard it")

    async def test_nobody_is_told_an_hour_later(self, shop: Shop, phones: Phones) -> None:
        order = await self.rejected(shop)
        shop.clock.advance(61 * MINUTE)
        assert isinstance(await phones.look("customer.rejected", order.id), Dropped)

    async def test_an_order_that_stands_is_not_spoken_of(self, shop: Shop, phones: Phones) -> None:
        order = await order_of(shop)
        await phones.write("customer.rejected", order.id, order_id=order.id)
        assert isinstance(await phones.look("customer.rejected", order.id), Dropped)

    async def test_without_an_answer_it_is_a_text_without_a_dish_a_price_or_a_code(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await self.rejected(shop)
        await phones.runs_out("customer.rejected", order.id)
        ((number, text, _),) = phones.telephony.texts
        assert number == ASHA
        assert "Spice Route" in text
        assert LINE in text
        assert not any(said in text for said in ("Dal", "$", order.code, "Asha"))
        assert await phones.topics() == [("call", Topic.REJECTED)] * 2 + [("sms", Topic.REJECTED)]

    async def test_who_did_not_agree_to_calls_is_not_called(self, shop: Shop, phones: Phones) -> None:
        await answered(shop, ASHA, Purpose.ORDER_SERVICE, False, at=shop.clock.now())
        order = await self.rejected(shop)
        await phones.runs_out("customer.rejected", order.id)
        assert phones.telephony.calls == []
        assert phones.telephony.texts == []
        assert len(await phones.persons()) == 1


class TestChanged:
    async def changed(self, shop: Shop) -> Order:
        """The kitchen has taken a dish off, as its customer wished."""
        order = await order_of(shop, naan=2)
        await gone(shop, order, Substitution.REFUND)
        return order

    async def test_its_customer_is_called_and_then_texted(self, shop: Shop, phones: Phones) -> None:
        order = await self.changed(shop)
        await phones.look("customer.changed", f"{order.id}:1")
        await phones.ends()
        await phones.runs_out("customer.changed", f"{order.id}:1")
        assert await phones.topics() == [("call", Topic.CHANGED)] * 2 + [("sms", Topic.CHANGED)]

    async def test_who_has_heard_it_is_not(self, shop: Shop, phones: Phones) -> None:
        order = await self.changed(shop)
        await phones.told(order.id, "customer.told", Topic.CHANGED)
        assert isinstance(await phones.look("customer.changed", f"{order.id}:1"), Done)

    async def test_an_order_that_has_come_to_nothing_since_is_told_of_otherwise(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await self.changed(shop)
        await set_order(shop, order.id, status=S.CANCELLED)
        assert isinstance(await phones.look("customer.changed", f"{order.id}:1"), Dropped)


class TestFeedback:
    async def brought(self, shop: Shop, phones: Phones) -> Order:
        """An order that came a while ago."""
        order = await order_of(shop)
        await riding(shop, await self.ready(shop, order))
        await set_order(shop, order.id, status=S.DELIVERED, delivered_at=shop.clock.now())
        await phones.write("customer.feedback", order.id, order_id=order.id)
        shop.clock.advance(20 * MINUTE)
        return order

    async def ready(self, shop: Shop, order: Order) -> Order:
        await set_order(shop, order.id, status=S.PREPARING, ready_by=shop.clock.now())
        return await as_it_is(shop, order.id)

    async def test_they_are_asked_once_and_never_again(self, shop: Shop, phones: Phones) -> None:
        order = await self.brought(shop, phones)
        for _ in range(2):
            assert isinstance(await phones.look("customer.feedback", order.id), Later)
        await phones.ends()
        assert isinstance(await phones.look("customer.feedback", order.id), Done)
        assert await phones.topics() == [("call", Topic.FEEDBACK)]

    async def test_who_has_rated_it_is_not_asked(self, shop: Shop, phones: Phones) -> None:
        order = await self.brought(shop, phones)
        async with shop.transaction() as session:
            session.add(
                Rating(order_id=order.id, customer_id=order.customer_id, stars=5, at=shop.clock.now())
            )
        assert await phones.look("customer.feedback", order.id) == Dropped("they have rated it")

    @pytest.mark.parametrize(("status", "asked"), [("open", False), ("settled", True)])
    async def test_who_complains_about_it_is_not_asked(
        self, shop: Shop, phones: Phones, status: str, asked: bool
    ) -> None:
        order = await self.brought(shop, phones)
        async with shop.transaction() as session:
            session.add(
                Complaint(
                    key=f"x:{new_id()}",
                    customer_id=order.customer_id,
                    order_id=order.id,
                    market="US",
                    kind="quality",
                    said="cold",
                    reference="C12345",
                    status=status,
                    acknowledge_by=shop.clock.now(),
                    settle_by=shop.clock.now(),
                    created_at=shop.clock.now(),
                )
            )
        assert isinstance(await phones.look("customer.feedback", order.id), Later if asked else Dropped)

    async def test_a_day_later_nobody_is_asked(self, shop: Shop, phones: Phones) -> None:
        order = await self.brought(shop, phones)
        shop.clock.advance(timedelta(hours=24))
        assert await phones.look("customer.feedback", order.id) == Dropped("it is too late to ask")

    async def test_who_does_not_want_to_be_asked_is_not(self, shop: Shop, phones: Phones) -> None:
        order = await self.brought(shop, phones)
        await answered(shop, ASHA, Purpose.FEEDBACK, False, at=shop.clock.now())
        assert isinstance(await phones.look("customer.feedback", order.id), Done)
        assert phones.telephony.calls == []
        assert phones.telephony.texts == []

    async def test_at_night_it_waits_for_the_morning_and_then_it_is_still_true(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await self.brought(shop, phones)
        shop.clock.advance(timedelta(hours=10))
        ending = await phones.look("customer.feedback", order.id)
        assert isinstance(ending, Later)
        assert phones.telephony.calls == []
        shop.clock.moment = ending.at
        await phones.look("customer.feedback", order.id)
        assert len(phones.telephony.calls) == 1

    async def test_an_order_that_did_not_come_is_not_asked_about(self, shop: Shop, phones: Phones) -> None:
        order = await self.brought(shop, phones)
        await set_order(shop, order.id, status=S.FAILED)
        assert isinstance(await phones.look("customer.feedback", order.id), Dropped)
