"""What a job may end with, who goes first, and when one that failed is tried again. Figures: `data/jobs.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.market import Rule
from errors import AppError, Conflict, StoreDown, VendorError


@dataclass(frozen=True)
class Done:
    """It is carried out; `outcome` is kept in the row."""

    outcome: str = "done"


@dataclass(frozen=True)
class Dropped:
    """It is no longer true, so nothing was done."""

    reason: str


@dataclass(frozen=True)
class Later:
    """It is too early, for example while a telephone rings: no failure, and it does not count as an attempt."""

    at: datetime
    why: str


Ending = Done | Dropped | Later

PRIORITIES: Mapping[str, int] = {
    "restaurant.announce": 1,
    "dispatch.search": 1,
    "dispatch.expire": 1,
    "driver.offer": 1,
    "driver.where": 2,
    "customer.at_door": 1,
    "customer.late": 2,
    "driver.stuck": 2,
    "restaurant.cancel": 2,
    "restaurant.modify": 2,
    "customer.substitution": 2,
    "customer.rejected": 2,
    "driver.ready": 2,
    "driver.called_off": 2,
    "driver.changed": 2,
    "restaurant.remind": 3,
    "customer.changed": 3,
    "customer.payment": 2,
    "payments.link": 3,
    "payments.release": 4,
    "payments.refund": 4,
    "customer.feedback": 9,
    "orders.close": 9,
}
"""Smaller goes first: somebody waits at a telephone or for their dinner; then money; feedback can wait."""
ORDINARY = 5


def priority(kind: str) -> int:
    """How soon a kind has its turn among jobs that are due; smaller is sooner."""
    return PRIORITIES.get(kind, ORDINARY)


class Limits(Rule):
    """How often a kind is tried, and for how long."""

    attempts: int = Field(ge=1, le=100)
    """After so many it is dead: a person has to look at it."""
    timeout_seconds: float = Field(gt=0, le=600)
    """Real seconds one attempt may take."""
    deadline_hours: float | None = Field(default=None, gt=0)
    """Business hours after the fact that caused it; later than that it is not tried again."""

    @property
    def deadline(self) -> timedelta | None:
        """How long after the fact that caused it a failed attempt is repeated; None for as often as allowed."""
        return timedelta(hours=self.deadline_hours) if self.deadline_hours is not None else None


class Own(Rule):
    """What is different for one kind."""

    attempts: int | None = Field(default=None, ge=1, le=100)
    timeout_seconds: float | None = Field(default=None, gt=0, le=600)
    deadline_hours: float | None = Field(default=None, gt=0)


class JobRules(Rule):
    """The whole file: leases in real seconds, and the limits of every kind."""

    lease_seconds: float = Field(gt=0)
    renew_seconds: float = Field(gt=0)
    default: Limits
    kinds: dict[str, Own] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _renewed_in_time(self) -> Self:
        if self.renew_seconds * 2 > self.lease_seconds:
            raise ValueError("a lease has to outlast two renewals")
        return self

    @property
    def lease(self) -> timedelta:
        """How long a row belongs to who took it, in real time."""
        return timedelta(seconds=self.lease_seconds)

    def of(self, kind: str) -> Limits:
        """The limits of a kind."""
        own = self.kinds.get(kind)
        return self.default.model_copy(update=own.model_dump(exclude_none=True)) if own else self.default


STEPS = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
HOURLY = timedelta(hours=1)
JITTER = 0.1
"""Up to a tenth is added, by the job's id: what failed together is not tried again together."""


def may_help(error: AppError) -> bool:
    """Whether the same again may end otherwise: no answer, a vendor's bad minute, a store that is gone, or an
    outcome that is still unknown."""
    if isinstance(error, VendorError):
        return error.retryable
    return isinstance(error, Conflict | StoreDown)


def retry_at(
    error: AppError, attempts: int, now: datetime, *, job_id: UUID, since: datetime, limits: Limits
) -> datetime | None:
    """When a job is tried again after `attempts` failed ones (1 after the first); None when it is dead.

    `since` is when the fact that caused it was written; `now` is business time, as what is returned is.
    """
    if attempts >= limits.attempts or not may_help(error):
        return None
    step = STEPS[attempts - 1] if attempts <= len(STEPS) else HOURLY
    at = now + step * (1 + JITTER * share(job_id))
    return None if limits.deadline is not None and at > since + limits.deadline else at


def share(job_id: UUID) -> float:
    """A number in [0, 1) that is always the same for a job."""
    return int.from_bytes(job_id.bytes[-4:], "big") / 2**32
