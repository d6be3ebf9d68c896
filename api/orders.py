"""Orders as the operator reads them, and moves them on where nobody else can."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.keys import Key, needs
from api.request import runtime_of, source_of
from api.schemas import MORE, Amount, Database, Fact, Limit, Personal, Shown, ShownPlace, amount, place, words
from db.models import Order
from domain.ids import Prefix, read, show
from domain.order import OrderStatus, PaymentStatus
from operations import overruling, reading
from operations.overruling import Moved

router = APIRouter(prefix="/orders", tags=["orders"])
READ = [Depends(needs("read"))]
Operator = Annotated[Key, Depends(needs("operate"))]


class ListedOrder(Shown):
    """An order on a list."""

    id: str = Field(examples=["ord_0198f2a0c0de7000800000000000abcd"])
    code: str = Field(
        description="Six digits, as spoken: who has them has the food. Needs the scope `privacy`."
    )
    status: OrderStatus
    payment_status: PaymentStatus
    payment_kind: str = Field(description="cash, card or link")
    restaurant: str
    restaurant_id: str
    customer_id: str
    call_id: str | None
    total: Amount
    created_at: datetime
    placed_at: datetime | None
    wanted_at: datetime | None = Field(description="For later orders: when to deliver.")


class Line(Shown):
    """One dish of an order, as it was sold."""

    dish_id: str
    name: str
    size: str | None
    choices: list[str]
    quantity: int
    note: str | None = Field(description="Needs the scope `privacy`.")
    unit: Amount
    total: Amount


class Charge(Shown):
    """One line of the bill."""

    kind: str = Field(description="item, modifiers, a fee, promotion, tip, tax or rounding")
    label: str
    total: Amount
    rate_bp: int | None = Field(description="Tax rate in basis points, on tax lines.")


class PaymentStep(Shown):
    """One thing that happened to money."""

    id: str
    provider: str
    kind: str = Field(description="attempted, authorised, declined, captured, cancelled, refunded, ...")
    total: Amount
    reference: str | None = Field(description="The payment's id at the provider.")
    code: str | None = Field(description="Why it was declined, in the provider's word.")
    at: datetime


class ShownOrder(ListedOrder):
    """One order with its lines, its bill and its payments."""

    lines: list[Line]
    price_lines: list[Charge]
    payments: list[PaymentStep]
    address: ShownPlace
    note: str | None = Field(description="Needs the scope `privacy`.")
    allergies: list[str] | None = Field(description="Needs the scope `privacy`; null without.")
    substitution: str = Field(description="When a dish is sold out: call_me, similar or refund.")
    promise_minutes: int
    cart_version: int
    updated_at: datetime


class OrderPage(Shown):
    """Orders, newest first."""

    orders: list[ListedOrder]
    next: str | None = Field(description=MORE)


class OrderHistory(Shown):
    """An order's life, oldest first."""

    events: list[Fact]


class Move(BaseModel):
    """Where an order is moved, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    to: Moved = Field(
        description="delivered: by your word, without the code. cancelled, failed: it ends, with all money back."
    )
    reason: str = Field(min_length=3, max_length=200, description="Without names or numbers of people.")


class MovedOrder(Shown):
    """What an order is now."""

    id: str
    status: OrderStatus
    payment_status: PaymentStatus


@router.get("", dependencies=READ)
async def list_orders(
    session: Database,
    personal: Personal,
    status: Annotated[list[OrderStatus] | None, Query(description="May be given several times.")] = None,
    customer: Annotated[str | None, Query(description="A customer's id, `cus_...`.")] = None,
    after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
    limit: Limit = 50,
) -> OrderPage:
    """Orders, newest first."""
    page = await reading.orders(
        session,
        statuses=status or (),
        customer=read(Prefix.CUSTOMER, customer) if customer else None,
        after=read(Prefix.ORDER, after) if after else None,
        limit=limit,
    )
    return OrderPage(
        orders=[ListedOrder(**listed(found.row, found.restaurant, personal)) for found in page.rows],
        next=show(Prefix.ORDER, page.next) if page.next else None,
    )


@router.get("/{id}", dependencies=READ)
async def show_order(session: Database, personal: Personal, id: str) -> ShownOrder:
    """One order with its lines, its bill and its payments."""
    whole = await reading.order(session, read(Prefix.ORDER, id))
    order = whole.order
    return ShownOrder(
        **listed(order, whole.restaurant, personal),
        lines=[
            Line(
                dish_id=show(Prefix.DISH, line.item_id),
                name=line.name,
                size=line.size,
                choices=line.choices,
                quantity=line.quantity,
                note=words(line.note, personal),
                unit=amount(line.unit_amount, order.currency),
                total=amount(line.amount, order.currency),
            )
            for line in whole.lines
        ],
        price_lines=[
            Charge(
                kind=line.kind,
                label=line.label,
                total=amount(line.amount, line.currency),
                rate_bp=line.rate_bp,
            )
            for line in whole.price_lines
        ],
        payments=[
            PaymentStep(
                id=show(Prefix.PAYMENT, step.id),
                provider=step.provider,
                kind=step.kind,
                total=amount(step.amount, step.currency),
                reference=step.reference,
                code=step.code,
                at=step.at,
            )
            for step in whole.payments
        ],
        address=place(order.place, personal),
        note=words(order.note, personal),
        allergies=order.allergies if personal else None,
        substitution=order.substitution,
        promise_minutes=order.promise_minutes,
        cart_version=order.cart_version,
        updated_at=order.updated_at,
    )


@router.get("/{id}/events", dependencies=READ)
async def show_order_events(session: Database, id: str) -> OrderHistory:
    """An order's life so far, oldest first."""
    found = await reading.order_events(session, read(Prefix.ORDER, id))
    return OrderHistory(
        events=[
            Fact(
                seq=event.seq,
                at=event.at.isoformat(),
                type=event.type,
                version=event.version,
                data=event.data,
            )
            for event in found
        ]
    )


@router.post("/{id}/events")
async def move_order(request: Request, key: Operator, id: str, move: Move) -> MovedOrder:
    """Move an order on where nobody else can; who did, from where and why is kept. 409 for a move that it cannot make.

    The same move again changes nothing.
    """
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        order = await overruling.overrule(
            session,
            read(Prefix.ORDER, id),
            move.to,
            move.reason,
            actor=f"key:{key.name}",
            source=source_of(request)[:80],
            now=runtime.clock.now(),
        )
        return MovedOrder(
            id=show(Prefix.ORDER, order.id),
            status=OrderStatus(order.status),
            payment_status=PaymentStatus(order.payment_status),
        )


def listed(order: Order, restaurant: str, personal: bool) -> dict[str, object]:
    """The fields an order has on a list and on its own page."""
    return {
        "id": show(Prefix.ORDER, order.id),
        "code": words(order.code, personal),
        "status": order.status,
        "payment_status": order.payment_status,
        "payment_kind": order.payment_kind,
        "restaurant": restaurant,
        "restaurant_id": show(Prefix.RESTAURANT, order.restaurant_id),
        "customer_id": show(Prefix.CUSTOMER, order.customer_id),
        "call_id": show(Prefix.CALL, order.call_id) if order.call_id else None,
        "total": amount(order.total, order.currency),
        "created_at": order.created_at,
        "placed_at": order.placed_at,
        "wanted_at": order.wanted_at,
    }
