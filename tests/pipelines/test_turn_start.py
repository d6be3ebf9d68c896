"""A listener's "hmm" over our speech makes it stand still for a moment, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterimTranscriptionFrame,
    OutputTransportMessageUrgentFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame
from pipecat.turns.user_start import TranscriptionUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.config import Backchannels
from pipelines.floor import Floor
from pipelines.turn_start import ListeningStart
from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.feed import Step, comes, feed
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech

PATIENT = Backchannels(longest_secs=2, text_secs=2, answer_secs=5)
QUICK = Backchannels(longest_secs=0.1, text_secs=0.1, answer_secs=5)
WORDLESS = Backchannels(longest_secs=2, text_secs=0.1, answer_secs=5)
CLEAR = {"event": "clear"}
VOICE, QUIET = VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame()


@dataclass
class Seen:
    """What came of it."""

    turns: int = 0
    clears: int = 0
    held: bool = False
    dropped: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    """What was put in front of a turn."""


def text(said: str) -> TranscriptionFrame:
    return TranscriptionFrame(said, "caller", "now", finalized=True)


async def over(
    settings: Backchannels, *steps: Step, speaking: bool = True, then: Sequence[Step] = ()
) -> Seen:
    """What these do while we speak; `then` comes after a word was dropped."""
    floor, seen = Floor(lambda: CLEAR), Seen()
    start = ListeningStart(floor, settings)

    async def again(frame: Frame) -> None:
        assert isinstance(frame, TranscriptionFrame)
        seen.answers.append(frame.text)

    start.again, start.on_backchannel, start.before = again, seen.dropped.append, seen.before.append
    stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=30)
    strategies = UserTurnStrategies(start=[start, TranscriptionUserTurnStartStrategy()], stop=[stop])
    held: list[bool] = []

    def look(frames: Any) -> bool:
        held.append(floor.held)
        return True

    before: tuple[Step, ...] = (BotStartedSpeakingFrame(),) if speaking else ()
    if then:
        then = (lambda frames: seen.dropped, *then)
    processor = UserTurnProcessor(user_turn_strategies=strategies, user_turn_stop_timeout=60)
    down, _ = await feed(processor, *before, *steps, *then, SleepFrame(sleep=0.2), look)
    seen.turns = sum(isinstance(frame, UserStartedSpeakingFrame) for frame in down)
    seen.clears = sum(isinstance(frame, OutputTransportMessageUrgentFrame) for frame in down)
    seen.held = held[-1]
    return seen


async def test_our_speech_stands_still_while_it_is_not_clear_what_the_caller_wants() -> None:
    seen = await over(PATIENT, VOICE)
    assert (seen.turns, seen.clears, seen.held) == (0, 1, True)


@pytest.mark.parametrize("word", ["Hmm.", "haan", "ok", "Achha.", "Right.", "mm-hmm"])
async def test_a_backchannel_lets_us_go_on_and_is_no_turn(word: str) -> None:
    seen = await over(PATIENT, VOICE, QUIET, text(word))
    assert (seen.turns, seen.held, seen.dropped, seen.answers) == (0, False, [word], [])


async def test_a_sound_without_words_lets_us_go_on() -> None:
    seen = await over(WORDLESS, VOICE, QUIET, SleepFrame(sleep=0.5))
    assert (seen.turns, seen.held) == (0, False)


@pytest.mark.parametrize("words", ["No.", "ruko", "ok but no onions", "What?"])
async def test_a_word_that_wants_something_interrupts(words: str) -> None:
    assert (await over(PATIENT, VOICE, QUIET, text(words), comes(UserStartedSpeakingFrame))).turns == 1


async def test_a_first_word_is_enough_while_the_caller_still_speaks() -> None:
    interim = InterimTranscriptionFrame("cancel", "caller", "now")
    assert (await over(PATIENT, VOICE, interim, comes(UserStartedSpeakingFrame))).turns == 1


async def test_a_long_voice_interrupts_before_any_word() -> None:
    assert (await over(QUICK, VOICE, comes(UserStartedSpeakingFrame))).turns == 1


async def test_the_same_word_said_into_our_silence_is_a_turn() -> None:
    seen = await over(PATIENT, VOICE, QUIET, text("Haan."), speaking=False)
    assert (seen.turns, seen.clears, seen.dropped) == (1, 0, [])


async def test_a_yes_over_our_last_words_is_the_answer_to_them() -> None:
    ends = (BotStoppedSpeakingFrame(), SleepFrame(sleep=1.5))
    assert (await over(PATIENT, VOICE, QUIET, text("Haan."), then=ends)).answers == ["Haan."]


async def test_a_yes_between_two_of_our_sentences_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.turn_start.PAUSE_SECS", 1.0)  # however busy we are
    goes_on = (BotStoppedSpeakingFrame(), BotStartedSpeakingFrame(), SleepFrame(sleep=1.5))
    assert (await over(PATIENT, VOICE, QUIET, text("Haan."), then=goes_on)).answers == []


async def test_a_yes_over_our_last_words_begins_the_turn_that_follows() -> None:
    thanks = (BotStoppedSpeakingFrame(), VOICE, QUIET, text("Thanks."), comes(UserStartedSpeakingFrame))
    seen = await over(PATIENT, VOICE, QUIET, text("Yes,"), then=(*thanks, SleepFrame(sleep=0.5)))
    assert (seen.turns, seen.before, seen.answers) == (1, ["Yes,"], [])


async def test_a_yes_whose_voice_goes_on_until_it_interrupts_is_not_lost() -> None:
    half_a_second = PATIENT.model_copy(update={"longest_secs": 0.5})
    seen = await over(half_a_second, VOICE, text("Yes,"), comes(UserStartedSpeakingFrame))
    assert (seen.turns, seen.before) == (1, ["Yes,"])


async def test_a_yes_counts_with_what_follows_also_when_we_have_begun_another_sentence() -> None:
    goes_on = (BotStoppedSpeakingFrame(), BotStartedSpeakingFrame(), text("no onions"))
    seen = await over(PATIENT, VOICE, QUIET, text("Okay"), then=(*goes_on, comes(UserStartedSpeakingFrame)))
    assert seen.before == ["Okay"]


async def test_all_of_several_backchannels_are_the_answer() -> None:
    steps = (VOICE, QUIET, text("Yes,"), VOICE, QUIET, text("okay."))
    ends = (lambda frames: True, SleepFrame(sleep=0.2), BotStoppedSpeakingFrame(), SleepFrame(sleep=1.5))
    assert (await over(PATIENT, *steps, then=ends)).answers == ["Yes, okay."]


async def test_a_backchannel_of_long_ago_is_no_part_of_a_turn() -> None:
    short = PATIENT.model_copy(update={"answer_secs": 0.1})
    stop = (SleepFrame(sleep=0.5), text("Stop."), comes(UserStartedSpeakingFrame))
    assert (await over(short, VOICE, QUIET, text("Hmm."), then=stop)).before == []


async def test_what_the_far_end_had_not_played_is_sent_again_after_a_hold() -> None:
    floor = Floor(lambda: CLEAR)
    assert await floor.admit(b"one") == b"one"
    assert floor.hold() == CLEAR
    floor.resume()
    assert await floor.admit(b"two") == b"onetwo"
    assert await floor.admit(b"three") == b"three"


@pytest.mark.call
async def test_a_telephone_call_goes_on_after_a_backchannel_and_stops_for_a_no(desk: Desk) -> None:
    slow = desk.config.turns.model_copy(update={"backchannels": Backchannels(longest_secs=2, text_secs=2)})
    desk.config = desk.config.model_copy(update={"turns": slow})
    desk.knobs.texts = ["Hmm.", "No wait, one more."]
    long = (
        "That is two lassi and one pizza, to Juniper Lane, for thirty dollars, within the hour, paid in cash."
    )

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        await desk.call.say(long, mark="total")
        await phone.next_audio()
        phone.speak(speech("hmm"))
        await phone.next_clear()
        await desk.until("heard", "total")
        await desk.call.say(long, mark="again")
        await phone.next_audio()
        phone.speak(speech("No wait, one more"))
        await desk.until("cut", "again")
        await desk.until("turn.user")

    desk.greet = greeted
    await desk.phone(script)
    assert desk.of("turn.backchannel") == [{"text": "Hmm."}]
    assert [turn["text"] for turn in desk.of("turn.user")] == ["No wait, one more."]
    assert "total" not in desk.of("cut")


@pytest.mark.call
async def test_a_yes_over_our_speech_stays_in_the_turn_it_begins(desk: Desk) -> None:
    patient = Backchannels(longest_secs=2, text_secs=2, answer_secs=5)
    turns = desk.config.turns.model_copy(update={"backchannels": patient})
    desk.config = desk.config.model_copy(update={"turns": turns})
    desk.knobs.texts = ["Yes,", "thanks."]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        await desk.call.say("That is two lassi and one pizza, paid in cash. Shall I place it?", mark="asked")
        await phone.next_audio()
        phone.speak(speech("hmm"))
        await desk.until("turn.backchannel")
        phone.speak(speech("No wait, one more"))
        await desk.until("turn.user")

    desk.greet = greeted
    await desk.phone(script)
    assert [turn["text"] for turn in desk.of("turn.user")] == ["Yes, thanks."]
