"""A kitchen on the line, and one at its desk: Spice Route in Old Mill unless another one is named."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from db.models import Restaurant
from operations.kitchen_queue import Who
from tests.fakes.call import Talk, listened
from tests.fakes.shop import Shop
from tools.kitchen import notify_restaurant
from tools.result import Result
from tools.tool import Tool

OLD_MILL, DOWNTOWN = "Spice Route, Old Mill", "Spice Route, Downtown"


async def desk_of(shop: Shop, kitchen: str = OLD_MILL) -> Who:
    """A kitchen, now."""
    return Who(await shop.kitchen(kitchen), shop.clock.now())


@dataclass
class Stove:
    """A kitchen's call."""

    talk: Talk
    shop: Shop
    heard: list[str] = field(default_factory=list)

    async def do(self, tool: Tool, **arguments: Any) -> Result:
        """A tool's facts, with what the kitchen heard of it; all that is said is kept."""
        result = await listened(self.talk, tool, **arguments)
        self.heard.append(str(result.get("say", "")))
        return result

    async def hear(self) -> Result:
        """The order that waits longest."""
        return await self.do(notify_restaurant)


async def at_stove(talk: Talk, shop: Shop, kitchen: str = OLD_MILL) -> Stove:
    """That call is a kitchen's."""
    state = talk.state
    state.kitchen_id = await shop.kitchen(kitchen)
    state.caller, state.agent, state.customer_id = "restaurant", "restaurant_coordination", None
    return Stove(talk, shop)


async def paused_until(shop: Shop, kitchen: str = OLD_MILL) -> timedelta | None:
    """How long from now the kitchen takes no orders; None when it does."""
    async with shop.sessions() as session:
        row = await session.get_one(Restaurant, await shop.kitchen(kitchen))
    return row.paused_until - shop.clock.now() if row.paused_until else None
