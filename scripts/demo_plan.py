"""The files of `data/demos/`: who sits at which telephone, who does what when, and what must be true at the end."""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.calling import Purpose
from errors import ConfigError
from scripts.business_time import TEST_START
from scripts.call_expect import Plan, load_plans

DEMOS = Path(__file__).resolve().parent.parent / "data" / "demos"
CALLERS = "callers"
Person = str | dict[str, Any]
"""A persona of `data/callees/` by name, or one as its file would have it."""
Who = Literal["driver", "kitchen", "customer"]


class Part(BaseModel):
    """A part of a demonstration; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class When(Part):
    """The moment of a cue: business minutes after the n-th event of a type, with the driver where they are wanted."""

    event: str
    times: int = Field(default=1, ge=1)
    minutes: float = Field(default=0, ge=0)
    driver_at: Literal["kitchen", "door"] | None = None
    local: str | None = Field(default=None, pattern=r"^\d\d:\d\d$")
    """Not before this time of the order's city, on the day it was ordered."""


class CallsIn(Part):
    """Somebody telephones us; `says` names a file of `data/demos/callers/`."""

    who: Who
    says: str


class Jam(Part):
    """A place of an invented city in which everything on wheels takes `factor` times as long."""

    where: str
    factor: float = Field(gt=0)


class Cue(Part):
    """One thing that happens in the world outside, once. Exactly one of the four."""

    when: When
    call: CallsIn | None = None
    driver: Literal["drives", "stuck", "wrong_way"] | None = None
    road: Jam | None = None
    telephones: dict[str, list[Person] | Person] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.call, self.driver, self.road, self.telephones)) != 1:
            raise ValueError("a cue is one of call, driver, road, telephones")
        return self


class Text(Part):
    """A text that somebody of the order got; `says` is searched in it, case does not matter."""

    to: Who
    says: str


class Wanted(Part):
    """What must be true at the end. What is None is not looked at."""

    agents: list[str] | None = None
    """Everyone who spoke, in any order."""
    status: str
    payment_status: str | None = None
    ledger: list[str] | None = None
    """Kinds of the payment rows, oldest first."""
    refunded: int | None = None
    """Minor units in all."""
    events: list[str] = []
    """Types of order events, in this order, others between them."""
    never: list[str] = []
    within: dict[str, float] = {}
    """Business minutes from `order.placed` within which the first event of a type has happened."""
    calls: list[str] | None = None
    """`topic outcome` of each call that we began, in their order."""
    refused: list[str] = []
    """Rules by which the gate refused a call or a text."""
    nobody_after: str | None = None
    """Local HH:MM of the order's city: no call of ours to a customer was begun from then on."""
    texts: list[Text] = []
    said: list[str] = []
    """Words of ours in any call, in this order; case does not matter."""
    never_said: list[str] = []
    complaints: list[str] | None = None
    """Kinds."""
    stars: int | None = None
    pay_rises: bool | None = None
    """Whether the last driver who was asked was offered more than the first."""
    people_asked: int | None = None
    """How often a person of ours was asked to take over."""


class Demo(Part):
    """One delivery, or what came instead of it."""

    name: str
    title: str
    clock: AwareDatetime = TEST_START
    caller: str
    """Whoever orders: a scenario of `data/scenarios/`, or of `data/demos/callers/` with a number and a line."""
    agreed: list[Purpose] = []
    """What the caller has said yes to before, beside what they are asked in the call."""
    telephones: dict[str, list[Person] | Person] = {}
    """By number, or `kitchens`, `drivers`, `customers`; of several the first answers the first call, the last all
    others. Everybody else is helpful."""
    roads: list[Jam] = []
    cues: list[Cue] = []
    until: list[str] = ["order.delivered", "order.rejected", "order.cancelled", "order.failed"]
    """Order events of which the first ends the story; what is going on then is heard to its end."""
    then_minutes: float = Field(default=0, ge=0)
    """Business minutes more that are watched after it."""
    seconds: float = Field(default=600, gt=0)
    """Real time it may take on a machine that is busy with other things; alone it is less than six minutes."""
    expect: Wanted


def load_demos(folder: Path = DEMOS) -> dict[str, Demo]:
    """Every scenario of the folder, by name.

    Raises:
        ConfigError: every file that cannot be used, with what is wrong in it.
    """
    demos, problems = {}, []
    plans = load_plans()
    for file in sorted(folder.glob("*.yaml")):
        try:
            demo = Demo(**{"name": file.stem, **(yaml.safe_load(file.read_text()) or {})})
        except ValidationError as error:
            problems += [f"{file.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        demos[file.stem] = demo
        if orders(demo, plans, folder) is None:
            problems.append(f"{file.name}: caller: nobody calls in a scenario {demo.caller}")
        spoken = [cue.call.says for cue in demo.cues if cue.call is not None]
        problems += [
            f"{file.name}: there is no {CALLERS}/{says}.yaml"
            for says in spoken
            if not (folder / CALLERS / f"{says}.yaml").is_file()
        ]
    if problems:
        raise ConfigError(problems)
    return demos


def orders(demo: Demo, plans: dict[str, Plan], folder: Path = DEMOS) -> Plan | None:
    """Whoever places the order of a demonstration; None where there is no such caller."""
    file = folder / CALLERS / f"{demo.caller}.yaml"
    if demo.caller not in plans and file.is_file():
        read = {"name": demo.caller, **yaml.safe_load(file.read_text())}
        if "from" not in read or "to" not in read:
            return None
        return Plan(
            name=demo.caller, title=str(read["title"]), phone=read["from"], line=read["to"], content=read
        )
    plan = plans.get(demo.caller)
    return plan if plan is not None and plan.calls else None


def caller(
    says: str, numbers: tuple[str, str], known: dict[str, str], folder: Path = DEMOS
) -> dict[str, Any]:
    """A scenario of somebody who telephones: `numbers` are theirs and ours, `known` what {names} in it stand for."""
    text = (folder / CALLERS / f"{says}.yaml").read_text()
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    read: dict[str, Any] = yaml.safe_load(text)
    return {"name": says, "title": says, **read, "from": numbers[0], "to": numbers[1]}
