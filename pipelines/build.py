"""Puts a call's pipeline together from its YAML, the process's shared parts and a line to somebody."""

from collections.abc import Sequence
from typing import Any

from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    AssistantTurnStoppedMessage,
    LLMContextAggregatorPair,
    UserTurnStoppedMessage,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.processors.frameworks.rtvi import RTVIObserverParams
from pipecat.services.tts_service import TTSService

from pipelines import observers, providers, turns
from pipelines.call import Callbacks, CallPipeline, Lines
from pipelines.call_phrases import CallPhrases
from pipelines.caller_turns import CallerTurns
from pipelines.card_guard import CardFreePair, CardGuard
from pipelines.config import PipelineConfig
from pipelines.doorstep import Doorstep
from pipelines.lines import Line
from pipelines.llm.switcher import SameTurnSwitcher
from pipelines.player import PhrasePlayer
from pipelines.playout import Playout, PlayoutTail
from pipelines.restoring import Restoring
from pipelines.rtvi import CheckedRTVI
from pipelines.selection import reason, told_of
from pipelines.shared import Shared
from pipelines.silence import SilenceGuard
from pipelines.speaker import Speaker
from pipelines.turn_start import ListeningStart
from pipelines.typed import TypedTurns
from pipelines.voices import VoiceSwitcher

SETUP_SECS = 8.0


def build(
    config: PipelineConfig,
    shared: Shared,
    line: Line,
    *,
    context: LLMContext,
    prompt: str,
    callbacks: Callbacks,
    lines: Lines | None = None,
    keyterms: Sequence[str] = (),
    checks: Sequence[FrameProcessor] = (),
    doorstep: Doorstep | None = None,
    resources: Any = None,
    call_id: str | None = None,
) -> CallPipeline:
    """A call ready to `run()`.

    `context` carries the first agent's tools, `prompt` is its system prompt, `checks` stand between the
    models and the voice (the claim check), `doorstep` before the conversation of a call we began. `resources` reach
    every tool as `params.app_resources`.
    """
    playout = Playout()
    player = PhrasePlayer(line.marks.mark_message if line.marks else None)
    phrases = CallPhrases(shared.phrases(config), shared.renderer(config))
    speaker = Speaker(phrases, playout, player)
    speaker.silent = line.silent
    models = providers.models(config, shared, prompt)
    models.checked = bool(checks)
    voices = providers.voices(config, shared)
    mute = turns.ProtectedMute()
    user_params = turns.user_params(config, mute, line.floor)
    pair = CardFreePair(context, user_params=user_params, user=CallerTurns)
    typed = TypedTurns()
    ears = providers.listener(config.stt, shared, keyterms)
    guard = SilenceGuard(
        config.silence.filler_secs,
        config.silence.apology_secs,
    )
    pipeline = Pipeline(
        [
            line.transport.input(),
            turns.vad(config),
            ears,
            CardGuard(),
            *([doorstep] if doorstep else []),
            typed,
            pair.user(),
            models,
            *checks,
            speaker,
            VoiceSwitcher(voices) if len(voices) > 1 else voices[0],
            player,
            line.transport.output(),
            PlayoutTail(playout, callbacks.on_digit),
            guard,
            pair.assistant(),
        ]
    )
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(
            audio_in_sample_rate=config.audio.input,
            audio_out_sample_rate=config.audio.output,
            enable_metrics=True,
            enable_usage_metrics=True,
            send_initial_empty_metrics=False,
        ),
        observers=observers.observers(callbacks.record),
        enable_rtvi=line.kind != "twilio",
        rtvi_processor=CheckedRTVI(checks[-1]) if checks else None,
        rtvi_observer_params=RTVIObserverParams(bot_llm_enabled=not checks or line.kind == "eval"),
        app_resources=resources,
        conversation_id=call_id,
        setup_timeout_secs=SETUP_SECS,
    )
    call = CallPipeline(
        worker=worker,
        context=context,
        models=models,
        speaker=speaker,
        phrases=phrases,
        mute=mute,
        callbacks=callbacks,
        lines=lines or Lines(),
        nudges=config.silence.nudges,
        rate=config.audio.output,
    )
    playout.on_heard, playout.on_cut = call.heard, call.cut
    typed.on_turn = call.turn_over
    guard.on_filler, guard.on_apology = call.fill, call.apologise
    guard.begins_within = speaker.begins_within
    _wire_line(call, line, playout)
    _wire_turns(call, pair, guard)
    call.ears = ears
    call.patience = turns.stopping(user_params)
    _wire_backchannels(call, pair, turns.listening(user_params))
    _wire_models(call, models)
    _wire_selection(call, models, config)
    _wire_voices(call, voices)
    return call


def _wire_line(call: CallPipeline, line: Line, playout: Playout) -> None:
    callbacks = call.callbacks

    async def connected(*_: object) -> None:
        await callbacks.on_connected()

    async def disconnected(*_: object) -> None:
        await callbacks.on_disconnected()

    line.transport.add_event_handler("on_client_connected", connected)
    line.transport.add_event_handler("on_client_disconnected", disconnected)
    if line.marks is not None:
        line.marks.playout = playout
        line.marks.on_stop = callbacks.on_disconnected


def _wire_turns(call: CallPipeline, pair: LLMContextAggregatorPair, guard: SilenceGuard) -> None:
    record = call.callbacks.record

    async def user_stopped(_: object, strategy: object, message: UserTurnStoppedMessage) -> None:
        if not message.content:
            await guard.stand_down()
        await call.turn_over(message.content or "")

    async def idle(_: object) -> None:
        await call.nudge()

    async def bot_stopped(_: object, message: AssistantTurnStoppedMessage) -> None:
        if message.content:
            record("turn.agent", text=message.content, interrupted=message.interrupted)

    caller = pair.user()
    assert isinstance(caller, CallerTurns)
    caller.own_words, caller.on_unheard = call.callbacks.own_words, call.unheard
    caller.speech, call.reply = call.speaker.reply, caller.say
    caller.add_event_handler("on_user_turn_stopped", user_stopped)
    caller.add_event_handler("on_user_turn_idle", idle)
    pair.assistant().add_event_handler("on_assistant_turn_stopped", bot_stopped)


def _wire_backchannels(
    call: CallPipeline, pair: LLMContextAggregatorPair, start: ListeningStart | None
) -> None:
    caller = pair.user()
    assert isinstance(caller, CallerTurns)
    if start is not None:
        start.again, start.before = caller.queue_frame, caller.before
        start.on_backchannel = lambda text: call.callbacks.record("turn.backchannel", text=text)


def _wire_models(call: CallPipeline, models: SameTurnSwitcher) -> None:
    record = call.callbacks.record

    async def failed_over(_: object, failed: str, target: str, category: str, mid_sentence: bool) -> None:
        record("failover", failed=failed, target=target, category=category, mid_sentence=mid_sentence)

    async def all_failed(_: object, category: str) -> None:
        record("models.failed", category=category)
        await call.give_up_turn()

    models.add_event_handler("on_failover", failed_over)
    models.add_event_handler("on_all_failed", all_failed)


def _wire_selection(call: CallPipeline, models: SameTurnSwitcher, config: PipelineConfig) -> None:
    rules = config.selection.rules if config.selection else []

    def simple(context: LLMContext) -> str | None:
        moment = call.callbacks.moment()
        return reason(rules, moment, told_of(context)) if moment else None

    def chosen(place: int, why: str) -> None:
        moment = call.callbacks.moment()
        model = config.llm[place].settings.get("model")
        call.callbacks.record("model.chosen", model=model, why=why, agent=moment.agent if moment else None)

    models.prefers_cheap, models.on_chosen = simple, chosen


def _wire_voices(call: CallPipeline, voices: Sequence[TTSService]) -> None:
    async def unspoken(_: object, text: str, append: bool) -> None:
        await call.say_again(text, append)

    for voice in voices:
        if isinstance(voice, Restoring):
            voice.add_event_handler("on_unspoken", unspoken)
