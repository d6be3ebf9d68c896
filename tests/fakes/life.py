"""One order, and everybody who may do something to it: they do it whether it makes sense or not."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from db.engine import open_engine, open_sessions
from domain.changes import Action
from domain.deciding import Choice
from domain.delivery import Declined
from domain.dialling import Topic
from domain.order import OrderStatus, Substitution
from errors import Conflict, ToolError
from operations import deciding, delivering, dispatching, kitchen_desk, sold_out
from operations.dispatching import Who as Driver
from operations.kitchen_queue import BY_CUSTOMER, BY_SYSTEM, Who
from operations.sold_out import Missing
from operations.turning_down import Reason, reject
from operations.undecided import Question
from tests.fakes.desk import Desk
from tests.fakes.errands import Phones
from tests.fakes.given import KEYRING
from tests.fakes.payments import FakePayments
from tests.fakes.riding import DISPATCH, KEISHA, LUIS, other_code, who
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.fakes.story import COUNTED, Rows, caused, check_bill, check_driver, check_life, check_money, read
from tests.fakes.stove import desk_of

S = OrderStatus
Result = TypeVar("Result")
drivers = st.sampled_from([LUIS, KEISHA])


class Life(RuleBasedStateMachine):
    """One order, and everybody who may do something to it: they do it whether it makes sense or not."""

    address: ClassVar[str]
    runner: ClassVar["asyncio.Runner"]

    def __init__(self) -> None:
        super().__init__()
        self.engine = open_engine(self.address, KEYRING, size=3)
        self.shop = Shop(open_sessions(self.engine))
        self.cards = FakePayments(lambda: self.shop.open_transactions)
        self.phones = Phones(self.shop, self.cards)
        self.order_id: UUID
        self.now: Rows

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for it."""
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.engine.dispose())

    async def _clear(self) -> None:
        """Nothing is left of the life before: no orders, no jobs, no rides."""
        async with self.engine.begin() as connection:
            await connection.execute(text("TRUNCATE orders, outbox CASCADE"))

    @initialize(card=st.booleans(), naan=st.sampled_from([0, 2, 2]), wish=st.sampled_from(Substitution))
    def place(self, card: bool, naan: int, wish: Substitution) -> None:
        """Somebody orders."""

        async def place() -> UUID:
            await self._clear()
            order = await order_of(self.shop, cards=self.cards if card else None, naan=naan)
            await set_order(self.shop, order.id, substitution=wish)
            return order.id

        self.order_id = self.run(place())
        self.now = self.run(self.rows())

    def tries(self, work: Awaitable[object]) -> None:
        """Done, or refused; what is refused has changed nothing."""

        async def attempt() -> None:
            try:
                await work
            except (ToolError, Conflict):
                assert (await self.rows()).all == self.now.all
            self.now = await self.rows()
            self.shop.clock.advance(timedelta(seconds=1))

        self.run(attempt())

    async def rows(self) -> Rows:
        """All there is about the order."""
        async with self.shop.sessions() as session:
            return await read(session, self.order_id)

    async def kitchen(self) -> Who:
        return await desk_of(self.shop)

    @rule()
    def the_kitchen_hears_it(self) -> None:
        async def hear() -> None:
            at = await self.kitchen()
            async with self.shop.transaction() as session:
                slip = await kitchen_desk.read_out(session, at, self.order_id)
                await kitchen_desk.heard(session, at, self.order_id, slip.seq)

        self.tries(hear())

    @rule(minutes=st.sampled_from([10, 25]), paid=st.booleans())
    def the_kitchen_takes_it(self, minutes: int, paid: bool) -> None:
        """Says how long it takes; a card may be charged at once, or later."""
        self.the_kitchen_hears_it()

        async def confirm() -> None:
            at = await self.kitchen()
            async with self.shop.transaction() as session:
                await kitchen_desk.confirm(session, at, self.order_id, minutes, None)

        self.tries(confirm())
        if paid:
            self.a_worker_looks("payments.capture")

    @rule(reason=st.sampled_from(Reason))
    def the_kitchen_turns_it_down(self, reason: Reason) -> None:
        async def turn_down() -> None:
            at = await self.kitchen()
            await reject(self.shop.transaction, self.cards, self.shop.clock, at, self.order_id, reason)

        self.tries(turn_down())

    @rule(line=st.sampled_from([1, 2, 2]))
    def the_kitchen_has_run_out_of_a_dish(self, line: int) -> None:
        async def gone() -> None:
            at = await self.kitchen()
            missing = Missing(self.order_id, line)
            await sold_out.handle(
                self.shop.transaction, self.cards, self.shop.clock, MARKETS["US"], at, missing
            )

        self.tries(gone())

    @rule(
        line=st.sampled_from([1, 2, 2]),
        choice=st.sampled_from(Choice),
        by=st.sampled_from([BY_CUSTOMER, BY_SYSTEM]),
    )
    def somebody_decides_about_a_dish(self, line: int, choice: Choice, by: str) -> None:
        async def decide() -> None:
            question = Question(self.order_id, line)
            await deciding.decide(
                self.shop.transaction,
                self.cards,
                self.shop.clock,
                MARKETS["US"],
                question,
                choice if by == BY_CUSTOMER else Choice.LEAVE_OUT,
                by=by,
            )

        self.tries(decide())

    @rule(line=st.sampled_from([1, 2]), answered=st.booleans(), choice=st.sampled_from(Choice))
    def a_dish_is_missing_and_decided_about(self, line: int, answered: bool, choice: Choice) -> None:
        self.the_kitchen_has_run_out_of_a_dish(line)
        self.somebody_decides_about_a_dish(line, choice, BY_CUSTOMER if answered else BY_SYSTEM)

    @rule()
    def it_is_cooked(self) -> None:
        async def ready() -> None:
            at = await self.kitchen()
            async with self.shop.transaction() as session:
                await kitchen_desk.mark_ready(session, at, self.order_id)

        self.tries(ready())

    @rule(
        asked=st.sampled_from(
            [
                (Action.CANCEL, {}),
                (Action.REMOVE, {"line": 2}),
                (Action.QUANTITY, {"line": 1, "quantity": 1}),
                (Action.NOTE, {"note": "ring twice"}),
            ]
        )
    )
    def the_customer_changes_it(self, asked: tuple[Action, dict[str, Any]]) -> None:
        async def change() -> None:
            order = await as_it_is(self.shop, self.order_id)
            desk = Desk(self.shop, self.cards, order)
            await desk.change(asked[0], **asked[1])

        self.tries(change())

    async def driver(self, phone: str) -> Driver:
        return await who(self.shop, phone)

    @rule(phone=drivers)
    def it_is_offered(self, phone: str) -> None:
        async def offer() -> None:
            at = await self.driver(phone)
            async with self.shop.transaction() as session:
                await dispatching.offer(
                    session, self.order_id, at.driver_id, DISPATCH["US"], self.shop.clock.now()
                )

        self.tries(offer())

    @rule(phone=drivers)
    def a_driver_takes_it(self, phone: str) -> None:
        self.it_is_offered(phone)

        async def accept() -> None:
            at = await self.driver(phone)
            async with self.shop.transaction() as session:
                await dispatching.accept(session, at, self.order_id)

        self.tries(accept())

    @rule(phone=drivers)
    def a_driver_leaves_it(self, phone: str) -> None:
        async def decline() -> None:
            at = await self.driver(phone)
            async with self.shop.transaction() as session:
                await dispatching.decline(session, at, self.order_id, Declined.TOO_FAR)

        self.tries(decline())

    @rule(phone=drivers)
    def a_driver_gives_it_back(self, phone: str) -> None:
        async def problem() -> None:
            at = await self.driver(phone)
            async with self.shop.transaction() as session:
                await delivering.problem(session, at, self.order_id, "a flat tyre")

        self.tries(problem())

    @rule(phone=drivers)
    def a_driver_picks_it_up(self, phone: str) -> None:
        async def pick_up() -> None:
            at = await self.driver(phone)
            async with self.shop.transaction() as session:
                await delivering.picked_up(session, at, self.order_id)

        self.tries(pick_up())

    @rule(phone=drivers, right=st.sampled_from([True, True, False]))
    def a_driver_brings_it(self, phone: str, right: bool) -> None:
        async def bring() -> None:
            at = await self.driver(phone)
            code = (await as_it_is(self.shop, self.order_id)).code
            async with self.shop.transaction() as session:
                said = code if right else other_code(code)
                await delivering.delivered(session, at, self.order_id, said)

        self.tries(bring())

    @rule()
    def it_goes_well(self) -> None:
        """The next step of a life without trouble, or hardly any order would get to its door."""
        match self.now.order.status:
            case S.PLACED:
                self.the_kitchen_takes_it(25, paid=True)
            case S.PREPARING:
                self.a_driver_takes_it(LUIS)
                self.it_is_cooked()
            case S.READY:
                self.a_driver_takes_it(LUIS)
                self.a_driver_picks_it_up(LUIS)
            case S.PICKED_UP:
                self.a_driver_brings_it(LUIS, True)

    @rule(kind=st.sampled_from(["payments.capture", "restaurant.announce"]))
    def a_worker_looks(self, kind: str) -> None:
        """A job is due, or looked at once more."""

        async def look() -> None:
            if self.now.jobs[kind]:
                await self.phones.look(kind, self.order_id)

        self.tries(look())

    @rule(heard=st.booleans())
    def nobody_has_answered(self, heard: bool) -> None:
        """Eight minutes pass, whether the kitchen has heard of it or not."""
        if heard:
            self.the_kitchen_hears_it()
        self.shop.clock.advance(timedelta(minutes=8))
        self.a_worker_looks("restaurant.announce")
        asked = any(event.type == "kitchen.unavailable" for event in self.now.events)
        assert self.now.order.status != S.PLACED or asked, "an order that nobody answers does not wait"

    @invariant()
    def its_rows_tell_one_story(self) -> None:
        """What has to be true at any moment, whatever was done before."""
        check_life(self.now)
        check_bill(self.now)
        check_money(self.now, self.cards)
        counted = Counter({kind: self.now.jobs[kind] for kind in COUNTED if self.now.jobs[kind]})
        assert counted == caused(self.now.events)
        check_driver(self.now)
        assert all(Topic(row.topic) is Topic.ORDERS for row in self.now.dials)
        assert set(self.cards.open_while_asked) <= {0}, "no provider is asked in an open transaction"
