"""What the box says of itself in its first line is what it has."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.routing import Match, Mount, Route, WebSocketRoute

from sandbox.__main__ import announcement
from sandbox.app import create_app
from sandbox.box import Box

ASKED = {
    "DEEPGRAM": ("websocket", "/v1/listen"),
    "ELEVENLABS": ("websocket", "/v1/text-to-speech/voice/multi-stream-input"),
    "ANTHROPIC": ("POST", "/v1/messages"),
    "OPENAI": ("POST", "/chat/completions"),
    "TWILIO": ("POST", "/2010-04-01/Accounts/AC1/Calls.json"),
    "STRIPE": ("POST", "/v1/payment_intents"),
    "RAZORPAY": ("POST", "/v1/payment_links"),
    "GOOGLE_MAPS": ("GET", "/maps/api/geocode/json"),
}
"""One thing each vendor is asked, below the address that is announced for it."""


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path, "http://127.0.0.1:9")


def routes(router: object) -> Iterator[Route | WebSocketRoute | Mount]:
    """Every route, those of included routers too."""
    for route in getattr(router, "routes", []):
        yield from routes(route) if not hasattr(route, "path_regex") else (route,)


def test_every_vendor_that_is_announced_answers_there(box: Box) -> None:
    app, said = create_app(box), announcement(box)["base_urls"]
    assert isinstance(said, dict)
    assert set(said) == set(ASKED)
    for vendor, (method, path) in ASKED.items():
        whole = urlsplit(said[vendor]).path + path
        kind = "websocket" if method == "websocket" else "http"
        scope = {"type": kind, "path": whole, "method": method, "headers": [], "root_path": ""}
        assert any(route.matches(scope)[0] is Match.FULL for route in app.routes), (vendor, whole)


def test_there_are_keys_for_the_vendors_that_are_played_and_for_no_other(box: Box) -> None:
    said = announcement(box)["base_urls"]
    assert isinstance(said, dict)
    assert {name for name in box.keys if not name.startswith(tuple(f"{vendor}_" for vendor in said))} == set()
    assert {vendor for vendor in said if not any(name.startswith(f"{vendor}_") for name in box.keys)} == set()
