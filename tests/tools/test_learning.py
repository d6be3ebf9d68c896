"""Whatever a tool has said may be spoken as true, without the tool noting it."""

from domain.facts import Ledger
from tests.fakes.call import Talk, asked
from tools.call import Call
from tools.result import Result, Say, Spoken
from tools.tool import Tool, handle, tool


def giving(outcome: Result | Say) -> Tool:
    @tool(callers=("customer_order",))
    async def plain(call: Call) -> Result | Say:
        """Do it."""
        return outcome

    return plain


async def learned(talk: Talk, outcome: Result | Say) -> Ledger:
    await handle(giving(outcome), asked(talk.call, giving(outcome), {}).params)
    return Ledger(talk.state.facts)


async def test_a_result_is_a_fact(bare: Talk) -> None:
    ledger = await learned(bare, {"status": "placed", "total": "$24.36", "minutes": 35})
    assert ledger.unfounded("Your order is placed, it costs $24.36, and takes thirty-five minutes.") is None
    assert ledger.newest("total") == "$24.36"


async def test_what_the_system_says_is_a_fact(bare: Talk) -> None:
    ledger = await learned(
        bare, Say((Spoken("With everything, thirty dollars, in cash."), Spoken("All right?")))
    )
    assert ledger.unfounded("It's thirty dollars with everything.") is None


async def test_a_refusal_tells_amounts_and_no_outcomes(bare: Talk) -> None:
    ledger = await learned(bare, {"error": "It was cancelled. Cash is possible up to $50.00."})
    assert ledger.unfounded("We take cash up to fifty dollars.") is None
    assert ledger.unfounded("It was cancelled.") is not None


async def test_a_fact_that_is_told_again_is_the_newest_and_kept_once(bare: Talk) -> None:
    bare.call.facts("total: $1.00", "total: $2.00")
    await learned(bare, {"total": "$1.00"})
    assert bare.state.facts == ["total: $2.00", "total: $1.00"]
