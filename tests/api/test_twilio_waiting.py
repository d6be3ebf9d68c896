"""What callers hear when no line is free, and that nobody is dropped: they hold in order, or are called back."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from db.models import Callback, CallRow
from tests.api.conftest import PUBLIC, House
from tests.api.test_twilio_voice import ASHA, call, other_process, stream
from tests.fakes.clock import FixedClock

NOBODY = "+266696687"


class Heard:
    """A document of ours, as the caller experiences it."""

    def __init__(self, xml: str) -> None:
        self.root = ElementTree.fromstring(xml)
        self.xml = xml
        self.words = " ".join(say.text or "" for say in self.root.iter("Say"))
        self.verbs = [verb.tag for verb in self.root]

    @property
    def keyed(self) -> str:
        """Where a key goes."""
        gather = self.root.find("Gather")
        assert gather is not None
        return gather.attrib["action"].removeprefix(PUBLIC)

    @property
    def silent(self) -> str:
        """Where no key goes."""
        return (self.root.findtext("Redirect") or "").removeprefix(PUBLIC)


async def asked(house: House, path: str, **form: str) -> Heard:
    answer = await house.webhook(path, call() | form)
    assert answer.status_code == 200, answer.text
    return Heard(answer.text)


async def callbacks(house: House) -> list[Callback]:
    async with house.runtime.sessions() as session:
        return list(await session.scalars(select(Callback).order_by(col(Callback.created_at))))


async def row(house: House, sid: str = "CA1") -> CallRow:
    async with house.runtime.sessions() as session:
        return (await session.scalars(select(CallRow).where(col(CallRow.sid) == sid))).one()


def full(house: House, at: str = "12:30") -> None:
    """No line is free; it is that time of a day in Larkfield, where somebody is there from 8 to 22."""
    house.runtime.capacity = 0
    local = datetime.fromisoformat(f"2026-11-09 {at}").replace(tzinfo=ZoneInfo("America/Chicago"))
    house.runtime.clock = FixedClock(local.astimezone(UTC))


async def test_a_full_house_says_so_and_lets_the_caller_choose(house: House) -> None:
    house.runtime.capacity = 1
    with house.runtime.hold(UUID(int=1)):
        heard = await asked(house, "/twilio/voice")
        assert heard.words == (
            "Thank you for calling Tiffin. All our lines are busy right now. "
            "To hold, press one. To be called back, press two."
        )
        assert heard.verbs == ["Gather", "Redirect"]
        assert heard.keyed == heard.silent == "/twilio/choice"
        assert house.runtime.counts["twilio.all_busy"] == 1
    stream((await house.webhook("/twilio/voice", call())).text)


async def test_a_house_that_is_closing_sends_no_call_to_itself(house: House) -> None:
    house.runtime.draining = True
    assert "lines are busy" in (await asked(house, "/twilio/voice")).words
    await other_process(house, "wss://two.tiffin.example")
    assert stream((await house.webhook("/twilio/voice", call())).text)[0].startswith("wss://two.")


async def test_two_or_nothing_is_a_call_back_and_it_is_written_down_before_it_is_promised(
    house: House,
) -> None:
    full(house)
    for number, pressed in enumerate(({"Digits": "2"}, {})):
        sid = f"CA{number}"
        await asked(house, "/twilio/voice", CallSid=sid)
        heard = await asked(house, "/twilio/choice", CallSid=sid, **pressed)
        assert heard.words == "A person will call you back within half an hour. Goodbye."
        assert heard.verbs == ["Say", "Hangup"]
        ended = await row(house, sid)
        assert (ended.outcome, ended.status) == ("call_back", "completed")
    booked = await callbacks(house)
    assert [(one.phone, one.reason) for one in booked] == [(ASHA, "all lines were busy")] * 2
    assert booked[0].promised_at - booked[0].created_at == timedelta(minutes=30)


async def test_at_night_the_call_back_is_promised_for_the_morning(house: House) -> None:
    full(house, at="23:45")
    await asked(house, "/twilio/voice")
    heard = await asked(house, "/twilio/choice", Digits="2")
    assert heard.words == "A person will call you back tomorrow at 8:30 am at the latest. Goodbye."
    (booked,) = await callbacks(house)
    assert booked.promised_at - booked.created_at == timedelta(hours=8, minutes=45)


async def test_where_nobody_of_ours_has_hours_a_number_is_passed_on_and_no_call_promised(
    house: House,
) -> None:
    full(house)
    india = {"To": "+911000000100"}
    heard = await asked(house, "/twilio/voice", **india)
    assert heard.words.endswith("To hold, press one. To leave your number with our team, press two.")
    again = await asked(house, "/twilio/choice", Digits="7", **india)
    assert again.words.strip() == "To hold, press one. To leave your number with our team, press two."
    held = await asked(house, "/twilio/choice", Digits="1", **india)
    assert held.words == "You are first in line. To leave your number with our team instead, press two."
    done = await asked(house, "/twilio/choice", Digits="2", **india)
    assert done.words == "I've passed your number on to our team, but I can't promise you a time. Goodbye."
    assert [one.reason for one in await callbacks(house)] == ["all lines were busy"]


async def test_a_choice_sent_twice_is_one_call_back_and_the_same_promise(house: House) -> None:
    full(house)
    await asked(house, "/twilio/voice")
    said = [(await asked(house, "/twilio/choice", Digits="2")).words for _ in range(3)]
    assert len(set(said)) == len(await callbacks(house)) == 1


async def test_another_key_is_asked_again(house: House) -> None:
    full(house)
    await asked(house, "/twilio/voice")
    heard = await asked(house, "/twilio/choice", Digits="7")
    assert heard.words.strip() == "To hold, press one. To be called back, press two."
    assert await callbacks(house) == []


async def test_who_holds_hears_their_position_and_is_served_in_order(house: House) -> None:
    full(house)
    for sid in ("CA1", "CA2"):
        await asked(house, "/twilio/voice", CallSid=sid)
    first = await asked(house, "/twilio/choice", CallSid="CA1", Digits="1")
    second = await asked(house, "/twilio/choice", CallSid="CA2", Digits="1")
    assert first.words == "You are first in line. To be called back instead, press two."
    assert second.words == "You are second in line. To be called back instead, press two."
    again = await asked(house, second.silent, CallSid="CA2")
    assert again.words == "You are still second in line."
    assert (await asked(house, first.silent, CallSid="CA1")).words == ""  # told five seconds ago
    house.runtime.capacity = 1
    still = await asked(house, again.silent, CallSid="CA2")
    assert "Connect" not in still.verbs
    newcomer = await asked(house, "/twilio/voice", CallSid="CA3")
    assert "lines are busy" in newcomer.words
    served = await asked(house, first.silent, CallSid="CA1")
    assert served.words == "Thank you for holding."
    assert await house.runtime.live_calls.redeem(stream(served.xml)[1]) == "CA1"
    assert "You are first in line." in (await asked(house, still.silent, CallSid="CA2")).words


async def test_the_line_moves_up_when_somebody_in_it_hangs_up(house: House) -> None:
    full(house)
    for sid in ("CA1", "CA2"):
        await asked(house, "/twilio/voice", CallSid=sid)
        await asked(house, "/twilio/choice", CallSid=sid, Digits="1")
    await house.webhook("/twilio/status", call(sid="CA1") | {"CallStatus": "completed"})
    assert "first in line" in (await asked(house, "/twilio/hold?asked=1&told=2", CallSid="CA2")).words
    assert (await asked(house, "/twilio/hold?asked=1&told=1", CallSid="CA1")).verbs == ["Hangup"]


async def test_who_holds_may_still_be_called_back_and_leaves_the_line(house: House) -> None:
    full(house)
    for sid in ("CA1", "CA2"):
        await asked(house, "/twilio/voice", CallSid=sid)
        held = await asked(house, "/twilio/choice", CallSid=sid, Digits="1")
    assert held.keyed == "/twilio/choice"
    await asked(house, held.keyed, CallSid="CA1", Digits="2")
    assert "first in line" in (await asked(house, held.silent, CallSid="CA2")).words


async def test_a_withheld_number_can_only_hold_and_is_told_why(house: House) -> None:
    full(house)
    heard = await asked(house, "/twilio/voice", From=NOBODY)
    assert "Your number is withheld, so nobody can call you back." in heard.words
    assert heard.silent == "/twilio/hold"
    held = await asked(house, "/twilio/hold", From=NOBODY)
    assert held.words == "You are first in line."
    assert (await asked(house, "/twilio/choice", From=NOBODY, Digits="2")).silent.startswith("/twilio/hold")
    assert await callbacks(house) == []


async def test_a_place_of_a_caller_who_hung_up_before_the_audio_came_is_free_again(house: House) -> None:
    house.runtime.capacity = 1
    stream((await house.webhook("/twilio/voice", call())).text)
    assert "lines are busy" in (await asked(house, "/twilio/voice", CallSid="CA2")).words
    await house.webhook("/twilio/status", call() | {"CallStatus": "completed"})
    stream((await house.webhook("/twilio/voice", call(sid="CA3"))).text)


async def test_unsigned_requests_stand_in_no_line_and_book_nobody(house: House) -> None:
    full(house)
    await asked(house, "/twilio/voice")
    for path in ("/twilio/hold", "/twilio/choice"):
        assert (await house.client.post(path, data=call() | {"Digits": "2"})).status_code == 403
    assert await callbacks(house) == []
    assert (await house.runtime.presence.room()).waiting == 0


async def test_a_call_nobody_knows_is_hung_up(house: House) -> None:
    for path in ("/twilio/hold", "/twilio/choice"):
        assert (await asked(house, path, CallSid="CA9")).verbs == ["Hangup"]
    assert (await house.runtime.presence.room()).waiting == 0


async def test_without_postgresql_nothing_is_promised(house: House) -> None:
    full(house)
    await asked(house, "/twilio/voice")
    async with house.runtime.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE callbacks RENAME TO callbacks_gone")
    heard = await asked(house, "/twilio/choice", Digits="2")
    assert heard.words == "I'm sorry, we have a technical problem. Please call again in a few minutes."


async def test_where_the_audio_came_from_is_told_when_it_ends(house: House) -> None:
    """For a <Connect> that ends by itself and for one that never began."""
    heard = Heard((await house.webhook("/twilio/voice", call())).text)
    connect = heard.root.find("Connect")
    assert connect is not None
    assert connect.attrib["action"] == heard.root.findtext("Redirect")
    assert re.fullmatch(rf"{PUBLIC}/twilio/after\?left={house.runtime.presence.id}", connect.attrib["action"])
