"""The cart: what the caller wants so far. Every change makes a new version."""

from pydantic import BaseModel, ConfigDict, Field

from domain.menu import Dish
from errors import Invalid

MOST_OF_ONE = 20  # portions of one dish on one line; more is a catering order, which a person takes
MOST_LINES = 30


class CartLine(BaseModel):
    """A dish with what was said about it; incomplete while a required size or choice is open."""

    model_config = ConfigDict(extra="forbid")

    handle: str
    dish: Dish
    quantity: int = Field(ge=1, le=MOST_OF_ONE)
    size: str | None = None
    choices: list[str] = Field(default_factory=list)
    note: str | None = None

    @property
    def unit_base(self) -> int:
        """Price of one without modifiers, minor units."""
        chosen = self.dish.size(self.size)
        return chosen.price if chosen else self.dish.lowest_price

    @property
    def unit_extras(self) -> int:
        """What the chosen options add to one, minor units."""
        found = (self.dish.option(name) for name in self.choices)
        return sum(pair[1].price for pair in found if pair)

    @property
    def amount(self) -> int:
        """The line's sum, minor units."""
        return (self.unit_base + self.unit_extras) * self.quantity

    @property
    def allergens(self) -> set[str]:
        """What the dish and its chosen options contain."""
        found = (self.dish.option(name) for name in self.choices)
        return set(self.dish.allergens).union(*(pair[1].allergens for pair in found if pair))

    def open_question(self) -> tuple[str, list[str]] | None:
        """What still has to be asked, one thing at a time, size first: (what, options)."""
        if self.dish.sizes and self.dish.size(self.size) is None:
            return "size", [size.name for size in self.dish.sizes]
        for choice in self.dish.choices:
            names = {option.name for option in choice.options}
            if len(names.intersection(self.choices)) < choice.minimum:
                return choice.name, [option.name for option in choice.options]
        return None

    def described(self) -> str:
        """As said: "2 full Paneer Tikka, hot, no onions"."""
        extras = [*self.choices, *([self.note] if self.note else [])]
        head = " ".join(part for part in (str(self.quantity), self.size or "", self.dish.name) if part)
        return ", ".join([head, *extras])

    def choose(self, answers: list[str]) -> None:
        """Take answers to choices; a new answer to a single choice replaces the old one.

        Raises:
            Invalid: an answer that is no option of this dish, or too many of one choice.
        """
        for answer in answers:
            found = self.dish.option(answer)
            if found is None:
                offered = ", ".join(option.name for choice in self.dish.choices for option in choice.options)
                raise Invalid(
                    f"{answer!r} is not offered with {self.dish.name}; offered: {offered or 'nothing'}"
                )
            choice, option = found
            siblings = {other.name for other in choice.options}
            taken = [name for name in self.choices if name in siblings and name != option.name]
            if choice.maximum == 1:
                taken = []
            elif len(taken) >= choice.maximum:
                raise Invalid(f"at most {choice.maximum} of {choice.name} go with {self.dish.name}")
            self.choices = [name for name in self.choices if name not in siblings] + taken + [option.name]


class Cart(BaseModel):
    """Lines of one restaurant, with a version that every change raises."""

    model_config = ConfigDict(extra="forbid")

    version: int = 0
    lines: list[CartLine] = Field(default_factory=list)
    made: int = 0
    """How many lines were ever made, so that a handle is never used twice."""

    @property
    def items_amount(self) -> int:
        """Sum of all lines, minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def complete(self) -> bool:
        """True when there is something to cook and nothing left to ask."""
        return bool(self.lines) and all(line.open_question() is None for line in self.lines)

    def line(self, handle: str) -> CartLine | None:
        """The line of that handle."""
        return next((line for line in self.lines if line.handle == handle), None)

    def add(
        self, dish: Dish, quantity: int, size: str | None, choices: list[str], note: str | None
    ) -> CartLine:
        """Add a line and return it; the same dish with the same choices adds up.

        Raises:
            Invalid: unknown size or choice, too many portions or lines. The cart is then unchanged.
        """
        if size and dish.size(size) is None:
            raise Invalid(
                f"{dish.name} has no size {size!r}; sizes: {', '.join(s.name for s in dish.sizes) or 'one'}"
            )
        chosen = dish.size(size)
        fresh = CartLine(
            handle=f"line-{self.made + 1}",
            dish=dish,
            quantity=1,
            size=chosen.name if chosen else None,
            note=note,
        )
        fresh.choose(choices)
        same = next((line for line in self.lines if _key(line) == _key(fresh)), None)
        total = quantity + (same.quantity if same else 0)
        if not 1 <= total <= MOST_OF_ONE:
            raise Invalid(f"between 1 and {MOST_OF_ONE} of a dish can be ordered by phone")
        if same is None and len(self.lines) >= MOST_LINES:
            raise Invalid(f"an order by phone has at most {MOST_LINES} lines")
        self.version += 1
        if same:
            same.quantity = total
            return same
        fresh.quantity = quantity
        self.made += 1
        self.lines.append(fresh)
        return fresh

    def change(
        self, handle: str, quantity: int | None, size: str | None, choices: list[str], note: str | None
    ) -> CartLine:
        """Change what was said about a line.

        Raises:
            Invalid: no such line, size or choice. The cart is then unchanged.
        """
        line = self.line(handle)
        if line is None:
            raise Invalid(
                f"there is no {handle}; lines: {', '.join(line.handle for line in self.lines) or 'none'}"
            )
        draft = line.model_copy(deep=True)
        if size:
            chosen = line.dish.size(size)
            if chosen is None:
                raise Invalid(
                    f"{line.dish.name} comes in {', '.join(s.name for s in line.dish.sizes) or 'one size'}"
                )
            draft.size = chosen.name
        draft.choose(choices)
        if quantity is not None:
            if not 1 <= quantity <= MOST_OF_ONE:
                raise Invalid(f"between 1 and {MOST_OF_ONE} of a dish can be ordered by phone")
            draft.quantity = quantity
        if note is not None:
            draft.note = note or None
        self.version += 1
        self.lines[self.lines.index(line)] = draft
        return draft

    def remove(self, handle: str) -> CartLine:
        """Take a line out and return it. Raises Invalid when there is none."""
        line = self.line(handle)
        if line is None:
            raise Invalid(
                f"there is no {handle}; lines: {', '.join(line.handle for line in self.lines) or 'none'}"
            )
        self.version += 1
        self.lines.remove(line)
        return line

    def take_out(self, ordered: list[CartLine]) -> None:
        """These lines are ordered: what was added or raised since stays, for an order of its own."""
        for line in ordered:
            mine = self.line(line.handle)
            if mine is None:
                continue
            if mine.quantity > line.quantity:
                mine.quantity -= line.quantity
            else:
                self.lines.remove(mine)
        self.version += 1


def _key(line: CartLine) -> tuple[object, ...]:
    return line.dish.id, line.size, tuple(sorted(line.choices)), line.note
