"""Where one of our people has an agent call somebody, now and once."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from agents import AGENTS
from api.keys import Key, needs
from api.request import runtime_of, source_of
from api.schemas import Shown
from db.engine import transaction
from db.models import DialRow
from domain.calling import Kind
from domain.dialling import Topic
from domain.ids import Prefix, read, show
from errors import Conflict, NotFound, Refused
from operations.dial_rows import PREFIXES, in_use
from operations.dialling import BUDGET_SPENT
from operations.wished_calls import party, wish

router = APIRouter(prefix="/agents", tags=["agents"])
Operator = Annotated[Key, Depends(needs("operate"))]


class WishedCall(BaseModel):
    """Who is to be called, and what about."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(
        examples=["cus_0198f2a0c0de7000800000000000abcd"], description="cus_..., rst_... or drv_..."
    )
    topic: Topic = Field(description="One of the agent's own.")
    order: str | None = Field(default=None, description="The order it is about, `ord_...`.")


class ShownDial(Shown):
    """A call that was asked for."""

    id: str = Field(examples=["dia_0198f2a0c0de7000800000000000abcd"])
    to: str
    topic: Topic
    purpose: str
    line: str = Field(description="Our own number that calls.")
    status: str = Field(
        description="asked: no answer from the telephone company yet, it may ring; ringing; answered."
    )
    rule: str | None = Field(
        description="The rule that allowed it; null while it is not known whether it rings."
    )


@router.post("/{name}/calls", status_code=202)
async def place_call(request: Request, key: Operator, name: str, wished: WishedCall) -> ShownDial:
    """Have an agent call somebody, once: nothing is tried again, and no text is sent in its place.

    403 with the rule's name where the gate says no; 409 where waiting helps (their window opens later, they are on the
    line with us, their telephone has rung often enough) and for a topic that is not the agent's; 502 where the
    telephone company refused. Every wish is kept in the audit, whatever became of it.
    """
    runtime = runtime_of(request)
    if name not in AGENTS:
        raise NotFound(f"there is no agent {name}; there are: {', '.join(AGENTS)}")
    to, order_id = party(wished.to), read(Prefix.ORDER, wished.order) if wished.order else None
    if (dialler := runtime.dialler) is None:
        raise Conflict("There is no telephone company here: TWILIO_ACCOUNT_SID is not set.")
    actor, source = f"key:{key.name}", source_of(request)[:80]
    async with transaction(runtime.sessions) as session:
        wanted = await wish(
            session, name, to, wished.topic, order_id, actor=actor, source=source, clock=runtime.clock
        )
    if await dialler.live(wanted.person) is not None:
        raise Conflict(in_use(*to))
    done = await dialler.call(wanted)
    if done.failed is not None:
        raise done.failed
    if done.row is None:
        raise Conflict(BUDGET_SPENT if done.again_at else in_use(*to))
    if done.refused and done.decision is not None:
        said = f"{done.decision.rule}: {done.decision.reason}"
        raise Conflict(f"{said}; again at {done.again_at.isoformat()}") if done.again_at else Refused(said)
    return shown(done.row)


def shown(row: DialRow) -> ShownDial:
    """A call as the API shows it."""
    return ShownDial(
        id=show(Prefix.DIAL, row.id),
        to=show(PREFIXES[Kind(row.party_kind)], row.party_id),
        topic=Topic(row.topic),
        purpose=row.purpose,
        line=row.line,
        status=row.status,
        rule=row.rule,
    )
