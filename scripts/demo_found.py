"""What a played demonstration left behind: rows about its order, calls, money on both sides, texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from db.models import Callback, CallEvent, Complaint, Payment, Rating
from domain.dialling import Outcome
from operations.reconciling import KINDS, WEIGHT
from scripts.demo_world import Seen, World
from vendors.payments import Books, Movement
from vendors.razorpay import Razorpay
from vendors.stripe import Stripe


@dataclass(frozen=True)
class Money:
    """One payment or refund as the ledger and the provider have it: status and minor units; None: not there."""

    reference: str
    ours: tuple[str, int] | None
    theirs: tuple[str, int] | None
    currency: str

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.ours == self.theirs


@dataclass
class Left:
    """Everything that is compared; times are business time."""

    seen: Seen
    words: list[tuple[str, str]] = field(default_factory=list)
    """Agent and what they said, call by call in the order they began."""
    payments: Sequence[Payment] = ()
    money: list[Money] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    stars: int | None = None
    refused: list[str] = field(default_factory=list)
    """Rules by which the gate said no at the moment of dialling."""
    people_asked: int = 0
    texts: list[dict[str, str]] = field(default_factory=list)
    """`to` and `body` as the telephone company has them."""


async def left(world: World, seen: Seen, since: datetime, real: datetime, books: Sequence[Books]) -> Left:
    """Read it, of what was begun since (business time; `real`: the machine's).

    Raises VendorError where a provider's books cannot be read.
    """
    found = Left(seen)
    ids = [call.id for call in seen.calls]
    async with world.rows.sessions() as session:
        spoken = await session.scalars(
            select(CallEvent)
            .where(col(CallEvent.call_id).in_(ids), col(CallEvent.type) == "turn.agent")
            .order_by(col(CallEvent.call_id), col(CallEvent.seq))
        )
        found.words = [(str(event.data.get("agent") or ""), str(event.data["text"])) for event in spoken]
        found.refused = [dial.rule or "" for dial in seen.dials if dial.outcome == Outcome.REFUSED]
        asked = await session.scalars(select(Callback).where(col(Callback.created_at) >= since))
        found.people_asked = len(asked.all())
        if seen.order is not None:
            of_order = seen.order.id
            rows = await session.scalars(
                select(Payment)
                .where(col(Payment.order_id) == of_order)
                .order_by(col(Payment.at), col(Payment.id))
            )
            found.payments = rows.all()
            complaints = await session.scalars(select(Complaint).where(col(Complaint.order_id) == of_order))
            found.complaints = [one.kind for one in complaints]
            found.stars = await session.scalar(select(Rating.stars).where(col(Rating.order_id) == of_order))
    found.money = await _money(found.payments, books, real)
    answer = await world.sandbox.get("/control/messages")
    answer.raise_for_status()
    found.texts = [one for one in answer.json() if one["direction"].startswith("outbound")]
    return found


async def _money(payments: Sequence[Payment], books: Sequence[Books], since: datetime) -> list[Money]:
    """The ledger beside the providers' books, by reference."""
    now = datetime.now(UTC)
    theirs: dict[str, Movement] = {}
    for each in books:
        for one in await each.movements(since, now + timedelta(minutes=5)):
            theirs[one.reference] = one
    ours: dict[str, Payment] = {}
    moved = [row for row in payments if row.reference and row.kind in KINDS]
    for row in sorted(moved, key=lambda row: WEIGHT.index(KINDS[row.kind])):
        ours[str(row.reference)] = row
    found = []
    for reference in {**ours, **theirs}:
        mine, their = ours.get(reference), theirs.get(reference)
        found.append(
            Money(
                reference,
                (KINDS[mine.kind].value, mine.amount) if mine else None,
                (their.status.value, their.amount.amount) if their else None,
                mine.currency if mine else their.amount.currency if their else "",
            )
        )
    return found


def books_of(environment: Mapping[str, str]) -> list[Stripe | Razorpay]:
    """The providers of a stack whose books can be read here."""
    played = environment["SIMULATED"].split(",")
    found: list[Stripe | Razorpay] = []
    if "stripe" in played:
        found.append(Stripe(environment["STRIPE_API_KEY"], environment["STRIPE_BASE_URL"]))
    if "razorpay" in played:
        keys = environment["RAZORPAY_KEY_ID"], environment["RAZORPAY_KEY_SECRET"]
        found.append(Razorpay(*keys, environment["RAZORPAY_BASE_URL"]))
    return found
