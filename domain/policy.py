"""What an operator's policy is: refunds and complaints, each row with its source. Figures: `data/policies.yaml`."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.market import Rule
from domain.speech import say_list

WHOLE = 10_000


class Reason(StrEnum):
    """Why money is asked back."""

    NOT_DELIVERED = "not_delivered"
    WRONG_ORDER = "wrong_order"
    MISSING_ITEMS = "missing_items"
    QUALITY = "quality"
    LATE = "late"


class Kind(StrEnum):
    """What a complaint can be about."""

    NOT_DELIVERED = "not_delivered"
    WRONG_ORDER = "wrong_order"
    MISSING_ITEMS = "missing_items"
    QUALITY = "quality"
    LATE = "late"
    CONDUCT = "conduct"
    CHARGE = "charge"
    OTHER = "other"


class Evidence(StrEnum):
    """What shows that it was so; nothing waits for it."""

    PHOTO = "photo"


BY_DISH = (Reason.MISSING_ITEMS, Reason.QUALITY)


class Row(Rule):
    """A rule with where it comes from and the day from which it holds."""

    id: str = Field(max_length=60)
    source: str
    since: date


class Share(Row):
    """A part of what was paid: of the order, of the dishes it is about, or of the delivery fee."""

    of: Literal["order", "dishes", "delivery"]
    share_bp: int = Field(ge=0, le=WHOLE)
    """Basis points."""
    along: tuple[Literal["tax", "packaging"], ...] = ()
    """What is given back with dishes or the fee, pro rata; a whole order has everything in it."""


class RefundRule(Share):
    """What one reason is worth."""

    reason: Reason
    after_minutes: int = Field(default=0, ge=0)
    """Over the promise; before that an order is neither late nor undelivered."""
    why: str
    """Spoken after the amount; `{dishes}` stands for the dishes."""
    evidence: Evidence | None = None
    """What is asked for where a person has to decide."""


class Floor(Share):
    """The least a law lets us give back for these reasons."""

    reasons: tuple[Reason, ...]


class NoShow(Share):
    """What is given back of an order that was at the door, and nobody opened: it was tendered, so no floor holds."""

    why: str
    """Told to the model where nothing is, with what to do next; spoken after the amount where something is."""


class Window(Row):
    """How long after delivery money can be asked back by telephone."""

    hours: int = Field(gt=0)


class Limit(Row):
    """What a caller gets: on their number alone, or once they have proved who they are. Above it a person decides."""

    amount: int = Field(ge=0)
    """Minor units, counted over all refunds of a customer within `hours`."""
    hours: int = Field(gt=0)


class Deadlines(Row):
    """By when somebody answers a complaint and by when it is settled, and what helps them to decide."""

    acknowledge_hours: int = Field(gt=0)
    settle_days: int = Field(gt=0)
    evidence: Mapping[Kind, Evidence] = Field(default_factory=dict)
    """What is asked for when a complaint of such a kind is filed."""


class Policy(Rule):
    """One market's rules."""

    market: str
    currency: str
    window: Window
    limit: Limit
    proved_limit: Limit | None = None
    """For a caller who has read a code back; the same hours as `limit`."""
    complaints: Deadlines
    refunds: tuple[RefundRule, ...]
    floors: tuple[Floor, ...] = ()
    no_show: NoShow | None = None
    """None: an order that nobody opened for is one that never came."""

    def most(self, proved: bool) -> int:
        """What is given back without a person, minor units, over all refunds of a customer within the limit's hours."""
        return self.proved_limit.amount if proved and self.proved_limit else self.limit.amount

    def rule(self, reason: Reason, today: date) -> RefundRule | None:
        """The newest row for a reason that holds already."""
        rows = [row for row in self.refunds if row.reason is reason and row.since <= today]
        return max(rows, key=lambda row: row.since, default=None)

    def evidence(self, reason: Reason, today: date) -> Evidence | None:
        """What would show that money is asked back for this reason rightly; None where nothing does."""
        rule = self.rule(reason, today)
        return rule.evidence if rule else None

    def why(self, reason: Reason, dishes: Mapping[str, int], today: date) -> str:
        """The reason of an amount, as it is spoken; empty where no row holds."""
        rule = self.rule(reason, today)
        named = say_list([f"{count} {name}" for name, count in dishes.items()])
        return rule.why.format(dishes=named) if rule else ""
