"""Dishes as the menu index needs them, read from PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from db.engine import Sessions
from db.models import MenuCategory, MenuItem


@dataclass(frozen=True)
class MenuRow:
    """A dish of one kitchen, as it is indexed; price in minor units, of the smallest size."""

    item_id: UUID
    restaurant_id: UUID
    name: str
    description: str
    category: str
    price: int
    diets: Sequence[str]
    allergens: Sequence[str]
    tags: Sequence[str]
    aliases: Sequence[str]
    available: bool

    def fields(self) -> dict[str, str]:
        """Its searchable text, by where it stands."""
        return {
            "name": self.name,
            "aliases": " ".join(self.aliases),
            "tags": " ".join(self.tags),
            "category": self.category,
            "diets": " ".join(self.diets),
            "description": self.description,
        }


async def menu_rows(sessions: Sessions) -> list[MenuRow]:
    """Every dish of every kitchen."""
    query = select(MenuItem, MenuCategory.name).join(
        MenuCategory, col(MenuCategory.id) == col(MenuItem.category_id)
    )
    async with sessions() as session:
        rows = (await session.execute(query)).all()
    return [
        MenuRow(
            item_id=item.id,
            restaurant_id=item.restaurant_id,
            name=item.name,
            description=item.description,
            category=category,
            price=item.price,
            diets=item.diets,
            allergens=item.allergens,
            tags=item.tags,
            aliases=item.aliases,
            available=item.available and item.stock != 0,
        )
        for item, category in rows
    ]
