"""Who may ask: keys, scopes, the browser's session, and how often."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends
from pydantic import SecretStr
from sqlalchemy import select

from api import keys
from api.keys import COOKIE, SESSION_SECONDS, Key, needs, parse_keys
from db.models import Audit
from errors import ConfigError
from tests.api.conftest import OPERATE, PRIVACY, PUBLIC, READ, House, open_house

ONE, TWO = "one-key-of-the-tests", "two-key-of-the-tests"
Bearer = Callable[[str], dict[str, str]]


@pytest.fixture(autouse=True)
def probes(house: House) -> None:
    """One route per scope, as the product's own routes are made."""

    async def answer(key: Key) -> dict[str, str]:
        return {"name": key.name}

    @house.app.get("/probe/read")
    async def read(key: Annotated[Key, Depends(needs("read"))]) -> dict[str, str]:
        return await answer(key)

    @house.app.api_route("/probe/operate", methods=["GET", "POST"])
    async def operate(key: Annotated[Key, Depends(needs("operate"))]) -> dict[str, str]:
        return await answer(key)

    @house.app.get("/probe/privacy/{id}")
    async def privacy(key: Annotated[Key, Depends(needs("privacy"))], id: str) -> dict[str, str]:
        return await answer(key)


async def test_a_key_comes_in_either_header(house: House, bearer: Bearer) -> None:
    for headers in (bearer(READ), {"X-API-Key": READ}):
        assert (await house.client.get("/probe/read", headers=headers)).json() == {"name": "viewer"}


async def test_no_key_and_a_wrong_key_are_401(house: House, bearer: Bearer) -> None:
    for headers in (
        {},
        bearer("wrong"),
        {"X-API-Key": "wrong"},
        bearer(""),
        {"Cookie": f"{COOKIE}=viewer.9.x"},
    ):
        answer = await house.client.get("/probe/read", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["type"] == "unauthenticated"


async def test_a_key_without_the_scope_is_403(house: House, bearer: Bearer) -> None:
    assert (await house.client.post("/probe/operate", headers=bearer(OPERATE))).status_code == 200
    for path in ("/probe/operate", "/probe/privacy/1"):
        answer = await house.client.get(path, headers=bearer(READ))
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "refused")


async def test_a_browser_gets_a_cookie_that_no_script_reads(house: House) -> None:
    opened = await house.client.post("/session", json={"key": OPERATE})
    assert opened.json() == {"name": "desk", "scopes": ["operate", "read"]}
    cookie = opened.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Secure", f"Max-Age={SESSION_SECONDS}"):
        assert part in cookie
    assert OPERATE not in cookie
    assert (await house.client.get("/probe/read")).json() == {"name": "desk"}
    assert (await house.client.get("/session")).json()["name"] == "desk"
    await house.client.delete("/session")
    assert (await house.client.get("/probe/read")).status_code == 401


async def test_a_session_works_from_our_own_page_only(house: House) -> None:
    await house.client.post("/session", json={"key": OPERATE})
    assert (await house.client.post("/probe/operate", headers={"Origin": PUBLIC})).status_code == 200
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        assert (await house.client.post("/probe/operate", headers=headers)).status_code == 403


async def test_a_wrong_key_opens_no_session(house: House) -> None:
    answer = await house.client.post("/session", json={"key": "wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_guessing_keys_is_slowed(house: House, bearer: Bearer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "WRONG_KEYS", 3)
    codes = [
        (await house.client.get("/probe/read", headers=bearer(f"guess{n}"))).status_code for n in range(5)
    ]
    assert codes == [401, 401, 401, 429, 429]


async def test_over_the_limit_a_right_guess_is_refused_like_a_wrong_one(
    house: House, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "WRONG_KEYS", 2)
    cookie = (await house.client.post("/session", json={"key": OPERATE})).cookies[COOKIE]
    house.client.cookies.clear()
    for guess in ("guess1", "guess2"):
        assert (await house.client.post("/session", json={"key": guess})).status_code == 401
    for secret in ("guess3", READ):
        assert (await house.client.get("/probe/read", headers=bearer(secret))).status_code == 429
        answer = await house.client.post("/session", json={"key": secret})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
    assert (
        await house.client.get("/probe/read", headers={"Cookie": f"{COOKIE}={cookie}"})
    ).status_code == 200


async def test_asking_without_a_key_is_no_guess(
    house: House, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "WRONG_KEYS", 1)
    for headers in ({}, {"Cookie": f"{COOKIE}=viewer.9.x"}, {}):
        assert (await house.client.get("/probe/read", headers=headers)).status_code == 401
    assert (await house.client.get("/probe/read", headers=bearer(READ))).status_code == 200


async def test_sessions_are_opened_so_often_from_one_address(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "SESSIONS", 2)
    codes = [(await house.client.post("/session", json={"key": OPERATE})).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    house: House, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "PER_KEY", 2)
    answers = [await house.client.get("/probe/read", headers=bearer(READ)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].json()["error"]["type"] == "too_many"
    assert (await house.client.get("/probe/read", headers=bearer(OPERATE))).status_code == 200


async def test_looking_at_personal_data_is_written_down(house: House, bearer: Bearer) -> None:
    assert (await house.client.get("/probe/privacy/7", headers=bearer(PRIVACY))).status_code == 200
    async with house.runtime.sessions() as session:
        (row,) = await session.scalars(select(Audit))
    assert (row.actor, row.action, row.subject, row.source) == (
        "key:officer",
        "key.privacy",
        "GET /probe/privacy/7",
        "192.0.2.7",
    )


async def test_a_session_ends_and_falls_with_its_key() -> None:
    signing = SecretStr("s")
    ring = parse_keys(SecretStr(f"a:{ONE}:read"), signing)
    key = ring.find(ONE)
    assert key is not None
    cookie = ring.session(key, now=1000)
    assert ring.of_session(cookie, now=1000 + SESSION_SECONDS - 1) == key
    assert ring.of_session(cookie, now=1000 + SESSION_SECONDS) is None
    assert parse_keys(SecretStr(f"a:{TWO}:read"), signing).of_session(cookie, now=1000) is None
    assert parse_keys(SecretStr(f"a:{ONE}:read"), SecretStr("t")).of_session(cookie, now=1000) is None
    name, until, signature = cookie.split(".")
    assert ring.of_session(f"{name}.{int(until) + 9999}.{signature}", now=1000) is None


def test_every_malformed_key_is_named_and_no_secret_is_shown() -> None:
    entries = (
        "a:hidden1-hidden-hidden:read",
        "hidden2",
        "b:hidden3-hidden-hidden:fly",
        "a:hidden4-hidden-hidden:read",
        "c::read",
        "d:hidden5-hidden-hidden:restaurant=7",
        "e:hidden6-fifteen:read",
    )
    text = SecretStr(",".join(entries))
    with pytest.raises(ConfigError) as refused:
        parse_keys(text, SecretStr("s"))
    assert [problem.partition(" is ")[0].partition(" has ")[0] for problem in refused.value.problems] == [
        "API_KEYS: entry 2",
        "API_KEYS: entry 3",
        "API_KEYS: entry 4 repeats the name of another",
        "API_KEYS: entry 5",
        "API_KEYS: entry 7",
    ]
    assert "hidden" not in str(refused.value)


async def test_dev_makes_a_key_when_there_is_none(environment: dict[str, object], tmp_path: Path) -> None:
    async with open_house(environment | {"api_keys": ""}, tmp_path) as house:
        key = house.runtime.dev_key
        assert key is not None
        answer = await house.client.get("/session", headers={"X-API-Key": key})
    assert answer.json() == {"name": "dev", "scopes": ["operate", "privacy", "read"]}
