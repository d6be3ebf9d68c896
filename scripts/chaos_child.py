"""Where a forked process of the town begins. Whoever forks it need not have imported what it runs."""

from importlib import import_module
from typing import Any

DESK, WORKER, WARM = "scripts.chaos_desk", "scripts.chaos_worker", "scripts.chaos_warm"


def run(module: str, *arguments: Any) -> None:
    """Become a process of the town."""
    import_module(module).run(*arguments)
