"""A call about one order that was placed before it: changes put to the caller, answered, carried out."""

from dataclasses import dataclass
from typing import Any

from agents import grammar
from db.models import Order
from tests.fakes.call import Talk, run
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is
from tools.changes import carry_out, propose_change
from tools.orders import get_order_status
from tools.result import Result


@dataclass
class Phone:
    """A call about one order that was placed before it."""

    talk: Talk
    shop: Shop
    order: Order
    handle: str

    async def propose(self, action: str = "cancel", **arguments: Any) -> str:
        """Put to the caller; the change's handle."""
        proposed = await run(self.talk.call, propose_change, order=self.handle, action=action, **arguments)
        assert proposed["status"] == "proposed"
        return str(proposed["change"])

    async def agree(self, action: str = "cancel", answer: str = "Yes.", **arguments: Any) -> str:
        """Put to the caller, heard to its end, and answered."""
        change = await self.propose(action, **arguments)
        self.talk.hear()
        grammar.hear(self.talk.call, answer)
        return change

    async def carry_out(self, change: str) -> Result:
        return await run(self.talk.call, carry_out, change=change)

    async def now(self) -> Order:
        return await as_it_is(self.shop, self.order.id)


async def about(talk: Talk, shop: Shop, order: Order) -> Phone:
    """The caller asks after their newest order first."""
    found = (await run(talk.call, get_order_status))["orders"][0]
    return Phone(talk, shop, order, found["order"])
