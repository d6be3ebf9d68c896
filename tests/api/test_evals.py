"""The door for conversation tests is open on this machine only, with a key, and never in production."""

import logging
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pipecat.evals.serializer import EvalConnectionFlags, eval_connect_message
from sqlmodel import col, select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api import keys
from api.evals import local, plus
from api.keys import COOKIE
from db.models import CallRow, Outbox
from evals.server import QUIET
from operations import ledger
from server import create_app
from settings import Settings
from tests.api.conftest import OPERATE, PUBLIC, READ, House, open_house
from tests.fakes.until import until

CALLER = "caller=%2B15125550110&line=%2B15125550100"


async def test_the_harness_talks_as_somebody(house: House, port: int) -> None:
    address = f"ws://127.0.0.1:{port}/evals/media?{CALLER}&key={OPERATE}"
    async with connect(address) as opened:
        await opened.send(eval_connect_message(EvalConnectionFlags(skip_tts=True)))
        await house.exchange.begun.wait()
        (leg,) = house.exchange.legs
        assert (leg.channel, leg.line.silent) == ("eval", True)
        async with house.runtime.sessions() as session:
            row = await session.get(CallRow, leg.call_id)
        assert row is not None
        assert (row.phone, row.line, row.customer_id is None) == ("+15125550110", "+15125550100", False)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("&key=wrong", {}),
        (f"&key={READ}", {}),
        (f"&key={OPERATE}", {"Origin": "https://elsewhere.example"}),
        (f"&key={OPERATE}", {"Origin": "null"}),
        ("", {"X-API-Key": READ}),
    ],
)
async def test_a_page_in_the_browser_plays_nobody(
    house: House, port: int, query: str, headers: dict[str, str]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{port}/evals/media?{CALLER}{query}", additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403
    assert house.runtime.counts["evals.refused"] == 1
    async with house.runtime.sessions() as session:
        assert list(await session.scalars(select(CallRow))) == []


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_a_key_in_a_header_will_do(house: House, port: int, header: str) -> None:
    value = f"Bearer {OPERATE}" if header == "Authorization" else OPERATE
    given = {header: value, "Origin": PUBLIC}
    async with connect(f"ws://127.0.0.1:{port}/evals/media?{CALLER}", additional_headers=given) as opened:
        await opened.send(eval_connect_message(EvalConnectionFlags(skip_tts=True)))
        await house.exchange.begun.wait()


async def test_a_cookie_will_not_do(house: House, port: int) -> None:
    session = (await house.client.post("/session", json={"key": OPERATE})).cookies[COOKIE]
    given = {"Cookie": f"{COOKIE}={session}", "Origin": PUBLIC}
    with pytest.raises(InvalidStatus):
        async with connect(f"ws://127.0.0.1:{port}/evals/media?{CALLER}", additional_headers=given):
            pass


class Lines(logging.Handler):
    """What a logger was told, whatever other tests have set up above it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage() + "\n"


@pytest.fixture
def uvicorn_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What uvicorn says about sockets."""
    logger, lines = logging.getLogger("uvicorn.error"), Lines()
    monkeypatch.setattr(logger, "level", logging.INFO)
    monkeypatch.setattr(logger, "disabled", False)
    logger._cache.clear()  # type: ignore[attr-defined]  # levels are remembered per logger
    logger.addHandler(lines)
    yield lines
    logger.removeHandler(lines)
    logger._cache.clear()  # type: ignore[attr-defined]


async def test_the_key_stays_out_of_the_log(house: House, port: int, uvicorn_log: Lines) -> None:
    async with connect(f"ws://127.0.0.1:{port}/evals/media?{CALLER}&key={OPERATE}"):
        pass
    with pytest.raises(InvalidStatus):
        async with connect(f"ws://127.0.0.1:{port}/evals/media?{CALLER}&key={READ}"):
            pass
    assert "/evals/media" in uvicorn_log.text
    assert [word for word in (OPERATE, READ, "5550110") if word in uvicorn_log.text] == []


async def test_guessing_at_this_door_is_slowed_too(
    house: House, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "WRONG_KEYS", 2)
    for secret in ("guess1", "guess2", OPERATE):
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://127.0.0.1:{port}/evals/media?{CALLER}&key={secret}"):
                pass


async def test_garbage_makes_no_call(house: House, port: int) -> None:
    for garbage in ("hello", "{}", b"\x00"):
        async with connect(f"ws://127.0.0.1:{port}/evals/media?key={OPERATE}") as opened:
            await opened.send(garbage)
            with pytest.raises(ConnectionClosed):
                await opened.recv()
            assert opened.close_code == 1008
    async with house.runtime.sessions() as session:
        assert list(await session.scalars(select(CallRow))) == []


async def test_production_has_no_such_door() -> None:
    app = create_app(Settings.model_validate({"app_env": "prod"}))
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    scope = {
        "type": "websocket",
        "path": "/evals/media",
        "headers": [],
        "query_string": b"",
        "subprotocols": [],
    }
    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_this_machine_is_known_by_its_address() -> None:
    assert [local(source) for source in ("127.0.0.1", "::1", "192.0.2.7", "unknown")] == [
        True,
        True,
        False,
        False,
    ]
    assert [plus(number) for number in (" 15125550110", "+15125550110", "")] == [
        "+15125550110",
        "+15125550110",
        None,
    ]


async def test_while_conversations_are_graded_money_moves_and_no_driver_is_looked_for(
    environment: dict[str, object], tmp_path: Path
) -> None:
    async with open_house(environment, tmp_path, QUIET) as house:
        now = house.runtime.clock.now()
        payload = {"order_id": str(UUID(int=1)), "key": "x"}
        async with house.runtime.sessions() as session, session.begin():
            for kind in ("dispatch.search", "restaurant.announce", "payments.release"):
                await ledger.job(session, kind, "a", payload, now, now)

        async def begun() -> set[str] | None:
            async with house.runtime.sessions() as session:
                seen = {*await session.scalars(select(Outbox.kind).where(col(Outbox.attempts) > 0))}
                return seen if "payments.release" in seen else None

        assert {kind.partition(".")[0] for kind in await until(begun) or ()} == {"payments"}
