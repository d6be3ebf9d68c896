"""Changes to one placed order, worked out, agreed to and carried out as the tools do it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from db.models import Order
from domain.address import Place, Point
from domain.changes import Action
from domain.ids import new_id
from operations import planning
from operations.changing import Agreement, Done, carry_out
from operations.planning import Asked, Plan
from tests.fakes.payments import FakePayments
from tests.fakes.riding import DISPATCH
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import order_of

RULES = DISPATCH["US"]


def still() -> None:
    """The yes stands."""


@dataclass
class Desk:
    """Changes to one order, worked out and carried out."""

    shop: Shop
    cards: FakePayments | None
    order: Order

    def asked(self, action: Action, **arguments: Any) -> Asked:
        return Asked(self.order.id, action, **arguments)

    async def plan(self, asked: Asked) -> Plan:
        async with self.shop.transaction() as session:
            row = await session.get_one(Order, asked.order_id)
            return await planning.plan(session, row, asked, MARKETS["US"], RULES)

    async def do(self, asked: Asked, terms: str, check: Callable[[], None] = still) -> Done:
        agreed = Agreement(terms, self.order.call_id or new_id(), check)
        return await carry_out(
            self.shop.transaction, self.cards, self.shop.clock, MARKETS["US"], asked, agreed, RULES
        )

    async def change(self, action: Action, **arguments: Any) -> Done:
        """Proposed, agreed to, done."""
        asked = self.asked(action, **arguments)
        return await self.do(asked, (await self.plan(asked)).terms)


async def cash(shop: Shop, **order: Any) -> Desk:
    return Desk(shop, None, await order_of(shop, **order))


async def card(shop: Shop, cards: FakePayments, **order: Any) -> Desk:
    return Desk(shop, cards, await order_of(shop, cards=cards, **order))


def elsewhere(order: Order, lat: float = 0.0, **parts: Any) -> Place:
    """A door `lat` degrees further north."""
    here = Place.model_validate(order.place)
    point = Point(lat=here.point.lat + lat, lng=here.point.lng)
    return here.model_copy(update={"line": "12 Mill Street", "point": point, "label": None, **parts})
