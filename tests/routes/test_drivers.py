"""POST /drivers/{id}/location: who may tell it, what is believed, and what a refusal says."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import select

from api import drivers
from api.keys import parse_keys
from db.engine import Sessions
from db.models import Driver
from domain.ids import Prefix, new_id, show
from settings import load_settings
from tests.routes.conftest import ReadRuntime, client

pytestmark = pytest.mark.db
OPERATOR, OWN = "operator-of-the-tests", "telephone-of-a-driver"


@pytest.fixture
async def driver(seeded: Sessions) -> Driver:
    async with seeded() as session:
        return (await session.scalars(select(Driver).order_by(Driver.id))).first()  # type: ignore[return-value, arg-type]


@pytest.fixture
def app(app: FastAPI, runtime: ReadRuntime, driver: Driver) -> FastAPI:
    app.include_router(drivers.router)
    own = f"driver={show(Prefix.DRIVER, driver.id)}"
    given = f"boss:{OPERATOR}:operate,phone:{OWN}:{own},reader:reads-of-the-tests:read"
    settings = load_settings({"API_KEYS": given})
    app.state.keys = parse_keys(settings.api_keys, settings.secret_key)
    return app


@pytest.fixture
async def phone(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client(app, OWN) as opened:
        yield opened


def path(driver: Driver) -> str:
    return f"/drivers/{show(Prefix.DRIVER, driver.id)}/location"


async def test_their_own_telephone_moves_a_driver(
    phone: AsyncClient, driver: Driver, seeded: Sessions
) -> None:
    answer = await phone.post(path(driver), json={"lat": driver.lat + 0.0005, "lng": driver.lng})
    assert (answer.status_code, answer.json()["status"]) == (202, "noted")
    async with seeded() as session:
        row = await session.get_one(Driver, driver.id)
    assert row.lat == pytest.approx(driver.lat + 0.0005)


async def test_an_operator_does_and_nobody_else(app: FastAPI, phone: AsyncClient, driver: Driver) -> None:
    here = {"lat": driver.lat, "lng": driver.lng}
    async with client(app, OPERATOR) as operator, client(app, "reads-of-the-tests") as reader:
        assert (await operator.post(path(driver), json=here)).status_code == 202
        assert (await reader.post(path(driver), json=here)).status_code == 403
        unknown = await operator.post(f"/drivers/{show(Prefix.DRIVER, new_id())}/location", json=here)
        assert unknown.status_code == 404
    other = await phone.post(f"/drivers/{show(Prefix.DRIVER, new_id())}/location", json=here)
    assert other.status_code == 403
    async with client(app, "a-key-nobody-has-given") as stranger:
        assert (await stranger.post(path(driver), json=here)).status_code == 401


async def test_old_ones_are_ignored_and_impossible_ones_refused(
    phone: AsyncClient, driver: Driver, runtime: ReadRuntime
) -> None:
    old = (runtime.clock.now() - timedelta(hours=1)).isoformat()
    answer = await phone.post(path(driver), json={"lat": driver.lat, "lng": driver.lng, "at": old})
    assert (answer.status_code, answer.json()["status"]) == (202, "ignored")
    answer = await phone.post(path(driver), json={"lat": driver.lat + 1, "lng": driver.lng})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("Nobody gets that far")
    for wrong in ({"lat": 91, "lng": 0}, {"lat": 1}, {"lat": 1, "lng": 1, "at": "2026-03-02T18:30:00"}):
        assert (await phone.post(path(driver), json=wrong)).status_code == 422
