"""A link that ends before its job has seen to it: for cash, for a new one, or with the process that ends it."""

from datetime import timedelta

import pytest

from domain.jobs import Done, Dropped
from domain.order import OrderStatus
from errors import VendorTimeout
from operations import link_ends, link_rows, links
from operations.placing import place
from tests.fakes.links import FakeLinks
from tests.fakes.shop import Shop
from tests.operations.test_links import TEN, Counter, hungry

pytestmark = pytest.mark.db


@pytest.fixture
def till(shop: Shop) -> Counter:
    """A caller in India, at noon there."""
    shop.clock.advance(timedelta(hours=12))
    return Counter(shop, FakeLinks(lambda: shop.open_transactions))


async def test_a_death_between_the_link_and_the_cash_does_not_leave_the_order_waiting_for_ever(
    till: Counter,
) -> None:
    await till.offered()
    row = await till.row()
    await link_ends.end(till.shop.transaction, till.maker, till.shop.clock, row.id, withdrawn=True)
    assert ((await till.row()).status, (await till.order()).status) == ("over", "awaiting_payment")
    (job,) = [job for job in await till.shop.jobs(till.order_id) if job.kind == link_ends.GIVE_UP]
    assert job.due_at == till.shop.clock.now() + link_ends.DECIDES
    assert isinstance(await link_ends.give_up(till.shop.transaction, till.shop.clock, till.order_id), Done)


async def test_the_job_that_gives_an_order_up_lets_one_stand_that_is_paid_in_cash(till: Counter) -> None:
    await till.offered()
    await links.pay_cash(till.shop.transaction, till.maker, till.shop.clock, till.order_id)
    ending = await link_ends.give_up(till.shop.transaction, till.shop.clock, till.order_id)
    assert ending == Dropped("the order is placed")


@pytest.mark.parametrize("made", [True, False])
async def test_a_link_whose_time_has_come_is_not_offered_again(till: Counter, made: bool) -> None:
    till.maker.script = [] if made else ["lost"]
    state = await hungry(till.shop)
    wanted = await till.shop.wanted(state)
    if made:
        await till.again(wanted)
    else:
        with pytest.raises(VendorTimeout):
            await till.again(wanted)
    till.shop.clock.advance(TEN)
    again = await till.again(wanted)
    assert (again.url, again.until) == ("https://rzp.test/plink_2", till.shop.clock.now() + TEN)
    assert [kept.link.status for kept in till.maker.links.values()] == ["over", "open"]
    assert "customer.payment" not in await till.jobs(), "they are asking already"


async def test_one_that_was_paid_just_before_its_time_came_is_not_replaced(till: Counter) -> None:
    await till.offered()
    till.maker.pay((await till.row()).reference or "")
    till.shop.clock.advance(TEN)
    again = await links.offer_again(
        till.shop.transaction, till.maker, till.shop.clock, till.order_id, till.terms
    )
    assert (again.status, again.url, len(till.maker.links)) == (OrderStatus.PLACED, None, 1)


async def test_placed_in_cash_after_all_its_link_is_withdrawn_at_once(till: Counter) -> None:
    await till.offered()
    await place(till.shop.transaction, None, till.shop.clock, till.wanted)
    (job,) = [job for job in await till.shop.jobs(till.order_id) if job.kind == link_rows.JOB]
    assert job.due_at == till.shop.clock.now()
    await till.end()
    assert [kept.link.status for kept in till.maker.links.values()] == ["over"]
    assert (await till.order()).payment_status == "cash_due"
