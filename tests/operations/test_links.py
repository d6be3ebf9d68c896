"""A link is made once, paid once, given back when it came too late, and never takes an order with it that stands."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col

from db.models import Order, OrderLine, PaymentLink
from domain.call_state import CallState
from domain.jobs import Done, Dropped, Ending, Later
from domain.money import Money
from domain.order import OrderStatus
from errors import Conflict, VendorError, VendorTimeout
from operations import capturing, giving, link_ends, link_rows, links
from operations.drafts import Wanted
from operations.letting_go import owed_back
from operations.links import Offered, Providers, Terms
from operations.placing import give_up as end_of_call
from operations.placing import place
from tests.fakes.links import FakeLinks
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ROHAN, Shop
from tests.fakes.standing import as_it_is, set_order

pytestmark = pytest.mark.db
TEN = timedelta(minutes=10)


@pytest.fixture
def maker(shop: Shop) -> FakeLinks:
    return FakeLinks(lambda: shop.open_transactions)


class Counter:
    """A caller in India who wants to pay by link."""

    def __init__(self, shop: Shop, maker: FakeLinks) -> None:
        self.shop, self.maker = shop, maker
        self.terms = Terms(ROHAN, TEN)
        self.state: CallState
        self.wanted: Wanted
        self.order_id: UUID

    async def offered(self, state: CallState | None = None) -> Offered:
        self.state = state or await hungry(self.shop)
        wanted = await self.shop.wanted(self.state)
        return await self.again(wanted)

    async def again(self, wanted: Wanted) -> Offered:
        self.wanted = wanted
        made = await links.offer(
            self.shop.transaction, Providers(self.maker), self.shop.clock, wanted, self.terms
        )
        self.order_id = made.order_id
        return made

    async def row(self) -> PaymentLink:
        rows = await self.shop.rows(PaymentLink, col(PaymentLink.order_id) == self.order_id)
        row = rows[-1]
        assert isinstance(row, PaymentLink)
        return row

    async def end(self) -> Ending:
        row = await self.row()
        return await link_ends.end(self.shop.transaction, self.maker, self.shop.clock, row.id)

    async def order(self) -> Order:
        return await as_it_is(self.shop, self.order_id)

    async def jobs(self) -> list[str]:
        return sorted(job.kind for job in await self.shop.jobs(self.order_id))


async def hungry(shop: Shop) -> CallState:
    state = await shop.caller(ROHAN, "IN")
    await shop.at_home(state)
    dish = await shop.dish("Dal Tadka", KITCHEN)
    size = dish.sizes[-1].name if dish.sizes else None
    state.cart.add(
        dish, 2, size, [choice.options[0].name for choice in dish.choices if choice.required], None
    )
    state.restaurant_id, state.restaurant_name = dish.restaurant_id, KITCHEN
    return state


KITCHEN = "Spice Route, Lake View"


@pytest.fixture
def till(shop: Shop, maker: FakeLinks) -> Counter:
    shop.clock.advance(timedelta(hours=12))  # noon in India
    return Counter(shop, maker)


async def test_an_order_waits_with_its_link_and_the_kitchen_hears_nothing(till: Counter) -> None:
    made = await till.offered()
    order, row = await till.order(), await till.row()
    assert (order.status, order.payment_kind, order.payment_status) == ("awaiting_payment", "link", "pending")
    assert (row.status, row.url, row.amount) == ("open", made.url, order.total)
    assert made.until == row.expires_at == till.shop.clock.now() + TEN
    assert await till.jobs() == ["payments.link"]
    assert till.maker.open_while_asked == [0]


async def test_asked_again_it_is_the_same_link(till: Counter) -> None:
    first = await till.offered()
    assert await till.again(till.wanted) == replace(first, fresh=False)
    assert len(till.maker.links) == 1


async def test_a_link_that_is_paid_places_the_order_once(till: Counter) -> None:
    made = await till.offered()
    till.maker.pay((await till.row()).reference or "")
    assert await till.end() == Done(f"paid {made.total.amount} INR")
    assert isinstance(await till.end(), Dropped)
    order = await till.order()
    assert (order.status, order.payment_status, order.placed_at) == (
        "placed",
        "captured",
        till.shop.clock.now(),
    )
    assert await till.shop.ledger(order.id) == ["link_made", "captured"]
    assert (await till.jobs()).count("restaurant.announce") == 1
    events = await till.shop.events(order.id)
    assert events == ["order.drafted", "payment.link_made", "payment.captured", "order.placed"]


async def test_the_end_of_the_call_leaves_an_order_with_a_link_alone(till: Counter) -> None:
    await till.offered()
    await end_of_call(till.shop.transaction, None, till.shop.clock, till.state.cart_call_id)
    assert (await till.order()).status == "awaiting_payment"


async def test_it_is_looked_at_again_until_its_time_has_come(till: Counter) -> None:
    await till.offered()
    assert await till.end() == Later(till.shop.clock.now() + link_ends.LOOK_AGAIN, "it is not paid yet")
    assert (await till.row()).status == "open"


async def test_when_its_time_has_come_it_is_cancelled_and_the_customer_is_asked(till: Counter) -> None:
    await till.offered()
    till.shop.clock.advance(TEN)
    assert await till.end() == Done("it was not paid")
    assert [kept.link.status for kept in till.maker.links.values()] == ["over"]
    assert (await till.order()).status == "awaiting_payment"
    assert await till.jobs() == ["customer.payment", "payments.give_up", "payments.link", "payments.link"]
    assert isinstance(await till.end(), Done), "a second look changes nothing"
    assert (await till.jobs()).count("customer.payment") == 1


async def test_paid_in_the_moment_in_which_it_runs_out_it_counts(till: Counter) -> None:
    await till.offered()
    till.shop.clock.advance(TEN)
    till.maker.while_cancelling = till.maker.pay
    await till.end()
    order = await till.order()
    assert (order.status, order.payment_status, till.maker.refunds) == ("placed", "captured", {})


async def test_paid_after_it_was_over_it_is_given_back_once(till: Counter) -> None:
    made = await till.offered()
    till.shop.clock.advance(TEN)
    await till.end()
    payment = till.maker.pay((await till.row()).reference or "")
    assert await till.end() == Done(f"it came too late, and {made.total.amount} INR are given back")
    assert isinstance(await till.end(), Dropped)
    assert [(paid, amount) for _, paid, amount in till.maker.refunds.values()] == [(payment, made.total)]
    assert await till.shop.ledger(made.order_id) == ["link_made", "link_over", "late", "late_refunded"]
    assert (await till.order()).status == "awaiting_payment"
    assert till.maker.open_while_asked == [0] * len(till.maker.asked)


@pytest.mark.parametrize("lost", ["lost", "unreachable"])
async def test_a_late_payment_whose_refund_got_no_answer_is_given_back_once(till: Counter, lost: str) -> None:
    await till.offered()
    till.shop.clock.advance(TEN)
    await till.end()
    till.maker.pay((await till.row()).reference or "")
    till.maker.script = ["ok", lost]  # type: ignore[list-item]
    with pytest.raises(VendorTimeout):
        await till.end()
    assert (await till.row()).status == "late"
    await till.end()
    assert ((await till.row()).status, len(till.maker.refunds)) == ("returned", 1)


async def test_nobody_pays_and_nobody_answers_so_the_portions_go_back(till: Counter) -> None:
    await till.offered()
    dish = await till.shop.dish("Dal Tadka", KITCHEN)
    await till.shop.set_item(dish, stock=3)
    till.shop.clock.advance(TEN)
    await till.end()
    assert isinstance(await link_ends.give_up(till.shop.transaction, till.shop.clock, till.order_id), Done)
    assert (await till.order()).status == "failed"
    assert await till.shop.stock(dish) == 5
    again = await link_ends.give_up(till.shop.transaction, till.shop.clock, till.order_id)
    assert again == Dropped("the order is failed")


async def test_an_order_that_was_paid_meanwhile_is_not_given_up(till: Counter) -> None:
    await till.offered()
    till.maker.pay((await till.row()).reference or "")
    await till.end()
    assert isinstance(await link_ends.give_up(till.shop.transaction, till.shop.clock, till.order_id), Dropped)
    assert (await till.order()).status == "placed"


async def test_a_new_link_keeps_the_order_from_being_given_up(till: Counter) -> None:
    await till.offered()
    till.shop.clock.advance(TEN)
    await till.end()
    again = await links.offer_again(
        till.shop.transaction, till.maker, till.shop.clock, till.order_id, till.terms
    )
    assert again.url == "https://rzp.test/plink_2"
    ending = await link_ends.give_up(till.shop.transaction, till.shop.clock, till.order_id)
    assert ending == Later(till.shop.clock.now() + TEN + link_ends.DECIDES, "another link may still be paid")
    till.maker.pay("plink_2")
    await till.end()
    assert (await till.order()).status == "placed"


@pytest.mark.parametrize("outcome", ["lost", "unreachable"])
async def test_a_link_whose_making_got_no_answer_is_found_out(till: Counter, outcome: str) -> None:
    till.maker.script = [outcome]  # type: ignore[list-item]
    state = await hungry(till.shop)
    wanted = await till.shop.wanted(state)
    with pytest.raises(VendorTimeout):
        await till.again(wanted)
    made = await till.again(wanted)
    assert (made.url, len(till.maker.links)) == ("https://rzp.test/plink_1", 1)


async def test_a_link_nobody_heard_of_is_withdrawn_when_its_time_has_come(till: Counter) -> None:
    till.maker.script = ["lost"]
    state = await hungry(till.shop)
    with pytest.raises(VendorTimeout):
        await till.again(await till.shop.wanted(state))
    (order,) = await till.shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    assert isinstance(order, Order)
    till.order_id = order.id
    till.shop.clock.advance(TEN)
    await till.end()
    assert [kept.link.status for kept in till.maker.links.values()] == ["over"]
    assert (await till.row()).status == "over"


async def test_a_refused_link_leaves_the_order_for_cash(till: Counter) -> None:
    till.maker.script = ["refused"]
    state = await hungry(till.shop)
    wanted = await till.shop.wanted(state)
    with pytest.raises(VendorError):
        await till.again(wanted)
    done = await place(till.shop.transaction, None, till.shop.clock, wanted)
    order = await as_it_is(till.shop, done.id)
    assert (order.status, order.payment_status, order.payment_kind) == ("placed", "cash_due", "cash")


async def test_cash_instead_withdraws_the_link_first(till: Counter) -> None:
    await till.offered()
    paid = await links.pay_cash(till.shop.transaction, till.maker, till.shop.clock, till.order_id)
    order = await till.order()
    assert (paid.status, order.payment_kind, order.payment_status) == (OrderStatus.PLACED, "cash", "cash_due")
    assert [kept.link.status for kept in till.maker.links.values()] == ["over"]
    assert "customer.payment" not in await till.jobs()
    again = await links.pay_cash(till.shop.transaction, till.maker, till.shop.clock, till.order_id)
    assert again == paid


async def test_paid_while_it_is_withdrawn_the_order_stands_as_paid(till: Counter) -> None:
    await till.offered()
    till.maker.while_cancelling = till.maker.pay
    await links.pay_cash(till.shop.transaction, till.maker, till.shop.clock, till.order_id)
    order = await till.order()
    assert (order.status, order.payment_kind, order.payment_status) == ("placed", "link", "captured")


@pytest.mark.parametrize("script", [["unreachable"], ["ok", "unreachable"], ["ok", "lost"]])
async def test_while_the_link_may_be_paid_no_cash_is_taken(till: Counter, script: list[str]) -> None:
    await till.offered()
    till.maker.script = script  # type: ignore[assignment]
    with pytest.raises(Conflict, match="not known yet whether the link was paid"):
        await links.pay_cash(till.shop.transaction, till.maker, till.shop.clock, till.order_id)
    assert (await till.order()).status == "awaiting_payment"
    await links.pay_cash(till.shop.transaction, till.maker, till.shop.clock, till.order_id)
    assert (await till.order()).payment_status == "cash_due"


async def test_an_order_that_is_cancelled_withdraws_its_link(till: Counter) -> None:
    await till.offered()
    await set_order(till.shop, till.order_id, status="cancelled")
    async with till.shop.transaction() as session:
        await link_rows.look_now(session, till.order_id, till.shop.clock.now())
    due = [job.due_at for job in await till.shop.jobs(till.order_id)]
    assert due == [till.shop.clock.now()]
    await till.end()
    assert [kept.link.status for kept in till.maker.links.values()] == ["over"]
    assert "customer.payment" not in await till.jobs()


async def test_another_order_of_the_call_leaves_the_one_with_a_link_alone(till: Counter) -> None:
    await till.offered()
    first = till.order_id
    till.state.cart.version += 1
    await till.offered(till.state)
    assert till.order_id != first
    assert (await as_it_is(till.shop, first)).status == "awaiting_payment"


async def test_what_a_link_brought_for_an_order_that_is_over_goes_back(till: Counter) -> None:
    made = await till.offered()
    till.maker.pay((await till.row()).reference or "")
    await till.end()
    await set_order(till.shop, till.order_id, status="rejected")
    async with till.shop.transaction() as session:
        order = await session.get_one(Order, till.order_id)
        await owed_back(session, order, None, till.shop.clock.now())
    assert "payments.release" in await till.jobs()
    await capturing.release(till.shop.transaction, None, till.shop.clock, till.order_id)
    (job,) = [job for job in await till.shop.jobs(till.order_id) if job.kind == giving.JOB]
    key = str(job.payload["key"])
    status = await giving.recover(till.shop.transaction, None, till.shop.clock, key, till.maker)
    assert (status, [amount for _, _, amount in till.maker.refunds.values()]) == ("refunded", [made.total])
    assert (await till.order()).payment_status == "refunded"


async def test_a_card_that_may_hold_money_is_settled_before_a_link_is_made(
    shop: Shop, maker: FakeLinks, cards: FakePayments
) -> None:
    till = Counter(shop, maker)
    state = await till.shop.hungry()
    cards.script = ["lost"]
    with pytest.raises(VendorTimeout):
        await place(till.shop.transaction, cards, till.shop.clock, await till.shop.wanted(state, 1))
    cards.script = ["unreachable"]
    providers = Providers(till.maker, cards)
    wanted = await till.shop.wanted(state)
    with pytest.raises(Conflict, match="not known yet"):
        await links.offer(till.shop.transaction, providers, till.shop.clock, wanted, till.terms)
    assert till.maker.links == {}


async def test_the_lines_stay_as_they_were_agreed(till: Counter) -> None:
    made = await till.offered()
    rows = await till.shop.rows(OrderLine, col(OrderLine.order_id) == made.order_id)
    assert [(line.name, line.quantity) for line in rows if isinstance(line, OrderLine)] == [("Dal Tadka", 2)]
    assert made.total > Money(0, "INR")
