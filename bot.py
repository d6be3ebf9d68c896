"""One call, end to end: who is calling, the pipeline, the first words, and what is written down at the end."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

import structlog
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.runner.types import RunnerArguments, SmallWebRTCRunnerArguments

from agents import AGENTS, grammar
from agents.door import Patience
from agents.intent import IntentWatch
from agents.keypad import Keypad
from agents.other_side import OtherSide
from agents.people import PutThrough
from agents.phrases import fixed_phrases
from compliance import wording
from compliance.corrections import corrections
from domain.call_state import CallState
from domain.ids import new_id
from domain.spoken_code import without_digits
from errors import AppError, BrokeOff, ConfigError, StoreDown, TakenOver
from operations import calls, dialling, opening, placing, resuming
from operations.keeping import Keeper
from operations.transitions import Transitions
from pipelines.build import build
from pipelines.call import FAREWELL, Callbacks, CallPipeline
from pipelines.caller_turns import OwnWords
from pipelines.claim_check import ClaimCheck
from pipelines.doorstep import Doorstep
from pipelines.first_words import FirstWords
from pipelines.lines import Line, webrtc_line
from pipelines.outgoing_line import reach
from pipelines.selection import moment
from pipelines.side_model import classifier
from runtime import Runtime, open_runtime
from settings import load_settings
from tools.call import Call
from tools.proving import CODE

log = structlog.get_logger(__name__)
GREETED = "greeted"


def _not_recorded(type: str, /, **data: Any) -> None:
    """The events of this call are another process's."""


@dataclass(frozen=True)
class Leg:
    """A caller at the door: the call's row exists, the transport is connected."""

    call_id: UUID
    channel: Literal["twilio", "webrtc", "eval"]
    line: Line


class Conversation:
    """What happens in one call, beside the frames."""

    def __init__(self, runtime: Runtime, leg: Leg, start: opening.Start) -> None:
        self._runtime = runtime
        self._leg = leg
        self._greeting = start.greeting
        self._tasks: set[asyncio.Task[None]] = set()
        self._expects_city = start.state.restaurant_id is None
        self.outcome = calls.DROPPED
        self._broke_off = False
        self.record: Callable[..., None] = runtime.events.recorder(leg.call_id, start.last_seq)
        state = start.state
        config = runtime.pipeline(state.line, leg.channel, state.caller)
        market = runtime.markets[state.market]
        agent = AGENTS[state.agent]
        self.call = Call(
            state=state,
            sessions=runtime.sessions,
            menu=runtime.menu,
            faqs=runtime.faqs,
            maps=runtime.maps,
            cards=runtime.cards if market.card_provider else None,
            links=runtime.links if market.link_provider else None,
            market=market,
            policies=runtime.policies,
            dispatch=runtime.dispatch,
            clock=runtime.clock,
            record=self._tools,
            changed=self._changed,
            later=self.later,
            phone=start.phone,
            outgoing=runtime.outgoing,
            public_url=runtime.settings.public,
            staff=runtime.staffed.get(state.line),
            degraded=lambda: self.pipeline.degraded,
        )
        self.context = LLMContext(
            messages=cast(list[LLMContextMessage], list(state.history)),
            tools=AGENTS.tools(agent.name, state.purpose),
        )
        self.transitions = Transitions(self.call.transaction, runtime.transitions, self.later)
        self.keeper = Keeper(
            runtime.sessions, start.lease, runtime.clock, self._history, on_lost=self._taken_over
        )
        doorstep = Doorstep() if start.begun else None
        self.pipeline: CallPipeline = build(
            config,
            runtime.shared,
            leg.line,
            context=self.context,
            prompt=agent.prompt,
            callbacks=self._callbacks(),
            keyterms=start.keyterms,
            checks=(self._claim_check(),),
            doorstep=doorstep,
            resources=self.call,
            call_id=str(leg.call_id),
        )
        self.call.line = self
        desk = runtime.desk(state.line) if leg.channel == "twilio" else None
        self._people = PutThrough(self.call, desk, self._leaving) if desk else None
        self.call.people = self._people
        self._keypad = Keypad(self.call, self._people, self.pipeline.take_text, self._say_now)
        self._other = OtherSide()
        if start.begun and doorstep:
            patience = Patience.of(runtime.dialling)
            self._other = reach(self.call, self.pipeline, doorstep, start.begun, patience, self._left)
        reader = classifier(config, runtime.shared)
        self._intent = IntentWatch(reader, AGENTS, self.call, self.context) if reader else None
        self._first = FirstWords(self.pipeline, start.greeting)
        if state.language != "en" and state.language in wording.SPEAK_NOTE:
            self._speak(state.language, told=bool(state.history))

    def _left(self) -> None:
        self.outcome = "goodbye"

    def _claim_check(self) -> ClaimCheck:
        return ClaimCheck(
            self.context,
            lambda: self.call.state.facts,
            corrections(),
            self._note,
            language=lambda: self.call.state.language,
            reachable=lambda: self.call.phone is not None,
        )

    def _callbacks(self) -> Callbacks:
        return Callbacks(
            on_connected=self._greet,
            on_disconnected=self._disconnected,
            on_user_turn=self._user_turn,
            on_heard=self._heard,
            on_cut=self._cut,
            on_digit=self._digit,
            on_gone=self._gone,
            on_dead_air=self._dead_air,
            on_all_failed=self._dead_air,
            on_not_understood=lambda: self._keypad.not_understood(),
            silent=lambda: self._other.waits,
            own_words=self._own_words,
            choices=lambda: grammar.choices(self.call),
            on_hold=lambda: self._other.waits or (self._people is not None and self._people.waiting),
            moment=lambda: moment(self.call.state),
            language=lambda: self.call.state.language,
            record=self._note,
        )

    def _changed(self, state: CallState) -> None:
        self.keeper.changed(state)
        self.pipeline.set_dictating(grammar.dictating(state))
        if self._expects_city and state.restaurant_id is not None:
            self._expects_city = False
            self.later(self._expect_dishes(state.restaurant_id))

    async def _expect_dishes(self, restaurant_id: UUID) -> None:
        """The recogniser is told once, when the kitchen is chosen. Raises StoreDown."""
        async with self.call.transaction() as session:
            self.pipeline.listen_for(await opening.kitchen_keyterms(session, restaurant_id))

    def _note(self, type: str, /, **data: Any) -> None:
        """Record what the pipeline tells. Once the agent has spoken, its tools' results stand in the history."""
        if type == "turn.agent":
            data["agent"] = self.call.state.agent
            self.keeper.spoken(self.call.state)
        elif type == "model.spoke":
            data["agent"] = self.call.state.agent
            self.transitions.answered()
        elif type == "turn.user" and self.call.state.open_question == CODE:
            data["text"] = without_digits(data["text"])
        self.record(type, **data)

    def _tools(self, type: str, /, **data: Any) -> None:
        """Record what the tools tell, and follow the caller from agent to agent."""
        self.record(type, **data)
        if type == "agent.handoff":
            self.transitions.begun(self.call.state, data["summary"], data["ms"])

    def _history(self) -> list[dict[str, Any]]:
        return [dict(message) for message in self.context.get_messages() if isinstance(message, dict)]

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the audio; the call waits for it at its end."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except AppError as error:
            log.warning("call.background_failed", call=str(self._leg.call_id), error=type(error).__name__)
            self.record("fault", service="background", category=type(error).__name__)

    async def hold(self) -> None:
        """Hold the call until it ends, from whichever side, and write down how."""
        self.record("call.started", channel=self._leg.channel, agent=self.call.state.agent)
        keeping = asyncio.get_running_loop().create_task(self.keeper.run())
        self._runtime.live[self._leg.call_id] = self.pipeline
        self._first.begin()
        try:
            await self.pipeline.run()
        finally:
            if self._runtime.live.get(self._leg.call_id) is self.pipeline:  # not of who took the call over
                del self._runtime.live[self._leg.call_id]
            await self._finish(keeping)

    async def _finish(self, keeping: "asyncio.Task[None]") -> None:
        """What was begun is finished, what was said is kept: the row may have to wait, the events do not."""
        if self._people is not None:
            await self._guarded(self._people.close())
        await self._other.close()
        self.transitions.settle()
        effects = [task for task in self.call.effects.values() if not task.done()]
        await asyncio.gather(*effects, *self._tasks, return_exceptions=True)
        if not self._broke_off:
            self.record("call.ended", outcome=self.outcome)
        await self._runtime.events.flush()  # before the call can be taken: whoever does numbers on
        await self.keeper.finish(keeping)
        if self.keeper.lost:
            raise TakenOver("another process runs this call")  # and writes down how it ends
        if self._broke_off:
            if await opening.left_open(self.call.transaction, self.call.state):
                raise BrokeOff("the audio was lost")
            self.record("call.ended", outcome=self.outcome)
            await self._runtime.events.flush()
        try:
            async with self.call.transaction() as session:
                await calls.close_call(
                    session, self._leg.call_id, outcome=self.outcome, clock=self._runtime.clock
                )
                await opening.keep_facts(session, self.call.state)
                if (dial_id := self.call.state.dial_id) is not None:
                    await dialling.over(session, dial_id, self._other.outcome, self._runtime.clock)
            if self.outcome in resuming.FINISHED:  # a dropped call may go on, and then still be paid for
                await placing.give_up(
                    self.call.transaction, self.call.cards, self._runtime.clock, self.call.state.cart_call_id
                )
        except StoreDown:
            log.warning("call.close_failed", call=str(self._leg.call_id))

    def _taken_over(self) -> None:
        """The audio goes to another process: no word, no event and no row comes from this one any more."""
        self.outcome = "taken_over"
        self.record = _not_recorded
        self.later(self.pipeline.cancel("taken over"))

    def _leaving(self, gone: bool) -> None:
        """The caller's line goes over to a person of ours; their call with us is at its end."""
        self.outcome = "transferred" if gone else "dropped"

    async def say(self, text: str, *, mark: str | None = None) -> None:
        """See tools.call.Line."""
        await self.pipeline.say(text, mark=mark)

    async def owe(self, text: str) -> None:
        """See tools.call.Line."""
        await self.pipeline.owe(text)

    async def hang_up_after(self, text: str, *, final: bool = False) -> None:
        """See tools.call.Line."""
        self.outcome = "goodbye"
        if final:
            await self.pipeline.speaker.interrupt()
        await self.pipeline.farewell(self._other.farewell(text), "goodbye", protected=final)

    async def instruct(self, prompt: str) -> None:
        """See tools.call.Line."""
        await self.pipeline.instruct(prompt)

    async def _greet(self) -> None:
        if self._other.start():
            return
        self._greeting = await self._first.say(GREETED)
        self.record("call.greeted", text=self._greeting.text)

    async def _user_turn(self, text: str) -> None:
        if self._other.takes(text, "turn"):
            return
        grammar.hear(self.call, text)
        if self._intent is not None:
            self._intent.heard(text)

    async def _heard(self, mark: str) -> None:
        if mark == GREETED:
            self.call.state.recording_asked = self._greeting.asks_recording
            self.record("greeting.heard")
        self._other.heard(mark)
        self.call.heard(mark)

    async def _cut(self, mark: str) -> None:
        self.record("speech.cut", mark=mark)
        if mark == GREETED and self._greeting.asks_recording:
            self.call.state.recording_consent = False
        if mark.startswith(FAREWELL):
            self.outcome = "dropped"  # the caller kept the line; how the call ends is open again
            self._other.kept_the_line()
        self._other.cut(mark)
        self.call.cut(mark)

    async def _digit(self, digit: str) -> None:
        self._other.keyed()
        await self._keypad.pressed(digit)

    async def _say_now(self, text: str) -> None:
        await self.pipeline.say(text, urgent=True)

    def _own_words(self, text: str) -> OwnWords | None:
        before = self.call.state.language
        found = self._other.own_words(text) or grammar.own_words(self.call, text)
        if self.call.state.language != before:
            self._speak(self.call.state.language)
        return OwnWords(*found) if found else None

    def _speak(self, language: str, told: bool = False) -> None:
        """The recogniser and, unless the history tells it, the model follow the caller into another language."""
        note: LLMContextMessage = {"role": "developer", "content": wording.SPEAK_NOTE[language]}
        if not told:
            self.context.add_message(note)
        self.pipeline.listen_in(language)

    async def _gone(self) -> None:
        self.outcome = "gone"
        await self.pipeline.farewell(self._other.gone(), "gone")

    async def _dead_air(self) -> None:
        self.record("dead_air")
        await self.pipeline.say(wording.DEAD_AIR, urgent=True)

    async def _disconnected(self) -> None:
        self._broke_off = self.outcome == calls.DROPPED and self._leg.line.may_hold
        self.later(self.pipeline.cancel("caller hung up"))


async def run_call(runtime: Runtime, leg: Leg) -> None:
    """Hold one call. Returns when it is over and written down.

    Raises:
        StoreDown: PostgreSQL could not tell who is calling; the door says so in words.
        TakenOver: another process runs the call now; its row is still open.
    """
    start = await opening.open_conversation(runtime_stores(runtime), leg.call_id, leg.channel)
    await Conversation(runtime, leg, start).hold()


def runtime_stores(runtime: Runtime) -> opening.Stores:
    """The part of the runtime that opening a conversation needs."""
    return opening.Stores(runtime.sessions, runtime.live_calls, runtime.clock)


async def bot(runner_args: RunnerArguments) -> None:
    """One browser call under Pipecat's own development runner, which looks for this name.

    The caller withholds their number; `body.line` dials another line of ours than the first.

    Raises:
        ConfigError: settings that cannot be used, production, or a transport other than a browser's.
    """
    settings = load_settings()
    if settings.prod or not isinstance(runner_args, SmallWebRTCRunnerArguments):
        raise ConfigError(
            ["Pipecat's runner serves browsers, outside production; telephones come to server.py"]
        )
    async with open_runtime(settings) as runtime:
        await runtime.prepare_once(fixed_phrases())
        body = runner_args.body if isinstance(runner_args.body, dict) else {}
        async with runtime.sessions() as session, session.begin():
            row = await calls.open_call(
                session,
                sid=f"dev-{new_id().hex}",
                channel="webrtc",
                line=str(body.get("line") or await calls.first_line(session)),
                from_number=None,
                clock=runtime.clock,
                keyring=runtime.keyring,
            )
        await run_call(runtime, Leg(row.id, "webrtc", webrtc_line(runner_args.webrtc_connection)))
