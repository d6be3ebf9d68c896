"""Where the conversation stands, told again from its history: what is known, ordered, asked and still wished for."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.policy.request import Result, ToolCall
from sandbox.policy.rules import Rule
from sandbox.policy.wishes import Heard, Wish

QuestionKind = Literal[
    "greeting", "anything", "option", "offer", "suggestion", "pick", "conflict", "saved_address", "address",
    "address_pick", "payment", "schedule", "confirm", "consent", "after", "none",
]  # fmt: skip
Fact = dict[str, Any]
CART_TOOLS = ("add_to_order", "change_order_line", "remove_from_order")


@dataclass
class Question:
    """What the caller was asked last; `dishes` are handles in the order they were named, `wish` is what
    they are for.
    """

    kind: QuestionKind = "anything"
    line: str = ""
    options: list[str] = field(default_factory=list)
    dishes: list[str] = field(default_factory=list)
    places: list[Fact] = field(default_factory=list)
    wish: Wish | None = None


@dataclass
class Line:
    """A line of the order as far as the tools have told it."""

    handle: str
    dish: str
    name: str
    quantity: int = 1
    text: str = ""
    missing: str = ""
    ask: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class Turn:
    """What has happened since the caller spoke last."""

    heard: Heard = field(default_factory=Heard)
    calls: list[ToolCall] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown_line: str = ""
    removed: list[str] = field(default_factory=list)
    no_card: bool = False
    objected: bool = False
    unanswered: bool = False
    handed: bool = False
    left: bool = False
    rejected: bool = False

    def called(self, name: str) -> bool:
        return any(call.name == name for call in self.calls)


@dataclass
class State:
    """The dialogue so far. `read` is the cart version that was read back and heard, `version` the newest one.

    `late` are results told by notes that have not been spoken of, `made` every call of the conversation.
    """

    tools: frozenset[str] = frozenset()
    rules: frozenset[Rule] = frozenset()
    question: Question = field(default_factory=lambda: Question("greeting"))
    turn: Turn = field(default_factory=Turn)
    wishes: list[Wish] = field(default_factory=list)
    late: list[Result] = field(default_factory=list)
    made: list[ToolCall] = field(default_factory=list)
    profile: Fact | None = None
    profile_asked: bool = False
    dishes: dict[str, Fact] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    last_line: str = ""
    version: int = 0
    read: int | None = None
    confirmed: bool = False
    done: bool = False
    suggested: bool = False
    address: Fact | None = None
    address_refused: bool = False
    address_said: str = ""
    payment: str = ""
    declined: set[str] = field(default_factory=set)
    cards: list[Fact] = field(default_factory=list)
    placed: Fact | None = None
    booked: bool = False
    refused: list[ToolCall] = field(default_factory=list)
    consented: bool = False
    spoken: str = ""

    @property
    def name(self) -> str:
        """The caller's first name, when the profile told it."""
        return str((self.profile or {}).get("first_name") or "")

    @property
    def kitchens(self) -> set[str]:
        """The restaurants with a line in the order."""
        return {str(self.dishes.get(line.dish, {}).get("restaurant")) for line in self.lines.values()}

    @property
    def unfinished(self) -> Line | None:
        """The first line with a question left."""
        return next((line for line in self.lines.values() if line.missing), None)

    @property
    def usable_cards(self) -> list[Fact]:
        """Cards on file that have not been declined in this call."""
        return [card for card in self.cards if card.get("card") not in self.declined]

    def pending(self, *kinds: str) -> list[Wish]:
        """Wishes nothing was done about yet."""
        return [wish for wish in self.wishes if not wish.closed and not wish.tried and wish.kind in kinds]

    def changed(self) -> None:
        """The order is not what was read back any more."""
        self.read, self.confirmed = None, False
