"""A call about an order of which a dish has run out: what is told, what is answered, what is done."""

from dataclasses import dataclass
from uuid import UUID

from agents import grammar
from db.models import Order
from domain.order import Substitution
from operations import sold_out
from operations.sold_out import Missing
from tests.fakes.call import Talk, run
from tests.fakes.changing import about
from tests.fakes.payments import FakePayments
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import dishes, order_of, set_order
from tests.fakes.stove import desk_of
from tools.deciding import ask_about_unavailable, decide_unavailable
from tools.result import Result


@dataclass
class Caller:
    """Asha on the line about two Dal Tadka and a Garlic Naan on her card, of which the naan has run out."""

    talk: Talk
    shop: Shop
    handle: str

    async def told(self, dish: str | None = None, *, hears: bool = True) -> list[str]:
        """What the system says; heard to its end."""
        before = len(self.talk.line.said)
        await run(self.talk.call, ask_about_unavailable, order=self.handle, dish=dish)
        if hears:
            self.talk.hear()
        return [text for text, _ in self.talk.line.said[before:]]

    def says(self, text: str) -> None:
        grammar.hear(self.talk.call, text)

    async def decides(self, choice: str) -> Result:
        return await run(self.talk.call, decide_unavailable, order=self.handle, choice=choice)

    @property
    def order_id(self) -> UUID:
        return self.talk.state.orders[self.handle]

    async def dishes(self) -> list[str]:
        return await dishes(self.shop, self.order_id)


async def lacking(
    shop: Shop, cards: FakePayments | None, instead: str | None = "Butter Naan", line: int = 2
) -> Order:
    order = await order_of(shop, cards=cards, naan=1)
    await set_order(shop, order.id, substitution=Substitution.CALL_ME)
    await lacks(shop, cards, order.id, instead, line)
    return order


async def lacks(
    shop: Shop, cards: FakePayments | None, order_id: UUID, instead: str | None, line: int
) -> None:
    who, missing = await desk_of(shop), Missing(order_id, line, instead)
    await sold_out.mark_gone(shop.transaction, who, missing)
    await sold_out.handle(shop.transaction, cards, shop.clock, MARKETS["US"], who, missing)


async def calling(talk: Talk, shop: Shop, order: Order) -> Caller:
    """That call is about that order."""
    talk.state.agent = "customer_support"
    return Caller(talk, shop, (await about(talk, shop, order)).handle)
