"""What a handler is given: the row's own words, and the pieces of the process it may use."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from compliance.may_text import Outgoing
from db.engine import Sessions, transaction
from domain.dialling import DialRules
from domain.hours import Hours
from domain.incentive import Dispatch
from domain.jobs import Ending, JobRules
from domain.market import Market
from domain.policy import Policy
from errors import NotFound
from operations.dialling import Dialler
from operations.travelling import Travel
from settings import Settings
from vendors.maps import Geocoder
from vendors.payments import CardPayments, LinkPayments


@dataclass(frozen=True)
class Tools:
    """What every handler of a process shares. A handler runs on the loop that holds calls: it never blocks."""

    settings: Settings
    clock: Clock
    sessions: Sessions
    rules: JobRules
    cards: CardPayments | None
    """Who charges saved cards; None without a Stripe key."""
    links: LinkPayments | None
    """Who makes payment links; None without a Razorpay key."""
    outgoing: Outgoing | None
    """Whom we may text and ring; None without a Twilio account."""
    maps: Geocoder
    travel: Travel
    """How long ways take by road."""
    markets: Mapping[str, Market]
    policies: Mapping[str, Policy]
    dispatch: Mapping[str, Dispatch]
    dialling: DialRules
    """How hard we try to reach somebody, by what it is about."""
    staffed: Mapping[str, Hours]
    """When somebody of ours is at a telephone, by our line."""

    @property
    def dialler(self) -> Dialler | None:
        """Who places calls that we begin; None without a Twilio account."""
        if self.outgoing is None:
            return None
        return Dialler(self.sessions, self.outgoing, self.clock, self.dialling, self.settings.public)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One database transaction. Raises StoreDown, see `db.engine.transaction`."""
        return transaction(self.sessions)


@dataclass(frozen=True)
class Work:
    """One attempt at one job. It may have been made before, wholly or in part: look at the rows first."""

    kind: str
    key: str
    payload: Mapping[str, Any]
    """Ids only."""
    attempts: int
    """This one included."""
    since: datetime
    """When the fact that caused it was written, business time."""
    tools: Tools

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.tools.clock.now()

    def id(self, name: str) -> UUID:
        """An id of the payload. Raises NotFound when there is none: such a job is dead at once."""
        try:
            return UUID(str(self.payload[name]))
        except (KeyError, ValueError) as error:
            raise NotFound(f"this job's payload has no {name}") from error

    def text(self, name: str) -> str:
        """A word of the payload. Raises NotFound when there is none."""
        found = self.payload.get(name)
        if not found:
            raise NotFound(f"this job's payload has no {name}")
        return str(found)


Handler = Callable[[Work], Awaitable[Ending]]
"""Carries out one kind of job. An `AppError` is judged by `domain.jobs.retry_at`; any other exception is a bug."""
