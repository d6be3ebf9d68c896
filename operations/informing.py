"""A person of ours is told of an order that the system cannot help any more: one call-back row, once."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Callback, Customer, Order
from domain.ids import Prefix, show
from operations.callbacks import LONGEST_REASON
from operations.dial_rows import callback_id


async def inform(session: AsyncSession, order: Order, what: str, now: datetime) -> None:
    """Ask for a call to an order's customer, due at once; `what` names the case, and each case is told once.

    Ids only stand in it: they are looked up in the console.
    """
    customer = await session.get(Customer, order.customer_id)
    about = f" ({show(Prefix.ORDER, order.id)})"
    row = {
        "id": callback_id(f"{what}:{order.id}"),
        "phone": customer.phone if customer else None,
        "phone_hash": customer.phone_hash if customer else None,
        "reason": what[: LONGEST_REASON - len(about)] + about,
        "promised_at": now,
        "created_at": now,
    }
    await session.execute(insert(Callback).values(**row).on_conflict_do_nothing())
