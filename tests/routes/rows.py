"""Rows the seed does not have: calls, with what was said in them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from db.engine import Sessions
from db.models import Brand, CallRow, CallSnapshot, Customer, Restaurant
from domain.call_state import CallState
from domain.ids import new_id
from operations import reading
from tests.fakes.given import KEYRING, SEEDED_AT

ASHA_PHONE = "+15125550110"


async def customer_id(sessions: Sessions, e164: str = ASHA_PHONE) -> UUID:
    """The seeded customer of that number."""
    async with sessions() as session:
        query = select(Customer.id).where(col(Customer.phone_hash) == KEYRING.phone_hash(e164))
        return (await session.scalars(query)).one()


async def spice_route(sessions: Sessions) -> UUID:
    """A Spice Route kitchen in the USA."""
    async with sessions() as session:
        query = select(Restaurant.id).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
        rows = await session.scalars(query.where(Brand.name == "Spice Route", Restaurant.market == "US"))
        return rows.all()[0]


async def add_call(sessions: Sessions, sid: str, *, ended: bool = False, **values: Any) -> UUID:
    """A call that began when the rows were seeded."""
    row = CallRow(
        sid=sid,
        channel="webrtc",
        market="US",
        line="+15125550100",
        status="completed" if ended else "in-progress",
        outcome="goodbye" if ended else None,
        started_at=SEEDED_AT,
        ended_at=SEEDED_AT + timedelta(minutes=3) if ended else None,
        **values,
    )
    async with sessions() as session, session.begin():
        session.add(row)
    return row.id


async def add_state(sessions: Sessions, call_id: UUID, note: str | None = None) -> None:
    """A snapshot of the call with two naan in the cart, with a note on them."""
    async with sessions() as session, session.begin():
        kitchen, dishes = await reading.menu(session, await spice_route(sessions))
        naan = next(dish for dish in dishes if dish.name == "Garlic Naan")
        paneer = next(dish for dish in dishes if dish.name == "Paneer Tikka")
        state = CallState(
            call_id=call_id,
            cart_call_id=call_id,
            channel="webrtc",
            line="+15125550100",
            market="US",
            city="Larkfield",
            started_at=SEEDED_AT,
        )
        state.cart.add(naan, 2, None, [], note)
        state.cart.add(paneer, 1, "full", [], None)
        state.restaurant_id = kitchen.id
        session.add(
            CallSnapshot(
                call_id=call_id,
                version=1,
                cart_version=state.cart.version,
                at=SEEDED_AT,
                state=state.model_dump(mode="json"),
            )
        )


def unknown(prefix: str) -> str:
    """An id of that kind which belongs to nothing."""
    return f"{prefix}_{new_id().hex}"
