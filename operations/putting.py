"""How a dish that has run out is put to its customer on the line: the sentences, and what their answer is for."""

from dataclasses import dataclass
from uuid import UUID

from domain import changes, deciding
from domain.call_state import CallState, Offer
from domain.deciding import Choice
from domain.dialling import Topic
from operations.undecided import Undecided

UNAVAILABLE = "unavailable"
"""The action of such an offer."""


@dataclass(frozen=True)
class Put:
    """What the system says now; an answer counts once everything before `mark` was heard."""

    order: str
    """The order's handle of this call."""
    told: str
    question: str
    mark: str
    choices: tuple[Choice, ...]
    yes: Choice | None
    """What a bare yes chooses; None where a yes answers nothing."""


def put(state: CallState, found: Undecided) -> Put:
    """Remember in the call what is put to the caller, in their language; what was put before counts no more.

    Who was told the ways before is not told all of them again: after a no only the others, after a dish they named
    themselves only that one. Whoever speaks must say `told` with `mark`, then `question`, and save the state.
    """
    question, earlier = found.open.question, of_order(state, found.open.question.order_id)
    before = [one for one in earlier if one.heard and one.arguments["line"] == question.line]
    told = _told(found, before)
    asked, yes = deciding.question(told, found.instead or "")
    known = {
        choice: terms for offer in before for choice, terms in offer.arguments["ways"].items()
    }  # heard before, and still so
    ways = {
        str(way.choice): way.terms
        for way in found.ways
        if way.choice in told or known.get(way.choice) == way.terms
    }
    for one in state.offers.values():
        one.withdrawn = one.withdrawn or not one.done
    instead, handle = found.way(Choice.INSTEAD), state.handle("decision")
    twin = instead.twin if instead else None
    state.offers[handle] = Offer(
        order_id=question.order_id,
        action=UNAVAILABLE,
        arguments={
            "line": question.line,
            "ways": ways,
            "yes": yes,
            "missing": found.open.dish,
            "dish": twin.dish.name if twin else None,
            "item": str(twin.dish.id) if twin and found.named else None,
            "said_no": any(offer.arguments["said_no"] for offer in before) and not found.named,
            "chosen": None,
        },
        terms=changes.terms({"ways": ways}),
        mark=handle,
    )
    state.open_question = "change"
    state.open_options = [] if yes else [deciding.LABELS[one].to(state.language) for one in told]
    opened = state.topic == Topic.SUBSTITUTE and state.about_order == question.order_id
    news = not before and not (opened and not earlier)  # our own call began with it
    return Put(
        order=_handle(state, question.order_id),
        told=found.told(told, news=news).to(state.language),
        question=asked.to(state.language),
        mark=handle,
        choices=told,
        yes=yes,
    )


def of_order(state: CallState, order_id: UUID) -> list[Offer]:
    """What was put to the caller about dishes of an order that have run out, oldest first."""
    return [one for one in state.offers.values() if one.action == UNAVAILABLE and one.order_id == order_id]


def _told(found: Undecided, before: list[Offer]) -> tuple[Choice, ...]:
    """Which ways are told now."""
    every = tuple(way.choice for way in found.ways)
    if found.named and before:
        return (Choice.INSTEAD,)
    if any(offer.arguments["said_no"] for offer in before):
        return tuple(choice for choice in every if choice is not Choice.INSTEAD)
    return every


def _handle(state: CallState, order_id: UUID) -> str:
    known = next((name for name, one in state.orders.items() if one == order_id), None)
    handle = known or state.handle("order")
    state.orders[handle] = order_id
    return handle
