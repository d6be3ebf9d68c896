"""The driver of a demonstration: rides to the kitchen, then to the door, and tells the product where they are."""

from datetime import datetime, timedelta
from typing import Literal

import httpx

from domain.ids import Prefix, show
from domain.order import OrderStatus
from scripts.child import StackError
from scripts.demo_plan import Jam
from scripts.demo_world import Seen

MODES = {"bicycle": "bicycling", "scooter": "driving", "motorcycle": "driving", "car": "driving"}
IDLE = timedelta(minutes=5)
Goal = Literal["kitchen", "door"]


class Road:
    """One driver at a time: whoever holds the order."""

    def __init__(self, api: httpx.AsyncClient, sandbox: httpx.AsyncClient) -> None:
        self._api, self._sandbox = api, sandbox
        self._ride: tuple[str, str, Goal] | None = None
        self._told_at: datetime | None = None
        self.arrived: Goal | None = None
        self.at = ""
        """Who moved last and how far they have to go, for the narration."""

    async def slow(self, jam: Jam) -> None:
        """Make a place slow."""
        (await self._sandbox.post("/control/roads", json=jam.model_dump())).raise_for_status()

    async def behave(self, behaviour: str) -> None:
        """Whoever is under way drives, stands, or goes the wrong way from now on. Raises StackError."""
        if self._ride is None:
            raise StackError(f"nobody is under way who could be: {behaviour}")
        path = f"/control/rides/{self._ride[0]}"
        (await self._sandbox.patch(path, json={"behaviour": behaviour})).raise_for_status()

    def rides(self, seen: Seen) -> bool:
        """Whether somebody holds the order, and has not brought it."""
        return seen.held is not None and seen.held.status != "delivered"

    async def wait_about(self, seen: Seen) -> None:
        """Everybody else on shift stands where they are, and their telephones tell so every few minutes."""
        if self._told_at is not None and seen.now - self._told_at < IDLE:
            return
        self._told_at = seen.now
        for driver in seen.drivers:
            if seen.held is None or driver.id != seen.held.driver_id:
                here = {"lat": driver.lat, "lng": driver.lng}
                await self._report(show(Prefix.DRIVER, driver.id), here)

    async def follow(self, seen: Seen) -> None:
        """Set off where somebody has to go, and tell where they are by now. Raises StackError."""
        if seen.held is None or seen.driver is None or seen.order is None or seen.kitchen is None:
            self._ride = self.arrived = None
            return
        goal: Goal = "door" if seen.order.status == OrderStatus.PICKED_UP else "kitchen"
        if not self.rides(seen):
            self.at = ""
            return
        driver = show(Prefix.DRIVER, seen.driver.id)
        if self._ride is None or self._ride[1:] != (driver, goal):
            await self._set_off(seen, driver, goal)
        assert self._ride is not None
        answer = await self._sandbox.get(f"/control/rides/{self._ride[0]}")
        answer.raise_for_status()
        ride = answer.json()
        here = {"lat": ride["lat"], "lng": ride["lng"]}
        await self._report(driver, here)
        self.arrived = goal if ride["arrived"] else None
        self.at = f"{seen.driver.name.split()[0]} is {ride['left_m'] / 1000:.1f} km from the {goal}"

    async def _report(self, driver: str, here: dict[str, float]) -> None:
        told = await self._api.post(f"/drivers/{driver}/location", json=here)
        if told.is_error:
            raise StackError(f"a position was refused: {told.text}")

    async def _set_off(self, seen: Seen, driver: str, goal: Goal) -> None:
        assert seen.driver is not None
        assert seen.kitchen is not None
        kitchen = {"lat": seen.kitchen.lat, "lng": seen.kitchen.lng}
        if goal == "door":
            assert seen.door is not None
            start, end = kitchen, {"lat": seen.door.lat, "lng": seen.door.lng}
        else:
            start, end = {"lat": seen.driver.lat, "lng": seen.driver.lng}, kitchen
        ride = {"from": start, "to": end, "mode": MODES[seen.driver.vehicle]}
        answer = await self._sandbox.post("/control/rides", json=ride)
        if answer.is_error:
            raise StackError(f"nobody can ride there: {answer.text}")
        self._ride, self.arrived = (answer.json()["id"], driver, goal), None
