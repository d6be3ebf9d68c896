"""What `data/restaurants/*.yaml` may say: one brand, its branches, its dishes."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from db.seeding.places import MarketCode, Phone
from db.seeding.reading import Shape
from domain.address import Point

Allergen = Literal[
    "dairy", "gluten", "egg", "peanut", "tree_nut", "soy", "fish", "shellfish", "sesame", "mustard"
]
Diet = Literal["veg", "egg", "vegan", "jain", "halal", "non_veg"]
Prices = dict[MarketCode, Annotated[int, Field(ge=0)]]
Span = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Week(Shape):
    """Local opening times; an end before its start is the next morning."""

    mon: list[Span]
    tue: list[Span]
    wed: list[Span]
    thu: list[Span]
    fri: list[Span]
    sat: list[Span]
    sun: list[Span]


class Branch(Shape):
    """One kitchen."""

    branch: str
    city: str
    area: str
    location: Point
    phone: Phone
    delivery_radius_km: float = Field(gt=0, le=50)
    hours: Week
    holidays: list[date]
    prep_minutes: int = Field(ge=5, le=120)
    min_order: int = Field(ge=0)
    accepts_cash: bool
    paused: bool
    sold_out: tuple[str, ...] = ()


class Option(Shape):
    """One answer to a choice; no price means no extra cost."""

    name: str
    price: Prices = Field(default_factory=dict)
    allergens: tuple[Allergen, ...] = ()


class Choice(Shape):
    """A question about a dish."""

    name: str
    required: bool
    min: int = Field(ge=0)
    max: int = Field(ge=1)
    options: list[Option] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if not self.min <= self.max <= len(self.options):
            raise ValueError(f"{self.name}: min <= max <= number of options does not hold")
        if self.required != (self.min > 0):
            raise ValueError(f"{self.name}: required says otherwise than min")
        return self


class DishSize(Shape):
    """A size and its prices."""

    name: str
    price: Prices = Field(min_length=1)


class DishShape(Shape):
    """A dish, sold at one price or in sizes."""

    name: str
    description: str
    category: str
    price: Prices = Field(default_factory=dict)
    sizes: tuple[DishSize, ...] = ()
    choices: tuple[str, ...] = ()
    diets: list[Diet] = Field(min_length=1)
    allergens: tuple[Allergen, ...] = ()
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.price) == bool(self.sizes):
            raise ValueError(f"{self.name}: give either a price or sizes")
        if len({frozenset(size.price) for size in self.sizes}) > 1:
            raise ValueError(f"{self.name}: its sizes are sold in different markets")
        meat = {"non_veg", "egg"} & set(self.diets)
        if meat and {"veg", "vegan", "jain"} & set(self.diets):
            raise ValueError(f"{self.name}: cannot be {', '.join(self.diets)} at once")
        if "vegan" in self.diets and {"dairy", "egg", "fish", "shellfish"} & set(self.allergens):
            raise ValueError(f"{self.name}: a vegan dish contains {', '.join(self.allergens)}")
        return self

    def price_in(self, market: str) -> int | None:
        """The lowest price in a market, minor units; None where it is not sold."""
        prices = [size.price for size in self.sizes] or [self.price]
        return min((price[market] for price in prices if market in price), default=None)


class BrandFile(Shape):
    """One file: everything a brand sells."""

    brand: str
    slug: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    branches: list[Branch] = Field(min_length=1)
    categories: list[str]
    modifiers: dict[str, Choice]
    dishes: list[DishShape] = Field(min_length=1)

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        names = [dish.name for dish in self.dishes]
        wrong = [f"dish {name} stands twice" for name in sorted(set(names)) if names.count(name) > 1]
        for dish in self.dishes:
            wrong += [f"{dish.name}: no choice {key}" for key in dish.choices if key not in self.modifiers]
            if dish.category not in self.categories:
                wrong.append(f"{dish.name}: no category {dish.category}")
            groups = [self.modifiers[key] for key in dish.choices if key in self.modifiers]
            options = [option.name for group in groups for option in group.options]
            wrong += [f"{dish.name}: option {name} twice" for name in set(options) if options.count(name) > 1]
        for branch in self.branches:
            wrong += [f"{branch.branch}: no dish {name}" for name in branch.sold_out if name not in names]
        used = {key for dish in self.dishes for key in dish.choices}
        wrong += [f"choice {key} belongs to no dish" for key in self.modifiers if key not in used]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
