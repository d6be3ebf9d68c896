"""The caller's turn, taken into the state: answers to the open question first, then wishes."""

import re
from typing import Any

from sandbox.policy.hear import hear
from sandbox.policy.match import best, customised, likeness, options_in, ordinal, pick_dish, telling
from sandbox.policy.state import State, Turn
from sandbox.policy.wishes import Heard, Wish

_ANY = re.compile(
    r"\b(?:any(?:thing)?|whatever|you (?:choose|pick|decide)|doesn'?t matter|don'?t (?:mind|care))\b", re.I
)


def listen(state: State, text: str) -> None:
    """Begin a new turn with what the caller said."""
    heard = hear(text, state.question.kind)
    state.turn = Turn(heard, results=list(state.late))
    state.wishes = [wish for wish in state.wishes if not wish.closed and wish.found is None]
    _answer(state, heard)
    if heard.done:
        state.done = True
    if heard.payment:
        _pay(state, heard.payment)
    _merge_changes(heard)
    state.wishes += heard.wishes
    resolve(state)


def _answer(state: State, heard: Heard) -> None:
    question = state.question
    match question.kind:
        case "option":
            _option(state, heard)
        case "offer" | "suggestion" | "pick":
            _accept(state, heard)
        case "conflict":
            if heard.answer:
                heard.wishes.append(Wish("remove", line=question.line))
        case "saved_address":
            _saved(state, heard)
        case "address" | "address_pick":
            _place(state, heard)
        case "payment":
            if heard.answer and not heard.payment:
                heard.payment = "cash" if not state.usable_cards else "card"
        case "schedule":
            if heard.answer and not any(wish.kind == "time" for wish in heard.wishes):
                day, time = question.options
                heard.wishes.append(Wish("time", arguments={"day": day, "time": time}))
        case "confirm":
            state.confirmed = bool(heard.answer) and not _alters(heard)
            state.turn.objected = heard.answer is False and not _alters(heard)
        case "anything" | "after":
            state.done = state.done or (heard.answer is False and not heard.wishes)
        case "greeting" | "consent" | "none":
            return


def _alters(heard: Heard) -> bool:
    """Whether the turn changes what was read back."""
    kinds = ("order", "change", "remove", "usual", "time", "address", "allergies", "substitution")
    return any(wish.kind in kinds for wish in heard.wishes) or bool(heard.payment) or heard.hold


def _option(state: State, heard: Heard) -> None:
    line = state.lines.get(state.question.line)
    if line is None:
        return
    dish = state.dishes.get(line.dish, {})
    spoken = " ".join(
        filter(None, [wish.words or wish.query for wish in heard.wishes if wish.kind in ("order", "change")])
    )
    spoken = f"{spoken} {heard.rest}" if spoken or heard.rest else heard.text
    asked, left = options_in(spoken, line.options)
    if not asked and _ANY.search(heard.text) and line.options:
        asked = line.options[:1]
    if not asked:
        state.turn.unanswered = not heard.wishes
        return
    arguments: dict[str, Any] = {"size": asked[0]} if line.missing == "size" else {"choices": asked[:1]}
    more = customised(left, dish)
    if line.missing != "size" and "size" in more:
        arguments["size"] = more["size"]
    if further := [choice for choice in more.get("choices", []) if choice not in line.options]:
        arguments["choices"] = [*arguments.get("choices", []), *further]
    everything = [*line.options, *_offered(dish)]
    heard.wishes = [wish for wish in heard.wishes if not _only_options(wish, everything)]
    heard.wishes.insert(0, Wish("change", line=line.handle, arguments=arguments))


def _offered(dish: dict[str, Any]) -> list[str]:
    return [
        *(dish.get("sizes") or []),
        *(option for choice in dish.get("choices") or [] for option in choice["options"]),
    ]


def _only_options(wish: Wish, options: list[str]) -> bool:
    """Whether a wish is nothing but the answer: "the thin crust", "hot please"."""
    if wish.kind == "change" and not wish.query and not wish.note:
        return True
    if wish.kind not in ("order", "change") or wish.note:
        return False
    found, left = options_in(f"{wish.query} {wish.words}", options)
    return bool(found) and not set(left.split()) - {"crust", "size", "one", "spice", "level", "it", "make"}


def _accept(state: State, heard: Heard) -> None:
    """Yes to an offer, or a choice between dishes that were just named."""
    names = [
        str(state.dishes[handle].get("name", ""))
        for handle in state.question.dishes
        if handle in state.dishes
    ]
    handles = [handle for handle in state.question.dishes if handle in state.dishes]
    place = ordinal(heard.text, len(handles))
    extra = next((wish for wish in heard.wishes if wish.kind == "change" and not wish.query), None)
    others = [wish for wish in heard.wishes if wish is not extra]
    named = next(
        (wish for wish in others if wish.kind == "order" and len(best(wish.query, names)) == 1), None
    )
    if named is not None:
        chosen = handles[best(named.query, names)[0]]
        others.remove(named)
    elif place is not None:
        chosen = handles[place]
        others = [wish for wish in others if wish.kind != "order"]
    elif len(handles) == 1 and (
        heard.answer or (extra and extra.quantity is not None and heard.answer is None)
    ):
        chosen = handles[0]
    else:
        return
    wish = Wish("order", str(state.dishes[chosen].get("name")), dish=chosen, searched=True)
    for said in (state.question.wish, named, extra):
        if said is not None:
            wish.quantity = wish.quantity if said.quantity is None else said.quantity
            wish.words = f"{wish.words} {said.words}".strip()
            wish.note = wish.note or said.note
    heard.wishes = [wish, *others]


def _saved(state: State, heard: Heard) -> None:
    if heard.address:
        return
    if heard.answer and state.question.places:
        heard.wishes.append(Wish("address", arguments={"saved": state.question.places[0]["address"]}))
    elif heard.answer is False:
        state.address_refused = True


def _place(state: State, heard: Heard) -> None:
    """An answer to "which address": one of the options, a saved place, or new words."""
    options = state.question.places
    spoken = [str(place.get("spoken", "")) for place in options]
    place = ordinal(heard.text, len(options))
    if place is None and options:
        unlike = telling(heard.text, spoken)
        place = unlike if unlike is not None else 0 if heard.answer and len(options) == 1 else None
    if place is not None:
        chosen = Wish("address", arguments={"saved": options[place]["address"]})
        heard.wishes = [*(wish for wish in heard.wishes if wish.kind not in ("address", "order")), chosen]
    elif state.question.kind == "address_pick" and heard.address.get("text") and state.address_said:
        for wish in heard.wishes:
            if wish.kind == "address" and not re.search(r"\d", str(wish.arguments.get("text"))):
                wish.arguments["text"] = f"{state.address_said}, {wish.arguments['text']}"


def _pay(state: State, said: str) -> None:
    before = state.payment
    if "cash" in said:
        state.payment = "cash"
    elif "link" in said or "upi" in said:
        state.payment = "link"
    else:
        cards = state.usable_cards
        if re.search(r"other|another|different|second|new", said):
            cards = [card for card in cards if card.get("card") != before] or cards
            cards = cards[1:] if before == "" and len(cards) > 1 and not state.declined else cards
        named = [
            card for card in cards if _brand(said) in str(card.get("spoken", "")).lower().replace(" ", "")
        ]
        named = named if _brand(said) else []
        chosen = (named or cards)[:1]
        state.turn.no_card = not chosen
        state.payment = str(chosen[0]["card"]) if chosen else ""
    if state.payment != before:
        state.changed()


def _brand(said: str) -> str:
    found = re.search(r"visa|master ?card|amex|rupay", said)
    return found[0].replace(" ", "") if found else ""


def _merge_changes(heard: Heard) -> None:
    """ "two naans, make that three" in one breath changes the wish, not a line."""
    orders = [wish for wish in heard.wishes if wish.kind == "order"]
    for wish in [wish for wish in heard.wishes if wish.kind == "change" and not wish.line and not wish.query]:
        later = heard.wishes.index(wish)
        if (
            orders
            and heard.text.lower().find("make") > 0
            and later >= 0
            and not heard.text.lower().startswith("make")
        ):
            target = orders[-1]
            target.quantity = wish.quantity if wish.quantity is not None else target.quantity
            target.words = f"{target.words} {wish.words}".strip()
            heard.wishes.remove(wish)


def resolve(state: State) -> None:
    """Find the dish or the line each wish means, from what the tools have told so far."""
    for wish in state.wishes:
        if wish.closed or wish.tried:
            continue
        if wish.kind == "order" and wish.dish is None:
            _find_dish(state, wish)
        elif wish.kind in ("change", "remove") and wish.line is None:
            _find_line(state, wish)
        elif wish.kind == "address":
            _find_place(state, wish)
    for wish in [wish for wish in state.pending("usual") if state.profile is not None]:
        wish.closed = True
        for dish in state.profile.get("usual") or [] if state.profile else []:
            state.wishes.append(Wish("order", str(dish.get("name")), dish=str(dish["dish"]), searched=True))


def _find_place(state: State, wish: Wish) -> None:
    """A place called "office" that is not on file is no place yet: its address will be asked for."""
    saved = str(wish.arguments.get("saved", ""))
    if saved.startswith("address-") or not saved or state.profile is None:
        return
    places = state.profile.get("addresses") or []
    found = [place for place in places if saved in str(place.get("spoken", "")).lower()]
    if not found and saved not in ("office", "work", "hostel"):
        found = places
    if found:
        wish.arguments["saved"] = found[0]["address"]
    else:
        wish.closed = state.address_refused = True


def _find_dish(state: State, wish: Wish) -> None:
    if wish.found is not None:
        found = pick_dish(wish.query, wish.found, state.kitchens)
        if len(found) == 1:
            wish.dish = str(found[0]["dish"])
        return
    known = [dish for dish in state.dishes.values() if "price" in dish or "sizes" in dish]
    exact = [
        dish
        for dish in pick_dish(wish.query, known, state.kitchens)
        if likeness(wish.query, str(dish["name"])) == (1.0, 1.0)
    ]
    if len(exact) == 1 and not wish.searched and not wish.restaurant:
        wish.dish, wish.searched = str(exact[0]["dish"]), True


def _find_line(state: State, wish: Wish) -> None:
    handles = list(state.lines)
    if not wish.query:
        wish.line = state.last_line or None
    else:
        found = best(wish.query, [state.lines[handle].name for handle in handles]) or best(
            wish.query, [state.lines[handle].text for handle in handles]
        )
        wish.line = handles[found[-1]] if found else None
    if wish.line is not None and wish.kind == "change":
        dish = state.dishes.get(state.lines[wish.line].dish, {})
        effect = (wish.quantity is not None, wish.arguments, wish.note, customised(wish.words, dish))
        wish.closed = not any(effect)
    if wish.line is None:
        if wish.kind == "change" and wish.query:
            wish.kind = "order"
            _find_dish(state, wish)
            return
        wish.closed = True
        state.turn.unknown_line = wish.query or "that"
