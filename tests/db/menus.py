"""The invented menus as rows of the index, without a database."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from db.menu_rows import MenuRow
from db.seeding.checks import Catalogue
from domain.ids import new_id


@dataclass(frozen=True)
class World:
    """Rows, the kitchens of each city (one of each brand), and what each dish is called."""

    rows: list[MenuRow]
    kitchens: dict[str, list[UUID]]
    names: dict[UUID, str]


def rows_of(catalogue: Catalogue) -> World:
    """Every dish of every branch, with fresh ids."""
    rows: list[MenuRow] = []
    kitchens: dict[str, dict[str, UUID]] = defaultdict(dict)
    for brand in catalogue.brands.values():
        for branch in brand.branches:
            kitchen = new_id()
            kitchens[branch.city].setdefault(brand.slug, kitchen)
            for dish in brand.dishes:
                price = dish.price_in(catalogue.cities[branch.city].country)
                if price is not None:
                    rows.append(
                        MenuRow(
                            item_id=new_id(),
                            restaurant_id=kitchen,
                            name=dish.name,
                            description=dish.description,
                            category=dish.category,
                            price=price,
                            diets=dish.diets,
                            allergens=dish.allergens,
                            tags=dish.tags,
                            aliases=dish.aliases,
                            available=dish.name not in branch.sold_out,
                        )
                    )
    return World(
        rows, {city: list(ids.values()) for city, ids in kitchens.items()}, {r.item_id: r.name for r in rows}
    )
