"""What a prompt asks for. Without the line that asks for it, the stand-in does not do it, as a model might not."""

import re
from functools import lru_cache
from typing import Literal

Rule = Literal["emergency", "machine", "allergies", "addition", "silence", "complaint"]
HEADING = "# Always"
"""Only prompts that are written under headings are read for rules; after any other all of them are kept."""
SIGNS: dict[Rule, re.Pattern[str]] = {
    "emergency": re.compile(r"\bdanger to life\b"),
    "machine": re.compile(r"\bwhether you are a machine\b"),
    "allergies": re.compile(r"\ballerg\w+\b.*`set_allergies`", re.I),
    "addition": re.compile(r"`suggest_addition`"),
    "silence": re.compile(r"`propose_change`[^.:]*\bsay nothing\b"),
    "complaint": re.compile(r"`file_complaint`.*`process_refund` after it"),
}


@lru_cache(maxsize=64)
def rules_in(prompt: str) -> frozenset[Rule]:
    """The rules that one of the prompt's lines asks for."""
    if HEADING not in prompt:
        return frozenset(SIGNS)
    lines = prompt.splitlines()
    return frozenset(rule for rule, sign in SIGNS.items() if any(sign.search(line) for line in lines))
