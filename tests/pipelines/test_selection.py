"""Simple turns go to the cheaper model, weighty ones never, and a cheap model that fails costs nobody a turn."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from pipecat.frames.frames import LLMContextFrame
from pipecat.processors.aggregators.llm_context import LLMContext

from agents import AGENTS
from clock import SystemClock
from domain.call_state import CallState, Offer, ReadBack
from errors import ConfigError
from pipelines.config import HERE, load, shipped
from pipelines.llm.breaker import Breaker
from pipelines.llm.switcher import SameTurnSwitcher
from pipelines.selection import HANDOFF, WEIGHTY_TOOLS, Moment, moment, reason, told_of
from pipelines.shared import Shared
from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.feed import feed
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech
from tests.pipelines.test_llm import PATIENCE, claude, gpt, says, words
from tests.pipelines.vendor_servers import Knobs

PHONE = shipped()["phone"]
SAY = {"say": "It is being cooked."}
ONE = {"orders": [{"order": "order-1", **SAY}]}
TWO = {"orders": [{"order": "order-1", **SAY}, {"order": "order-2", **SAY}]}


def context(said: str, *results: tuple[str, Any]) -> LLMContext:
    """A conversation that ends with the caller's words and what tools answered to them."""
    messages: list[Any] = [
        {"role": "assistant", "content": "How can I help?"},
        {"role": "user", "content": said},
    ]
    for number, (tool, result) in enumerate(results):
        called = {"id": f"t{number}", "type": "function", "function": {"name": tool, "arguments": "{}"}}
        messages.append({"role": "assistant", "tool_calls": [called]})
        messages.append({"role": "tool", "tool_call_id": f"t{number}", "content": json.dumps(result)})
    return LLMContext(messages)


def why(now: Moment, said: str, *results: tuple[str, Any]) -> str | None:
    """What the telephone's rules say to a turn."""
    assert PHONE.selection is not None
    return reason(PHONE.selection.rules, now, told_of(context(said, *results)))


TRACKING = Moment("delivery_tracking")
SIZE = Moment("customer_order", question="size", options=("half", "full"))


def test_what_a_tool_says_as_it_stands_is_simple() -> None:
    assert why(TRACKING, "where is my order?", ("get_order_status", ONE)) == "tool_said"
    assert why(Moment("customer_support"), "do you deliver to Elm?", ("answer_question", SAY)) == "tool_said"


@pytest.mark.parametrize("said", ["half", "Full, please.", "the full one"])
def test_the_name_of_a_size_that_was_asked_for_is_simple(said: str) -> None:
    assert why(SIZE, said) == "named_a_choice"


@pytest.mark.parametrize("said", ["half or full", "what is full?? I don't really know", "two more naan", ""])
def test_anything_but_one_of_the_sizes_is_not(said: str) -> None:
    assert why(SIZE, said) is None


@pytest.mark.parametrize(
    "said",
    [
        "where is my order, and I want a refund",
        "where is it? it was cold",
        "cancel it",
        "this is not me",
        "get me a person",
        "I have an allergy",
    ],
)
def test_words_of_weight_keep_the_primary(said: str) -> None:
    assert why(TRACKING, said, ("get_order_status", SAY)) is None


def test_a_long_turn_keeps_the_primary() -> None:
    assert why(TRACKING, "well " * 15, ("get_order_status", SAY)) is None


@pytest.mark.parametrize("tool", sorted({*WEIGHTY_TOOLS, f"{HANDOFF}customer_support"}))
def test_after_a_tool_of_money_consent_or_identity_the_primary_speaks(tool: str) -> None:
    assert why(TRACKING, "where is it?", ("get_order_status", SAY), (tool, SAY)) is None


@pytest.mark.parametrize(
    "result", [{"error": "Ask which."}, {"say": "x", "error": "y"}, {**ONE, "next": "y"}, TWO, {}, "x"]
)
def test_a_result_that_wants_thought_keeps_the_primary(result: Any) -> None:
    assert why(TRACKING, "where is it?", ("get_order_status", result)) is None


@pytest.mark.parametrize("question", ["read_back", "change", "code", "address", "contact", "offer"])
def test_the_answer_to_a_weighty_question_goes_to_the_primary(question: str) -> None:
    assert why(Moment("customer_order", question=question, options=("full",)), "full") is None


def state(**given: Any) -> CallState:
    now = SystemClock().now()
    return CallState(
        call_id=uuid4(), channel="twilio", line="+1", market="US", city="Larkfield", started_at=now,
        cart_call_id=uuid4(), **given,
    )  # fmt: skip


READ = ReadBack(cart_version=0, terms="t", payment="cash", mark="m")
OFFER = Offer(order_id=uuid4(), action="cancel", terms="t", mark="m")


@pytest.mark.parametrize(
    ("given", "weighty"),
    [
        ({}, False),
        ({"read_back": READ}, True),
        ({"offers": {"change-1": OFFER}}, True),
        ({"offers": {"change-1": OFFER.model_copy(update={"done": True})}}, False),
        ({"denied": True}, True),
    ],
)
def test_what_waits_for_an_answer_weighs(given: dict[str, Any], weighty: bool) -> None:
    now = moment(state(**given))
    assert now.weighty is weighty
    assert (why(now, "where is it?", ("get_order_status", SAY)) is None) is weighty


def test_every_tool_that_is_named_exists() -> None:
    known = {tool.name for agent in AGENTS.values() for tool in agent.tools}
    assert known >= WEIGHTY_TOOLS
    for config in shipped().values():
        for rule in config.selection.rules if config.selection else ():
            assert known >= set(rule.after)
            assert set(rule.agents) <= set(AGENTS)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda found: found.update(model="gpt-9"), "is no model of llm after the first"),
        (lambda found: found.update(model="claude-sonnet-4-6"), "is no model of llm after the first"),
        (lambda found: found["rules"][0].update(after=["process_refund"]), "never for the cheaper model"),
        (lambda found: found["rules"][0].update(answers="choice"), "say either"),
        (lambda found: found["rules"][0].pop("caller_words"), "caller_words"),
        (lambda found: found["rules"][0].update(moood=1), "moood"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], problem: str
) -> None:
    data = yaml.safe_load((HERE / "phone.yaml").read_text())
    change(data["selection"])
    path = tmp_path / "phone.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(ConfigError, match=problem):
        load(path)


class Chosen:
    """A switcher whose every turn is simple, or none, with what it chose."""

    def __init__(self, shared: Shared, *, simple: bool = True) -> None:
        self.breakers = [Breaker(30), Breaker(30)]
        self.switcher = SameTurnSwitcher(
            [claude(shared, PATIENCE), gpt(shared, PATIENCE)], self.breakers, cheap=1
        )
        self.switcher.prefers_cheap = lambda context: "simple" if simple else None
        self.seen: list[tuple[int, str]] = []
        self.switcher.on_chosen = lambda place, why: self.seen.append((place, why))

    async def ask(self, answer: str) -> str:
        down, _ = await feed(self.switcher, LLMContextFrame(context("hello")), says(answer))
        return words(down).strip()


async def test_a_simple_turn_is_answered_by_the_cheap_model_and_nothing_is_degraded(
    shared: Shared, knobs: Knobs
) -> None:
    chosen = Chosen(shared)
    assert await chosen.ask("model.") == "All right from the second model."
    assert not knobs.claude_requests
    assert not chosen.switcher.degraded
    assert chosen.seen == [(1, "simple")]


async def test_any_other_turn_is_answered_by_the_primary(shared: Shared, knobs: Knobs) -> None:
    chosen = Chosen(shared, simple=False)
    await chosen.ask("All right.")
    assert not knobs.gpt_requests
    assert chosen.seen == [(0, "primary")]


async def test_when_the_cheap_model_fails_the_primary_answers_the_same_turn_and_nothing_is_degraded(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.gpt = [500]
    chosen = Chosen(shared)
    assert await chosen.ask("All right.") == "All right."
    assert not chosen.switcher.degraded
    assert chosen.seen == [(1, "simple"), (0, "fault")]


async def test_a_cheap_model_that_rests_after_a_fault_is_not_chosen(shared: Shared, knobs: Knobs) -> None:
    chosen = Chosen(shared)
    chosen.breakers[1].trip()
    await chosen.ask("All right.")
    assert not knobs.gpt_requests
    assert chosen.seen == [(0, "primary")]


async def test_a_simple_turn_while_the_primary_rests_is_still_degraded(shared: Shared) -> None:
    chosen = Chosen(shared)
    chosen.breakers[0].trip()
    await chosen.ask("model.")
    assert chosen.switcher.degraded


async def test_a_weighty_turn_after_a_fault_is_degraded_and_recorded_as_in_reserve(shared: Shared) -> None:
    chosen = Chosen(shared, simple=False)
    chosen.breakers[0].trip()
    await chosen.ask("model.")
    assert chosen.switcher.degraded
    assert chosen.seen == [(1, "reserve")]


@pytest.mark.call
async def test_a_call_records_which_model_answered_each_turn_and_why(desk: Desk) -> None:
    desk.knobs.texts = ["full.", "two naan."]
    now = [SIZE]

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        phone.speak(speech("Two mango lassi please"))
        await desk.until("turn.agent", count=2)
        now[0] = Moment("customer_order")
        phone.speak(speech("Two mango lassi please"))
        await desk.until("turn.agent", count=3)

    desk.greet, desk.moment = greeted, lambda: now[0]
    await desk.phone(script)
    assert [(data["model"], data["why"], data["agent"]) for data in desk.of("model.chosen")] == [
        ("gpt-4o-mini", "named_a_choice", "customer_order"),
        ("claude-sonnet-4-6", "primary", "customer_order"),
    ]
    assert (len(desk.knobs.gpt_requests), len(desk.knobs.claude_requests)) == (1, 1)
