"""Where a server for a moment keeps its files."""

from pathlib import Path

import pytest

from scripts import embedded_postgres


def test_a_memory_with_room_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded_postgres, "MEMORY", tmp_path)
    monkeypatch.setattr(embedded_postgres, "ROOM", 0)
    assert embedded_postgres.in_memory() == tmp_path


def test_a_small_one_and_none_leave_it_to_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded_postgres, "MEMORY", tmp_path)
    monkeypatch.setattr(embedded_postgres, "ROOM", 2**60)
    assert embedded_postgres.in_memory() is None
    monkeypatch.setattr(embedded_postgres, "MEMORY", tmp_path / "missing")
    assert embedded_postgres.in_memory() is None
