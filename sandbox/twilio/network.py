"""The telephone network: calls, messages, recordings, and who sits at which number."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from sandbox.faults import Faults, Verdict
from sandbox.speech.speech import Speech
from sandbox.speech.tones import BEEP_HZ, BEEP_SECONDS, FAX_HZ, FAX_SECONDS, tone
from sandbox.twilio.answering import Answering
from sandbox.twilio.call import Amd, Call
from sandbox.twilio.callbacks import Callbacks
from sandbox.twilio.caller import Caller, line
from sandbox.twilio.conference import Room
from sandbox.twilio.detection import conclusion
from sandbox.twilio.messages import Messages
from sandbox.twilio.scenario import Scenario, load

TELEPHONE_RATE = 8000


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

    def __init__(
        self, keys: dict[str, str], speech: Speech, data_dir: Path, url: str, faults: Faults
    ) -> None:
        self.account_sid = keys["TWILIO_ACCOUNT_SID"]
        self.numbers = {keys["TWILIO_FROM_NUMBER"], "+911000000100"}
        self.calls: dict[str, Call] = {}
        self.recordings: dict[str, Recording] = {}
        self.answering = Answering()
        self._faults = faults
        self._speech = speech
        self._data_dir = data_dir
        self._url = url
        self._rooms: dict[str, Room] = {}
        self._callbacks = Callbacks(keys["TWILIO_AUTH_TOKEN"], faults)
        self.messages = Messages(self.account_sid, self._callbacks)

    async def close(self) -> None:
        """Hang up everything and stop."""
        for call in self.calls.values():
            if call.task is not None:
                call.task.cancel()
        tasks = [call.task for call in self.calls.values() if call.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._callbacks.close()

    async def who_answers(self, number: str) -> Scenario | None:
        """Who picks up at a number now; see Answering."""
        return await self.answering.picks_up(number)

    def room(self, name: str) -> Room:
        """The conference of a name, a new one once the last one is over."""
        if name not in self._rooms or self._rooms[name].over:
            self._rooms[name] = Room()
        return self._rooms[name]

    # -- webhooks

    def signature(self, url: str) -> str:
        return self._callbacks.signature(url)

    async def ask(self, url: str, form: dict[str, str]) -> httpx.Response:
        """See Callbacks."""
        return await self._callbacks.ask(url, form)

    async def tell(self, url: str, form: dict[str, str]) -> None:
        """See Callbacks."""
        await self._callbacks.tell(url, form)

    def conclusion(self, call: Call) -> tuple[Verdict, float]:
        """What machine detection makes of a call, and after how many seconds."""
        mode = call.amd.mode if call.amd is not None else "Enable"
        return conclusion(call.scenario, mode, self._faults.take("twilio", call.to, ("verdict",)))

    # -- calls

    async def render(self, text: str, voice: str) -> bytes:
        """A spoken line as mu-law."""
        rendering = await self._speech.say(text, voice)
        return line(rendering.pcm(TELEPHONE_RATE))

    async def _caller(self, scenario: Scenario, speaks_first: bool) -> Caller:
        voice = {
            (person.voice, text): await self.render(text, person.voice)
            for person in scenario.people
            for text in person.lines
        }
        opening = scenario.voice, scenario.opening or ""
        if scenario.picks_up == "voicemail":
            voice[opening] = voice.get(opening, b"") + tone(BEEP_HZ, BEEP_SECONDS)
        if scenario.picks_up == "fax":
            voice[opening] = tone(FAX_HZ, FAX_SECONDS)

        async def render(spoken_by: str, text: str) -> None:
            voice[spoken_by, text] = await self.render(text, spoken_by)

        first = speaks_first if scenario.speaks_first is None else scenario.speaks_first
        recogniser = self._speech.recogniser(TELEPHONE_RATE)
        return Caller(
            scenario, recogniser, voice, first, lambda by, text: self._callbacks.beside(render(by, text))
        )

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
        person: Scenario | None = None,
        doubled: bool = False,
    ) -> Call:
        """Our side calls a number; whoever is there answers (`person`, if we know already), or nobody does."""
        nobody = Scenario.model_validate(
            {"name": "nobody", "title": "Nobody", "from": to, "picks_up": "no_answer"}
        )
        scenario = person or await self.who_answers(to) or nobody
        caller = await self._caller(scenario, speaks_first=True)
        call = Call(
            self, caller, scenario, "outbound-api", from_, to,
            webhook=webhook, twiml=twiml, status_callback=status_callback, status_events=status_events,
            ring_limit=ring_limit, amd=amd, record=record, doubled=doubled,
        )  # fmt: skip
        return self._begin(call)

    def later(self, seconds: float, dial: Callable[[], Awaitable[Call]]) -> None:
        """Make one more call after a while."""

        async def begin() -> None:
            await asyncio.sleep(seconds)
            await dial()

        self._callbacks.later(begin())

    def _begin(self, call: Call) -> Call:
        self.calls[call.sid] = call
        call.start()
        return call

    async def scenario(self, wanted: str | Scenario) -> Scenario:
        """A scenario by name or as given; raises UnknownScenario."""
        return wanted if isinstance(wanted, Scenario) else await asyncio.to_thread(load, wanted)

    # -- recordings

    def record(self, call: Call, channels: int, callback: str | None, events: frozenset[str]) -> Recording:
        """Record a live call from now on."""
        recording = Recording(call, channels, callback, events)
        self.recordings[recording.sid] = recording
        call.begin_tape()
        if callback and "in-progress" in events:
            self._callbacks.beside(self._tell_recording(recording))
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
        await self.tell(recording.callback or "", form)
