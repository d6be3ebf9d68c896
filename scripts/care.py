"""What a conversation did about placed orders, and who had the caller: complaints, refunds, stars, handoffs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from db.models import AgentTransition, Complaint, Consent, Payment, Rating, Refund
from scripts.check import Check
from scripts.shape import Shape

Kind = Literal[
    "not_delivered", "wrong_order", "missing_items", "quality", "late", "conduct", "charge", "other"
]
Crossing = Annotated[str, Field(pattern=r"^[a-z_]+ > [a-z_]+$")]
""" "customer_order > customer_support"."""
NEW = "new"
"""The order of this call, where an order is named."""
REFUNDED, CARD = "refunded", "card"
NO_REASON = ("", "not said")
Names = Mapping[UUID, str]
"""What a scenario calls its orders, by their ids."""


class WantedComplaint(Shape):
    """A complaint filed in the call."""

    kind: Kind
    order: str | None = None
    """A given order's name, `NEW`, or none."""
    status: str = "open"


class WantedRefund(Shape):
    """Money promised in the call."""

    order: str
    amount: int
    """Minor units."""
    status: str = REFUNDED
    means: Literal["card", "person"] | None = None
    reason: str | None = None
    rule: str | None = None


@dataclass
class FoundComplaint:
    """A complaint; its order by the name the scenario has for it."""

    kind: str
    order: str | None
    status: str

    @property
    def words(self) -> str:
        """All of it."""
        return f"{self.kind} of {self.order}, {self.status}"


@dataclass
class FoundRefund:
    """A refund; its order by the name the scenario has for it."""

    order: str | None
    amount: int
    status: str
    means: str
    reason: str
    rule: str
    ledger: list[int] = field(default_factory=list)
    """What the payment ledger of the order says went back under this refund's key, minor units."""


@dataclass
class FoundHandoff:
    """A row of `agent_transitions` from one agent to another."""

    source: str
    target: str
    reason: str
    latency_ms: float | None

    @property
    def words(self) -> str:
        """Who gave the caller to whom."""
        return f"{self.source} > {self.target}"

    @property
    def told(self) -> bool:
        """Whether it says why, and how long the caller waited for the new agent's words."""
        return self.reason not in NO_REASON and self.latency_ms is not None


async def complaints(
    session: AsyncSession, calls: Collection[UUID], names: Names, but: Collection[UUID] = ()
) -> list[FoundComplaint]:
    """Complaints of these calls or about these orders, oldest first, without those whose ids are in `but`."""
    rows = await session.scalars(
        select(Complaint)
        .where(
            or_(col(Complaint.call_id).in_(calls), col(Complaint.order_id).in_(list(names))),
            col(Complaint.id).not_in(but),
        )
        .order_by(col(Complaint.created_at), col(Complaint.id))
    )
    return [FoundComplaint(row.kind, _named(row.order_id, names), row.status) for row in rows]


async def refunds(session: AsyncSession, calls: Collection[UUID], names: Names) -> list[FoundRefund]:
    """Refunds of these calls or for these orders, oldest first."""
    rows = await session.scalars(
        select(Refund)
        .where(or_(col(Refund.call_id).in_(calls), col(Refund.order_id).in_(list(names))))
        .order_by(col(Refund.created_at), col(Refund.id))
    )
    found = []
    for row in rows.all():
        facts = await session.scalars(
            select(Payment.amount).where(
                col(Payment.order_id) == row.order_id,
                col(Payment.key) == row.key,
                col(Payment.kind) == REFUNDED,
            )
        )
        about = _named(row.order_id, names)
        found.append(FoundRefund(about, row.amount, row.status, row.means, row.reason, row.rule, list(facts)))
    return found


async def handoffs(session: AsyncSession, calls: Collection[UUID]) -> list[FoundHandoff]:
    """Who gave the caller to whom in these calls, in that order."""
    rows = await session.scalars(
        select(AgentTransition)
        .where(col(AgentTransition.call_id).in_(calls), col(AgentTransition.from_agent).is_not(None))
        .order_by(col(AgentTransition.at), col(AgentTransition.id))
    )
    return [FoundHandoff(str(row.from_agent), row.to_agent, row.reason, row.latency_ms) for row in rows]


async def stars(session: AsyncSession, order_id: UUID) -> int | None:
    """What the customer thought of an order."""
    found: int | None = await session.scalar(select(Rating.stars).where(col(Rating.order_id) == order_id))
    return found


def complaint_checks(wanted: Sequence[WantedComplaint], found: Sequence[FoundComplaint]) -> Iterator[Check]:
    """Complaints in their order; what is not wanted must not be there."""
    told = [FoundComplaint(each.kind, each.order, each.status).words for each in wanted]
    yield Check("new complaints", told, [each.words for each in found])


def refund_checks(wanted: Sequence[WantedRefund], found: Sequence[FoundRefund]) -> Iterator[Check]:
    """Refunds in their order. What went back to a card stands in the payment ledger, with the same amount, once."""
    yield Check("new refunds", [each.order for each in wanted], [each.order for each in found])
    for wish, row in zip(wanted, found, strict=False):
        facts = wish.model_dump(exclude_none=True, exclude={"order"})
        yield Check(f"refund of {wish.order}", facts, {name: getattr(row, name) for name in facts})
        given = row.status == REFUNDED and row.means == CARD
        yield Check(f"refund of {wish.order}: ledger", [row.amount] if given else [], row.ledger)


def handoff_checks(wanted: Sequence[str], found: Sequence[FoundHandoff]) -> Iterator[Check]:
    """Handoffs in their order, each with its reason and its latency."""
    yield Check("handoffs", list(wanted), [each.words for each in found])
    untold = [each.words for each in found if not each.told]
    yield Check("handoffs without reason or latency", [], untold)


def _named(order_id: UUID | None, names: Names) -> str | None:
    return names.get(order_id, "another's order") if order_id else None


async def consents(session: AsyncSession, phone_hash: str) -> dict[str, bool]:
    """What holds for a number now: the newest answer of each purpose, whichever call it was given in."""
    answers = await session.scalars(
        select(Consent)
        .where(col(Consent.phone_hash) == phone_hash)
        .order_by(col(Consent.at), col(Consent.id))
    )
    return {answer.purpose: answer.granted for answer in answers}
