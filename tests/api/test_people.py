"""The doors for our own people: signed, with a token of their own, and only for a caller who still waits."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from db.models import CallRow, Transfer
from domain.ids import new_id
from operations import transfers
from tests.api.conftest import House

BRIEFING = "Tiffin, a caller wants a person: a cold naan."
CALLER, PERSON = "CAcaller", "CAperson"


@pytest.fixture
async def waiting(house: House) -> Transfer:
    """A caller for whom a person's telephone rings."""
    return await ringing(house)


async def ringing(house: House, status: str = "ringing") -> Transfer:
    now = house.runtime.clock.now()
    async with house.runtime.sessions() as session, session.begin():
        row = CallRow(
            id=new_id(), sid=CALLER, channel="twilio", market="US", line="+15125550100", started_at=now,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        transfer = Transfer(
            call_id=row.id,
            market="US",
            person_number="+15125550190",
            reason="a cold naan",
            briefing=BRIEFING,
            status=status,
            sid=PERSON,
            created_at=now,
        )
        session.add(transfer)
    return transfer


def path(transfer: Transfer, what: str = "", token: str | None = None) -> str:
    given = transfers.token(transfer.id) if token is None else token
    return f"/twilio/person{what}?transfer={transfer.id.hex}&token={given}"


def form(sid: str = PERSON, **more: str) -> dict[str, str]:
    return {"CallSid": sid, "CallStatus": "in-progress", **more}


async def now(house: House, transfer: Transfer) -> Transfer:
    async with house.runtime.sessions() as session:
        return await session.get_one(Transfer, transfer.id)


def verbs(text: str) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(text)]


def room(text: str) -> str | None:
    return ElementTree.fromstring(text).findtext("Dial/Conference")


@pytest.mark.parametrize("what", ["", "/answer", "/join", "/status"])
async def test_nobody_comes_in_without_a_signature(house: House, waiting: Transfer, what: str) -> None:
    answer = await house.client.post(path(waiting, what), data=form(Digits="1"))
    assert answer.status_code == 403
    assert (await now(house, waiting)).status == "ringing"


@pytest.mark.parametrize("what", ["", "/answer", "/join", "/status"])
async def test_nor_with_another_transfers_token(house: House, waiting: Transfer, what: str) -> None:
    for token in (transfers.token(new_id()), "", "x"):
        answer = await house.webhook(path(waiting, what, token), form(Digits="1", CallStatus="completed"))
        assert answer.status_code in (403, 422)
    assert (await now(house, waiting)).status == "ringing"


async def test_a_transfer_that_is_none_is_refused(house: House) -> None:
    stranger = new_id()
    for transfer, token in ((stranger.hex, transfers.token(stranger)), ("nonsense", "x")):
        answer = await house.webhook(f"/twilio/person?transfer={transfer}&token={token}", form())
        assert answer.status_code == 403


async def test_the_person_hears_the_briefing_and_is_asked_for_a_key(house: House, waiting: Transfer) -> None:
    answer = await house.webhook(path(waiting), form())
    gather = ElementTree.fromstring(answer.text).find("Gather")
    assert gather is not None
    said = gather.findtext("Say") or ""
    assert said.startswith(BRIEFING)
    assert said.endswith("Press 1 to take the call, or 2 to decline.")
    action = urlsplit(gather.attrib["action"])
    assert (action.path, parse_qs(action.query)["transfer"]) == ("/twilio/person/answer", [waiting.id.hex])
    assert verbs(answer.text)[-1] == "Hangup"  # an answering machine presses nothing
    assert isinstance((await now(house, waiting)).answered_at, datetime)


async def test_one_takes_the_call_and_both_meet_in_one_room(house: House, waiting: Transfer) -> None:
    taken = await house.webhook(path(waiting, "/answer"), form(Digits="1"))
    again = await house.webhook(path(waiting, "/answer"), form(Digits="1"))
    joined = await house.webhook(path(waiting, "/join"), form(CALLER))
    assert {room(answer.text) for answer in (taken, again, joined)} == {f"transfer-{waiting.id.hex}"}
    conference = ElementTree.fromstring(joined.text).find("Dial/Conference")
    assert conference is not None
    assert conference.attrib["endConferenceOnExit"] == "true"
    assert (await now(house, waiting)).status == "accepted"


@pytest.mark.parametrize(
    ("query", "said", "language"),
    [
        ("", "You are being connected now.", "en-US"),
        ("&spoken=en", "You are being connected now.", "en-US"),
        ("&spoken=hi", "अब आपको जोड़ा जा रहा है।", "hi-IN"),
    ],
)
async def test_the_caller_is_told_in_their_language_that_they_are_connected(
    house: House, waiting: Transfer, query: str, said: str, language: str
) -> None:
    await house.webhook(path(waiting, "/answer"), form(Digits="1"))
    joined = await house.webhook(f"{path(waiting, '/join')}{query}", form(CALLER))
    say = ElementTree.fromstring(joined.text).find("Say")
    assert say is not None
    assert (say.text, say.attrib["language"]) == (said, language)


@pytest.mark.parametrize("key", ["2", "9", ""])
async def test_any_other_key_declines(house: House, waiting: Transfer, key: str) -> None:
    answer = await house.webhook(path(waiting, "/answer"), form(Digits=key))
    assert (room(answer.text), verbs(answer.text)) == (None, ["Say", "Hangup"])
    assert (await now(house, waiting)).status == "declined"


@pytest.mark.parametrize("status", ["left", "missed", "declined"])
async def test_who_picks_up_too_late_is_told_so(house: House, status: str) -> None:
    gone = await ringing(house, status)
    for what, more in (("", {}), ("/answer", {"Digits": "1"})):
        answer = await house.webhook(path(gone, what), form(**more))
        assert "not waiting any more" in answer.text
        assert room(answer.text) is None
    assert (await now(house, gone)).status == status


async def test_only_the_callers_own_line_is_joined_and_only_once_somebody_took_it(
    house: House, waiting: Transfer
) -> None:
    assert (await house.webhook(path(waiting, "/join"), form(CALLER))).status_code == 403
    await house.webhook(path(waiting, "/answer"), form(Digits="1"))
    assert (await house.webhook(path(waiting, "/join"), form("CAstranger"))).status_code == 403
    assert (await house.webhook(path(waiting, "/join"), form(CALLER))).status_code == 200


@pytest.mark.parametrize(
    ("report", "status"),
    [("no-answer", "missed"), ("busy", "missed"), ("failed", "missed"), ("completed", "declined")],
)
async def test_how_the_call_to_the_person_ended_is_written_down(
    house: House, waiting: Transfer, report: str, status: str
) -> None:
    answer = await house.webhook(path(waiting, "/status"), form(CallStatus=report))
    assert answer.status_code == 204
    row = await now(house, waiting)
    assert row.status == status
    assert row.ended_at is not None


async def test_after_the_talk_it_stays_taken_and_is_over(house: House, waiting: Transfer) -> None:
    await house.webhook(path(waiting, "/answer"), form(Digits="1"))
    await house.webhook(path(waiting, "/status"), form(CallStatus="completed"))
    row = await now(house, waiting)
    assert row.status == "accepted"
    assert row.ended_at is not None
