"""A dish of an order has run out and its customer is asked: what can be done about it, and what each way costs."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, OrderLine
from domain import changes, deciding
from domain.cart import CartLine
from domain.deciding import Choice
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, Substitution
from domain.saying import Saying
from errors import ToolError
from operations import planning, substitutes, swapping, tracking
from operations.kitchen_queue import ASKED, COOKING, UNAVAILABLE
from operations.planning import Standing

S = OrderStatus
WAITING = (S.PLACED, S.SCHEDULED)
OPEN = (*WAITING, *COOKING)
"""While it can be decided: later the food has been packed without the dish, and that is a complaint."""
ELSEWHERE = "That order is from another country. Say so, and offer that a person calls back (ask_for_person)."
OTHERWISE = "ask whether to leave it out"
DEARER = (
    "With {dish} the order costs {after}, and cash is possible up to {most}. Say so, and ask for another dish, or "
    "whether to leave it out."
)
NO_MORE = (
    "With {dish} the order costs {after}, more than the {most} that is paid, which cannot grow. Say so, and ask for "
    "another dish, or whether to leave it out."
)


@dataclass(frozen=True)
class Question:
    """One dish of an order that its customer is asked about, by its line's number."""

    order_id: UUID
    line: int


@dataclass(frozen=True)
class Open:
    """A question as it stands."""

    question: Question
    line: OrderLine
    offered: UUID | None
    """The dish the kitchen has offered for it; None when it has offered nothing."""
    only: bool
    """Nothing is left of the order without it."""
    rest: bool
    """The kitchen has other dishes of the order."""

    @property
    def dish(self) -> str:
        """What has run out, by its name."""
        return self.line.name


@dataclass(frozen=True)
class Way:
    """One way to go on; `terms` is what a yes to it is worth."""

    choice: Choice
    after: Money
    means: Saying
    """What it does to the total, or to the money of an order that is cancelled."""
    terms: str
    twin: CartLine | None = None
    """The dish in place of the missing one."""


@dataclass(frozen=True)
class Undecided:
    """A dish that has run out, with every way to go on; `named`: the dish was named by the customer, at its price."""

    open: Open
    standing: Standing
    ways: tuple[Way, ...]
    named: bool
    more: tuple[str, ...]
    """Other dishes of the order that are to be decided about after this one."""

    def way(self, choice: Choice) -> Way | None:
        """How it would be done; None when it cannot be."""
        return next((way for way in self.ways if way.choice is choice), None)

    @property
    def instead(self) -> str | None:
        """The dish that is put to the customer for it, with its size; None where there is none."""
        way = self.way(Choice.INSTEAD)
        if way is None or way.twin is None:
            return None
        return " ".join(part for part in (way.twin.size, way.twin.dish.name) if part)

    @property
    def paid(self) -> Saying:
        """Where the money of the order came from, in words."""
        return _paid(self.standing)

    def told(self, choices: Collection[Choice], *, news: bool = True) -> Saying:
        """These ways with what each costs, in words; with `news` first what has happened."""
        brand = self.standing.kitchen.brand
        parts = [deciding.RUN_OUT.format(brand=brand, dish=self.open.dish)] if news else []
        begun = False
        for way in self.ways:
            if way.choice in choices:
                parts.append(deciding.way(way.choice, way.means, self.instead or "", first=not begun))
                begun = True
        return deciding.together(*parts)


async def asked(session: AsyncSession, order: Order) -> list[Open]:
    """What the customer of an order has to decide, by the numbers of the lines."""
    if order.status not in OPEN:
        return []
    events = await session.scalars(
        select(OrderEvent)
        .where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == UNAVAILABLE)
        .order_by(col(OrderEvent.seq))
    )
    offered: dict[int, str | None] = {}
    for event in events:
        if event.data["outcome"] == ASKED:
            number = int(event.data["line"])
            offered[number] = event.data.get("instead") or offered.get(number)
    lines = await tracking.lines(session, order.id)
    rest = any(line.position not in offered for line in lines)
    return [
        Open(
            Question(order.id, line.position),
            line,
            UUID(item) if (item := offered[line.position]) else None,
            only=len(lines) == 1,
            rest=rest,
        )
        for line in lines
        if line.position in offered
    ]


async def undecided(
    session: AsyncSession,
    order: Order,
    market: Market,
    line: int | None = None,
    said: str | None = None,
    item_id: UUID | None = None,
) -> Undecided | None:
    """What is to be decided first about an order, or about that line; None when nothing is.

    `said` is a dish that the customer has named for it, `item_id` the same one by its id.

    Raises:
        ToolError: there is no such dish, it will not do, or it costs more than can be paid; the message says what
            to ask.
    """
    found = await asked(session, order)
    first = next((one for one in found if line in (None, one.question.line)), None)
    if first is None:
        return None
    if order.currency != market.currency:
        raise ToolError(ELSEWHERE)
    now = await planning.stand(session, order)
    named = said is not None or item_id is not None
    twin = await _twin(session, order, first, said, item_id)
    ways = [
        *([_instead(now, first, twin, market, named)] if twin else []),
        *([_without(now, first, market)] if not first.only else []),
        *([_cancelled(now, first)] if order.status in WAITING or not first.rest else []),
    ]
    more = tuple(one.dish for one in found if one is not first)
    return Undecided(first, now, tuple(ways), named, more)


async def _twin(
    session: AsyncSession, order: Order, open_: Open, said: str | None, item_id: UUID | None
) -> CartLine | None:
    """The dish that is put to the customer: their own, the kitchen's, or one like it where the kitchen named none."""
    line = open_.line
    if said is not None:
        return await substitutes.named(session, order, line, said, keeps_diet=False, otherwise=OTHERWISE)
    if item_id is not None:
        return await substitutes.offered(session, order, line, item_id, keeps_diet=False)
    if open_.offered is not None:
        kitchens = await substitutes.offered(session, order, line, open_.offered)
        if kitchens is not None:
            return kitchens
    if order.substitution == Substitution.REFUND:
        return None
    return await substitutes.similar(session, order, line)


def _instead(now: Standing, open_: Open, twin: CartLine, market: Market, named: bool) -> Way:
    """Raises ToolError when it costs more than can be paid."""
    fresh = swapping.stand_in(now, open_.line, twin, own_price=named)
    bill = swapping.priced_with(now, open_.line, fresh, market).bill
    _check_money(now, bill.total, twin.dish.name, market)
    of = {"item": twin.dish.id, "unit": fresh.unit_amount, "size": twin.size, "choices": twin.choices}
    return Way(
        Choice.INSTEAD,
        bill.total,
        _costs(now, bill.total),
        _terms(now, open_, Choice.INSTEAD, bill.total, of),
        twin,
    )


def _without(now: Standing, open_: Open, market: Market) -> Way:
    after = swapping.priced_without(now, open_.line, market).bill.total
    return Way(Choice.LEAVE_OUT, after, _costs(now, after), _terms(now, open_, Choice.LEAVE_OUT, after, {}))


def _cancelled(now: Standing, open_: Open) -> Way:
    """What becomes of the money is said with it."""
    after, order = Money(0, now.order.currency), now.order
    money = deciding.NOTHING
    if order.payment_kind == "cash":
        money = deciding.NOTHING_DUE
    elif order.payment_status == PaymentStatus.CAPTURED:
        money = deciding.given_back(now.total, _paid(now))
    elif now.money is not None:
        money = deciding.let_go(now.money.attempt.amount, now.card)
    return Way(Choice.CANCEL, after, money, _terms(now, open_, Choice.CANCEL, after, {"money": money}))


def _check_money(now: Standing, after: Money, dish: str, market: Market) -> None:
    """Money that is held or taken cannot grow, and cash has a limit. Raises ToolError with the next step."""
    if now.order.payment_kind == "cash":
        most = max(Money(market.cash_limit, market.currency), now.total)
        if after > most:
            raise ToolError(DEARER.format(dish=dish, after=after, most=most))
        return
    held = now.money is not None and now.order.payment_status != PaymentStatus.CAPTURED
    most = now.money.attempt.amount if now.money is not None and held else now.total
    if after > most:
        raise ToolError(NO_MORE.format(dish=dish, after=after, most=most))


def _costs(now: Standing, after: Money) -> Saying:
    taken = now.order.payment_status == PaymentStatus.CAPTURED
    return deciding.costs(now.total, after, _paid(now) if taken else None)


def _paid(now: Standing) -> Saying:
    """Where the money of an order came from."""
    by_card = now.order.payment_kind == "card"
    return deciding.CARD.format(card=now.card) if by_card else deciding.WHERE_FROM


def _terms(now: Standing, open_: Open, choice: Choice, after: Money, of: dict[str, object]) -> str:
    """Hash of what it does and costs, and of the state of the order it was worked out for."""
    return changes.terms(
        {
            "order": now.order.id,
            "revision": now.revision,
            "payment": now.order.payment_status,
            "line": open_.question.line,
            "choice": choice,
            "after": after.amount,
            **of,
        }
    )
