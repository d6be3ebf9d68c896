"""An agent: a prompt and what it may do. Data, not a class to subclass."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema

from tools.tool import Tool


@dataclass(frozen=True)
class Agent:
    """One voice of the cast. Its prompt is manners.md and <name>.md, the same bytes in every call."""

    name: str
    tools: tuple[Tool, ...]

    @cached_property
    def prompt(self) -> str:
        """What the model is told. Nothing in it changes from call to call, so that the prompt cache holds."""
        folder = files(__package__)
        parts = (folder / "manners.md", folder / f"{self.name}.md")
        return "\n\n".join(part.read_text(encoding="utf-8").strip() for part in parts)

    @cached_property
    def schema(self) -> ToolsSchema:
        """The tools in their written order with their handlers; one object, so that these stay registered."""
        return ToolsSchema(standard_tools=[tool.schema() for tool in self.tools])
