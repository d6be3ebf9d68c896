"""From a typed function to the JSON Schema a model sees: enums, limits and argument texts kept."""

import inspect
import re
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

ARGUMENT = re.compile(r"^\s{4}(\w+):\s+(.+?)(?=\n\s{4}\w+:|\Z)", re.MULTILINE | re.DOTALL)


def describe(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """A docstring's text and its `Args:` by name."""
    text, _, arguments = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:\n")
    return text.strip(), {name: " ".join(words.split()) for name, words in ARGUMENT.findall(arguments)}


def arguments_model(function: Callable[..., Any]) -> type[BaseModel]:
    """A model of every parameter but the first (the call), which the caller of the tool never sees.

    Raises:
        KeyError: a parameter without a line under `Args:`.
    """
    hints = get_type_hints(function, include_extras=True)
    _, texts = describe(function)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], Field(default, description=texts[name]))
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every `$ref` replaced by what it names: providers carry properties only, no `$defs`."""
    definitions = schema.get("$defs", {})

    def expand(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                rest = {key: value for key, value in node.items() if key != "$ref"}
                return {**expand(definitions[node["$ref"].rpartition("/")[2]]), **rest}
            return {key: expand(value) for key, value in node.items() if key not in ("title", "$defs")}
        return [expand(part) for part in node] if isinstance(node, list) else node

    properties = {name: expand(node) for name, node in schema.get("properties", {}).items()}
    return {"properties": properties, "required": schema.get("required", [])}
