"""The file `dispatch.yaml`: what deliveries pay and whom they are offered to, checked against the markets."""

from pathlib import Path
from typing import get_args

from db.seeding.catalogue import DATA, Markets
from db.seeding.people import DriverShape
from db.seeding.reading import Reader, Shape
from domain.incentive import Dispatch
from domain.market import Market
from errors import ConfigError

VEHICLES = frozenset(get_args(DriverShape.model_fields["vehicle"].annotation))


class Dispatches(Shape):
    """The whole file."""

    dispatch: list[Dispatch]


def read_dispatch(root: Path = DATA) -> dict[str, Dispatch]:
    """The figures by market. Raises ConfigError listing all problems."""
    reader = Reader(root)
    markets = reader.read("markets.yaml", Markets)
    found = reader.read("dispatch.yaml", Dispatches)
    if markets and found:
        for problem in _problems(found.dispatch, {market.code: market for market in markets.markets}):
            reader.note("dispatch.yaml", "", problem)
    if reader.problems or found is None:
        raise ConfigError(reader.problems)
    return {rules.market: rules for rules in found.dispatch}


def _problems(rows: list[Dispatch], markets: dict[str, Market]) -> list[str]:
    named = [rules.market for rules in rows]
    problems = [f"there are no figures for {code}" for code in markets if code not in named]
    problems += [f"{code} stands twice" for code in sorted({c for c in named if named.count(c) > 1})]
    for rules in rows:
        market = markets.get(rules.market)
        if market is None:
            problems.append(f"no market {rules.market} in markets.yaml")
        elif market.currency != rules.currency:
            problems.append(f"{rules.market} pays in {market.currency}, not {rules.currency}")
        if unlike := sorted(VEHICLES ^ rules.vehicles.keys()):
            problems.append(f"{rules.market}: vehicles are missing or unknown: {', '.join(unlike)}")
        if unlike := sorted(VEHICLES ^ rules.roads.kmh.keys()):
            problems.append(f"{rules.market}: speeds are missing or unknown: {', '.join(unlike)}")
        problems += [
            f"{rules.market}: no speed of {name}" for name, kmh in rules.roads.kmh.items() if kmh <= 0
        ]
        if rules.longest_offer_seconds < rules.offer_seconds:
            problems.append(f"{rules.market}: an offer holds longer than the longest one may")
    return problems
