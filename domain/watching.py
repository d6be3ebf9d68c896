"""An order that is watched until it is over: when a delay is told, who is reminded, when it is given up.

The figures live in `data/tracking.yaml`; all times are business time.
"""

from datetime import timedelta

from pydantic import Field

from domain.arrival import EtaRules
from domain.market import Rule


class PingRules(Rule):
    """Which positions of a driver are believed."""

    fastest_km_h: float = Field(gt=0)
    slack_km: float = Field(ge=0)
    """How far off a position may be in itself."""
    stale_minutes: float = Field(gt=0)
    """Older ones tell nothing of now."""
    ahead_seconds: float = Field(ge=0)
    """So far a telephone's clock may be ahead of ours."""


class LateRules(Rule):
    """When a customer is told of a delay before they ask."""

    after_minutes: float = Field(gt=0)
    """Later than promised by more than this."""
    step_minutes: float = Field(gt=0)
    """And again when it has become so much later still."""
    most: int = Field(ge=1)
    """Times in all."""


class DoorRules(Rule):
    """A rider at a door that nobody opens."""

    wait_minutes: float = Field(gt=0)


class TrackingRules(Rule):
    """The file `data/tracking.yaml`."""

    look_seconds: float = Field(gt=0)
    """How often an order under way is looked at."""
    pings: PingRules
    eta: EtaRules
    late: LateRules
    kitchen_overdue_minutes: float = Field(gt=0)
    """A kitchen that has said nothing so long after its own time is reminded once more."""
    stuck_minutes: float = Field(gt=0)
    """A driver who has come no nearer for so long is asked where they are."""
    nobody_minutes: float = Field(gt=0)
    """An order that nobody brings so long after it should have been cooked is given up."""
    receipt_minutes: float = Field(gt=0)
    """So long after a customer has said that they have it, whoever brought it may still give the code."""
    door: DoorRules
    close_again_hours: float = Field(gt=0)
    """An order about which something is still open is looked at again after so long."""


def tells_late(behind: timedelta, told: timedelta | None, times: int, rules: LateRules) -> bool:
    """Whether its customer is to be told that it comes so much later than promised.

    `told`: the delay they know of, or are about to be told; `times`: how often we have begun to tell them.
    """
    if times >= rules.most:
        return False
    if told is None:
        return behind > timedelta(minutes=rules.after_minutes)
    return behind >= told + timedelta(minutes=rules.step_minutes)
