"""What can be eaten and where: brands, our numbers, restaurants and their menus."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from db.models.base import Json, Row, json_list, json_object, maybe_moment


class Brand(Row, table=True):
    """A name over the door, with one or more branches."""

    __tablename__ = "brands"

    slug: str = Field(unique=True, max_length=40)
    name: str = Field(max_length=80)


class Number(Row, table=True):
    """A telephone number of ours: who is greeted in whose name, in which market."""

    __tablename__ = "numbers"

    e164: str = Field(unique=True, max_length=16)
    market: str = Field(max_length=2)
    city: str = Field(max_length=60)
    brand_id: UUID | None = Field(default=None, foreign_key="brands.id")
    languages: list[str] = json_list()
    person_number: str | None = Field(default=None, max_length=16)
    """Where a caller who wants a person is sent; none = call-backs only."""


class Restaurant(Row, table=True):
    """One kitchen: a brand's branch."""

    __tablename__ = "restaurants"
    __table_args__ = (UniqueConstraint("brand_id", "branch"),)

    brand_id: UUID = Field(foreign_key="brands.id", index=True)
    branch: str = Field(max_length=60)
    market: str = Field(max_length=2)
    city: str = Field(max_length=60, index=True)
    zone: str = Field(max_length=40)
    """IANA zone of the hours below."""
    currency: str = Field(max_length=3)
    phone: str = Field(max_length=16)
    lat: float
    lng: float
    radius_km: float
    """Delivery zone: great-circle distance from the kitchen."""
    hours: Json = json_object()
    """Weekday (mon..sun) to a list of `HH:MM-HH:MM`, local; an end before its start is after midnight."""
    holidays: list[str] = json_list()
    """Local ISO dates on which the kitchen is closed."""
    prep_minutes: int
    min_order: int = 0
    """Minor units of `currency`, on the items' sum."""
    accepts_cash: bool = True
    paused_until: datetime | None = maybe_moment()


class MenuCategory(Row, table=True):
    """A heading of a menu."""

    __tablename__ = "menu_categories"
    __table_args__ = (UniqueConstraint("restaurant_id", "name"),)

    restaurant_id: UUID = Field(foreign_key="restaurants.id", index=True)
    name: str = Field(max_length=60)
    position: int


class MenuItem(Row, table=True):
    """A dish of one kitchen; the same `slug` at a sister branch is the same dish."""

    __tablename__ = "menu_items"
    __table_args__ = (UniqueConstraint("restaurant_id", "slug"),)

    restaurant_id: UUID = Field(foreign_key="restaurants.id", index=True)
    category_id: UUID = Field(foreign_key="menu_categories.id")
    slug: str = Field(max_length=80)
    name: str = Field(max_length=80)
    description: str
    price: int
    """Minor units; used when the dish has no variants."""
    diets: list[str] = json_list()
    allergens: list[str] = json_list()
    tags: list[str] = json_list()
    aliases: list[str] = json_list()
    position: int = 0
    available: bool = True
    stock: int | None = None
    """Portions left; none = not counted."""


class MenuVariant(Row, table=True):
    """A size a dish is sold in, with its own price."""

    __tablename__ = "menu_variants"
    __table_args__ = (UniqueConstraint("item_id", "name"),)

    item_id: UUID = Field(foreign_key="menu_items.id", index=True)
    name: str = Field(max_length=40)
    price: int
    position: int


class ModifierGroup(Row, table=True):
    """A choice about a dish; `minimum` over zero makes it required."""

    __tablename__ = "modifier_groups"
    __table_args__ = (UniqueConstraint("item_id", "name"),)

    item_id: UUID = Field(foreign_key="menu_items.id", index=True)
    name: str = Field(max_length=40)
    minimum: int
    maximum: int
    position: int


class Modifier(Row, table=True):
    """One option of a choice, with what it adds to the price in minor units."""

    __tablename__ = "modifiers"
    __table_args__ = (UniqueConstraint("group_id", "name"),)

    group_id: UUID = Field(foreign_key="modifier_groups.id", index=True)
    name: str = Field(max_length=40)
    price: int = 0
    allergens: list[str] = json_list()
    position: int = 0
