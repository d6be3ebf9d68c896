"""Whether a call can be taken now."""

from pathlib import Path
from uuid import UUID

from api.health import checks
from tests.api.conftest import House, open_house
from tests.api.test_twilio_voice import other_process
from tests.db.databases import sql


async def ready(house: House) -> tuple[int, dict[str, str]]:
    answer = await house.client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


async def test_the_process_answers_without_a_key(house: House) -> None:
    assert (await house.client.get("/healthz")).json() == {"status": "ok"}


async def test_ready_when_everything_is(house: House) -> None:
    await house.runtime.prepared.wait()
    assert await ready(house) == (
        200,
        dict.fromkeys(("postgres", "redis", "menu", "events", "phrases", "lines"), "ok"),
    )


async def test_not_ready_when_full_or_closing(house: House) -> None:
    house.runtime.capacity = 1
    with house.runtime.hold(UUID(int=1)):
        code, found = await ready(house)
        assert (code, found["lines"]) == (503, "all busy")
    house.runtime.draining = True
    code, found = await ready(house)
    assert (code, found["lines"]) == (503, "draining")


async def test_not_ready_without_postgresql_and_ready_when_it_is_back(
    house: House, postgres: str, seeded_url: str
) -> None:
    name = seeded_url.rpartition("/")[2]
    await sql(
        postgres,
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    code, found = await ready(house)
    assert (code, found["postgres"], found["redis"]) == (503, "down", "ok")
    await sql(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert (await checks(house.runtime))["postgres"] == "ok"


async def test_a_full_process_is_ready_while_another_can_take_the_call(house: House) -> None:
    """The webhook answers here, and the audio goes there."""
    await house.runtime.prepared.wait()
    house.runtime.capacity = 0
    assert (await ready(house))[0] == 503
    await other_process(house, "wss://two.tiffin.example", capacity=5, live=3)
    assert (await ready(house))[0] == 200
    told = (await house.client.get("/readyz")).json()
    assert told["house"] == {"instances": 2, "free": 2, "waiting": 0}
    assert told["instance"] == house.runtime.presence.id


async def test_a_process_that_closes_is_off_the_list(environment: dict[str, object], tmp_path: Path) -> None:
    async with open_house(environment, tmp_path) as house:
        presence = house.runtime.presence
        assert (await presence.room()).instances == 1
        house.runtime.draining = True
        assert (await presence.room()).free == 0
        await presence.withdraw()
        await presence.tell()
        assert (await presence.room()).instances == 0
