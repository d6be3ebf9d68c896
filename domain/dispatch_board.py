"""Orders that wait against drivers: what each pair costs, which pairs are none, and the cheapest whole.

Everything is an array of orders (rows) by drivers (columns): a hundred by two hundred take milliseconds.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from domain.dispatch import Chosen, Excluded, Left, Plan, Rider, Waiting, reason
from domain.incentive import Dispatch
from domain.travel import Floats, distances

FREE = -1
CODES = tuple(Excluded)
FAR, DECLINED, VEHICLE, ELSEWHERE, STALE = (
    CODES.index(one)
    for one in (Excluded.FAR, Excluded.DECLINED, Excluded.VEHICLE, Excluded.ELSEWHERE, Excluded.STALE)
)
LEFT_OVER = 100_000.0
"""Minutes that an order without a driver costs: more than all pairs of a city, so that nobody is left over who need
not be. Who waits longer costs more: where drivers are few, they go where the food is oldest."""


class Board:
    """One search: orders that are due, drivers of the city, and what is known of the ways between them."""

    def __init__(
        self, orders: Sequence[Waiting], riders: Sequence[Rider], rules: Dispatch, now: datetime
    ) -> None:
        self.orders, self.riders, self.rules, self.now = list(orders), list(riders), rules, now
        self.steps = np.zeros(len(self.orders), dtype=int)
        """How often the radius was widened, by order."""
        kitchens, points = [one.kitchen for one in orders], [one.point for one in riders]
        self._km = distances(kitchens, points)
        roads = rules.roads
        pace = np.array([roads.detour / roads.kmh[rider.vehicle] * 60 for rider in riders], dtype=np.float64)
        trips = np.array([order.km for order in orders], dtype=np.float64)
        self.minutes: Floats = self._km * pace
        """The ride to the kitchen."""
        self.asked = np.zeros(self._km.shape, dtype=bool)
        """Pairs the road table was asked about."""
        self._by_road: set[tuple[int, int]] = set()
        self._door: Floats = trips[:, None] * pace
        reach = np.array([rules.vehicles.get(rider.vehicle, 0.0) for rider in riders], dtype=np.float64)
        self._fixed = self._codes(trips[:, None] > reach)
        self._extra = self._extras()

    def _codes(self, too_far: NDArray[np.bool_]) -> NDArray[np.int8]:
        """Why pairs are none, the radius and the last step aside."""
        codes = np.full(self._km.shape, FREE, dtype=np.int8)
        for column, rider in enumerate(self.riders):
            if (busy := rider.busy(self.rules)) is not None:
                codes[:, column] = CODES.index(busy)
                continue
            if rider.stale(self.rules, self.now):
                codes[:, column] = STALE
            if rider.kitchens:
                for row, order in enumerate(self.orders):
                    if rider.elsewhere(order.kitchen, self.rules):
                        codes[row, column] = ELSEWHERE
        codes[np.isin(codes, (FREE, STALE, ELSEWHERE)) & too_far] = VEHICLE
        columns = {rider.driver_id: column for column, rider in enumerate(self.riders)}
        for row, order in enumerate(self.orders):
            for driver_id in order.refused & columns.keys():
                if codes[row, columns[driver_id]] in (FREE, STALE, VEHICLE, ELSEWHERE):
                    codes[row, columns[driver_id]] = DECLINED
        return codes

    def _extras(self) -> Floats:
        """What sets a driver back for whatever order, minutes."""
        weights = self.rules.weights
        return np.array(
            [
                len(rider.kitchens) * weights.per_delivery
                + max(0.0, 5.0 - rider.rating) * weights.per_star
                + min(rider.recent * weights.per_recent, weights.most_recent)
                + (weights.old_position if rider.stale(self.rules, self.now) else 0.0)
                for rider in self.riders
            ],
            dtype=np.float64,
        )

    def codes(self) -> NDArray[np.int8]:
        """Why each pair is none within the radius of its order; FREE where it is one."""
        radius = np.array(self.rules.search.radius_km)[self.steps]
        codes = self._fixed.copy()
        last = np.array([order.in_vain for order in self.orders], dtype=bool) & (
            self.steps == self.rules.search.last
        )
        codes[last[:, None] & (codes == STALE)] = FREE
        codes[self._km > radius[:, None]] = FAR
        return codes

    def costs(self) -> Floats:
        """Minutes that each pair costs; infinite for those that are none."""
        weights, search = self.rules.weights, self.rules.search
        arrives = self.minutes + search.calling_minutes
        ready = np.array([self._ready_in(order) for order in self.orders], dtype=np.float64)
        late = arrives - ready[:, None]
        cost: Floats = (
            self.minutes
            + np.maximum(late, 0.0) * weights.food_waits
            + np.maximum(-late, 0.0) * weights.driver_waits
            + self._door * weights.to_door
            + self._extra
        )
        cost[self.codes() != FREE] = np.inf
        return cost

    def _ready_in(self, order: Waiting) -> float:
        return (order.ready_by - self.now).total_seconds() / 60

    def solve(self) -> list[tuple[int, int]]:
        """The cheapest whole within the radii: (order, driver) by number. Each driver once, each order at most."""
        overdue = np.array([max(0.0, -self._ready_in(order)) for order in self.orders], dtype=np.float64)
        return assign(self.costs(), LEFT_OVER + 2 * self.rules.weights.food_waits * overdue)

    def widen(self, pairs: Sequence[tuple[int, int]]) -> bool:
        """Look farther where orders are left over: for those nobody is near to, and for all where others compete.

        Returns whether there is anything new to look at.
        """
        has = {row for row, _ in pairs}
        left = [row for row in range(len(self.orders)) if row not in has]
        if not left:
            return False
        before, free = self.steps.copy(), (self.codes() == FREE).any(axis=1)
        rows = slice(None) if free[left].any() else left
        self.steps[rows] = np.minimum(self.steps[rows] + 1, self.rules.search.last)
        return bool((self.steps != before).any())

    def wanted(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs whose ride should be known by road before this is final: the chosen, and each order's best."""
        costs = self.costs()
        close = np.argsort(costs, axis=1, kind="stable")[:, : self.rules.search.by_road]
        asked = np.zeros(costs.shape, dtype=bool)
        np.put_along_axis(asked, close, True, axis=1)
        for pair in pairs:
            asked[pair] = True
        rows, columns = np.nonzero(asked & np.isfinite(costs) & ~self.asked)
        return list(zip(rows.tolist(), columns.tolist(), strict=True))

    def told(self, pair: tuple[int, int], minutes: float, *, by_road: bool) -> None:
        """The road table has answered; where it could not, the estimate stands and is not asked for again."""
        self.minutes[pair], self.asked[pair] = minutes, True
        if by_road:
            self._by_road.add(pair)

    def begins(self) -> list[datetime]:
        """When a driver has to be looked for, by order, to be there when the food is ready: by the best there is now.

        Where there is none within the radius, as for the quickest vehicle at its rim: until then somebody may get free.
        """
        roads, rim = self.rules.roads, self.rules.search.radius_km[0]
        quickest = max(roads.kmh, key=lambda vehicle: roads.kmh[vehicle])
        costs = self.costs()
        best = costs.argmin(axis=1) if costs.shape[1] else np.zeros(len(self.orders), dtype=int)
        rides = [
            float(self.minutes[row, best[row]])
            if costs.shape[1] and np.isfinite(costs[row, best[row]])
            else roads.minutes(rim, quickest)
            for row in range(len(self.orders))
        ]
        return [order.begin_at(ride, self.rules) for order, ride in zip(self.orders, rides, strict=True)]

    def plan(self, pairs: Sequence[tuple[int, int]]) -> Plan:
        """The outcome in words."""
        codes, rows = self.codes(), {row for row, _ in pairs}
        return Plan(
            [
                Chosen(
                    self.orders[row].order_id,
                    self.riders[column].driver_id,
                    int(self.steps[row]),
                    float(self.minutes[row, column]),
                    by_road=(row, column) in self._by_road,
                )
                for row, column in pairs
            ],
            [self._left(row, codes[row]) for row in range(len(self.orders)) if row not in rows],
        )

    def _left(self, row: int, codes: NDArray[np.int8]) -> Left:
        counts = Counter(CODES[code] for code in codes.tolist() if code != FREE)
        free = int((codes == FREE).sum())
        radius = self.rules.search.radius_km[int(self.steps[row])]
        return Left(self.orders[row].order_id, reason(counts, free), radius, dict(counts), free)


def assign(cost: Floats, left: Floats) -> list[tuple[int, int]]:
    """Rows to columns so that the sum is least: each column once, each row at most.

    `cost` is rows by columns, infinite where a pair is none; `left` is what a row without a column costs, by row,
    finite. Pairs come in the order of their rows.
    """
    rows, columns = cost.shape
    whole = np.full((rows, columns + rows), np.inf)
    whole[:, :columns] = cost
    whole[np.arange(rows), columns + np.arange(rows)] = left
    chosen = zip(*(part.tolist() for part in linear_sum_assignment(whole)), strict=True)
    return [(row, column) for row, column in chosen if column < columns]
