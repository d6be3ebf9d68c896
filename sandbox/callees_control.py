"""The control routes for people who are called: who sits at which telephone, and in which order they pick up."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from sandbox.box import Box
from sandbox.twilio.answering import Answering, Class, Mode, Wanted
from sandbox.twilio.personas import titles
from sandbox.twilio.scenario import Scenario, UnknownScenario

router = APIRouter(prefix="/control", tags=["control"])

Number = Annotated[str, Field(pattern=r"^\+\d{8,15}$")]
People = Wanted | list[Wanted] | None


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Seat(_Body):
    """A scenario or persona by name or as a whole; of several the first answers the first call, the last all others."""

    scenario: People


class Binding(_Body):
    """The same for many numbers."""

    who: Class | list[Number]
    scenario: People


class Manner(_Body):
    """Who answers where nobody in particular was put."""

    mode: Mode


def _answering(request: Request) -> Answering:
    box: Box = request.app.state.box
    return box.network.answering


def _bind(answering: Answering, number: str, people: People) -> list[Scenario]:
    wanted = people if isinstance(people, list) else [] if people is None else [people]
    try:
        return answering.bind(number, *wanted)
    except UnknownScenario as unknown:
        raise HTTPException(404, str(unknown)) from unknown


@router.get("/callees")
async def callees() -> list[dict[str, str]]:
    """The personas that can be put at any number."""
    return titles()


@router.put("/numbers/{number}")
async def bind(request: Request, number: str, body: Seat) -> dict[str, str]:
    """Put a person, or a sequence of them, at a number (null takes them away again)."""
    people = _bind(_answering(request), number, body.scenario)
    return {"number": number, "scenario": ", ".join(one.name for one in people)}


@router.put("/bindings")
async def bind_all(request: Request, body: Binding) -> dict[str, list[str]]:
    """Put the same persons at every kitchen's, driver's or customer's number, or at those given."""
    answering = _answering(request)
    numbers = answering.numbers(body.who) if isinstance(body.who, str) else body.who
    for number in numbers:
        _bind(answering, number, body.scenario)
    return {"numbers": numbers}


@router.put("/answering")
async def answer(request: Request, body: Manner) -> dict[str, Any]:
    """`cooperative`: somebody helpful is at every number of the directory; `nobody`: nobody is."""
    _answering(request).mode = body.mode
    return await answering(request)


@router.get("/answering")
async def answering(request: Request) -> dict[str, Any]:
    """The mode, and who was put where."""
    found = _answering(request)
    return {"mode": found.mode, "numbers": found.shown()}


@router.delete("/answering")
async def clear(request: Request) -> dict[Literal["status"], str]:
    """Nobody was put anywhere, and nobody answers."""
    _answering(request).clear()
    return {"status": "cleared"}
