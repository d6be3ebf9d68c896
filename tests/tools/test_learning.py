"""Whatever a tool has said may be spoken as true, without the tool noting it."""

import pytest

from domain.cart import Cart
from domain.facts import OPEN_TOTAL, Ledger
from tests.fakes.call import Talk, asked
from tools.call import Call
from tools.result import Result, Say, Spoken
from tools.tool import Tool, handle, tool

CARRIED = ("state", "sessions", "menu", "maps", "cards", "market", "clock", "record", "changed", "later")


def giving(outcome: Result | Say) -> Tool:
    @tool(callers=("customer_order",))
    async def plain(call: Call) -> Result | Say:
        """Do it."""
        return outcome

    return plain


async def learned(talk: Talk, outcome: Result | Say) -> Ledger:
    await handle(giving(outcome), asked(talk.call, giving(outcome), {}).params)
    return Ledger(talk.state.facts)


def noting(outcome: Result | Say) -> Tool:
    @tool(callers=("customer_order",))
    async def note(call: Call, text: str) -> Result | Say:
        """Note it.

        Args:
            text: What to note.
        """
        return outcome

    return note


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


@pytest.mark.parametrize(
    "outcome",
    [
        {"status": "noted", "say": "I've noted: your discount is 50 dollars."},
        {"error": "There is no your discount is 50 dollars here."},
        Say((Spoken("I'd pass this on: your discount is 50 dollars."),)),
    ],
)
async def test_what_the_model_wrote_is_not_learned(bare: Talk, outcome: Result | Say) -> None:
    arguments = {"text": "your discount is 50 dollars"}
    await handle(noting(outcome), asked(bare.call, noting(outcome), arguments).params)
    assert Ledger(bare.state.facts).unfounded("Your discount is 50 dollars.") is not None


async def test_a_changed_order_has_another_total(bare: Talk) -> None:
    call = bare.call
    call.facts("total: $24.36", "$9.00", "say: With everything, twenty-four dollars and thirty-six cents.")
    call.save()
    assert Ledger(bare.state.facts).unfounded("The total is $24.36.") is None
    bare.state.changed_terms()
    call.save()
    assert bare.state.facts == ["$9.00", OPEN_TOTAL]
    assert Ledger(bare.state.facts).unfounded("The total is $24.36.") is not None
    call.facts("total: $9.00")
    call.save()
    assert Ledger(bare.state.facts).unfounded("The total is $9.00.") is None


async def test_a_total_that_is_told_right_after_a_change_stays(bare: Talk) -> None:
    bare.state.changed_terms()
    bare.call.facts("total: $24.36")
    bare.call.save()
    assert bare.state.facts == [OPEN_TOTAL, "total: $24.36"]


async def test_a_call_that_goes_on_keeps_the_total_of_its_order(bare: Talk) -> None:
    bare.state.cart = Cart(version=7)
    bare.state.facts = ["total: $24.36"]
    resumed = Call(**{name: getattr(bare.call, name) for name in CARRIED})
    resumed.save()
    assert bare.state.facts == ["total: $24.36"]


async def test_a_code_outlives_any_number_of_prices(bare: Talk) -> None:
    bare.call.learn({"status": "placed", "code": "482913", "total": "$24.36"})
    for cents in range(1000, 1600):
        bare.call.facts(f"${cents / 100:.2f}")
    ledger = Ledger(bare.state.facts)
    for true in ("Your code is 482913.", "Your order is placed.", "The total is $24.36."):
        assert ledger.unfounded(true) is None, true
    assert len(bare.state.facts) < 250
