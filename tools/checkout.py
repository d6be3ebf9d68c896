"""From a full cart to a placed order. Docstrings here are prompts: the model reads every word."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Ge, MaxLen

from domain import readback
from domain.call_state import CallState, PlacedOrder, Purpose, ReadBack, SavedCard
from domain.market import Promotion
from domain.money import Money
from domain.order import Substitution
from domain.saying import Saying, both, figure
from domain.speech import say_card, say_code, say_when
from errors import Conflict, PaymentDeclined, ToolError, VendorTimeout
from operations import menus, placing, profiles, proving
from operations.drafts import Wanted
from operations.quoting import Quote, check_time, quote
from tools.call import Call
from tools.paying import BY_LINK, LINK, SENT, check_link, offer, sent, unpaid
from tools.result import Result, Say, Spoken
from tools.tool import tool

CASH = "cash"
IN_CASH = Saying("in cash", "नकद")
ON_CARD = Saying("on your {card}", "आपके {card} से")
PLACED = Saying("Your order is placed. Its code is {code}.", "आपका ऑर्डर हो गया है। इसका कोड है {code}।")
COMES_AT = Saying(" It comes {when}.", " यह {when} पहुँचेगा।")
COMES_IN = Saying(
    " It should be with you in about {minutes} minutes.", " यह लगभग {minutes} मिनट में पहुँच जाएगा।"
)
NOT_THEIRS = (
    "The caller is not the person this number belongs to, so that order is not placed. Take it as for anybody, paid in "
    "cash: ask for what is missing, then read_back_order."
)
"""They said so while the order was being paid."""
PROVE = (
    "That address is new, and a card on file is only charged for it with a code. Ask which they want: a code texted to "
    "this number, or to pay cash. For the code: send_code with purpose address, then prove, then read_back_order "
    "again."
)
Payment = Annotated[str, MaxLen(20)]
PLACING_SECONDS = (
    45.0  # two talks with the provider (an older attempt, this one), three tries of six seconds each
)


class Day(StrEnum):
    """Days an order can be wanted on."""

    TODAY = "today"
    TOMORROW = "tomorrow"


@tool(callers=("customer_order",))
async def set_substitution(call: Call, preference: Substitution) -> Result:
    """Note what to do if a dish turns out to be sold out in the kitchen.

    Args:
        preference: Call them, send something similar, or refund that dish.
    """
    call.state.substitution = preference
    call.state.changed_terms()
    call.save()
    return {"status": "noted", "cart_version": call.state.cart.version}


@tool(callers=("customer_order",))
async def set_delivery_time(call: Call, day: Day, time: Annotated[str, MaxLen(5)] | None = None) -> Result:
    """Take the order for later, or for now again (day today, no time).

    Args:
        day: Today or tomorrow.
        time: 24-hour local time like 20:00; leave out for as soon as possible.
    """
    state = call.state
    async with call.transaction() as session:
        everywhere = await menus.kitchens(session, state.city)
    zone = everywhere[0].zone if everywhere else "UTC"
    now = call.clock.now()
    if time is None and day is Day.TOMORROW:
        raise ToolError("Ask at what time tomorrow.")
    wanted = None if time is None else local_moment(now, zone, day, time)
    if wanted is not None and wanted <= now:
        raise ToolError("That time has passed. Ask for a later time, or tomorrow.")
    kitchen = next((one for one in everywhere if one.id == state.restaurant_id), None)
    if wanted is not None and kitchen is not None and state.place is not None:
        check_time(wanted, kitchen, kitchen.minutes_to(state.place.point), now)
    state.wanted_at = wanted
    state.changed_terms()
    call.save()
    if state.wanted_at is None:
        return {"status": "noted", "say": "As soon as possible, then.", "cart_version": state.cart.version}
    when = say_when(state.wanted_at, now, zone)
    call.facts(when)
    return {"status": "noted", "say": f"For {when}, then.", "cart_version": state.cart.version}


def local_moment(now: datetime, zone: str, day: Day, clock_time: str) -> datetime:
    """A local wall time on a day, aware, UTC. Raises ToolError when it is no time."""
    try:
        wall = time.fromisoformat(clock_time)
    except ValueError:
        raise ToolError("Give the time as HH:MM in 24 hours, like 20:00.") from None
    there = ZoneInfo(zone)
    date = now.astimezone(there).date() + timedelta(days=day is Day.TOMORROW)
    return datetime.combine(date, wall, there).astimezone(ZoneInfo("UTC"))


@tool(callers=("customer_order",))
async def calculate_total(call: Call, promotion_code: Annotated[str, MaxLen(20)] | None = None) -> Result:
    """The bill with fees and taxes, when the caller asks what it costs or names a promotion.

    Args:
        promotion_code: Only a code the caller said.
    """
    state = call.state
    if promotion_code:
        promotion = call.market.promotion(promotion_code)
        if promotion is None:
            raise ToolError(f"There is no promotion {promotion_code}. Say so and go on.")
        before, state.promotion = state.promotion, promotion.code
        try:
            found = await priced(call)
        except ToolError:
            if state.promotion is None:  # it does not apply
                state.promotion = before
                raise
            return kept_for_later(call, promotion)
        state.changed_terms()
        call.save()
    else:
        found = await priced(call)
    lines = [
        {"what": line.label, "amount": str(Money(line.amount, found.bill.currency))}
        for line in found.bill.lines
    ]
    call.facts(*(line["amount"] for line in lines), f"total: {found.bill.total}")
    return {"cart_version": state.cart.version, "lines": lines, "total": str(found.bill.total)}


def kept_for_later(call: Call, promotion: Promotion) -> Result:
    """A code that is told before the order can be priced stays with the order."""
    call.state.changed_terms()
    call.facts(promotion.code)
    call.save()
    say = f"I'll take {promotion.code} off when the order is complete, if it applies."
    return {"status": "noted", "cart_version": call.state.cart.version, "say": say}


async def priced(call: Call) -> Quote:
    """The quote of the cart as it is now."""
    async with call.transaction() as session:
        return await quote(session, call.state, call.market, call.clock)


@tool(callers=("customer_order",))
async def read_back_order(call: Call, payment: Payment) -> Say:
    """Have the system read the order back and ask for the go-ahead. Say nothing yourself; wait.

    Args:
        payment: cash, the handle of a saved card like card-1, or link for a payment link by text.
    """
    state = call.state
    found = await priced(call)
    method = paying(call, payment)
    check_cash(call, found, payment)
    await check_door(call, payment)
    version = state.cart.version
    mark = f"readback-{version}-{state.version}"
    state.read_back = ReadBack(
        cart_version=version, terms=readback.terms(state, found.bill, payment), payment=payment, mark=mark
    )
    state.open_question, state.open_options = "read_back", []
    call.facts(f"total: {found.bill.total}", f"{found.minutes} minutes")
    call.record("cart.priced", version=version, total=found.bill.total.amount, currency=found.bill.currency)
    call.save()
    text = readback.sentences(state, found.bill, method, call.clock.now(), found.kitchen.zone)
    result: Result = {
        "status": "reading",
        "cart_version": version,
        "next": f"Wait for the caller's answer; on yes call place_order(cart_version={version}).",
    }
    return Say((Spoken(text, mark), Spoken(readback.QUESTION.to(state.language))), result)


def paying(call: Call, payment: str) -> Saying:
    """A means of payment in words. Raises ToolError for one that is not possible, or not this caller's."""
    state = call.state
    if payment == CASH:
        return IN_CASH
    if payment == LINK:
        check_link(call)
        return BY_LINK
    card = state.cards.get(payment)
    if card is None:
        known = ", ".join(state.cards) or "none"
        raise ToolError(f"There is no {payment}. Saved cards: {known}. Offer one of them, or cash.")
    if payment in state.declined:
        raise ToolError(f"{card.spoken} was declined in this call. Offer another card or cash.")
    return ON_CARD.format(card=both(partial(say_card, card.spoken)))


def check_cash(call: Call, found: Quote, payment: str) -> None:
    """Cash has a limit, and not every kitchen takes it. Raises ToolError with the next step."""
    if payment != CASH:
        return
    limit = Money(call.market.cash_limit, call.market.currency)
    if not found.kitchen.accepts_cash:
        raise ToolError(f"{found.kitchen.name} does not take cash. Offer a saved card.")
    if found.bill.total > limit:
        raise ToolError(f"Cash is possible up to {limit}. Offer a saved card, or a smaller order.")


async def check_door(call: Call, payment: str) -> None:
    """A card is charged for a door on file, or once the caller has proved who they are. Raises ToolError."""
    state = call.state
    if payment in (CASH, LINK) or state.place is None or state.has_proved(Purpose.ADDRESS):
        return
    async with call.transaction() as session:
        known = await proving.known_door(session, state.customer_id, state.place)
    if not known and not state.has_proved(Purpose.ADDRESS):
        raise ToolError(PROVE)


def placing_key(call: Call, cart_version: int, payment: str) -> str:
    """One placing per call and cart version, whoever asks and however it is paid."""
    return f"place:{call.state.cart_call_id}:{cart_version}"


@tool(
    callers=("customer_order",),
    effect=placing_key,
    timeout_seconds=PLACING_SECONDS,
    final=lambda result: result.get("status") in ("placed", SENT),
)
async def place_order(call: Call, cart_version: Annotated[int, Ge(0)], payment: Payment) -> Result:
    """Place the order the caller has agreed to. Only after read_back_order and a yes.

    Args:
        cart_version: The version read_back_order gave.
        payment: The same payment that was read back.
    """
    state = call.state
    done = state.placed_version(cart_version)
    if done:
        return await unpaid(call, done.id) or placed_result(call, done, None)
    await agreed_quote(call, cart_version, payment)
    async with call.transaction() as session:
        customer = await profiles.customer_of_call(session, state, call.phone, call.clock)
    # Asked again: meanwhile another tool may have changed the order. From here to `wanted` nothing waits.
    found = await agreed_quote(call, cart_version, payment)
    card, denied = state.cards.get(payment), state.denied
    wanted = Wanted(
        state=state.model_copy(deep=True),
        bill=found.bill,
        customer_id=customer,
        payment=payment,
        method_id=card.id if card else None,
        minutes=found.minutes,
        start_at=start_at(state, found),
    )
    offered = None
    try:
        if payment == LINK:
            offered = await offer(call, wanted)
        placed = (
            offered.placed
            if offered
            else await placing.place(
                call.transaction, call.cards, call.clock, wanted, still=lambda: state.denied == denied
            )
        )
    except (PaymentDeclined, Conflict) as refusal:
        if state.denied != denied:
            raise ToolError(NOT_THEIRS) from None
        if card is None or not isinstance(refusal, PaymentDeclined):
            raise
        return declined(call, payment, card, refusal.code)
    except VendorTimeout:
        call.record("payment.unknown", cart_version=cart_version)
        raise ToolError(
            "The bank has not answered, so it is not known whether the payment went through. Say that the "
            "order is not placed yet, and call place_order again with the same arguments."
        ) from None
    order = PlacedOrder(id=placed.id, code=placed.code, cart_version=cart_version)
    waits = offered is not None and offered.url is not None
    state.placed.append(order)
    state.customer_id = customer
    state.open_question = state.read_back = state.promotion = state.order_note = None
    state.tip = 0
    state.cart.take_out(wanted.state.cart.lines)
    if not state.cart.lines:
        state.restaurant_id = state.restaurant_name = None
    call.record(
        "order.waits" if waits else "order.placed",
        order=str(placed.id),
        total=placed.total.amount,
        currency=placed.total.currency,
    )
    call.save()
    return await sent(call, offered) if offered and waits else placed_result(call, order, found)


async def agreed_quote(call: Call, cart_version: int, payment: str) -> Quote:
    """The quote the caller agreed to. Raises ToolError unless it was read back, heard and not refused."""
    state = call.state
    again = "Call read_back_order, and wait for the caller's yes."
    if cart_version != state.cart.version:
        raise ToolError(f"The order has changed; it is version {state.cart.version} now. {again}")
    found = await priced(call)
    paying(call, payment)
    check_cash(call, found, payment)
    await check_door(call, payment)
    read_back = state.read_back
    if read_back is None or read_back.cart_version != cart_version:
        raise ToolError(f"This order was not read back. {again}")
    if read_back.payment != payment or read_back.terms != readback.terms(state, found.bill, payment):
        raise ToolError(f"Something changed since the read-back. {again}")
    if not read_back.heard:
        raise ToolError(f"The caller has not heard the read-back to its end. {again}")
    if not read_back.answered:
        raise ToolError("The caller has not answered yet. Wait for their answer.")
    if not read_back.agreed:
        raise ToolError(f"The caller did not agree. Do what they asked for. Then: {again}")
    return found


def start_at(state: CallState, found: Quote) -> datetime | None:
    """When the kitchen of a scheduled order must start, so that it arrives when it is wanted."""
    return state.wanted_at - timedelta(minutes=found.minutes) if state.wanted_at else None


def placed_result(call: Call, order: PlacedOrder, found: Quote | None) -> Result:
    """What the model may say about an order that stands."""
    state = call.state
    handle = next((handle for handle, known in state.orders.items() if known == order.id), None)
    if handle is None:
        handle = state.handle("order")
        state.orders[handle] = order.id
    result: Result = {"status": "placed", "order": handle, "code": order.code}
    language = state.language
    say = PLACED.to(language).format(code=say_code(order.code, language))
    if found and state.wanted_at:
        when = say_when(state.wanted_at, call.clock.now(), found.kitchen.zone, language)
        say += COMES_AT.to(language).format(when=when)
    elif found:
        result["minutes"] = found.minutes
        say += COMES_IN.format(minutes=figure(found.minutes)).to(language)
        call.facts(f"{found.minutes} minutes")
    if found:
        call.facts(f"total: {found.bill.total} | {found.kitchen.name}")
    call.facts(order.code, "placed")
    call.save()
    return {**result, "say": say, "next": "Say it, then call ask_contact_consent."}


def declined(call: Call, payment: str, card: SavedCard, code: str) -> Result:
    """A refused card: what to say, and what else there is."""
    state = call.state
    state.declined.append(payment)
    state.read_back = None
    call.record("payment.declined", code=code)
    call.save()
    others: list[Result] = [
        {"card": handle, "spoken": other.spoken}
        for handle, other in state.cards.items()
        if handle not in state.declined
    ]
    choices = [str(other["spoken"]) for other in others] + ["cash"]
    say = f"{card.spoken} was declined. You can pay with {' or '.join(choices)}. Which would you like?"
    return {
        "status": "declined",
        "say": say,
        "cards": others,
        "next": "Ask, then call read_back_order with the other payment.",
    }
