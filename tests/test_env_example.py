"""`.env.example` names every setting there is, and no other."""

import re

from settings import Settings
from tests.test_layers import ROOT

NAMED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def test_every_setting_is_in_the_example_and_the_other_way_round() -> None:
    named = NAMED.findall((ROOT / ".env.example").read_text())
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_every_variable_has_a_comment_above_it() -> None:
    """A group of variables under one comment counts: no blank line may part them from it."""
    for block in (ROOT / ".env.example").read_text().split("\n\n"):
        if NAMED.search(block):
            assert block.startswith("# "), block
