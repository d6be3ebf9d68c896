"""What the prompt asks for is done, and what it does not ask for is not; insults and emergencies; "that's fine"."""

from pathlib import Path

import pytest

from agents import AGENTS
from sandbox.policy import say
from sandbox.policy.brain import answer
from sandbox.policy.hear import hear
from sandbox.policy.request import Event, ModelRequest, Reply, Result, Said, Spoke, Tool, ToolCall
from sandbox.policy.rules import SIGNS, Rule, rules_in

AGENTS_FOLDER = Path(__file__).parents[3] / "agents"
DANGER = [
    "My friend is unconscious and not breathing, please help!",
    "There's a fire in the kitchen",
    "He is choking on a bone",
    "mera bhai behosh ho gaya hai",
    "ghar mein aag lag gayi hai",
    "मेरे पापा बेहोश हो गए हैं",
]
PEACE = ["Two fire chicken wings please", "I'd like the fiery paneer", "Is the choke cherry juice vegan?"]


def offered(agent: str) -> dict[str, Tool]:
    """The agent's tools, with their arguments."""
    return {
        schema.name: Tool(schema.name, schema.description, {"properties": schema.properties})
        for schema in AGENTS.tools(agent).standard_tools
    }


def asked(agent: str, *events: Event, without: str = "\0") -> Reply:
    """The stand-in's answer under the agent's own prompt, without the lines that hold a word."""
    prompt = "\n".join(line for line in AGENTS[agent].prompt.splitlines() if without not in line)
    return answer(ModelRequest("stand-in", prompt, offered(agent), events))


@pytest.mark.parametrize("rule", SIGNS)
def test_every_rule_is_asked_for_by_a_prompt_of_the_cast(rule: Rule) -> None:
    assert any(rule in rules_in(agent.prompt) for agent in AGENTS.values())


def test_a_prompt_without_headings_keeps_all_habits() -> None:
    assert rules_in("You take orders.") == frozenset(SIGNS)
    assert rules_in("# You are\n\na clerk\n\n# Always\n\n1. Be kind.") == frozenset()


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("text", DANGER)
def test_who_is_in_danger_is_told_the_emergency_number_by_every_agent(agent: str, text: str) -> None:
    assert asked(agent, Said(text)) == Reply(say.EMERGENCY)
    assert say.EMERGENCY not in asked(agent, Said(text), without="danger to life").text


@pytest.mark.parametrize("text", PEACE)
def test_food_is_no_emergency(text: str) -> None:
    assert asked("customer_order", Said(text)).text != say.EMERGENCY


def test_an_insult_is_let_pass_and_the_rest_is_done() -> None:
    reply = asked("customer_order", Said("You idiot, just give me a large margherita pizza."))
    assert [call.arguments["query"] for call in reply.calls if call.name == "search_menu"] == [
        "margherita pizza"
    ]
    assert hear("Two naan, you stupid machine!", "anything").wishes[0].query == "naan"


@pytest.mark.parametrize("agent", AGENTS)
def test_nothing_but_an_insult_gets_a_kind_sentence(agent: str) -> None:
    known = ToolCall("get_customer_profile", {}, "1")
    history = (Said("Hi."), known, Result(known, {"known": False}), Spoke("What would you like?"))
    before = history if agent == "customer_order" else (Spoke("How can I help?"),)
    assert say.KIND in asked(agent, *before, Said("You are a useless idiot!")).text


@pytest.mark.parametrize("question", ["confirm", "payment", "saved_address", "yes_or_no"])
def test_that_is_fine_agrees_to_a_question_of_yes_or_no(question: str) -> None:
    heard = hear("That's fine.", question)
    assert (heard.answer, heard.done) == (True, False)


def test_that_is_fine_ends_an_order_that_is_still_open() -> None:
    heard = hear("That's fine.", "anything")
    assert (heard.answer, heard.done) == (None, True)


def test_allergies_are_noted_because_the_prompt_says_so() -> None:
    told = Said("I'm allergic to sesame.")
    assert "set_allergies" in [call.name for call in asked("customer_order", told).calls]
    without = asked("customer_order", told, without="`set_allergies`")
    assert "set_allergies" not in [call.name for call in without.calls]


def test_a_machine_says_so_because_the_prompt_says_so() -> None:
    question = Said("Are you a robot?")
    known = ToolCall("get_customer_profile", {}, "1")
    history = (Said("Hi."), known, Result(known, {"known": False}), Spoke("What would you like?"), question)
    assert say.ROBOT in asked("customer_order", *history).text
    assert say.ROBOT not in asked("customer_order", *history, without="whether you are a machine").text
    assert say.ROBOT in asked("customer_support", question).text
    assert say.ROBOT not in asked("customer_support", question, without="whether you are a machine").text


def test_money_back_without_a_complaint_where_the_prompt_asks_for_none() -> None:
    status = ToolCall("get_order_status", {}, "1")
    order = {"order": "order-1", "status": "delivered", "restaurant": "Spice Route", "lines": ["1 Dal Tadka"]}
    history = (
        Said("My order was wrong, I want my money back."),
        status,
        Result(status, {"orders": [order]}),
    )
    assert [call.name for call in asked("customer_support", *history).calls] == ["file_complaint"]
    without = asked("customer_support", *history, without="`file_complaint`")
    assert [call.name for call in without.calls] == ["process_refund"]


def test_it_talks_into_a_proposal_where_the_prompt_does_not_ask_for_silence() -> None:
    status = ToolCall("get_order_status", {}, "1")
    order = {"order": "order-1", "status": "placed", "restaurant": "Spice Route", "lines": ["1 Dal Tadka"]}
    history = (Said("Please cancel my order."), status, Result(status, {"orders": [order]}))
    quiet = asked("delivery_tracking", *history)
    loud = asked("delivery_tracking", *history, without="say nothing: the system tells")
    assert [reply.calls[0].name for reply in (quiet, loud)] == ["propose_change", "propose_change"]
    assert (quiet.text, bool(loud.text)) == ("", True)
