"""The doors payment providers knock on, and what an operator asks: how their books compare with ours."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field, SecretStr

from api.keys import Key, needs
from api.request import runtime_of, source_of
from api.schemas import Amount, Database, Shown, amount
from db.models import Audit, Difference, Reconciliation
from domain.ids import Prefix, show
from operations import payment_events, reconciling
from operations.payment_events import Told
from vendors import razorpay, stripe

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/payments", tags=["payments"])
LARGEST_EVENT = 256 * 1024
"""Bytes. A Stripe event is a few kB, one with a large object within it some ten."""
LONGEST_ID = 120
Operator = Annotated[Key, Depends(needs("operate"))]


class Compared(Shown):
    """One thing a provider and the ledger do not agree on."""

    kind: str = Field(description="missing_here, missing_there, amount or status")
    about: str = Field(description="payment or refund")
    reference: str = Field(description="The provider's id.")
    order_id: str | None
    ours: Amount | None
    theirs: Amount | None
    our_status: str | None = Field(description="held, taken, released, given or failed")
    their_status: str | None
    seen_at: datetime | None = Field(description="When the provider made it.")


class Report(Shown):
    """One comparison of a provider's books with the payment ledger."""

    provider: str
    since: datetime = Field(description="Real time.")
    until: datetime = Field(description="Real time; what is younger is left for the next comparison.")
    at: datetime
    theirs: int = Field(description="Payments and refunds the provider has in that window.")
    ours: int
    differences: list[Compared]


class Reports(Shown):
    """The newest comparison with each provider; none where nothing was compared yet."""

    reports: list[Report]


@router.post("/stripe", status_code=204)
async def stripe_event(request: Request) -> None:
    """An event of Stripe, signed, in whatever order and however often. 403 without a fresh signature."""
    signature = request.headers.get("stripe-signature", "")
    secret = runtime_of(request).settings.stripe_webhook_secret
    body = await signed_body(request, "stripe", secret, lambda body, key: stripe.signed(body, signature, key))
    event = read(body)
    if not isinstance(event.get("id"), str) or len(event["id"]) > LONGEST_ID:
        raise HTTPException(422, "this event has no id")
    await take(request, payment_events.of_stripe(event))


@router.post("/razorpay", status_code=204)
async def razorpay_event(request: Request) -> None:
    """An event of Razorpay, signed, in whatever order and however often. 403 without a signature that fits."""
    signature = request.headers.get("x-razorpay-signature", "")
    secret = runtime_of(request).settings.razorpay_webhook_secret
    body = await signed_body(
        request, "razorpay", secret, lambda body, key: razorpay.signed(body, signature, key)
    )
    event_id = request.headers.get("x-razorpay-event-id", "")
    if not event_id or len(event_id) > LONGEST_ID:
        raise HTTPException(422, "this event has no id")
    await take(request, payment_events.of_razorpay(event_id, read(body)))


async def signed_body(
    request: Request, provider: str, secret: SecretStr | None, fits: Callable[[bytes, str], bool]
) -> bytes:
    """The posted bytes, once their signature proves who sent them.

    Raises HTTPException: 413 for more than any event has, 403 for a signature that is missing, wrong or too old.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_EVENT:
            raise HTTPException(413, "this event is too large")
    if secret is None or not fits(bytes(body), secret.get_secret_value()):
        counts = runtime_of(request).counts
        counts[f"{provider}.bad_signature"] += 1
        log.warning(f"{provider}.bad_signature", count=counts[f"{provider}.bad_signature"])
        raise HTTPException(403, "bad signature")
    return bytes(body)


def read(body: bytes) -> dict[str, Any]:
    """An event. Raises HTTPException: 422 for what is no JSON object."""
    try:
        found = json.loads(body)
    except ValueError as error:
        raise HTTPException(422, "this is not JSON") from error
    if not isinstance(found, dict):
        raise HTTPException(422, "this is no event")
    return found


async def take(request: Request, told: Told) -> None:
    """Write an event down with what it causes. Known ones and those that lead nowhere are accepted as well."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        new = await payment_events.take(session, told, runtime.clock.now())
    log.info("payments.event", provider=told.provider, type=told.type, new=new)


@router.get("/reconcile", dependencies=[Depends(needs("operate"))])
async def last_reports(session: Database) -> Reports:
    """What the newest comparison with each provider has found."""
    found = [await reconciling.last(session, name) for name in (stripe.Stripe.name, razorpay.Razorpay.name)]
    return Reports(reports=[shown(*one) for one in found if one is not None])


@router.post("/reconcile", status_code=202)
async def reconcile(request: Request, key: Operator) -> None:
    """Compare the providers' books with ours now; who wanted it is kept. No money is moved by it."""
    runtime = runtime_of(request)
    now = runtime.clock.now()
    async with runtime.sessions() as session, session.begin():
        await reconciling.ask_now(session, now)
        session.add(
            Audit(
                actor=f"key:{key.name}",
                action="payments.reconcile",
                subject="payments",
                source=source_of(request)[:80],
                at=now,
            )
        )


def shown(report: Reconciliation, differences: list[Difference]) -> Report:
    """A comparison as the API shows it."""
    return Report(
        provider=report.provider,
        since=report.since,
        until=report.until,
        at=report.at,
        theirs=report.theirs,
        ours=report.ours,
        differences=[
            Compared(
                kind=one.kind,
                about=one.about,
                reference=one.reference,
                order_id=show(Prefix.ORDER, one.order_id) if one.order_id else None,
                ours=None if one.our_amount is None else amount(one.our_amount, one.currency),
                theirs=None if one.their_amount is None else amount(one.their_amount, one.currency),
                our_status=one.our_status,
                their_status=one.their_status,
                seen_at=one.seen_at,
            )
            for one in differences
        ],
    )
