"""From what a search sees to whom it asks: the cheapest whole, by roads as far as it matters, off the loop."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.dispatch import Plan, Rider, Waiting
from domain.dispatch_board import Board
from domain.incentive import Dispatch
from domain.travel import Source, Trip
from operations.travelling import Travel

ROUNDS = 3
"""How often the road table is asked: each time only for what is chosen and not yet known; it settles in two."""
SLACK = timedelta(minutes=1)
"""So much too early is not too early: looking once more takes as long."""


async def choose(
    travel: Travel, orders: Sequence[Waiting], riders: Sequence[Rider], rules: Dispatch, now: datetime
) -> tuple[Plan, dict[UUID, datetime]]:
    """Whom to ask for the orders that are due, and for each that is not when it will be.

    The arithmetic runs in a thread: a hundred orders and two hundred drivers are tens of milliseconds.
    """
    first = await asyncio.to_thread(Board, orders, riders, rules, now)
    begins = await asyncio.to_thread(first.begins)
    early = {order.order_id: at for order, at in zip(first.orders, begins, strict=True) if at > now}
    due = [order for order in first.orders if order.order_id not in early]
    if not due:
        return Plan(), early
    board = first if not early else await asyncio.to_thread(Board, due, riders, rules, now)
    pairs = await asyncio.to_thread(settle, board)
    for _ in range(ROUNDS):
        wanted = await asyncio.to_thread(board.wanted, pairs)
        if not wanted:
            break
        trips = [
            Trip(board.riders[column].point, board.orders[row].kitchen, board.riders[column].vehicle)
            for row, column in wanted
        ]
        legs = await travel.legs(trips, now, rules.roads)
        for pair, leg in zip(wanted, legs, strict=True):
            board.told(pair, leg.minutes, by_road=leg.source is Source.ROADS)
        pairs = await asyncio.to_thread(settle, board)
    plan = board.plan(pairs)
    ready = {order.order_id: order for order in due}
    starts = {one.order_id: ready[one.order_id].begin_at(one.minutes, rules) for one in plan.chosen}
    soon = {order_id: at for order_id, at in starts.items() if at > now + SLACK}
    kept = [one for one in plan.chosen if one.order_id not in soon]
    return Plan(kept, plan.left), early | soon


def settle(board: Board) -> list[tuple[int, int]]:
    """The cheapest whole, looked for as far out as it has to be."""
    pairs = board.solve()
    while board.widen(pairs):
        pairs = board.solve()
    return pairs
