"""Reading orders: filters, pages, amounts, and what stays hidden."""

import pytest
from httpx import AsyncClient
from sqlalchemy import func
from sqlmodel import col, select

from db.engine import Sessions
from db.models import Audit, Order
from domain.ids import Prefix, show
from domain.masking import HIDDEN
from tests.routes.rows import customer_id, unknown

pytestmark = pytest.mark.db


async def test_pages_hold_every_order_once_newest_first(reader: AsyncClient, seeded: Sessions) -> None:
    async with seeded() as session:
        ids = [
            show(Prefix.ORDER, id)
            for id in await session.scalars(select(Order.id).order_by(col(Order.id).desc()))
        ]
    assert len(ids) > 2
    read: list[str] = []
    after = ""
    while True:
        page = (await reader.get(f"/orders?limit=2{after}")).json()
        read += [order["id"] for order in page["orders"]]
        assert len(page["orders"]) <= 2
        if page["next"] is None:
            break
        assert page["next"] == read[-1]
        after = f"&after={page['next']}"
    assert read == ids


async def test_orders_are_filtered_by_status_and_customer(reader: AsyncClient, seeded: Sessions) -> None:
    asha = show(Prefix.CUSTOMER, await customer_id(seeded))
    mine = (await reader.get("/orders", params={"customer": asha})).json()["orders"]
    everyone = (await reader.get("/orders", params={"limit": 200})).json()["orders"]
    assert 0 < len(mine) < len(everyone)
    assert {order["customer_id"] for order in mine} == {asha}
    status = mine[0]["status"]
    same = (await reader.get("/orders", params={"status": [status, "awaiting_payment"], "limit": 200})).json()
    assert [order["id"] for order in same["orders"]] == [o["id"] for o in everyone if o["status"] == status]
    assert (await reader.get("/orders", params={"status": "rejected"})).json() == {"orders": [], "next": None}


async def test_the_code_and_the_allergies_are_shown_to_keys_with_privacy_only(
    reader: AsyncClient, private: AsyncClient, seeded: Sessions
) -> None:
    """Whoever has the six digits has the food; who may not eat what is about a person's health."""
    customer = await customer_id(seeded)
    async with seeded() as session, session.begin():
        rows = await session.scalars(select(Order).where(col(Order.customer_id) == customer))
        order = rows.all()[0]
        order.allergies, order.note = ["peanut"], "ring twice"
    path, asha = f"/orders/{show(Prefix.ORDER, order.id)}", {"customer": show(Prefix.CUSTOMER, customer)}
    for answer in (await reader.get(path), await reader.get("/orders", params=asha)):
        assert answer.status_code == 200
        assert [secret for secret in (order.code, "peanut", "ring") if secret in answer.text] == []
    hidden = (await reader.get(path)).json()
    assert (hidden["code"], hidden["allergies"], hidden["note"]) == (HIDDEN, None, HIDDEN)
    shown = (await private.get(path)).json()
    assert (shown["code"], shown["allergies"], shown["note"]) == (order.code, ["peanut"], "ring twice")
    listed = (await private.get("/orders", params=asha)).json()["orders"]
    assert order.code in [one["code"] for one in listed]
    async with seeded() as session:
        noted = await session.scalars(select(Audit.subject).order_by(col(Audit.id)))
        assert list(noted) == [f"GET {path}", "GET /orders"]


async def test_one_order_adds_up(reader: AsyncClient, private: AsyncClient) -> None:
    listed = (await reader.get("/orders?limit=1")).json()["orders"][0]
    order = (await reader.get(f"/orders/{listed['id']}")).json()
    assert {key: order[key] for key in listed} == listed
    total = order["total"]
    assert sum(line["total"]["amount"] for line in order["price_lines"]) == total["amount"]
    assert {line["total"]["currency"] for line in order["price_lines"]} == {total["currency"]}
    assert total["text"].startswith({"USD": "$", "INR": "₹"}[total["currency"]])
    assert len((await private.get(f"/orders/{listed['id']}")).json()["code"]) == 6
    assert all(
        line["quantity"] * line["unit"]["amount"] == line["total"]["amount"] for line in order["lines"]
    )
    assert order["payments"]
    events = (await reader.get(f"/orders/{listed['id']}/events")).json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


async def test_the_door_is_shown_to_keys_with_privacy_only_and_noted(
    reader: AsyncClient, private: AsyncClient, seeded: Sessions
) -> None:
    asha = show(Prefix.CUSTOMER, await customer_id(seeded))
    path = f"/orders/{(await reader.get('/orders', params={'customer': asha})).json()['orders'][0]['id']}"
    hidden = (await reader.get(path)).json()["address"]
    assert (hidden["city"], hidden["line"], hidden["postcode"], hidden["note"]) == (
        "Larkfield",
        None,
        None,
        None,
    )

    async def noted() -> int:
        async with seeded() as session:
            query = select(func.count()).select_from(Audit).where(col(Audit.subject) == f"GET {path}")
            return (await session.scalars(query)).one()

    assert await noted() == 0
    shown = (await private.get(path)).json()["address"]
    assert "Juniper Lane" in shown["line"]
    assert await noted() == 1


@pytest.mark.parametrize("path", ["/orders/{}", "/orders/{}/events"])
async def test_unknown_and_misread_ids(reader: AsyncClient, path: str) -> None:
    assert (await reader.get(path.format(unknown("ord")))).status_code == 404
    wrong = await reader.get(path.format(unknown("cus")))
    assert wrong.status_code == 422
    assert "ord_0190c6a4" in wrong.json()["error"]["message"]
    assert (await reader.get(path.format("17"))).status_code == 422


@pytest.mark.parametrize("query", ["status=eaten", "limit=0", "limit=201", "after=x", "customer=ord_1"])
async def test_a_query_that_cannot_be_read(reader: AsyncClient, query: str) -> None:
    answer = await reader.get(f"/orders?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]
