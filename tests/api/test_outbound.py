"""What Twilio hears when somebody we called picks up, and what we believe of what it tells."""

import asyncio
from xml.etree import ElementTree

import pytest
from sqlmodel import col

from db.models import Audit, CallRow, DialRow
from domain.ids import Prefix, new_id, show
from tests.api.conftest import OPERATE, READ, House
from tests.api.test_twilio_voice import stream
from tests.fakes.gate import driver_of, kitchen_of
from tests.fakes.given import SEEDED_AT
from tests.fakes.riding import LUIS, OMAR
from tests.fakes.shop import ASHA, Shop
from tests.fakes.switchboard import FIRST, LINE, Switchboard

KITCHEN = "+15125550101"


@pytest.fixture
def environment(environment: dict[str, object]) -> dict[str, object]:
    """Half past twelve on a Monday in Texas: kitchens are open. The house's own jobs wait for a broker in vain."""
    return environment | {"clock_start": SEEDED_AT, "amqp_url": "amqp://127.0.0.1:9/"}


@pytest.fixture
def board(house: House) -> Switchboard:
    """A telephone company behind the house that does as it is told."""
    made = Switchboard(Shop(house.runtime.sessions))
    house.runtime.outgoing = made.outgoing
    return made


def told(sid: str = FIRST, status: str = "in-progress", **more: str) -> dict[str, str]:
    return {
        "CallSid": sid,
        "From": LINE,
        "To": ASHA,
        "CallStatus": status,
        "Direction": "outbound-api",
        **more,
    }


async def dialled(board: Switchboard) -> str:
    """A call to Asha rings; the query of its addresses."""
    done = await board.dialler.call(await board.customer())
    assert done.row is not None
    return f"?job={done.row.id}"


async def row(board: Switchboard) -> DialRow:
    return (await board.dials())[-1]


async def calls(board: Switchboard) -> list[CallRow]:
    rows = await board.shop.rows(CallRow, col(CallRow.direction) == "outbound")
    return [each for each in rows if isinstance(each, CallRow)]


def verbs(xml: str) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(xml)]


async def test_whoever_picks_up_is_bridged_with_what_was_fixed_before(
    house: House, board: Switchboard
) -> None:
    query = await dialled(board)
    answer = await house.webhook(f"/twilio/voice{query}", told())
    url, token = stream(answer.text)
    assert url == "wss://phone.tiffin.example/twilio/media"
    assert await house.runtime.live_calls.redeem(token) == FIRST
    (call,) = await calls(board)
    assert (call.phone, call.line, call.agent, call.purpose) == (
        ASHA,
        LINE,
        "customer_support",
        "order_service",
    )
    assert ((await row(board)).status, (await row(board)).call_id) == ("answered", call.id)
    shown = await house.client.get(
        f"/calls/{show(Prefix.CALL, call.id)}", headers={"Authorization": f"Bearer {READ}"}
    )
    assert [shown.json()[name] for name in ("direction", "purpose", "topic")] == [
        "outbound",
        "order_service",
        "substitute",
    ]


async def test_the_same_webhook_at_once_and_again_is_one_call(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    path = f"/twilio/voice{query}"
    answers = await asyncio.gather(*(house.webhook(path, told()) for _ in range(4)))
    assert len({stream(answer.text)[1] for answer in answers}) == 4
    assert len(await calls(board)) == 1


async def test_a_second_leg_is_hung_up_and_counted(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    stream((await house.webhook(f"/twilio/voice{query}", told())).text)
    other = await house.webhook(f"/twilio/voice{query}", told("CAother"))
    assert verbs(other.text) == ["Hangup"]
    assert house.runtime.counts["twilio.second_leg"] == 1
    assert [call.sid for call in await calls(board)] == [FIRST]


@pytest.mark.parametrize("job", ["01a214c8-2366-712f-b082-a40f3e59c599", "1", "x"])
async def test_a_call_of_no_job_of_ours_is_hung_up(house: House, board: Switchboard, job: str) -> None:
    assert verbs((await house.webhook(f"/twilio/voice?job={job}", told())).text) == ["Hangup"]
    assert (await house.webhook(f"/twilio/status?job={job}", told())).status_code == 204
    assert (await house.webhook(f"/twilio/amd?job={job}", told(AnsweredBy="human"))).status_code == 204
    assert await calls(board) == []


async def test_where_all_lines_are_busy_it_is_hung_up_and_the_job_tries_again(
    house: House, board: Switchboard
) -> None:
    query = await dialled(board)
    house.runtime.capacity = 0
    assert verbs((await house.webhook(f"/twilio/voice{query}", told())).text) == ["Hangup"]
    assert await board.outcomes() == ["failed"]
    (call,) = await calls(board)
    assert (call.outcome, call.status) == ("all_busy", "completed")


async def test_whom_we_called_is_not_asked_to_hold_when_the_audio_is_lost(
    house: House, board: Switchboard
) -> None:
    query = await dialled(board)
    await house.webhook(f"/twilio/voice{query}", told())
    again = await house.webhook("/twilio/after?left=me", told())
    stream(again.text)  # goes on while there is room
    house.runtime.capacity = 0
    assert verbs((await house.webhook("/twilio/after?left=me", told())).text) == ["Hangup"]
    house.runtime.capacity = 20
    last = await house.webhook("/twilio/after?left=me", told())
    assert verbs(last.text) == ["Hangup"], "it has gone on often enough, and nothing is promised"


async def test_without_postgresql_it_is_hung_up(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    async with house.runtime.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE dials RENAME TO dials_gone")
    assert verbs((await house.webhook(f"/twilio/voice{query}", told())).text) == ["Hangup"]


async def test_reports_move_the_row_and_free_the_line(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    path = f"/twilio/status{query}"
    await house.webhook(path, told(status="no-answer", SequenceNumber="2"))
    await house.webhook(path, told(status="ringing", SequenceNumber="1"))
    assert ((await row(board)).status, (await row(board)).outcome) == ("over", "no_answer")
    assert (await board.dialler.call(await board.customer())).running


async def test_the_end_of_a_call_ends_its_record_and_its_pipeline(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    await house.webhook(f"/twilio/voice{query}", told())
    (call,) = await calls(board)
    house.runtime.live[call.id] = house.exchange
    await house.webhook(f"/twilio/status{query}", told(status="completed", SequenceNumber="3"))
    assert house.exchange.over.is_set()
    assert (await calls(board))[0].status == "completed"
    assert await board.outcomes() == ["hung_up"]
    assert verbs((await house.webhook(f"/twilio/voice{query}", told())).text) == ["Hangup"]


async def test_a_verdict_is_kept_for_the_conversation(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    for verdict in ("machine_start", "human"):
        answer = await house.webhook(f"/twilio/amd{query}", told(AnsweredBy=verdict))
        assert answer.status_code == 204
    assert (await row(board)).answered_by == "machine_start"


async def test_nothing_unsigned_is_believed(house: House, board: Switchboard) -> None:
    query = await dialled(board)
    for door in ("voice", "status", "amd"):
        form = told(status="completed", AnsweredBy="fax")
        assert (await house.client.post(f"/twilio/{door}{query}", data=form)).status_code == 403
    found = await row(board)
    assert (found.status, found.answered_by, await calls(board)) == ("ringing", None, [])


class TestAWish:
    """POST /agents/{name}/calls"""

    async def post(
        self, house: House, agent: str, key: str = OPERATE, **body: str
    ) -> tuple[int, dict[str, str]]:
        answer = await house.client.post(
            f"/agents/{agent}/calls", json=body, headers={"Authorization": f"Bearer {key}"}
        )
        told = answer.json()
        return answer.status_code, told.get("error", told)

    async def test_an_agent_calls_a_kitchen_and_who_wanted_it_is_kept(
        self, house: House, board: Switchboard
    ) -> None:
        person, _ = await kitchen_of(board.shop)
        to = show(Prefix.RESTAURANT, person.id)
        status, dial = await self.post(house, "restaurant_coordination", to=to, topic="orders")
        found = await row(board)
        assert status == 202
        assert dial == {
            "id": show(Prefix.DIAL, found.id),
            "to": to,
            "topic": "orders",
            "purpose": "partner_operations",
            "line": LINE,
            "status": "ringing",
            "rule": "us.partner_operations.call",
        }
        assert found.job_key.startswith("wish:")
        audits = await board.shop.rows(Audit, col(Audit.action) == "agent.call")
        (kept,) = [audit for audit in audits if isinstance(audit, Audit)]
        assert (kept.actor, kept.subject, kept.data["key"]) == ("key:desk", to, found.job_key)

    async def test_their_line_in_use_is_a_conflict(self, house: House, board: Switchboard) -> None:
        person, _ = await kitchen_of(board.shop)
        body = {"to": show(Prefix.RESTAURANT, person.id), "topic": "orders"}
        await self.post(house, "restaurant_coordination", **body)
        status, error = await self.post(house, "restaurant_coordination", **body)
        assert (status, error["message"]) == (409, f"the line is in use: {body['to']}")
        assert len(board.telephony.calls) == 1

    async def test_what_the_gate_refuses_is_refused_with_its_rule(
        self, house: House, board: Switchboard
    ) -> None:
        omar, _ = await driver_of(board.shop, OMAR)
        status, error = await self.post(
            house, "driver_assignment", to=show(Prefix.DRIVER, omar.id), topic="offer"
        )
        assert (status, error["type"]) == (403, "refused")
        assert error["message"].startswith("us.partner_operations.call: ")

    async def test_what_makes_no_sense_is_said(self, house: House, board: Switchboard) -> None:
        luis, _ = await driver_of(board.shop, LUIS)
        to = show(Prefix.DRIVER, luis.id)
        nobody, no_order = show(Prefix.DRIVER, new_id()), show(Prefix.ORDER, new_id())
        asked: list[tuple[int, str, dict[str, str]]] = [
            (404, "nobody", {"to": to, "topic": "offer"}),
            (404, "driver_assignment", {"to": nobody, "topic": "offer"}),
            (404, "driver_assignment", {"to": to, "topic": "offer", "order": no_order}),
            (409, "driver_assignment", {"to": to, "topic": "late"}),
            (409, "delivery_tracking", {"to": to, "topic": "late"}),
            (422, "driver_assignment", {"to": "ord_1", "topic": "offer"}),
            (422, "driver_assignment", {"to": "drv_1", "topic": "offer"}),
            (422, "driver_assignment", {"to": to, "topic": "weather"}),
        ]
        for status, agent, body in asked:
            assert (await self.post(house, agent, **body))[0] == status, body
        assert await board.dials() == []

    async def test_only_who_may_operate_may_wish(self, house: House, board: Switchboard) -> None:
        luis, _ = await driver_of(board.shop, LUIS)
        status, _ = await self.post(
            house, "driver_assignment", READ, to=show(Prefix.DRIVER, luis.id), topic="offer"
        )
        assert status == 403
