"""When somebody may be called: every window to the second, and a refusal says when to try again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.calling import Channel, Facts, Purpose, decide
from domain.whereabouts import Locality
from tests.domain.calling import (
    CALL,
    CHICAGO,
    FEEDBACK,
    KOLKATA,
    LOS_ANGELES,
    NEW_YORK,
    ORDER,
    PARTNER,
    PROMOTION,
    RULES,
    SMS,
    at,
    customer,
    driver,
    indian,
    kitchen,
    switched_on,
)

SECOND = timedelta(seconds=1)
TUESDAY, WEDNESDAY = "2026-03-03", "2026-03-04"
ON = switched_on()

WINDOWS = [
    # Market, state, zone, purposes, channels, from, to: worked out by hand from the table of the product.
    ("IN", None, KOLKATA, [ORDER, FEEDBACK], [CALL], "09:00", "21:00"),
    ("IN", None, KOLKATA, [PROMOTION], [CALL, SMS], "10:00", "21:00"),
    ("IN", None, KOLKATA, [FEEDBACK], [SMS], "09:00", "21:00"),
    *(
        ("US", state, zone, [ORDER, FEEDBACK, PROMOTION], [CALL], opens, closes)
        for states, zone, opens, closes in [
            ("AL LA MS OK", CHICAGO, "08:00", "20:00"),
            ("FL MD MA", NEW_YORK, "08:00", "20:00"),
            ("WA", LOS_ANGELES, "08:00", "20:00"),
            ("CT", NEW_YORK, "09:00", "20:00"),
            ("NV", LOS_ANGELES, "09:00", "20:00"),
            ("KY", NEW_YORK, "10:00", "21:00"),
            ("MI", NEW_YORK, "09:00", "21:00"),
            ("MN", CHICAGO, "09:00", "21:00"),
            ("NM", "America/Denver", "09:00", "21:00"),
            ("CA", LOS_ANGELES, "09:00", "21:00"),
            ("TX", CHICAGO, "09:00", "20:00"),
            ("PA NY DC", NEW_YORK, "09:00", "20:00"),
            ("WY", "America/Denver", "09:00", "20:00"),
            ("HI", "Pacific/Honolulu", "09:00", "20:00"),
        ]
        for state in states.split()
    ),
    ("US", "TX", CHICAGO, [FEEDBACK, PROMOTION], [SMS], "09:00", "20:00"),
    ("US", "CA", LOS_ANGELES, [FEEDBACK, PROMOTION], [SMS], "09:00", "21:00"),
]
EDGES = [
    (market, state, zone, purpose, channel, opens, closes)
    for market, state, zone, purposes, channels, opens, closes in WINDOWS
    for purpose in purposes
    for channel in channels
]


@pytest.mark.parametrize(("market", "state", "zone", "purpose", "channel", "opens", "closes"), EDGES)
def test_a_window_opens_and_closes_to_the_second(
    market: str, state: str | None, zone: str, purpose: Purpose, channel: Channel, opens: str, closes: str
) -> None:
    who = customer(zone, state, market)
    start, end = at(f"{TUESDAY} {opens}", zone), at(f"{TUESDAY} {closes}", zone)
    before = decide(ON, who, purpose, channel, start - SECOND)
    assert (before.allowed, before.retry_at) == (False, start)
    assert decide(ON, who, purpose, channel, start).allowed
    assert decide(ON, who, purpose, channel, end - SECOND).allowed
    after = decide(ON, who, purpose, channel, end)
    assert (after.allowed, after.retry_at) == (False, at(f"{WEDNESDAY} {opens}", zone))


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_text_about_an_order_goes_out_when_a_call_may_not(hour: int) -> None:
    now = at(f"{TUESDAY} {hour:02}:00")
    assert decide(RULES, customer(), ORDER, SMS, now).rule == "us.order_service.sms"
    assert decide(RULES, customer(), ORDER, CALL, now).allowed is (9 <= hour < 20)


@pytest.mark.parametrize(
    ("who", "purpose", "channel", "rule"),
    [
        (indian(), ORDER, SMS, "in.sms.dlt"),
        (indian(), FEEDBACK, SMS, "in.sms.dlt"),
        (indian(), PROMOTION, SMS, "in.sms.dlt"),
        (kitchen(KOLKATA, "IN"), PARTNER, SMS, "in.sms.dlt"),
        (indian(), PROMOTION, CALL, "in.series"),
        (customer(), PROMOTION, CALL, "us.promotion.voice"),
    ],
)
def test_what_is_switched_off_is_off_at_noon_and_no_waiting_helps(
    who: Facts, purpose: Purpose, channel: Channel, rule: str
) -> None:
    decision = decide(RULES, who, purpose, channel, at(f"{TUESDAY} 12:00", KOLKATA))
    assert (decision.allowed, decision.rule, decision.retry_at) == (False, rule, None)


@pytest.mark.parametrize(
    ("state", "zone", "now", "opens"),
    [
        # Saturday evening to Monday: no calls on Sundays.
        ("AL", CHICAGO, "2026-03-07 20:00", "2026-03-09 08:00"),
        ("LA", CHICAGO, "2026-03-07 20:00", "2026-03-09 08:00"),
        ("MS", CHICAGO, "2026-03-08 12:00", "2026-03-09 08:00"),
        # Texas sleeps until noon on Sundays, and is called no longer than on other days.
        ("TX", CHICAGO, "2026-03-07 20:00", "2026-03-08 12:00"),
        ("TX", CHICAGO, "2026-03-08 11:59", "2026-03-08 12:00"),
        ("TX", CHICAGO, "2026-03-08 20:00", "2026-03-09 09:00"),
        # Christmas 2026 is a Friday; in Alabama Sunday follows after one Saturday.
        ("AL", CHICAGO, "2026-12-25 12:00", "2026-12-26 08:00"),
        ("LA", CHICAGO, "2026-12-24 20:00", "2026-12-26 08:00"),
        ("PA", NEW_YORK, "2026-12-25 12:00", "2026-12-26 09:00"),
        # 4 July 2026 is a Saturday and kept on the Friday before; Sunday closes the gap.
        ("AL", CHICAGO, "2026-07-02 20:00", "2026-07-06 08:00"),
        ("PA", NEW_YORK, "2026-07-02 20:00", "2026-07-05 09:00"),
        # Thanksgiving, Memorial Day, Mardi Gras and Good Friday move.
        ("LA", CHICAGO, "2026-11-26 10:00", "2026-11-27 08:00"),
        ("AL", CHICAGO, "2026-05-25 10:00", "2026-05-26 08:00"),
        ("LA", CHICAGO, "2026-02-17 10:00", "2026-02-18 08:00"),
        ("PA", NEW_YORK, "2026-04-03 10:00", "2026-04-04 09:00"),
        # New Year's Day of another year.
        ("AL", CHICAGO, "2026-12-31 20:00", "2027-01-02 08:00"),
    ],
)
def test_sundays_and_holidays(state: str, zone: str, now: str, opens: str) -> None:
    decision = decide(RULES, customer(zone, state), ORDER, CALL, at(now, zone))
    assert (decision.allowed, decision.retry_at) == (False, at(opens, zone))


@pytest.mark.parametrize(
    ("state", "day"),
    [
        ("TX", "2026-12-25"),
        ("MS", "2026-12-25"),
        ("NY", "2026-07-03"),
        ("NY", "2026-03-08"),
        ("FL", "2026-03-08"),
    ],
)
def test_other_states_are_called_on_holidays_and_sundays(state: str, day: str) -> None:
    zone = CHICAGO if state in ("TX", "MS") else NEW_YORK
    assert decide(RULES, customer(zone, state), ORDER, CALL, at(f"{day} 12:00", zone)).allowed


@pytest.mark.parametrize(
    ("zone", "state", "now", "opens"),
    [
        # Clocks go forward in the night to 8 March 2026: nine o'clock is 13:00 UTC in the east, not 14:00.
        (NEW_YORK, "NY", datetime(2026, 3, 8, 2, 0, tzinfo=UTC), datetime(2026, 3, 8, 13, 0, tzinfo=UTC)),
        (NEW_YORK, "NY", datetime(2026, 3, 7, 2, 0, tzinfo=UTC), datetime(2026, 3, 7, 14, 0, tzinfo=UTC)),
        (CHICAGO, "IL", datetime(2026, 3, 8, 3, 0, tzinfo=UTC), datetime(2026, 3, 8, 14, 0, tzinfo=UTC)),
        (CHICAGO, "IL", datetime(2026, 3, 8, 7, 30, tzinfo=UTC), datetime(2026, 3, 8, 14, 0, tzinfo=UTC)),
        # And back in the night to 1 November.
        (NEW_YORK, "NY", datetime(2026, 11, 1, 1, 0, tzinfo=UTC), datetime(2026, 11, 1, 14, 0, tzinfo=UTC)),
        (CHICAGO, "IL", datetime(2026, 11, 1, 2, 0, tzinfo=UTC), datetime(2026, 11, 1, 15, 0, tzinfo=UTC)),
        # Arizona never changes, India neither.
        (
            "America/Phoenix",
            "AZ",
            datetime(2026, 3, 8, 4, 0, tzinfo=UTC),
            datetime(2026, 3, 8, 16, 0, tzinfo=UTC),
        ),
        (
            "America/Phoenix",
            "AZ",
            datetime(2026, 7, 8, 4, 0, tzinfo=UTC),
            datetime(2026, 7, 8, 16, 0, tzinfo=UTC),
        ),
    ],
)
def test_the_night_the_clocks_change(zone: str, state: str, now: datetime, opens: datetime) -> None:
    who = customer(zone, state)
    assert decide(RULES, who, ORDER, CALL, now).retry_at == opens
    assert decide(RULES, who, ORDER, CALL, opens).allowed
    assert not decide(RULES, who, ORDER, CALL, opens - SECOND).allowed


class TestWhereThePersonIs:
    """A Texan with a number of the west coast."""

    moved = replace(customer(), number_at=(Locality(LOS_ANGELES, "CA"),))

    def test_an_order_is_called_about_where_it_is_delivered(self) -> None:
        assert decide(RULES, self.moved, ORDER, CALL, at(f"{TUESDAY} 09:00")).allowed

    def test_without_an_address_it_has_to_be_allowed_wherever_the_number_could_be(self) -> None:
        nowhere = replace(
            self.moved, address=None, number_at=(Locality(LOS_ANGELES, "CA"), Locality(CHICAGO, "TX"))
        )
        decision = decide(RULES, nowhere, ORDER, CALL, at(f"{TUESDAY} 09:00"))
        assert (decision.allowed, decision.retry_at) == (False, at(f"{TUESDAY} 11:00"))

    def test_feedback_is_asked_for_when_both_clocks_allow_it(self) -> None:
        early = decide(RULES, self.moved, FEEDBACK, CALL, at(f"{TUESDAY} 10:59"))
        assert (early.allowed, early.retry_at) == (False, at(f"{TUESDAY} 11:00"))
        assert decide(RULES, self.moved, FEEDBACK, CALL, at(f"{TUESDAY} 11:00")).allowed
        late = decide(RULES, self.moved, FEEDBACK, CALL, at(f"{TUESDAY} 20:00"))
        assert (late.rule, late.retry_at) == ("us.state", at(f"{WEDNESDAY} 11:00"))

    def test_california_has_a_rule_of_its_own(self) -> None:
        decision = decide(
            RULES, customer(LOS_ANGELES, "CA"), ORDER, CALL, at(f"{TUESDAY} 08:30", LOS_ANGELES)
        )
        assert decision.rule == "us.ca.adad"


class TestPartners:
    def test_a_kitchen_is_called_while_it_is_open(self) -> None:
        assert decide(RULES, kitchen(), PARTNER, CALL, at(f"{TUESDAY} 11:00")).allowed
        pause = decide(RULES, kitchen(), PARTNER, CALL, at(f"{TUESDAY} 15:00"))
        assert (pause.rule, pause.retry_at) == ("us.partner_operations.call", at(f"{TUESDAY} 17:00"))
        assert decide(RULES, kitchen(), PARTNER, SMS, at(f"{TUESDAY} 22:29")).allowed

    def test_friday_goes_on_into_saturday_and_then_nobody_is_there_until_monday(self) -> None:
        assert decide(RULES, kitchen(), PARTNER, CALL, at("2026-03-07 01:59")).allowed
        closed = decide(RULES, kitchen(), PARTNER, CALL, at("2026-03-07 02:00"))
        assert closed.retry_at == at("2026-03-09 11:00")

    def test_a_kitchen_in_india_is_called_by_its_own_clock(self) -> None:
        assert decide(RULES, kitchen(KOLKATA, "IN"), PARTNER, CALL, at(f"{TUESDAY} 22:00", KOLKATA)).allowed

    def test_a_driver_is_called_on_shift_only_and_nobody_knows_when_that_begins(self) -> None:
        night = at(f"{TUESDAY} 03:00")
        assert decide(RULES, driver(), PARTNER, CALL, night).allowed
        off = decide(RULES, driver(on_shift=False), PARTNER, CALL, night)
        assert (off.allowed, off.rule, off.retry_at) == (False, "us.partner_operations.call", None)

    @pytest.mark.parametrize("who", [kitchen(), driver()])
    def test_nobody_who_has_not_agreed_is_called(self, who: Facts) -> None:
        decision = decide(RULES, replace(who, agreement=False), PARTNER, CALL, at(f"{TUESDAY} 12:00"))
        assert (decision.allowed, decision.rule) == (False, "all.agreement")
