"""Our plain top-level names mean our own files, whatever the dependencies install."""

import importlib
from pathlib import Path

import pytest

from tests.test_layers import OURS, ROOT, files

PRESENT = sorted(name for name in OURS if files(ROOT, name))


@pytest.mark.parametrize("name", PRESENT)
def test_the_name_is_ours(name: str) -> None:
    module = importlib.import_module(name)
    places = [module.__file__] if module.__file__ else list(module.__path__)
    assert places
    assert all(Path(place).is_relative_to(ROOT) and ".venv" not in place for place in places)


def test_the_image_never_installs_the_application() -> None:
    """An editable or installed copy would come last on the path, after any dependency of the same name."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "ENV PYTHONPATH=/app" in lines
    assert not [line for line in lines if "pip install" in line and (" ." in line or "-e" in line.split())]
