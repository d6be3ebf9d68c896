"""What `data/people.yaml` may say: customers with their past orders, and drivers."""

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from db.seeding.menus import Allergen
from db.seeding.places import Phone
from db.seeding.reading import Shape


class HomeShape(Shape):
    """A saved address: house number and street of an area."""

    label: str
    line: str
    area: str
    flat: str | None = None
    landmark: str | None = None
    recipient: str | None = None
    note: str | None = None


class CardShape(Shape):
    """A card on file at a provider."""

    provider: Literal["stripe"]
    token: str
    brand: str
    last4: str = Field(pattern=r"^[0-9]{4}$")


class UsualLine(Shape):
    """One dish of a past order."""

    dish: str
    size: str | None = None
    choices: tuple[str, ...] = ()
    quantity: int = Field(ge=1)


class Usual(Shape):
    """An order this customer has placed before, so many times; the restaurant is "brand, branch"."""

    restaurant: str
    times: int = Field(ge=1, le=20)
    lines: list[UsualLine] = Field(min_length=1)


class Past(Shape):
    """One delivered order of some days ago; the restaurant is "brand, branch"."""

    restaurant: str
    days_ago: int = Field(ge=1)
    time: time
    """When it was ordered, local to the city; it came when it was promised."""
    paid: Literal["cash", "card"]
    """card: with the customer's first card"""
    reference: str | None = None
    """The payment's id at the card's provider."""
    total: int | None = Field(default=None, ge=1)
    """What was taken from the card, minor units: stated here, as the provider must know it too."""
    lines: list[UsualLine] = Field(min_length=1)

    @model_validator(mode="after")
    def _card(self) -> Self:
        if {self.reference is not None, self.total is not None} != {self.paid == "card"}:
            raise ValueError("a reference and a total belong to an order paid by card, and to no other")
        return self


class CustomerShape(Shape):
    """A customer, at home in one city."""

    name: str
    phone: Phone
    city: str
    language: Literal["en", "hi"] = "en"
    allergies: tuple[Allergen, ...] = ()
    addresses: tuple[HomeShape, ...] = ()
    cards: tuple[CardShape, ...] = ()
    usual: tuple[Usual, ...] = ()
    past: tuple[Past, ...] = ()


class DriverShape(Shape):
    """A driver, waiting in the middle of an area."""

    name: str
    phone: Phone
    city: str
    area: str
    vehicle: Literal["car", "scooter", "motorcycle", "bicycle"]
    rating: float = Field(ge=1, le=5)
    status: Literal["available", "offline"] = "available"


class People(Shape):
    """The file `people.yaml`."""

    customers: list[CustomerShape]
    drivers: list[DriverShape]
