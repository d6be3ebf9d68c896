"""One whole stack for all tests that hold a call, and ways to look into it."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from scripts.business_time import TEST_START
from scripts.call_rows import Rows
from scripts.outside import isolated
from scripts.run_file import Running
from scripts.stack import Stack
from tests.browser.stack_call import find_chromium
from tests.calls.phone_client import House


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Sandbox, PostgreSQL and server in a folder of their own on a free port, from the first call to the last."""
    folder = Path(tempfile.mkdtemp(prefix="tiffin-calls-"))
    folder.chmod(0o711)  # an unprivileged PostgreSQL has to pass through
    try:
        with Stack(folder, clock_start=TEST_START, environment=isolated(os.environ)) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; skips without one, fails where all services are required."""
    return find_chromium()


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The stack's API, with a key of every scope."""
    authorization = {"Authorization": f"Bearer {stack.api_key}"}
    async with httpx.AsyncClient(
        base_url=stack.url, headers=authorization, timeout=30.0, trust_env=False
    ) as client:
        yield client


@pytest.fixture
async def sandbox(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The control of the stack's sandbox."""
    url = f"{stack.sandbox.url}/control"
    async with httpx.AsyncClient(base_url=url, timeout=30.0, trust_env=False) as client:
        yield client


@pytest.fixture
async def rows(stack: Stack) -> AsyncIterator[Rows]:
    """A second look into the stack's database."""
    opened = Rows(Running.of(stack))
    yield opened
    await opened.close()


@pytest.fixture
async def house(stack: Stack, rows: Rows) -> AsyncIterator[House]:
    """The stack with a polite model, no faults and no order on its way, before the test and after it."""
    async with House(stack) as opened:
        await rows.all_over()
        await opened.calm()
        yield opened
        await opened.calm()


LONG = {"test_faults", "test_hostile", "test_people", "test_webrtc"}
"""About half of the time that all calls take, with the other tests of the group "calls"."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Calls share a stack and their time is real: two workers hold them all, and other tests as heavy."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("long calls" if item.path.stem in LONG else "calls"))
