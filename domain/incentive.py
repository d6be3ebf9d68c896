"""What a delivery pays, and how much more when it is hard to give away. The figures live in `data/dispatch.yaml`."""

from dataclasses import dataclass
from math import ceil

from pydantic import Field

from domain.dispatch_rules import Moving, Roads, Search, Stack, Weights
from domain.market import Rule
from domain.money import Money


class Incentive(Rule):
    """What is added for difficulty. Amounts are minor units."""

    far_km: float = Field(ge=0)
    """Up to here the distance adds nothing."""
    per_km: int = Field(ge=0)
    """For each kilometre beyond `far_km`."""
    per_step: int = Field(ge=0)
    """For each time the radius was widened."""
    per_try: int = Field(ge=0)
    """For each driver it was offered to in vain."""
    most: int = Field(ge=0)
    round_to: int = Field(ge=1)
    """It is rounded up to a multiple of this."""


class Ranking(Rule):
    """What sets a driver back in a first list, in kilometres of distance; `Weights` decide who is asked."""

    per_delivery_km: float = Field(ge=0)
    """For each delivery they have already."""
    per_star_km: float = Field(ge=0)
    """For each star below five."""


class Dispatch(Rule):
    """One market's figures."""

    market: str
    currency: str
    base: int = Field(ge=0)
    """Minor units for any delivery."""
    per_km: int = Field(ge=0)
    """Minor units for each kilometre from the kitchen to the door."""
    offer_seconds: int = Field(gt=0)
    """How long an offer holds."""
    talking_seconds: int = Field(gt=0)
    """So much longer it holds each time it would run out while we are on the telephone with its driver about it."""
    longest_offer_seconds: int = Field(gt=0)
    """Longer than this it never holds."""
    incentive: Incentive
    ranking: Ranking
    vehicles: dict[str, float]
    """The longest way each kind of vehicle is sent, kilometres from the kitchen to the door."""
    roads: Roads
    search: Search
    stack: Stack
    weights: Weights
    moving: Moving


@dataclass(frozen=True)
class Difficulty:
    """Why a delivery is hard to give away."""

    km: float
    """From the kitchen to the door."""
    step: int = 0
    """How often the radius was widened."""
    tries: int = 0
    """Drivers it was offered to before."""
    in_vain: bool = False
    """Nobody was found at the widest radius: it pays the most there is."""


@dataclass(frozen=True)
class Pay:
    """What the driver gets; `extra` is the part of it that is incentive."""

    whole: Money
    extra: Money


def pay(rules: Dispatch, difficulty: Difficulty) -> Pay:
    """What a delivery pays: never less for more kilometres, more steps or more tries."""
    extra = incentive(rules, difficulty)
    plain = rules.base + ceil(difficulty.km * rules.per_km)
    return Pay(Money(plain + extra, rules.currency), Money(extra, rules.currency))


def incentive(rules: Dispatch, difficulty: Difficulty) -> int:
    """What is added for difficulty, minor units; at most `most`."""
    bonus = rules.incentive
    if difficulty.in_vain:
        return bonus.most
    beyond = max(0.0, difficulty.km - bonus.far_km)
    added = ceil(beyond * bonus.per_km) + difficulty.step * bonus.per_step + difficulty.tries * bonus.per_try
    return min(bonus.most, ceil(added / bonus.round_to) * bonus.round_to)
