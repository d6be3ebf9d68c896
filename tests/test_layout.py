"""Our plain top-level names mean our own files, whatever the dependencies install."""

import importlib
import tomllib
from pathlib import Path

import pytest

from tests.test_layers import OURS, RANK, ROOT, files

PRESENT = sorted(name for name in OURS if files(ROOT, name))


@pytest.mark.parametrize("name", PRESENT)
def test_the_name_is_ours(name: str) -> None:
    module = importlib.import_module(name)
    places = [module.__file__] if module.__file__ else list(module.__path__)
    assert places
    assert all(Path(place).is_relative_to(ROOT) and ".venv" not in place for place in places)


def test_the_package_holds_every_name_of_the_product_and_none_there_is_not() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    product = {name for name in RANK if files(ROOT, name)} | {"data"}
    assert {name.removesuffix(".py") for name in named} == product
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_image_never_installs_the_application() -> None:
    """An editable or installed copy would come last on the path, after any dependency of the same name."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "ENV PYTHONPATH=/app" in lines
    assert not [line for line in lines if "pip install" in line and (" ." in line or "-e" in line.split())]
