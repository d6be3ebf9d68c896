"""Complaints over the API: listed, read, settled by whoever may, shown with their photos, and what stays hidden."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import SecretStr
from sqlmodel import col, select

from api import complaints as door
from api.keys import parse_keys
from db.engine import Sessions
from db.models import Audit, Complaint, ComplaintPhoto
from operations import evidence
from operations.complaints import Grievance, file
from operations.pictures import HEIC, JPEG, PNG, Picture
from tests.fakes.aftermath import POLICIES, yesterdays
from tests.fakes.shop import Shop
from tests.routes.conftest import KEYS, ReadRuntime, client
from tests.routes.rows import unknown

pytestmark = pytest.mark.db

OPERATOR, OFFICER = "operator-of-the-tests", "officer-who-operates"
SAID = "The rider shouted at my son Arjun."


@pytest.fixture
def doors(app: FastAPI, runtime: ReadRuntime) -> FastAPI:
    """The application with the complaints' door, and keys that may settle."""
    if not any(getattr(route, "path", "") == "/complaints" for route in app.routes):
        app.include_router(door.router)
    keys = f"{KEYS},operator:{OPERATOR}:operate,officer:{OFFICER}:read+operate+privacy"
    app.state.keys = parse_keys(SecretStr(keys), runtime.settings.secret_key)
    return app


@pytest.fixture
async def operator(doors: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may operate, and nothing else."""
    async with client(doors, OPERATOR) as opened:
        yield opened


@pytest.fixture
async def officer(doors: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may operate and see personal data."""
    async with client(doors, OFFICER) as opened:
        yield opened


@pytest.fixture
async def complaints(doors: FastAPI, seeded: Sessions) -> list[Complaint]:
    """Three, in the order they were filed; the first is about an order."""
    shop = Shop(seeded)
    state = await shop.caller()
    order = await yesterdays(shop, state)
    async with shop.transaction() as session:
        grievances = [
            Grievance("conduct", SAID, order.id),
            Grievance("late", "Late."),
            Grievance("other", "Hm."),
        ]
        now = shop.clock.now()
        return [await file(session, state, told, POLICIES["US"], now) for told in grievances]


async def audits(sessions: Sessions, action: str) -> list[Audit]:
    async with sessions() as session:
        return list(await session.scalars(select(Audit).where(col(Audit.action) == action)))


def shown(row: Complaint) -> str:
    return f"cmp_{row.id.hex}"


async def test_pages_hold_every_complaint_once_newest_first(
    reader: AsyncClient, complaints: list[Complaint]
) -> None:
    newest = [shown(row) for row in reversed(complaints)]
    first = (await reader.get("/complaints?limit=2")).json()
    assert [row["id"] for row in first["complaints"]] == newest[:2]
    assert first["next"] == newest[1]
    rest = (await reader.get(f"/complaints?limit=2&after={first['next']}")).json()
    assert ([row["id"] for row in rest["complaints"]], rest["next"]) == (newest[2:], None)


async def test_they_are_filtered_by_status(
    reader: AsyncClient, operator: AsyncClient, complaints: list[Complaint]
) -> None:
    done = shown(complaints[1])
    await operator.post(f"/complaints/{done}/settle", json={"outcome": "Called back."})
    settled = (await reader.get("/complaints?status=settled")).json()["complaints"]
    still_open = (await reader.get("/complaints?status=open")).json()["complaints"]
    both = (await reader.get("/complaints?status=open&status=settled")).json()["complaints"]
    assert [row["id"] for row in settled] == [done]
    assert (len(still_open), len(both)) == (2, 3)


async def test_one_has_its_dates_and_what_it_is_about(
    reader: AsyncClient, complaints: list[Complaint]
) -> None:
    row = complaints[0]
    found = (await reader.get(f"/complaints/{shown(row)}")).json()
    assert row.order_id is not None
    assert (found["reference"], found["kind"], found["status"], found["market"]) == (
        row.reference,
        "conduct",
        "open",
        "US",
    )
    assert found["order_id"] == f"ord_{row.order_id.hex}"
    assert found["acknowledge_by"] == "2026-03-04T18:30:00Z"
    assert found["settle_by"] == "2026-03-30T18:30:00Z"
    assert (found["acknowledged_at"], found["settled_at"], found["outcome"]) == (None, None, None)


@pytest.mark.parametrize("path", ["/complaints", "/complaints/{}"])
async def test_what_was_told_is_shown_to_keys_with_privacy_only_and_noted(
    reader: AsyncClient, officer: AsyncClient, complaints: list[Complaint], seeded: Sessions, path: str
) -> None:
    path = path.format(shown(complaints[0]))
    assert "Arjun" not in (await reader.get(path)).text
    assert await audits(seeded, "key.privacy") == []
    assert SAID in (await officer.get(path)).text
    (noted,) = await audits(seeded, "key.privacy")
    assert (noted.actor, noted.subject) == ("key:officer", f"GET {path}"[:80])


async def test_settling_notes_the_outcome_and_who_did_it(
    operator: AsyncClient, complaints: list[Complaint], seeded: Sessions
) -> None:
    path = f"/complaints/{shown(complaints[0])}/settle"
    first = await operator.post(path, json={"outcome": "  The rider apologised. "})
    again = await operator.post(path, json={"outcome": "The rider apologised."})
    assert (first.status_code, again.json()) == (200, first.json())
    body = first.json()
    assert (body["status"], body["outcome"]) == ("settled", "The rider apologised.")
    assert body["settled_at"] == body["acknowledged_at"]
    assert body["settled_at"] is not None
    assert "Arjun" not in first.text
    (noted,) = await audits(seeded, "complaint.settle")
    assert (noted.actor, noted.subject) == ("key:operator", shown(complaints[0]))
    other = await operator.post(path, json={"outcome": "Nothing was done."})
    assert (other.status_code, len(await audits(seeded, "complaint.settle"))) == (409, 1)


async def test_a_key_that_may_only_read_settles_nothing(
    reader: AsyncClient, complaints: list[Complaint], seeded: Sessions
) -> None:
    path = f"/complaints/{shown(complaints[0])}"
    assert (await reader.post(f"{path}/settle", json={"outcome": "Done."})).status_code == 403
    assert (await reader.get(path)).json()["status"] == "open"
    assert await audits(seeded, "complaint.settle") == []


async def test_a_key_that_may_only_operate_reads_nothing(
    operator: AsyncClient, complaints: list[Complaint]
) -> None:
    assert (await operator.get("/complaints")).status_code == 403
    assert (await operator.get(f"/complaints/{shown(complaints[0])}")).status_code == 403


async def test_without_a_key_nobody_is_let_in(doors: FastAPI, complaints: list[Complaint]) -> None:
    async with client(doors, "somebody-elses-secret") as stranger:
        assert (await stranger.get("/complaints")).status_code == 401
        settle = await stranger.post(f"/complaints/{shown(complaints[0])}/settle", json={"outcome": "x"})
        assert settle.status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"outcome": ""}, {"outcome": "  "}, {"outcome": "x" * 201}, {"status": "x"}]
)
async def test_an_outcome_that_cannot_be_read(
    operator: AsyncClient, complaints: list[Complaint], body: dict[str, str]
) -> None:
    answer = await operator.post(f"/complaints/{shown(complaints[0])}/settle", json=body)
    assert answer.status_code == 422


async def test_unknown_and_misread_ids(reader: AsyncClient, operator: AsyncClient, doors: FastAPI) -> None:
    assert (await reader.get(f"/complaints/{unknown('cmp')}")).status_code == 404
    assert (await reader.get(f"/complaints/{unknown('ord')}")).status_code == 422
    assert (await reader.get("/complaints?status=eaten")).status_code == 422
    missing = await operator.post(f"/complaints/{unknown('cmp')}/settle", json={"outcome": "x"})
    assert missing.status_code == 404


async def photographed(sessions: Sessions, complaint: Complaint, *pictures: Picture) -> list[ComplaintPhoto]:
    """A link was texted for the complaint, and these came."""
    shop = Shop(sessions)
    now = shop.clock.now()
    async with shop.transaction() as session:
        fresh = await evidence.make(session, complaint.id, now)
        assert fresh
        await evidence.sent(session, fresh, now)
        for picture in pictures:
            await evidence.keep(session, fresh.token, picture, now)
    return [row for row in await shop.rows(ComplaintPhoto) if isinstance(row, ComplaintPhoto)]


class TestPhotos:
    """Everybody who may read sees that there are photos; who looks at one is written down."""

    async def test_they_are_listed_without_being_shown(
        self, reader: AsyncClient, complaints: list[Complaint], seeded: Sessions
    ) -> None:
        await photographed(seeded, complaints[0], Picture(JPEG, b"hair"), Picture(PNG, b"in soup"))
        found = (await reader.get(f"/complaints/{shown(complaints[0])}")).json()
        assert (found["photo_count"], found["photos_asked_at"]) == (2, "2026-03-02T18:30:00Z")
        at = "2026-03-02T18:30:00Z"
        assert found["photos"] == [
            {"number": 1, "kind": "image/jpeg", "size": 4, "at": at},
            {"number": 2, "kind": "image/png", "size": 7, "at": at},
        ]
        other = (await reader.get(f"/complaints/{shown(complaints[1])}")).json()
        assert (other["photos_asked_at"], other["photo_count"], other["photos"]) == (None, 0, [])

    @pytest.mark.parametrize(
        ("kind", "how"), [(JPEG, 'inline; filename="{}-1.jpg"'), (HEIC, 'attachment; filename="{}-1.heic"')]
    )
    async def test_who_looks_is_written_down(
        self, officer: AsyncClient, complaints: list[Complaint], seeded: Sessions, kind: str, how: str
    ) -> None:
        await photographed(seeded, complaints[0], Picture(kind, b"hair"))
        path = f"/complaints/{shown(complaints[0])}/photos/1"
        seen = await officer.get(path)
        assert (seen.status_code, seen.headers["content-type"], seen.content) == (200, kind, b"hair")
        assert seen.headers["content-disposition"] == how.format(complaints[0].reference)
        assert seen.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.headers["cache-control"] == "no-store"
        (noted,) = await audits(seeded, "key.privacy")
        assert (noted.actor, noted.subject) == ("key:officer", f"GET {path}")

    async def test_without_the_scope_nobody_sees_one(
        self, reader: AsyncClient, operator: AsyncClient, complaints: list[Complaint], seeded: Sessions
    ) -> None:
        await photographed(seeded, complaints[0], Picture(JPEG, b"hair"))
        path = f"/complaints/{shown(complaints[0])}/photos/1"
        assert [(await key.get(path)).status_code for key in (reader, operator)] == [403, 403]
        assert await audits(seeded, "key.privacy") == []

    @pytest.mark.parametrize(
        ("which", "number", "status"),
        [(0, "2", 404), (1, "1", 404), (0, "0", 422), (0, "one", 422), (0, "999", 422)],
    )
    async def test_one_that_is_not_there(
        self,
        officer: AsyncClient,
        complaints: list[Complaint],
        seeded: Sessions,
        which: int,
        number: str,
        status: int,
    ) -> None:
        await photographed(seeded, complaints[0], Picture(JPEG, b"hair"))
        answer = await officer.get(f"/complaints/{shown(complaints[which])}/photos/{number}")
        assert answer.status_code == status
