"""The request log: what arrived on the wire, for tests that check it."""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

LIMIT = 500


class Entry(BaseModel):
    """One request or websocket message; `headers` are names only, secrets stay out."""

    at: datetime
    vendor: str
    method: str
    path: str
    headers: list[str]
    body: Any


class RequestLog:
    """The last 500 requests, newest last."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=LIMIT)

    def add(self, vendor: str, method: str, path: str, body: Any, headers: Iterable[str] = ()) -> None:
        """Keep one request; `body` is whatever JSON can show, `headers` the names that were sent."""
        names = sorted(name.lower() for name in headers)
        now = datetime.now(UTC)
        self._entries.append(Entry(at=now, vendor=vendor, method=method, path=path, headers=names, body=body))

    def entries(self, vendor: str | None = None) -> list[Entry]:
        return [entry for entry in self._entries if vendor in (None, entry.vendor)]
