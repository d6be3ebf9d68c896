"""When a caller who types may answer."""

from typing import Any

import pytest

from evals.typed import spoken_to_the_end

Event = tuple[str, dict[str, Any]]
ASKED: Event = ("turn.user", {"text": "A pizza."})
SAID: Event = ("turn.agent", {"text": "Got it. Anything else?"})
READ: Event = ("tool.result", {"tool": "read_back_order", "result": {"status": "reading"}})
PROPOSED: Event = ("tool.result", {"tool": "propose_change", "result": {"status": "proposed"}})
NOTHING: Event = ("tool.result", {"tool": "end_call", "result": None})


@pytest.mark.parametrize(
    ("texts", "events", "over"),
    [
        ([], [], True),
        ([""], [ASKED], True),
        (["Got it. Anything else?"], [ASKED], False),
        (["Got it.  Anything else?"], [ASKED, SAID], True),
        (["Got it.", "Anything else?"], [ASKED, SAID, NOTHING], True),
        (["Got it. Anything more?"], [ASKED, SAID], False),
        (["Anything else?"], [ASKED, READ, SAID], False),
        (["Anything else?"], [ASKED, READ, SAID, ("readback.heard", {})], True),
        (["Anything else?"], [ASKED, PROPOSED, SAID, ("greeting.heard", {})], False),
        (["Anything else?"], [ASKED, PROPOSED, SAID, ("change.heard", {})], True),
        (["Anything else?"], [ASKED, READ, SAID, ("speech.cut", {})], True),
        (["Anything else?"], [READ, ASKED, SAID], True),
    ],
)
def test_an_answer_is_over_when_it_is_kept_and_a_read_back_was_heard(
    texts: list[str], events: list[Event], over: bool
) -> None:
    assert spoken_to_the_end(texts, events) is over
