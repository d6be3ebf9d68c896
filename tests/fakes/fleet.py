"""The drivers of the seeded city and the jobs that find, call and watch them, run by hand."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from db.models import Assignment, Audit, Driver, Order, Outbox
from domain.address import Point
from domain.delivery import HELD, AssignmentStatus, Declined
from domain.jobs import Ending
from operations import dispatching, drivers, ledger, menus
from operations.dispatching import SEARCH, Who
from operations.progress import note_progress
from operations.searching import OFFER
from tasks.dispatch import HANDLERS
from tasks.work import Tools, Work
from tests.fakes.errands import Phones
from tests.fakes.riding import DISPATCH, cooking, driver
from tests.fakes.standing import set_order

PHONES = {f"+1512555013{last}": name for last, name in enumerate(("Luis", "Keisha", "Andy", "Mei", "Omar"))}


@dataclass
class Fleet(Phones):
    """A worker of dispatch, and what became of its offers."""

    @property
    def tools(self) -> Tools:
        """See Phones; with the figures of deliveries as they are shipped."""
        made = super().tools
        object.__setattr__(made, "dispatch", DISPATCH)
        return made

    async def look(self, kind: str, key: object) -> Ending:
        """What a handler of dispatch makes of its job at this moment."""
        row = await self.row(kind, key)
        return await HANDLERS[kind](Work(kind, row.key, row.payload, 1, row.created_at, self.tools))

    async def waiting(self, ready_in: float = 2.0, status: str = "preparing") -> Order:
        """Asha's order, cooked in so many minutes, and the job that finds its driver."""
        order = await cooking(self.shop, status=status)
        now = self.shop.clock.now()
        await set_order(self.shop, order.id, ready_by=now + timedelta(minutes=ready_in))
        async with self.shop.transaction() as session:
            await ledger.job(session, SEARCH, str(order.id), {"order_id": str(order.id)}, now, now)
        return order

    async def search(self, order: Order) -> Ending:
        """The newest search of an order."""
        jobs = [job for job in await self.shop.jobs(order.id) if job.kind == SEARCH]
        return await self.look(SEARCH, max(jobs, key=lambda job: job.id).key.removeprefix(f"{SEARCH}:"))

    async def names(self) -> dict[UUID, str]:
        """Drivers by id."""
        return {await driver(self.shop, phone): name for phone, name in PHONES.items()}

    async def offers(self, order: Order) -> list[tuple[str, str]]:
        """Whom it was offered to and what became of that, oldest first."""
        names = await self.names()
        rows = await self.rows(order)
        return [(names[row.driver_id], row.status) for row in rows]

    async def rows(self, order: Order) -> list[Assignment]:
        """The assignments of an order, oldest first."""
        rows = await self.shop.rows(Assignment, col(Assignment.order_id) == order.id)
        return [row for row in rows if isinstance(row, Assignment)]

    async def newest(self, order: Order) -> Assignment:
        """The last of them."""
        return (await self.rows(order))[-1]

    async def says(self, order: Order, *, yes: bool) -> None:
        """Whoever it is offered to answers."""
        row = await self.newest(order)
        who = Who(row.driver_id, self.shop.clock.now())
        async with self.shop.transaction() as session:
            if yes:
                await dispatching.accept(session, who, order.id)
            else:
                await dispatching.decline(session, who, order.id, Declined.BUSY)

    async def calls(self, order: Order) -> Ending:
        """The job that calls the driver of the newest offer."""
        return await self.look(OFFER, (await self.newest(order)).id)

    async def set_driver(self, phone: str, **values: object) -> UUID:
        """Change a driver's row, as their shift or their telephone would."""
        driver_id = await driver(self.shop, phone)
        async with self.shop.transaction() as session:
            row = await session.get_one(Driver, driver_id)
            for name, value in values.items():
                setattr(row, name, value)
        return driver_id

    async def only(self, *phones: str) -> None:
        """Nobody else is on shift."""
        for phone in PHONES:
            await self.set_driver(phone, status="available" if phone in phones else "offline")

    async def is_at(self, phone: str, km: float) -> None:
        """A position comes: so many kilometres north of the Old Mill kitchen, at 111.195 km a degree."""
        async with self.shop.sessions() as session:
            at = (await menus.kitchen(session, await self.shop.kitchen("Spice Route, Old Mill"))).point
        driver_id, now = await driver(self.shop, phone), self.shop.clock.now()
        point = Point(lat=at.lat + km / 111.195, lng=at.lng)
        async with self.shop.transaction() as session:
            await drivers.move_to(session, Who(driver_id, now), point)
            held = select(Assignment).where(
                col(Assignment.driver_id) == driver_id, col(Assignment.status).in_(HELD)
            )
            for row in (await session.scalars(held)).all():
                await note_progress(session, row, point, now)

    async def open_offers(self) -> int:
        """Offers that somebody may still take."""
        now = self.shop.clock.now()
        rows = await self.shop.rows(Assignment, col(Assignment.status) == AssignmentStatus.OFFERED)
        return sum(isinstance(row, Assignment) and row.expires_at > now for row in rows)

    async def audited(self, subject: str) -> list[Audit]:
        """What the audit keeps of the system's own tool calls."""
        rows = await self.shop.rows(Audit, col(Audit.subject) == subject, col(Audit.source) == "job")
        return [row for row in rows if isinstance(row, Audit)]

    async def kinds(self, order: Order) -> list[str]:
        """The jobs an order has caused, oldest first."""
        jobs: list[Outbox] = await self.shop.jobs(order.id)
        return [job.kind for job in sorted(jobs, key=lambda job: job.id)]
