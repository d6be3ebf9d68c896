"""A dish as one kitchen sells it: sizes, choices, diets, allergens, stock."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: it never changes after it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Size(Frozen):
    """A size and its price in minor units."""

    name: str
    price: int


class Option(Frozen):
    """One answer to a choice, and what it adds to the price in minor units."""

    name: str
    price: int = 0
    allergens: tuple[str, ...] = ()


class Choice(Frozen):
    """A modifier group: between `minimum` and `maximum` of its options are taken."""

    name: str
    minimum: int
    maximum: int
    options: tuple[Option, ...]

    @property
    def required(self) -> bool:
        """True when the kitchen cannot cook without an answer."""
        return self.minimum > 0


class Dish(Frozen):
    """A menu item of one restaurant."""

    id: UUID
    restaurant_id: UUID
    slug: str
    name: str
    description: str = ""
    category: str = ""
    price: int
    sizes: tuple[Size, ...] = ()
    choices: tuple[Choice, ...] = ()
    diets: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    available: bool = True
    stock: int | None = None

    @property
    def sold_out(self) -> bool:
        """True when none can be sold now."""
        return not self.available or self.stock == 0

    @property
    def lowest_price(self) -> int:
        """The price of the smallest order of it, minor units."""
        return min((size.price for size in self.sizes), default=self.price)

    def size(self, name: str | None) -> Size | None:
        """The size of that name, compared without case."""
        return next((size for size in self.sizes if name and size.name.lower() == name.strip().lower()), None)

    def option(self, name: str) -> tuple[Choice, Option] | None:
        """The choice and option an answer names, compared without case."""
        wanted = name.strip().lower()
        for choice in self.choices:
            for option in choice.options:
                if option.name.lower() == wanted:
                    return choice, option
        return None
