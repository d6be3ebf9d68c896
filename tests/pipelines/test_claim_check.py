"""What is not true is not spoken: held, judged, replaced, and never left in the conversation as said."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext

from compliance.corrections import corrections
from pipelines.claim_check import ClaimCheck
from pipelines.llm.switcher import CUT_SHORT, Cut
from pipelines.speaker import SayFrame
from pipelines.unsaid import UnsaidFrame
from tests.pipelines.feed import Step, comes, feed

LIE = "Your order is placed, it costs one dollar."
CHECK = "Let me check that."
PERSON = corrections().en.person
TOTAL = "total: $24.36"


class Desk:
    """A check with its call."""

    def __init__(self, *facts: str, said: str = "Hello?", **options: Any) -> None:
        self.facts = list(facts)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.context = LLMContext([{"role": "user", "content": said}])
        self.check = ClaimCheck(
            self.context,
            lambda: self.facts,
            corrections(),
            lambda type, /, **data: self.events.append((type, data)),
            **options,
        )

    async def says(self, *steps: Step, **options: Any) -> str:
        """What goes to the voice, with what is taken back again in brackets."""
        self.down, self.up = await feed(self.check, *steps, **options)
        return "".join(words(self.down)).strip()

    def notes(self) -> list[str]:
        """What the model was told."""
        messages = self.context.get_messages()
        return [
            str(one["content"]) for one in messages if isinstance(one, dict) and one["role"] == "developer"
        ]

    def asked(self) -> int:
        """How often the model was asked again."""
        return sum(isinstance(frame, LLMContextFrame) for frame in self.up)


def words(frames: Sequence[Frame]) -> list[str]:
    return [
        f"[{frame.text}]" if isinstance(frame, UnsaidFrame) else frame.text
        for frame in frames
        if isinstance(frame, LLMTextFrame | UnsaidFrame)
    ]


def answer(*tokens: str) -> list[Frame]:
    return [
        LLMFullResponseStartFrame(),
        *(LLMTextFrame(token) for token in tokens),
        LLMFullResponseEndFrame(),
    ]


def in_tokens(text: str) -> list[str]:
    return [f"{word} " for word in text.split()]


async def test_an_ordinary_sentence_passes_word_by_word_as_it_comes() -> None:
    desk = Desk()
    frames = [
        LLMTextFrame(token) for token in ("Sure", ", what ", "else", " can I", " get you?", " Any", "thing?")
    ]
    await desk.says(LLMFullResponseStartFrame(), *frames)
    assert [frame for frame in desk.down if isinstance(frame, LLMTextFrame)] == frames
    assert desk.events == []


async def test_no_word_of_a_claim_passes_before_its_end() -> None:
    desk = Desk(TOTAL)
    meanwhile: list[str] = []

    def look(frames: Sequence[Frame]) -> bool:
        meanwhile[:] = words(frames)
        return True

    tokens = [LLMTextFrame(token) for token in ("The ", "total ", "is ", "$24", ".36")]
    said = await desk.says(
        LLMFullResponseStartFrame(),
        *tokens,
        SayFrame("", None, False, False, False, 0),
        comes(SayFrame, 2),  # going in, and coming out
        look,
        LLMFullResponseEndFrame(),
    )
    assert (meanwhile.count("is "), meanwhile.count("$24")) == (2, 1)
    assert said == "The total is $24.36"


async def test_a_true_claim_passes_unchanged_and_its_delay_is_recorded() -> None:
    desk = Desk(TOTAL)
    said = await desk.says(
        *answer("Okay. ", "The total", " is $", "24", ".", "36", ". Shall", " I place it?")
    )
    assert said == "Okay. The total is $24.36. Shall I place it?"
    ((kind, data),) = desk.events
    assert kind == "claim.checked"
    assert set(data) == {"ms"}


async def test_a_false_total_is_replaced_by_the_newest_one() -> None:
    desk = Desk("total: $19.00", TOTAL)
    said = await desk.says(*answer(*in_tokens("The total is thirty dollars. Anything else?")))
    assert (
        said
        == "The total is [The total is ] The total is twenty-four dollars and thirty-six cents.  Anything else?"
    )
    assert [(kind, data["kind"], data["instead"]) for kind, data in desk.events] == [
        ("claim.refused", "money", "fact")
    ]
    assert desk.notes() == []


async def test_without_a_fact_it_is_checked_and_the_model_answers_once_more() -> None:
    desk = Desk()
    said = await desk.says(*answer(*in_tokens(f"All done. {LIE} Enjoy it!")), comes(LLMContextFrame))
    assert said == f"All done. Your order is [ Your order is ] {CHECK}"
    assert desk.asked() == 1
    (note,) = desk.notes()
    assert "your order is placed" in note.lower() or "one dollar" in note


async def test_a_second_lie_in_a_turn_offers_a_person_and_asks_nobody_again() -> None:
    desk = Desk()
    said = await desk.says(
        *answer(LIE), comes(LLMContextFrame), *answer(LIE), comes(LLMFullResponseEndFrame, 2)
    )
    assert said == f"{CHECK}  {PERSON}"
    assert desk.asked() == 1
    assert [data["instead"] for _, data in desk.events] == ["check", "person"]


async def test_nobody_is_promised_to_a_withheld_number() -> None:
    desk = Desk(reachable=lambda: False)
    said = await desk.says(
        *answer(LIE), comes(LLMContextFrame), *answer(LIE), comes(LLMFullResponseEndFrame, 2)
    )
    assert said.endswith(corrections().en.nobody)


async def test_the_next_turn_may_ask_again() -> None:
    desk = Desk()

    def speak(_: Sequence[Frame]) -> bool:
        desk.context.add_message({"role": "user", "content": "Really?"})
        return True

    await desk.says(*answer(LIE), comes(LLMContextFrame), speak, *answer(LIE), comes(LLMContextFrame, 2))
    assert desk.asked() == 2


async def test_the_same_correction_is_not_said_twice() -> None:
    desk = Desk(TOTAL)
    said = await desk.says(*answer("The total is $30. ", "That comes to $31 in all. ", "Okay?"))
    assert said.count("twenty-four dollars") == 1
    assert said.endswith("Okay?")


async def test_the_callers_own_number_may_be_repeated_but_not_as_a_price() -> None:
    desk = Desk(said="something for two hundred rupees")
    assert (
        await desk.says(*answer("Under two hundred rupees, all right."))
        == "Under two hundred rupees, all right."
    )
    assert await Desk(said="two hundred rupees").says(*answer("It costs two hundred rupees.")) == CHECK


async def test_a_barge_in_drops_what_was_held_and_what_was_to_be_asked() -> None:
    desk = Desk(TOTAL)
    said = await desk.says(
        LLMFullResponseStartFrame(),
        LLMTextFrame("Well, "),
        LLMTextFrame("it costs one "),
        comes(LLMTextFrame, 3),
        InterruptionFrame(),
        comes(InterruptionFrame, 2),
        *answer("Sorry, go on."),
    )
    assert said == "Well, Sorry, go on."
    assert desk.asked() == 0
    assert desk.notes() == []


def cut(*tokens: str, goes_on: bool = True) -> tuple[list[Frame], asyncio.Future[str]]:
    """An answer that a fault ends, and what the check tells of it."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    end = LLMFullResponseEndFrame()
    end.metadata[CUT_SHORT] = Cut(goes_on, told)
    return [LLMFullResponseStartFrame(), *(LLMTextFrame(token) for token in tokens), end], told


@pytest.mark.parametrize("begun", ["Your order is", "Your order is ", "Your order is pla"])
async def test_a_sentence_that_another_model_finishes_is_judged_whole(begun: str) -> None:
    desk = Desk()
    first, told = cut("All right. ", begun)
    said = await desk.says(*first, *answer("placed", ". Enjoy!"), comes(LLMContextFrame))
    assert said == f"All right. {begun}[ Your order is ] {CHECK}"
    assert told.result() == "All right. Your order is"


async def test_a_true_sentence_that_another_model_finishes_is_spoken() -> None:
    desk = Desk(TOTAL)
    first, _ = cut("Your total is")
    said = await desk.says(*first, *answer("$24.36", "."))
    assert said == "Your total is$24.36."  # each answer is a piece of its own for the voice


async def test_what_was_held_is_dropped_and_not_told_as_said() -> None:
    desk = Desk(TOTAL)
    first, told = cut(*in_tokens("Sure. Your total is nine"))
    said = await desk.says(*first, *answer(*in_tokens("twenty four dollars and thirty six cents. Okay?")))
    assert said == "Sure. Your total is twenty four dollars and thirty six cents. Okay?"
    assert told.result() == "Sure. Your total is"


async def test_what_was_taken_back_is_not_told_as_said() -> None:
    desk = Desk()
    first, told = cut(*in_tokens("All done. Your order is placed. Enjoy"))
    said = await desk.says(*first, *answer("Shall I place it?"))
    assert said == f"All done. Your order is [ Your order is ] {CHECK} Shall I place it?"
    assert " ".join(told.result().split()) == f"All done. {CHECK}"
    assert len(desk.notes()) == 1


async def test_when_no_model_goes_on_nothing_of_the_cut_sentence_comes_into_the_next() -> None:
    desk = Desk(TOTAL)
    first, _ = cut(*in_tokens("Your total is nine"), goes_on=False)
    said = await desk.says(*first, *answer("ninety five naan", ", got it."))
    assert said == "Your total is ninety five naan, got it."
    assert [kind for kind, _ in desk.events] == ["claim.checked"]
    assert desk.notes() == []


async def test_a_note_is_not_kept_for_the_next_answer_when_no_model_goes_on() -> None:
    desk = Desk()
    first, _ = cut(LIE, goes_on=False)
    said = await desk.says(*first, *answer("Sorry about that."))
    assert said == f"{CHECK} Sorry about that."
    assert (desk.notes(), desk.asked()) == ([], 0)


async def test_a_barge_in_before_the_next_model_begins_ends_the_cut_sentence() -> None:
    desk = Desk(TOTAL)
    first, told = cut("Your total is ")
    said = await desk.says(
        *first, lambda _: told.done(), InterruptionFrame(), *answer("nine naan", ", got it.")
    )
    assert said == "Your total is nine naan, got it."
    assert [kind for kind, _ in desk.events] == ["claim.checked"]


async def test_a_claim_before_a_tool_call_is_judged_before_the_call_is_seen() -> None:
    desk = Desk()
    calls = [FunctionCallFromLLM("place_order", "t1", {}, desk.context)]
    said = await desk.says(
        LLMFullResponseStartFrame(),
        LLMTextFrame("I've placed it for you"),
        FunctionCallsStartedFrame(calls),
        comes(FunctionCallsStartedFrame),
        FunctionCallInProgressFrame("place_order", "t1", {}),
        LLMFullResponseEndFrame(),
    )
    assert said == CHECK
    kinds = [type(one) for one in desk.down if isinstance(one, LLMTextFrame | FunctionCallInProgressFrame)]
    assert kinds == [LLMTextFrame, FunctionCallInProgressFrame]
    assert len(desk.notes()) == 1
    assert desk.asked() == 0  # the tool's own result asks


async def test_what_is_held_when_the_call_ends_is_judged_first() -> None:
    desk = Desk(TOTAL)
    said = await desk.says(
        LLMFullResponseStartFrame(), LLMTextFrame("That is $24.36"), EndFrame(), send_end_frame=False
    )
    assert said == "That is $24.36"


async def test_text_that_is_only_read_stays_text_that_is_only_read() -> None:
    desk = Desk()
    lie = LLMTextFrame(LIE)
    lie.skip_tts = True
    await desk.says(LLMFullResponseStartFrame(), lie, LLMFullResponseEndFrame())
    (spoken,) = [frame for frame in desk.down if isinstance(frame, LLMTextFrame)]
    assert spoken.skip_tts


@pytest.mark.parametrize("language", ["hi", "hi-IN"])
async def test_a_correction_is_in_the_callers_language(language: str) -> None:
    desk = Desk("total: ₹249", language=lambda: language)
    assert await desk.says(*answer("कुल ढाई सौ रुपये हुए।")) == "कुल दो सौ उनचास रुपये हुए।"
