"""Chromium with a fake microphone, and the console's fake server."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.fake_server import FakeServer, serving
from tests.browser.stack_call import FLAGS, find_chromium


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; skips without one, fails where all services are required."""
    return find_chromium()


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A fresh fake server."""
    async with serving() as fake:
        yield fake


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A headless browser whose microphone beeps."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        await opened.close()
