"""Where a conversation about placed orders stands, told again from its history."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.policy.business import Business
from sandbox.policy.request import Result, ToolCall
from sandbox.policy.rules import Rule
from sandbox.policy.state import Fact
from sandbox.policy.wishes import Heard

Asked = Literal[
    "greeting",
    "anything",
    "else",
    "which",
    "wrong",
    "dishes",
    "proposal",
    "unheard",
    "address",
    "pick",
    "person",
    "food",
    "missing",
    "none",
]
TopicKind = Literal["trouble", "change", "where", "receipt", "leave", "question"]


@dataclass
class Asking:
    """What the caller was asked last; `orders` and `places` are handles in the order they were named."""

    kind: Asked = "anything"
    orders: list[str] = field(default_factory=list)
    places: list[Fact] = field(default_factory=list)


@dataclass
class Topic:
    """One thing a caller wants done about a placed order, until it is done or dropped.

    `words` are all the words said about it, `told` those of its first turn; `trouble` is a kind of `file_complaint`.
    `action` and `arguments` are those of `propose_change`, `place` the address in the caller's words. `results` hold
    the newest answer of every tool that was called for it, `asked` their names.
    """

    kind: TopicKind
    words: str = ""
    trouble: str = ""
    money: bool = False
    wanted: str = ""
    dishes: list[str] = field(default_factory=list)
    order: str = ""
    action: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    target: str = ""
    place: dict[str, str] = field(default_factory=dict)
    agreed: bool = False
    filed: bool = False
    results: dict[str, Fact] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def good(self, name: str) -> Fact | None:
        """A tool's answer for this topic, unless it refused."""
        content = self.results.get(name)
        return content if content is not None and "error" not in content else None

    def refused(self, name: str) -> str:
        """A tool's refusal for this topic, an instruction; or an empty text."""
        return str(self.results.get(name, {}).get("error", ""))


@dataclass
class CareTurn:
    """What has happened since the caller spoke last. `handed` says that another agent heard the words first.

    `decides` is their choice about a dish that has run out, `dish` the one they named for it; `opened`: the turn
    answers the first words of a call of ours about it.
    """

    heard: Heard = field(default_factory=Heard)
    business: Business = field(default_factory=Business)
    handed: bool = False
    food: bool = False
    calls: list[ToolCall] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    left: bool = False
    rejected: bool = False
    kept: bool = False
    missed: bool = False
    told: bool = False
    decides: str = ""
    dish: str = ""
    opened: bool = False

    def called(self, name: str) -> int:
        return sum(call.name == name for call in self.calls)


@dataclass
class CareState:
    """The conversation so far; `orders` are the newest facts by handle, newest order first.

    `made` is every call of the conversation, `late` what results say that came after their topic was over. `undecided`
    is the order with a dish that has run out, `means` what a yes would choose, `offered` the dish put to the caller.
    """

    rules: frozenset[Rule] = frozenset()
    question: Asking = field(default_factory=lambda: Asking("greeting"))
    turn: CareTurn = field(default_factory=CareTurn)
    topic: Topic | None = None
    done: Topic | None = None
    orders: dict[str, Fact] = field(default_factory=dict)
    asked: bool = False
    focus: str = ""
    places: list[Fact] = field(default_factory=list)
    spoken: str = ""
    made: list[ToolCall] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    undecided: str = ""
    means: str = ""
    offered: str = ""

    def facts(self) -> list[Fact]:
        """All orders, newest first."""
        return list(self.orders.values())
