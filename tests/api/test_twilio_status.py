"""Status reports: in any order, more than once, and never believed without a signature."""

import itertools

from sqlalchemy import select

from db.models import CallRow
from tests.api.conftest import House
from tests.api.test_twilio_voice import call


async def row(house: House) -> CallRow:
    async with house.runtime.sessions() as session:
        return (await session.scalars(select(CallRow))).one()


def report(status: str, sequence: int) -> dict[str, str]:
    return call() | {
        "CallStatus": status,
        "SequenceNumber": str(sequence),
        "CallbackSource": "call-progress-events",
    }


async def test_the_end_of_a_call_is_written_down_once(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    assert (await house.webhook("/twilio/status", report("completed", 3))).status_code == 204
    first = await row(house)
    assert first.status == "completed"
    assert first.ended_at is not None
    assert (await house.webhook("/twilio/status", report("completed", 3))).status_code == 204
    assert (await row(house)).ended_at == first.ended_at


async def test_the_order_of_arrival_does_not_matter(house: House) -> None:
    orders = list(itertools.permutations(["ringing", "in-progress", "completed"]))
    for number, order in enumerate(orders):
        one = {"CallSid": f"CA{number}", "From": ""}
        await house.webhook("/twilio/voice", call() | one)
        for status in order:
            await house.webhook("/twilio/status", report(status, 0) | one)
    async with house.runtime.sessions() as session:
        assert [row.status for row in await session.scalars(select(CallRow))] == ["completed"] * len(orders)


async def test_a_second_end_does_not_replace_the_first(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    await house.webhook("/twilio/status", report("no-answer", 2))
    await house.webhook("/twilio/status", report("completed", 3))
    assert (await row(house)).status == "no-answer"


async def test_an_unknown_call_or_status_changes_nothing(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    assert (await house.webhook("/twilio/status", report("melted", 1))).status_code == 204
    assert (
        await house.webhook("/twilio/status", report("completed", 1) | {"CallSid": "CA9"})
    ).status_code == 204
    assert (await row(house)).status == "ringing"


async def test_an_unsigned_report_ends_nothing(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    assert (await house.client.post("/twilio/status", data=report("completed", 1))).status_code == 403
    assert (await row(house)).ended_at is None


async def test_the_end_stops_a_pipeline_that_has_not_noticed(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    house.runtime.live[(await row(house)).id] = house.exchange
    await house.webhook("/twilio/status", report("completed", 1))
    assert house.exchange.over.is_set()
