"""What the system answers itself: turns without words, and questions that need fixed words."""

from collections.abc import Callable

import pytest
from pipecat.frames.frames import (
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.tests.utils import SleepFrame

from pipelines.call import Lines
from pipelines.caller_turns import CallerTurns, OwnWords
from pipelines.card_guard import CardFreePair
from pipelines.speaker import SayFrame
from tests.pipelines.conftest import GREETING, Desk, greeted
from tests.pipelines.feed import Step, comes, feed
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech
from tests.pipelines.test_card_guard import final, params, spoken

ROBOT = "Yes, I'm an assistant."
MUMBLE = speech("Two mango lassi please")
COUGH = MUMBLE[3200:5600]
"""0.15 s, clearly a voice and clearly shorter than a word, also when frames arrive late."""


def murmur() -> list[Step]:
    """0.9 s of voice."""
    return [
        VADUserStartedSpeakingFrame(start_secs=0.1, timestamp=10.0),
        SleepFrame(),
        VADUserStoppedSpeakingFrame(stop_secs=0.2, timestamp=11.0),
    ]


async def test_the_voice_of_a_turn_without_words_is_measured() -> None:
    pair = CardFreePair(LLMContext(), user_params=params(), user=CallerTurns)
    caller = pair.user()
    assert isinstance(caller, CallerTurns)
    heard: list[float] = []

    async def unheard(seconds: float) -> bool:
        heard.append(seconds)
        return True

    caller.on_unheard = unheard
    await feed(
        caller,
        *murmur(),
        comes(UserStoppedSpeakingFrame, 2),  # one at either end
        *murmur(),
        comes(UserStoppedSpeakingFrame, 4),
        *spoken("two naan"),
    )
    assert heard == pytest.approx([0.9, 0.9])


def says(desk: Desk) -> list[str]:
    return [turn["text"] for turn in desk.of("turn.agent")]


@pytest.mark.call
@pytest.mark.parametrize("choices", ["Was that mild or hot?", None])
async def test_speech_without_words_is_asked_for_again_then_with_choices_then_a_person_comes(
    desk: Desk, choices: str | None
) -> None:
    desk.choices = lambda: choices

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        for n in range(1, 3):
            phone.speak(MUMBLE)
            await desk.until("turn.agent", count=1 + n)
        phone.speak(MUMBLE)
        await desk.until("not_understood")

    desk.greet = greeted
    await desk.phone(script)
    assert says(desk) == [GREETING, Lines().unheard, choices or Lines().choices]
    assert [event["times"] for event in desk.of("turn.unheard")] == [1, 2, 3]
    assert not desk.knobs.claude_requests


@pytest.mark.call
async def test_a_turn_with_words_begins_the_count_again(desk: Desk) -> None:
    desk.knobs.texts = ["", "two lassi please.", ""]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        for n in range(1, 4):
            phone.speak(MUMBLE)
            await desk.until("turn.agent", count=1 + n)

    desk.greet = greeted
    await desk.phone(script)
    assert says(desk) == [GREETING, Lines().unheard, "All right.", Lines().unheard]


@pytest.mark.call
async def test_a_short_noise_is_no_turn_that_was_not_understood(desk: Desk) -> None:
    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        phone.speak(COUGH)
        await desk.until("turn", "")

    desk.greet = greeted
    await desk.phone(script)
    assert desk.of("turn.unheard") == []


@pytest.mark.call
async def test_the_first_sound_of_a_call_is_not_counted(desk: Desk) -> None:
    desk.knobs.claude = ["What would you like?"]

    async def script(phone: Phone) -> None:
        await phone.next_audio()
        phone.speak(MUMBLE)
        await desk.until("turn", "")
        phone.speak(MUMBLE)
        await desk.until("turn.unheard")

    desk.greet = greeted
    await desk.phone(script)
    assert [event["times"] for event in desk.of("turn.unheard")] == [1]


def own(alone: bool) -> Callable[[str], OwnWords | None]:
    return lambda text: OwnWords(ROBOT, alone) if "robot" in text else None


@pytest.mark.call
async def test_what_the_system_answers_is_not_asked_of_a_model(desk: Desk) -> None:
    desk.knobs.texts = ["are you a robot?", "two naan."]
    desk.own_words = own(alone=True)

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        phone.speak(MUMBLE)
        await desk.until("turn.agent", count=2)
        assert not desk.knobs.claude_requests
        phone.speak(MUMBLE)
        await desk.until("turn.agent", count=3)

    desk.greet = greeted
    await desk.phone(script)
    assert says(desk) == [GREETING, ROBOT, "All right."]
    assert len(desk.knobs.claude_requests) == 1


@pytest.mark.call
@pytest.mark.parametrize("typed", [False, True])
async def test_the_rest_of_a_turn_is_left_to_the_model(desk: Desk, typed: bool) -> None:
    said = "are you a robot? two naan."
    desk.knobs.texts = [said]
    desk.own_words = own(alone=False)

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        if typed:
            await desk.call.take_text(said)
        else:
            phone.speak(MUMBLE)
        while "All right." not in " ".join(says(desk)):
            await desk.until("turn.agent", count=len(says(desk)) + 1)

    desk.greet = greeted
    await desk.phone(script)
    assert " ".join(says(desk)) == f"{GREETING} {ROBOT} All right."
    (request,) = desk.knobs.claude_requests
    assert "Do not say it again" in str(request["messages"])


async def test_own_words_leave_behind_the_end_of_the_turn() -> None:
    """Before it they would be refused, as spoken over the caller."""
    pair = CardFreePair(LLMContext(), user_params=params(), user=CallerTurns)
    caller = pair.user()
    assert isinstance(caller, CallerTurns)
    caller.own_words = own(alone=True)
    caller.speech = lambda text: SayFrame(text, None, append=True, protected=False, urgent=True, epoch=0)
    turn: list[Step] = [VADUserStartedSpeakingFrame(), SleepFrame(), final("are you a robot?"), SleepFrame()]
    down, _ = await feed(caller, *turn, VADUserStoppedSpeakingFrame(), comes(SayFrame))
    kinds = [type(frame).__name__ for frame in down]
    assert kinds.index("SayFrame") > kinds.index("UserStoppedSpeakingFrame")
    assert "LLMContextFrame" not in kinds
