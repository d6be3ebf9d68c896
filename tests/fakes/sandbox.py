"""The sandbox as the product meets it: a process of its own, reached over loopback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.test_layers import ROOT

PATIENCE = 30.0
"""Seconds for an answer of its control; a busy machine is slow."""


@dataclass(frozen=True)
class Sandbox:
    """Its addresses and keys."""

    url: str
    base_urls: dict[str, str]
    keys: dict[str, str]

    def fault(self, vendor: str, kind: str, **more: Any) -> None:
        """Make a vendor fail, once unless `times` says otherwise."""
        fault = {"vendor": vendor, "kind": kind, **more}
        httpx.post(f"{self.url}/control/faults", json=fault, timeout=PATIENCE).raise_for_status()

    def clear(self) -> None:
        """All vendors are well again."""
        httpx.delete(f"{self.url}/control/faults", timeout=PATIENCE).raise_for_status()

    def requests(self, vendor: str) -> list[dict[str, Any]]:
        """What a vendor has been asked, oldest first."""
        answer = httpx.get(f"{self.url}/control/log", params={"vendor": vendor}, timeout=PATIENCE)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    def charges(self) -> list[dict[str, Any]]:
        """Every charge at Stripe, failed ones too."""
        found: list[dict[str, Any]] = (
            httpx.get(f"{self.url}/control/stripe/charges", timeout=PATIENCE).raise_for_status().json()
        )
        return found


@contextmanager
def running(folder: Path) -> Iterator[Sandbox]:
    """A sandbox that ends with the test run."""
    command = [sys.executable, "-m", "sandbox", "--data", str(folder), "--with-parent"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            told = json.loads(process.stdout.readline())
            yield Sandbox(told["url"], told["base_urls"], told["keys"])
        finally:
            process.stdin.close()
            process.terminate()
