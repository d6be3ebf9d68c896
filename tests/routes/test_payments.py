"""Webhooks of payment providers: signed or refused, once whatever is repeated, and no word of theirs is believed."""

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import SecretStr
from sqlmodel import col

from api import payments as door
from api.keys import parse_keys
from db.models import Audit, Outbox, PaymentLink, WebhookEvent
from domain.ids import new_id
from operations import link_ends, links, payment_events
from operations.links import Providers, Terms
from tests.fakes.links import FakeLinks
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ROHAN, Shop
from tests.fakes.standing import as_it_is, order_of
from tests.operations.test_came_back import refunded
from tests.operations.test_links import hungry
from tests.routes.conftest import KEYS, ReadRuntime, client

pytestmark = pytest.mark.db
STRIPE, RAZORPAY, OPERATOR = "whsec_of_the_tests", "razorpay-of-the-tests", "operator-of-the-tests"


@pytest.fixture
def shop(runtime: ReadRuntime) -> Shop:
    return Shop(runtime.sessions)


@pytest.fixture
async def web(app: FastAPI, runtime: ReadRuntime) -> AsyncIterator[AsyncClient]:
    """Whoever knocks; the doors of payments are there."""
    app.include_router(door.router)
    secrets = {"stripe_webhook_secret": SecretStr(STRIPE), "razorpay_webhook_secret": SecretStr(RAZORPAY)}
    runtime.settings = runtime.settings.model_copy(update=secrets)
    runtime.counts = Counter()  # type: ignore[attr-defined]
    app.state.keys = parse_keys(SecretStr(f"{KEYS},operator:{OPERATOR}:operate"), runtime.settings.secret_key)
    async with client(app, OPERATOR) as opened:
        yield opened


async def stripe_posts(web: AsyncClient, event: Any, *, age: int = 0, secret: str = STRIPE) -> int:
    body, at = json.dumps(event).encode(), int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={at},v1={signature}"}
    return (await web.post("/payments/stripe", content=body, headers=headers)).status_code


async def razorpay_posts(web: AsyncClient, event: Any, id: str = "evt_1", *, secret: str = RAZORPAY) -> int:
    body = json.dumps(event).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-razorpay-signature": signature, "x-razorpay-event-id": id}
    return (await web.post("/payments/razorpay", content=body, headers=headers)).status_code


def of_link(row_id: UUID, kind: str) -> dict[str, Any]:
    return {
        "event": kind,
        "payload": {"payment_link": {"entity": {"reference_id": row_id.hex, "status": "paid"}}},
    }


def of_intent(kind: str, intent: str, **more: Any) -> dict[str, Any]:
    about = {"id": intent, "object": "payment_intent", **more}
    return {"id": f"evt_{new_id().hex}", "type": kind, "data": {"object": about}}


class Offered:
    """An order in India that waits for its link."""

    def __init__(self, shop: Shop, maker: FakeLinks, order_id: UUID, row_id: UUID) -> None:
        self.shop, self.maker, self.order_id, self.row_id = shop, maker, order_id, row_id

    async def jobs(self, kind: str = "payments.link") -> list[Outbox]:
        return [job for job in await self.shop.jobs(self.order_id) if job.kind == kind]

    async def work(self) -> None:
        await link_ends.end(self.shop.transaction, self.maker, self.shop.clock, self.row_id)


@pytest.fixture
async def waits(shop: Shop) -> Offered:
    shop.clock.advance(timedelta(hours=12))
    maker = FakeLinks(lambda: shop.open_transactions)
    wanted = await shop.wanted(await hungry(shop))
    terms = Terms(ROHAN, timedelta(minutes=10))
    made = await links.offer(shop.transaction, Providers(maker), shop.clock, wanted, terms)
    (row,) = await shop.rows(PaymentLink)
    assert isinstance(row, PaymentLink)
    return Offered(shop, maker, made.order_id, row.id)


async def test_an_event_about_a_link_is_looked_into_once(web: AsyncClient, waits: Offered) -> None:
    for _ in range(3):
        assert await razorpay_posts(web, of_link(waits.row_id, "payment_link.paid")) == 204
    assert len(await waits.jobs()) == 2, "the one it was made with, and one for the event"
    rows = await waits.shop.rows(WebhookEvent)
    assert [(row.type, row.jobs) for row in rows if isinstance(row, WebhookEvent)] == [
        ("payment_link.paid", 1)
    ]


async def test_the_same_event_twice_at_once_is_one(web: AsyncClient, waits: Offered) -> None:
    event = of_link(waits.row_id, "payment_link.paid")
    assert await asyncio.gather(*(razorpay_posts(web, event) for _ in range(4))) == [204] * 4
    assert len(await waits.jobs()) == 2


async def test_what_an_event_says_is_not_believed(web: AsyncClient, waits: Offered) -> None:
    await razorpay_posts(web, of_link(waits.row_id, "payment_link.paid"))
    await waits.work()
    assert (await as_it_is(waits.shop, waits.order_id)).status == "awaiting_payment"
    waits.maker.pay("plink_1")
    await razorpay_posts(web, of_link(waits.row_id, "payment_link.expired"), "evt_2")
    await waits.work()
    assert (await as_it_is(waits.shop, waits.order_id)).status == "placed"


@pytest.mark.parametrize(
    "order",
    [("payment_link.cancelled", "payment_link.paid"), ("payment_link.paid", "payment_link.cancelled")],
)
async def test_in_any_order_late_money_goes_back_once(
    web: AsyncClient, waits: Offered, order: tuple[str, str]
) -> None:
    waits.shop.clock.advance(timedelta(minutes=10))
    await waits.work()
    waits.maker.pay("plink_1")
    for number, kind in enumerate((*order, *order)):
        await razorpay_posts(web, of_link(waits.row_id, kind), f"evt_{number}")
        await waits.work()
    assert len(waits.maker.refunds) == 1
    assert (await as_it_is(waits.shop, waits.order_id)).status == "awaiting_payment"


@pytest.mark.parametrize(
    "event",
    [
        {"event": "settlement.processed", "payload": {}},
        {"event": "payment.captured", "payload": {"payment": {"entity": {"id": "pay_x", "notes": []}}}},
        {"event": "payment_link.paid", "payload": {"payment_link": {"entity": {"reference_id": "not ours"}}}},
        {"event": "payment_link.paid", "payload": {"payment_link": {"entity": {"reference_id": "0" * 32}}}},
        {"event": "refund.processed", "payload": {"refund": {"entity": {"notes": {"key": "nobody's"}}}}},
        {"payload": None},
        {},
    ],
)
async def test_what_leads_nowhere_is_accepted(web: AsyncClient, waits: Offered, event: Any) -> None:
    before = len(await waits.shop.rows(Outbox))
    assert await razorpay_posts(web, event) == 204
    assert len(await waits.shop.rows(Outbox)) == before


async def test_a_payment_is_looked_for_by_the_notes_it_has_from_its_link(
    web: AsyncClient, waits: Offered
) -> None:
    entity = {"id": "pay_1", "notes": {"link": waits.row_id.hex}}
    await razorpay_posts(web, {"event": "payment.captured", "payload": {"payment": {"entity": entity}}})
    assert len(await waits.jobs()) == 2


async def test_a_signature_that_does_not_fit_is_refused_and_counted(
    web: AsyncClient, waits: Offered, runtime: ReadRuntime
) -> None:
    event = of_link(waits.row_id, "payment_link.paid")
    assert await razorpay_posts(web, event, secret="another") == 403
    assert await stripe_posts(web, of_intent("payment_intent.succeeded", "pi_1"), secret="another") == 403
    assert await stripe_posts(web, of_intent("payment_intent.succeeded", "pi_1"), age=301) == 403
    assert (await web.post("/payments/stripe", content=b"{}")).status_code == 403
    assert (await web.post("/payments/razorpay", content=b"{}")).status_code == 403
    counts = runtime.counts  # type: ignore[attr-defined]
    assert counts == {"razorpay.bad_signature": 2, "stripe.bad_signature": 3}
    assert await waits.shop.rows(WebhookEvent) == []


async def test_without_a_secret_nothing_is_believed(web: AsyncClient, runtime: ReadRuntime) -> None:
    runtime.settings = runtime.settings.model_copy(update={"razorpay_webhook_secret": None})
    assert await razorpay_posts(web, {}, secret="") == 403


async def test_an_event_that_is_too_large_is_not_read(web: AsyncClient) -> None:
    answer = await web.post("/payments/razorpay", content=b"x" * (door.LARGEST_EVENT + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("event", [[], "text", {"type": "x"}])
async def test_what_is_no_event_is_refused(web: AsyncClient, event: Any) -> None:
    assert await stripe_posts(web, event) == 422


async def test_an_event_of_stripe_wakes_what_waits_to_find_out(web: AsyncClient, shop: Shop) -> None:
    cards = FakePayments()
    order = await order_of(shop, cards=cards)
    (reference,) = cards.held
    (waiting,) = [job for job in await shop.jobs(order.id) if job.kind == "payments.recover"]
    await stripe_posts(web, of_intent("payment_intent.canceled", reference))
    (woken,) = [job for job in await shop.jobs(order.id) if job.kind == "payments.recover"]
    assert woken.due_at < waiting.due_at
    (row,) = await shop.rows(WebhookEvent)
    assert isinstance(row, WebhookEvent)
    assert row.jobs == 1


async def test_a_refund_is_looked_at_when_something_is_told_of_it(web: AsyncClient, shop: Shop) -> None:
    row = await refunded(shop, FakePayments())
    about = {"id": "re_1", "object": "refund", "metadata": {"key": row.key}}
    event = {"id": "evt_9", "type": "refund.failed", "data": {"object": about}}
    assert await stripe_posts(web, event) == 204
    kinds = [job.kind for job in await shop.jobs(row.order_id)]
    assert payment_events.LOOK_AT_REFUND in kinds


async def test_the_comparison_is_asked_for_and_who_wanted_it_is_kept(web: AsyncClient, shop: Shop) -> None:
    assert (await web.get("/payments/reconcile")).json() == {"reports": []}
    assert (await web.post("/payments/reconcile")).status_code == 202
    jobs = [row for row in await shop.rows(Outbox) if isinstance(row, Outbox)]
    assert [job.kind for job in jobs] == ["payments.reconcile"]
    (noted,) = await shop.rows(Audit, col(Audit.action) == "payments.reconcile")
    assert isinstance(noted, Audit)
    assert noted.actor == "key:operator"


async def test_only_an_operator_compares(app: FastAPI, web: AsyncClient, reader: AsyncClient) -> None:
    assert (await reader.get("/payments/reconcile")).status_code == 403
    assert (await reader.post("/payments/reconcile")).status_code == 403
