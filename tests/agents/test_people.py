"""Putting through, second by second: the queue, the person's telephone, and what the caller is told."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from agents import grammar
from agents.people import LOOK_SECONDS, RING_SECONDS, TELL_SECONDS, WAIT_SECONDS
from compliance.may_text import Outgoing, Reach
from db.models import Callback, Number, Transfer
from domain.hours import Hours
from errors import VendorError, VendorTimeout
from operations.transfers import Status
from tests.fakes.call import run
from tests.fakes.shop import ASHA, BEN, MARIA, Shop
from tests.fakes.telephony import FakeTelephony
from tests.fakes.waiting import PERSON, PUBLIC, Wanting, reports, takes, transfer
from tools.caller import ask_for_person

pytestmark = pytest.mark.db


async def test_the_persons_telephone_rings_with_a_briefing_and_no_card(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    assert await one.asks("their card 4242 4242 4242 4242 was charged twice") == 1
    (call,) = telephony.calls
    assert (call["to"], call["sender"], call["ring"]) == (PERSON, one.talk.state.line, RING_SECONDS)
    assert str(call["url"]).startswith(f"{PUBLIC}/twilio/person?transfer=")
    row = await transfer(shop, one)
    assert (row.status, row.sid) == ("ringing", "CAperson1")
    assert "wants a person: their card [card number] was charged twice. " in row.briefing
    assert "4242" not in row.briefing + row.reason


async def test_taken_the_caller_goes_over_and_nothing_is_promised(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    await one.asks()
    await takes(shop, one)
    await one.pass_(LOOK_SECONDS)
    ((sid, url),) = telephony.redirected
    assert sid == f"CA{one.talk.state.call_id.hex}"
    assert url.startswith(f"{PUBLIC}/twilio/person/join?transfer=")
    assert url.endswith("&spoken=en")
    assert (one.gone, one.through.waiting, telephony.hung_up) == ([True], False, [])
    assert await shop.rows(Callback) == []


@pytest.mark.parametrize(("report", "status"), [("no-answer", "missed"), ("completed", "declined")])
async def test_not_taken_the_caller_is_told_and_called_back(
    wanting: Wanting, shop: Shop, report: str, status: str
) -> None:
    one = await wanting()
    await one.asks()
    await reports(shop, one, report)
    await one.pass_(LOOK_SECONDS)
    (booked,) = await shop.rows(Callback)
    assert isinstance(booked, Callback)
    assert booked.phone == ASHA
    assert one.said == [
        "I'm sorry, nobody can take the call just now. A person will call you back within half an hour. Anything else?"
    ]
    assert one.talk.line.owed == one.said
    assert one.talk.recorded("person.missed") == [{"status": status}]
    assert await one.asks() is None  # the call-back stands; nobody is rung again


async def test_without_a_report_it_rings_no_longer_than_it_should(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    telephony.fails = VendorTimeout("twilio", "no answer in time")  # it may ring all the same
    await one.asks()
    assert (await transfer(shop, one)).status == "ringing"
    await one.pass_(RING_SECONDS + 6)
    assert (await transfer(shop, one)).status == "missed"
    assert "call you back" in one.said[-1]


async def test_a_telephone_that_cannot_be_rung_is_a_call_back_at_once(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    telephony.fails = VendorError("twilio", "refused (21211)")
    one = await wanting()
    await one.asks()
    await one.pass_(LOOK_SECONDS)
    assert "call you back" in one.said[-1]
    assert len(await shop.rows(Callback)) == 1


async def test_a_withheld_number_is_put_through_but_not_called_back(wanting: Wanting, shop: Shop) -> None:
    one = await wanting(None)
    assert await one.asks() == 1
    await reports(shop, one, "busy")
    await one.pass_(LOOK_SECONDS)
    assert "your number is withheld, nobody can call you back" in one.said[-1]
    assert await shop.rows(Callback) == []


async def test_callers_queue_and_are_told_their_place(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    first, second, third = [await wanting(number) for number in (ASHA, BEN, MARIA)]
    places = []
    for one in (first, second, third):
        places.append(await one.asks())
        shop.clock.advance(timedelta(seconds=1))
    assert places == [1, 2, 3]
    assert len(telephony.calls) == 1
    await third.pass_(TELL_SECONDS + LOOK_SECONDS)
    assert third.said == [
        "I'm still trying to reach a person; you are third in the queue. Say never mind to stop."
    ]
    second.through.leave()
    await second.talk.settle()
    await reports(shop, first, "no-answer")
    await first.pass_(LOOK_SECONDS)
    await third.pass_(LOOK_SECONDS)
    assert len(telephony.calls) == 2
    assert (await transfer(shop, third)).status == "ringing"


async def test_while_the_person_talks_the_next_one_waits_and_in_the_end_is_called_back(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    first, second = await wanting(ASHA), await wanting(BEN)
    await first.asks()
    await takes(shop, first)
    await first.pass_(LOOK_SECONDS)
    assert await second.asks() == 2
    await second.pass_(WAIT_SECONDS + 1)
    assert len(telephony.calls) == 1
    assert (await transfer(shop, second)).status == "missed"
    assert "call you back" in second.said[-1]


async def test_never_mind_takes_them_out_of_the_queue_and_the_telephone_stops_ringing(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    assert grammar.own_words(one.talk.call, "Never mind.") is None  # nobody is waited for
    await one.asks()
    assert grammar.own_words(one.talk.call, "Oh, never mind.") == (
        "Okay, I've stopped that. What else can I do for you?",
        True,
    )
    await one.talk.settle()
    assert ((await transfer(shop, one)).status, telephony.hung_up) == ("left", ["CAperson1"])
    assert await one.asks() == 1  # and back again, if they like
    assert len(telephony.calls) == 2


async def test_who_hangs_up_just_when_it_was_taken_leaves_nobody_in_an_empty_room(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    await one.asks()
    await takes(shop, one)
    await one.through.close()
    assert telephony.hung_up == ["CAperson1"]
    assert (await transfer(shop, one)).ended_at is not None


async def test_a_line_that_cannot_be_moved_keeps_the_caller_and_frees_the_person(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    await one.asks()
    await takes(shop, one)
    telephony.fails = VendorError("twilio", "refused (20404)")
    await one.pass_(LOOK_SECONDS)
    assert one.gone == [True, False]
    assert telephony.hung_up == ["CAperson1"]
    assert "call you back" in one.said[-1]


async def test_two_who_were_joined_are_not_parted_when_our_side_of_the_call_ends(
    wanting: Wanting, shop: Shop, telephony: FakeTelephony
) -> None:
    one = await wanting()
    await one.asks()
    await takes(shop, one)
    await one.pass_(LOOK_SECONDS)
    await one.through.close()
    assert telephony.hung_up == []
    row = await transfer(shop, one)
    assert (row.status, row.ended_at) == ("accepted", None)


class TestNobodyThere:
    """A call-back, as ever."""

    async def test_outside_the_hours(self, wanting: Wanting) -> None:
        one = await wanting(hours=Hours({"wed": ["09:00-17:00"]}, "America/Chicago"))  # it is Monday
        done = await run(one.talk.call, ask_for_person, reason="a cold naan")
        assert (done["status"], one.through.waiting) == ("callback", False)
        said = "A person will call you back Wednesday at 9:30 am at the latest. Anything else?"
        assert done["say"] == said

    async def test_where_the_person_may_not_be_dialled(
        self, wanting: Wanting, telephony: FakeTelephony
    ) -> None:
        one = await wanting(outgoing=Outgoing(telephony, Reach()))
        done = await run(one.talk.call, ask_for_person, reason="a cold naan")
        assert (done["status"], telephony.calls) == ("callback", [])

    async def test_on_a_line_without_a_person(self, wanting: Wanting, shop: Shop) -> None:
        one = await wanting()
        async with shop.transaction() as session:
            for row in await session.scalars(select(Number)):
                row.person_number = None
        done = await run(one.talk.call, ask_for_person, reason="a cold naan")
        assert done["status"] == "callback"


class TestAsked:
    """By the model, by fixed words or by both: one way to one person."""

    async def test_the_tool_says_their_place(self, wanting: Wanting) -> None:
        one = await wanting()
        done = await run(one.talk.call, ask_for_person, reason="a cold naan")
        assert (done["status"], done["say"]) == (
            "connecting",
            "I'm putting you through to a person; you are first in the queue.",
        )

    async def test_said_and_then_asked_for_by_the_model_it_rings_once(
        self, wanting: Wanting, shop: Shop, telephony: FakeTelephony
    ) -> None:
        one = await wanting()
        grammar.hear(one.talk.call, "A person, please.")
        await asyncio.gather(one.talk.settle(), run(one.talk.call, ask_for_person, reason="a person"))
        await one.paused()
        assert len(telephony.calls) == 1
        assert len(await shop.rows(Transfer)) == 1
        assert await shop.rows(Callback) == []

    async def test_after_a_never_mind_the_tool_asks_anew(self, wanting: Wanting, shop: Shop) -> None:
        one = await wanting()
        await run(one.talk.call, ask_for_person, reason="a cold naan")
        assert one.through.leave()
        await one.talk.settle()
        done = await run(one.talk.call, ask_for_person, reason="a cold naan")
        assert done["status"] == "connecting"
        assert (await transfer(shop, one)).status in (Status.WAITING, Status.RINGING)
