"""What happens between the calls: kitchens finish, drivers ride, food changes hands; each step through an operation."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.engine import transaction
from db.models import Assignment, Driver, Order
from db.seeding.tracking import read_tracking
from domain.address import Place, Point
from domain.delivery import HELD, AssignmentStatus
from domain.order import OrderStatus
from errors import Conflict, Invalid, ToolError
from operations import delivering, kitchen_desk, menus, positions
from operations.dispatching import Who as Driver_
from operations.kitchen_queue import Who
from operations.pieces import Pieces
from operations.positions import Position
from scripts.chaos_setup import Setup

KMH = 40.0
"""As the crow flies, whatever they ride: positions have to be believable, and rides short."""
THERE_KM = 0.02
LEAST = timedelta(seconds=20)
"""Business time between two positions of a driver."""
LONGEST = timedelta(minutes=2)
"""A driver who stood still has not ridden all that time."""
KM_A_DEGREE = 111.2
S, A = OrderStatus, AssignmentStatus


@dataclass(frozen=True)
class Held:
    """A delivery that somebody has."""

    assignment: Assignment
    order: Order
    kitchen: Point

    @property
    def goal(self) -> Point:
        """Where its driver has to go."""
        if self.assignment.status == A.PICKED_UP:
            return Place.model_validate(self.order.place).point
        return self.kitchen


@dataclass(frozen=True)
class Street:
    """The people of the town, as far as they do something by themselves."""

    pieces: Pieces
    setup: Setup

    async def step(self) -> int:
        """Everybody does what has its time; how many things were done. Raises StoreDown."""
        cooked = await self._kitchens()
        held: defaultdict[UUID, list[Held]] = defaultdict(list)
        for one in await self._held():
            held[one.assignment.driver_id].append(one)
        done = [await self._driver(driver_id, theirs) for driver_id, theirs in held.items()]
        return cooked + sum(done)

    async def _kitchens(self) -> int:
        """What is cooked is ready."""
        now, done = self.pieces.clock.now(), 0
        async with transaction(self.pieces.sessions) as session:
            cooking = await session.scalars(select(Order).where(col(Order.status) == S.PREPARING))
            ready = [
                order
                for order in cooking
                if order.ready_by is not None and now >= order.ready_by + self._longer(order)
            ]
        for order in ready:
            at = Who(order.restaurant_id, now)
            done += await self._tried(partial(kitchen_desk.mark_ready, who=at, order_id=order.id))
        return done

    def _longer(self, order: Order) -> timedelta:
        """How much longer than they said they cook an order."""
        return timedelta(minutes=self.setup.fate(order.call_id).late_minutes)

    async def _held(self) -> Sequence[Held]:
        async with transaction(self.pieces.sessions) as session:
            rows = await session.execute(
                select(Assignment, Order)
                .join(Order, col(Order.id) == col(Assignment.order_id))
                .where(col(Assignment.status).in_(HELD))
                .order_by(col(Assignment.answered_at), col(Assignment.id))
            )
            return [
                Held(mine, order, (await menus.kitchen(session, order.restaurant_id)).point)
                for mine, order in rows.all()
            ]

    async def _driver(self, driver_id: UUID, theirs: Sequence[Held]) -> int:
        """Ride on, and do what is to be done where they are: doors come before kitchens."""
        doors = [one for one in theirs if one.assignment.status == A.PICKED_UP]
        waits = [one for one in theirs if one.assignment.status != A.PICKED_UP]
        at = await self._ride(driver_id, (doors or waits)[0].goal)
        done = 0
        for one in doors or waits:
            if at.km_to(one.goal) <= THERE_KM:
                done += await self._arrived(Driver_(driver_id, self.pieces.clock.now()), one)
        return done

    async def _ride(self, driver_id: UUID, goal: Point) -> Point:
        """Where they are now, on the straight way to a goal; told, when it is some time since the last position."""
        now = self.pieces.clock.now()
        async with transaction(self.pieces.sessions) as session:
            row = await session.get_one(Driver, driver_id)
            here, seen = Point(lat=row.lat, lng=row.lng), row.seen_at
        if seen is not None and now - seen < LEAST:
            return here
        hours = (LEAST if seen is None else min(LONGEST, now - seen)) / timedelta(hours=1)
        left = here.km_to(goal)
        share = 1.0 if left <= KMH * hours else KMH * hours / left
        at = Point(lat=here.lat + (goal.lat - here.lat) * share, lng=here.lng + (goal.lng - here.lng) * share)
        told = Position(driver_id, at, now)
        try:
            await positions.report(partial(transaction, self.pieces.sessions), told, now, read_tracking())
        except Invalid:
            return here
        return at

    async def _arrived(self, who: Driver_, one: Held) -> int:
        mine, order = one.assignment, one.order
        if mine.status == A.ACCEPTED:
            return await self._tried(partial(delivering.at_restaurant, who=who, order_id=order.id))
        if mine.status == A.AT_RESTAURANT and order.status == S.READY:
            return await self._tried(partial(delivering.picked_up, who=who, order_id=order.id))
        if mine.status == A.PICKED_UP:
            proved = partial(delivering.delivered, who=who, order_id=order.id, code=order.code)
            return await self._tried(proved)
        return 0

    async def _tried(self, act: Callable[[AsyncSession], Awaitable[object]]) -> int:
        """One transaction of somebody's; 0 where it was settled otherwise meanwhile."""
        try:
            async with transaction(self.pieces.sessions) as session:
                return int(bool(await act(session)))
        except (ToolError, Conflict):
            return 0
