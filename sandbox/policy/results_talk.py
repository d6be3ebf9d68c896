"""What there is to tell after the tools have answered, and the question it leads to."""

from dataclasses import dataclass
from typing import Any

from sandbox.policy import say
from sandbox.policy.match import best
from sandbox.policy.plain import plain
from sandbox.policy.request import Result
from sandbox.policy.state import Question, State
from sandbox.policy.which import active
from sandbox.policy.wishes import Wish

# Offers beyond this are forgotten by the time the last is said.
MOST_NAMED = 3


@dataclass
class Told:
    """The report of a turn; without a question the order goes on to its next step."""

    text: str = ""
    question: Question | None = None


def report(state: State) -> Told:
    """The answer to the turn: talk first, then what the tools said, then what is still to be chosen."""
    text = say.joined(_talk(state), _notes(state), *_results(state))
    asked = _first_question(state)
    if asked is None and state.turn.heard.insult and not text and _lost(state):
        return Told(say.joined(say.KIND, _again(state)), state.question)
    if asked is None and _lost(state) and not text:
        return Told(say.joined(say.NOT_UNDERSTOOD, _again(state)), state.question)
    if asked is None:
        return Told(text)
    return Told(say.joined(text, asked.text), asked.question)


def _lost(state: State) -> bool:
    heard = state.turn.heard
    return (
        bool(heard.text)
        and not state.turn.results
        and heard.empty
        and not state.turn.handed
        and state.question.kind not in ("consent", "after")
    )


def _again(state: State) -> str:
    """The open question once more, in few words."""
    match state.question.kind:
        case "address" | "address_pick":
            return say.WHICH_ADDRESS
        case "confirm":
            return say.SHALL_I
        case "payment":
            return "Cash or card?"
        case "pick" | "offer" | "suggestion":
            names = [
                str(state.dishes[handle].get("name"))
                for handle in state.question.dishes
                if handle in state.dishes
            ]
            return f"Would you like {say.either(names)}?" if names else "What would you like?"
        case _:
            return say.ANYTHING_ELSE if state.lines else say.WHAT_FIRST


def _talk(state: State) -> str:
    heard = state.turn.heard
    asked = heard.identity if heard.identity != "robot" or "machine" in state.rules else ""
    parts = [{"model": say.MODEL, "robot": say.ROBOT, "": ""}[asked]]
    if heard.recap:
        parts.append(say.recap(state))
    if heard.repeat and state.spoken and state.question.kind != "confirm":
        parts.append(state.spoken)
    if heard.hold and not heard.wishes:
        parts.append(say.TAKE_YOUR_TIME)
    if heard.person and not state.turn.called("ask_for_person"):
        parts.append("I cannot put you through from here.")
    if heard.complaint:
        parts.append("I'm sorry about that.")
    if state.turn.rejected and not state.turn.results:
        parts.append(say.NOT_HERE)
    if state.turn.unknown_line:
        parts.append(f"I do not see {state.turn.unknown_line} on your order.")
    if state.turn.no_card:
        parts.append("I have no other card on file that works.")
    return say.joined(*parts)


def _notes(state: State) -> str:
    """A payment's late outcome is told; other notes only steer."""
    if (
        any("declin" in note.lower() for note in state.turn.notes)
        and not state.placed
        and not state.turn.results
    ):
        return "I'm sorry, the payment was declined."
    return ""


def _results(state: State) -> list[str]:
    added, parts = [], []
    for result in state.turn.results:
        content, name = result.content, result.call.name
        if "error" in content:
            if not _own_step(str(content["error"])):
                parts.append(plain(str(content["error"])).text)
        elif name in ("add_to_order", "change_order_line"):
            if content.get("status") != "incomplete" and content.get("line_text"):
                added.append(str(content["line_text"]))
        else:
            parts.append(_one(state, result))
    removed = f"I've taken off {say.listed(state.turn.removed)}." if state.turn.removed else ""
    return [removed, say.got_it(list(dict.fromkeys(added))), *parts]


def _own_step(instruction: str) -> bool:
    """Whether an error only sends us back to a step that we take or ask for anyway."""
    return any(word in instruction for word in ("read_back_order", "verify_address", "place_order again"))


def _one(state: State, result: Result) -> str:
    content, status = result.content, result.content.get("status")
    spoken = str(content.get("say") or "")
    match result.call.name:
        case (
            "search_menu"
            | "get_customer_profile"
            | "suggest_addition"
            | "remove_from_order"
            | "read_back_order"
            | "ask_contact_consent"
            | "end_call"
        ):
            return ""
        case "verify_address":
            if status == "deliverable":
                minutes = content.get("minutes")
                time = f", in about {minutes} minutes" if minutes else ""
                return f"We can deliver to {content.get('spoken')}{time}."
            return spoken
        case "calculate_total":
            return f"That comes to {content.get('total')}." if content.get("total") else spoken
        case "get_order_status":
            return spoken or _status(content)
        case "not_this_person":
            return spoken or say.FORGOTTEN
        case _:
            return spoken


def _status(content: dict[str, Any]) -> str:
    orders = content.get("orders")
    if orders is None:
        minutes = content.get("minutes")
        status = str(content.get("status", "unknown")).replace("_", " ")
        return say.joined(
            f"Your order is {status}.", f"It should arrive in about {minutes} minutes." if minutes else ""
        )
    if not orders:
        return "I see no order from this number. Would you like to place one?"
    told = [
        f"Your order from {one.get('restaurant')}, {one.get('ordered')}, is {one.get('status')}."
        for one in orders
    ]
    if all(one.get("say") for one in orders):
        told = [str(one["say"]) for one in orders if active(one)] or [str(orders[0]["say"])]
    return say.joined(*told)


def _first_question(state: State) -> "Told | None":
    heard = state.turn.heard
    if heard.hold and not heard.wishes and not state.turn.results:
        return Told("", state.question)
    if heard.repeat and state.question.kind not in ("confirm", "greeting", "none"):
        return Told("", state.question)
    for ask in (_offer, _unclear, _browsed, _conflict, _unfinished):
        if told := ask(state):
            return told
    return None


def _offer(state: State) -> Told | None:
    for result in reversed(state.turn.results):
        if "error" not in result.content:
            continue
        dishes = [
            handle for handle, _ in plain(str(result.content["error"])).offers if handle.startswith("dish-")
        ]
        if dishes:
            return Told("", Question("offer", dishes=dishes))
        if result.call.name == "add_to_order" and not state.lines:
            return Told("", Question("anything"))
    return None


def _unclear(state: State) -> Told | None:
    for wish in state.wishes:
        if wish.kind == "order" and not wish.closed and wish.dish is None and wish.found is not None:
            among = [
                wish.found[index] for index in best(wish.query, [str(one.get("name")) for one in wish.found])
            ]
            shown = (among if len(among) > 1 else wish.found)[:MOST_NAMED]
            if not shown and (told := _unfinished(state)):
                return Told(
                    say.joined(f"I could not find {wish.query} on the menu.", told.text), told.question
                )
            text = say.which(shown) if len(among) > 1 else say.not_found(wish.query, shown)
            handles = [str(one["dish"]) for one in shown]
            return Told(text, Question("pick" if handles else "anything", dishes=handles, wish=wish))
    return None


def _browsed(state: State) -> Told | None:
    for wish in state.wishes:
        if wish.kind == "browse" and not wish.closed and wish.found is not None:
            return _menu(wish)
    return None


def _menu(wish: Wish) -> Told:
    found = (wish.found or [])[:MOST_NAMED]
    named = (
        [found[index] for index in best(wish.query, [str(one.get("name")) for one in found])] if found else []
    )
    if "about" in wish.arguments and named:
        return Told(
            say.about(named[0], str(wish.arguments["about"])),
            Question("pick", dishes=[str(named[0]["dish"])]),
        )
    shown = named if len(named) == 1 else [one for one in found if not one.get("sold_out")] or found
    if not shown:
        return Told("I found nothing like that on the menu. What else would you like?", Question("anything"))
    return Told(say.offered(shown), Question("pick", dishes=[str(one["dish"]) for one in shown]))


def _conflict(state: State) -> Told | None:
    for result in state.turn.results:
        if result.call.name == "set_allergies" and (conflicts := result.content.get("conflicts")):
            line = next((one for one in conflicts if one.get("line") in state.lines), None)
            if line:
                spoken = (
                    ""
                    if result.content.get("say")
                    else f"{line.get('name')} contains {line.get('contains')}."
                )
                return Told(
                    say.joined(spoken, "Shall I take it off?"), Question("conflict", line=str(line["line"]))
                )
    return None


def _unfinished(state: State) -> Told | None:
    line = state.unfinished
    if line is None:
        return None
    again = "Sorry, " + line.ask[0].lower() + line.ask[1:] if state.turn.unanswered and line.ask else line.ask
    text = again or f"Which {line.missing} of {line.name}: {say.either(line.options)}?"
    return Told(text, Question("option", line=line.handle, options=line.options))
