"""The facts of calls as they happen, as server-sent events that resume where they broke off."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.requests import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.keys import needs
from api.masking import shown_facts
from api.request import runtime_of
from api.schemas import Personal
from db.events import Event
from db.models import CallEvent
from domain.ids import Prefix, read, show
from errors import Invalid
from operations.event_feed import Feed, Source

router = APIRouter(prefix="/events", tags=["calls"], dependencies=[Depends(needs("read"))])

DESCRIPTION = """
Each event's `data` is JSON: `{"call", "seq", "at", "type", "version", "data"}`; its `id` is `<call>.<seq>`.

With `?call=cal_...` the call is told from its first event on, then live; without, all calls from now on. Events of
calls that another process holds come a second or two late.
Without the scope `privacy`, `data` tells what happened and how long it took, but not what anybody said.
`Last-Event-ID`, which browsers send by themselves, continues after that event in both cases. For all calls, what others
told in the five seconds before it comes again, and `call` and `seq` tell that it is the same.
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
    runtime = runtime_of(request)
    source = Source(runtime.sessions, runtime.events, runtime.clock)
    call_id = read(Prefix.CALL, call) if call else None
    last = read_event_id(last_event_id) if last_event_id else None
    if last and call_id and last[0] != call_id:
        raise Invalid("Last-Event-ID is of another call than the one asked for.")
    if call_id is not None:
        feed = await Feed.of_call(source, call_id, last[1] if last else 0)
    else:
        feed = await Feed.of_all(source, last)
    return EventSourceResponse(stream(feed, personal), headers={"Cache-Control": "no-store"})


async def stream(feed: Feed, personal: bool) -> AsyncIterator[ServerSentEvent]:
    """The events of a feed as they go over the wire."""
    async with aclosing(feed.events()) as events:
        async for event in events:
            yield shown(event, personal)


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
