"""`make call`, whole: a stack of its own, a real-time phone call with audio, and the rows compared."""

import os
import subprocess
import sys

import pytest

from scripts.child import ROOT


def phone(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "scripts.call", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"COLUMNS": "120"}, capture_output=True, text=True
    )


@pytest.mark.call
@pytest.mark.xdist_group("calls")
@pytest.mark.timeout(400)
def test_what_a_customer_orders_is_what_is_in_the_database() -> None:
    call = phone("plain", "--own")
    assert call.returncode == 0, call.stdout + call.stderr
    assert "1 passed, 0 failed" in call.stdout
    assert "- order placed" in call.stdout


def test_an_unknown_scenario_is_told_before_anything_starts() -> None:
    call = phone("dinner", "--own")
    assert call.returncode == 2
    assert call.stdout.startswith("no scenario dinner; there are: ")
    assert "starting" not in call.stdout
