"""Running TwiML: what the caller hears and who it is connected to, verb after verb."""

import asyncio
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from websockets.exceptions import InvalidHandshake

from sandbox.speech import mulaw
from sandbox.twilio.media import Event, MediaStream
from sandbox.twilio.playout import FRAME_BYTES, FRAME_SECONDS, Playout
from sandbox.twilio.twiml import BadTwiml, Verb, parse

if TYPE_CHECKING:
    from sandbox.twilio.call import Call

SYSTEM_VOICE = "en-us+f2"
GATHER_SECONDS = 5.0
MAX_DOCUMENTS = 1000  # an hour on hold; a document that leads to itself without a pause ends some time


class Script:
    """The TwiML of one call, from the first document to the last verb."""

    def __init__(self, call: "Call") -> None:
        self.call = call
        self.stream: MediaStream | None = None
        self.dialled: list[str] = []
        self._replacement: str | None = None
        self._plan: asyncio.Task[list[Verb] | None] | None = None

    def replace(self, document: str) -> None:
        """Go on with other TwiML, as a REST update of a live call does."""
        self._replacement = document
        if self._plan is not None:
            self._plan.cancel()

    async def run(self, document: str) -> None:
        """Run a document, and the ones it leads to, until one runs out or hangs up; raises BadTwiml."""
        following: list[Verb] | None = parse(document)
        for _ in range(MAX_DOCUMENTS):
            if following is None:
                return
            self._plan = asyncio.create_task(self._document(following))
            try:
                following = await self._plan
            except asyncio.CancelledError:
                if self._replacement is None:
                    raise
                following = parse(self._replacement)
                self._replacement = None
        raise BadTwiml(f"more than {MAX_DOCUMENTS} documents in one call")

    async def _document(self, verbs: list[Verb]) -> list[Verb] | None:
        for verb in verbs:
            match verb.name:
                case "Connect":
                    following = await self._connect(verb)
                case "Say":
                    following = None
                    await self._play(await self.call.office.render(verb.text, SYSTEM_VOICE))
                case "Pause":
                    following = None
                    await self._play(mulaw.SILENCE * round(8000 * float(verb.attributes.get("length", "1"))))
                case "Gather":
                    following = await self._gather(verb)
                case "Dial":
                    following = await self._dial(verb)
                case "Redirect":
                    return parse(await self.call.fetch(urljoin(self.call.webhook or "", verb.text), {}))
                case "Hangup" | "Reject":
                    self.call.ended_by = self.call.ended_by or "system"
                    return None
                case other:
                    raise BadTwiml(f"<{other}>")
            if following is not None:
                return following
            if self.call.caller.gone is not None:
                self.call.ended_by = self.call.ended_by or "caller"
                return None
        self.call.ended_by = self.call.ended_by or "system"
        return None

    async def _action(self, verb: Verb, extra: dict[str, str]) -> list[Verb] | None:
        action = verb.attributes.get("action")
        if action is None:
            return None
        return parse(await self.call.fetch(urljoin(self.call.webhook or "", action), extra))

    async def _connect(self, verb: Verb) -> list[Verb] | None:
        stream = verb.child("Stream")
        if stream is None:
            raise BadTwiml("<Connect> without <Stream>")
        named = [(inner.attributes["name"], inner.attributes["value"]) for inner in stream.inside]
        url = stream.attributes["url"]
        self.stream = MediaStream(
            url=url,
            parameters=dict(named),
            account_sid=self.call.office.account_sid,
            call_sid=self.call.sid,
            stream_sid=f"MZ{secrets.token_hex(16)}",
            signature=self.call.office.signature(_secure(url)),
            caller=self.call.caller,
            answered_at=self.call.began,
            on_event=self.call.events.append,
            tape=self.call.tape,
        )
        try:
            if await self.stream.run() == "caller":
                self.call.ended_by = self.call.ended_by or "caller"
        except (InvalidHandshake, OSError, TimeoutError) as refused:
            self.call.events.append(
                Event(round(self.call.now(), 3), "stream_refused", type(refused).__name__)
            )
        gone = {"CallStatus": "completed"} if self.call.caller.gone is not None else {}
        return await self._action(verb, {"StreamSid": self.stream.stream_sid, **gone})

    async def _play(self, audio: bytes, *, until_key: bool = False) -> None:
        """Let the caller hear audio in real time; ends early when they hang up, or press a key if that ends it."""
        playout = Playout()
        playout.play(audio)
        loop = asyncio.get_running_loop()
        begun, frames = loop.time(), 0
        while self.call.caller.gone is None and not (until_key and self.call.caller.digits):
            frame, _ = playout.next_frame()
            if not frame:
                return
            said = self.call.caller.tick(self.call.now(), frame)
            if self.call.tape is not None:
                self.call.tape.caller += said
                self.call.tape.system += frame + mulaw.SILENCE * (FRAME_BYTES - len(frame))
            frames += 1
            await asyncio.sleep(max(0.0, begun + frames * FRAME_SECONDS - loop.time()))

    async def _gather(self, verb: Verb) -> list[Verb] | None:
        """Speak what is inside until a key is pressed, then wait for digits or for the caller to say something."""
        for inner in verb.inside:
            if inner.name == "Say":
                await self._play(await self.call.office.render(inner.text, SYSTEM_VOICE), until_key=True)
        wanted = int(verb.attributes.get("numDigits", "0"))
        said_before = len(self.call.caller.turns)
        waited = 0.0
        patience = float(verb.attributes.get("timeout", GATHER_SECONDS))
        while waited < patience and self.call.caller.gone is None:
            await self._play(mulaw.SILENCE * FRAME_BYTES * 10)
            busy = self.call.caller.talking
            waited = 0.0 if busy else waited + 10 * FRAME_SECONDS
            if wanted and len(self.call.caller.digits) >= wanted:
                break
            spoken = [turn for turn in self.call.caller.turns[said_before:] if turn.who == "caller"]
            if "speech" in verb.attributes.get("input", "") and spoken and not busy:
                return await self._action(verb, {"SpeechResult": spoken[-1].text, "Confidence": "0.99"})
        digits = "".join(self.call.caller.digits[: wanted or None])
        self.call.caller.digits.clear()
        return await self._action(verb, {"Digits": digits}) if digits else None

    async def _dial(self, verb: Verb) -> list[Verb] | None:
        """Put the caller through: the person at that number says their opening, then both hang up.

        Into a conference instead, where one is named.
        """
        conference = verb.child("Conference")
        if conference is not None:
            await self._confer(conference)
            return await self._action(verb, {"DialCallStatus": "completed"})
        number = verb.text or next((inner.text for inner in verb.inside if inner.name == "Number"), "")
        self.dialled.append(number)
        person = await self.call.office.who_answers(number)
        if person is None or person.picks_up != "human":
            return await self._action(verb, {"DialCallStatus": "no-answer"})
        await asyncio.sleep(person.rings)
        await self._play(await self.call.office.render(person.opening or "Hello?", person.voice))
        return await self._action(verb, {"DialCallStatus": "completed", "DialCallDuration": "1"})

    async def _confer(self, conference: Verb) -> None:
        """Hear whoever else is in the conference, until somebody whose leaving ends it leaves."""
        room = self.call.office.room(conference.text)
        loop = asyncio.get_running_loop()
        begun, frames = loop.time(), 0
        room.enter(self.call.sid)
        try:
            while self.call.caller.gone is None and not room.over:
                said = self.call.caller.tick(self.call.now(), room.hear(self.call.sid))
                room.say(self.call.sid, said)
                frames += 1
                await asyncio.sleep(max(0.0, begun + frames * FRAME_SECONDS - loop.time()))
        finally:
            room.leave(self.call.sid, ends=conference.attributes.get("endConferenceOnExit") == "true")


def _secure(url: str) -> str:
    """The address of a media socket as it is signed: always `wss`, without the query."""
    parts = urlsplit(url)
    return urlunsplit(("wss", parts.netloc, parts.path, "", ""))
