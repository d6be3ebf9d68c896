"""How one run of one scenario went."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from scripts.check import Check


@dataclass
class Result:
    """Every fact that was graded; passed only if all of them hold."""

    name: str
    agents: list[str]
    checks: list[Check] = field(default_factory=list)
    """Rows and words, wanted and found."""
    failures: list[str] = field(default_factory=list)
    """What did not follow in the conversation, or why there was none."""
    seconds: float = 0.0
    turns: int = 0
    """Of the caller."""
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    """Seconds after the call's beginning, one for each event."""

    @property
    def ok(self) -> bool:
        """Whether the conversation went as written and every row is as it was wanted."""
        return not self.failures and bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def tokens(self) -> dict[str, Counter[str]]:
        """By model: prompt, completion, cache_read and cache_write tokens, and requests."""
        used: dict[str, Counter[str]] = {}
        for kind, data in self.events:
            if kind == "usage.llm":
                model = used.setdefault(str(data["model"]), Counter())
                model["requests"] += 1
                for part in ("prompt", "completion", "cache_read", "cache_write"):
                    model[part] += data.get(part) or 0
        return used

    @property
    def chosen(self) -> Counter[tuple[str, str]]:
        """How often each model was asked, and why: (model, reason)."""
        asked = (data for kind, data in self.events if kind == "model.chosen")
        return Counter((str(data["model"]), str(data["why"])) for data in asked)
