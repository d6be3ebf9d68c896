"""Photos over the API: sent by whoever holds the link, with a page for each thing that can go wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from PIL import Image
from sqlmodel import col, select
from structlog.testing import capture_logs

from api import complaints as operators_door
from api import photos as door
from api.photo_page import GONE
from api.photos import LET_PASS, LOOKS, MOST_BYTES, UPLOADS
from db.engine import Sessions, open_engine, open_sessions
from db.models import Complaint, ComplaintPhoto, Customer
from operations import evidence
from operations.complaints import Grievance, file
from operations.evidence import GOOD_FOR, MOST_PHOTOS
from tests.fakes.aftermath import POLICIES
from tests.fakes.given import KEYRING
from tests.fakes.pictures import DEVICE, PLACE, heic, taken
from tests.fakes.shop import Shop
from tests.routes.conftest import PRIVATE, ReadRuntime, client

pytestmark = pytest.mark.db
SAID = "There was a hair in the dal of my son Arjun."
HTML = "text/html; charset=utf-8"


@dataclass
class Sent:
    """A complaint, the token of its link, and when that was made."""

    complaint: Complaint
    token: str

    @property
    def path(self) -> str:
        """The path of the link."""
        return f"/photos/{self.token}"

    @property
    def id(self) -> str:
        """The complaint as the API names it."""
        return f"cmp_{self.complaint.id.hex}"


class Page(HTMLParser):
    """What a page asks for: forms, inputs, and everything it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of a name."""
        return [attributes for found, attributes in self.tags if found == tag]


@pytest.fixture
def doors(app: FastAPI) -> FastAPI:
    """The application with both doors."""
    known = {getattr(route, "path", "") for route in app.routes}
    for router in (door.router, operators_door.router):
        if router.prefix not in known:
            app.include_router(router)
    return app


@pytest.fixture
async def phone(doors: FastAPI) -> AsyncIterator[AsyncClient]:
    """A telephone's browser, which has no key."""
    async with AsyncClient(transport=ASGITransport(doors), base_url="http://tiffin.test") as opened:
        yield opened


@pytest.fixture
async def officer(doors: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may see personal data."""
    async with client(doors, PRIVATE) as opened:
        yield opened


async def linked(runtime: ReadRuntime, ago: timedelta = timedelta()) -> Sent:
    """A complaint with a link that was texted so long ago."""
    shop = Shop(runtime.sessions)
    state = await shop.caller()
    now = runtime.clock.now() - ago
    async with shop.transaction() as session:
        row = await file(session, state, Grievance("quality", SAID), POLICIES["US"], now)
        fresh = await evidence.make(session, row.id, now)
        assert fresh
        await evidence.sent(session, fresh, now)
    return Sent(row, fresh.token)


@pytest.fixture
async def link(runtime: ReadRuntime) -> Sent:
    """One that was texted a moment ago."""
    return await linked(runtime)


async def send(phone: AsyncClient, link: Sent, data: bytes, name: str = "photo.jpg") -> Response:
    return await phone.post(link.path, files={"photo": (name, data, "image/jpeg")})


async def stored(sessions: Sessions) -> list[ComplaintPhoto]:
    async with sessions() as session:
        return list(await session.scalars(select(ComplaintPhoto).order_by(col(ComplaintPhoto.number))))


class TestPage:
    """Small, without a script, another host or a word about a person; it works in the dark."""

    async def test_it_asks_for_a_photo_by_camera_or_album(self, phone: AsyncClient, link: Sent) -> None:
        answer = await phone.get(link.path)
        page = Page(answer.text)
        assert (answer.status_code, answer.headers["content-type"]) == (200, HTML)
        assert link.complaint.reference in answer.text
        camera, album = page.all("input")
        assert [form["method"] for form in page.all("form")] == ["post", "post"]
        assert [form["enctype"] for form in page.all("form")] == ["multipart/form-data"] * 2
        assert [(one["type"], one["name"], one["accept"]) for one in (camera, album)] == [
            ("file", "photo", "image/*")
        ] * 2
        assert ("capture" in camera, "capture" in album) == (True, False)
        assert {label["for"] for label in page.all("label")} == {camera["id"], album["id"]}
        assert "width=device-width" in str(page.all("meta"))
        assert "prefers-color-scheme: dark" in answer.text

    async def test_it_loads_nothing_and_tells_nobody(self, phone: AsyncClient, link: Sent) -> None:
        answer = await phone.get(link.path)
        page = Page(answer.text)
        assert page.all("script") == []
        assert "//" not in answer.text
        assert [one.get("href") for one in page.all("link")] == ["data:,"]
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "form-action 'self'" in policy
        assert (answer.headers["x-robots-tag"], answer.headers["referrer-policy"]) == (
            "noindex, nofollow",
            "no-referrer",
        )
        assert answer.headers["cache-control"] == "no-store"
        assert '<meta name="robots" content="noindex, nofollow">' in answer.text
        assert len(answer.content) < 4000

    async def test_no_word_of_a_person_is_on_it(
        self, phone: AsyncClient, link: Sent, runtime: ReadRuntime
    ) -> None:
        async with runtime.sessions() as session:
            customer = await session.get_one(Customer, link.complaint.customer_id)
        await send(phone, link, taken())
        text = (await phone.get(link.path)).text
        for secret in (
            SAID,
            "Arjun",
            "quality",
            "hair",
            str(customer.phone),
            *(customer.name or "").split(),
            str(link.complaint.id),
        ):
            assert secret not in text
        assert link.token not in text

    async def test_it_says_how_many_came(self, phone: AsyncClient, link: Sent) -> None:
        assert "received" not in (await phone.get(link.path)).text
        await send(phone, link, taken())
        assert f"1 of {MOST_PHOTOS} photos received" in (await phone.get(link.path)).text


class TestSending:
    """One photo at a time, of four kinds, without what the camera wrote."""

    @pytest.mark.parametrize(
        ("form", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
    )
    async def test_it_is_kept_without_place_and_device(
        self, phone: AsyncClient, link: Sent, officer: AsyncClient, form: str, kind: str
    ) -> None:
        answer = await send(phone, link, taken(form), name="notes.txt")
        assert (answer.status_code, answer.headers["location"]) == (303, link.path)
        (listed,) = (await officer.get(f"/complaints/{link.id}")).json()["photos"]
        seen = await officer.get(f"/complaints/{link.id}/photos/1")
        assert (listed["number"], listed["kind"], listed["size"]) == (1, kind, len(seen.content))
        assert Image.open(BytesIO(seen.content)).size == (60, 40)
        assert DEVICE.encode() not in seen.content
        assert PLACE.encode() not in seen.content

    async def test_a_heic_is_kept_without_them_too(
        self, phone: AsyncClient, link: Sent, officer: AsyncClient
    ) -> None:
        assert (await send(phone, link, heic())).status_code == 303
        seen = await officer.get(f"/complaints/{link.id}/photos/1")
        assert b"the picture itself" in seen.content
        assert PLACE.encode() not in seen.content
        assert seen.headers["content-disposition"].startswith("attachment; ")

    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (b"<script>alert(1)</script>", "photo.jpg"),
            (b"%PDF-1.7", "photo.png"),
            (b"", ""),
            (taken()[:300], "a.jpg"),
        ],
    )
    async def test_what_is_no_picture_is_refused_whatever_its_name(
        self, phone: AsyncClient, link: Sent, seeded: Sessions, data: bytes, name: str
    ) -> None:
        answer = await send(phone, link, data, name)
        assert (answer.status_code, answer.headers["content-type"]) == (415, HTML)
        assert "We take JPEG, PNG, WebP and HEIC" in answer.text
        assert '<a href="">' in answer.text
        assert await stored(seeded) == []

    async def test_bodies_that_are_no_form_of_one_photo(
        self, phone: AsyncClient, link: Sent, seeded: Sessions
    ) -> None:
        picture = ("photo.jpg", taken(), "image/jpeg")
        answers = [
            await phone.post(link.path),
            await phone.post(link.path, json={"photo": "x"}),
            await phone.post(link.path, data={"photo": "x"}),
            await phone.post(link.path, content=taken(), headers={"Content-Type": "image/jpeg"}),
            await phone.post(link.path, content=b"x", headers={"Content-Type": "multipart/form-data"}),
            await phone.post(
                link.path,
                content=b"--x\r\nbroken",
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            ),
            await phone.post(link.path, files={"another": picture}),
            await phone.post(link.path, files=[("photo", picture), ("photo", picture)]),
        ]
        assert [answer.status_code for answer in answers] == [415] * len(answers)
        assert await stored(seeded) == []

    async def test_five_megabytes_and_not_a_byte_more(
        self, phone: AsyncClient, link: Sent, seeded: Sessions
    ) -> None:
        base = taken(size=(400, 400))
        most = base + bytes(MOST_BYTES - len(base))
        over = await send(phone, link, most + b"\0")
        assert (over.status_code, over.headers["content-type"]) == (413, HTML)
        assert "5 MB" in over.text
        assert await stored(seeded) == []
        assert (await send(phone, link, most)).status_code == 303
        (kept,) = await stored(seeded)
        assert kept.size < len(base)

    @pytest.mark.parametrize("megabytes", [20, 1000])
    async def test_more_than_that_is_not_kept_in_memory_and_not_read_forever(
        self, phone: AsyncClient, link: Sent, seeded: Sessions, megabytes: int
    ) -> None:
        """A browser shows the page only when all was sent: some of it is read and dropped, and then no more."""
        given = 0

        async def upload() -> AsyncIterator[bytes]:
            nonlocal given
            head = (
                b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n\xff\xd8\xff'
            )
            yield head
            while given < megabytes * 2**20:
                given += 2**20
                yield bytes(2**20)

        answer = await phone.post(
            link.path, content=upload(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert answer.status_code == 413
        assert given <= min(megabytes * 2**20, LET_PASS + 2 * 2**20)
        assert await stored(seeded) == []

    async def test_four_and_no_more_also_when_they_come_at_once(
        self, phone: AsyncClient, link: Sent, seeded: Sessions
    ) -> None:
        done = await asyncio.gather(*(send(phone, link, taken()) for _ in range(6)))
        assert sorted(answer.status_code for answer in done) == [303] * 4 + [409] * 2
        assert [row.number for row in await stored(seeded)] == [1, 2, 3, 4]
        late = await send(phone, link, taken())
        assert (late.status_code, late.headers["content-type"]) == (409, HTML)
        assert "all the photos we can take" in late.text
        assert len(await stored(seeded)) == MOST_PHOTOS
        full = await phone.get(link.path)
        assert (full.status_code, Page(full.text).all("form")) == (200, [])

    async def test_two_at_once_for_the_last_place(
        self, phone: AsyncClient, link: Sent, seeded: Sessions
    ) -> None:
        for _ in range(MOST_PHOTOS - 1):
            await send(phone, link, taken())
        done = await asyncio.gather(send(phone, link, taken()), send(phone, link, taken()))
        assert sorted(answer.status_code for answer in done) == [303, 409]
        assert len(await stored(seeded)) == MOST_PHOTOS


class TestLinks:
    """A link that is unknown and one that is too old are the same page."""

    async def test_unknown_and_too_old_look_the_same(
        self, phone: AsyncClient, runtime: ReadRuntime, seeded: Sessions
    ) -> None:
        old = await linked(runtime, GOOD_FOR)
        unknown = ["x" * 32, "", "..%2f..%2forders", old.token[:-1], old.token.swapcase(), "अ" * 32]
        answers = [await phone.get(old.path), await send(phone, old, taken())]
        for token in filter(None, unknown):
            answers += [await phone.get(f"/photos/{token}"), await phone.post(f"/photos/{token}")]
        pages = [answer for answer in answers if answer.headers["content-type"] == HTML]
        assert len(pages) >= len(answers) - 2  # a path with a slash in it is no link at all
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in pages}) == 1
        assert GONE.text in pages[0].text
        assert old.complaint.reference not in pages[0].text
        assert await stored(seeded) == []

    async def test_a_link_is_good_until_its_last_minute(
        self, phone: AsyncClient, runtime: ReadRuntime
    ) -> None:
        link = await linked(runtime, GOOD_FOR - timedelta(minutes=5))
        assert (await send(phone, link, taken())).status_code == 303

    async def test_one_complaints_link_shows_and_fills_no_other(
        self, phone: AsyncClient, runtime: ReadRuntime, officer: AsyncClient, link: Sent
    ) -> None:
        other = await linked(runtime)
        await send(phone, link, taken())
        assert (await officer.get(f"/complaints/{other.id}")).json()["photos"] == []
        assert "received" not in (await phone.get(other.path)).text

    async def test_who_asks_too_often_waits(self, phone: AsyncClient, link: Sent) -> None:
        for limit, ask in ((LOOKS, phone.get), (UPLOADS, phone.post)):
            answers = [await ask("/photos/guess") for _ in range(limit)]
            assert {answer.status_code for answer in answers} == {404}
            over = await ask(link.path)
            assert (over.status_code, over.headers["content-type"]) == (429, HTML)
            assert int(over.headers["retry-after"]) > 0

    async def test_a_database_that_is_gone_has_a_page_too(
        self, phone: AsyncClient, runtime: ReadRuntime, link: Sent
    ) -> None:
        gone = open_engine("postgresql://nobody@127.0.0.1:9/none", KEYRING)
        runtime.sessions = open_sessions(gone)
        with capture_logs() as logs:
            for answer in (await phone.get(link.path), await send(phone, link, taken())):
                assert (answer.status_code, answer.headers["content-type"]) == (503, HTML)
                assert "the link stays good" in answer.text
        assert [line["event"] for line in logs] == ["photos.store_down"] * 2
        assert link.token not in str(logs)
        await gone.dispose()

    async def test_a_photo_that_takes_too_long_is_told_apart_from_a_store_that_does(
        self, phone: AsyncClient, link: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def slowly() -> AsyncIterator[bytes]:
            yield b"--edge\r\n"
            await asyncio.Event().wait()

        monkeypatch.setattr(door, "SECONDS", 0.05)
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        answer = await phone.post(link.path, content=slowly(), headers=kind)
        assert (answer.status_code, answer.headers["content-type"]) == (408, HTML)

        async def silent(*_: object) -> None:
            raise TimeoutError

        monkeypatch.undo()
        monkeypatch.setattr(door, "case_of", silent)
        assert (await send(phone, link, taken())).status_code == 503

    async def test_a_fault_nobody_foresaw_does_not_write_the_secret_down(
        self, doors: FastAPI, link: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: object) -> None:
            raise KeyError("exif")

        monkeypatch.setattr(door, "case_of", broken)
        transport = ASGITransport(doors, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://tiffin.test") as stranger:
            with capture_logs() as logs:
                assert (await stranger.get(link.path)).status_code == 500
        (line,) = logs
        assert (line["event"], line["path"]) == ("request.broken", "/photos/{token}")
