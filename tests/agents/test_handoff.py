"""A handoff swaps prompt and tools in the handler, or leaves the caller with the agent they had."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema

from agents.agent import Agent, Handoff
from agents.cast import Cast
from agents.handoff import GO_ON, Stage, transfer
from domain import handover
from domain.call_state import Handover
from domain.saying import Saying
from tests.fakes.call import Asked, Talk, asked
from tests.fakes.given import SEEDED_AT
from tools.caller import ask_for_person, end_call

TO_SUPPORT = Handoff("customer_support", when="the caller complains")
TO_ORDER = Handoff("customer_order", when="the caller wants food")
CAST = Cast(
    (
        Agent("customer_order", (ask_for_person,), (TO_SUPPORT,), (Saying("Sure, one moment.", "एक पल।"),)),
        Agent(
            "customer_support",
            (end_call,),
            (TO_ORDER,),
            (Saying("One moment.", "एक पल।"), Saying("Just a second.", "बस एक सेकंड।")),
        ),
    )
)


@dataclass
class Stand:
    """One handoff tool of an agent, called as the model would."""

    talk: Talk
    asked: Asked

    @property
    def names(self) -> list[str]:
        """The tools the next request carries."""
        return [schema.name for schema in self.asked.params.context.tools.standard_tools]  # type: ignore[union-attr]


def stand(talk: Talk, reason: Any = "cold food") -> Stand:
    question = asked(talk.call, ask_for_person, {"reason": reason})
    question.params.function_name, question.params.context = TO_SUPPORT.name, question.params.context
    question.params.context.set_tools(CAST.tools("customer_order"))
    return Stand(talk, question)


async def hand_over(
    here: Stand, handoff: Handoff = TO_SUPPORT, source: str = "customer_order", stage: Stage | None = None
) -> None:
    await transfer(here.asked.params, source, handoff, stage or CAST.stage(handoff.to))


async def test_prompt_and_tools_are_the_new_agents_and_the_model_is_asked_again(bare: Talk) -> None:
    here = stand(bare)
    await hand_over(here)
    assert here.names == ["end_call", "transfer_to_customer_order"]
    assert bare.line.prompts == [CAST["customer_support"].prompt]
    assert (bare.state.agent, here.asked.asks_model) == ("customer_support", True)
    result = here.asked.result
    assert (result["status"], result["from"], result["to"]) == (
        "transferred",
        "customer_order",
        "customer_support",
    )
    assert (result["reason"], result["next"]) == ("cold food", GO_ON)


async def test_the_filler_is_said_after_the_answer_and_rotates(bare: Talk) -> None:
    order: list[str] = []
    here = stand(bare)
    answer, say = here.asked.params.result_callback, bare.line.say

    async def answered(result: Any, **more: Any) -> None:
        order.append("answered")
        await answer(result, **more)

    async def said(text: str, *, mark: str | None = None) -> None:
        order.append("said")
        await say(text, mark=mark)

    here.asked.params.result_callback = answered
    bare.line.say = said  # type: ignore[method-assign]
    await hand_over(here)
    assert order == ["answered", "said"]
    assert bare.line.said == [("Just a second.", None)]


async def test_it_is_recorded_with_its_reason_and_without_numbers(bare: Talk) -> None:
    await hand_over(stand(bare, "call me on +1 512 555 0110"))
    (event,) = bare.recorded("agent.handoff")
    assert (event["source"], event["target"]) == ("customer_order", "customer_support")
    assert "555" not in event["reason"]
    (crossed,) = bare.state.handovers
    assert (crossed.source, crossed.target, crossed.turn) == ("customer_order", "customer_support", 0)


@pytest.mark.parametrize("reason", [None, "", "x" * 500, 7])
async def test_a_reason_that_is_none_or_too_long_does_no_harm(bare: Talk, reason: Any) -> None:
    await hand_over(stand(bare, reason))
    assert 0 < len(bare.state.handovers[0].reason) <= 160


async def test_of_two_in_one_answer_the_first_wins(bare: Talk) -> None:
    first, second = stand(bare), stand(bare)
    elsewhere = Handoff("delivery_tracking", when="asked where it is")
    stage = Stage("delivery_tracking", "prompt", CAST.tools("customer_support"), ())
    await asyncio.gather(hand_over(first), hand_over(second, elsewhere, stage=stage))
    statuses = sorted(here.asked.result["status"] for here in (first, second))
    assert statuses == ["rejected", "transferred"]
    assert len(bare.state.handovers) == len(bare.line.prompts) == 1
    assert bare.recorded("agent.handoff_refused")


async def test_who_reads_that_the_second_was_refused_is_the_new_agent_and_is_not_silenced(bare: Talk) -> None:
    first, second = stand(bare), stand(bare)
    await asyncio.gather(hand_over(first), hand_over(second))
    results = [here.asked.result for here in (first, second)]
    (refused,) = [result["next"] for result in results if result["status"] == "rejected"]
    assert refused == "customer_support has the caller now; if that is you, go on from their last words."


async def test_an_unreachable_agent_leaves_the_caller_where_they_are(bare: Talk) -> None:
    here = stand(bare)
    await transfer(here.asked.params, "customer_order", TO_SUPPORT, None)
    assert here.asked.result == {"status": "rejected", "next": handover.UNREACHABLE}
    assert bare.state.agent == "customer_order"
    assert here.names == list(CAST["customer_order"].tool_names)
    assert (bare.line.prompts, bare.line.said, here.asked.asks_model) == ([], [], True)


async def test_nobody_is_handed_back_before_they_have_spoken(bare: Talk) -> None:
    await hand_over(stand(bare))
    back = stand(bare)
    await hand_over(back, TO_ORDER, "customer_support")
    assert back.asked.result == {"status": "rejected", "next": handover.BACK_AND_FORTH}
    bare.state.turns += 1
    again = stand(bare)
    await hand_over(again, TO_ORDER, "customer_support")
    assert (again.asked.result["status"], bare.state.agent) == ("transferred", "customer_order")


async def test_a_barge_in_before_the_swap_changes_nothing(bare: Talk) -> None:
    here = stand(bare)
    running = asyncio.create_task(hand_over(here))
    await asyncio.sleep(0)
    assert bare.recorded("tool.called")
    assert here.asked.results == []
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (bare.state.agent, bare.state.handovers, bare.line.prompts) == ("customer_order", [], [])
    assert here.names == list(CAST["customer_order"].tool_names)


async def test_a_call_that_is_over_is_not_handed_on(bare: Talk) -> None:
    bare.call.line = None
    here = stand(bare)
    await hand_over(here)
    assert (here.asked.result["status"], bare.state.agent) == ("rejected", "customer_order")


def test_the_model_sees_who_it_is_for_and_gives_a_reason_only() -> None:
    schema = CAST.tools("customer_order").standard_tools[-1]
    assert isinstance(schema, FunctionSchema)
    assert (schema.name, list(schema.properties), schema.required) == (
        TO_SUPPORT.name,
        ["reason"],
        ["reason"],
    )
    assert "the caller complains" in schema.description


def test_a_loop_over_many_turns_ends(bare: Talk) -> None:
    for turn in range(handover.MOST_A_CALL):
        crossed = Handover(source="a", target="b", reason="x", turn=turn, at=SEEDED_AT)
        bare.state.handovers.append(crossed)
    bare.state.turns = 100
    assert handover.refusal(bare.state, "customer_order", "customer_support") == handover.BACK_AND_FORTH
