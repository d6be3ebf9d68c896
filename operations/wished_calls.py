"""A call that one of our people wants: what a job would want, looked up and checked, and kept in the audit."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from compliance.gate import TABLES
from db.models import Audit, Customer, Driver, Order, Restaurant
from domain.calling import Kind, Person
from domain.dialling import AGENTS, Topic, Wanted, kind_of, purpose_of
from domain.ids import new_id, read, show
from errors import Conflict, Invalid, NotFound
from operations.dial_rows import PREFIXES
from operations.dialling import line_for

WISH = "wish"
KINDS = {prefix.value: kind for kind, prefix in PREFIXES.items()}


def party(text: str) -> tuple[Kind, UUID]:
    """Who is meant by `cus_...`, `rst_...` or `drv_...`. Raises Invalid for any other id."""
    kind = KINDS.get(text.partition("_")[0])
    if kind is None:
        raise Invalid("Give the id of a customer, a restaurant or a driver.")
    return kind, read(PREFIXES[kind], text)


async def wish(
    session: AsyncSession,
    agent: str,
    to: tuple[Kind, UUID],
    topic: Topic,
    order_id: UUID | None,
    *,
    actor: str,
    source: str,
    clock: Clock,
) -> Wanted:
    """What is to be dialled, under a key of its own; who wanted it, and from where, is kept.

    Raises:
        NotFound: there is no such person, or no such order, or no line of ours in their market.
        Conflict: the agent does not call about this, or not them.
    """
    kind, id = to
    if AGENTS[topic] != agent or kind_of(topic) is not kind:
        raise Conflict(f"{agent} does not call a {kind} about this: {topic}")
    row: Customer | Restaurant | Driver | None = await session.get(TABLES[kind], id)
    if row is None:
        raise NotFound(f"there is no such {kind}")
    order = await session.get(Order, order_id) if order_id else None
    if order_id is not None and order is None:
        raise NotFound("there is no such order")
    city = getattr(row, "city", None) or (str(order.place.get("city")) if order else None)
    now = clock.now()
    wanted = Wanted(
        key=f"{WISH}:{new_id()}",
        person=Person(kind, id, order_id),
        purpose=purpose_of(topic),
        topic=topic,
        since=now,
        line=await line_for(session, row.market, city),
    )
    subject = show(PREFIXES[kind], id)
    data = {"agent": agent, "topic": topic.value, "key": wanted.key}
    session.add(Audit(actor=actor, action="agent.call", subject=subject, source=source, at=now, data=data))
    return wanted
