"""What a caller wants, as data: the dishes, changes and questions heard in one turn."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "order",
    "browse",
    "usual",
    "change",
    "remove",
    "allergies",
    "substitution",
    "time",
    "total",
    "tip",
    "status",
    "address",
]


@dataclass
class Wish:
    """One thing to be done with a tool.

    `query` is the dish in the caller's words (for change and remove: which line); `words` are the sizes and
    choices said with it; `note` is for the kitchen. `found` holds what the search answered, `dish` the handle
    decided on. `tried` says the effect was asked for, `closed` that nothing is left to do.
    """

    kind: Kind
    query: str = ""
    quantity: int | None = None
    words: str = ""
    note: str = ""
    restaurant: str = ""
    filters: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    searched: bool = False
    found: list[dict[str, Any]] | None = None
    dish: str | None = None
    line: str | None = None
    fewer: bool = False
    tried: bool = False
    closed: bool = False

    def search(self) -> dict[str, Any]:
        """The arguments of `search_menu` for this wish."""
        wanted = {"query": self.query, **self.filters}
        return {**wanted, "restaurant": self.restaurant} if self.restaurant else wanted


@dataclass
class Heard:
    """One turn of the caller, understood.

    `answer` is yes (True), no (False) or neither; `rest` are the words nothing was made of.
    """

    text: str = ""
    answer: bool | None = None
    done: bool = False
    thanks: bool = False
    leaving: bool = False
    cancelling: bool = False
    person: bool = False
    not_me: bool = False
    identity: Literal["", "robot", "model"] = ""
    repeat: bool = False
    hold: bool = False
    recap: bool = False
    complaint: bool = False
    insult: bool = False
    payment: str = ""
    promotion: str = ""
    address: dict[str, str] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    rest: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing at all was understood."""
        known = (self.answer is not None, self.done, self.thanks, self.leaving, self.cancelling, self.person)
        more = (self.not_me, self.identity, self.repeat, self.hold, self.recap, self.payment, self.promotion)
        return not any((*known, *more, self.address, self.wishes, self.complaint))
