"""The real SDK and a telephone company that loses answers: one call all the same."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest

from compliance.may_text import Outgoing
from db.engine import Sessions
from domain.dialling import Topic
from domain.jobs import Later
from tests.fakes.gate import PLAYED, driver_of, gate, kitchen_of
from tests.fakes.riding import LUIS
from tests.fakes.sandbox import PATIENCE, Sandbox, running
from tests.fakes.shop import Shop
from tests.fakes.switchboard import LINE, Switchboard
from vendors.twilio import Twilio

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
async def board(seeded: Sessions, outside: Sandbox) -> AsyncIterator[Switchboard]:
    """The seeded city, whose telephone company is the sandbox."""
    keys = outside.keys
    twilio = Twilio(keys["TWILIO_ACCOUNT_SID"], keys["TWILIO_AUTH_TOKEN"], outside.base_urls["TWILIO"])
    board = Switchboard(Shop(seeded))
    board.outgoing = Outgoing(twilio, PLAYED, gate())
    board.dialler = replace(board.dialler, outgoing=board.outgoing)
    yield board
    outside.clear()
    await twilio.close()


async def placed(outside: Sandbox, number: str) -> list[str]:
    """SIDs of the calls to somebody, newest first."""
    async with httpx.AsyncClient() as client:
        calls = (await client.get(f"{outside.url}/control/calls", timeout=PATIENCE)).json()
    return [call["sid"] for call in calls if call["to"] == number]


async def test_a_call_that_is_placed_and_whose_answer_is_lost_is_found_on_the_list(
    board: Switchboard, outside: Sandbox
) -> None:
    person, kitchen = await kitchen_of(board.shop)
    wanted = board.to(person, Topic.ORDERS)
    outside.fault("twilio", "act_and_drop", match="/Calls.json")
    assert isinstance(await board.reach(wanted), Later)
    (row,) = await board.dials()
    assert (row.status, row.sid) == ("asked", None)
    assert isinstance(await board.reach(wanted), Later)
    (row,) = await board.dials()
    assert [row.sid] == await placed(outside, kitchen.phone)
    assert (row.line, row.status) == (LINE, "ringing")


async def test_one_that_was_not_placed_is_placed_once_the_wait_is_over(
    board: Switchboard, outside: Sandbox
) -> None:
    person, _ = await driver_of(board.shop, LUIS)
    wanted = board.to(person, Topic.PICKUP)
    outside.fault("twilio", "drop", match="/Calls.json")
    for _ in range(2):
        assert isinstance(await board.reach(wanted), Later)
    assert await placed(outside, LUIS) == []
    await board.age(31)
    assert isinstance(await board.reach(wanted), Later)
    assert await board.outcomes() == ["never_placed", None]
    assert [(await board.dials())[-1].sid] == await placed(outside, LUIS)
