"""Filling the cart. Docstrings here are prompts: the model reads every word."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from domain.cart import CartLine
from domain.kitchen import Kitchen
from domain.menu import Dish
from domain.money import Money
from domain.speech import say_allergens, say_list, say_when
from errors import ToolError
from operations import menus
from tools.call import Call
from tools.menu import Allergen, likely_point
from tools.result import Result
from tools.tool import tool

Quantity = Annotated[int, Ge(1), Le(20)]
Handle = Annotated[str, MaxLen(20)]
Short = Annotated[str, MaxLen(40)]
Note = Annotated[str, MaxLen(120)]
CONFIRMED = {"added": "I've added {}.", "changed": "That's {} now."}
"""What the caller hears of every change while the model in reserve answers."""


@tool(callers=("customer_order",))
async def add_to_order(
    call: Call,
    dish: Handle,
    quantity: Quantity = 1,
    size: Short | None = None,
    choices: list[Short] = [],  # noqa: B006  # a schema default; never changed
    note: Note | None = None,
) -> Result:
    """Add a dish the caller has named; one call per dish. If the result says ask, ask exactly that.

    Args:
        dish: The handle search_menu gave, like dish-7.
        quantity: How many.
        size: Only when the caller said one.
        choices: Only options the caller said, as search_menu lists them.
        note: A wish for the kitchen, like "no onions". Never an allergy: use set_allergies for that.
    """
    state = call.state
    known = state.dishes.get(dish)
    if known is None:
        raise ToolError(f"There is no {dish}. Search the menu and use a handle it gives.")
    async with call.transaction() as session:
        fresh = (await menus.dishes(session, [known.id])).get(known.id)
        if fresh is None or fresh.sold_out:
            other = await menus.similar(session, known, state.allergies)
            raise ToolError(sold_out(call, known, other))
        kitchen = await menus.kitchen(session, fresh.restaurant_id)
        if state.cart.lines and state.restaurant_id and state.restaurant_id != kitchen.id:
            own = await menus.kitchen(session, state.restaurant_id)
            twin = (
                await menus.same_dish_at(session, fresh.slug, own.id) if own.brand == kitchen.brand else None
            )
            if twin and not twin.sold_out:
                fresh, kitchen = twin, own
        bad = sorted(set(fresh.allergens).intersection(state.allergies))
        if bad:
            other = await menus.similar(session, fresh, state.allergies)
            raise ToolError(
                f"{fresh.name} contains {say_allergens(bad)}, and the caller is allergic. "
                + instead(call, other)
            )
        everywhere = await menus.kitchens(session, state.city)
    if state.cart.lines and state.restaurant_id != kitchen.id:
        raise ToolError(
            f"One order comes from one restaurant, and this one is from {state.restaurant_name}. "
            f"Say that {fresh.name} is from {kitchen.name}, and ask which of the two they would like."
        )
    if state.wanted_at is None and not kitchen.cooks_at(call.clock.now()):
        raise ToolError(not_cooking(call, kitchen, everywhere))
    check_extras(call, fresh, choices)
    line = state.cart.add(fresh, quantity, size, choices, note)
    state.restaurant_id, state.restaurant_name = kitchen.id, kitchen.name
    return changed(call, line, "added")


@tool(callers=("customer_order",))
async def change_order_line(
    call: Call,
    line: Handle,
    quantity: Quantity | None = None,
    size: Short | None = None,
    choices: list[Short] = [],  # noqa: B006  # a schema default; never changed
    note: Note | None = None,
) -> Result:
    """Change a line of the order, or answer what was asked about it. If told to ask, ask exactly that.

    Args:
        line: The handle of the line, like line-1.
        quantity: The new total of that line.
        size: The size the caller chose.
        choices: Options the caller chose, as search_menu lists them.
        note: The whole new note for the kitchen.
    """
    known = call.state.cart.line(line)
    if known:
        check_extras(call, known.dish, choices)
    found = call.state.cart.change(line, quantity, size, choices, note)
    return changed(call, found, "changed")


@tool(callers=("customer_order",))
async def remove_from_order(call: Call, line: Handle) -> Result:
    """Take a line out of the order.

    Args:
        line: The handle of the line, like line-1.
    """
    state = call.state
    gone = state.cart.remove(line)
    state.read_back = None
    if not state.cart.lines:
        state.restaurant_id = state.restaurant_name = None
    call.record("cart.changed", **shown(call))
    call.save()
    return {"status": "removed", "removed": gone.described(), "cart_version": state.cart.version}


@tool(callers=("customer_order",))
async def set_allergies(call: Call, allergens: Annotated[list[Allergen], MinLen(1)]) -> Result:
    """Note what the caller, or whoever eats, is allergic to. Never call a dish safe.

    Args:
        allergens: Everything they named.
    """
    state = call.state
    state.said_allergies = sorted({*state.said_allergies, *allergens})
    conflicts = avoid(call, allergens)
    call.save()
    words = say_allergens(state.allergies)
    say = f"I'll tell the kitchen about {words}. They cook with it too, so traces can't be ruled out."
    if conflicts:
        say += f" {say_conflicts(conflicts)}"
    return {"status": "noted", "conflicts": conflicts, "say": say, "cart_version": state.cart.version}


def avoid(call: Call, allergens: Sequence[str]) -> list[dict[str, str]]:
    """Add allergies to those of this order; the lines of the cart that hold any of them. New ones are new terms."""
    state = call.state
    if not set(allergens) <= set(state.allergies):
        state.allergies = sorted({*state.allergies, *allergens})
        state.changed_terms()
    return [
        {"line": line.handle, "name": line.dish.name, "contains": say_allergens(bad)}
        for line in state.cart.lines
        if (bad := sorted(line.allergens.intersection(state.allergies)))
    ]


def say_conflicts(conflicts: Sequence[Mapping[str, str]]) -> str:
    """What is already in the order, and what it contains."""
    return " ".join(f"{found['name']} contains {found['contains']}." for found in conflicts)


@tool(callers=("customer_order",))
async def suggest_addition(call: Call) -> Result:
    """One thing to offer when the order is complete and the caller wants nothing else. Once per call."""
    state = call.state
    if state.suggested or not state.cart.complete or state.restaurant_id is None:
        return {"suggest": None, "next": "Offer nothing; go on with the address."}
    async with call.transaction() as session:
        skip = [line.dish.id for line in state.cart.lines]
        dish = await menus.companion(session, state.restaurant_id, skip, state.allergies)
    state.suggested = True
    call.save()
    if dish is None:
        return {"suggest": None, "next": "Offer nothing; go on with the address."}
    handle = remember(call, dish)
    price = Money(dish.price, call.market.currency)
    call.facts(price)
    return {
        "suggest": {"dish": handle, "name": dish.name, "price": str(price)},
        "say": f"Would you like {dish.name} with that, for {price.spoken()}?",
    }


def check_extras(call: Call, dish: Dish, choices: list[str]) -> None:
    """No chosen option holds what the caller is allergic to. Raises ToolError that names it."""
    for name in choices:
        found = dish.option(name)
        bad = sorted(set(found[1].allergens).intersection(call.state.allergies)) if found else []
        if bad:
            raise ToolError(
                f"{name} contains {say_allergens(bad)}, and the caller is allergic. Say so, and leave it out."
            )


def changed(call: Call, line: CartLine, status: str) -> Result:
    """What the model learns after a change: the line, or the one thing to ask next."""
    state = call.state
    state.read_back = None
    subtotal = Money(state.cart.items_amount, call.market.currency)
    call.facts(subtotal, Money(line.amount, call.market.currency))
    call.record("cart.changed", **shown(call))
    question = line.open_question()
    state.open_question, state.open_options = question or (None, [])
    call.save()
    base: Result = {"line": line.handle, "line_text": line.described(), "cart_version": state.cart.version}
    if question is None:
        done: Result = {"status": status, **base, "subtotal": str(subtotal)}
        return done | {"say": CONFIRMED[status].format(line.described())} if call.degraded() else done
    what, options = question
    ask = f"Which {what} for the {line.dish.name}: {say_list(options, 'or')}?"
    return {"status": "incomplete", **base, "missing": what, "ask": ask, "options": options}


def shown(call: Call) -> Result:
    """The cart as the console draws it."""
    cart, currency = call.state.cart, call.market.currency
    lines = [{"line": line.handle, "text": line.described(), "amount": line.amount} for line in cart.lines]
    return {"version": cart.version, "lines": lines, "items": cart.items_amount, "currency": currency}


def remember(call: Call, dish: Dish) -> str:
    """The dish's handle in this call."""
    state = call.state
    handle = next((handle for handle, other in state.dishes.items() if other.id == dish.id), None)
    handle = handle or state.handle("dish")
    state.dishes[handle] = dish
    return handle


def sold_out(call: Call, dish: Dish, other: Dish | None) -> str:
    """The refusal for a dish that is gone."""
    return f"{dish.name} is sold out. Apologise. {instead(call, other)}"


def instead(call: Call, other: Dish | None) -> str:
    """The next step after a refused dish."""
    if other is None:
        return "Ask what they would like instead."
    return f"Offer {other.name} ({remember(call, other)}) instead."


def not_cooking(call: Call, kitchen: Kitchen, everywhere: list[Kitchen]) -> str:
    """The refusal for a kitchen that does not cook now, with what can be done."""
    now = call.clock.now()
    if kitchen.paused_until and kitchen.paused(now) and kitchen.cooks_at(kitchen.paused_until):
        opens: datetime | None = kitchen.paused_until
        when = f" has paused orders until {say_when(kitchen.paused_until, now, kitchen.zone)}."
    else:
        opens = kitchen.hours.next_opening(now)
        when = " is closed now." + (f" It opens {say_when(opens, now, kitchen.zone)}." if opens else "")
    here = menus.one_per_brand([k for k in everywhere if k.cooks_at(now)], likely_point(call), now)
    open_now = [other.name for other in here if other.id != kitchen.id]
    schedule = " Offer to take the order for then (set_delivery_time)." if opens else ""
    similar = f" Open now: {say_list(open_now[:2], 'and')}." if open_now else ""
    return f"{kitchen.name}{when}{schedule}{similar} Ask which they would like."
