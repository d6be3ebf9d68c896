"""What a change to a placed order would do and cost: all of it is worked out before the caller is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, OrderLine, PaymentMethod, PriceLine
from domain import changes, proposals
from domain.address import Place
from domain.changes import Action
from domain.incentive import Dispatch
from domain.kitchen import Kitchen
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus
from domain.pricing import Bill
from domain.saying import Saying, both
from domain.speech import say_card as card_in_words
from errors import ToolError
from operations import ledger, menus, proving, tracking, under_way
from operations.ledger import LooseEnd
from operations.repricing import Repriced, Sold, reprice

CHANGED = "order.changed"
KEEP = "Say so, and offer to keep the order as it is, or to cancel it."
PROVE = (
    "The order is paid by card, and that address is new: a code is needed first. Call send_code with purpose address, "
    "say its say, call prove with what they read out, and then propose_change again as before."
)
PERSON = "Say so, and offer that a person calls back about it (ask_for_person)."


@dataclass(frozen=True)
class Asked:
    """What the caller wants of one of their orders."""

    order_id: UUID
    action: Action
    line: int | None = None
    """Which dish, counted from 1 in the order's own order."""
    quantity: int | None = None
    note: str | None = None
    place: Place | None = None
    proved: bool = False
    """The caller has read a code back: what was paid by card may go to a door we do not know."""


@dataclass(frozen=True)
class Standing:
    """An order as it is now, with everything a change of it depends on."""

    order: Order
    kitchen: Kitchen
    sold: Sold
    money: LooseEnd | None
    """What is held on a card for it, or due in cash."""
    card: Saying
    """The card in words: "Visa ending in 4242"."""
    revision: int
    """How often it has been changed."""

    @property
    def total(self) -> Money:
        """What it costs now."""
        return Money(self.order.total, self.order.currency)

    @property
    def name(self) -> Saying:
        """How it is called: "Spice Route order"."""
        return proposals.NAME.format(brand=self.kitchen.brand)


@dataclass(frozen=True)
class Plan:
    """One change, worked out; `terms` is what a yes to `sentence` is worth, in whichever language it was said."""

    asked: Asked
    standing: Standing
    sentence: Saying
    after: Money
    bill: Bill | None = None
    """The new bill, where it is another one."""
    portions: Mapping[UUID, int] = field(default_factory=dict)
    """What is left of lines that are changed, by their id; 0 takes a line off."""
    dish: str | None = None
    """The dish that is fewer, by its name."""
    minutes: int = 0
    """How much later it comes."""

    @property
    def terms(self) -> str:
        """Hash of what it does and costs, and of the state of the order it was worked out for."""
        asked, order = self.asked, self.standing.order
        return changes.terms(
            {
                "order": order.id,
                "revision": self.standing.revision,
                "payment": order.payment_status,
                "action": asked.action,
                "portions": {str(line): left for line, left in self.portions.items()},
                "note": asked.note,
                "place": asked.place.model_dump(mode="json") if asked.place else None,
                "bill": [[line.kind, line.label, line.amount] for line in self.bill.lines]
                if self.bill
                else None,
                "after": self.after.amount,
                "said": self.sentence,
            }
        )


async def plan(
    session: AsyncSession, order: Order, asked: Asked, market: Market, dispatch: Dispatch | None = None
) -> Plan:
    """Work a change out for an order as it is now. `dispatch` says how far the driver who may have it is sent.

    Raises:
        ToolError: it cannot be done, or not by this line; the message has the next step.
    """
    refused = changes.refusal(asked.action, OrderStatus(order.status))
    if refused:
        raise ToolError(refused)
    if order.currency != market.currency:
        raise ToolError(f"That order is from another country. {PERSON}")
    if order.payment_status == PaymentStatus.CAPTURED and asked.action not in (Action.NOTE, Action.ADDRESS):
        raise ToolError(f"That order has been charged already. {PERSON}")
    now = await stand(session, order)
    match asked.action:
        case Action.CANCEL:
            return Plan(asked, now, _cancelling(now), Money(0, order.currency))
        case Action.NOTE:
            if not asked.note:
                raise ToolError("Ask what to pass on, and give it as the note.")
            costs = proposals.total(now.total, now.total, None, None)
            told = proposals.PASSES_ON.format(name=now.name, note=asked.note, costs=costs)
            return Plan(asked, now, told, now.total)
        case Action.ADDRESS:
            moved = _elsewhere(now, asked, market)
            await _check_door(session, now, asked)
            if asked.place:
                await under_way.check_reach(session, order, asked.place.point, dispatch)
            return moved
        case Action.REMOVE | Action.QUANTITY:
            return _less(now, asked, market)


async def stand(session: AsyncSession, order: Order) -> Standing:
    """Read what a change of this order depends on."""
    bill = select(PriceLine).where(col(PriceLine.order_id) == order.id).order_by(col(PriceLine.position))
    sold = Sold(
        order.restaurant_id, await tracking.lines(session, order.id), (await session.scalars(bill)).all()
    )
    money = await ledger.resting(session, order.id)
    revision = await session.scalar(
        select(func.count())
        .select_from(OrderEvent)
        .where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == CHANGED)
    )
    kitchen = await menus.kitchen(session, order.restaurant_id)
    card = await say_card(session, money.attempt.method_id if money else None)
    return Standing(order, kitchen, sold, money, card, revision or 0)


async def say_card(session: AsyncSession, method_id: UUID | None) -> Saying:
    """A card on file in words."""
    method = await session.get(PaymentMethod, method_id) if method_id else None
    return both(partial(card_in_words, f"{method.brand} ending in {method.last4}" if method else "card"))


def _cancelling(now: Standing) -> Saying:
    """What cancelling does, with the money."""
    if now.order.status == OrderStatus.AWAITING_PAYMENT:
        if now.order.payment_status in (PaymentStatus.UNKNOWN, PaymentStatus.AUTHORISED):
            return proposals.CANCELS_UNKNOWN.format(name=now.name)
        return proposals.CANCELS_UNPAID.format(name=now.name)
    if now.order.payment_kind == "cash":
        return proposals.CANCELS_CASH.format(name=now.name)
    if now.money is None:
        raise ToolError(f"What became of the payment of that order is not known here. {PERSON}")
    held = proposals.amount(now.money.attempt.amount)
    return proposals.CANCELS_CARD.format(name=now.name, held=held, card=now.card)


def _less(now: Standing, asked: Asked, market: Market) -> Plan:
    """Fewer of one dish, or none: the bill is made again."""
    line = _line(now, asked)
    left = asked.quantity if asked.action is Action.QUANTITY else 0
    if left is None:
        raise ToolError(f"Ask how many of the {line.name} they want to keep.")
    if left > line.quantity:
        raise ToolError("More of a dish is a new order. Offer to take one (customer_order).")
    if left == line.quantity:
        raise ToolError(f"The order has {left} of it already. Say so.")
    if left == 0 and len(now.sold.lines) == 1:
        raise ToolError("That is the only dish. Offer to cancel the order (action cancel), or to keep it.")
    portions = {line.id: left}
    food = sum(other.unit_amount * portions.get(other.id, other.quantity) for other in now.sold.lines)
    missing = Money(now.kitchen.min_order - food, now.order.currency)
    if missing.amount > 0:
        least = Money(now.kitchen.min_order, now.order.currency)
        raise ToolError(f"{now.kitchen.name} cooks from {least}, and {missing} would be missing. {KEEP}")
    place = Place.model_validate(now.order.place)
    priced = _priced(now, portions, place, market)
    _check_money(now, priced.bill.total, market, "Without it the order costs")
    dish = " ".join(part for part in (line.size, line.name) if part)
    sentence = proposals.fewer(now.name, dish, line.quantity, left, _costs(now, priced))
    return Plan(asked, now, sentence, priced.bill.total, priced.bill, portions, line.name)


def _line(now: Standing, asked: Asked) -> OrderLine:
    """The dish that is meant. Raises ToolError with the dishes there are."""
    lines: Sequence[OrderLine] = now.sold.lines
    if asked.line is None or not 1 <= asked.line <= len(lines):
        known = "; ".join(f"{number} = {tracking.say_line(line)}" for number, line in enumerate(lines, 1))
        raise ToolError(f"Ask which dish is meant, and give its line: {known}.")
    return lines[asked.line - 1]


def _elsewhere(now: Standing, asked: Asked, market: Market) -> Plan:
    """Another door: how far it is decides what it costs and when it comes."""
    place, kitchen = asked.place, now.kitchen
    if place is None:
        raise ToolError("Ask for the new address and call verify_address; then give its handle as address.")
    old = Place.model_validate(now.order.place)
    on_file: dict[str, Any] = {"label": None, "saved": False}
    if place.model_copy(update=on_file) == old.model_copy(update=on_file):
        raise ToolError("That is where it goes already. Say so.")
    if not kitchen.reaches(place.point):
        raise ToolError(f"{kitchen.name} does not deliver there. Say so, and offer to keep the address.")
    priced = _priced(now, {}, place, market)
    _check_money(now, priced.bill.total, market, "There the order costs")
    later = max(0, kitchen.minutes_to(place.point) - kitchen.minutes_to(old.point))
    sentence = proposals.moved(now.name, both(place.spoken), later, _costs(now, priced))
    return Plan(asked, now, sentence, priced.bill.total, priced.bill, minutes=later)


async def _check_door(session: AsyncSession, now: Standing, asked: Asked) -> None:
    """What is paid by card goes to a door on file, or the caller proves who they are. Raises ToolError."""
    if now.order.payment_kind != "card" or asked.proved or asked.place is None:
        return
    if asked.place.same_door(Place.model_validate(now.order.place)):
        return
    if not await proving.known_door(session, now.order.customer_id, asked.place):
        raise ToolError(PROVE)


def _priced(now: Standing, portions: Mapping[UUID, int], place: Place, market: Market) -> Repriced:
    km = now.kitchen.point.km_to(place.point)
    return reprice(now.sold, portions, market, postcode=place.postcode, km=km)


def _check_money(now: Standing, after: Money, market: Market, costs: str) -> None:
    """Money that is held cannot grow, and cash has a limit. Raises ToolError with the next step."""
    if now.order.payment_kind == "cash":
        limit = Money(market.cash_limit, market.currency)
        if after > max(limit, now.total):
            raise ToolError(f"{costs} {after}, and cash is possible up to {limit}. {KEEP}")
        return
    if now.order.payment_status == PaymentStatus.CAPTURED:
        if after > now.total:
            raise ToolError(
                f"{costs} {after}, more than the {now.total} that was charged, which cannot grow. {KEEP}"
            )
        return
    held = now.money.attempt.amount if now.money else now.total
    if after > held:
        raise ToolError(f"{costs} {after}, more than the {held} held on the card, which cannot grow. {KEEP}")


def _costs(now: Standing, priced: Repriced) -> Saying:
    """What the order costs then, and by which means."""
    card = now.card if now.order.payment_kind == "card" else None
    taken = now.order.payment_status == PaymentStatus.CAPTURED
    return proposals.total(now.total, priced.bill.total, card, priced.lost, taken=taken)
