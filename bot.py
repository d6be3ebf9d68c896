"""One call, end to end: who is calling, the pipeline, the first words, and what is written down at the end."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

import structlog
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.runner.types import RunnerArguments, SmallWebRTCRunnerArguments

from agents import AGENTS, grammar
from agents.intent import IntentWatch
from compliance import wording
from domain import readback
from domain.ids import new_id
from errors import AppError, ConfigError, StoreDown
from operations import calls, opening, placing, resuming
from operations.keeping import Keeper
from operations.transitions import Transitions
from pipelines.build import build
from pipelines.call import FAREWELL, Callbacks, CallPipeline
from pipelines.first_words import FirstWords
from pipelines.lines import Line, webrtc_line
from pipelines.side_model import classifier
from runtime import Runtime, open_runtime
from settings import load_settings
from tools.call import Call

log = structlog.get_logger(__name__)
PIPELINE = {"twilio": "phone", "webrtc": "web", "eval": "web"}
GREETED = "greeted"
GONE = "I can't hear you, so I'll hang up now. Please call again any time. Goodbye."
DEAD_AIR = "If you like, press zero and a person will call you back."


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
        self.outcome = "dropped"
        self.record = runtime.events.recorder(leg.call_id, start.last_seq)
        state = start.state
        market = runtime.markets[state.market]
        agent = AGENTS[state.agent]
        self.call = Call(
            state=state,
            sessions=runtime.sessions,
            menu=runtime.menu,
            maps=runtime.maps,
            cards=runtime.cards if market.card_provider else None,
            market=market,
            clock=runtime.clock,
            record=self._tools,
            changed=lambda changed: self.keeper.changed(changed),
            later=self.later,
            phone=start.phone,
        )
        self.context = LLMContext(
            messages=cast(list[LLMContextMessage], list(state.history)), tools=AGENTS.tools(agent.name)
        )
        self.transitions = Transitions(self.call.transaction, runtime.transitions, self.later)
        self.keeper = Keeper(runtime.sessions, start.lease, runtime.clock, self._history)
        self.pipeline: CallPipeline = build(
            runtime.pipelines[PIPELINE[leg.channel]],
            runtime.shared,
            leg.line,
            context=self.context,
            prompt=agent.prompt,
            callbacks=self._callbacks(),
            keyterms=start.keyterms,
            resources=self.call,
            call_id=str(leg.call_id),
        )
        self.call.line = self
        reader = classifier(runtime.pipelines[PIPELINE[leg.channel]], runtime.shared)
        self._intent = IntentWatch(reader, AGENTS, self.call, self.context) if reader else None
        self._first = FirstWords(self.pipeline, start.greeting)

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
            record=self._note,
        )

    def _note(self, type: str, /, **data: Any) -> None:
        """Record what the pipeline tells. Once the agent has spoken, its tools' results stand in the history."""
        if type == "turn.agent":
            data["agent"] = self.call.state.agent
            self.keeper.spoken(self.call.state)
        elif type == "model.spoke":
            data["agent"] = self.call.state.agent
            self.transitions.answered()
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
            self._runtime.live.pop(self._leg.call_id, None)
            await self._finish(keeping)

    async def _finish(self, keeping: "asyncio.Task[None]") -> None:
        """What was begun is finished, what was said is kept: the row may have to wait, the events do not."""
        self.transitions.settle()
        effects = [task for task in self.call.effects.values() if not task.done()]
        await asyncio.gather(*effects, *self._tasks, return_exceptions=True)
        self.record("call.ended", outcome=self.outcome)
        await self.keeper.finish(keeping)
        await self._runtime.events.flush()
        try:
            async with self.call.transaction() as session:
                await calls.close_call(
                    session, self._leg.call_id, outcome=self.outcome, clock=self._runtime.clock
                )
                await opening.keep_facts(session, self.call.state)
            if self.outcome in resuming.FINISHED:  # a dropped call may go on, and then still be paid for
                await placing.give_up(
                    self.call.transaction, self.call.cards, self._runtime.clock, self.call.state.cart_call_id
                )
        except StoreDown:
            log.warning("call.close_failed", call=str(self._leg.call_id))

    async def say(self, text: str, *, mark: str | None = None) -> None:
        """See tools.call.Line."""
        await self.pipeline.say(text, mark=mark)

    async def hang_up_after(self, text: str) -> None:
        """See tools.call.Line."""
        self.outcome = "goodbye"
        await self.pipeline.farewell(text, "goodbye")

    async def instruct(self, prompt: str) -> None:
        """See tools.call.Line."""
        await self.pipeline.instruct(prompt)

    async def _greet(self) -> None:
        self._greeting = await self._first.say(GREETED)
        self.record("call.greeted", text=self._greeting.text)

    async def _user_turn(self, text: str) -> None:
        grammar.hear(self.call, text)
        if self._intent is not None:
            self._intent.heard(text)

    async def _heard(self, mark: str) -> None:
        if mark == GREETED:
            self.call.state.recording_asked = self._greeting.asks_recording
            self.record("greeting.heard")
        self.call.heard(mark)

    async def _cut(self, mark: str) -> None:
        self.record("speech.cut", mark=mark)
        if mark == GREETED and self._greeting.asks_recording:
            self.call.state.recording_consent = False
        if mark.startswith(FAREWELL):
            self.outcome = "dropped"  # the caller kept the line; how the call ends is open again
        self.call.cut(mark)

    async def _digit(self, digit: str) -> None:
        meaning = grammar.meaning(self.call, digit)
        wanted = meaning is not None or digit == grammar.PERSON_DIGIT
        # A key that answers nothing is not kept: sixteen of them may be a card.
        self.record("caller.pressed", digit=digit if wanted else None, meaning=meaning)
        if meaning is None and digit == grammar.PERSON_DIGIT:
            self.later(self._person())
        elif meaning is not None:
            await self.pipeline.take_text(meaning)

    async def _person(self) -> None:
        """Promise a call-back, once it is written down. Raises StoreDown."""
        if self.call.phone is None:
            await self.pipeline.say(wording.NO_NUMBER)
            return
        await grammar.write_callback(self.call, "the caller pressed zero")
        self.record("person.booked", reason="the caller pressed zero")
        await self.pipeline.say(wording.CALL_BACK)

    async def _gone(self) -> None:
        self.outcome = "gone"
        await self.pipeline.farewell(GONE, "gone")

    async def _dead_air(self) -> None:
        self.record("dead_air")
        await self.pipeline.say(DEAD_AIR, urgent=True)

    async def _disconnected(self) -> None:
        self.later(self.pipeline.cancel("caller hung up"))


async def run_call(runtime: Runtime, leg: Leg) -> None:
    """Hold one call. Returns when it is over and written down.

    Raises:
        StoreDown: PostgreSQL could not tell who is calling; the door says so in words.
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
        await runtime.prepare_once(fixed_phrases(), (PIPELINE["webrtc"],))
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


def fixed_phrases() -> tuple[str, ...]:
    """What the system says in the same words to everybody: prepared before the first call."""
    return (
        *wording.greeting_phrases(("US", "IN")),
        wording.CONTACT_QUESTION,
        wording.CALL_BACK,
        wording.NO_NUMBER,
        readback.QUESTION,
        GONE,
        DEAD_AIR,
        *(filler for agent in AGENTS.values() for filler in agent.fillers),
    )
