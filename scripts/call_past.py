"""Gives a scenario's caller a past: a copy of them, at a number of its own, with the orders they have had."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from db.engine import Sessions
from db.seeding.catalogue import read_catalogue
from db.seeding.checks import Catalogue
from db.types import Keyring
from scripts.business_time import BusinessTime
from scripts.call_expect import Plan
from scripts.call_rows import Rows
from scripts.child import StackError
from scripts.past import Books, PastCall, copy_of, past_order, spare_number
from scripts.run_file import Running
from vendors.payments import CardPayments
from vendors.stripe import Stripe

CHANNEL = "twilio"


@dataclass(frozen=True)
class Backstory:
    """From which number somebody calls, and the orders they have had there, by the scenario's names for them."""

    phone: str
    orders: Mapping[str, UUID] = field(default_factory=dict)


@dataclass
class Backstage:
    """A running stack from behind."""

    keyring: Keyring
    sessions: Sessions
    world: Catalogue
    cards: CardPayments
    time: BusinessTime

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        return self.time.at(datetime.now(UTC))


async def backstory(running: Running, rows: Rows, plan: Plan) -> Backstory:
    """Write a plan's past into the stack; who has none calls from their own number.

    Raises:
        StackError: nobody knows what time it is in the stack, or a real provider would have to take cards.
    """
    if not plan.expect.given or plan.line is None:
        return Backstory(plan.phone)
    time = time_of(running)
    world = await asyncio.to_thread(read_catalogue)
    cards = Stripe(running.payments_key, running.payments_url)
    try:
        return await written(Backstage(rows.keyring, rows.sessions, world, cards, time), plan, plan.line)
    finally:
        await cards.close()


def time_of(running: Running) -> BusinessTime:
    """The time in a stack that can be given a past. Raises StackError."""
    time = BusinessTime.load(Path(running.clock_file))
    if time is None:
        raise StackError(f"nobody knows what time it is there: {running.clock_file} has gone")
    if not running.payments_key:
        raise StackError("a caller with a past needs the sandbox's card provider, and a real one is set up")
    return time


async def written(books: Books, plan: Plan, line: str) -> Backstory:
    """The copy and its orders, placed in calls to this line."""
    market = next(each.market for each in books.world.numbers.numbers if each.number == line)
    number = await spare_number(books, market)
    call = PastCall(line, CHANNEL, await copy_of(books, plan.phone, number))
    orders = {name: await past_order(books, order, call) for name, order in plan.expect.given.items()}
    return Backstory(number, {name: placed.id for name, placed in orders.items()})
