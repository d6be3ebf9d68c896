"""A call's facts, read as a conversation."""

from datetime import UTC, datetime
from typing import Any

from db.models import CallEvent
from domain.ids import new_id
from operations.transcripts import tell

AT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


def event(seq: int, type: str, **data: Any) -> CallEvent:
    return CallEvent(call_id=new_id(), seq=seq, at=AT, type=type, version=1, data=data)


def test_a_turn_says_which_agent_spoke() -> None:
    told = tell(
        [
            event(1, "turn.user", text="Where is my order?"),
            event(2, "turn.agent", text="One moment.", agent="customer_order", interrupted=True),
            event(3, "turn.agent", text="It is on its way.", agent="delivery_tracking", interrupted=False),
        ]
    )
    assert [(turn.who, turn.agent, turn.interrupted) for turn in told.turns] == [
        ("caller", None, False),
        ("agent", "customer_order", True),
        ("agent", "delivery_tracking", False),
    ]
