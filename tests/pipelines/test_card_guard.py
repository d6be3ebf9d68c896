"""A card's number, said, typed or keyed, reaches neither model nor transcript."""

from collections.abc import Sequence

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    Frame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMMessagesAppendFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.tests.utils import SleepFrame
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from domain.masking import CARD
from pipelines.card_guard import MOST_KEYS, CardFreePair, CardGuard
from tests.pipelines.conftest import GREETING, Desk, greeted
from tests.pipelines.feed import Step, comes, feed
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech

CARD_SAID = "Charge 4242 4242 4242 4242, please."


def final(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text, "caller", "2026-03-02T18:30:00Z", result={"said": text})


def key(digit: str) -> InputDTMFFrame:
    return InputDTMFFrame(KeypadEntry(digit))


def params() -> LLMUserAggregatorParams:
    """A turn begins with a sound and ends after 0.1 s of silence."""
    stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.1)
    strategies = UserTurnStrategies(start=[VADUserTurnStartStrategy()], stop=[stop])
    return LLMUserAggregatorParams(user_turn_strategies=strategies)


def spoken(*pieces: str) -> list[Step]:
    """The pieces of one turn, to its end."""
    steps: list[Step] = [VADUserStartedSpeakingFrame(), SleepFrame()]
    for piece in pieces:
        steps += [final(piece), SleepFrame()]
    return [*steps, VADUserStoppedSpeakingFrame(), comes(LLMContextFrame)]


async def through(processor: FrameProcessor, *steps: Step) -> Sequence[Frame]:
    down, _ = await feed(processor, *steps)
    return down


async def test_a_number_said_at_once_is_hidden_in_every_kind_of_text() -> None:
    typed: LLMContextMessage = {"role": "user", "content": CARD_SAID}
    parts: LLMContextMessage = {"role": "user", "content": [{"type": "text", "text": CARD_SAID}]}
    interim = InterimTranscriptionFrame(
        CARD_SAID, "caller", "2026-03-02T18:30:00Z", result={"said": CARD_SAID}
    )
    frames = await through(
        CardGuard(), interim, final(CARD_SAID), LLMMessagesAppendFrame(messages=[typed, parts])
    )
    assert len(frames) == 3
    for frame in frames:
        assert "4242" not in repr(vars(frame))
        assert CARD in repr(vars(frame))


async def test_other_words_pass_untouched() -> None:
    note: LLMContextMessage = {"role": "developer", "content": "order 482913"}
    frames = await through(CardGuard(), final("two naan"), LLMMessagesAppendFrame(messages=[note]))
    assert isinstance(frames[0], TranscriptionFrame)
    assert (frames[0].text, frames[0].result) == ("two naan", {"said": "two naan"})
    assert isinstance(frames[1], LLMMessagesAppendFrame)
    assert frames[1].messages == [note]


async def test_a_long_row_of_keys_is_not_passed_on_until_the_caller_speaks() -> None:
    row = [key(digit) for digit in "4242424242424242"]
    down = await through(CardGuard(), *row, UserStartedSpeakingFrame(), key("1"))
    keys = [frame.button.value for frame in down if isinstance(frame, InputDTMFFrame)]
    assert "".join(keys) == "42424242424" + "1"
    assert len(keys) == MOST_KEYS + 1


async def test_keys_pressed_one_at_a_time_are_no_number() -> None:
    frames: list[Frame] = []
    for _ in range(MOST_KEYS + 2):
        frames += [key("1"), SleepFrame(sleep=0.03)]
    down = await through(CardGuard(pause_secs=0.01), *frames)
    assert sum(isinstance(frame, InputDTMFFrame) for frame in down) == MOST_KEYS + 2


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        (["4242 4242", "4242 4242."], f"{CARD}."),
        (["It is 4242", "4242 4242", "uh 4242 please"], f"It is {CARD} please"),
        (["four two four two four two four two", "four two four two four two four two"], CARD),
        (["my number is 98765 43210", "and two naan"], "my number is 98765 43210 and two naan"),
    ],
)
async def test_a_number_said_in_pieces_of_one_turn_is_hidden_whole(pieces: list[str], kept: str) -> None:
    context = LLMContext()
    pair = CardFreePair(context, user_params=params())
    await through(pair.user(), *spoken(*pieces))
    assert context.get_messages() == [{"role": "user", "content": kept}]


@pytest.mark.parametrize(
    ("turns", "last", "kept"),
    [
        (["4242 4242.", "4242"], "4242.", [CARD, CARD, f"{CARD}."]),
        (
            ["Reach her on 9876543210", "560019"],
            "two naan",
            ["Reach her on 9876543210", "560019", "two naan"],
        ),
        (["My number is 98765 43210."], "482917.", ["My number is 98765 43210.", "482917."]),
    ],
)
async def test_a_number_that_runs_over_several_turns_leaves_the_history(
    turns: list[str], last: str, kept: list[str]
) -> None:
    messages: list[LLMContextMessage] = []
    for turn in turns:
        messages += [{"role": "user", "content": turn}, {"role": "assistant", "content": "Go on."}]
    context = LLMContext(messages=messages)
    await through(CardFreePair(context, user_params=params()).user(), *spoken(last))
    said = [message["content"] for message in context.get_messages() if message["role"] == "user"]  # type: ignore[index]
    assert said == kept


@pytest.mark.call
async def test_in_a_call_the_model_and_the_transcript_are_told_that_there_was_a_number(desk: Desk) -> None:
    desk.knobs.texts = ["Charge 4242 4242 4242 4242 please."]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        phone.speak(speech("Two mango lassi please"))
        await desk.until("turn.agent", count=2)
        assert desk.call is not None
        await desk.call.take_text(CARD_SAID)
        await desk.until("turn.agent", count=3)
        for digit in "4242424242424242":
            await phone.send({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": digit}})
        await desk.until("digit", count=MOST_KEYS)

    desk.greet = greeted
    await desk.phone(script)
    assert desk.of("turn")[-2:] == [f"Charge {CARD} please.", f"Charge {CARD}, please."]
    assert len(desk.of("digit")) == MOST_KEYS
    seen = repr((desk.knobs.claude_requests, desk.context.get_messages(), desk.of("turn.user")))
    assert GREETING in seen
    assert CARD in seen
    assert "4242" not in seen
