"""Jobs over the API: listed by state, read, and a dead one tried again by whoever may."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import SecretStr
from sqlmodel import col, select

from api import jobs as door
from api.keys import parse_keys
from clock import SystemClock
from db.engine import Sessions
from db.models import Audit, Outbox
from domain.ids import Prefix, show
from errors import NotFound
from tests.fakes.outbox import KIND, Box
from tests.routes.conftest import KEYS, ReadRuntime, client
from tests.routes.rows import unknown

pytestmark = pytest.mark.db
OPERATOR = "operator-of-the-tests"


@pytest.fixture
def doors(app: FastAPI, runtime: ReadRuntime) -> FastAPI:
    """The application with the jobs' door, and a key that may operate."""
    app.include_router(door.router)
    keys = SecretStr(f"{KEYS},operator:{OPERATOR}:operate")
    app.state.keys = parse_keys(keys, runtime.settings.secret_key)
    return app


@pytest.fixture
async def operator(doors: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may operate, and nothing else."""
    async with client(doors, OPERATOR) as opened:
        yield opened


@pytest.fixture
async def box(doors: FastAPI, seeded: Sessions) -> Box:
    """One job that is dead, one that runs and one that waits, in the order they were written."""
    box = Box(seeded, real=SystemClock())
    await box.write("dead")
    await box.fail(await box.begun(), NotFound("there is no such order"))
    await box.write("running")
    await box.begun()
    await box.write("waiting")
    return box


def shown(row: Outbox) -> str:
    return show(Prefix.JOB, row.id)


async def test_jobs_are_listed_newest_first(reader: AsyncClient, box: Box) -> None:
    body = (await reader.get("/jobs")).json()
    assert [job["state"] for job in body["jobs"]] == ["waiting", "running", "dead"]
    assert body["next"] is None
    first = (await reader.get("/jobs?limit=1")).json()
    rest = (await reader.get("/jobs", params={"after": first["next"]})).json()
    assert [*first["jobs"], *rest["jobs"]] == body["jobs"]


@pytest.mark.parametrize("state", ["waiting", "running", "done", "dropped", "dead"])
async def test_each_state_by_itself(reader: AsyncClient, box: Box, state: str) -> None:
    body = (await reader.get("/jobs", params={"state": state})).json()
    found = [job["key"] for job in body["jobs"]]
    assert found == ([f"{KIND}:{state}"] if state in ("waiting", "running", "dead") else [])


async def test_a_kind_by_itself(reader: AsyncClient, box: Box) -> None:
    assert len((await reader.get("/jobs", params={"kind": KIND})).json()["jobs"]) == 3
    assert (await reader.get("/jobs?kind=customer.feedback")).json()["jobs"] == []


async def test_one_job_says_what_became_of_it(reader: AsyncClient, box: Box) -> None:
    row = await box.row("dead")
    body = (await reader.get(f"/jobs/{shown(row)}")).json()
    assert body == {
        "id": shown(row),
        "kind": KIND,
        "key": f"{KIND}:dead",
        "state": "dead",
        "payload": {"order_id": "dead"},
        "priority": 5,
        "due_at": body["due_at"],
        "attempts": 1,
        "outcome": "NotFound: there is no such order",
        "lease_until": None,
        "done_at": None,
        "dead_at": body["dead_at"],
        "created_at": body["created_at"],
    }
    assert body["dead_at"] == body["created_at"] == box.now.isoformat().replace("+00:00", "Z")


async def test_a_dead_job_is_tried_again_and_who_wanted_it_is_kept(
    operator: AsyncClient, reader: AsyncClient, box: Box, seeded: Sessions
) -> None:
    id = shown(await box.row("dead"))
    answer = await operator.post(f"/jobs/{id}/retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (200, "waiting", 0)
    assert (await reader.get(f"/jobs/{id}")).json() == answer.json()
    async with seeded() as session:
        (noted,) = await session.scalars(select(Audit).where(col(Audit.action) == "job.retry"))
    assert (noted.actor, noted.subject) == ("key:operator", id)
    again = await operator.post(f"/jobs/{id}/retry")
    assert again.status_code == 409


@pytest.mark.parametrize("key", ["running", "waiting"])
async def test_what_is_not_dead_is_not_retried(operator: AsyncClient, box: Box, key: str) -> None:
    before = (await box.row(key)).model_dump()
    assert (await operator.post(f"/jobs/{shown(await box.row(key))}/retry")).status_code == 409
    assert (await box.row(key)).model_dump() == before


async def test_who_may_only_read_retries_nothing_and_who_may_only_operate_reads_nothing(
    reader: AsyncClient, operator: AsyncClient, box: Box
) -> None:
    id = shown(await box.row("dead"))
    assert (await reader.post(f"/jobs/{id}/retry")).status_code == 403
    assert (await operator.get("/jobs")).status_code == 403
    assert (await operator.get(f"/jobs/{id}")).status_code == 403
    assert (await box.row("dead")).dead_at is not None


async def test_without_a_key_nobody_is_let_in(doors: FastAPI, box: Box) -> None:
    id = shown(await box.row("dead"))
    async with client(doors, "somebody-elses-secret") as stranger:
        for method, path in (("GET", "/jobs"), ("GET", f"/jobs/{id}"), ("POST", f"/jobs/{id}/retry")):
            assert (await stranger.request(method, path)).status_code == 401


async def test_unknown_and_misread_ids_and_states(
    reader: AsyncClient, operator: AsyncClient, doors: FastAPI
) -> None:
    assert (await reader.get(f"/jobs/{unknown('job')}")).status_code == 404
    assert (await reader.get(f"/jobs/{unknown('ord')}")).status_code == 422
    assert (await reader.get("/jobs?state=sleeping")).status_code == 422
    assert (await operator.post(f"/jobs/{unknown('job')}/retry")).status_code == 404
