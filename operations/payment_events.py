"""What payment providers tell us, in whatever order and however often. It is a reason to look, and never the answer.

An event's row and the jobs it causes are written in one transaction; the jobs ask the provider, as they always do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, Outbox, Payment, PaymentLink, WebhookEvent
from domain.ids import new_id
from domain.order import OrderStatus
from operations import giving, jobs, ledger, link_rows

LOOK_AT_REFUND = "payments.refund_look"
SETTLES = ("payments.recover", "payments.capture", "payments.release")
"""Jobs that an event about a card payment wakes: each asks what became of it."""


@dataclass(frozen=True)
class Told:
    """An event, as far as it says where to look."""

    provider: str
    event_id: str
    type: str
    link: UUID | None = None
    """Our own link."""
    payment: str | None = None
    """The provider's id of a payment."""
    order_code: str | None = None
    refund_key: str | None = None
    """Our key of a refund; None for one that somebody made by hand, which reconciliation reports."""


async def take(session: AsyncSession, told: Told, now: datetime) -> bool:
    """Write an event down and the jobs that look into it; False, and nothing done, for one that is known."""
    row = {
        "id": new_id(),
        "provider": told.provider,
        "event_id": told.event_id,
        "type": told.type[:80],
        "jobs": 0,
        "at": now,
    }
    made = await session.execute(
        insert(WebhookEvent)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(col(WebhookEvent.id))
    )
    new = made.scalar_one_or_none()
    if new is None:
        return False
    caused = await _look_at_link(session, told, now) + await _look_at_refund(session, told, now)
    caused += await _look_at_payment(session, told, now)
    (await session.get_one(WebhookEvent, new)).jobs = caused
    return True


async def _look_at_link(session: AsyncSession, told: Told, now: datetime) -> int:
    """A job of its own: the link's first one may be done already, when money comes late."""
    row = await session.get(PaymentLink, told.link) if told.link else None
    if row is None or row.provider != told.provider:
        return 0
    await link_rows.follow(session, row, now, now, told.event_id)
    return 1


async def _look_at_refund(session: AsyncSession, told: Told, now: datetime) -> int:
    row = await giving.of_key(session, told.refund_key) if told.refund_key else None
    if row is None:
        return 0
    payload = {"order_id": str(row.order_id), "key": row.key}
    await ledger.job(session, LOOK_AT_REFUND, f"{row.id.hex}:{told.event_id}", payload, now, now)
    return 1


async def _look_at_payment(session: AsyncSession, told: Told, now: datetime) -> int:
    """Wake what waits to find out about a card payment: of the order it is booked for, or whose code it carries."""
    if told.link is not None or told.refund_key is not None:
        return 0
    orders: set[UUID] = set()
    if told.payment:
        booked = select(Payment.order_id).where(
            col(Payment.provider) == told.provider, col(Payment.reference) == told.payment
        )
        orders.update(await session.scalars(booked))
    if told.order_code and not orders:  # the answer that would have told the reference was lost
        waiting = select(Order.id).where(
            col(Order.code) == told.order_code, col(Order.status) == OrderStatus.AWAITING_PAYMENT
        )
        orders.update(await session.scalars(waiting))
    woken = 0
    for order_id in orders:
        for key in await _open_jobs(session, order_id):
            woken += await jobs.wake(session, key, now)
    return woken


async def _open_jobs(session: AsyncSession, order_id: UUID) -> list[str]:
    """Keys of jobs that wait to find out about an order's money; those of its refunds, too."""
    kinds = (*SETTLES, giving.JOB)
    query = select(Outbox.key).where(
        col(Outbox.kind).in_(kinds), jobs.OPEN, col(Outbox.payload)["order_id"].as_string() == str(order_id)
    )
    return list(await session.scalars(query))


def of_stripe(event: Mapping[str, Any]) -> Told:
    """A Stripe event. What is not about an intent, a charge or a refund of ours leads nowhere."""
    about = _object(event.get("data"), "object")
    metadata = _object(about, "metadata")
    kind = about.get("object")
    payment = about.get("id") if kind == "payment_intent" else about.get("payment_intent")
    return Told(
        "stripe",
        str(event["id"]),
        str(event.get("type", "")),
        payment=str(payment) if payment else None,
        order_code=_text(metadata, "order_code"),
        refund_key=_text(metadata, "key") if kind == "refund" else None,
    )


def of_razorpay(event_id: str, event: Mapping[str, Any]) -> Told:
    """A Razorpay event: about a link by its reference, about a payment by the notes it has from its link."""
    payload = _object(event, "payload")
    link = _object(_object(payload, "payment_link"), "entity")
    payment = _object(_object(payload, "payment"), "entity")
    refund = _object(_object(payload, "refund"), "entity")
    named = _text(link, "reference_id") or _text(_object(payment, "notes"), "link")
    return Told(
        "razorpay",
        event_id,
        str(event.get("event", "")),
        link=None if refund else _id(named),
        payment=_text(payment, "id"),
        refund_key=_text(_object(refund, "notes"), "key"),
    )


def _object(of: Any, name: str) -> Mapping[str, Any]:
    """A part of an event; empty where there is none, as `notes` are `[]` without entries."""
    found = of.get(name) if isinstance(of, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(of: Mapping[str, Any], name: str) -> str | None:
    found = of.get(name)
    return found if isinstance(found, str) and found else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(hex=text) if text else None
    except ValueError:
        return None
