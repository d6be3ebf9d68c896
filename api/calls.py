"""Calls as the operator reads them: live and past, what was said, which tools ran."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.keys import needs
from api.masking import shown_facts, shown_tool
from api.schemas import MORE, Amount, Database, Fact, Limit, Personal, Shown, amount, words
from db.models import CallRow
from domain.call_state import CallState
from domain.ids import Prefix, read, show
from domain.masking import HIDDEN
from operations import reading
from operations.dialling import leg_of
from operations.transcripts import tell

router = APIRouter(prefix="/calls", tags=["calls"], dependencies=[Depends(needs("read"))])


class ListedCall(Shown):
    """A call on a list. The caller's number is not kept in the clear and never shown."""

    id: str = Field(examples=["cal_0198f2a0c0de7000800000000000abcd"])
    channel: str = Field(description="twilio, webrtc or eval")
    direction: str = Field(description="inbound or outbound")
    market: str
    line: str = Field(description="Our own number.")
    purpose: str
    customer_id: str | None
    agent: str = Field(description="Who speaks, or spoke last.")
    status: str
    outcome: str | None
    live: bool
    recording_consent: bool | None
    resumed_from: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


class Turn(Shown):
    """Something said."""

    seq: int
    at: datetime
    who: str = Field(description="caller or agent")
    text: str = Field(description="Hidden without the scope `privacy`.")
    agent: str | None
    interrupted: bool = Field(description="The caller barged in; the text is what was heard of it.")


class ToolCall(Shown):
    """A tool the model called. Without the scope `privacy` its texts are hidden."""

    seq: int
    at: datetime
    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None = Field(description="Null while it runs.")
    ms: float | None


class Transition(Shown):
    """A hand-over between agents, or the choice of the first one."""

    at: datetime
    from_agent: str | None
    to_agent: str
    reason: str = Field(description="Hidden without the scope `privacy`, as is the summary.")
    summary: str | None
    latency_ms: float | None


class Latency(Shown):
    """One measurement, with its parts."""

    seq: int
    at: datetime
    what: str
    data: dict[str, Any]


class ShownCartLine(Shown):
    """A line of the cart."""

    line: str = Field(description="Its handle in this call, `line-1`.")
    text: str
    quantity: int
    total: Amount
    open: str | None = Field(description="What still has to be asked: size, or a choice's name.")


class ShownCart(Shown):
    """The cart at its newest saved version."""

    version: int
    complete: bool
    lines: list[ShownCartLine]
    items: Amount | None = Field(description="Sum of the lines; null while the cart is empty.")


class ShownCall(ListedCall):
    """One call with all that is known of it."""

    topic: str | None = Field(description="What a call that we began is about; null for one that came in.")
    transcript: list[Turn]
    tools: list[ToolCall]
    agents: list[Transition]
    latency: list[Latency]
    cart: ShownCart | None = Field(description="Null when no state was saved or it has been forgotten.")
    order_ids: list[str] = Field(description="Orders this call placed or asked about.")


class CallPage(Shown):
    """Calls, newest first."""

    calls: list[ListedCall]
    next: str | None = Field(description=MORE)


class CallHistory(Shown):
    """A call's facts, oldest first."""

    events: list[Fact]


@router.get("")
async def list_calls(
    session: Database,
    live: Annotated[bool | None, Query(description="true: not ended yet; false: over.")] = None,
    sid: Annotated[
        str | None, Query(description="The channel's own id: CallSid, or peer connection.")
    ] = None,
    customer: Annotated[str | None, Query(description="A customer's id, `cus_...`.")] = None,
    after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
    limit: Limit = 50,
) -> CallPage:
    """Live and past calls, newest first."""
    page = await reading.calls(
        session,
        live=live,
        sid=sid,
        customer=read(Prefix.CUSTOMER, customer) if customer else None,
        after=read(Prefix.CALL, after) if after else None,
        limit=limit,
    )
    return CallPage(
        calls=[ListedCall(**listed(row)) for row in page.rows],
        next=show(Prefix.CALL, page.next) if page.next else None,
    )


@router.get("/{id}")
async def show_call(session: Database, personal: Personal, id: str) -> ShownCall:
    """One call: transcript, tools, agents, latency, cart; without the scope `privacy` no word of anybody's."""
    whole = await reading.call(session, read(Prefix.CALL, id))
    told = tell(whole.events)
    state, leg = whole.state, await leg_of(session, whole.call.id)
    return ShownCall(
        **listed(whole.call),
        topic=leg.topic.value if leg else None,
        transcript=[Turn(**vars(said) | {"text": words(said.text, personal)}) for said in told.turns],
        tools=[
            ToolCall(
                seq=run.seq,
                at=run.at,
                tool=run.tool,
                arguments=shown_tool(run.arguments, personal),
                result=shown_tool(run.result, personal),
                ms=run.ms,
            )
            for run in told.tools
        ],
        agents=[
            Transition(
                at=step.at,
                from_agent=step.from_agent,
                to_agent=step.to_agent,
                reason=step.reason if personal else HIDDEN,
                summary=words(step.summary, personal),
                latency_ms=step.latency_ms,
            )
            for step in whole.transitions
        ],
        latency=[
            Latency(**vars(measured) | {"data": shown_facts(measured.data, personal)})
            for measured in told.latency
        ],
        cart=shown_cart(state, whole.currency, personal) if state else None,
        order_ids=[show(Prefix.ORDER, placed.id) for placed in state.placed] if state else [],
    )


@router.get("/{id}/events")
async def show_call_events(
    session: Database,
    personal: Personal,
    id: str,
    after: Annotated[int, Query(ge=0, description="Only events with a higher number.")] = 0,
) -> CallHistory:
    """A call's facts so far, oldest first."""
    found = await reading.call_events(session, read(Prefix.CALL, id), after)
    return CallHistory(
        events=[
            Fact(
                seq=event.seq,
                at=event.at.isoformat(),
                type=event.type,
                version=event.version,
                data=shown_facts(event.data, personal),
            )
            for event in found
        ]
    )


def listed(row: CallRow) -> dict[str, Any]:
    """The fields a call has on a list and on its own page."""
    return {
        "id": show(Prefix.CALL, row.id),
        "channel": row.channel,
        "direction": row.direction,
        "market": row.market,
        "line": row.line,
        "purpose": row.purpose,
        "customer_id": show(Prefix.CUSTOMER, row.customer_id) if row.customer_id else None,
        "agent": row.agent,
        "status": row.status,
        "outcome": row.outcome,
        "live": row.ended_at is None,
        "recording_consent": row.recording_consent,
        "resumed_from": show(Prefix.CALL, row.resumed_from) if row.resumed_from else None,
        "started_at": row.started_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
    }


def shown_cart(state: CallState, currency: str | None, personal: bool) -> ShownCart:
    """The cart of a call's state, priced in its kitchen's currency; none is known before the first dish.

    What a caller noted on a dish is theirs: it is left out unless `personal`.
    """
    cart = state.cart
    priced = [(line, amount(line.amount, currency)) for line in cart.lines] if currency else []
    return ShownCart(
        version=cart.version,
        complete=cart.complete,
        lines=[
            ShownCartLine(
                line=line.handle,
                text=(line if personal else line.model_copy(update={"note": None})).described(),
                quantity=line.quantity,
                total=total,
                open=question[0] if (question := line.open_question()) else None,
            )
            for line, total in priced
        ],
        items=amount(cart.items_amount, currency) if currency and cart.lines else None,
    )
