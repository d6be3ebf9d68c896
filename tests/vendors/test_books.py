"""One contract for every provider: a refund is made once per key, and what moved stands in its books."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.ids import new_id
from domain.money import Money
from errors import VendorError
from tests.fakes.links import FakeLinks
from tests.fakes.payments import FakePayments
from tests.fakes.sandbox import Sandbox
from vendors.payments import Books, CardPayments, LinkPayments, Moved, at_hand
from vendors.razorpay import Razorpay
from vendors.stripe import Stripe

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@dataclass
class Taken:
    """A provider that has taken money once, and by which payment."""

    books: Books
    payment: str
    amount: Money


async def by_card(cards: CardPayments) -> Taken:
    amount, key = Money(3106, "USD"), str(new_id())
    held = await cards.authorise(amount, method="pm_card_visa", customer=None, key=key, order_code="123456")
    await cards.capture(held.reference, key=f"{key}:capture")
    return Taken(cards, held.reference, amount)


async def link_of(links: LinkPayments) -> tuple[str, Money]:
    amount = Money(62000, "INR")
    made = await links.make(amount, key=new_id().hex, order_code="123456", phone=None, lasts_seconds=600)
    return made.reference, amount


@pytest.fixture(params=["stripe", "razorpay", "cards in memory", "links in memory"])
async def taken(request: pytest.FixtureRequest, outside: Sandbox) -> AsyncIterator[Taken]:
    outside.clear()
    if request.param == "stripe":
        stripe = Stripe(outside.keys["STRIPE_API_KEY"], outside.base_urls["STRIPE"])
        yield await by_card(stripe)
        await stripe.close()
    elif request.param == "razorpay":
        keys = outside.keys["RAZORPAY_KEY_ID"], outside.keys["RAZORPAY_KEY_SECRET"]
        links = Razorpay(*keys, outside.base_urls["RAZORPAY"])
        reference, amount = await link_of(links)
        async with httpx.AsyncClient(timeout=30) as web:
            url = f"{outside.url}/control/razorpay/links/{reference}/pay"
            payment = (await web.post(url, json={})).json()["id"]
        yield Taken(links, payment, amount)
    elif request.param == "cards in memory":
        yield await by_card(FakePayments())
    else:
        fake = FakeLinks()
        reference, amount = await link_of(fake)
        yield Taken(fake, fake.pay(reference), amount)


async def books_of(taken: Taken) -> dict[str, tuple[Moved, Money]]:
    now = datetime.now(UTC)
    found = await taken.books.movements(now - timedelta(minutes=5), now + timedelta(minutes=5))
    return {one.reference: (one.status, one.amount) for one in found}


async def test_what_was_taken_stands_in_the_books(taken: Taken) -> None:
    assert (await books_of(taken))[taken.payment] == (Moved.TAKEN, taken.amount)


async def test_a_refund_is_made_once_per_key_and_stands_there_too(taken: Taken) -> None:
    part, key = Money(1000, taken.amount.currency), f"refund:{new_id()}"
    before = len(await books_of(taken))
    refund = await taken.books.refund(taken.payment, part, key=key)
    assert await taken.books.refund(taken.payment, part, key=key) == refund
    after = await books_of(taken)
    assert (after[refund], len(after)) == ((Moved.GIVEN, part), before + 1)
    assert after[taken.payment] == (Moved.TAKEN, taken.amount), "what was taken stays what was taken"


async def test_no_more_is_given_back_than_was_taken(taken: Taken) -> None:
    await taken.books.refund(taken.payment, taken.amount, key=f"all:{new_id()}")
    with pytest.raises(VendorError, match="already refunded") as failed:
        await taken.books.refund(taken.payment, Money(1, taken.amount.currency), key=f"more:{new_id()}")
    assert not failed.value.retryable


async def test_another_window_has_none_of_it(taken: Taken) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await taken.books.movements(later, later + timedelta(hours=1)) == []


def test_the_provider_at_hand_is_the_one_of_that_name() -> None:
    cards, links = FakePayments(), FakeLinks()
    assert at_hand("razorpay", cards, links) is links
    assert at_hand("razorpay", cards, None) is None
