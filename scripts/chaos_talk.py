"""What people say in calls that we began, without a sound: their answers go through the operations that tools use."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from db.engine import transaction
from db.models import Assignment, CallRow, Number, Order, OrderEvent
from domain.call_state import CallState
from domain.calling import Kind
from domain.deciding import Choice
from domain.delivery import Declined
from domain.dialling import Leg, Topic
from errors import Conflict, ToolError
from operations import deciding, dispatching, kitchen_desk, kitchen_queue, outgoing, sold_out, turning_down
from operations.dialling import leg_of
from operations.dispatching import Who as Driver
from operations.kitchen_queue import ASKED, BY_CUSTOMER, UNAVAILABLE, Who
from operations.pieces import Pieces
from operations.sold_out import Missing
from operations.turning_down import Reason
from operations.undecided import Question
from scripts.chaos_setup import Setup

FIRST_LINE = 1
Open = Callable[[], AbstractAsyncContextManager[AsyncSession]]


@dataclass(frozen=True)
class Talk:
    """One conversation, for as long as it takes to act on it."""

    pieces: Pieces
    setup: Setup
    open: Open

    @classmethod
    def of(cls, pieces: Pieces, setup: Setup) -> "Talk":
        """With transactions of this process."""
        return cls(pieces, setup, partial(transaction, pieces.sessions))

    async def hold(self, call: CallRow) -> None:
        """Say what has to be said about the topic of a call. Raises StoreDown, VendorError."""
        now = self.pieces.clock.now()
        async with self.open() as session:
            leg = await leg_of(session, call.id)
            if leg is None:
                return
            number = await session.scalar(select(Number).where(col(Number.e164) == call.line))
            assert number is not None
            state = await outgoing.state_of(session, call, number, leg, "twilio", now)
        with suppress(ToolError, Conflict):  # settled meanwhile: they say goodbye
            await self._act(leg, state)

    async def _act(self, leg: Leg, state: CallState) -> None:
        now = self.pieces.clock.now()
        if leg.kind is Kind.RESTAURANT:
            await self._kitchen(Who(leg.party_id, now, state.call_id), leg)
        elif leg.topic is Topic.OFFER:
            await self._offer(Driver(leg.party_id, now, state.call_id))
        elif leg.topic is Topic.SUBSTITUTE and leg.order_id is not None:
            await self._decide(leg.order_id, state)
        async with self.open() as session:
            await outgoing.heard(session, state, now)

    # -- kitchens

    async def _kitchen(self, who: Who, leg: Leg) -> None:
        """They answer every order that waits, and hear every change."""
        async with self.open() as session:
            waiting = [order.id for order in await kitchen_queue.waiting(session, who)]
            changed = [order.id for order in await kitchen_queue.changed(session, who)]
        for order_id in waiting:
            with suppress(ToolError, Conflict):
                await self._answer(who, order_id)
        for order_id in changed:
            async with self.open() as session:
                slip = await kitchen_desk.read_out(session, who, order_id)
                await kitchen_desk.heard(session, who, order_id, slip.seq)

    async def _answer(self, who: Who, order_id: UUID) -> None:
        async with self.open() as session:
            order = await session.get_one(Order, order_id)
            fate = self.setup.fate(order.call_id)
            market = self.pieces.markets[fate.market]
        if fate.kitchen == "turns_down":
            await turning_down.reject(
                self.open, self.pieces.cards, self.pieces.clock, who, order_id, Reason.BUSY
            )
            return
        if fate.kitchen == "runs_out":
            missing = Missing(order_id, FIRST_LINE)
            if await sold_out.mark_gone(self.open, who, missing) is not None:
                await sold_out.handle(self.open, self.pieces.cards, self.pieces.clock, market, who, missing)
        async with self.open() as session:
            slip = await kitchen_desk.read_out(session, who, order_id)
            await kitchen_desk.confirm(session, who, order_id, fate.cooks_minutes, slip.seq)

    # -- drivers

    async def _offer(self, who: Driver) -> None:
        """They take it, or let it pass when it is of an order that some let pass."""
        async with self.open() as session:
            found = await dispatching.open_offer(session, who.driver_id, who.now)
            if found is None:
                return
            order = await session.get_one(Order, found.assignment.order_id)
            asked = await session.scalar(
                select(func.count())
                .select_from(Assignment)
                .where(col(Assignment.order_id) == order.id, col(Assignment.id) < found.assignment.id)
            )
            if (asked or 0) < self.setup.fate(order.call_id).skips:
                await dispatching.decline(session, who, order.id, Declined.NOT_SAID)
            else:
                await dispatching.accept(session, who, order.id, found.assignment.id)

    # -- customers

    async def _decide(self, order_id: UUID, state: CallState) -> None:
        """They have it left out."""
        async with self.open() as session:
            events = await session.scalars(
                select(OrderEvent).where(
                    col(OrderEvent.order_id) == order_id, col(OrderEvent.type) == UNAVAILABLE
                )
            )
            lines = [event.data["line"] for event in events if event.data["outcome"] == ASKED]
            order = await session.get_one(Order, order_id)
            market = self.pieces.markets[self.setup.fate(order.call_id).market]
        for line in lines:
            await deciding.decide(
                self.open,
                self.pieces.cards,
                self.pieces.clock,
                market,
                Question(order_id, line),
                Choice.LEAVE_OUT,
                by=BY_CUSTOMER,
                call_id=state.call_id,
                links=self.pieces.links,
            )
