"""What a conversation left behind, read from the rows."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from db.models import (
    AgentTransition,
    Assignment,
    Audit,
    Brand,
    Callback,
    CallEvent,
    CallRow,
    Complaint,
    EvidenceLink,
    MenuItem,
    Order,
    OrderLine,
    Payment,
    PriceLine,
    Restaurant,
)
from domain.address import Place
from evals.house import House
from evals.stage import Stage
from scripts import care
from scripts.care import FoundComplaint, FoundHandoff, FoundRefund

AGENT = "turn.agent"


@dataclass
class FoundOrder:
    """An order with everything that hangs on it."""

    restaurant: str
    status: str
    payment: str
    payment_status: str
    total: int
    billed: int
    """Sum of its price lines."""
    promotion: int
    place: str
    """As it is spoken."""
    note: str | None
    allergies: list[str]
    substitution: str
    wanted: str | None
    """Hour and minute by the kitchen's clock."""
    stars: int | None
    """What its customer thought of it."""
    delivery: str | None
    """Where the newest asking of a driver stands."""
    lines: list[OrderLine]
    ledger: list[str]


@dataclass
class Found:
    """All there is about a scenario's people at one moment."""

    call_id: UUID | None = None
    outcome: str | None = None
    first_agent: str | None = None
    orders: list[FoundOrder] = field(default_factory=list)
    """Made in the call, oldest first."""
    given: dict[str, FoundOrder] = field(default_factory=dict)
    complaints: list[FoundComplaint] = field(default_factory=list)
    refunds: list[FoundRefund] = field(default_factory=list)
    callbacks: int = 0
    photo_links: int = 0
    """Links for photos that were texted for complaints of the call."""
    gone: set[str] = field(default_factory=set)
    """Dishes that nobody can order from the kitchen that calls."""
    paused: bool = False
    """Whether the kitchen that calls takes no new orders for now."""
    handoffs: list[FoundHandoff] = field(default_factory=list)
    consents: dict[str, bool] = field(default_factory=dict)
    """What holds for the caller's number, by purpose."""
    audit: list[str] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """When each of the events happened, after the call began, in business time."""

    @property
    def turns(self) -> list[str]:
        """What the agent said, turn by turn."""
        return [str(data["text"]) for kind, data in self.events if kind == AGENT]

    @property
    def spoken(self) -> list[str]:
        """Everything the agent said, turn by turn, and the greeting's whole text before it."""
        greeted = [str(data["text"]) for kind, data in self.events if kind == "call.greeted"]
        return greeted + self.turns


async def call_of(session: AsyncSession, house: House, stage: Stage) -> CallRow | None:
    """The newest call of a scenario's caller; None before they have called."""
    hashed = house.keyring.phone_hash(stage.phone) if stage.phone else None
    query = (
        select(CallRow)
        .where(
            col(CallRow.phone_hash).is_(None) if hashed is None else col(CallRow.phone_hash) == hashed,
            col(CallRow.id).not_in(stage.calls),
            col(CallRow.id) > stage.before,
        )
        .order_by(col(CallRow.id).desc())
        .limit(1)
    )
    row: CallRow | None = await session.scalar(query)
    return row


async def look(house: House, stage: Stage) -> Found:
    """Read everything, before the call or after it."""
    async with house.sessions() as session:
        found = Found()
        for name, order_id in stage.orders.items():
            found.given[name] = await _order(session, await session.get_one(Order, order_id))
        if stage.kitchen_id is not None:
            away = select(MenuItem.name).where(
                col(MenuItem.restaurant_id) == stage.kitchen_id, ~col(MenuItem.available)
            )
            found.gone = set(await session.scalars(away))
            kitchen = await session.get_one(Restaurant, stage.kitchen_id)
            found.paused = kitchen.paused_until is not None
        if stage.phone is not None:
            found.consents = await care.consents(session, house.keyring.phone_hash(stage.phone))
        call = await call_of(session, house, stage)
        if call is None:
            return found
        found.call_id, found.outcome = call.id, call.outcome
        names = {order_id: name for name, order_id in stage.orders.items()}
        rows = await session.scalars(
            select(Order).where(col(Order.call_id) == call.id).order_by(col(Order.created_at), col(Order.id))
        )
        for row in rows.all():
            names[row.id] = care.NEW
            found.orders.append(await _order(session, row))
        await _care(session, found, stage, call, names)
        await _call(session, found, call)
        return found


async def _order(session: AsyncSession, order: Order) -> FoundOrder:
    lines = await session.scalars(
        select(OrderLine).where(col(OrderLine.order_id) == order.id).order_by(col(OrderLine.position))
    )
    bill = (await session.scalars(select(PriceLine).where(col(PriceLine.order_id) == order.id))).all()
    payments = await session.scalars(
        select(Payment.kind).where(col(Payment.order_id) == order.id).order_by(col(Payment.id))
    )
    kitchen = await session.get_one(Restaurant, order.restaurant_id)
    brand = await session.get_one(Brand, kitchen.brand_id)
    wanted = order.wanted_at.astimezone(ZoneInfo(kitchen.zone)) if order.wanted_at else None
    return FoundOrder(
        restaurant=f"{brand.name}, {kitchen.branch}",
        status=order.status,
        payment=order.payment_kind,
        payment_status=order.payment_status,
        total=order.total,
        billed=sum(line.amount for line in bill),
        promotion=-sum(line.amount for line in bill if line.kind == "promotion"),
        place=Place.model_validate(order.place).spoken() if order.place else "",
        note=order.note,
        allergies=list(order.allergies),
        substitution=order.substitution,
        wanted=wanted.strftime("%H:%M") if wanted else None,
        stars=await care.stars(session, order.id),
        delivery=await session.scalar(
            select(Assignment.status)
            .where(col(Assignment.order_id) == order.id)
            .order_by(col(Assignment.id).desc())
            .limit(1)
        ),
        lines=list(lines),
        ledger=list(payments),
    )


async def _care(
    session: AsyncSession, found: Found, stage: Stage, call: CallRow, names: dict[UUID, str]
) -> None:
    """Complaints and refunds that are new, of this call or of any of the scenario's orders."""
    found.complaints = await care.complaints(session, [call.id], names, stage.complaints)
    found.refunds = await care.refunds(session, [call.id], names)
    promised = select(func.count()).select_from(Callback).where(col(Callback.call_id) == call.id)
    found.callbacks = await session.scalar(promised) or 0
    texted = (
        select(func.count())
        .select_from(EvidenceLink)
        .join(Complaint, col(Complaint.id) == col(EvidenceLink.complaint_id))
        .where(col(Complaint.call_id) == call.id, col(EvidenceLink.sent_at).is_not(None))
    )
    found.photo_links = await session.scalar(texted) or 0


async def _call(session: AsyncSession, found: Found, call: CallRow) -> None:
    """What the call itself wrote."""
    found.first_agent = await session.scalar(
        select(AgentTransition.to_agent)
        .where(col(AgentTransition.call_id) == call.id, col(AgentTransition.from_agent).is_(None))
        .order_by(col(AgentTransition.at), col(AgentTransition.id))
        .limit(1)
    )
    found.handoffs = await care.handoffs(session, [call.id])
    audit = await session.scalars(select(Audit.action).where(col(Audit.call_id) == call.id))
    found.audit = list(audit)
    events = await session.scalars(
        select(CallEvent).where(col(CallEvent.call_id) == call.id).order_by(col(CallEvent.seq))
    )
    for event in events:
        found.events.append((event.type, event.data))
        found.seconds.append((event.at - call.started_at).total_seconds())
