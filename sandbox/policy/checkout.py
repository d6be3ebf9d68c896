"""From "that's all" to a placed order: an addition, the address, the payment, the read-back, the yes."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.policy import say
from sandbox.policy.numbers import clock_time
from sandbox.policy.request import ModelRequest, ToolCall
from sandbox.policy.state import Question, State

# A bank that did not answer is asked once more; the third time is the caller's to decide.
MOST_TRIES = 2


@dataclass
class Step:
    """The next step: words with a question, or calls (with words before them)."""

    text: str = ""
    question: Question = field(default_factory=Question)
    calls: list[ToolCall] = field(default_factory=list)


def checkout(state: State, request: ModelRequest, told: str) -> Step:
    """The first thing that is missing, in the order a person would ask for it."""
    if state.placed is not None:
        return _after(state, request, told)
    if state.turn.called("end_call"):
        return Step(question=Question("none"))
    if told.endswith("?"):
        return Step(question=_asked(state))
    if state.turn.called("ask_for_person"):
        return Step(question=Question("none"))
    if not state.lines:
        return Step(say.WHAT_FIRST, Question("anything"))
    if not state.done:
        return Step(say.ANYTHING_ELSE, Question("anything"))
    steps = (_suggestion, _address, _payment, _read_back, _place)
    return next((step for ask in steps if (step := ask(state, request))), Step(say.ANYTHING_ELSE))


def _asked(state: State) -> Question:
    """What a question asked in a tool's own words is about."""
    answer = _result(state, "verify_address")
    if answer and state.address is None:
        return Question("address", places=answer.get("options") or [])
    for result in reversed(state.turn.results):
        refused = "error" in result.content or result.content.get("status") == "declined"
        if refused and result.call.name in ("read_back_order", "place_order"):
            return Question(
                "payment" if not state.payment else "address" if state.address is None else "anything"
            )
        opens = clock_time(str(result.content.get("error", "")))
        if opens and "set_delivery_time" in str(result.content["error"]):
            day = "tomorrow" if "tomorrow" in str(result.content["error"]) else "today"
            return Question("schedule", options=[day, opens[0]])
    return Question("anything")


def _result(state: State, name: str) -> dict[str, Any] | None:
    """The newest good answer of a tool in this turn."""
    found = (result.content for result in reversed(state.turn.results) if result.call.name == name)
    return next((content for content in found if "error" not in content), None)


def _failed(state: State, name: str) -> bool:
    return any(result.call.name == name and "error" in result.content for result in state.turn.results)


def _suggestion(state: State, request: ModelRequest) -> Step | None:
    if "addition" in state.rules and not state.suggested and "suggest_addition" in request.tools:
        return Step(calls=[ToolCall("suggest_addition")])
    suggested = _result(state, "suggest_addition") or {}
    if dish := suggested.get("suggest"):
        text = str(suggested.get("say") or f"Would you like {dish.get('name')} with that?")
        return Step(text, Question("suggestion", dishes=[str(dish["dish"])]))
    return None


def _address(state: State, request: ModelRequest) -> Step | None:
    if state.address is not None or "verify_address" not in request.tools:
        return None
    if answer := _result(state, "verify_address"):
        places = [place for place in answer.get("options") or [] if isinstance(place, dict)]
        if ask := str(answer.get("ask") or ""):
            return Step(
                ask,
                Question(
                    "address_pick" if places or answer.get("status") == "unclear" else "address",
                    places=places,
                ),
            )
        return Step(
            "" if str(answer.get("say", "")).endswith("?") else "Is there another address?",
            Question("address"),
        )
    saved = [place for place in (state.profile or {}).get("addresses") or [] if isinstance(place, dict)]
    if saved and not state.address_refused:
        return Step(f"Shall I deliver to {saved[0].get('spoken')}?", Question("saved_address", places=saved))
    return Step(say.WHICH_ADDRESS, Question("address"))


def _payment(state: State, request: ModelRequest) -> Step | None:
    if state.payment:
        return None
    ways = [f"the {card.get('spoken')}" for card in state.usable_cards]
    if (state.profile or {}).get("links"):
        ways.append("a payment link")
    if not ways:
        return Step("You can pay cash at the door. Is that all right?", Question("payment"))
    return Step(f"Would you like to pay cash, or with {say.either(ways)}?", Question("payment"))


def _read_back(state: State, request: ModelRequest) -> Step | None:
    if "read_back_order" not in request.tools or (state.read is not None and state.read == state.version):
        return None
    if _failed(state, "read_back_order"):
        return Step(question=Question("anything"))
    return Step(calls=[request.fits("read_back_order", {"payment": state.payment})])


def _place(state: State, request: ModelRequest) -> Step | None:
    if state.turn.objected:
        return Step(say.WHAT_TO_CHANGE, Question("anything"))
    tries = sum(call.name == "place_order" for call in state.turn.calls)
    if state.confirmed and "place_order" in request.tools and tries < MOST_TRIES:
        arguments = {"cart_version": state.read, "payment": state.payment}
        return Step(calls=[request.fits("place_order", arguments)])
    if state.turn.called("place_order"):
        return Step(say.NOT_YET, Question("confirm"))
    return Step("" if state.turn.called("read_back_order") else say.SHALL_I, Question("confirm"))


def _after(state: State, request: ModelRequest, told: str) -> Step:
    """The order is placed: ask once whether we may call, then say goodbye."""
    heard = state.turn.heard
    if (
        "ask_contact_consent" in request.tools
        and not state.consented
        and not state.turn.called("ask_contact_consent")
    ):
        return Step(told, Question("consent"), [ToolCall("ask_contact_consent")])
    if state.turn.called("end_call"):
        return Step(question=Question("none"))
    known = (_result(state, "ask_contact_consent") or {}).get("status") == "known"
    if known and "end_call" in request.tools:
        return Step(calls=[request.fits("end_call", {"farewell": say.farewell(state)})])
    if state.turn.called("ask_contact_consent"):
        return Step(question=Question("consent"))
    finished = state.question.kind == "consent" or heard.answer is False or heard.done or heard.thanks
    if finished and not told and "end_call" in request.tools:
        return Step(calls=[request.fits("end_call", {"farewell": say.farewell(state)})])
    return Step("Is there anything else?", Question("after"))
