"""Reading the cast: who may use what, and how it goes."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from agents import AGENTS
from db.engine import Sessions
from db.models import AgentTransition
from tests.fakes.given import SEEDED_AT
from tests.routes.rows import add_call

pytestmark = pytest.mark.db


async def test_the_whole_cast_is_listed_with_who_may_use_what(reader: AsyncClient) -> None:
    told = (await reader.get("/agents")).json()
    assert [agent["name"] for agent in told["agents"]] == list(AGENTS)
    assert told["tools"]["end_call"] == list(AGENTS)
    assert "customer_order" in told["tools"]["place_order"]
    for agent in told["agents"]:
        assert all(agent["name"] in told["tools"][tool] for tool in agent["tools"])


async def test_one_agent_is_shown_with_its_prompt_and_tools(reader: AsyncClient) -> None:
    told = (await reader.get("/agents/customer_order")).json()
    assert told["prompt"] == AGENTS["customer_order"].prompt
    tools = {tool["name"]: tool for tool in told["registry"]}
    assert (tools["place_order"]["has_effect"], tools["search_menu"]["has_effect"]) == (True, False)
    assert tools["add_to_order"]["parameters"]["quantity"]["maximum"] == 20


async def test_an_unknown_agent_is_not_found_and_the_known_ones_are_named(reader: AsyncClient) -> None:
    answer = await reader.get("/agents/nobody")
    assert answer.status_code == 404
    assert "customer_order" in answer.text


async def test_figures_count_calls_handoffs_and_their_median(reader: AsyncClient, seeded: Sessions) -> None:
    ended = await add_call(seeded, "CA1", ended=True, agent="customer_support")
    await add_call(seeded, "CA2", agent="customer_support")
    old = SEEDED_AT - timedelta(days=3)
    async with seeded() as session, session.begin():
        for latency, at in (
            (100.0, SEEDED_AT),
            (200.0, SEEDED_AT),
            (900.0, SEEDED_AT),
            (None, SEEDED_AT),
            (1.0, old),
        ):
            session.add(
                AgentTransition(
                    call_id=ended,
                    from_agent="customer_order",
                    to_agent="customer_support",
                    reason="cold food",
                    latency_ms=latency,
                    at=at,
                )
            )
    told = {agent["name"]: agent["figures"] for agent in (await reader.get("/agents")).json()["agents"]}
    assert told["customer_order"]["handed_out"] == {"customer_support": 4}
    support = told["customer_support"]
    assert support["handed_in"] == {"customer_order": 4}
    assert (support["handoff_ms"], support["calls"], support["ended"], support["success"]) == (
        200.0,
        2,
        1,
        1.0,
    )
    known = await reader.get("/agents?hours=1000")
    assert known.json()["agents"][0]["figures"]["handed_out"] == {"customer_support": 5}


async def test_the_cast_is_nobodys_business_without_a_key(app: object, reader: AsyncClient) -> None:
    reader.headers.pop("Authorization")
    assert (await reader.get("/agents")).status_code == 401
