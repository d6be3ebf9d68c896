"""The system's own words in the language the caller has at that moment, from memory like any other."""

import pytest

from domain.saying import Saying
from pipelines.call import CallPipeline, Lines
from tests.pipelines.conftest import GREETING, Desk, greeted
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech

MUMBLE = speech("Two mango lassi please")
LAST = Saying("Goodbye.", "नमस्ते।")


def says(desk: Desk) -> list[str]:
    return [turn["text"] for turn in desk.of("turn.agent")]


@pytest.mark.call
async def test_what_the_system_says_by_itself_follows_the_caller_from_one_phrase_to_the_next(
    desk: Desk,
) -> None:
    spoken = "hi"

    async def first(call: CallPipeline) -> None:
        call.callbacks.language = lambda: spoken
        await greeted(call)

    async def script(phone: Phone) -> None:
        nonlocal spoken
        await desk.until("heard", "greeting")
        call = desk.call
        assert call is not None
        phone.speak(MUMBLE)
        await desk.until("turn.agent", count=2)
        spoken = "en"
        phone.speak(MUMBLE)
        await desk.until("turn.agent", count=3)
        spoken = "hi"
        await call.nudge()
        await desk.until("turn.agent", count=4)
        await call.farewell(LAST, "shutdown")
        await desk.ended.wait()

    desk.greet = first
    await desk.phone(script)
    lines = Lines()
    assert says(desk) == [GREETING, lines.unheard.hi, str(lines.choices), lines.nudge.hi, LAST.hi]
    assert [said.strip() for said in desk.knobs.tts_said] == [LAST.hi], "the others are prepared"


@pytest.mark.call
async def test_dead_air_is_filled_in_hindi(desk: Desk) -> None:
    silence = desk.config.silence.model_copy(update={"filler_secs": 0.5, "apology_secs": 3.0})
    models = [llm.model_copy(update={"first_token_secs": 30.0}) for llm in desk.config.llm]
    desk.config = desk.config.model_copy(update={"silence": silence, "llm": models})
    desk.knobs.texts = ["Yes."]
    desk.knobs.claude, desk.knobs.gpt = ["hang"], ["hang"]

    async def first(call: CallPipeline) -> None:
        call.callbacks.language = lambda: "hi"
        await greeted(call)

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        phone.speak(speech("Thank you"))
        await desk.until("dead_air")
        await desk.until("turn.agent", count=2)

    desk.greet = first
    await desk.phone(script)
    assert says(desk)[1:] == [Lines().apology.hi]
