"""Orders of earlier calls, moved along as kitchens and riders will move them."""

from uuid import UUID

from sqlmodel import col

from db.models import Audit, Order, OrderEvent, OrderLine, Outbox, PriceLine
from domain.ids import Prefix, show
from operations.placing import place
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, Shop


async def order_of(
    shop: Shop,
    phone: str = ASHA,
    cards: FakePayments | None = None,
    *,
    dish: str = "Dal Tadka",
    quantity: int = 2,
    naan: int = 0,
    promotion: str | None = None,
) -> Order:
    """An order somebody placed in an earlier call, on their first card where a provider is given."""
    state = await shop.hungry(phone, dish, quantity)
    if naan:
        state.cart.add(await shop.dish("Garlic Naan"), naan, None, [], None)
    state.promotion = promotion
    done = await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 1 if cards else None))
    return await as_it_is(shop, done.id)


async def as_it_is(shop: Shop, order_id: UUID) -> Order:
    """The order's row now."""
    (row,) = await shop.rows(Order, col(Order.id) == order_id)
    assert isinstance(row, Order)
    return row


async def set_order(shop: Shop, order_id: UUID, **values: object) -> None:
    """Change an order's row, as a kitchen, a rider or time would."""
    async with shop.transaction() as session:
        row = await session.get_one(Order, order_id)
        for name, value in values.items():
            setattr(row, name, value)


async def dishes(shop: Shop, order_id: UUID) -> list[str]:
    """What is in an order: "2 Dal Tadka"."""
    rows = await shop.rows(OrderLine, col(OrderLine.order_id) == order_id)
    lines = sorted((row for row in rows if isinstance(row, OrderLine)), key=lambda row: row.position)
    return [f"{line.quantity} {line.name}" for line in lines]


async def bill(shop: Shop, order_id: UUID) -> dict[str, int]:
    """The bill's amounts by label, in minor units."""
    rows = await shop.rows(PriceLine, col(PriceLine.order_id) == order_id)
    return {row.label: row.amount for row in rows if isinstance(row, PriceLine)}


async def last_event(shop: Shop, order_id: UUID) -> OrderEvent:
    """What happened last to an order."""
    rows = await shop.rows(OrderEvent, col(OrderEvent.order_id) == order_id)
    return max((row for row in rows if isinstance(row, OrderEvent)), key=lambda row: row.seq)


async def audited(shop: Shop, order_id: UUID) -> list[dict[str, object]]:
    """What the audit keeps of an order."""
    rows = await shop.rows(Audit, col(Audit.subject) == show(Prefix.ORDER, order_id))
    return [row.data for row in rows if isinstance(row, Audit)]


async def kitchen_jobs(shop: Shop, order_id: UUID) -> list[str]:
    """Calls the kitchen is due because of changes."""
    jobs: list[Outbox] = await shop.jobs(order_id)
    return [job.kind for job in jobs if job.kind in ("restaurant.cancel", "restaurant.modify")]
