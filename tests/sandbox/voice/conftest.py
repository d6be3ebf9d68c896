"""A running box on a free port, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.app import create_app
from sandbox.box import Box
from sandbox.server import loopback_socket, make_server


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    listener = loopback_socket()
    made = Box(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = make_server(create_app(made))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield made
    server.should_exit = True
    await serving


@pytest.fixture
async def control(box: Box) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{box.url}/control", timeout=30) as client:
        yield client
