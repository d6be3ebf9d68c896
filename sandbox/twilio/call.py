"""One telephone call: its webhooks, its TwiML, its states."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

import httpx
import numpy as np
from websockets.exceptions import InvalidHandshake

from sandbox.speech import mulaw
from sandbox.speech.formats import wav
from sandbox.twilio.caller import Caller
from sandbox.twilio.conference import Room
from sandbox.twilio.media import Event, Tape
from sandbox.twilio.scenario import Scenario
from sandbox.twilio.script import Script
from sandbox.twilio.twiml import BadTwiml

State = Literal["queued", "ringing", "in-progress", "completed", "busy", "no-answer", "canceled", "failed"]
ENDED = ("completed", "busy", "no-answer", "canceled", "failed")


class Office(Protocol):
    """What a call needs of the telephone network."""

    account_sid: str

    async def render(self, text: str, voice: str) -> bytes: ...

    async def ask(self, url: str, form: dict[str, str]) -> httpx.Response: ...

    async def tell(self, url: str, form: dict[str, str]) -> None: ...

    def signature(self, url: str) -> str: ...

    def conclusion(self, call: "Call") -> tuple[str, float]: ...

    async def ended(self, call: "Call") -> None: ...

    async def who_answers(self, number: str) -> Scenario | None: ...

    def room(self, name: str) -> Room: ...


@dataclass
class Amd:
    """Answering-machine detection as asked for when the call was made."""

    mode: Literal["Enable", "DetectMessageEnd"]
    asynchronous: bool = False
    callback: str | None = None


@dataclass
class Call:
    """A call as the network sees it; times of turns and events are seconds since it was answered."""

    office: Office
    caller: Caller
    scenario: Scenario
    direction: Literal["inbound", "outbound-api"]
    from_: str
    to: str
    webhook: str | None = None
    twiml: str | None = None
    status_callback: str | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    ring_limit: float = 60.0
    amd: Amd | None = None
    record: bool = False
    doubled: bool = False
    """The network made two calls of one, and this is the second."""
    sid: str = field(default_factory=lambda: f"CA{secrets.token_hex(16)}")
    state: State = "queued"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    error: str | None = None
    events: list[Event] = field(default_factory=list)
    tape: Tape | None = None
    answered_by: str | None = None
    task: asyncio.Task[None] | None = None
    began: float = 0.0
    _sequence: int = 0
    _detecting: asyncio.Task[None] | None = None
    script: Script = field(init=False)

    def __post_init__(self) -> None:
        self.script = Script(self)

    @property
    def over(self) -> bool:
        return self.state in ENDED

    @property
    def seconds(self) -> int:
        """Duration as Twilio bills it."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round((self.ended_at - self.answered_at).total_seconds()))

    def start(self) -> None:
        self.task = asyncio.create_task(self._run())

    async def hang_up(self, by: str) -> None:
        """End the call for everybody, and wait until it has ended.

        `by` is `caller`, `system` or `network`; the network breaks the media socket without a word.
        """
        if self.over or self.task is None:
            return
        self.ended_by = self.caller.gone = by
        if self.state in ("queued", "ringing"):
            self.task.cancel()
        elif by == "network" and self.script.stream is not None:
            self.script.stream.cut()
        await asyncio.wait([self.task])

    # -- the course of a call

    async def _run(self) -> None:
        try:
            await self._progress()
        except asyncio.CancelledError:
            await self._end("canceled" if self.answered_at is None else "completed")
        except (httpx.HTTPError, BadTwiml, InvalidHandshake, OSError, TimeoutError) as bad:
            self.error = f"{type(bad).__name__}: {bad}"
            await self._end("failed" if self.answered_at is None else "completed")

    async def _progress(self) -> None:
        if self.direction == "inbound":
            self.state = "ringing"
            document = await self.fetch(self.webhook or "", {"CallStatus": "ringing"})
        else:
            await self._report("initiated", "initiated")
            unanswered = await self._ring()
            if unanswered is not None:
                await self._end(unanswered)
                return
        self.state = "in-progress"
        self.answered_at, self.began = datetime.now(UTC), time.monotonic()
        self.tape = Tape() if self.record else self.tape
        await self._report("answered", "in-progress")
        if self.direction != "inbound":
            await self._detect()
            document = self.twiml or await self.fetch(self.webhook or "", {"CallStatus": "in-progress"})
        await self.script.run(document)
        await self._end("completed")

    async def _ring(self) -> State | None:
        """Let it ring; None once somebody has picked up."""
        self.state = "ringing"
        await self._report("ringing", "ringing")
        if self.scenario.picks_up == "busy":
            return "busy"
        if self.scenario.picks_up == "no_answer" or self.scenario.rings > self.ring_limit:
            await asyncio.sleep(self.ring_limit)
            return "no-answer"
        await asyncio.sleep(self.scenario.rings)
        return None

    async def _detect(self) -> None:
        if self.amd is None:
            return
        verdict, seconds = self.office.conclusion(self)
        if not self.amd.asynchronous:
            await asyncio.sleep(seconds)
            self.answered_by = verdict
        elif self.amd.callback:
            self._detecting = asyncio.create_task(self._detect_later(self.amd.callback, verdict, seconds))

    async def _detect_later(self, callback: str, verdict: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.answered_by = verdict
        form = {
            "CallSid": self.sid,
            "AccountSid": self.office.account_sid,
            "AnsweredBy": verdict,
            "MachineDetectionDuration": str(round(seconds * 1000)),
        }
        await self.office.tell(callback, form)

    async def _end(self, state: State) -> None:
        self.caller.heard(self.now())
        self.state, self.ended_at = state, datetime.now(UTC)
        if self._detecting is not None:
            self._detecting.cancel()
        await self.office.ended(self)
        codes = {"busy": "486", "no-answer": "487", "canceled": "487", "failed": "500"}
        extra = {"CallDuration": str(self.seconds), "Duration": str(-(-self.seconds // 60))}
        if state in codes:
            extra["SipResponseCode"] = codes[state]
        await self._report("completed", state, extra)

    def begin_tape(self) -> None:
        """Record both sides from now on."""
        self.tape = self.tape or Tape()
        if self.script.stream is not None:
            self.script.stream.tape = self.tape

    def recording(self) -> bytes | None:
        """The call as a stereo WAV at 8000 Hz, caller left, system right; None when it was not recorded."""
        if self.tape is None:
            return None
        both = np.stack(
            [mulaw.decode(bytes(self.tape.caller)), mulaw.decode(bytes(self.tape.system))], axis=1
        )
        return wav(both, 8000)

    # -- webhooks

    def form(self) -> dict[str, str]:
        """The parameters every voice webhook carries."""
        return {
            "CallSid": self.sid,
            "AccountSid": self.office.account_sid,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
            "CallStatus": self.state,
            "Direction": self.direction,
            "ApiVersion": "2010-04-01",
        }

    async def fetch(self, url: str, extra: dict[str, str]) -> str:
        answered = {"AnsweredBy": self.answered_by} if self.answered_by else {}
        response = await self.office.ask(url, {**self.form(), **answered, **extra})
        response.raise_for_status()
        return response.text

    async def _report(self, event: str, status: str, extra: dict[str, str] | None = None) -> None:
        if self.status_callback is None or event not in self.status_events:
            return
        form = {
            **self.form(),
            "CallStatus": status,
            "Timestamp": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
            **(extra or {}),
        }
        self._sequence += 1
        await self.office.tell(self.status_callback, form)

    def now(self) -> float:
        return time.monotonic() - self.began if self.began else 0.0
