"""An agent: a prompt, what it may do, and whom it may hand the caller to. Data, not a class to subclass."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from domain.saying import Saying
from tools.tool import Tool

PREFIX = "transfer_to_"


@dataclass(frozen=True)
class Handoff:
    """A way to another agent: the tool `transfer_to_<to>`, described to the model by `when`."""

    to: str
    when: str

    @property
    def name(self) -> str:
        """The tool's name."""
        return f"{PREFIX}{self.to}"


@dataclass(frozen=True)
class Agent:
    """One voice of the cast. Its prompt is manners.md and <name>.md, the same bytes in every call."""

    name: str
    tools: tuple[Tool, ...]
    handoffs: tuple[Handoff, ...] = ()
    fillers: tuple[Saying, ...] = ()
    """What the system says while this agent takes over, in turn; claims nothing, promises nothing."""
    offers: tuple[str, ...] = ()
    """Those of its tools that exist in a call only whose purpose is promotion."""
    serves: tuple[str, ...] = ("customer",)
    """Whom it speaks with: customer, restaurant, driver."""

    @cached_property
    def prompt(self) -> str:
        """What the model is told. Nothing in it changes from call to call, so that the prompt cache holds."""
        folder = files(__package__)
        parts = (folder / "manners.md", folder / f"{self.name}.md")
        return "\n\n".join(part.read_text(encoding="utf-8").strip() for part in parts)

    @property
    def tool_names(self) -> tuple[str, ...]:
        """Everything it can call, in the order the model is shown it: tools, then handoffs."""
        return (*(tool.name for tool in self.tools), *(handoff.name for handoff in self.handoffs))
