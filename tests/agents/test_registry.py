"""The registry: every tool says who may call it, and nobody else can."""

import pytest

from agents import AGENTS, Agent
from agents.registry import TOOLS
from tools.tool import SYSTEM, Tool

each = pytest.mark.parametrize("one", TOOLS.values(), ids=TOOLS)
SEED = [
    "get_customer_profile",
    "search_menu",
    "add_to_order",
    "verify_address",
    "calculate_total",
    "place_order",
    "get_order_status",
    "process_refund",
    "notify_restaurant",
    "confirm_preparation_time",
    "handle_unavailable_item",
    "find_available_drivers",
    "assign_driver",
    "update_driver_location",
    "confirm_delivery",
]
"""The tools the product was promised with, by name."""


def test_every_promised_tool_exists() -> None:
    assert set(SEED) - TOOLS.keys() == set()


@pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS)
def test_an_agent_lists_a_tool_if_and_only_if_the_tool_names_it(agent: Agent) -> None:
    named = {name for name, one in TOOLS.items() if agent.name in one.callers}
    assert {one.name for one in agent.tools} == named


@each
def test_a_tool_names_callers_that_exist_and_each_once(one: Tool) -> None:
    assert one.callers
    assert set(one.callers) <= {*AGENTS, SYSTEM}
    assert len(one.callers) == len(set(one.callers))


def test_two_tools_never_share_a_name() -> None:
    assert {name: one.name for name, one in TOOLS.items()} == {name: name for name in TOOLS}
    listed = [one for agent in AGENTS.values() for one in agent.tools]
    assert [one.name for one in listed if TOOLS[one.name] is not one] == []
