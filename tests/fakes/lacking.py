"""An order of which the kitchen lacks a dish, while its customer has not said what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import col

from db.models import Order, OrderEvent, Refund
from domain.deciding import Choice
from domain.order import OrderStatus as S
from domain.order import Substitution
from operations import capturing, deciding, kitchen_queue, sold_out
from operations.deciding import Agreed, Decided, Question
from operations.kitchen_queue import BY_CUSTOMER, BY_SYSTEM
from operations.sold_out import Missing
from operations.undecided import Undecided, undecided
from tests.fakes.payments import FakePayments
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import as_it_is, dishes, order_of, set_order
from tests.fakes.stove import desk_of


def still() -> None:
    """The answer stands."""


@dataclass
class Table:
    """An order whose kitchen lacks a dish of it: two Garlic Naan beside two Dal Tadka, unless it is said otherwise."""

    shop: Shop
    cards: FakePayments | None
    order: Order

    async def lacks(self, line: int = 2, instead: str | None = None) -> None:
        who = await desk_of(self.shop)
        missing = Missing(self.order.id, line, instead)
        await sold_out.mark_gone(self.shop.transaction, who, missing)
        done = await sold_out.handle(
            self.shop.transaction, self.cards, self.shop.clock, MARKETS["US"], who, missing
        )
        assert done.kind == kitchen_queue.ASKED

    async def found(self, said: str | None = None) -> Undecided:
        async with self.shop.transaction() as session:
            row = await session.get_one(Order, self.order.id)
            found = await undecided(session, row, MARKETS["US"], said=said)
        assert found is not None
        return found

    async def choose(
        self,
        choice: Choice,
        found: Undecided | None = None,
        check: Callable[[], None] = still,
        cards: FakePayments | None = None,
    ) -> Decided:
        """As it is put to the customer now, or was before."""
        found = found or await self.found()
        way = found.way(choice)
        assert way is not None
        item = way.twin.dish.id if way.twin and found.named else None
        return await deciding.decide(
            self.shop.transaction,
            cards or self.cards,
            self.shop.clock,
            MARKETS["US"],
            found.open.question,
            choice,
            by=BY_CUSTOMER,
            call_id=self.order.call_id,
            agreed=Agreed(way.terms, check, item),
        )

    async def time_out(self, line: int = 2) -> Decided:
        return await deciding.decide(
            self.shop.transaction,
            self.cards,
            self.shop.clock,
            MARKETS["US"],
            Question(self.order.id, line),
            Choice.LEAVE_OUT,
            by=BY_SYSTEM,
        )

    async def capture(self) -> None:
        """The kitchen has taken it, and its money has been taken."""
        await set_order(self.shop, self.order.id, status=S.PREPARING)
        await capturing.capture(self.shop.transaction, self.cards, self.shop.clock, self.order.id)

    async def now(self) -> Order:
        return await as_it_is(self.shop, self.order.id)

    async def dishes(self) -> list[str]:
        return await dishes(self.shop, self.order.id)

    async def events(self, kind: str) -> list[OrderEvent]:
        rows = await self.shop.rows(OrderEvent, col(OrderEvent.order_id) == self.order.id)
        return [row for row in rows if isinstance(row, OrderEvent) and row.type == kind]

    async def jobs(self) -> list[str]:
        return [job.kind for job in await self.shop.jobs(self.order.id)]

    async def refunds(self) -> list[Refund]:
        rows = await self.shop.rows(Refund, col(Refund.order_id) == self.order.id)
        return [row for row in rows if isinstance(row, Refund)]


async def laid(shop: Shop, cards: FakePayments | None = None, *, naan: int = 2, **values: object) -> Table:
    order = await order_of(shop, cards=cards, naan=naan)
    await set_order(shop, order.id, substitution=Substitution.CALL_ME, **values)
    return Table(shop, cards, await as_it_is(shop, order.id))
