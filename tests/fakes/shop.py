"""The seeded city with one caller at its door: states, carts and wanted orders in few words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import yaml
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from db.engine import Sessions
from db.models import (
    Brand,
    CallRow,
    Customer,
    MenuItem,
    OrderEvent,
    Outbox,
    Payment,
    PaymentMethod,
    Restaurant,
)
from db.types import held
from domain.call_state import CallState, Level
from domain.ids import new_id
from domain.market import Market
from domain.menu import Dish
from operations import menus, profiles
from operations.drafts import Wanted
from operations.quoting import quote
from tests.fakes.clock import FixedClock
from tests.fakes.given import SEEDED_AT
from tests.test_layers import ROOT

MARKETS = {
    row["code"]: Market.model_validate(row)
    for row in yaml.safe_load((ROOT / "data/markets.yaml").read_text())["markets"]
}
ASHA, BEN, MARIA, ROHAN = "+15125550110", "+15125550111", "+15125550112", "+911000000110"
STRANGER = "+15125550119"
LINES = {"US": ("+15125550100", "Larkfield"), "IN": ("+911000000100", "Nandipur")}


class Shop:
    """Seeded rows, a clock that stands still, and transactions that are counted."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.clock = FixedClock(SEEDED_AT)
        self.open_transactions = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction as operations are given one."""
        self.open_transactions += 1
        try:
            async with self.sessions() as session, session.begin():
                yield session
        finally:
            self.open_transactions -= 1

    async def kitchen(self, name: str) -> UUID:
        """A restaurant by "Brand, Branch"."""
        brand, branch = name.split(", ")
        query = select(Restaurant.id).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
        async with self.sessions() as session:
            found = await session.scalars(
                query.where(col(Brand.name) == brand, col(Restaurant.branch) == branch)
            )
            return found.one()

    async def dish(self, name: str, kitchen: str = "Spice Route, Old Mill") -> Dish:
        """A dish as it is now."""
        restaurant = await self.kitchen(kitchen)
        query = select(MenuItem.id).where(
            col(MenuItem.restaurant_id) == restaurant, col(MenuItem.name) == name
        )
        async with self.sessions() as session:
            item = (await session.scalars(query)).one()
            return (await menus.dishes(session, [item]))[item]

    async def caller(self, phone: str | None = ASHA, market: str = "US") -> CallState:
        """A call from a number, as it is when the first words are spoken; known numbers are known."""
        line, city = LINES[market]
        phone_hash = held().phone_hash(phone) if phone else None
        async with self.transaction() as session:
            customer = await profiles.by_phone(session, phone_hash) if phone_hash else None
            likely = await profiles.last_point(session, customer.id) if customer else None
            call_id = new_id()
            session.add(
                CallRow(
                    id=call_id,
                    sid=f"CA{call_id.hex}",
                    channel="eval",
                    market=market,
                    line=line,
                    phone=phone,
                    phone_hash=phone_hash,
                    started_at=self.clock.now(),
                )
            )
        return CallState(
            call_id=call_id,
            cart_call_id=call_id,
            channel="eval",
            line=line,
            market=market,
            city=city,
            started_at=self.clock.now(),
            phone_hash=phone_hash,
            customer_id=customer.id if customer else None,
            level=Level.NUMBER if customer else Level.NOBODY,
            likely_point=likely,
        )

    async def at_home(self, state: CallState) -> None:
        """The food goes to the caller's first saved address."""
        assert state.customer_id is not None
        async with self.sessions() as session:
            profile = await profiles.load(session, state.customer_id)
        assert profile is not None
        state.saved_address_id, state.place = profile.places[0]

    async def hungry(self, phone: str = ASHA, dish: str = "Dal Tadka", quantity: int = 2) -> CallState:
        """A caller with one dish for home in the cart, everything said."""
        state = await self.caller(phone)
        await self.at_home(state)
        wanted = await self.dish(dish)
        size = wanted.sizes[-1].name if wanted.sizes else None
        required = [choice.options[0].name for choice in wanted.choices if choice.required]
        state.cart.add(wanted, quantity, size, required, None)
        state.restaurant_id, state.restaurant_name = wanted.restaurant_id, "Spice Route, Old Mill"
        return state

    async def wanted(self, state: CallState, card: int | None = None) -> Wanted:
        """What placing takes; `card` counts the customer's cards from 1, none is cash."""
        assert state.customer_id is not None
        async with self.sessions() as session:
            quoted = await quote(session, state, MARKETS[state.market], self.clock)
            methods = await session.scalars(
                select(PaymentMethod)
                .where(col(PaymentMethod.customer_id) == state.customer_id)
                .order_by(col(PaymentMethod.position))
            )
            found = methods.all()
        return Wanted(
            state=state.model_copy(deep=True),
            bill=quoted.bill,
            customer_id=state.customer_id,
            payment="cash" if card is None else f"card-{card}",
            method_id=None if card is None else found[card - 1].id,
            minutes=quoted.minutes,
            start_at=None,
        )

    async def rows(self, table: type[SQLModel], *where: object) -> list[SQLModel]:
        """Rows of a table, in the order their ids were made."""
        query = select(table).where(*where)  # type: ignore[arg-type]
        async with self.sessions() as session:
            found = list(await session.scalars(query))
        return sorted(found, key=lambda row: str(getattr(row, "id", getattr(row, "seq", 0))))

    async def ledger(self, order_id: UUID) -> list[str]:
        """What happened to the money of an order, in its order."""
        rows = await self.rows(Payment, col(Payment.order_id) == order_id)
        return [row.kind for row in rows if isinstance(row, Payment)]

    async def events(self, order_id: UUID) -> list[str]:
        """What happened to an order, in its order."""
        rows = await self.rows(OrderEvent, col(OrderEvent.order_id) == order_id)
        events = sorted((row for row in rows if isinstance(row, OrderEvent)), key=lambda row: row.seq)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return [event.type for event in events]

    async def jobs(self, order_id: UUID) -> list[Outbox]:
        """The jobs an order has caused."""
        rows = await self.rows(Outbox)
        return [
            row for row in rows if isinstance(row, Outbox) and row.payload.get("order_id") == str(order_id)
        ]

    async def stock(self, dish: Dish) -> int | None:
        """Portions left."""
        async with self.sessions() as session:
            return (await session.get_one(MenuItem, dish.id)).stock

    async def set_item(self, dish: Dish, **values: object) -> None:
        """Change a dish's row, as a kitchen would."""
        async with self.transaction() as session:
            item = await session.get_one(MenuItem, dish.id)
            for name, value in values.items():
                setattr(item, name, value)

    async def set_kitchen(self, restaurant_id: UUID, **values: object) -> None:
        """Change a restaurant's row."""
        async with self.transaction() as session:
            row = await session.get_one(Restaurant, restaurant_id)
            for name, value in values.items():
                setattr(row, name, value)

    async def customer(self, customer_id: UUID) -> Customer:
        """A customer's row."""
        async with self.sessions() as session:
            return await session.get_one(Customer, customer_id)
