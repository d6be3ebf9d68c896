"""A call-back is promised for when somebody of ours is there and may call, and no reason for it is lost."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import Callback, CallRow
from domain.hours import DAYS, Hours
from operations import callbacks
from operations.callbacks import EARLIEST, LATEST, LONGEST_REASON, WITHIN, Promise, added, due
from tests.fakes.call import STAFF
from tests.fakes.shop import Shop

TEXAS = ZoneInfo("America/Chicago")
DAYTIME, ROUND_THE_CLOCK = STAFF, Hours({day: ["00:00-23:59"] for day in DAYS}, "America/Chicago")
WEEKDAYS = Hours({day: ["09:00-17:00"] for day in DAYS[:5]}, "America/Chicago")


def at(text: str) -> datetime:
    """A moment in Texas."""
    return datetime.fromisoformat(text).replace(tzinfo=TEXAS).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "staff", "promised"),
    [
        ("2026-11-09 12:30", DAYTIME, "2026-11-09 13:00"),
        ("2026-11-09 02:00", DAYTIME, "2026-11-09 08:30"),
        ("2026-11-09 23:30", DAYTIME, "2026-11-10 08:30"),
        # somebody is there until ten, and may call until nine
        ("2026-11-09 20:30", DAYTIME, "2026-11-09 21:00"),
        ("2026-11-09 20:45", DAYTIME, "2026-11-10 08:15"),
        ("2026-11-09 21:30", DAYTIME, "2026-11-10 08:30"),
        # somebody is always there, and may call from eight
        ("2026-11-09 03:00", ROUND_THE_CLOCK, "2026-11-09 08:30"),
        # Friday evening, until Monday
        ("2026-11-13 16:50", WEEKDAYS, "2026-11-16 09:20"),
        # the clocks go back in the night to 1 November 2026, and forward in the one to 8 March
        ("2026-10-31 22:00", DAYTIME, "2026-11-01 08:30"),
        ("2026-03-07 22:00", DAYTIME, "2026-03-08 08:30"),
    ],
)
def test_the_next_half_hour_in_which_somebody_is_there_and_may_call(
    now: str, staff: Hours, promised: str
) -> None:
    assert due(at(now), staff) == at(promised)


@pytest.mark.parametrize("week", [{}, {"mon": ["22:00-23:00"]}, {"mon": ["12:00-12:10"]}])
def test_without_such_a_half_hour_within_a_week_there_is_none(week: dict[str, list[str]]) -> None:
    assert due(at("2026-11-10 12:00"), Hours(week, "America/Chicago")) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.dictionaries(
        st.sampled_from(DAYS),
        st.sampled_from([["08:00-22:00"], ["06:00-09:00", "20:00-02:00"], ["22:00-05:00"], ["12:00-12:20"]]),
    ),
)
def test_whatever_the_hours_a_promise_is_to_come_and_within_them(
    moment: datetime, week: dict[str, list[str]]
) -> None:
    now, staff = moment.replace(tzinfo=UTC), Hours(week, "America/Chicago")
    promised = due(now, staff)
    if promised is None:
        return
    assert promised >= now + WITHIN
    just_before = promised - timedelta(seconds=1)
    assert staff.open_at(just_before)
    assert EARLIEST <= just_before.astimezone(TEXAS).time() < LATEST


@pytest.mark.parametrize(
    ("promised", "said"),
    [
        ("2026-11-09 13:00", "within half an hour"),
        ("2026-11-09 15:00", "today at 3 pm at the latest"),
        ("2026-11-10 08:15", "tomorrow at 8:15 am at the latest"),
        ("2026-11-13 08:30", "Friday at 8:30 am at the latest"),
    ],
)
def test_the_day_is_said_where_it_is_not_soon(promised: str, said: str) -> None:
    when = Promise(at(promised), True, "America/Chicago").when(at("2026-11-09 12:30"))
    assert when == said


def test_it_can_be_said_in_hindi_and_nothing_is_said_without_a_time() -> None:
    when = Promise(at("2026-11-10 08:00"), True, "America/Chicago").when(at("2026-11-09 12:30"))
    assert when is not None
    assert when.hi == "कल सुबह आठ बजे तक"
    assert Promise(None, True).when(at("2026-11-09 12:30")) is None


class TestReasons:
    """Every reason there is."""

    def test_each_is_kept_once(self) -> None:
        known = "the caller asked for a person"
        both = added(known, "three wrong codes at the door")
        assert both == "the caller asked for a person; three wrong codes at the door"
        assert added(both, known) == added(both, "three wrong codes at the door") == both

    @given(st.lists(st.text("abcdef ,.", min_size=1, max_size=300), min_size=1, max_size=8))
    def test_they_fit_the_row_and_none_is_lost(self, reasons: list[str]) -> None:
        kept = reasons[0][:LONGEST_REASON]
        for reason in reasons[1:]:
            kept = added(kept, reason)
            assert len(kept) <= LONGEST_REASON
            short = reason[:4]
            assert any(part.startswith(short[: len(part.rstrip("…"))]) for part in kept.split("; "))

    def test_a_long_one_gives_way_to_a_short_and_serious_one(self) -> None:
        chat = "They would like to know whether " + "and whether " * 12
        kept = added(chat[:LONGEST_REASON], "a driver with food is stuck")
        assert kept.endswith("; a driver with food is stuck")
        assert added(kept, chat[:LONGEST_REASON]) == kept


@pytest.mark.db
class TestRows:
    """One row a call."""

    async def book(self, shop: Shop, reason: str, staff: Hours | None = DAYTIME) -> Promise:
        async with shop.transaction() as session:
            return await callbacks.book(session, self.state, "+15125550110", reason, shop.clock, staff)

    @pytest.fixture(autouse=True)
    async def call(self, shop: Shop) -> None:
        self.state = await shop.caller()

    async def rows(self, shop: Shop) -> list[Callback]:
        return [row for row in await shop.rows(Callback) if isinstance(row, Callback)]

    async def test_a_second_reason_is_added_and_the_first_promise_kept(self, shop: Shop) -> None:
        first = await self.book(shop, "the caller asked for a person")
        shop.clock.advance(timedelta(minutes=10))
        second = await self.book(shop, "three wrong codes at the door")
        assert (first.new, second.new, second.at) == (True, False, first.at)
        (row,) = await self.rows(shop)
        assert row.reason == "the caller asked for a person; three wrong codes at the door"
        assert row.promised_at == first.at == shop.clock.now() + timedelta(minutes=20)

    @pytest.mark.parametrize("end", ["past", "done"])
    async def test_a_promise_that_is_past_or_kept_is_made_anew(self, shop: Shop, end: str) -> None:
        await self.book(shop, "the caller asked for a person")
        shop.clock.advance(timedelta(minutes=31 if end == "past" else 5))
        if end == "done":
            async with shop.transaction() as session:
                (row,) = await self.rows(shop)
                (await session.get_one(Callback, row.id)).done_at = shop.clock.now()
        again = await self.book(shop, "nobody has called")
        assert again.at == shop.clock.now() + WITHIN
        (row,) = await self.rows(shop)
        assert (row.promised_at, row.done_at) == (again.at, None)

    async def test_where_nobody_is_staffed_it_is_kept_and_no_time_is_named(self, shop: Shop) -> None:
        for _ in range(2):
            promise = await self.book(shop, "the caller asked for a person", None)
            assert (promise.at, promise.when(shop.clock.now())) == (None, None)
        (row,) = await self.rows(shop)
        assert (row.reason, row.promised_at) == ("the caller asked for a person", shop.clock.now())

    async def test_at_the_door_the_same_holds_and_a_withheld_number_is_not_called(self, shop: Shop) -> None:
        async with shop.transaction() as session:
            call = await session.get_one(CallRow, self.state.call_id)
            promise = await callbacks.book_at_the_door(session, call, "all lines were busy", shop.clock, None)
            assert promise == Promise(None, True)
            call.phone = None
            found = await callbacks.book_at_the_door(session, call, "all lines busy", shop.clock, DAYTIME)
            assert found is None
