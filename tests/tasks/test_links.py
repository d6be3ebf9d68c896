"""The jobs of links, from the outbox to the provider: the real SDK, answers that are lost, money that comes late."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from clock import SystemClock
from db.engine import Sessions
from db.models import Difference, Outbox, PaymentLink
from db.seeding.jobs import read_jobs
from domain.money import Money
from operations import jobs, link_ends, links, reconciling
from operations.links import Offered, Providers, Terms
from tasks.carry_out import Carrier
from tasks.handlers import HANDLERS
from tests.fakes.hands import tools_for
from tests.fakes.outbox import Box
from tests.fakes.sandbox import Sandbox, running
from tests.fakes.shop import ROHAN, Shop
from tests.fakes.standing import as_it_is
from tests.operations.test_links import hungry
from vendors.razorpay import Razorpay

pytestmark = pytest.mark.db
TEN = timedelta(minutes=10)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@dataclass
class Till:
    """A shop in India, and a worker that is handed whatever is due."""

    shop: Shop
    links: Razorpay
    outside: Sandbox
    box: Box

    async def offered(self) -> Offered:
        wanted = await self.shop.wanted(await hungry(self.shop))
        terms = Terms(ROHAN, TEN, texts=True)
        return await links.offer(self.shop.transaction, Providers(self.links), self.shop.clock, wanted, terms)

    async def work(self, kind: str) -> list[Outbox]:
        """Carry out what is due of a kind; all rows of it after that."""
        tools = tools_for(self.shop.sessions, self.shop.clock, self.box.rules, links=self.links)
        now, real = self.shop.clock.now(), SystemClock().now()
        async with self.box.transaction() as session:
            found = await jobs.lease(session, "relay", now, real, 10, kinds=[kind], rules=self.box.rules)
        for leased in found:
            await Carrier(tools, HANDLERS).run(str(leased.id), leased.lease)
        return [row for row in await self.shop.rows(Outbox) if isinstance(row, Outbox) and row.kind == kind]

    async def row(self) -> PaymentLink:
        (*_, row) = await self.shop.rows(PaymentLink)
        assert isinstance(row, PaymentLink)
        return row

    async def pay(self, *, late: bool = False) -> None:
        url = f"{self.outside.url}/control/razorpay/links/{(await self.row()).id.hex}/pay"
        async with httpx.AsyncClient(timeout=30) as web:
            (await web.post(url, json={"late": late})).raise_for_status()

    async def seen(self, path: str) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(timeout=30) as web:
            found: list[dict[str, Any]] = (await web.get(f"{self.outside.url}/control/{path}")).json()
        return found


@pytest.fixture
async def till(seeded: Sessions, outside: Sandbox) -> AsyncIterator[Till]:
    shop = Shop(seeded)
    shop.clock.advance(timedelta(hours=12))  # noon in India
    keys = outside.keys["RAZORPAY_KEY_ID"], outside.keys["RAZORPAY_KEY_SECRET"]
    box = Box(seeded, read_jobs(), SystemClock())
    box.clock = shop.clock
    yield Till(shop, Razorpay(*keys, outside.base_urls["RAZORPAY"]), outside, box)
    outside.clear()


async def test_a_minute_after_it_was_paid_the_order_stands_without_any_webhook(till: Till) -> None:
    made = await till.offered()
    await till.pay()
    till.shop.clock.advance(link_ends.LOOK_AGAIN)
    (row,) = await till.work("payments.link")
    assert row.outcome == f"paid {made.total.amount} INR"
    assert (await as_it_is(till.shop, made.order_id)).status == "placed"


async def test_the_provider_texts_the_link_to_the_customer(till: Till) -> None:
    made = await till.offered()
    texts = [
        one for one in await till.seen("messages") if one["to"] == ROHAN and str(made.url) in one["body"]
    ]
    assert len(texts) == 1


async def test_while_it_is_not_paid_it_is_looked_at_every_minute_and_no_try_is_counted(till: Till) -> None:
    await till.offered()
    for _ in range(3):
        till.shop.clock.advance(link_ends.LOOK_AGAIN)
        (row,) = await till.work("payments.link")
        assert (row.attempts, row.outcome) == (0, "it is not paid yet")


async def test_run_out_it_is_cancelled_there_and_the_order_fails_when_nobody_answers(till: Till) -> None:
    made = await till.offered()
    till.shop.clock.advance(TEN)
    await till.work("payments.link")
    mine = [one for one in await till.seen("razorpay/links") if one["short_url"] == made.url]
    assert [one["status"] for one in mine] == ["cancelled"]
    (asked,) = await till.work("customer.payment")
    assert asked.outcome is not None, "somebody has tried to reach them"
    till.shop.clock.advance(link_ends.DECIDES)
    (given_up,) = await till.work("payments.give_up")
    assert given_up.outcome == "the order has failed: it was never paid for"
    assert (await as_it_is(till.shop, made.order_id)).status == "failed"


@pytest.mark.parametrize("lost", ["/cancel", "/refund"])
async def test_late_money_goes_back_once_although_an_answer_is_lost(till: Till, lost: str) -> None:
    made = await till.offered()
    till.shop.clock.advance(TEN)
    till.outside.fault("razorpay", "act_and_drop", match=lost)
    await till.work("payments.link")
    till.shop.clock.advance(timedelta(minutes=1))
    await till.work("payments.link")
    await till.pay(late=True)
    till.shop.clock.advance(link_ends.UNDER_WAY)
    await till.work("payments.link")
    till.shop.clock.advance(timedelta(minutes=1))
    await till.work("payments.link")
    row = await till.row()
    back = [one["amount"] for one in await till.seen("razorpay/refunds") if one["payment_id"] == row.payment]
    assert (row.status, back) == ("returned", [made.total.amount])
    assert (await till.shop.ledger(made.order_id)).count("late_refunded") == 1


async def test_the_daily_comparison_finds_the_payment_that_nobody_wrote_down(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "SETTLES_IN", timedelta(seconds=-5))  # what is a moment old counts
    await till.offered()
    await till.pay()
    till.shop.clock.advance(link_ends.LOOK_AGAIN)
    await till.work("payments.link")
    strange = await till.links.make(
        Money(12300, "INR"), key="nobodys", order_code="1", phone=None, lasts_seconds=600
    )
    async with httpx.AsyncClient(timeout=30) as web:
        url = f"{till.outside.url}/control/razorpay/links/{strange.reference}/pay"
        payment = (await web.post(url, json={})).json()["id"]
    now = till.shop.clock.now()
    async with till.shop.transaction() as session:
        await reconciling.plan(session, now, now)
    first, second = await till.work("payments.reconcile")
    assert (first.done_at, second.due_at) == (now, now + reconciling.DAILY)
    rows = [row for row in await till.shop.rows(Difference) if isinstance(row, Difference)]
    mine = {(row.kind, row.reference, row.their_amount) for row in rows if row.their_amount == 12300}
    assert mine == {("missing_here", payment, 12300)}
    known = (await till.row()).payment
    assert known not in {row.reference for row in rows}
