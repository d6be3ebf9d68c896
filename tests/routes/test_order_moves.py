"""Orders moved on over the API, where nobody else can: legal moves only, with a reason, and who it was is kept."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from pydantic import SecretStr
from sqlmodel import col

from api.keys import parse_keys
from db.models import Audit, Order, OrderEvent, Refund
from domain.ids import Prefix, show
from operations import delivering, dispatching
from operations.capturing import capture
from tests.fakes.payments import FakePayments
from tests.fakes.riding import DISPATCH, assignments, cooking, jobs_of, other_code, riding
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.routes.conftest import KEYS, ReadRuntime, client
from tests.routes.rows import unknown

pytestmark = pytest.mark.db
OPERATOR = "operator-of-the-tests"
WHY = "they were seen at the door"


@pytest.fixture
async def operator(app: FastAPI, runtime: ReadRuntime) -> AsyncIterator[AsyncClient]:
    """A key that may operate, and nothing else."""
    app.state.keys = parse_keys(SecretStr(f"{KEYS},operator:{OPERATOR}:operate"), runtime.settings.secret_key)
    async with client(app, OPERATOR) as opened:
        yield opened


async def moved(by: AsyncClient, order: Order, to: str, reason: str = WHY) -> Response:
    return await by.post(f"/orders/{show(Prefix.ORDER, order.id)}/events", json={"to": to, "reason": reason})


async def newest(shop: Shop, order: Order, kind: str) -> OrderEvent:
    rows = await shop.rows(OrderEvent, col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == kind)
    assert isinstance(rows[-1], OrderEvent)
    return rows[-1]


async def test_after_three_wrong_codes_a_person_can_say_that_it_was_delivered(
    operator: AsyncClient, shop: Shop
) -> None:
    order = await cooking(shop)
    acting = await riding(shop, order)
    for step in range(1, 4):
        async with shop.transaction() as session:
            await delivering.delivered(session, acting, order.id, other_code(order.code, step))
    for _ in range(2):  # said again, it changes nothing
        answer = await moved(operator, order, "delivered")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["status"], answer.json()["payment_status"]) == ("delivered", "captured")
    assert await assignments(shop, order.id) == [("delivered", None)]
    assert (await newest(shop, order, "order.delivered")).data["proof"] == "operator"
    (row,) = await shop.rows(Audit, col(Audit.action) == "order.delivered")
    assert isinstance(row, Audit)
    assert (row.actor, row.subject) == ("key:operator", show(Prefix.ORDER, order.id))
    assert row.data == {"reason": WHY, "before": "picked_up"}
    async with shop.transaction() as session:  # its driver is free again
        fresh = await cooking(shop)
        await dispatching.offer(session, fresh.id, acting.driver_id, DISPATCH["US"], shop.clock.now())


async def test_what_is_lost_on_the_way_fails_with_all_money_back(
    operator: AsyncClient, shop: Shop, cards: FakePayments
) -> None:
    order = await cooking(shop, cards)
    await capture(shop.transaction, cards, shop.clock, order.id)
    await riding(shop, order)
    assert (await moved(operator, order, "failed", "the bag was stolen")).json()["status"] == "failed"
    event = await newest(shop, order, "order.failed")
    assert (event.data["by"], event.data["reason"]) == ("operator", "the bag was stolen")
    (refund,) = await shop.rows(Refund)
    assert isinstance(refund, Refund)
    assert refund.amount == order.total
    assert await assignments(shop, order.id) == [("withdrawn", dispatching.CALLED_OFF)]
    for kind in ("customer.rejected", "driver.called_off", "payments.refund"):
        assert await jobs_of(shop, order.id, kind) == 1


async def test_one_the_kitchen_has_not_taken_is_cancelled_and_its_portions_are_there_again(
    operator: AsyncClient, shop: Shop
) -> None:
    before = (await shop.dish("Garlic Naan")).stock
    order = await order_of(shop, naan=2)
    assert (await moved(operator, order, "cancelled")).status_code == 200
    row = await as_it_is(shop, order.id)
    assert (row.status, row.payment_status) == ("cancelled", "released")
    assert (await shop.dish("Garlic Naan")).stock == before
    assert await jobs_of(shop, order.id, "restaurant.cancel") == 1


@pytest.mark.parametrize(
    ("status", "to"),
    [
        ("ready", "delivered"),
        ("picked_up", "delivered"),  # nobody has it
        ("picked_up", "cancelled"),
        ("delivered", "failed"),
        ("closed", "delivered"),
        ("awaiting_payment", "cancelled"),
    ],
)
async def test_a_move_an_order_cannot_make_changes_nothing(
    operator: AsyncClient, shop: Shop, status: str, to: str
) -> None:
    order = await cooking(shop, status=status)
    before = await shop.events(order.id)
    answer = await moved(operator, order, to)
    assert answer.status_code == 409
    assert (await as_it_is(shop, order.id)).status == status
    assert await shop.events(order.id) == before
    assert await shop.rows(Audit, col(Audit.actor) == "key:operator") == []


@pytest.mark.parametrize(
    "body", [{"to": "delivered"}, {"to": "delivered", "reason": "  "}, {"to": "ready", "reason": WHY}, {}]
)
async def test_without_a_reason_or_to_somewhere_else_it_is_not_read(
    operator: AsyncClient, shop: Shop, body: dict[str, str]
) -> None:
    order = await cooking(shop)
    await set_order(shop, order.id, status="ready")
    answer = await operator.post(f"/orders/{show(Prefix.ORDER, order.id)}/events", json=body)
    assert answer.status_code == 422


async def test_who_may_only_read_moves_nothing_and_who_may_only_operate_reads_nothing(
    reader: AsyncClient, operator: AsyncClient, shop: Shop
) -> None:
    order = await cooking(shop)
    assert (await moved(reader, order, "failed")).status_code == 403
    assert (await operator.get(f"/orders/{show(Prefix.ORDER, order.id)}")).status_code == 403
    assert (await as_it_is(shop, order.id)).status == "preparing"
    body = {"to": "failed", "reason": WHY}
    assert (await operator.post(f"/orders/{unknown('ord')}/events", json=body)).status_code == 404
