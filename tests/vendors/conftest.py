"""One sandbox for all vendor tests; every test finds it healthy."""

from collections.abc import Iterator

import pytest

from tests.fakes.sandbox import Sandbox, running


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The process, started once."""
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(outside: Sandbox) -> Iterator[Sandbox]:
    """The sandbox without faults."""
    yield outside
    outside.clear()
