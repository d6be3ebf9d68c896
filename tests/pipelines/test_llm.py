"""Models that fail: the same turn is answered all the same."""

from collections.abc import Sequence
from typing import Any

import pytest
from anthropic import AsyncAnthropic
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.anthropic.llm import AnthropicLLMService, AnthropicLLMSettings
from pipecat.services.llm_service import FunctionCallParams, LLMService
from pipecat.services.openai.base_llm import OpenAILLMSettings
from pipecat.tests.utils import SleepFrame

from pipelines.llm.anthropic import Claude
from pipelines.llm.breaker import Breaker
from pipelines.llm.openai import Gpt
from pipelines.llm.stream import Patience
from pipelines.llm.switcher import CUT_SHORT, Cut, SameTurnSwitcher
from pipelines.shared import Shared
from tests.pipelines.feed import Step, feed
from tests.pipelines.vendor_servers import Knobs

PATIENCE = Patience(first=10, gap=10)
SHORT = Patience(first=0.3, gap=0.3)
"""With a model that hangs; one that answers may be slow on a busy machine."""
TWO_TOOLS = [("add", {"dish": "lassi"}), ("add", {"dish": "naan"})]


class Added:
    """Two tools' worth of calls, as a tool handler sees them."""

    def __init__(self) -> None:
        self.dishes: list[str] = []
        schema = FunctionSchema(
            name="add",
            description="Add a dish.",
            properties={"dish": {"type": "string"}},
            required=["dish"],
            handler=self.add,
        )
        self.context = LLMContext([{"role": "user", "content": "lassi and naan"}], tools=[schema])

    async def add(self, params: FunctionCallParams) -> None:
        self.dishes.append(params.arguments["dish"])
        await params.result_callback({"status": "added"})


def claude(shared: Shared, patience: Patience = PATIENCE) -> Claude:
    settings = AnthropicLLMSettings(model="claude-sonnet-4-6", system_instruction="Be brief.")
    return Claude(client=shared.anthropic, patience=patience, settings=settings, function_timeout_secs=5)


def gpt(shared: Shared, patience: Patience = PATIENCE) -> Gpt:
    settings = OpenAILLMSettings(model="gpt-4o-mini", system_instruction="Be brief.")
    return Gpt(client=shared.openai, patience=patience, settings=settings, function_timeout_secs=5)


class Switch:
    """A switcher with its events."""

    def __init__(self, llms: Sequence[LLMService[Any]], cool_down: float = 30) -> None:
        self.breakers = [Breaker(cool_down) for _ in llms]
        self.switcher = SameTurnSwitcher(llms, self.breakers)
        self.events: list[tuple[Any, ...]] = []

        async def failed_over(_: object, *what: Any) -> None:
            self.events.append(("failover", *what[2:]))

        async def all_failed(_: object, category: str) -> None:
            self.events.append(("all_failed", category))

        self.switcher.add_event_handler("on_failover", failed_over)
        self.switcher.add_event_handler("on_all_failed", all_failed)

    async def ask(self, *steps: Step) -> tuple[str, Sequence[Frame]]:
        """What was said, and every frame that came out upstream, once all was sent and a moment has passed."""
        down, up = await feed(self.switcher, *steps, SleepFrame(sleep=0.3))
        return words(down).strip(), up


def words(frames: Sequence[Frame]) -> str:
    return "".join(frame.text for frame in frames if isinstance(frame, LLMTextFrame))


def says(text: str, times: int = 1) -> Step:
    """The condition that these words have come out so often."""
    return lambda frames: words(frames).count(text) >= times


def question() -> LLMContextFrame:
    return LLMContextFrame(LLMContext([{"role": "user", "content": "Hello?"}]))


async def test_the_stock_service_still_drops_a_parallel_tool_call(shared: Shared, knobs: Knobs) -> None:
    """When this fails, the mend in `pipelines/llm/anthropic.py` is no longer needed."""
    knobs.claude = [TWO_TOOLS]
    added = Added()
    stock = AnthropicLLMService(
        api_key="", client=shared.anthropic, settings=AnthropicLLMSettings(model="claude-sonnet-4-6")
    )
    await feed(stock, LLMContextFrame(added.context), lambda _: added.dishes, SleepFrame(sleep=0.5))
    assert added.dishes == ["naan"]


async def test_every_parallel_tool_call_runs(shared: Shared, knobs: Knobs) -> None:
    knobs.claude = [TWO_TOOLS]
    added = Added()
    down, _ = await feed(claude(shared), LLMContextFrame(added.context), lambda _: len(added.dishes) >= 2)
    assert sorted(added.dishes) == ["lassi", "naan"]
    assert sum(isinstance(frame, FunctionCallsStartedFrame) for frame in down) == 1


async def test_openai_is_asked_on_the_shared_client_and_told_to_keep_nothing(
    shared: Shared, knobs: Knobs
) -> None:
    model = gpt(shared)
    await feed(model, question(), lambda _: knobs.gpt_requests)
    assert model._client is shared.openai
    assert knobs.gpt_requests[0]["store"] is False


@pytest.mark.parametrize("fault", [400, 401, 429, 500, 529, "hang"])
async def test_the_same_turn_is_answered_by_the_second_model(
    shared: Shared, knobs: Knobs, fault: int | str
) -> None:
    knobs.claude = [fault]
    switch = Switch([claude(shared, SHORT if fault == "hang" else PATIENCE), gpt(shared)])
    said, up = await switch.ask(question(), says("model."))
    assert said == "All right from the second model."
    assert [event[0] for event in switch.events] == ["failover"]
    assert switch.events[0][2] is False
    assert not [frame for frame in up if isinstance(frame, ErrorFrame)]
    assert switch.switcher.degraded


async def test_an_answer_cut_mid_sentence_stands_and_is_finished_by_the_second_model(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.claude = [("cut", "Your total is thirty")]
    knobs.gpt = ["one dollars."]
    switch = Switch([claude(shared), gpt(shared)])
    said, _ = await switch.ask(question(), says("dollars."))
    assert said == "Your total is thirty one dollars."
    assert switch.events[0][2] is True
    note = knobs.gpt_requests[0]["messages"][-1]
    assert note["role"] == "developer"
    assert "Your total is thirty" in note["content"]


class Half(FrameProcessor):
    """A check that passes on half of what is said, and tells so, or does not."""

    def __init__(self, told: str | None) -> None:
        super().__init__()
        self._told = told
        self.cuts: list[Cut] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame) and CUT_SHORT in frame.metadata:
            self.cuts.append(frame.metadata[CUT_SHORT])
            if self._told is not None:
                self.cuts[0].passed_on(self._told)
        await self.push_frame(frame, direction)


@pytest.mark.parametrize("told", ["Your total", None])
async def test_the_next_model_is_told_what_a_check_has_passed_on(
    shared: Shared, knobs: Knobs, told: str | None
) -> None:
    knobs.claude = [("cut", "Your total is thirty")]
    switch, check = Switch([claude(shared), gpt(shared)]), Half(told)
    switch.switcher.checked = True
    down, _ = await feed(Pipeline([switch.switcher, check]), question(), says("model."))
    assert words(down).endswith("All right from the second model. ")
    assert [cut.goes_on for cut in check.cuts] == [True]
    (note,) = [one["content"] for one in knobs.gpt_requests[0]["messages"] if one["role"] == "developer"]
    assert f"heard: {told or 'Your total is thirty'!r}. Finish" in note


async def test_the_end_of_an_answer_that_nobody_finishes_says_so(shared: Shared, knobs: Knobs) -> None:
    knobs.claude, knobs.gpt = [("cut", "Your total is")], ["hang"]
    switch, check = Switch([claude(shared), gpt(shared, SHORT)]), Half("Your total is")
    switch.switcher.checked = True
    await feed(Pipeline([switch.switcher, check]), question(), lambda _: len(switch.events) >= 2)
    assert [cut.goes_on for cut in check.cuts] == [True, False]


async def test_when_no_model_answers_the_owner_is_told_once(shared: Shared, knobs: Knobs) -> None:
    knobs.claude, knobs.gpt = [529], ["hang"]
    switch = Switch([claude(shared), gpt(shared, SHORT)])
    said, _ = await switch.ask(question(), lambda _: len(switch.events) >= 2)
    assert said == ""
    assert [event[0] for event in switch.events] == ["failover", "all_failed"]


async def test_a_failed_model_is_left_alone_and_asked_again_after_the_cool_down(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.claude = [401]
    switch = Switch([claude(shared), gpt(shared)], cool_down=3.0)
    twice = (question(), says("model."), question(), says("model.", 2))
    said, _ = await switch.ask(*twice, lambda _: switch.breakers[0].closed, question(), says("All right. "))
    assert len(knobs.gpt_requests) == 2
    assert len(knobs.claude_requests) == 2
    assert said.endswith("All right.")
    assert not switch.switcher.degraded


async def test_a_barge_in_ends_the_request_without_asking_anybody_else(shared: Shared, knobs: Knobs) -> None:
    knobs.claude = ["hang"]
    switch = Switch([claude(shared, Patience(first=2, gap=2)), gpt(shared)])
    said, _ = await switch.ask(
        question(), lambda _: knobs.claude_requests, InterruptionFrame(), SleepFrame(sleep=2.5)
    )
    assert said == ""
    assert not knobs.gpt_requests
    assert not switch.events


async def test_the_clients_do_not_retry_by_themselves(shared: Shared, knobs: Knobs) -> None:
    knobs.claude = [529, 529]
    await Switch([claude(shared), gpt(shared)]).ask(question(), says("model."))
    assert len(knobs.claude_requests) == 1
    assert isinstance(shared.anthropic, AsyncAnthropic)
    assert shared.anthropic.max_retries == shared.openai.max_retries == 0
