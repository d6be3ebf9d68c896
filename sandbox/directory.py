"""The telephone directory: whose number is whose, out of `data/restaurants/*.yaml` and `data/people.yaml`."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

DATA = Path(__file__).parent.parent / "data"

Kind = Literal["kitchen", "driver", "customer"]


@dataclass(frozen=True)
class Listed:
    """Somebody with a telephone; `dishes` of a kitchen: each with another one of its kind, in lower case."""

    kind: Kind
    number: str
    name: str
    area: str
    dishes: dict[str, str] = field(default_factory=dict)


def stranger(number: str) -> Listed:
    """Somebody at a number that is in no directory; as a kitchen they cook nothing in particular."""
    return Listed("customer", number, "The kitchen", "the centre")


@cache
def directory() -> dict[str, Listed]:
    """Everybody by number, E.164."""
    found = [one for path in sorted((DATA / "restaurants").glob("*.yaml")) for one in _branches(_read(path))]
    people = _read(DATA / "people.yaml")
    found += [
        Listed("customer", str(one["phone"]), str(one["name"]).split()[0], _home(one))
        for one in people["customers"]
    ]
    found += [
        Listed("driver", str(one["phone"]), str(one["name"]).split()[0], str(one["area"]))
        for one in people["drivers"]
    ]
    return {one.number: one for one in found}


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def _branches(restaurant: dict[str, Any]) -> list[Listed]:
    dishes = _others(restaurant["dishes"])
    return [
        Listed("kitchen", str(branch["phone"]), str(restaurant["brand"]), str(branch["area"]), dishes)
        for branch in restaurant["branches"]
    ]


def _home(person: dict[str, Any]) -> str:
    return next((str(address["area"]) for address in person.get("addresses", [])), "the centre")


def _others(dishes: list[dict[str, Any]]) -> dict[str, str]:
    """Each dish with the next one of its category, the last with the first; a dish alone has none."""
    found = {}
    for dish in dishes:
        same = [str(one["name"]).lower() for one in dishes if one["category"] == dish["category"]]
        name = str(dish["name"]).lower()
        if len(same) > 1:
            found[name] = same[(same.index(name) + 1) % len(same)]
    return found
