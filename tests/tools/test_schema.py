"""What a model is told of a tool: every argument described, every limit kept, nothing of the call."""

from enum import StrEnum
from typing import Annotated

import pytest
from annotated_types import Ge, Le

from agents import AGENTS
from errors import ToolError
from tests.fakes.call import Talk
from tools.call import Call
from tools.cart import add_to_order
from tools.checkout import set_delivery_time, set_substitution
from tools.menu import search_menu
from tools.result import Result
from tools.schema import arguments_model, describe
from tools.tool import Tool, tool

TOOLS = {tool.name: tool for agent in AGENTS.values() for tool in agent.tools}


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@tool(callers=("customer_order",))
async def paint(
    call: Call,
    colour: Colour,
    coats: Annotated[int, Ge(1), Le(3)] = 1,
    also: list[Colour] = [],  # noqa: B006  # a schema default
) -> Result:
    """Paint it.

    Twice if asked.

    Args:
        colour: Which colour, in a text
            that goes on.
        coats: How many coats.
        also: Other colours.
    """
    return {"painted": colour, "coats": coats}


def test_a_docstring_is_the_description_and_its_args_are_the_arguments() -> None:
    schema = paint.schema()
    assert (schema.name, schema.description) == ("paint", "Paint it.\n\nTwice if asked.")
    assert schema.required == ["colour"]
    assert schema.properties == {
        "colour": {
            "description": "Which colour, in a text that goes on.",
            "enum": ["red", "blue"],
            "type": "string",
        },
        "coats": {
            "default": 1,
            "description": "How many coats.",
            "maximum": 3,
            "minimum": 1,
            "type": "integer",
        },
        "also": {
            "default": [],
            "description": "Other colours.",
            "items": {"enum": ["red", "blue"], "type": "string"},
            "type": "array",
        },
    }


def test_an_argument_without_a_description_is_refused_at_import() -> None:
    async def careless(call: Call, colour: str) -> Result:
        """Paint it."""
        return {}

    with pytest.raises(KeyError, match="colour"):
        arguments_model(careless)


@pytest.mark.parametrize("one", TOOLS.values(), ids=TOOLS)
def test_every_argument_is_described_and_the_call_is_hidden(one: Tool) -> None:
    schema = one.schema()
    assert "call" not in schema.properties
    assert all(len(shape["description"]) > 3 for shape in schema.properties.values())
    assert "$ref" not in str(schema.properties)
    assert describe(one.run)[1].keys() == schema.properties.keys()
    assert len(schema.description) > 20


def test_the_models_limits_are_the_codes_limits() -> None:
    quantity = add_to_order.schema().properties["quantity"]
    assert (quantity["minimum"], quantity["maximum"], quantity["default"]) == (1, 20, 1)
    diets = search_menu.schema().properties["diet"]["anyOf"][0]["enum"]
    assert diets == ["veg", "egg", "vegan", "jain", "halal"]
    assert "tree_nut" in search_menu.schema().properties["without"]["items"]["enum"]
    assert set_substitution.schema().properties["preference"]["enum"] == ["call_me", "similar", "refund"]
    assert set_delivery_time.schema().properties["day"]["enum"] == ["today", "tomorrow"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "colour: Field required"),
        ({"colour": "green"}, "colour: Input should be 'red' or 'blue'"),
        ({"colour": "red", "coats": 4}, "coats: Input should be less than or equal to 3"),
        ({"colour": "red", "coats": "many"}, "coats"),
        ({"colour": "red", "also": ["blue", "green"]}, "also.1"),
        ({"colour": "red", "customer_id": "1"}, "customer_id: Extra inputs are not permitted"),
        ({"colour": "red", "call": {}}, "call: Extra inputs are not permitted"),
        ({"colour": "red", "self": {}}, "self: Extra inputs are not permitted"),
    ],
)
async def test_arguments_that_do_not_fit_are_answered_with_what_does(
    arguments: dict[str, object], says: str, bare: Talk
) -> None:
    with pytest.raises(ToolError) as refused:
        await paint(bare.call, **arguments)
    assert says in refused.value.message
    assert refused.value.message.startswith("Call paint again")
