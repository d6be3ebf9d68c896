"""The jobs of money, from the outbox to the bank: the real SDK, a Stripe that loses answers, one charge each."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import col

from clock import SystemClock
from db.engine import Sessions
from db.models import CallRow, Order, Outbox, Payment
from db.seeding.jobs import read_jobs
from domain.ids import new_id
from errors import VendorTimeout
from operations import capturing, jobs, ledger, recovering
from operations.placing import place
from tasks.carry_out import Carrier
from tasks.handlers import HANDLERS
from tests.fakes.hands import tools_for
from tests.fakes.outbox import Box
from tests.fakes.sandbox import Sandbox, running
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from vendors.stripe import Stripe

pytestmark = [
    pytest.mark.db,
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # the SDK hands httpx its form so
]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@dataclass
class Till:
    """A shop with a bank, and a worker that is handed whatever is due."""

    shop: Shop
    stripe: Stripe
    outside: Sandbox
    box: Box

    def carrier(self) -> Carrier:
        tools = tools_for(self.shop.sessions, self.shop.clock, self.box.rules, self.stripe)
        return Carrier(tools, HANDLERS)

    async def work(self, kind: str, key: str) -> Outbox:
        """Carry out the one job of that kind; its row after that."""
        now, real = self.shop.clock.now(), SystemClock().now()
        async with self.box.transaction() as session:
            found = await jobs.lease(session, "relay", now, real, 10, kinds=[kind], rules=self.box.rules)
        for leased in found:
            await self.carrier().run(str(leased.id), leased.lease)
        return await self.box.row(key, kind)

    async def cooked(self) -> Order:
        """An order on a card, confirmed by its kitchen; the job that takes its money is due."""
        order = await order_of(self.shop, cards=self.stripe)  # type: ignore[arg-type]
        await set_order(self.shop, order.id, status="preparing")
        async with self.shop.transaction() as session:
            payload = {"order_id": str(order.id)}
            now = self.shop.clock.now()
            await ledger.job(session, "payments.capture", str(order.id), payload, now, now)
        return await as_it_is(self.shop, order.id)

    async def reference(self, order: Order) -> str:
        rows = await self.shop.rows(Payment, col(Payment.order_id) == order.id)
        return next(row.reference or "" for row in rows if isinstance(row, Payment) and row.reference)

    async def captured(self, order: Order) -> list[int]:
        """What the bank took of an order's hold, in cents, once per charge."""
        reference = await self.reference(order)
        found = [charge for charge in self.outside.charges() if charge["payment_intent"] == reference]
        return [charge["amount_captured"] for charge in found]


@pytest.fixture
async def till(seeded: Sessions, outside: Sandbox) -> AsyncIterator[Till]:
    shop = Shop(seeded)
    stripe = Stripe(outside.keys["STRIPE_API_KEY"], outside.base_urls["STRIPE"])
    box = Box(seeded, read_jobs(), SystemClock())
    box.clock = shop.clock
    yield Till(shop, stripe, outside, box)
    await stripe.close()
    outside.clear()


async def test_the_bank_takes_what_the_order_costs(till: Till) -> None:
    order = await till.cooked()
    await set_order(till.shop, order.id, total=order.total - 500)
    row = await till.work("payments.capture", str(order.id))
    assert row.outcome == f"captured {order.total - 500} USD"
    assert await till.captured(order) == [order.total - 500]
    assert (await as_it_is(till.shop, order.id)).payment_status == "captured"


async def test_a_lost_answer_is_found_out_and_taken_once(till: Till) -> None:
    order = await till.cooked()
    till.outside.fault("stripe", "act_and_drop", times=None, match="/capture")
    row = await till.work("payments.capture", str(order.id))
    assert (row.attempts, row.done_at, row.outcome) == (1, None, "VendorTimeout: stripe: no answer")
    assert await till.captured(order) == [order.total], "taken, and nobody knows"
    till.outside.clear()
    till.shop.clock.advance(timedelta(minutes=1))
    row = await till.work("payments.capture", str(order.id))
    assert (row.attempts, row.outcome) == (2, f"captured {order.total} USD")
    assert await till.captured(order) == [order.total]
    assert await till.shop.ledger(order.id) == ["attempted", "authorised", "captured"]
    assert (await till.shop.events(order.id)).count("payment.captured") == 1


async def overcharged(till: Till) -> Order:
    """Taken for more than the order costs by then; the difference has a refund and its job."""
    order = await till.cooked()
    till.outside.fault("stripe", "act_and_drop", times=None, match="/capture")
    await till.work("payments.capture", str(order.id))
    till.outside.clear()
    await set_order(till.shop, order.id, total=order.total - 500)
    till.shop.clock.advance(timedelta(minutes=1))
    await till.work("payments.capture", str(order.id))
    return order


async def test_a_cheaper_order_whose_capture_was_lost_gets_the_difference_back(till: Till) -> None:
    order = await overcharged(till)
    assert await till.captured(order) == [order.total]
    row = await till.work("payments.refund", f"refund:{order.id}:overtaken")
    assert row.outcome == "refunded"
    reference = await till.reference(order)
    back = [c["amount_refunded"] for c in till.outside.charges() if c["payment_intent"] == reference]
    assert back == [500]


async def test_a_refund_without_an_answer_is_asked_for_again_by_the_same_job(till: Till) -> None:
    order = await overcharged(till)
    key = f"refund:{order.id}:overtaken"
    till.outside.fault("stripe", "act_and_drop", times=None, match="/v1/refunds")
    for attempt in (1, 2):
        row = await till.work("payments.refund", key)
        assert (row.attempts, row.done_at) == (attempt, None)
        assert (row.outcome or "").startswith("Conflict: It is not known yet")
        till.shop.clock.advance(timedelta(minutes=1))
    till.outside.clear()
    assert (await till.work("payments.refund", key)).outcome == "refunded"
    assert len([job for job in await till.shop.jobs(order.id) if job.kind == "payments.refund"]) == 1


async def test_a_refund_the_bank_refuses_is_for_a_person(till: Till) -> None:
    order = await overcharged(till)
    till.outside.fault("stripe", "status", status=400, times=None, match="/v1/refunds")
    row = await till.work("payments.refund", f"refund:{order.id}:overtaken")
    assert (row.dead_at, row.outcome) == (
        till.shop.clock.now(),
        "VendorError: stripe: the refund was refused",
    )


async def test_two_workers_at_once_take_it_once(till: Till) -> None:
    """The lease of the first ran out while it slept: both ask the bank, with one key."""
    order = await till.cooked()
    till.outside.fault("stripe", "delay", seconds=0.7, times=2, match="/payment_intents/")
    take = partial(capturing.capture, till.shop.transaction, till.stripe, till.shop.clock, order.id)
    await asyncio.gather(take(), take())
    assert await till.captured(order) == [order.total]
    assert await till.shop.ledger(order.id) == ["attempted", "authorised", "captured"]
    assert (await till.shop.events(order.id)).count("payment.captured") == 1


async def test_a_hold_that_has_ended_at_the_bank_is_for_a_person(till: Till) -> None:
    order = await till.cooked()
    await till.stripe.cancel(await till.reference(order), key=str(new_id()))
    row = await till.work("payments.capture", str(order.id))
    assert row.dead_at is not None
    assert row.outcome == "VendorError: stripe: nothing was taken, the hold is canceled"


async def test_after_a_day_of_silence_it_is_dead_and_stands_for_a_person(till: Till) -> None:
    order = await till.cooked()
    till.outside.fault("stripe", "status", status=503, times=None)
    for _ in range(40):
        row = await till.work("payments.capture", str(order.id))
        if row.dead_at:
            break
        till.shop.clock.moment = row.due_at
    assert row.dead_at is not None
    assert timedelta(hours=22) < row.dead_at - row.created_at <= timedelta(hours=24)
    assert (await as_it_is(till.shop, order.id)).payment_status == "authorised"


async def test_a_payment_nobody_heard_of_is_let_go_when_its_call_is_over(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovering, "IN_FLIGHT", timedelta(0))
    state = await till.shop.hungry()
    wanted = await till.shop.wanted(state, 1)
    till.outside.fault("stripe", "act_and_drop", times=None)
    with pytest.raises(VendorTimeout):
        await place(till.shop.transaction, till.stripe, till.shop.clock, wanted)
    till.outside.clear()
    (order,) = await till.shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    (job,) = await till.shop.jobs(order.id)  # type: ignore[attr-defined]
    key = job.key.removeprefix("payments.recover:")
    till.shop.clock.advance(timedelta(minutes=2))
    row = await till.work("payments.recover", key)
    assert (row.outcome, row.attempts) == ("the call goes on", 0)
    async with till.shop.transaction() as session:
        (await session.get_one(CallRow, state.call_id)).ended_at = till.shop.clock.now()
    till.shop.clock.advance(timedelta(minutes=1))
    row = await till.work("payments.recover", key)
    assert row.outcome == "the call may be resumed"
    till.shop.clock.moment = row.due_at
    row = await till.work("payments.recover", key)
    assert row.outcome == "the order is cancelled, its money released"


async def test_a_hold_that_was_not_let_go_is_let_go_by_its_job(till: Till) -> None:
    order = await till.cooked()
    await set_order(till.shop, order.id, status="rejected")
    async with till.shop.transaction() as session:
        now, payload = till.shop.clock.now(), {"order_id": str(order.id), "key": "x"}
        await ledger.job(session, "payments.release", "x", payload, now, now)
    till.outside.fault("stripe", "act_and_drop", times=None, match="/cancel")
    row = await till.work("payments.release", "x")
    assert (row.done_at, row.attempts) == (None, 1)
    till.outside.clear()
    till.shop.clock.advance(timedelta(minutes=1))
    assert (await till.work("payments.release", "x")).outcome == "released"
    assert await till.shop.ledger(order.id) == ["attempted", "authorised", "released"]
    captured = await till.work("payments.capture", str(order.id))
    assert captured.outcome == "dropped: nothing is held, the money is released"


@pytest.mark.parametrize("payload", [{}, {"order_id": "ord_1"}])
@pytest.mark.parametrize("kind", sorted(HANDLERS.keys() - {"payments.reconcile"}))
async def test_a_payload_that_cannot_be_read_is_dead_at_once(
    till: Till, kind: str, payload: dict[str, str]
) -> None:
    async with till.shop.transaction() as session:
        await ledger.job(session, kind, "x", payload, till.shop.clock.now(), till.shop.clock.now())
    row = await till.work(kind, "x")
    assert row.dead_at is not None
    assert (row.outcome or "").startswith("NotFound: ")


async def test_a_refund_that_is_settled_or_never_was(till: Till) -> None:
    async with till.shop.transaction() as session:
        now = till.shop.clock.now()
        payload = {"order_id": str(new_id()), "key": "refund:none"}
        await ledger.job(session, "payments.refund", "x", payload, now, now)
    row = await till.work("payments.refund", "x")
    assert (row.dead_at, row.outcome) == (till.shop.clock.now(), "NotFound: there is no such refund")
