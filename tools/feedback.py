"""How it was, what may be offered, and no more calls. Docstrings here are prompts: the model reads every word."""

from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from compliance import wording
from domain.market import Promotion
from domain.money import Money
from errors import ToolError
from operations import feedback
from operations.feedback import FEEDBACK, INBOUND, ORDER_SERVICE, PROMOTION, Opinion
from tools.call import Call
from tools.orders import Handle, known
from tools.result import Result, Say
from tools.tool import once, tool

AGENT = "post_delivery"
LOW = 2
"""Stars up to here mean that something was wrong."""
Stars = Annotated[int, Ge(1), Le(5)]
Comment = Annotated[str, MaxLen(300)]


def rating_key(call: Call, order: str, stars: int, comment: str | None) -> str:
    """The same opinion is kept once; another one of the same order replaces it."""
    return f"rating:{call.state.orders.get(order)}:{stars}:{comment}:{call.state.turns}"


@tool(callers=(AGENT,), effect=rating_key)
async def rate_order(call: Call, order: Handle, stars: Stars, comment: Comment | None = None) -> Result:
    """Keep what the caller thought of an order that came. Ask for stars if they gave none; never press for more.

    Args:
        order: A handle this call knows, like order-1.
        stars: One to five, as they said.
        comment: What they said about it, in their own words; leave out when they said nothing.
    """
    opinion = Opinion(known(call, order), stars, comment or None)
    async with call.transaction() as session:
        await feedback.rate(session, call.state, opinion, call.clock.now())
    call.record("order.rated", order=str(opinion.order_id), stars=stars)
    if stars > LOW:
        return {"status": "rated", "say": "Thank you, I've noted that."}
    return {
        "status": "rated",
        "say": "I'm sorry it wasn't better. I've noted that.",
        "next": "Say it, and ask if they want it put right; if so, transfer_to_customer_support.",
    }


@tool(callers=(AGENT,))
async def offer_promotion(call: Call) -> Result:
    """The offer of this call, if it may make one. Most calls may not."""
    async with call.transaction() as session:
        found = await feedback.promotion_for(session, call.state, call.market)
    say = say_offer(found, call.market.currency)
    call.facts(say)
    call.record("promotion.offered", code=found.code)
    return {
        "status": "offered",
        "code": found.code,
        "say": say,
        "next": "Say it once. Wants it now: transfer_to_customer_order.",
    }


def say_offer(found: Promotion, currency: str) -> str:
    """An offer with its conditions."""
    off = (
        f"{found.percent_bp / 100:g} percent" if found.percent_bp else Money(found.amount, currency).spoken()
    )
    most = f", up to {Money(found.most, currency).spoken()}" if found.most else ""
    least = f" when the dishes come to {Money(found.min_items, currency).spoken()}" if found.min_items else ""
    return f"With the code {found.code} you get {off} off your next order{least}{most}."


@tool(callers=(AGENT,))
async def stop_calls(call: Call, orders_too: bool = False) -> Say:
    """The caller does not want to be called or texted. Never ask why; the system confirms it itself.

    Args:
        orders_too: Only when they said they want no calls or texts about their orders either.
    """
    if call.state.phone_hash is None:
        raise ToolError("This number is withheld, so nobody can call it. Say so.")
    await opt_out(call, orders_too)
    return Say((), {"status": "stopped", "next": "It has been confirmed. Do not say it again."})


async def opt_out(call: Call, orders_too: bool) -> None:
    """Written first, then said in one sentence; once a call, out of reach of a barge-in, whoever hears it first.

    What is heard in a call about an order ends those as well, and a call we placed is over. Raises StoreDown.
    """

    async def write() -> Result:
        async with call.transaction() as session:
            about = await feedback.purpose(session, call.state)
            orders = [ORDER_SERVICE] if orders_too or about == ORDER_SERVICE else []
            ended = [PROMOTION, FEEDBACK, *orders]
            await feedback.stop_calls(session, call.state, ended, call.clock)
        if orders:
            call.state.contact_consent = False
        call.record("consent.opted_out", purposes=ended)
        said = wording.NO_MORE_CALLS if orders else wording.NO_MORE_OFFERS
        if call.line:
            await (call.line.say(said) if about == INBOUND else call.line.hang_up_after(said, final=True))
        return {"ended": ended}

    await once(call, f"opt_out:{orders_too}", write, lambda result: True)
