"""What a test needs of this machine and does not find."""

import os
from typing import NoReturn

import pytest


def lacking(problem: str) -> NoReturn:
    """Skip the test; where all services are required, fail it, so that nothing goes untested unnoticed."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(problem)
    pytest.skip(problem)
