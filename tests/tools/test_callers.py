"""A tool is for the callers it names: the agent who speaks now, or the platform's own work."""

import asyncio

import pytest

from errors import Refused, StoreDown, ToolError
from tests.fakes.call import Talk, asked
from tools.call import Call
from tools.caller import end_call
from tools.result import Result, Say
from tools.system import run_as_system
from tools.tool import SYSTEM, Tool, handle, tool


class Ledger:
    """Counts what a tool did, and fails when it is told to."""

    def __init__(self, *callers: str) -> None:
        self.done: list[int] = []
        self.fails: Exception | None = None

        @tool(
            callers=callers,
            effect=lambda call, amount: f"pay:{amount}",
            timeout_seconds=30.0,
            secrets=("pin",),
        )
        async def pay(call: Call, amount: int) -> Result:
            """Pay somebody.

            Args:
                amount: How much.
            """
            await asyncio.sleep(0)
            if self.fails:
                raise self.fails
            self.done.append(amount)
            return {"status": "paid", "times": len(self.done)}

        self.tool: Tool = pay


async def test_an_agent_that_is_not_named_is_refused_and_nothing_is_run(bare: Talk) -> None:
    ledger = Ledger("customer_support")
    question = asked(bare.call, ledger.tool, {"amount": 5})
    bare.state.agent = "customer_order"
    await handle(ledger.tool, question.params)
    assert question.result == {
        "error": "pay is not one of your tools. Do what the caller asked with the tools you have."
    }
    assert question.asks_model
    assert ledger.done == []
    (event,) = bare.recorded("tool.refused")
    assert (event["tool"], event["caller"]) == ("pay", "customer_order")
    assert [event["result"] for event in bare.recorded("tool.result")] == [question.result]


async def test_a_call_that_comes_after_a_handoff_is_refused_also_when_its_effect_has_begun(
    bare: Talk,
) -> None:
    ledger = Ledger("customer_support")
    first = asked(bare.call, ledger.tool, {"amount": 5})
    await handle(ledger.tool, first.params)
    bare.state.agent = "customer_order"
    late = asked(bare.call, ledger.tool, {"amount": 5})
    bare.state.agent = "customer_order"
    await handle(ledger.tool, late.params)
    assert (first.result["status"], ledger.done) == ("paid", [5])
    assert "not one of your tools" in late.result["error"]


async def test_the_agent_that_called_is_recorded(bare: Talk) -> None:
    ledger = Ledger("customer_order", SYSTEM)
    await handle(ledger.tool, asked(bare.call, ledger.tool, {"amount": 5}).params)
    await run_as_system(ledger.tool, bare.call, amount=6)
    assert [event["caller"] for event in bare.recorded("tool.called")] == ["customer_order", SYSTEM]


async def test_the_system_has_the_same_checks_record_and_key(bare: Talk) -> None:
    ledger = Ledger(SYSTEM)
    assert await run_as_system(ledger.tool, bare.call, amount=5) == {"status": "paid", "times": 1}
    assert await run_as_system(ledger.tool, bare.call, amount=5) == {"status": "paid", "times": 1}
    assert ledger.done == [5]
    called, result = bare.recorded("tool.called"), bare.recorded("tool.result")
    assert [event["arguments"] for event in called] == [{"amount": 5}, {"amount": 5}]
    assert [event["id"] for event in called] == [event["id"] for event in result]
    with pytest.raises(ToolError, match="amount"):
        await run_as_system(ledger.tool, bare.call, amount="all of it")
    assert [event["error"] for event in bare.recorded("tool.failed")] == ["ToolError"]


async def test_the_system_may_not_use_what_does_not_name_it(bare: Talk) -> None:
    ledger = Ledger("customer_support")
    with pytest.raises(Refused, match="not for the platform"):
        await run_as_system(ledger.tool, bare.call, amount=5)
    assert ledger.done == []
    assert [event["caller"] for event in bare.recorded("tool.refused")] == [SYSTEM]


async def test_the_system_gets_a_failure_as_it_is_and_may_try_again(bare: Talk) -> None:
    ledger = Ledger(SYSTEM)
    ledger.fails = StoreDown("the database failed: OperationalError")
    with pytest.raises(StoreDown):
        await run_as_system(ledger.tool, bare.call, amount=5)
    assert [event["error"] for event in bare.recorded("tool.failed")] == ["StoreDown"]
    ledger.fails = None
    assert (await run_as_system(ledger.tool, bare.call, amount=5))["status"] == "paid"


async def test_the_system_waits_no_longer_than_a_model(bare: Talk) -> None:
    @tool(callers=(SYSTEM,), timeout_seconds=0.01)
    async def hang(call: Call) -> Result:
        """Hang."""
        await asyncio.Event().wait()
        return {}

    with pytest.raises(TimeoutError):
        await run_as_system(hang, bare.call)
    assert [event["error"] for event in bare.recorded("tool.failed")] == ["TimeoutError"]


async def test_what_speaks_to_a_caller_is_nothing_for_the_system(bare: Talk) -> None:
    @tool(callers=(SYSTEM,))
    async def greet(call: Call) -> Result | Say:
        """Greet."""
        return await end_call(call)

    with pytest.raises(TypeError, match="speaks to a caller"):
        await run_as_system(greet, bare.call)
