"""Whether a call can be taken now."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from api.health import checks
from db.models import Outbox
from operations import ledger
from operations.jobs import real_now
from tests.api.conftest import House, open_house
from tests.api.test_twilio_voice import other_process
from tests.db.databases import sql
from tests.fakes.until import until


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


async def test_jobs_that_are_late_are_told_and_stop_no_call(house: House) -> None:
    await house.runtime.prepared.wait()
    now = house.runtime.clock.now()
    async with house.runtime.sessions() as session, session.begin():
        for kind in ("payments.release", "nobody.knows_it"):  # the second one waits for a newer release
            await ledger.job(session, kind, "a", {}, now - timedelta(minutes=5), now)
        held = update(Outbox).values(leased_by="somebody", lease_until=real_now() + timedelta(minutes=1))
        await session.execute(held)
    answer = await house.client.get("/readyz")
    jobs = answer.json()["jobs"]
    assert (answer.status_code, jobs["broker"]) == (200, "ok")
    assert 300 <= jobs["oldest_due_seconds"] < 400


async def test_a_call_can_be_taken_while_rabbitmq_is_away(
    environment: dict[str, object], tmp_path: Path
) -> None:
    async with open_house(environment | {"amqp_url": "amqp://127.0.0.1:9/"}, tmp_path) as house:
        await house.runtime.prepared.wait()
        answer = await house.client.get("/readyz")
        assert (answer.status_code, answer.json()["jobs"]["broker"]) == (200, "down")


async def test_a_server_carries_out_jobs_by_itself_without_rabbitmq(house: House) -> None:
    now = house.runtime.clock.now()
    async with house.runtime.sessions() as session, session.begin():
        payload = {"order_id": str(UUID(int=1)), "key": "x"}
        await ledger.job(session, "payments.release", "a", payload, now, now)

    async def outcome() -> str | None:
        async with house.runtime.sessions() as session:
            found: str | None = await session.scalar(
                select(Outbox.outcome).where(col(Outbox.kind) == "payments.release")
            )
            return found

    assert await until(outcome) == "dropped: there is no such order"


async def test_a_process_that_closes_is_off_the_list(environment: dict[str, object], tmp_path: Path) -> None:
    async with open_house(environment, tmp_path) as house:
        presence = house.runtime.presence
        assert (await presence.room()).instances == 1
        house.runtime.draining = True
        assert (await presence.room()).free == 0
        await presence.withdraw()
        await presence.tell()
        assert (await presence.room()).instances == 0
