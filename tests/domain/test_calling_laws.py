"""What holds for everybody at every moment: a promised time is kept, is the first one, and ignorance never helps."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calling import Answer, Channel, Facts, Kind, Purpose, decide
from domain.hours import DAYS, Hours
from domain.whereabouts import Locality
from tests.domain.calling import RULES, driver, switched_on

RULES_ON = switched_on()
US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Pacific/Honolulu",
)
STATES = (*sorted({state for states in RULES.area_codes.values() for state in states}), None)
MAY_BE_MISSING = sorted({field.name for field in fields(Facts)} - {"kind", "opted_out"})
MOMENTS = st.datetimes(datetime(2026, 1, 2), datetime(2027, 12, 30)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
PLACES = st.one_of(
    st.builds(Locality, st.sampled_from((*US_ZONES, "Mars/Olympus")), st.sampled_from(STATES)),
    st.just(Locality("America/Chicago", "TX")),
)
KNOWN_PLACES = st.builds(Locality, st.sampled_from(US_ZONES), st.sampled_from(STATES[:-1]))
SPANS = st.tuples(st.integers(0, 22), st.integers(1, 23)).map(lambda pair: f"{pair[0]:02}:00-{pair[1]:02}:30")
WEEKS = st.dictionaries(st.sampled_from(DAYS), st.lists(SPANS, max_size=2))
ANSWERS = st.builds(
    Answer,
    granted=st.sampled_from((True, True, True, False)),
    wording=st.just("May we?"),
    expires_at=st.one_of(st.none(), MOMENTS),
    written=st.booleans(),
)


@st.composite
def people(draw: st.DrawFn) -> Facts:
    """Anybody: mostly well known, always with something that may be missing."""
    india = draw(st.booleans())
    place = Locality("Asia/Kolkata") if india else draw(PLACES)
    return Facts(
        kind=draw(st.sampled_from(Kind)),
        market="IN" if india else "US",
        number="+919876543210" if india else "+15125550110",
        reachable=draw(st.sampled_from((True, True, False))),
        address=draw(st.one_of(st.just(place), st.none())),
        number_at=tuple(draw(st.lists(st.just(place) if india else PLACES, max_size=2))),
        consents=draw(st.dictionaries(st.sampled_from(Purpose), ANSWERS)),
        opted_out=frozenset(draw(st.sets(st.sampled_from(Purpose), max_size=1))),
        order_in_flight=draw(st.sampled_from((True, True, False, None))),
        agreement=draw(st.sampled_from((True, True, False, None))),
        hours=draw(st.one_of(st.none(), st.builds(Hours, WEEKS, st.sampled_from(US_ZONES)))),
        on_shift=draw(st.sampled_from((True, True, False, None))),
    )


@st.composite
def in_question(draw: st.DrawFn) -> tuple[Facts, Purpose, Channel]:
    """Somebody against whom only the clock can speak, or a yes that runs out some day."""
    india, kind = draw(st.booleans()), draw(st.sampled_from((Kind.CUSTOMER, Kind.CUSTOMER, Kind.RESTAURANT)))
    places = st.just(Locality("Asia/Kolkata")) if india else KNOWN_PLACES
    expires = draw(st.one_of(st.none(), st.none(), MOMENTS))
    yes = Answer(granted=True, wording="May we?", expires_at=expires, written=True)
    facts = Facts(
        kind=kind,
        market="IN" if india else "US",
        number="+919876543210" if india else "+15125550110",
        reachable=True,
        address=draw(places),
        number_at=tuple(draw(st.lists(places, min_size=1, max_size=3))),
        consents=dict.fromkeys(Purpose, yes),
        order_in_flight=True,
        agreement=True,
        hours=draw(st.builds(Hours, WEEKS, st.sampled_from(US_ZONES))),
    )
    customers = (Purpose.ORDER_SERVICE, Purpose.FEEDBACK, Purpose.PROMOTION)
    purpose = draw(st.sampled_from(customers)) if kind is Kind.CUSTOMER else Purpose.PARTNER_OPERATIONS
    return facts, purpose, Channel.SMS if purpose is Purpose.PROMOTION else Channel.CALL


@given(in_question(), MOMENTS)
def test_a_promised_time_lies_ahead_and_is_kept(
    question: tuple[Facts, Purpose, Channel], now: datetime
) -> None:
    decision = decide(RULES_ON, *question, now)
    if decision.retry_at is not None:
        assert not decision.allowed
        assert now < decision.retry_at <= now + timedelta(days=14)
        assert decide(RULES_ON, *question, decision.retry_at).allowed


@given(in_question(), MOMENTS, st.floats(0, 0.999))
def test_nothing_is_allowed_before_the_promised_time(
    question: tuple[Facts, Purpose, Channel], now: datetime, part: float
) -> None:
    retry_at = decide(RULES_ON, *question, now).retry_at
    assume(retry_at is not None)
    assert retry_at is not None
    assert not decide(RULES_ON, *question, now + (retry_at - now) * part).allowed


@given(in_question(), MOMENTS)
def test_who_is_refused_without_a_time_is_refused_for_a_week(
    question: tuple[Facts, Purpose, Channel], now: datetime
) -> None:
    decision = decide(RULES_ON, *question, now)
    if not decision.allowed and decision.retry_at is None:
        later = [now + timedelta(hours=hours) for hours in range(1, 7 * 24, 5)]
        assert not any(decide(RULES_ON, *question, moment).allowed for moment in later)


@given(
    st.one_of(people(), in_question().map(lambda question: question[0])),
    st.sampled_from(Purpose),
    st.sampled_from(Channel),
    MOMENTS,
    st.sampled_from(MAY_BE_MISSING),
)
def test_knowing_less_never_allows_more(
    who: Facts, purpose: Purpose, channel: Channel, now: datetime, name: str
) -> None:
    # One address less leaves the number's places, all of them: that is a question of where, not of whether.
    assume(not (name == "address" and purpose is Purpose.ORDER_SERVICE))
    nothing: dict[str, Any] = {name: {"number_at": (), "consents": {}, "reachable": False}.get(name)}
    if not decide(RULES_ON, who, purpose, channel, now).allowed:
        assert not decide(RULES_ON, replace(who, **nothing), purpose, channel, now).allowed


@given(people(), st.sampled_from(Purpose), st.sampled_from(Channel), MOMENTS)
def test_whoever_opted_out_or_said_no_is_never_reached(
    who: Facts, purpose: Purpose, channel: Channel, now: datetime
) -> None:
    assume(purpose is not Purpose.PARTNER_OPERATIONS)
    gone = replace(who, opted_out=frozenset({purpose}))
    assert not decide(RULES_ON, gone, purpose, channel, now).allowed
    refused = replace(who, consents={**who.consents, purpose: Answer(False, "May we?")})
    assert not decide(RULES_ON, refused, purpose, channel, now).allowed


@given(st.sampled_from(Channel), MOMENTS)
def test_the_rules_do_allow_something(channel: Channel, now: datetime) -> None:
    assert decide(RULES, driver(), Purpose.PARTNER_OPERATIONS, channel, now).allowed
