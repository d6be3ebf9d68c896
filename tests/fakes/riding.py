"""Drivers of the seeded city, and orders that are offered to them."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col

from db.models import Assignment, Driver, Order
from db.seeding.dispatch import read_dispatch
from db.types import held
from domain.call_state import CallState
from domain.order import OrderStatus
from operations import delivering, dispatching
from operations.dispatching import Who
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order

DISPATCH = read_dispatch()
LUIS, KEISHA, ANDY, MEI, OMAR = (f"+1512555013{last}" for last in range(5))
"""A car in Old Mill, a bicycle Downtown, a car at Riverside, a scooter at Harbor; Omar is off shift."""


async def driver(shop: Shop, phone: str) -> UUID:
    """A driver by their number."""
    (row,) = await shop.rows(Driver, col(Driver.phone_hash) == held().phone_hash(phone))
    assert isinstance(row, Driver)
    return row.id


async def who(shop: Shop, phone: str = LUIS) -> Who:
    """A driver who acts now."""
    return Who(await driver(shop, phone), shop.clock.now())


async def cooking(shop: Shop, cards: FakePayments | None = None, status: str = "preparing") -> Order:
    """Asha's order, as far as the kitchen has got with it."""
    order = await order_of(shop, cards=cards)
    await set_order(shop, order.id, status=status, ready_by=shop.clock.now() + timedelta(minutes=10))
    return await as_it_is(shop, order.id)


async def offered(shop: Shop, order: Order, phone: str = LUIS) -> Assignment:
    """The order is put to a driver."""
    driver_id = await driver(shop, phone)
    async with shop.transaction() as session:
        return await dispatching.offer(session, order.id, driver_id, DISPATCH["US"], shop.clock.now())


async def accepted(shop: Shop, order: Order, phone: str = LUIS) -> Who:
    """The order is theirs."""
    await offered(shop, order, phone)
    acting = await who(shop, phone)
    async with shop.transaction() as session:
        await dispatching.accept(session, acting, order.id)
    return acting


async def riding(shop: Shop, order: Order, phone: str = LUIS) -> Who:
    """They have the food with them."""
    acting = await accepted(shop, order, phone)
    await set_order(shop, order.id, status=OrderStatus.READY)
    async with shop.transaction() as session:
        await delivering.picked_up(session, acting, order.id)
    return acting


async def assignments(shop: Shop, order_id: UUID) -> list[tuple[str, str | None]]:
    """What became of each offer of an order, oldest first, with the reason."""
    rows = await shop.rows(Assignment, col(Assignment.order_id) == order_id)
    return [(row.status, row.reason) for row in rows if isinstance(row, Assignment)]


async def jobs_of(shop: Shop, order_id: UUID, kind: str) -> int:
    """How many jobs of a kind an order has caused."""
    return len([job for job in await shop.jobs(order_id) if job.kind == kind])


async def drives(shop: Shop, state: CallState, phone: str = LUIS) -> None:
    """The call comes from a driver's number."""
    state.caller, state.driver_id, state.agent = "driver", await driver(shop, phone), "driver_assignment"


def other_code(code: str, step: int = 1) -> str:
    """Six digits that are not the code."""
    return f"{(int(code) + step) % 1_000_000:06d}"
