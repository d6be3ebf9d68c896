"""One conversation a job: whatever is lost on the way, nobody is called twice, and no line stays taken for ever."""

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest
from sqlmodel import col

from compliance.reach import Reach
from db.engine import Sessions
from db.models import CallRow
from domain.dialling import Dialled, Outcome, Topic
from domain.ids import new_id
from errors import NotFound, VendorError, VendorTimeout
from operations import dial_legs
from operations.dialling import leg_of, line_for, over, tried, verdict
from tests.fakes.gate import answered
from tests.fakes.shop import ASHA, Shop
from tests.fakes.switchboard import FIRST, KEY, LINE, PUBLIC, Switchboard
from vendors.telephony import PROGRESS

pytestmark = pytest.mark.db
LOST = VendorTimeout("twilio", "no answer in time")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def board(seeded: Sessions) -> Switchboard:
    """The seeded city at half past twelve on a Monday in Texas."""
    return Switchboard(Shop(seeded))


async def test_a_call_is_a_row_first_and_its_id_travels_with_it(board: Switchboard) -> None:
    wanted = await board.kitchen()
    seen: list[str] = []

    async def look() -> None:
        seen.extend(row.status for row in await board.dials())
        assert board.shop.open_transactions == 0

    board.telephony.at_work = look
    done = await board.dialler.call(wanted)
    assert seen == ["asked"]
    assert done.running
    (row,) = await board.dials()
    assert (row.status, row.sid, row.rule) == ("ringing", FIRST, "us.partner_operations.call")
    (asked,) = board.telephony.calls
    address = f"{PUBLIC}/twilio/%s?job={row.id}"
    assert (asked["url"], asked["status"], asked["amd"]) == tuple(
        address % d for d in ("voice", "status", "amd")
    )
    assert (asked["sender"], asked["ring"], asked["events"]) == (LINE, 25, PROGRESS)


async def test_a_whole_call_from_ringing_to_its_end(board: Switchboard) -> None:
    await board.job()
    wanted = await board.customer()
    await board.dialler.call(wanted)
    await board.tells("ringing", sequence=1)
    call_id = await board.picks_up()
    await board.tells("in-progress", sequence=2)
    assert call_id is not None
    (row,) = await board.dials()
    assert (row.status, row.call_id, row.phone) == ("answered", call_id, ASHA)
    (call,) = await board.shop.rows(CallRow, col(CallRow.id) == call_id)
    assert isinstance(call, CallRow)
    assert (call.direction, call.purpose, call.agent) == ("outbound", "order_service", "customer_support")
    assert (call.line, call.phone, call.customer_id) == (LINE, ASHA, wanted.person.id)
    async with board.shop.sessions() as session:
        leg = await leg_of(session, call_id)
        assert await leg_of(session, new_id()) is None
    assert leg is not None
    assert (leg.dial_id, leg.topic, leg.order_id) == (row.id, Topic.SUBSTITUTE, wanted.person.order_id)
    async with board.shop.transaction() as session:
        assert await over(session, row.id, Outcome.TALKED, board.shop.clock)
        assert not await over(session, row.id, Outcome.TALKED, board.shop.clock)
    assert await board.due_in() == timedelta()
    await board.tells("completed", sequence=3)
    assert await board.outcomes() == ["talked"]


class TestALostAnswer:
    async def test_the_webhook_knows_whose_call_it_is(self, board: Switchboard) -> None:
        board.telephony.lost = LOST
        done = await board.dialler.call(await board.kitchen())
        assert done.running
        assert (await board.dials())[0].sid is None
        assert await board.picks_up() is not None
        assert [(row.status, row.sid) for row in await board.dials()] == [("answered", FIRST)]

    async def test_so_does_a_report(self, board: Switchboard) -> None:
        board.telephony.lost = LOST
        await board.dialler.call(await board.kitchen())
        await board.tells("ringing", sequence=1)
        assert [(row.status, row.sid) for row in await board.dials()] == [("ringing", FIRST)]

    async def test_and_the_companys_list(self, board: Switchboard) -> None:
        board.telephony.lost = LOST
        wanted = await board.kitchen()
        await board.dialler.call(wanted)
        live = await board.dialler.live(wanted.person)
        assert live is not None
        assert (live.status, live.sid) == ("ringing", FIRST)

    async def test_a_listed_call_that_has_ended_is_over(self, board: Switchboard) -> None:
        board.telephony.lost = LOST
        board.telephony.states[FIRST] = "busy"
        wanted = await board.kitchen()
        await board.dialler.call(wanted)
        assert await board.dialler.live(wanted.person) is None
        assert await board.outcomes() == ["busy"]

    async def test_another_jobs_call_on_the_list_is_not_taken_for_it(self, board: Switchboard) -> None:
        wanted = await board.kitchen()
        await board.dialler.call(wanted)
        await board.tells("no-answer")
        board.telephony.unplaced = LOST
        await board.dialler.call(wanted)
        live = await board.dialler.live(wanted.person)
        assert live is not None
        assert live.sid is None

    async def test_nothing_is_concluded_before_it_may_have_knocked(self, board: Switchboard) -> None:
        board.telephony.unplaced = LOST
        wanted = await board.kitchen()
        await board.dialler.call(wanted)
        await board.age(25)
        assert await board.dialler.live(wanted.person) is not None
        await board.age(10)
        assert await board.dialler.live(wanted.person) is None
        assert await board.outcomes() == ["never_placed"]

    async def test_nor_while_the_list_cannot_be_had_and_it_may_still_ring(self, board: Switchboard) -> None:
        board.telephony.unplaced, board.telephony.unlisted = LOST, True
        wanted = await board.kitchen()
        await board.dialler.call(wanted)
        await board.age(80)
        assert await board.dialler.live(wanted.person) is not None
        await board.age(20)
        assert await board.dialler.live(wanted.person) is None

    async def test_a_call_that_comes_after_all_is_hung_up(self, board: Switchboard) -> None:
        board.telephony.unplaced = LOST
        wanted = await board.kitchen()
        await board.dialler.call(wanted)
        await board.age(60)
        await board.dialler.live(wanted.person)
        assert await board.picks_up("CAlate") is None
        assert await board.shop.rows(CallRow, col(CallRow.sid) == "CAlate") == []


async def test_killed_before_it_was_asked_the_row_does_not_hold_the_line_for_ever(board: Switchboard) -> None:
    async def die() -> None:
        raise asyncio.CancelledError

    wanted = await board.kitchen()
    board.telephony.at_work = die
    with pytest.raises(asyncio.CancelledError):
        await board.dialler.call(wanted)
    board.telephony.at_work = None
    assert (await board.dialler.call(wanted)).row is None
    await board.age(60)
    assert await board.dialler.live(wanted.person) is None
    assert (await board.dialler.call(wanted)).running
    assert len(board.telephony.calls) == 1


async def test_a_call_whose_end_nobody_told_us_of_is_looked_up(board: Switchboard) -> None:
    wanted = await board.kitchen()
    await board.dialler.call(wanted)
    board.telephony.states[FIRST] = "no-answer"
    assert await board.dialler.live(wanted.person) is not None, "it may still ring"
    await board.age(60)
    assert await board.dialler.live(wanted.person) is None
    assert await board.outcomes() == ["no_answer"]


async def test_a_conversation_that_lasts_is_left_alone(board: Switchboard) -> None:
    wanted = await board.kitchen()
    await board.dialler.call(wanted)
    await board.picks_up()
    board.telephony.states[FIRST] = "in-progress"
    await board.age(600)
    live = await board.dialler.live(wanted.person)
    assert live is not None
    assert live.status == Dialled.ANSWERED


async def test_a_webhook_quicker_than_the_answer_changes_nothing(board: Switchboard) -> None:
    async def knock() -> None:
        await board.picks_up()

    board.telephony.at_work = knock
    done = await board.dialler.call(await board.kitchen())
    assert done.row is not None
    assert (done.row.status, done.row.sid) == ("answered", FIRST)


async def test_a_second_leg_of_one_call_is_hung_up(board: Switchboard) -> None:
    await board.dialler.call(await board.kitchen())
    first = await board.picks_up()
    assert await board.picks_up("CAother") is None
    assert await board.picks_up() == first, "the same webhook again is the same call"
    await board.tells("completed", sid="CAother")
    assert (await board.dials())[0].outcome is None


async def test_a_call_that_is_over_or_unknown_is_not_picked_up(board: Switchboard) -> None:
    await board.dialler.call(await board.kitchen())
    await board.tells("completed")
    assert await board.picks_up() is None
    assert await board.picks_up(dial=new_id()) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("busy", "busy"),
        ("no-answer", "no_answer"),
        ("failed", "failed"),
        ("canceled", "no_answer"),
        ("completed", "hung_up"),
    ],
)
async def test_how_a_call_ends_is_an_outcome_that_wakes_its_job(
    board: Switchboard, status: str, outcome: str
) -> None:
    await board.job()
    await board.dialler.call(await board.kitchen())
    assert await board.due_in() == timedelta(hours=1)
    await board.tells(status, sequence=2)
    assert await board.outcomes() == [outcome]
    assert await board.due_in() == timedelta()


async def test_reports_in_any_order_and_twice_come_to_the_same(board: Switchboard) -> None:
    wanted = await board.kitchen()
    told = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]
    for number, order in enumerate(permutations(told), start=1):
        board.shop.clock.advance(timedelta(hours=2) if number % 12 == 0 else timedelta())
        await board.dialler.call(wanted)
        for status, sequence in (*order, *order):
            await board.tells(status, sequence=sequence, sid=f"CAperson{number}")
        row = (await board.dials())[-1]
        assert (row.status, row.outcome, row.sequence) == ("over", "hung_up", 3)


class TestTheFirstOutcomeStays:
    async def test_but_the_conversation_knows_better_than_a_bare_completed(self, board: Switchboard) -> None:
        await board.dialler.call(await board.kitchen())
        await board.tells("completed")
        async with board.shop.transaction() as session:
            (row,) = await board.dials()
            assert await over(session, row.id, Outcome.VOICEMAIL, board.shop.clock)
            assert not await over(session, row.id, Outcome.TALKED, board.shop.clock)
        assert await board.outcomes() == ["voicemail"]

    async def test_and_no_other_end_is_replaced(self, board: Switchboard) -> None:
        await board.dialler.call(await board.kitchen())
        await board.tells("busy")
        async with board.shop.transaction() as session:
            assert not await over(session, (await board.dials())[0].id, Outcome.TALKED, board.shop.clock)
            assert not await over(session, new_id(), Outcome.TALKED, board.shop.clock)


async def test_the_first_verdict_of_machine_detection_stays(board: Switchboard) -> None:
    board.telephony.lost = LOST
    await board.dialler.call(await board.kitchen())
    (row,) = await board.dials()
    async with board.shop.transaction() as session:
        assert await verdict(session, row.id) is None
        await dial_legs.detected(session, row.id, FIRST, "machine_start")
        await dial_legs.detected(session, row.id, FIRST, "human")
        await dial_legs.detected(session, row.id, "CAother", "fax")
    async with board.shop.sessions() as session:
        assert await verdict(session, row.id) == "machine_start"


async def test_two_at_once_are_one_call(board: Switchboard) -> None:
    wanted = await board.kitchen()
    done = await asyncio.gather(*(board.dialler.call(wanted) for _ in range(5)))
    assert len(board.telephony.calls) == 1
    assert sorted(each.running for each in done) == [False, False, False, False, True]


class TestTheHoursBudget:
    async def test_a_customers_telephone_rings_three_times_an_hour(self, board: Switchboard) -> None:
        wanted = await board.customer()
        start = board.shop.clock.now()
        for number in range(1, 4):
            await board.dialler.call(wanted)
            await board.tells("no-answer", sid=f"CAperson{number}")
            board.shop.clock.advance(MINUTE)
        done = await board.dialler.call(wanted)
        assert (done.row, done.again_at) == (None, start + timedelta(hours=1))
        board.shop.clock.advance(timedelta(minutes=57))
        assert (await board.dialler.call(wanted)).running

    async def test_what_never_rang_is_not_counted(self, board: Switchboard) -> None:
        wanted = await board.customer()
        board.telephony.fails = VendorError("twilio", "refused (21211)")
        for _ in range(4):
            assert (await board.dialler.call(wanted)).failed is not None
        board.telephony.fails = None
        assert (await board.dialler.call(wanted)).running


class TestTheGate:
    async def test_a_no_is_a_row_that_is_over_and_nobody_is_asked(self, board: Switchboard) -> None:
        wanted = await board.customer()
        await answered(board.shop, ASHA, wanted.purpose, False, at=board.shop.clock.now())
        done = await board.dialler.call(wanted)
        assert done.refused
        assert done.again_at is None
        assert [(row.status, row.outcome, row.rule) for row in await board.dials()] == [
            ("over", "refused", "us.consent")
        ]
        assert board.telephony.calls == []

    async def test_a_window_that_opens_later_is_told(self, board: Switchboard) -> None:
        wanted = await board.customer()
        board.shop.clock.advance(timedelta(hours=12))
        done = await board.dialler.call(wanted)
        assert done.refused
        assert done.again_at is not None
        assert done.again_at > board.shop.clock.now()

    async def test_only_test_numbers_are_rung_where_the_telephone_is_real(self, seeded: Sessions) -> None:
        board = Switchboard(Shop(seeded), Reach(test_numbers=frozenset({"+15125550111"})))
        done = await board.dialler.call(await board.kitchen())
        assert done.decision is not None
        assert done.decision.rule == "all.test"
        assert board.telephony.calls == []


class TestAText:
    async def test_it_is_sent_once(self, board: Switchboard) -> None:
        wanted = await board.customer(text="Please call us about your order.")
        assert (await board.dialler.text(wanted)).row is not None
        assert (await board.dialler.text(wanted)).row is None
        assert board.telephony.texts == [(ASHA, "Please call us about your order.", LINE)]
        assert await board.outcomes() == ["sent"]

    async def test_one_whose_answer_was_lost_counts_as_sent(self, board: Switchboard) -> None:
        board.telephony.lost = LOST
        wanted = await board.customer(text="Please call us.")
        await board.dialler.text(wanted)
        board.telephony.lost = None
        await board.dialler.text(wanted)
        assert len(board.telephony.texts) == 1
        async with board.shop.sessions() as session:
            assert (await tried(session, KEY, wanted.since)).texted

    async def test_one_that_was_refused_for_now_is_sent_when_tried_again(self, board: Switchboard) -> None:
        board.telephony.fails = VendorError("twilio", "refused (20429)", retryable=True)
        wanted = await board.customer(text="Please call us.")
        with pytest.raises(VendorError):
            await board.dialler.text(wanted)
        board.telephony.fails = None
        await board.dialler.text(wanted)
        assert len(board.telephony.texts) == 1

    async def test_two_at_once_are_one_text(self, board: Switchboard) -> None:
        wanted = await board.customer(text="Please call us.")
        await asyncio.gather(*(board.dialler.text(wanted) for _ in range(4)))
        assert len(board.telephony.texts) == 1

    async def test_a_text_takes_no_line(self, board: Switchboard) -> None:
        wanted = await board.customer(text="Please call us.")
        await board.dialler.call(wanted)
        await board.dialler.text(wanted)
        assert await board.outcomes() == [None, "sent"]


async def test_a_line_of_their_city_calls_or_one_of_their_market(board: Switchboard) -> None:
    async with board.shop.sessions() as session:
        assert await line_for(session, "US", "Larkfield") == LINE
        assert (await line_for(session, "IN", "Elsewhere")).startswith("+91")
        with pytest.raises(NotFound):
            await line_for(session, "FR", "Paris")
