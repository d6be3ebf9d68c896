"""The telephone network: calls, messages, recordings, and who sits at which number."""

import asyncio
import contextlib
import secrets
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from sandbox.speech import mulaw
from sandbox.speech.speech import Speech
from sandbox.twilio.call import Amd, Call
from sandbox.twilio.caller import Caller, line
from sandbox.twilio.conference import Room
from sandbox.twilio.messages import Messages
from sandbox.twilio.scenario import Scenario, load, load_all
from sandbox.twilio.signature import sign

WEBHOOK_SECONDS = 15.0
TELEPHONE_RATE = 8000
BEEP_HZ, BEEP_SECONDS = 1000, 0.5
FAX_HZ, FAX_SECONDS = 2100, 3.0


@dataclass
class Recording:
    """A recording asked for over REST; its sound exists once the call has ended."""

    call: Call
    channels: int
    callback: str | None
    events: frozenset[str]
    sid: str = field(default_factory=lambda: f"RE{secrets.token_hex(16)}")
    status: str = "in-progress"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Network:
    """Places and holds calls, delivers messages, signs every webhook."""

    def __init__(self, keys: dict[str, str], speech: Speech, data_dir: Path, url: str) -> None:
        self.account_sid = keys["TWILIO_ACCOUNT_SID"]
        self.numbers = {keys["TWILIO_FROM_NUMBER"], "+911000000100"}
        self.calls: dict[str, Call] = {}
        self.recordings: dict[str, Recording] = {}
        self._token = keys["TWILIO_AUTH_TOKEN"]
        self._speech = speech
        self._data_dir = data_dir
        self._url = url
        self._bound: dict[str, Scenario] = {}
        self._rooms: dict[str, Room] = {}
        self._client = httpx.AsyncClient(timeout=WEBHOOK_SECONDS)
        self._deliveries: set[asyncio.Task[None]] = set()
        self.messages = Messages(self.account_sid, self.post, self.deliver)

    async def close(self) -> None:
        """Hang up everything and stop."""
        for call in self.calls.values():
            if call.task is not None:
                call.task.cancel()
        tasks = [call.task for call in self.calls.values() if call.task is not None]
        await asyncio.gather(*tasks, *self._deliveries, return_exceptions=True)
        await self._client.aclose()

    # -- numbers

    def bind(self, number: str, scenario: Scenario | None) -> None:
        """Put a person at a number; None takes them away."""
        if scenario is None:
            self._bound.pop(number, None)
        else:
            self._bound[number] = scenario

    async def who_answers(self, number: str) -> Scenario | None:
        """The person bound to a number, else the first scenario whose own number it is."""
        if number in self._bound:
            return self._bound[number]
        scenarios = await asyncio.to_thread(load_all)
        return next((scenario for scenario in scenarios if scenario.from_ == number), None)

    def room(self, name: str) -> Room:
        """The conference of a name, a new one once the last one is over."""
        if name not in self._rooms or self._rooms[name].over:
            self._rooms[name] = Room()
        return self._rooms[name]

    # -- webhooks

    def signature(self, url: str) -> str:
        return sign(self._token, url, {})

    async def post(self, url: str, form: dict[str, str]) -> httpx.Response:
        """POST a signed form; raises httpx.HTTPError."""
        headers = {
            "X-Twilio-Signature": sign(self._token, url, form),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        }
        return await self._client.post(url, data=form, headers=headers)

    # -- calls

    async def render(self, text: str, voice: str) -> bytes:
        """A spoken line as mu-law."""
        rendering = await self._speech.say(text, voice)
        return line(rendering.pcm(TELEPHONE_RATE))

    async def _caller(self, scenario: Scenario, speaks_first: bool) -> Caller:
        voice = {text: await self.render(text, scenario.voice) for text in scenario.lines}
        if scenario.picks_up == "voicemail":
            said = voice.get(scenario.opening or "", b"")
            voice[scenario.opening or ""] = said + _tone(BEEP_HZ, BEEP_SECONDS)
        if scenario.picks_up == "fax":
            voice[scenario.opening or ""] = _tone(FAX_HZ, FAX_SECONDS)
        first = speaks_first if scenario.speaks_first is None else scenario.speaks_first
        return Caller(scenario, self._speech.recogniser(TELEPHONE_RATE), voice, first)

    async def call_in(
        self, scenario: Scenario, webhook: str, *, status_callback: str | None = None, record: bool = False
    ) -> Call:
        """A person calls a number of ours, which is answered by `webhook`."""
        caller = await self._caller(scenario, speaks_first=False)
        to = scenario.to or next(iter(sorted(self.numbers)))
        call = Call(
            self, caller, scenario, "inbound", scenario.from_, to,
            webhook=webhook, status_callback=status_callback, record=record,
        )  # fmt: skip
        return self._begin(call)

    async def call_out(
        self,
        from_: str,
        to: str,
        *,
        webhook: str | None,
        twiml: str | None,
        status_callback: str | None,
        status_events: frozenset[str],
        ring_limit: float,
        amd: Amd | None,
        record: bool,
    ) -> Call:
        """Our side calls a number; whoever is bound to it answers, and nobody does otherwise."""
        nobody = Scenario.model_validate(
            {"name": "nobody", "title": "Nobody", "from": to, "picks_up": "no_answer"}
        )
        scenario = await self.who_answers(to) or nobody
        caller = await self._caller(scenario, speaks_first=True)
        call = Call(
            self, caller, scenario, "outbound-api", from_, to,
            webhook=webhook, twiml=twiml, status_callback=status_callback, status_events=status_events,
            ring_limit=ring_limit, amd=amd, record=record,
        )  # fmt: skip
        return self._begin(call)

    def _begin(self, call: Call) -> Call:
        self.calls[call.sid] = call
        call.start()
        return call

    async def scenario(self, wanted: str | Scenario) -> Scenario:
        """A scenario by name or as given; raises UnknownScenario."""
        return wanted if isinstance(wanted, Scenario) else await asyncio.to_thread(load, wanted)

    def deliver(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, and have it done before the network closes."""
        task = asyncio.create_task(work)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    # -- recordings

    def record(self, call: Call, channels: int, callback: str | None, events: frozenset[str]) -> Recording:
        """Record a live call from now on."""
        recording = Recording(call, channels, callback, events)
        self.recordings[recording.sid] = recording
        call.begin_tape()
        if callback and "in-progress" in events:
            self.deliver(self._tell_recording(recording))
        return recording

    async def ended(self, call: Call) -> None:
        """Keep the tape as `calls/<CallSid>.wav` and tell whoever asked for the recording."""
        sound = call.recording()
        if sound is not None:
            await asyncio.to_thread(self._write, call.sid, sound)
        for recording in self.recordings.values():
            if recording.call is call:
                recording.status = "completed" if sound is not None else "absent"
                if recording.callback and recording.status in recording.events:
                    await self._tell_recording(recording)

    def tape(self, sid: str) -> Path:
        return self._data_dir / "calls" / f"{sid}.wav"

    def _write(self, sid: str, sound: bytes) -> None:
        path = self.tape(sid)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sound)

    async def _tell_recording(self, recording: Recording) -> None:
        form = {
            "AccountSid": self.account_sid,
            "CallSid": recording.call.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": f"{self._url}/2010-04-01/Accounts/{self.account_sid}/Recordings/{recording.sid}",
            "RecordingStatus": recording.status,
            "RecordingChannels": str(recording.channels),
            "RecordingSource": "StartCallRecordingAPI",
            "RecordingTrack": "both",
            "RecordingStartTime": recording.at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        }
        if recording.status == "completed":
            form["RecordingDuration"] = str(recording.call.seconds)
        with contextlib.suppress(httpx.HTTPError):
            await self.post(recording.callback or "", form)


def _tone(hertz: int, seconds: float) -> bytes:
    samples = 8000 * np.sin(2 * np.pi * hertz * np.arange(round(TELEPHONE_RATE * seconds)) / TELEPHONE_RATE)
    return mulaw.encode(samples.astype(np.int16))
