"""Reading customers, their consents, kitchens and menus; and who may read at all."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from db.engine import Sessions
from db.models import Consent
from domain.ids import Prefix, show
from tests.fakes.given import KEYRING, SEEDED_AT
from tests.routes.conftest import client
from tests.routes.rows import ASHA_PHONE, customer_id, spice_route, unknown

pytestmark = pytest.mark.db

PATHS = ["/orders", "/calls", "/customers", "/restaurants", "/events"]


async def test_a_customer_is_masked_without_privacy(
    reader: AsyncClient, private: AsyncClient, seeded: Sessions
) -> None:
    path = f"/customers/{show(Prefix.CUSTOMER, await customer_id(seeded))}"
    masked = await reader.get(path)
    assert masked.json()["name"] == "Asha R."
    assert masked.json()["phone"] == "•••10"
    assert masked.json()["allergies"] is None
    assert not [
        secret for secret in ("Rao", ASHA_PHONE[1:], "Juniper", "bell is broken") if secret in masked.text
    ]
    shown = (await private.get(path)).json()
    assert (shown["name"], shown["phone"], shown["allergies"]) == ("Asha Rao", ASHA_PHONE, [])
    assert [address["place"]["label"] for address in shown["addresses"]] == ["home", "office"]
    assert "Juniper Lane" in shown["addresses"][0]["place"]["line"]
    assert [card["spoken"] for card in shown["cards"]] == ["Visa ending in 4242", "Mastercard ending in 0002"]
    assert "pm_card" not in str(shown)


async def test_the_list_of_customers_is_masked_too(reader: AsyncClient, private: AsyncClient) -> None:
    hidden = (await reader.get("/customers?market=US&limit=200")).json()["customers"]
    shown = (await private.get("/customers?market=US&limit=200")).json()["customers"]
    assert [one["id"] for one in hidden] == [one["id"] for one in shown]
    assert {one["market"] for one in shown} == {"US"}
    assert "Asha Rao" in {one["name"] for one in shown}
    assert "Asha Rao" not in {one["name"] for one in hidden}
    first = (await reader.get("/customers?limit=1")).json()
    second = (await reader.get(f"/customers?limit=1&after={first['next']}")).json()
    assert first["customers"][0]["id"] > second["customers"][0]["id"]


async def test_consents_newest_first(reader: AsyncClient, seeded: Sessions) -> None:
    asha = await customer_id(seeded)
    path = f"/customers/{show(Prefix.CUSTOMER, asha)}/consents"
    before = (await reader.get(path)).json()["consents"]
    async with seeded() as session, session.begin():
        for hour, granted in enumerate((True, False), 1):
            session.add(
                Consent(
                    customer_id=asha,
                    phone_hash=KEYRING.phone_hash(ASHA_PHONE),
                    purpose="order_service",
                    granted=granted,
                    wording="I'll call or text this number about the order, okay?",
                    wording_version="1",
                    at=SEEDED_AT + timedelta(hours=hour),
                )
            )
    after = (await reader.get(path)).json()["consents"]
    assert [row["granted"] for row in after[:2]] == [False, True]
    assert after[2:] == before


async def test_kitchens_and_a_menu(reader: AsyncClient, seeded: Sessions) -> None:
    kitchens = (await reader.get("/restaurants")).json()["restaurants"]
    assert len(kitchens) >= 6
    here = (await reader.get("/restaurants?city=Nandipur")).json()["restaurants"]
    assert {kitchen["currency"] for kitchen in here} == {"INR"}
    menu = (
        await reader.get(f"/restaurants/{show(Prefix.RESTAURANT, await spice_route(seeded))}/menu")
    ).json()
    dishes = {dish["name"]: dish for dish in menu["dishes"]}
    paneer = dishes["Paneer Tikka"]
    assert [size["name"] for size in paneer["sizes"]] == ["half", "full"]
    assert paneer["price"] == paneer["sizes"][0]["price"]
    assert paneer["choices"][0]["minimum"] == 1
    assert [option["name"] for option in paneer["choices"][0]["options"]] == ["mild", "medium", "hot"]
    assert dishes["Rasmalai"]["sold_out"] is True
    assert "dairy" in dishes["Mango Lassi"]["allergens"]


@pytest.mark.parametrize(
    "path", ["/customers/{}", "/customers/{}/consents", "/restaurants/{}/menu", "/events?call={}"]
)
async def test_unknown_and_misread_ids(reader: AsyncClient, path: str) -> None:
    prefix = {"c": "cus", "r": "rst", "e": "cal"}[path[1]]
    assert (await reader.get(path.format(unknown(prefix)))).status_code == 404
    assert (await reader.get(path.format(unknown("drv")))).status_code == 422


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_reads_without_a_key_that_may(app: FastAPI, path: str) -> None:
    async with client(app, "") as nobody, client(app, "driver-of-the-tests") as driver:
        assert (await nobody.get(path)).status_code == 401
        assert (await driver.get(path)).status_code == 403


async def test_every_route_tells_its_shape(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        answer = methods["get"]["responses"]["200"]["content"]
        assert "text/event-stream" in answer or "$ref" in answer["application/json"]["schema"], path
