"""Whether somebody may be called or texted now, by which rule, and if not, from when on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.calling_rules import Asked, Calling, Channel, Purpose, StateRow, Window, times
from domain.hours import Hours
from domain.order import OrderStatus
from domain.whereabouts import Locality, zone_exists

__all__ = ["Answer", "Channel", "Decision", "Facts", "Kind", "Person", "Purpose", "decide", "in_flight"]

E164 = re.compile(r"\+[1-9][0-9]{7,14}")
UNKNOWN = "unknown"
"""The rule of whatever is not known: no."""
AHEAD = timedelta(days=14)
"""A window that does not open within so long is none to wait for."""
TOLD_WITHIN = timedelta(hours=1)
"""So long after an order came to nothing its customer may still be told."""
OVER = (OrderStatus.DELIVERED, OrderStatus.CLOSED)
CAME_TO_NOTHING = (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.FAILED)


class Kind(StrEnum):
    """Who is called."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    DRIVER = "driver"


@dataclass(frozen=True)
class Person:
    """Somebody we would call or text: one row of ours, never a number."""

    kind: Kind
    id: UUID
    order_id: UUID | None = None
    """The order it is about."""


@dataclass(frozen=True)
class Decision:
    """Whether it may be done, and the rule that says so."""

    allowed: bool
    rule: str
    reason: str = ""
    """For the operator: no number, no name."""
    retry_at: datetime | None = None
    """When the window opens, aware; None where waiting does not help."""


@dataclass(frozen=True)
class Answer:
    """What somebody said when they were asked about a purpose, the newest time it was."""

    granted: bool
    wording: str
    """The question they were asked, or what they said unasked."""
    expires_at: datetime | None = None
    written: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known about a person, in terms of the rules. None and empty mean: not known."""

    kind: Kind
    market: str | None
    number: str | None
    """E.164."""
    reachable: bool
    """False where this installation dials and texts test numbers only, and this is none."""
    address: Locality | None = None
    """Where the food goes."""
    number_at: tuple[Locality, ...] = ()
    """Every place the number could belong to."""
    consents: Mapping[Purpose, Answer] = field(default_factory=dict)
    """The newest answer to each question that was ever asked."""
    opted_out: frozenset[Purpose] = frozenset()
    order_in_flight: bool | None = None
    """An order of this customer's that is still on its way."""
    agreement: bool | None = None
    """A partner has agreed to be called about work."""
    hours: Hours | None = None
    """When a restaurant is open."""
    on_shift: bool | None = None
    """Whether a driver works now."""


class SaysNo(Exception):
    """A rule says no, whatever the hour."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason


def not_known(what: str) -> SaysNo:
    """A fact or a rule is missing."""
    return SaysNo(UNKNOWN, f"not known: {what}")


@dataclass(frozen=True)
class Times:
    """When one row allows it, and what it says when it does not."""

    rule: str
    reason: str
    hours: Hours


def decide(rules: Calling, facts: Facts, purpose: Purpose, channel: Channel, now: datetime) -> Decision:
    """The decision at an aware moment. Whatever is not known is a no."""
    try:
        window, tables = _permitted(rules, facts, purpose, channel, now)
    except SaysNo as no:
        return Decision(False, no.rule, no.reason)
    shut = _shut(tables, now)
    if shut is None:
        return Decision(True, window.id, f"allowed: {window.hours.replace('_', ' ')}")
    return Decision(False, shut.rule, shut.reason, _opens(rules, facts, purpose, channel, now))


def in_flight(status: str, changed_at: datetime, now: datetime) -> bool:
    """Whether there is something to tell about an order: not over, or come to nothing a moment ago."""
    if status in CAME_TO_NOTHING:
        return now - changed_at <= TOLD_WITHIN
    return status not in OVER


def _opens(
    rules: Calling, facts: Facts, purpose: Purpose, channel: Channel, now: datetime
) -> datetime | None:
    """The next moment at which nothing speaks against it any more; the rows may be others by then."""
    moment: datetime | None = now
    while moment is not None and moment - now <= AHEAD:
        try:
            _, tables = _permitted(rules, facts, purpose, channel, moment)
        except SaysNo:
            return None
        shut = _shut(tables, moment)
        if shut is None:
            return moment
        moment = shut.hours.next_opening(moment)
    return None


def _shut(tables: Sequence[Times], moment: datetime) -> Times | None:
    """The first time table that does not allow a moment."""
    return next((table for table in tables if not table.hours.open_at(moment)), None)


def _permitted(
    rules: Calling, facts: Facts, purpose: Purpose, channel: Channel, now: datetime
) -> tuple[Window, list[Times]]:
    """The window of somebody whom no rule protects at every hour, and the time tables that have to agree.

    Raises SaysNo.
    """
    market = _known_to_be_here(rules, facts, purpose, now)
    day = now.date()
    if purpose in facts.opted_out:
        raise SaysNo(rules.everywhere.optout.id, "they asked not to be called or texted about this")
    if not facts.reachable:
        raise SaysNo(rules.everywhere.test.id, "only test numbers are dialled and texted here")
    off = rules.off_row(market, purpose, channel, day)
    if off is not None:
        raise SaysNo(off.id, off.why)
    for row in rules.asked_rows(market, purpose, channel, day):
        _said_yes(row, facts, purpose, now)
    _still_true(rules, facts, purpose)
    window = rules.window(market, purpose, channel, day)
    if window is None:
        raise not_known(f"when {purpose} by {channel} is allowed in {market}")
    return window, _time_tables(rules, facts, market, window, now)


def _known_to_be_here(rules: Calling, facts: Facts, purpose: Purpose, now: datetime) -> str:
    """The market whose rules hold. Raises SaysNo."""
    if now.tzinfo is None:
        raise not_known("the time zone of the clock")
    if facts.market is None or facts.market not in rules.dials:
        raise not_known("the rules of this country")
    if facts.number is None or not E164.fullmatch(facts.number):
        raise not_known("their number")
    if not facts.number.startswith(rules.dials[facts.market]):
        raise not_known("the country of this number")
    if (facts.kind is Kind.CUSTOMER) is (purpose is Purpose.PARTNER_OPERATIONS):
        raise not_known(f"what {purpose} is to a {facts.kind}")
    return facts.market


def _said_yes(row: Asked, facts: Facts, purpose: Purpose, now: datetime) -> None:
    """Raises SaysNo unless the yes that a row asks for is on record."""
    about = next((each for each in (purpose, *row.also) if each in facts.consents), None)
    if about is None:
        raise SaysNo(row.id, "they were never asked")
    answer = facts.consents[about]
    if not answer.granted:
        raise SaysNo(row.id, "they said no")
    if not answer.wording:
        raise SaysNo(row.id, "it is not on record what they said yes to")
    if answer.expires_at is not None and answer.expires_at <= now:
        raise SaysNo(row.id, "their yes has run out")
    if row.written and not answer.written:
        raise SaysNo(row.id, "their yes is not in writing")


def _still_true(rules: Calling, facts: Facts, purpose: Purpose) -> None:
    """Raises SaysNo when there is no order to speak of, or a partner has not agreed to be called."""
    if purpose is Purpose.ORDER_SERVICE:
        if facts.order_in_flight is None:
            raise not_known("which order it is about")
        if not facts.order_in_flight:
            raise SaysNo(rules.everywhere.order.id, "no order of theirs is on its way")
    if purpose is Purpose.PARTNER_OPERATIONS:
        if facts.agreement is None:
            raise not_known("whether they agreed to be called")
        if not facts.agreement:
            raise SaysNo(rules.everywhere.agreement.id, "they have not agreed to be called about work")


def _time_tables(rules: Calling, facts: Facts, market: str, window: Window, now: datetime) -> list[Times]:
    """Every time table that has to allow it. Raises SaysNo."""
    if window.hours == "at_work":
        return _at_work(facts, window, now)
    places = _places(facts, window.purpose)
    if window.hours == "always":
        return []
    found = [
        Times(window.id, f"only {window.hours} where they are", times(window, place.zone)) for place in places
    ]
    if window.states:
        holidays = rules.holiday_dates(now.date())
        for place in places:
            row = rules.state_row(market, place.state, now.date()) if place.state else None
            if row is None:
                raise not_known("which state they are in")
            found.append(Times(row.id, _state_says(row, place), row.times(place.zone, holidays)))
    return found


def _at_work(facts: Facts, window: Window, now: datetime) -> list[Times]:
    """Raises SaysNo for a driver off shift: nobody knows when they come back."""
    if facts.kind is Kind.RESTAURANT:
        if facts.hours is None or not _readable(facts.hours, now):
            raise not_known("when they are open")
        return [Times(window.id, "only while they are open", facts.hours)]
    if facts.on_shift is None:
        raise not_known("whether they work now")
    if not facts.on_shift:
        raise SaysNo(window.id, "they are not on shift")
    return []


def _readable(hours: Hours, now: datetime) -> bool:
    """Whether a week of somebody else's writing can be read, zone and spans."""
    try:
        hours.next_opening(now)
        week = [hours.spans(now.date() + timedelta(days=ahead)) for ahead in range(7)]
    except (ValueError, KeyError, OSError):
        return False
    return any(week)


def _places(facts: Facts, purpose: Purpose) -> tuple[Locality, ...]:
    """Where it has to be allowed. Raises SaysNo unless all of them are known."""
    if not facts.number_at:
        raise not_known("where this number could be")
    if purpose is Purpose.ORDER_SERVICE:
        places = facts.number_at if facts.address is None else (facts.address,)
    elif facts.address is None:
        raise not_known("where they live")
    else:
        places = (facts.address, *facts.number_at)
    for place in places:
        if not zone_exists(place.zone):
            raise not_known("the time zone where they are")
    return places


def _state_says(row: StateRow, place: Locality) -> str:
    sunday = f", on Sundays {row.sunday}" if row.sunday else ""
    return f"{place.state}: only {row.hours}{sunday}{'' if row.on_holidays else ', not on holidays'}"
