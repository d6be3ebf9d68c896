"""When a failed job is tried again: sooner at first, hourly later, never for ever, and never for what cannot help."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.ids import new_id
from domain.jobs import HOURLY, JITTER, STEPS, JobRules, Limits, Own, may_help, priority, retry_at, share
from errors import (
    AppError,
    Conflict,
    NotFound,
    PaymentDeclined,
    StoreDown,
    TakenOver,
    ToolError,
    VendorError,
    VendorTimeout,
)

NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
TWELVE = Limits(attempts=12, timeout_seconds=60)
ERRORS = [
    (VendorTimeout("stripe", "no answer"), True),
    (VendorError("stripe", "status 429", retryable=True), True),
    (StoreDown("Redis is gone"), True),
    (Conflict("not known yet"), True),
    (TakenOver("another process"), True),
    (VendorError("stripe", "status 400"), False),
    (PaymentDeclined("stripe", "expired_card", None), False),
    (NotFound("no such order"), False),
    (ToolError("say so"), False),
    (AppError("ours"), False),
]
ids = st.uuids()
attempts = st.integers(1, 60)
limits = st.builds(
    Limits,
    attempts=st.integers(1, 100),
    timeout_seconds=st.just(60),
    deadline_hours=st.none() | st.floats(0.01, 200),
)


def at(tried: int, job_id: UUID = UUID(int=0), within: Limits = TWELVE) -> datetime | None:
    return retry_at(StoreDown("gone"), tried, NOW, job_id=job_id, since=NOW, limits=within)


def test_it_is_tried_again_after_seconds_minutes_and_then_every_hour() -> None:
    waits = [found - NOW for tried in range(1, 12) if (found := at(tried))]
    assert waits == [
        timedelta(seconds=5),
        timedelta(seconds=15),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        *[timedelta(hours=1)] * 6,
    ]
    assert at(12) is None


@pytest.mark.parametrize(("error", "helps"), ERRORS, ids=lambda value: type(value).__name__)
def test_only_what_may_end_otherwise_is_tried_again(error: AppError, helps: bool) -> None:
    assert may_help(error) is helps
    found = retry_at(error, 1, NOW, job_id=UUID(int=0), since=NOW, limits=TWELVE)
    assert (found is not None) is helps


def test_after_its_deadline_it_is_dead_however_few_its_attempts() -> None:
    day = Limits(attempts=100, timeout_seconds=60, deadline_hours=24)
    since = NOW - timedelta(hours=23, minutes=58)
    found = [
        retry_at(StoreDown("gone"), tried, NOW, job_id=UUID(int=0), since=since, limits=day)
        for tried in (3, 4)
    ]
    assert found == [NOW + timedelta(minutes=1), None]


@given(ids, limits, st.lists(attempts, min_size=2, max_size=6, unique=True))
def test_waits_never_become_shorter_and_a_dead_job_stays_dead(
    job_id: UUID, within: Limits, tried: list[int]
) -> None:
    found = [at(each, job_id, within) for each in sorted(tried)]
    alive = [each for each in found if each is not None]
    assert alive == sorted(alive)
    assert found[: len(alive)] == alive, "what is dead does not come back with more attempts"


@given(ids, attempts, limits)
def test_every_wait_is_bounded_and_the_same_whenever_it_is_asked(
    job_id: UUID, tried: int, within: Limits
) -> None:
    found = at(tried, job_id, within)
    assert found == at(tried, job_id, within)
    if found is not None:
        assert STEPS[0] <= found - NOW <= HOURLY * (1 + JITTER)
        assert tried < within.attempts
        assert within.deadline is None or found <= NOW + within.deadline


@given(limits)
def test_there_is_an_end_to_it(within: Limits) -> None:
    assert at(within.attempts, within=within) is None


def test_what_failed_together_is_not_tried_again_together() -> None:
    waits = {at(6, new_id()) for _ in range(50)}
    assert len(waits) == 50
    assert all(0 <= share(new_id()) < 1 for _ in range(50))


def test_somebody_who_waits_goes_before_money_and_money_before_feedback() -> None:
    wanted = [
        "restaurant.announce",
        "customer.rejected",
        "payments.release",
        "payments.capture",
        "customer.feedback",
    ]
    mixed = [wanted[place] for place in (3, 0, 4, 2, 1)]
    assert sorted(mixed, key=priority) == wanted
    assert priority("dispatch.search") == priority("restaurant.announce")


def rules(**more: object) -> JobRules:
    values = {"lease_seconds": 60, "renew_seconds": 20, "default": TWELVE.model_dump()}
    return JobRules.model_validate(values | more)


def test_a_kind_has_the_default_but_for_what_it_names() -> None:
    found = rules(kinds={"payments.capture": Own(attempts=3)})
    assert found.of("payments.capture") == Limits(attempts=3, timeout_seconds=60)
    assert found.of("anything") == TWELVE


@pytest.mark.parametrize(
    "wrong",
    [{"renew_seconds": 31}, {"lease_seconds": 0}, {"kinds": {"x": {"tries": 3}}}, {"leases": 1}],
)
def test_rules_that_cannot_hold_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rules(**wrong)
