"""What goes with an order besides its dishes: a tip and a note. Docstrings here are prompts."""

from typing import Annotated

from annotated_types import MaxLen, MinLen

from domain.money import Money
from domain.saying import Saying, both
from domain.speech import say_money
from domain.tips import named_amount
from errors import ToolError
from tools.call import Call
from tools.result import Result
from tools.tool import tool

TIPPED = Saying("With a tip of {tip}, then.", "तो {tip} की टिप के साथ।")
NO_TIP = Saying("No tip, then.", "तो बिना टिप के।")
NOTED = Saying("I'll pass that on.", "मैं यह बता दूँगी।")


@tool(callers=("customer_order",))
async def set_tip(call: Call, tip: Annotated[str, MinLen(1), MaxLen(40)]) -> Result:
    """Add a tip, when the caller names one by themselves. Never suggest one, and never choose its amount.

    Args:
        tip: The amount in the caller's words, like "two dollars" or "50 rupees"; "0" takes it off again.
    """
    state, market = call.state, call.market
    named = named_amount(tip, market.currency)
    if named is None:
        raise ToolError(f"Ask how much the tip is to be, as an amount in {market.currency}.")
    most = Money(market.tip_most, market.currency)
    if named > most.amount:
        raise ToolError(f"A tip by telephone is possible up to {most}. Say so, and ask for another amount.")
    money = Money(named, market.currency)
    state.tip = money.amount
    state.changed_terms()
    say = TIPPED.format(tip=both(lambda language: say_money(money, language))) if named else NO_TIP
    call.facts(money, money.spoken())
    call.save()
    return {"status": "noted", "say": say.to(state.language), "cart_version": state.cart.version}


@tool(callers=("customer_order",))
async def set_order_note(call: Call, note: Annotated[str, MaxLen(160)]) -> Result:
    """Note a wish of the caller for the whole order, like "no cutlery please".

    Never an allergy (set_allergies), one dish (its own note), or how to find the door (verify_address).

    Args:
        note: The whole wish in the caller's words; empty takes it back.
    """
    state = call.state
    state.order_note = note.strip() or None
    state.changed_terms()
    call.save()
    return {"status": "noted", "say": NOTED.to(state.language), "cart_version": state.cart.version}
