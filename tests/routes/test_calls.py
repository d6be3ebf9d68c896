"""Reading calls: lists, and one call told from its events."""

import pytest
from httpx import AsyncClient
from sqlmodel import col, select

from db.engine import Sessions
from db.models import AgentTransition, Audit
from domain.ids import Prefix, show
from domain.masking import HIDDEN
from tests.fakes.given import SEEDED_AT
from tests.routes.conftest import ReadRuntime
from tests.routes.rows import add_call, add_state, customer_id, unknown

pytestmark = pytest.mark.db


async def test_live_and_past_calls(reader: AsyncClient, seeded: Sessions) -> None:
    asha = await customer_id(seeded)
    past = show(Prefix.CALL, await add_call(seeded, "CA1", ended=True))
    live = show(Prefix.CALL, await add_call(seeded, "CA2", customer_id=asha))

    async def found(**query: object) -> list[str]:
        answer = await reader.get("/calls", params={key: str(value) for key, value in query.items()})
        return [call["id"] for call in answer.json()["calls"]]

    assert await found() == [live, past]
    assert await found(live=True) == [live]
    assert await found(live=False) == [past]
    assert await found(sid="CA1") == [past]
    assert await found(customer=show(Prefix.CUSTOMER, asha)) == [live]
    assert await found(after=live) == [past]


async def test_a_call_is_told_from_its_events(
    private: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id = await add_call(seeded, "CA3")
    await add_state(seeded, call_id)
    record = runtime.events.recorder(call_id)
    record("turn.agent", text="What can I get you?", interrupted=True)
    record("turn.user", text="two naan")
    record("tool.called", tool="add_to_order", id="t1", arguments={"dish": "dish-1"})
    record("tool.called", tool="search_menu", id="t2", arguments={})
    record("tool.result", tool="add_to_order", id="t1", result={"status": "added"}, ms=12.5)
    record("turn.latency", ms=370, parts=[{"part": "llm_inference", "owner": "x", "ms": 240}])
    record("turn.agent", text="Anything else?")
    await runtime.events.flush()

    call = (await private.get(f"/calls/{show(Prefix.CALL, call_id)}")).json()
    assert [(turn["who"], turn["text"], turn["interrupted"]) for turn in call["transcript"]] == [
        ("agent", "What can I get you?", True),
        ("caller", "two naan", False),
        ("agent", "Anything else?", False),
    ]
    assert [(tool["tool"], tool["ms"], tool["result"]) for tool in call["tools"]] == [
        ("add_to_order", 12.5, {"status": "added"}),
        ("search_menu", None, None),
    ]
    assert [row["data"]["ms"] for row in call["latency"]] == [370]
    assert call["live"] is True
    naan, paneer = call["cart"]["lines"]
    assert naan["text"] == "2 Garlic Naan"
    assert naan["total"]["currency"] == "USD"
    assert paneer["open"] == "spice level"
    assert call["cart"]["items"]["amount"] == naan["total"]["amount"] + paneer["total"]["amount"]
    assert call["cart"]["complete"] is False

    path = f"/calls/{show(Prefix.CALL, call_id)}/events"
    assert [event["seq"] for event in (await private.get(path)).json()["events"]] == [1, 2, 3, 4, 5, 6, 7]
    assert [event["seq"] for event in (await private.get(f"{path}?after=5")).json()["events"]] == [6, 7]


async def test_a_call_without_state_or_words(reader: AsyncClient, seeded: Sessions) -> None:
    call_id = await add_call(seeded, "CA4", ended=True)
    call = (await reader.get(f"/calls/{show(Prefix.CALL, call_id)}")).json()
    assert (call["cart"], call["transcript"], call["tools"], call["order_ids"]) == (None, [], [], [])
    assert (call["live"], call["outcome"]) == (False, "goodbye")


async def test_unknown_and_misread_ids(reader: AsyncClient) -> None:
    assert (await reader.get(f"/calls/{unknown('cal')}")).status_code == 404
    assert (await reader.get(f"/calls/{unknown('cal')}/events")).status_code == 404
    assert (await reader.get(f"/calls/{unknown('ord')}")).status_code == 422
    assert (await reader.get("/calls/cal_zz")).status_code == 422


SECRETS = ("Asha", "Juniper", "5550110", "482913", "peanut", "back door")


@pytest.fixture
async def told(seeded: Sessions, runtime: ReadRuntime) -> str:
    """The id of a call in which somebody's name, address, number, code and allergy came up."""
    call_id = await add_call(seeded, "CA9")
    await add_state(seeded, call_id, note="leave it at the back door")
    record = runtime.events.recorder(call_id)
    record("call.greeted", text="Hi Asha!")
    record("turn.user", text="It's Asha, twelve Juniper Lane")
    record("tool.called", tool="get_customer_profile", id="t1", arguments={"who": "+15125550110"})
    result = {
        "known": True,
        "first_name": "Asha",
        "addresses": [{"address": "address-1", "spoken": "home, 12 Juniper Lane"}],
        "allergies": ["peanut"],
        "status": "found",
        "code": "482913",
    }
    record("tool.result", tool="get_customer_profile", id="t1", result=result, ms=12.5)
    record("caller.pressed", digit="4", meaning="Asha")
    record(
        "turn.latency", ms=370, since="user_stopped", parts=[{"part": "llm", "owner": "anthropic", "ms": 240}]
    )
    async with seeded() as session, session.begin():
        session.add(
            AgentTransition(
                call_id=call_id,
                to_agent="support",
                reason="Asha is angry",
                summary="Asha of 12 Juniper Lane",
                at=SEEDED_AT,
            )
        )
    await runtime.events.flush()
    return show(Prefix.CALL, call_id)


async def audited(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return [row.subject for row in await session.scalars(select(Audit).order_by(col(Audit.id)))]


async def test_without_the_scope_nothing_anybody_said_is_shown(
    reader: AsyncClient, seeded: Sessions, told: str
) -> None:
    for path in (f"/calls/{told}", f"/calls/{told}/events"):
        answer = await reader.get(path)
        assert answer.status_code == 200
        assert [secret for secret in SECRETS if secret in answer.text] == []
    assert await audited(seeded) == []
    call = (await reader.get(f"/calls/{told}")).json()
    assert [(turn["who"], turn["text"]) for turn in call["transcript"]] == [("caller", HIDDEN)]
    (tool,) = call["tools"]
    assert (tool["tool"], tool["ms"], tool["arguments"]) == ("get_customer_profile", 12.5, {"who": HIDDEN})
    assert tool["result"] == {
        "known": True,
        "first_name": HIDDEN,
        "addresses": [{"address": "address-1", "spoken": HIDDEN}],
        "allergies": [HIDDEN],
        "status": "found",
        "code": HIDDEN,
    }
    assert call["latency"][0]["data"]["parts"] == [{"part": "llm", "owner": "anthropic", "ms": 240}]
    assert call["cart"]["lines"][0]["text"] == "2 Garlic Naan"


async def test_with_the_scope_it_is_shown_and_each_reading_written_down(
    private: AsyncClient, seeded: Sessions, told: str
) -> None:
    call = await private.get(f"/calls/{told}")
    assert [secret for secret in SECRETS if secret not in call.text] == []
    facts = await private.get(f"/calls/{told}/events")
    assert "Juniper" in facts.text
    assert await audited(seeded) == [f"GET /calls/{told}", f"GET /calls/{told}/events"]
