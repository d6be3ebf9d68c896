"""Every agent of the cast, also the one written next week: its prompt, its tools, and that the two agree."""

import re
from importlib.resources import files

import pytest

from agents import AGENTS, Agent
from compliance import wording

HEADINGS = ["You are", "A good call ends with", "Always", "Never"]
each = pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS)


def own_page(agent: Agent) -> str:
    return (files("agents") / f"{agent.name}.md").read_text(encoding="utf-8")


@each
def test_the_prompt_is_the_manners_and_the_page_of_its_name(agent: Agent) -> None:
    manners = (files("agents") / "manners.md").read_text(encoding="utf-8").strip()
    assert agent.prompt == f"{manners}\n\n{own_page(agent).strip()}"


@each
def test_the_prompt_is_the_same_bytes_in_every_call(agent: Agent) -> None:
    fresh = Agent(agent.name, agent.tools, agent.handoffs)
    assert fresh.prompt.encode() == agent.prompt.encode()
    assert not re.search(r"\{\w*\}|%[sd]|\d{4}-\d\d-\d\d", agent.prompt), "something in it changes"


@each
def test_the_page_has_its_four_headings_in_order(agent: Agent) -> None:
    assert re.findall(r"^# (.+)$", own_page(agent), re.MULTILINE) == HEADINGS


RESULT_WORDS = {"ask", "say", "error", "incomplete", "link_sent", "links", "placed", "run_out"}
"""Keys and states of results, which prompts may name in backticks beside tools."""


@each
def test_every_tool_the_prompt_names_is_one_it_has(agent: Agent) -> None:
    named = set(re.findall(r"`(\w+)`", agent.prompt)) - RESULT_WORDS
    assert named <= set(agent.tool_names)


@each
def test_every_tool_it_must_not_forget_is_named(agent: Agent) -> None:
    obvious = {"get_order_status", "calculate_total", "remove_from_order", "add_to_order"}
    obvious |= {"set_delivery_time", "set_substitution"}  # their own descriptions say when
    named = set(re.findall(r"`(\w+)`", agent.prompt))
    assert set(agent.tool_names) - obvious <= named


@each
def test_a_tool_is_listed_once_with_a_description_that_says_when(agent: Agent) -> None:
    names = agent.tool_names
    assert len(names) == len(set(names))
    shown = AGENTS.tools(agent.name).standard_tools
    assert [schema.name for schema in shown if len(schema.description.split()) < 4] == []


@each
def test_the_schema_is_one_object_in_the_written_order(agent: Agent) -> None:
    assert AGENTS.tools(agent.name) is AGENTS.tools(agent.name)
    assert tuple(schema.name for schema in AGENTS.tools(agent.name).standard_tools) == agent.tool_names


@each
def test_no_identity_is_ever_an_argument(agent: Agent) -> None:
    forbidden = re.compile(r"customer|phone|call_id|order_id|token|amount|total|uuid", re.IGNORECASE)
    for tool in agent.tools:
        assert not [name for name in tool.schema().properties if forbidden.search(name)], tool.name


@each
def test_every_agent_can_fetch_a_person_and_end_the_call(agent: Agent) -> None:
    assert {"ask_for_person", "end_call"} <= {tool.name for tool in agent.tools}


@each
def test_every_handoff_leads_to_somebody_else_of_the_cast_who_speaks_with_the_same_people(
    agent: Agent,
) -> None:
    for handoff in agent.handoffs:
        assert handoff.to != agent.name
        assert set(AGENTS[handoff.to].serves) & set(agent.serves)
        assert AGENTS[handoff.to].fillers, "the caller would meet silence"


@each
def test_what_is_said_while_an_agent_takes_over_claims_nothing(agent: Agent) -> None:
    claims = re.compile(
        r"\d|refund|cancel|placed|order|sorry|minute|रिफ़ंड|वापस|कैंसल|ऑर्डर|माफ़|मिनट|गया|दिया", re.IGNORECASE
    )
    assert [text for filler in agent.fillers for text in filler.all if claims.search(text)] == []


def test_the_truth_about_being_a_machine_stands_in_every_prompt() -> None:
    assert all(wording.ROBOT in agent.prompt for agent in AGENTS.values())
