"""How a tool call of the model is answered: once, in time, with something it can use, whatever happens."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from errors import Conflict, Invalid, NotFound, Refused, StoreDown, ToolError, VendorError, VendorTimeout
from tests.fakes.call import Asked, Talk, asked
from tools.call import Call
from tools.result import Result, Say, Spoken
from tools.tool import LEAST_SECONDS, OURS_IS_DOWN, Tool, handle, tool

ORDERING = ("customer_order",)


class Bell:
    """An effect that rings when the test lets it, and counts how often it rang."""

    def __init__(self) -> None:
        self.rung = 0
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.outcomes: list[Result | Exception] = []

    def tool(self) -> Tool:
        @tool(
            callers=ORDERING,
            effect=lambda call, name: f"ring:{name}",
            final=lambda result: result.get("status") == "rung",
        )
        async def ring(call: Call, name: str) -> Result:
            """Ring the bell.

            Args:
                name: Whose.
            """
            self.reached.set()
            await self.gate.wait()
            self.rung += 1
            outcome = self.outcomes.pop(0) if self.outcomes else {"status": "rung", "times": self.rung}
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return ring


@pytest.fixture
def bell() -> Bell:
    return Bell()


def answering(outcome: Any) -> Tool:
    @tool(callers=ORDERING)
    async def plain(call: Call) -> Result | Say:
        """Do it."""
        if isinstance(outcome, Exception):
            raise outcome
        found: Result | Say = outcome
        return found

    return plain


async def answered(talk: Talk, one: Tool, **arguments: Any) -> Asked:
    question = asked(talk.call, one, arguments)
    await handle(one, question.params)
    return question


async def test_a_result_reaches_the_model_once_and_is_recorded(bare: Talk) -> None:
    question = await answered(bare, answering({"dishes": 3}))
    assert question.result == {"dishes": 3}
    assert question.asks_model
    (event,) = bare.recorded("tool.result")
    assert (event["tool"], event["id"], event["result"]) == ("plain", "call_1", {"dishes": 3})
    assert event["ms"] >= LEAST_SECONDS * 1000


async def test_no_answer_comes_too_soon_for_parallel_calls_to_be_counted_together(bare: Talk) -> None:
    began = time.monotonic()
    await answered(bare, answering({"dishes": 3}))
    assert time.monotonic() - began >= LEAST_SECONDS


@pytest.mark.parametrize("nothing", [None, {}, [], "", 0])
async def test_nothing_is_answered_with_something(bare: Talk, nothing: object) -> None:
    assert (await answered(bare, answering(nothing))).result == {"status": "done"}


@pytest.mark.parametrize(
    "error", [kind("Ask for the size.") for kind in (ToolError, Invalid, Conflict, NotFound, Refused)]
)
async def test_a_refusal_is_an_instruction(bare: Talk, error: Exception) -> None:
    assert (await answered(bare, answering(error))).result == {"error": "Ask for the size."}


@pytest.mark.parametrize(
    "error",
    [
        VendorError("stripe", "status 400"),
        VendorTimeout("google_maps", "too long"),
        StoreDown("the database failed: OperationalError"),
    ],
)
async def test_our_own_failure_is_an_apology_and_a_way_on(bare: Talk, error: Exception) -> None:
    question = await answered(bare, answering(error))
    assert question.result == {"error": OURS_IS_DOWN}
    (event,) = bare.recorded("tool.failed")
    assert event["error"] == type(error).__name__


async def test_arguments_that_do_not_fit_are_refused_like_anything_else(bare: Talk, bell: Bell) -> None:
    question = await answered(bare, bell.tool(), name=["a"], call="forged")
    assert question.result["error"].startswith("Call ring again with arguments that fit")
    assert bell.rung == 0


async def test_a_tool_that_hangs_is_answered_in_time(bare: Talk) -> None:
    @tool(callers=ORDERING, timeout_seconds=0.05)
    async def hang(call: Call) -> Result:
        """Hang."""
        await asyncio.Event().wait()
        return {}

    assert (await answered(bare, hang)).result == {"error": OURS_IS_DOWN}


async def test_what_the_system_says_is_spoken_in_order_and_the_model_waits(bare: Talk) -> None:
    said = Say((Spoken("The total.", "mark-1"), Spoken("Shall I?")), {"status": "reading"})
    question = await answered(bare, answering(said))
    assert question.result == {"status": "reading"}
    assert not question.asks_model
    assert bare.line.said == [("The total.", "mark-1"), ("Shall I?", None)]
    assert bare.line.farewell is None


async def test_the_last_sentence_hangs_up(bare: Talk) -> None:
    await answered(bare, answering(Say((Spoken("Thanks."), Spoken("Goodbye!")), hang_up=True)))
    assert (bare.line.said, bare.line.farewell) == ([("Thanks.", None)], "Goodbye!")


async def test_an_effect_asked_for_twice_happens_once(bare: Talk, bell: Bell) -> None:
    ring = bell.tool()
    bell.gate.set()
    first = await answered(bare, ring, name="a")
    second = await answered(bare, ring, name="a")
    other = await answered(bare, ring, name="b")
    assert (first.result, second.result) == ({"status": "rung", "times": 1}, {"status": "rung", "times": 1})
    assert (other.result["times"], bell.rung) == (2, 2)


async def test_an_effect_asked_for_twice_at_once_happens_once(bare: Talk, bell: Bell) -> None:
    ring = bell.tool()
    both = asyncio.gather(*(answered(bare, ring, name="a") for _ in range(2)))
    await bell.reached.wait()
    bell.gate.set()
    first, second = await both
    assert first.result == second.result == {"status": "rung", "times": 1}


@pytest.mark.parametrize("first", [{"status": "declined"}, ToolError("Not yet."), StoreDown("down")])
async def test_an_outcome_that_does_not_stand_may_be_tried_again(
    bare: Talk, bell: Bell, first: Result | Exception
) -> None:
    ring = bell.tool()
    bell.gate.set()
    bell.outcomes = [first]
    await answered(bare, ring, name="a")
    assert (await answered(bare, ring, name="a")).result["status"] == "rung"


async def interrupted(talk: Talk, bell: Bell, ring: Tool) -> Asked:
    """A barge-in while the effect runs: Pipecat cancels the handler."""
    question = asked(talk.call, ring, {"name": "a"})
    handler = asyncio.create_task(handle(ring, question.params))
    await bell.reached.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    assert question.results == []
    return question


async def finished(talk: Talk) -> None:
    await asyncio.wait(talk.call.effects.values())
    await asyncio.sleep(0)  # what waits for a task hears of its end one turn of the loop later


async def test_a_barge_in_does_not_stop_an_effect_and_its_outcome_is_told(bare: Talk, bell: Bell) -> None:
    ring = bell.tool()
    question = await interrupted(bare, bell, ring)
    assert bare.recorded("tool.interrupted") == [{"tool": "ring", "id": "call_1", "still_running": True}]
    bell.gate.set()
    await finished(bare)
    (note,) = question.notes
    assert note["role"] == "developer"
    assert '{"status": "rung", "times": 1}' in note["content"]
    assert (await answered(bare, ring, name="a")).result == {"status": "rung", "times": 1}
    assert bell.rung == 1


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (ToolError("Ask again."), "Ask again."),
        (VendorError("x", "y"), "on our side"),
        (KeyError(), "our side"),
    ],
)
async def test_a_failure_after_a_barge_in_is_told_too(
    bare: Talk, bell: Bell, outcome: Exception, told: str
) -> None:
    bell.outcomes = [outcome]
    question = await interrupted(bare, bell, bell.tool())
    bell.gate.set()
    await finished(bare)
    (note,) = question.notes
    assert told in note["content"]


async def test_a_barge_in_just_after_an_effect_loses_nothing(
    bare: Talk, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.tool.LEAST_SECONDS", 30.0)  # the barge-in comes inside it, however busy we are
    ring = bell.tool()
    bell.gate.set()
    question = asked(bare.call, ring, {"name": "a"})
    handler = asyncio.create_task(handle(ring, question.params))
    await bell.reached.wait()
    await finished(bare)
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    await asyncio.sleep(0)
    (note,) = question.notes
    assert "rung" in note["content"]


async def test_only_the_interrupted_effect_is_told_of(bare: Talk, bell: Bell) -> None:
    ring = bell.tool()
    other = asyncio.create_task(answered(bare, ring, name="b"))
    question = await interrupted(bare, bell, ring)
    bell.gate.set()
    await finished(bare)
    await other
    assert len(question.notes) == 1


async def test_an_effect_that_outlasts_its_time_is_told_when_it_ends(bare: Talk, bell: Bell) -> None:
    ring = replace(bell.tool(), timeout_seconds=0.05)
    question = await answered(bare, ring, name="a")
    assert question.result == {"error": OURS_IS_DOWN}
    bell.gate.set()
    await finished(bare)
    (note,) = question.notes
    assert "rung" in note["content"]
    assert bell.rung == 1


async def test_a_barge_in_ends_a_tool_without_an_effect_and_nothing_is_told(bare: Talk) -> None:
    reached = asyncio.Event()

    @tool(callers=ORDERING)
    async def look(call: Call) -> Result:
        """Look."""
        reached.set()
        await asyncio.Event().wait()
        return {}

    question = asked(bare.call, look, {})
    handler = asyncio.create_task(handle(look, question.params))
    await reached.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    assert (question.results, question.notes) == ([], [])
