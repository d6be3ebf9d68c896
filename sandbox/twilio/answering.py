"""Who sits at which telephone, and who picks up when it is called again."""

import asyncio
from typing import Any, Literal

from sandbox.directory import Kind, directory, stranger
from sandbox.twilio.personas import COOPERATIVE, names, persona
from sandbox.twilio.scenario import Scenario, load, load_all

Mode = Literal["cooperative", "nobody"]
Class = Literal["kitchens", "drivers", "customers", "everybody"]
_KINDS: dict[Class, Kind] = {"kitchens": "kitchen", "drivers": "driver", "customers": "customer"}

Wanted = str | dict[str, Any]
"""A scenario or persona by name, or as given."""


class Answering:
    """In `nobody` mode only who was put at a number answers, and the people of scenarios at their own ones.

    In `cooperative` mode somebody helpful sits at every other number of the directory.
    """

    def __init__(self) -> None:
        self.mode: Mode = "nobody"
        self._bound: dict[str, list[Scenario]] = {}

    def bind(self, number: str, *wanted: Wanted) -> list[Scenario]:
        """Put people at a number: one a call, the last one for good; nobody in particular when there is none.

        Raises UnknownScenario.
        """
        people = [self._find(one, number) for one in wanted]
        if people:
            self._bound[number] = people
        else:
            self._bound.pop(number, None)
        return people

    def numbers(self, who: Class) -> list[str]:
        """The numbers of a class of people."""
        return [
            number for number, one in directory().items() if who == "everybody" or one.kind == _KINDS[who]
        ]

    def clear(self) -> None:
        """As it was when the box was opened."""
        self.mode = "nobody"
        self._bound.clear()

    def shown(self) -> dict[str, list[str]]:
        """Who was put where, the next call's first."""
        return {number: [one.name for one in people] for number, people in self._bound.items()}

    async def picks_up(self, number: str) -> Scenario | None:
        """Who answers a call to this number now; None: nobody is there. A sequence moves on."""
        if number in self._bound:
            people = self._bound[number]
            return people.pop(0) if len(people) > 1 else people[0]
        if self.mode == "cooperative" and number in directory():
            # Not the people of scenarios: who calls by one would order dinner when they are called.
            listed = directory()[number]
            return await asyncio.to_thread(persona, COOPERATIVE[listed.kind], listed)
        scenarios = await asyncio.to_thread(load_all)
        return next((scenario for scenario in scenarios if scenario.from_ == number), None)

    def _find(self, wanted: Wanted, number: str) -> Scenario:
        whose = directory().get(number) or stranger(number)
        if isinstance(wanted, str) and wanted not in names():
            return load(wanted)
        return persona(wanted, whose)
