"""The facts of calls as they happen, as server-sent events that resume where they broke off."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.requests import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.keys import needs
from api.masking import shown_facts
from api.request import runtime_of
from api.schemas import Personal
from db.events import Event, EventLog, Subscription
from db.models import CallEvent
from domain.ids import Prefix, read, show
from errors import Invalid
from operations import reading

router = APIRouter(prefix="/events", tags=["calls"], dependencies=[Depends(needs("read"))])

REPLAYED_AT_MOST = 1000  # of all calls; the stream then ends and the client asks on from the last one

DESCRIPTION = """
Each event's `data` is JSON: `{"call", "seq", "at", "type", "version", "data"}`; its `id` is `<call>.<seq>`.

With `?call=cal_...` the call is told from its first event on, then live; without, all calls from now on.
Without the scope `privacy`, `data` tells what happened and how long it took, but not what anybody said.
`Last-Event-ID`, which browsers send by themselves, continues after that event in both cases.
"""


@router.get(
    "",
    description=DESCRIPTION,
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "A stream that does not end."}},
)
async def follow_events(
    request: Request,
    personal: Personal,
    call: Annotated[str | None, Query(description="Only this call, `cal_...`.")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventSourceResponse:
    """What was missed, then what happens."""
    log = runtime_of(request).events
    call_id = read(Prefix.CALL, call) if call else None
    last = read_event_id(last_event_id) if last_event_id else None
    if last and call_id and last[0] != call_id:
        raise Invalid("Last-Event-ID is of another call than the one asked for.")
    live = log.subscribe(call_id)
    missed, more = await find_missed(request, log, call_id, last)
    told = stream(missed, more, live, personal)
    return EventSourceResponse(told, headers={"Cache-Control": "no-store"})


async def find_missed(
    request: Request, log: EventLog, call_id: UUID | None, last: tuple[UUID, int] | None
) -> tuple[list[CallEvent], bool]:
    """What is to be told before the live events, and whether there is more of it. Raises NotFound."""
    if last is None and call_id is None:
        return [], False
    await log.flush()
    async with runtime_of(request).sessions() as session:
        if call_id is not None:
            return await reading.call_events(session, call_id, last[1] if last else 0), False
        found = await reading.events_after(session, last, limit=REPLAYED_AT_MOST + 1) if last else []
    return found[:REPLAYED_AT_MOST], len(found) > REPLAYED_AT_MOST


async def stream(
    missed: list[CallEvent], more: bool, live: Subscription, personal: bool
) -> AsyncIterator[ServerSentEvent]:
    """First the missed events, then the live ones that were not among them."""
    told: dict[UUID, int] = {}
    try:
        for event in missed:
            told[event.call_id] = event.seq
            yield shown(event, personal)
        if more:
            return
        async for happened in live:
            if happened.seq > told.get(happened.call_id, 0):
                yield shown(happened, personal)
    finally:
        live.close()


def shown(event: CallEvent | Event, personal: bool) -> ServerSentEvent:
    """An event as it goes over the wire."""
    told: dict[str, Any] = {
        "call": show(Prefix.CALL, event.call_id),
        "seq": event.seq,
        "at": event.at.isoformat(),
        "type": event.type,
        "version": event.version,
        "data": shown_facts(event.data, personal),
    }
    return ServerSentEvent(json.dumps(told, ensure_ascii=False), id=f"{event.call_id.hex}.{event.seq}")


def read_event_id(text: str) -> tuple[UUID, int]:
    """The call and number behind `<call hex>.<seq>`. Raises Invalid."""
    head, _, number = text.partition(".")
    if not (number.isascii() and number.isdigit()):
        raise Invalid("Last-Event-ID looks like 0190c6a4....17")
    return read(Prefix.CALL, f"{Prefix.CALL}_{head}"), int(number)
