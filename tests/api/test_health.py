"""Whether a call can be taken now."""

from uuid import UUID

from api.health import checks
from tests.api.conftest import House
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
