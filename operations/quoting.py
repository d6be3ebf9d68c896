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

READ_BACK = timedelta(minutes=3)  # a time that is offered is still to be had when the order was read back


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
    minutes = kitchen.minutes_to(state.place.point)
    check_time(state.wanted_at, kitchen, minutes, clock.now())
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
            tip=state.tip,
        )
    except Invalid as refusal:
        state.promotion = None
        raise ToolError(f"{refusal.message}. Say so, and go on without the promotion.") from None
    return Quote(bill, kitchen, minutes)


def check_time(wanted_at: datetime | None, kitchen: Kitchen, minutes: int, now: datetime) -> None:
    """The kitchen can begin `minutes` before the wanted time, and cooks then; no time is as soon as possible.

    Raises:
        ToolError: it cannot; with the earliest time at which the food can be there.
    """
    start = now if wanted_at is None else wanted_at - timedelta(minutes=minutes)
    if start >= now and kitchen.cooks_at(start):
        return
    if wanted_at is not None and wanted_at <= now:
        raise ToolError("The wanted time has passed. Ask for a new time.")
    begins, why = start_after(kitchen, max(start, now), now)
    if begins is None:
        raise ToolError(f"{kitchen.name} is not cooking then, and {why}. Offer another restaurant.")
    there = say_when(earliest(begins, minutes, now), now, kitchen.zone)
    raise ToolError(
        f"{kitchen.name} {'cannot do that so soon' if start < now else 'is not cooking then'}: the earliest it can "
        f"be there is {there}; {why}. Offer that earliest time (set_delivery_time)."
    )


def start_after(kitchen: Kitchen, moment: datetime, now: datetime) -> tuple[datetime | None, str]:
    """When the kitchen can begin from a moment on, None for not soon; and why then."""
    if kitchen.cooks_at(moment):
        return moment, "it takes that long to cook and to bring"
    if kitchen.paused_until and kitchen.paused(moment) and kitchen.cooks_at(kitchen.paused_until):
        return (
            kitchen.paused_until,
            f"it has paused orders until {say_time(kitchen.paused_until, kitchen.zone)}",
        )
    opens = kitchen.hours.next_opening(max(moment, kitchen.paused_until or moment))
    return opens, f"it opens {say_when(opens, now, kitchen.zone)}" if opens else "it does not open soon"


def earliest(begins: datetime, minutes: int, now: datetime) -> datetime:
    """When food is there that is begun at a moment, if it is agreed to by then: at the next full five minutes."""
    there = max(begins, now + READ_BACK) + timedelta(minutes=minutes)
    late = timedelta(minutes=there.minute % 5, seconds=there.second, microseconds=there.microsecond)
    return there if not late else there - late + timedelta(minutes=5)


def check_minimum(state: CallState, kitchen: Kitchen) -> None:
    """The kitchen's smallest order. Raises ToolError with how much is missing."""
    missing = kitchen.min_order - state.cart.items_amount
    if missing > 0:
        need, least = Money(missing, kitchen.currency), Money(kitchen.min_order, kitchen.currency)
        raise ToolError(
            f"{kitchen.name} cooks from {least}; {need} is missing. Say how much, and offer to add a dish."
        )
