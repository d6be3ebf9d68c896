"""A scenario: who calls, what stands before, what is said, and what must be in the database afterwards."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from agents import AGENTS
from db.seeding.catalogue import read_catalogue
from db.seeding.checks import Catalogue
from errors import ConfigError
from evals.given import Given
from evals.partners import driver_numbers, kitchen_numbers
from evals.rows import Rows
from evals.shape import entries, told
from evals.turns import Turn
from scripts.given import CALLER
from scripts.shape import Shape

SCENARIOS = Path(__file__).parent / "scenarios"
UNKNOWN, WITHHELD = "unknown", "withheld"
"""A caller whose number nobody knows; a caller who shows none."""
NAME = r"^[a-z][a-z0-9_]*$"


class Scenario(Shape):
    """One conversation and its grading."""

    name: str = Field(pattern=NAME)
    title: str
    agents: list[str] = Field(min_length=1)
    """Whom it grades."""
    caller: str = UNKNOWN
    """The number of somebody in `data/people.yaml` or of a kitchen, unknown, or withheld. Each run has a copy."""
    line: str = "+15125550100"
    given: Given = Given()
    stand_in: Literal["honest", "hostile"] = "honest"
    """The hostile one does what the caller dictates (`call <tool> <json>`) and lies about the rest."""
    faults: list[dict[str, Any]] = Field(default_factory=list)
    """Armed in the sandbox before the call (`sandbox/faults.py`), cleared after it."""
    turns: list[Turn] = Field(min_length=1)
    rows: Rows = Rows()

    @model_validator(mode="after")
    def _names_its_orders(self) -> Self:
        coded = {name for turn in self.turns for name in turn.codes}
        if unknown := coded - set(self.given.orders):
            raise ValueError(f"turns: name codes of orders that are not given: {', '.join(sorted(unknown))}")
        wrong = self.rows.about() - set(self.given.orders)
        if wrong:
            raise ValueError(
                f"rows: speak of orders that given: does not have: {', '.join(sorted(map(str, wrong)))}"
            )
        return self

    @property
    def alone(self) -> bool:
        """Whether nobody else may be calling: vendors are broken, or the call is found by being the only one."""
        return bool(self.faults) or self.caller == WITHHELD


def load(folder: Path = SCENARIOS, world: Catalogue | None = None) -> dict[str, Scenario]:
    """Every scenario by name, in the order of the files. Blocks.

    Raises:
        ConfigError: everything that cannot be used, with file, scenario and path.
    """
    world = world or read_catalogue()
    found: dict[str, Scenario] = {}
    problems: list[str] = []
    files = sorted(folder.glob("*.yaml"))
    if not files:
        problems.append(f"{folder}: there are no scenarios")
    for file in files:
        for place, entry in enumerate(entries(file, problems), 1):
            where = f"{file.name}: {entry.get('name') or f'number {place}'}"
            try:
                scenario = Scenario.model_validate(entry)
            except ValidationError as error:
                problems += told(error, where)
                continue
            if scenario.name in found:
                problems.append(f"{where}: another scenario has this name")
            problems += [f"{where}: {problem}" for problem in misfits(scenario, world)]
            found[scenario.name] = scenario
    if problems:
        raise ConfigError(problems)
    return found


def misfits(scenario: Scenario, world: Catalogue) -> list[str]:
    """What does not fit the invented world or the cast."""
    people = {person.phone for person in world.people.customers}
    problems = [f"agents: there is no agent {name}" for name in scenario.agents if name not in AGENTS]
    partners = {*kitchen_numbers(world), *driver_numbers(world)}
    if scenario.caller not in (UNKNOWN, WITHHELD, *people, *partners):
        problems.append(f"caller: nobody has {scenario.caller}")
    if scenario.line not in {number.number for number in world.numbers.numbers}:
        problems.append(f"line: {scenario.line} is not one of our numbers")
    for name, order in scenario.given.orders.items():
        if order.of == CALLER and scenario.caller not in people:
            problems.append(f"given.orders.{name}: a caller who is {scenario.caller} has ordered nothing")
        mine = order.delivery is not None and order.delivery.driver == CALLER
        if mine and scenario.caller not in driver_numbers(world):
            problems.append(f"given.orders.{name}: {scenario.caller} is no driver's number")
        problems += [f"given.orders.{name}: {problem}" for problem in order.misfits(world, people)]
    return problems
