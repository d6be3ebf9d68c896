"""Up the ladder: calls with a pause between them, a text, a person of ours; looked at as often as anybody likes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from clock import SystemClock
from db.engine import Sessions
from db.models import Callback
from domain.dialling import Outcome, Topic, Wanted
from domain.hours import Hours
from domain.ids import Prefix, show
from domain.jobs import Done, Ending, Later
from errors import VendorError, VendorTimeout
from operations import dialling, jobs
from operations.asking_people import ask_a_person
from operations.callbacks import LONGEST_REASON
from tasks.calling import NOBODY, PERSON, TEXTED, reach
from tasks.work import Work
from tests.fakes.gate import answered, kitchen_of
from tests.fakes.hands import tools_for
from tests.fakes.outbox import Box
from tests.fakes.shop import ASHA, Shop
from tests.fakes.switchboard import KEY, Switchboard
from tests.tasks.conftest import SHORT

pytestmark = pytest.mark.db
LOST = VendorTimeout("twilio", "no answer in time")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def board(seeded: Sessions) -> Switchboard:
    """The seeded city at half past twelve on a Monday in Texas."""
    return Switchboard(Shop(seeded))


async def waits(board: Switchboard, wanted: Wanted) -> timedelta:
    """For how long the job is put off."""
    ending = await board.reach(wanted)
    assert isinstance(ending, Later), ending
    return ending.at - board.shop.clock.now()


async def in_vain(board: Switchboard, wanted: Wanted, status: str = "no-answer") -> Ending:
    """A try whose call reaches nobody, and what the job says when it is woken by that."""
    before = len(board.telephony.calls)
    await board.reach(wanted)
    assert len(board.telephony.calls) == before + 1
    await board.tells(status, sid=f"CAperson{before + 1}")
    return await board.reach(wanted)


async def test_a_kitchen_is_called_three_times_then_texted_then_given_to_a_person(board: Switchboard) -> None:
    wanted = await board.kitchen(text="Orders wait for you. Please call us.")
    for pause in (MINUTE, 1.5 * MINUTE):
        ending = await in_vain(board, wanted, "busy")
        assert isinstance(ending, Later)
        assert ending.at - board.shop.clock.now() == pause
        board.shop.clock.advance(pause - SECOND)
        assert await waits(board, wanted) == SECOND
        board.shop.clock.advance(SECOND)
    assert await in_vain(board, wanted) == Done(PERSON)
    assert await board.outcomes() == ["busy", "busy", "no_answer", "sent"]
    (asked,) = await board.callbacks()
    who = show(Prefix.RESTAURANT, wanted.person.id)
    assert asked.reason == f"nobody answers about the order ({who})"
    assert asked.phone == (await kitchen_of(board.shop))[1].phone
    assert await board.reach(wanted) == Done(PERSON), "looked at again, nothing is done twice"
    assert (len(board.telephony.calls), len(board.telephony.texts), len(await board.callbacks())) == (3, 1, 1)


async def test_while_it_rings_or_they_talk_nothing_else_is_done(board: Switchboard) -> None:
    wanted = await board.kitchen()
    for _ in range(3):
        assert await waits(board, wanted) == 3 * MINUTE
    await board.picks_up()
    assert await waits(board, wanted) == 3 * MINUTE
    assert len(board.telephony.calls) == 1


async def test_a_talk_that_left_the_job_as_it_was_is_a_try(board: Switchboard) -> None:
    wanted = await board.kitchen()
    await board.reach(wanted)
    async with board.shop.transaction() as session:
        await dialling.over(session, (await board.dials())[0].id, Outcome.TALKED, board.shop.clock)
    assert await waits(board, wanted) == MINUTE


async def test_a_number_at_which_somebody_else_answers_is_neither_rung_nor_texted_again(
    board: Switchboard,
) -> None:
    wanted = await board.kitchen(text="Orders wait for you. Please call us.")
    await board.reach(wanted)
    async with board.shop.transaction() as session:
        dial = (await board.dials())[0].id
        await dialling.over(session, dial, Outcome.WRONG_PERSON, board.shop.clock)
    assert await board.reach(wanted) == Done(PERSON)
    assert (len(board.telephony.calls), len(board.telephony.texts)) == (1, 0)


async def test_what_is_for_neither_text_nor_person_ends_with_its_calls(board: Switchboard) -> None:
    assert await in_vain(board, await board.kitchen(Topic.REMINDER)) == Done(NOBODY)
    assert await board.callbacks() == []


async def test_a_text_may_be_the_end(board: Switchboard) -> None:
    assert await in_vain(board, await board.customer(Topic.LATE, text="It is late.")) == Done(TEXTED)


async def test_tries_are_counted_from_when_it_came_up(board: Switchboard) -> None:
    person, _ = await kitchen_of(board.shop)
    first = board.to(person, Topic.REMINDER)
    assert await in_vain(board, first) == Done(NOBODY)
    board.shop.clock.advance(MINUTE)
    again = board.to(person, Topic.REMINDER)
    assert await waits(board, again) == 3 * MINUTE
    assert len(board.telephony.calls) == 2


async def test_another_jobs_call_to_them_is_waited_for_and_its_end_wakes_both(board: Switchboard) -> None:
    other = "restaurant.modify:2"
    first, second = await board.kitchen(), await board.kitchen(Topic.CHANGES, other)
    box = Box(board.shop.sessions, real=SystemClock())
    box.clock = board.shop.clock
    for wanted in (first, second):
        await board.job(wanted.key)
    await board.reach(first)
    assert await waits(board, second) == MINUTE
    async with board.shop.transaction() as session:
        job = await jobs.begin(session, *await leased(board, other), "worker", jobs.real_now(), box.rules)
        assert job is not None
        ending = await board.reach(second)
        assert isinstance(ending, Later)
        await jobs.later(session, job, ending, board.shop.clock.now(), jobs.real_now())
    assert await board.due_in(other) == MINUTE
    await board.tells("busy")
    assert (await board.due_in(KEY), await board.due_in(other)) == (timedelta(), timedelta())
    assert len(board.telephony.calls) == 1
    assert await waits(board, second) == 3 * MINUTE


async def leased(board: Switchboard, key: str) -> tuple[UUID, str]:
    """A job is due, and a relay has it."""
    async with board.shop.transaction() as session:
        await jobs.wake(session, key, board.shop.clock.now())
        kinds = [key.partition(":")[0]]
        (taken,) = await jobs.lease(
            session, "relay", board.shop.clock.now(), jobs.real_now(), 1, kinds=kinds, rules=SHORT
        )
    return taken.id, taken.lease


async def test_two_workers_at_once_make_one_call(board: Switchboard) -> None:
    wanted = await board.kitchen()
    endings = await asyncio.gather(*(board.reach(wanted) for _ in range(4)))
    assert all(isinstance(ending, Later) for ending in endings)
    assert len(board.telephony.calls) == 1


class TestAPersonOfOurs:
    async def test_is_asked_again_when_it_comes_up_again(self, board: Switchboard) -> None:
        first = await board.kitchen()
        await ask(board, first)
        board.shop.clock.advance(MINUTE)
        async with board.shop.transaction() as session:
            (row,) = await board.callbacks()
            (await session.get_one(Callback, row.id)).done_at = board.shop.clock.now()
        again = await board.kitchen()
        assert not await ask(board, first)
        assert (await board.callbacks())[0].done_at is not None
        assert await ask(board, again)
        assert [row.done_at for row in await board.callbacks()] == [None]

    async def test_when_they_are_there(self, board: Switchboard) -> None:
        await ask(board, await board.kitchen(), Hours({"tue": ["09:00-17:00"]}, "America/Chicago"))
        (row,) = await board.callbacks()
        assert row.promised_at == datetime(2026, 3, 3, 15, 30, tzinfo=UTC)

    async def test_and_told_who_it_is_however_much_there_is_to_say(self, board: Switchboard) -> None:
        wanted = await board.customer()
        await ask(board, replace(wanted, note="and so on, " * 40))
        (row,) = await board.callbacks()
        order = wanted.person.order_id
        assert order is not None
        assert row.reason.endswith(
            f"({show(Prefix.CUSTOMER, wanted.person.id)}, {show(Prefix.ORDER, order)})"
        )
        assert len(row.reason) <= LONGEST_REASON


async def ask(board: Switchboard, wanted: Wanted, staff: Hours | None = None) -> bool:
    async with board.shop.transaction() as session:
        return await ask_a_person(session, wanted, staff, board.shop.clock.now())


class TestALostAnswer:
    async def test_then_a_webhook_and_the_job_goes_on_with_that_call(self, board: Switchboard) -> None:
        board.telephony.lost, board.telephony.unlisted = LOST, True
        wanted = await board.kitchen()
        assert await waits(board, wanted) == 5 * SECOND
        await board.picks_up()
        assert await waits(board, wanted) == 3 * MINUTE
        assert len(board.telephony.calls) == 1

    async def test_then_the_list_has_it(self, board: Switchboard) -> None:
        board.telephony.lost = LOST
        wanted = await board.kitchen()
        assert await waits(board, wanted) == 5 * SECOND
        assert await waits(board, wanted) == 3 * MINUTE
        assert len(board.telephony.calls) == 1

    async def test_then_nothing_and_it_is_dialled_once_more_after_the_wait(self, board: Switchboard) -> None:
        board.telephony.unplaced = LOST
        wanted = await board.kitchen(Topic.REMINDER)
        assert await waits(board, wanted) == 5 * SECOND
        await board.age(28)
        assert timedelta() < await waits(board, wanted) <= 2 * SECOND
        await board.age(3)
        board.telephony.unplaced = None
        assert await waits(board, wanted) == 3 * MINUTE
        assert await board.outcomes() == ["never_placed", None]
        assert len(board.telephony.calls) == 1

    async def test_and_again_and_that_was_its_try(self, board: Switchboard) -> None:
        board.telephony.unplaced = LOST
        wanted = await board.kitchen(Topic.REMINDER)
        for _ in range(2):
            assert await waits(board, wanted) == 5 * SECOND
            await board.age(31)
        assert await board.reach(wanted) == Done(NOBODY)
        assert await board.outcomes() == ["never_placed", "never_placed"]


async def test_a_call_that_failed_at_once_is_tried_again_after_the_pause(board: Switchboard) -> None:
    board.telephony.fails = VendorError("twilio", "refused (21211)")
    wanted = await board.kitchen()
    assert await waits(board, wanted) == MINUTE
    assert await waits(board, wanted) == MINUTE
    board.shop.clock.advance(MINUTE)
    assert await waits(board, wanted) == 1.5 * MINUTE
    board.shop.clock.advance(1.5 * MINUTE)
    assert await board.reach(wanted) == Done(PERSON)


async def test_the_hours_budget_is_waited_for(board: Switchboard) -> None:
    person = (await board.customer()).person
    for number in range(1, 4):
        await board.reach(board.to(person, Topic.LATE, f"customer.late:{number}"))
        await board.tells("no-answer", sid=f"CAperson{number}")
    assert await waits(board, board.to(person, Topic.AT_DOOR, "customer.door:1")) == 60 * MINUTE
    assert len(board.telephony.calls) == 3


class TestTheGateSaysNo:
    async def test_for_good_and_the_next_rung_is_taken(self, board: Switchboard) -> None:
        wanted = await board.customer(text="A dish has run out.")
        await answered(board.shop, ASHA, wanted.purpose, False, at=board.shop.clock.now())
        assert await board.reach(wanted) == Done(PERSON)
        assert await board.outcomes() == ["refused", "refused"]
        assert (board.telephony.calls, board.telephony.texts) == ([], [])

    async def test_until_a_kitchen_opens_and_its_job_waits_for_that(self, board: Switchboard) -> None:
        wanted = await board.kitchen(text="Please call us.")
        board.shop.clock.advance(timedelta(hours=14))
        for _ in range(2):
            pause = await waits(board, wanted)
            assert timedelta(hours=1) < pause < timedelta(hours=24)
        assert board.telephony.texts == []
        board.shop.clock.advance(pause)
        assert await waits(board, wanted) == 3 * MINUTE

    async def test_and_its_own_refusal_does_not_wake_it(self, board: Switchboard) -> None:
        board.shop.clock.advance(timedelta(hours=14))
        await board.job()
        await board.reach(await board.kitchen())
        assert await board.outcomes() == ["refused"]
        assert await board.due_in() == timedelta(hours=1)

    async def test_at_night_what_cannot_wait_is_texted(self, board: Switchboard) -> None:
        wanted = await board.customer(Topic.LATE, text="It is late.")
        board.shop.clock.advance(timedelta(hours=9))
        assert await board.reach(wanted) == Done(TEXTED)
        assert (board.telephony.calls, len(board.telephony.texts)) == ([], 1)

    async def test_and_nobody_is_called_in_the_morning_about_what_they_have_read(
        self, board: Switchboard
    ) -> None:
        wanted = await board.customer(Topic.LATE, text="It is late.")
        board.shop.clock.advance(timedelta(hours=9))
        await board.reach(wanted)  # and the worker is killed before it has written down that it is done
        board.shop.clock.advance(timedelta(hours=15))
        assert await board.reach(wanted) == Done(TEXTED)
        assert (board.telephony.calls, len(board.telephony.texts)) == ([], 1)

    async def test_and_waits_for_the_morning_where_there_is_no_text(self, board: Switchboard) -> None:
        wanted = await board.customer(Topic.LATE)
        board.shop.clock.advance(timedelta(hours=9))
        assert timedelta(hours=8) < await waits(board, wanted) < timedelta(hours=13)


async def test_a_text_that_may_be_tried_again_fails_the_attempt(board: Switchboard) -> None:
    wanted = await board.customer(Topic.LATE, text="It is late.")
    await board.reach(wanted)
    await board.tells("busy")
    board.telephony.fails = VendorError("twilio", "refused (20429)", retryable=True)
    with pytest.raises(VendorError):
        await board.reach(wanted)
    board.telephony.fails = None
    assert await board.reach(wanted) == Done(TEXTED)
    assert len(board.telephony.texts) == 1


async def test_a_person_does_not_wait_for_a_text_that_may_be_tried_again(board: Switchboard) -> None:
    wanted = await board.kitchen(text="Orders wait for you. Please call us.")
    board.telephony.no_texts = VendorError("twilio", "refused (20429)", retryable=True)
    for pause in (MINUTE, 1.5 * MINUTE):
        await in_vain(board, wanted)
        board.shop.clock.advance(pause)
    with pytest.raises(VendorError):
        await in_vain(board, wanted)
    assert len(await board.callbacks()) == 1
    board.telephony.no_texts = None
    assert await board.reach(wanted) == Done(PERSON)
    assert (len(board.telephony.calls), len(board.telephony.texts), len(await board.callbacks())) == (3, 1, 1)


async def test_without_a_telephone_company_a_person_is_asked(board: Switchboard) -> None:
    tools = tools_for(board.shop.sessions, board.shop.clock, SHORT)
    wanted = await board.kitchen()
    assert await reach(Work("restaurant.announce", KEY, {}, 1, wanted.since, tools), wanted) == Done(PERSON)
    assert len(await board.callbacks()) == 1
