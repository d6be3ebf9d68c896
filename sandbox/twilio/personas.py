"""Personas: kinds of people who are called, from `data/callees/*.yaml`, put at whatever number is called.

A persona is a scenario without a number, with three things more: `like` names a persona whose other properties it
shares (its own answers come first), `becomes` names one who takes over, and {name} and {area} stand for what the
directory knows of the number. For both, `cooperative` is whoever helps at that number: a kitchen, a driver, a customer.
"""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sandbox.directory import Kind, Listed
from sandbox.twilio.scenario import Scenario, UnknownScenario

CALLEES = Path(__file__).parents[2] / "data" / "callees"
COOPERATIVE: dict[Kind, str] = {"kitchen": "kitchen_yes", "driver": "driver_yes", "customer": "customer_ok"}
# More persons than this behind one telephone are a circle.
DEEPEST = 8

Raw = dict[str, Any]


def names() -> list[str]:
    """Every persona of the folder."""
    return sorted(path.stem for path in CALLEES.glob("*.yaml"))


def titles() -> list[dict[str, str]]:
    """Name and title of every persona."""
    return [{"name": name, "title": str(_read(name)["title"])} for name in names()]


def persona(wanted: str | Raw, whose: Listed) -> Scenario:
    """A persona by name, or as given, at somebody's telephone; raises UnknownScenario."""
    try:
        raw = _whole(wanted, whose, 0)
        for scenario in _scenes(raw):
            scenario["from"] = scenario.get("from", whose.number)
            scenario["dishes"] = whose.dishes
        return Scenario.model_validate(_named(raw, {"{name}": whose.name, "{area}": whose.area}))
    except (ValidationError, yaml.YAMLError, AttributeError, TypeError) as bad:
        raise UnknownScenario(f"{wanted if isinstance(wanted, str) else 'the persona'}: {bad}") from bad


def _read(name: str) -> Raw:
    path = CALLEES / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9_-]+", name) or not path.is_file():
        raise UnknownScenario(f"no persona {name!r}")
    read: Raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"name": name, **read}


def _whole(wanted: str | Raw, whose: Listed, depth: int) -> Raw:
    """A persona with all it shares, and everybody who takes over from it."""
    if depth > DEEPEST:
        raise UnknownScenario(f"{wanted!r} leads back to itself")
    if isinstance(wanted, str):
        raw = _read(COOPERATIVE[whose.kind] if wanted == "cooperative" else wanted)
    else:
        raw = deepcopy(wanted)
    if (like := raw.pop("like", None)) is not None:
        shared = _whole(like, whose, depth + 1)
        raw = {**shared, **raw, "answers": [*raw.get("answers", []), *shared.get("answers", [])]}
    for answer in raw.get("answers", []):
        if answer.get("becomes") is not None:
            answer["becomes"] = _whole(answer["becomes"], whose, depth + 1)
    return raw


def _scenes(raw: Raw) -> list[Raw]:
    later = [answer["becomes"] for answer in raw.get("answers", []) if answer.get("becomes") is not None]
    return [raw, *(scene for one in later for scene in _scenes(one))]


def _named(value: Any, known: dict[str, str]) -> Any:
    """The same with the names in place; what is heard later stays as it is."""
    if isinstance(value, dict):
        return {key: _named(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(one, known) for one in value]
    if isinstance(value, str):
        for name, known_as in known.items():
            value = value.replace(name, known_as)
    return value
