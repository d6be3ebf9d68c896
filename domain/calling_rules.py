"""The rows that say whom we may call or text, for what and when. The rows themselves: `data/calling.yaml`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from domain.holidays import Holiday
from domain.hours import DAYS, Hours
from domain.market import Rule

OTHER = "other"
"""Stands in a state row for every state that has no row of its own."""


class Purpose(StrEnum):
    """What a call or text is for, fixed before it is made."""

    ORDER_SERVICE = "order_service"
    PARTNER_OPERATIONS = "partner_operations"
    FEEDBACK = "feedback"
    PROMOTION = "promotion"


class Channel(StrEnum):
    """How somebody is reached."""

    CALL = "call"
    SMS = "sms"


def _forward(span: str) -> str:
    opens, closes = span.split("-")
    if opens >= closes:
        raise ValueError(f"{span} ends before it begins")
    return span


Span = Annotated[
    str,
    Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"),
    AfterValidator(_forward),
]
"""Local wall time, within one day; the end does not belong to it."""


class Row(Rule):
    """A rule with where it comes from and the day from which it holds."""

    id: str = Field(max_length=60)
    source: str = Field(min_length=1)
    since: date


class Everywhere(Rule):
    """What holds in every market and has no figures."""

    optout: Row
    test: Row
    order: Row
    agreement: Row


class Window(Row):
    """When a purpose may be pursued on a channel in some markets."""

    markets: tuple[str, ...] = Field(min_length=1)
    purpose: Purpose
    channel: Channel
    hours: Span | Literal["always", "at_work"]
    """Where the person is; or at any time; or while a kitchen is open and a driver on shift."""
    states: bool = False
    """Whether the row of the state holds as well."""


class Off(Row):
    """What is not done at all in some markets, whatever else allows it."""

    markets: tuple[str, ...] = Field(min_length=1)
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    channels: tuple[Channel, ...] = Field(min_length=1)
    why: str


class Asked(Row):
    """A yes that has to be on record, given to a question about this purpose, not withdrawn and not run out."""

    markets: tuple[str, ...] = Field(min_length=1)
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    channels: tuple[Channel, ...] = Field(min_length=1)
    also: tuple[Purpose, ...] = ()
    """Whose answer counts, in this order, where the purpose itself was never asked about."""
    written: bool = False
    """Whether it has to be in writing: what was said in a call is not enough."""


class StateRow(Row):
    """What a state allows, beside the window of the market."""

    market: str
    states: tuple[str, ...] = Field(min_length=1)
    hours: Span
    sunday: Span | Literal["none"] | None = None
    """What is different on a Sunday."""
    on_holidays: bool = True

    def times(self, zone: str, holidays: frozenset[str]) -> Hours:
        """When it allows a call to a place in a zone; `holidays` are local ISO dates."""
        return _week(self.hours, zone, frozenset() if self.on_holidays else holidays, self.sunday)


class PartnerTerms(Row):
    """What kitchens and drivers have agreed to before they are called."""

    version: str = Field(max_length=20)
    wording: str


DatedRow = TypeVar("DatedRow", bound=Row)


@dataclass(frozen=True)
class Calling:
    """The whole rule table, checked."""

    dials: Mapping[str, str]
    """Country calling code with its plus, by market."""
    area_codes: Mapping[str, frozenset[str]]
    """States by three-digit area code of the USA."""
    everywhere: Everywhere
    windows: Sequence[Window]
    off: Sequence[Off]
    asked: Sequence[Asked]
    states: Sequence[StateRow]
    holidays: Sequence[Holiday]
    partner_terms: PartnerTerms

    def window(self, market: str, purpose: Purpose, channel: Channel, day: date) -> Window | None:
        """The row that holds on a day, the newest if there are several; None means no."""
        fitting = [row for row in self.windows if market in row.markets]
        return _newest([row for row in fitting if (row.purpose, row.channel) == (purpose, channel)], day)

    def off_row(self, market: str, purpose: Purpose, channel: Channel, day: date) -> Off | None:
        """The row that rules it out on a day."""
        return next(iter(_of(self.off, market, purpose, channel, day)), None)

    def asked_rows(self, market: str, purpose: Purpose, channel: Channel, day: date) -> list[Asked]:
        """Every yes that is needed on a day."""
        return _of(self.asked, market, purpose, channel, day)

    def state_row(self, market: str, state: str, day: date) -> StateRow | None:
        """What a state allows on a day: its own row, or the one of the other states."""
        rows = [row for row in self.states if row.market == market]
        own = _newest([row for row in rows if state in row.states], day)
        return own or _newest([row for row in rows if OTHER in row.states], day)

    def holiday_dates(self, day: date) -> frozenset[str]:
        """Local ISO dates of the holidays from the year before a day to the year after it."""
        years = range(day.year - 1, day.year + 2)
        return frozenset(
            at.isoformat() for holiday in self.holidays for year in years for at in holiday.in_year(year)
        )


def times(row: Window, zone: str) -> Hours:
    """When a row with hours of its own allows a call to a place in a zone."""
    return _week(row.hours, zone)


def _week(span: str, zone: str, holidays: frozenset[str] = frozenset(), sunday: str | None = None) -> Hours:
    week: dict[str, list[str]] = {day: [span] for day in DAYS}
    if sunday is not None:
        week["sun"] = [] if sunday == "none" else [sunday]
    return Hours(week, zone, holidays)


def _newest(rows: Iterable[DatedRow], day: date) -> DatedRow | None:
    return max((row for row in rows if row.since <= day), key=lambda row: row.since, default=None)


Ruling = TypeVar("Ruling", Off, Asked)


def _of(rows: Iterable[Ruling], market: str, purpose: Purpose, channel: Channel, day: date) -> list[Ruling]:
    return [
        row
        for row in rows
        if market in row.markets and purpose in row.purposes and channel in row.channels and row.since <= day
    ]
