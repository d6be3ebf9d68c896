"""What the cart costs now, and whether it may be ordered at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from domain.call_state import CallState
from domain.kitchen import Kitchen
from domain.market import Market
from domain.money import Money
from domain.pricing import Bill, price
from domain.speech import say_list, say_time, say_when
from errors import Invalid, ToolError
from operations import menus, profiles


@dataclass(frozen=True)
class Quote:
    """The bill of one cart version, with the kitchen that cooks it."""

    bill: Bill
    kitchen: Kitchen
    minutes: int
    """From now, or from the wanted time's start, to the door."""


async def quote(session: AsyncSession, state: CallState, market: Market, clock: Clock) -> Quote:
    """Price the cart and check every rule of ordering. A promotion that does not apply is dropped from the state.

    Raises:
        ToolError: what is missing or not allowed, each with its next step.
    """
    if not state.cart.lines or state.restaurant_id is None:
        raise ToolError("The order is empty. Ask what they would like to eat.")
    for line in state.cart.lines:
        question = line.open_question()
        if question:
            options = say_list(question[1], "or")
            raise ToolError(f"Ask which {question[0]} for the {line.dish.name} ({line.handle}): {options}.")
    if state.place is None:
        raise ToolError("Ask where to deliver, and call verify_address.")
    kitchen = await menus.kitchen(session, state.restaurant_id)
    if not kitchen.reaches(state.place.point):
        raise ToolError(f"{kitchen.name} does not deliver there. Ask for another address.")
    check_time(state, kitchen, clock.now())
    check_minimum(state, kitchen)
    promotion = market.promotion(state.promotion) if state.promotion else None
    km = kitchen.point.km_to(state.place.point)
    try:
        bill = price(
            state.cart,
            market,
            postcode=state.place.postcode,
            km=km,
            promotion=promotion,
            first_order=promotion is not None and await profiles.never_ordered(session, state),
        )
    except Invalid as refusal:
        state.promotion = None
        raise ToolError(f"{refusal.message}. Say so, and go on without the promotion.") from None
    return Quote(bill, kitchen, kitchen.minutes_to(state.place.point))


def check_time(state: CallState, kitchen: Kitchen, now: datetime) -> None:
    """The kitchen cooks then. Raises ToolError with the next opening."""
    moment = state.wanted_at or now
    if moment < now - timedelta(minutes=1):
        raise ToolError("The wanted time has passed. Ask for a new time.")
    if kitchen.cooks_at(moment):
        return
    if kitchen.paused_until and kitchen.paused(moment) and kitchen.cooks_at(kitchen.paused_until):
        until = say_time(kitchen.paused_until, kitchen.zone)
        raise ToolError(
            f"{kitchen.name} has paused orders until {until}. Offer a time after that (set_delivery_time)."
        )
    opens = kitchen.hours.next_opening(moment)
    when = f"opens {say_when(opens, now, kitchen.zone)}" if opens else "does not open soon"
    raise ToolError(f"{kitchen.name} is not cooking then; it {when}. Offer that time (set_delivery_time).")


def check_minimum(state: CallState, kitchen: Kitchen) -> None:
    """The kitchen's smallest order. Raises ToolError with how much is missing."""
    missing = kitchen.min_order - state.cart.items_amount
    if missing > 0:
        need, least = Money(missing, kitchen.currency), Money(kitchen.min_order, kitchen.currency)
        raise ToolError(
            f"{kitchen.name} cooks from {least}; {need} is missing. Say how much, and offer to add a dish."
        )
