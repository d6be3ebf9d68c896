"""Faults on demand: what the outside world is told to do wrong, and how often."""

import asyncio
import uuid
from collections.abc import Collection, Iterator
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# What machine detection may conclude (Twilio's AnsweredBy).
Verdict = Literal[
    "human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"
]

RequestKind = Literal["status", "delay", "hang", "drop", "act_and_drop", "slow_first_token"]
WebhookKind = Literal["webhook_late", "webhook_twice", "webhook_reordered", "webhook_lost"]
CallKind = Literal["double_dial", "verdict"]
Kind = RequestKind | WebhookKind | CallKind

KINDS: tuple[Kind, ...] = get_args(RequestKind)
WEBHOOK_KINDS: tuple[Kind, ...] = get_args(WebhookKind)

# What can still happen to a connection that is already open.
OPEN_KINDS: tuple[Kind, ...] = ("drop", "act_and_drop")

# Longer than the patience of every client in use (the OpenAI and Anthropic SDKs wait ten minutes).
HANG_SECONDS = 900.0


class Fault(BaseModel):
    """One thing that goes wrong.

    `status` refuses with that HTTP status and the vendor's own body, `delay` answers `seconds` later, `hang`
    never answers, `drop` cuts the connection (at once, or after so many events or bytes of the answer),
    `act_and_drop` does what was asked and cuts the connection instead of saying so, `slow_first_token`
    answers at once but streams nothing for `seconds`.

    The telephone network's own (vendor `twilio`): a webhook comes `seconds` late, once more after `seconds`, after
    the next one about the same call (or after `seconds`, when none comes), or never; `match` is searched in its
    address followed by what it reports ("completed", "human"). Only reports can be reordered or lost. `double_dial`
    makes two calls of one, the second `seconds` later; `verdict` has machine detection conclude `verdict` (the truth
    when left out) `seconds` after the answer. Of these `match` is searched in the number that is called.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default_factory=lambda: uuid.uuid4().hex[:12])
    vendor: str
    kind: Kind
    status: int = Field(default=503, ge=400, le=599)
    seconds: float = Field(default=2.0, ge=0)
    times: int | None = Field(default=1, ge=1, description="null: until cleared")
    after_events: int | None = Field(default=None, ge=0)
    after_bytes: int | None = Field(default=None, ge=0)
    match: str = Field(
        default="", description="only paths that contain this; Stripe, Razorpay and Twilio: of `METHOD /path`"
    )
    verdict: Verdict | None = None

    async def hold(self) -> None:
        """Wait as long as `delay` and `hang` ask for; the other kinds do not wait."""
        if self.kind == "delay":
            await asyncio.sleep(self.seconds)
        elif self.kind == "hang":
            await asyncio.sleep(HANG_SECONDS)

    def due(self, *, events: int = 0, sent: int = 0) -> bool:
        """Whether a stream has come as far as `after_events` and `after_bytes` let it."""
        return events >= (self.after_events or 0) and sent >= (self.after_bytes or 0)


class Faults:
    """The faults that are armed, oldest first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._armed)

    def arm(self, fault: Fault) -> None:
        self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, vendor: str, path: str, kinds: Collection[str] = KINDS) -> Fault | None:
        """The oldest fault armed for this vendor and path, counted down; None when all is well.

        A connection that is already open asks again, for the `kinds` that can still happen to it.
        """
        for fault in self._armed:
            if fault.vendor == vendor and fault.match in path and fault.kind in kinds:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._armed.remove(fault)
                return fault
        return None


class Dropped(Response):
    """No answer at all: the TCP connection is reset.

    With `start` bytes, an answer begins (status 200, chunked) and the connection is cut after them.
    """

    def __init__(self, start: bytes = b"", media_type: str = "application/json") -> None:
        super().__init__(media_type=media_type)
        self.start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.start:
            headers = [(b"content-type", str(self.media_type).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.start, "more_body": True})
            await asyncio.sleep(0)
        drop(scope)


def drop(scope: Scope | dict[str, Any]) -> None:
    """Reset the TCP connection under a request or a websocket (see `server.Resettable`)."""
    scope["extensions"]["sandbox.reset"]()
