"""Card payments of the days before the box was opened, as `data/people.yaml` tells them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from sandbox.city import cities

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class PastPayment:
    """What was taken, minor units, and from which card."""

    amount: int
    currency: str
    method: str


@cache
def past_payments() -> dict[str, PastPayment]:
    """By the id of the payment intent."""
    markets = yaml.safe_load((DATA / "markets.yaml").read_text(encoding="utf-8"))["markets"]
    currencies = {market["code"]: market["currency"].lower() for market in markets}
    paid_in = {city.name: currencies[city.country] for city in cities()}
    people = yaml.safe_load((DATA / "people.yaml").read_text(encoding="utf-8"))["customers"]
    return {
        order["reference"]: PastPayment(order["total"], paid_in[person["city"]], person["cards"][0]["token"])
        for person in people
        for order in person.get("past", ())
        if order["paid"] == "card"
    }
