"""Each rule of a town sees what breaks it, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from db.models import DialRow, Order, OrderEvent, Outbox, Payment
from domain.ids import new_id
from domain.money import Money
from scripts.chaos_check import Found, broken
from vendors.payments import Moved, Movement

NOW = datetime(2026, 4, 15, 17, tzinfo=UTC)
PHONE = "+15125550110"
ENDED, MOVED, ONCE, BOOKS, TALKED, RANG, JOBS, TEXTED = (
    "every order has come to a legal end",
    "no event is missing, and every move was allowed",
    "nothing is charged or given back twice",
    "the bank's books are the ledger",
    "one conversation a call, one at a time with anybody",
    "no telephone rang without a row of ours",
    "no job is lost",
    "nothing is texted twice",
)
LIFE = ("placed", "confirmed", "preparing", "ready", "picked_up", "delivered", "closed")


def order(**values: Any) -> Order:
    made: dict[str, Any] = {
        "code": "123456", "customer_id": new_id(), "restaurant_id": new_id(), "cart_version": 1, "status": "closed",
        "payment_status": "captured", "payment_kind": "card", "currency": "USD", "total": 2500, "place": {},
        "promise_minutes": 30, "delivered_at": NOW, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Order(**(made | values))


def payment(of: Order, kind: str, reference: str | None = "pi_1", amount: int = 2500) -> Payment:
    return Payment(
        order_id=of.id, provider="stripe", kind=kind, key="k", amount=amount, currency="USD",
        reference=reference, at=NOW,
    )  # fmt: skip


def at_bank(status: Moved, reference: str = "pi_1", amount: int = 2500) -> Movement:
    return Movement(reference, status, Money(amount, "USD"), NOW)


def dial(party: UUID, channel: str = "call", **values: Any) -> DialRow:
    made: dict[str, Any] = {
        "job_key": "restaurant.announce:1", "channel": channel, "topic": "orders", "purpose": "partner_operations",
        "party_kind": "restaurant", "party_id": party, "line": "+15125550100", "status": "over", "sid": "CA1",
        "outcome": "talked" if channel == "call" else "sent", "asked_at": NOW, "asked_real": NOW,
    }  # fmt: skip
    return DialRow(**(made | values))


def rang(sid: str, begins: int, ends: int) -> dict[str, Any]:
    return {
        "sid": sid, "to": PHONE, "direction": "outbound-api", "doubled": False, "state": "completed",
        "started_at": (NOW + timedelta(seconds=begins)).isoformat(),
        "answered_at": (NOW + timedelta(seconds=begins)).isoformat(),
        "ended_at": (NOW + timedelta(seconds=ends)).isoformat(),
    }  # fmt: skip


def well() -> Found:
    """One order that went as it should, with a call and a text."""
    mine, party = order(), new_id()
    pays = ["authorised", *["captured"] * (len(LIFE) - 1)]
    events = [
        OrderEvent(
            order_id=mine.id, seq=seq, at=NOW, type=f"order.{status}",
            data={"status": status, "payment_status": paid},
        )
        for seq, (status, paid) in enumerate(zip(LIFE, pays, strict=True), 1)
    ]  # fmt: skip
    return Found(
        orders=[mine],
        events={mine.id: events},
        payments=[payment(mine, "attempted", None), payment(mine, "authorised"), payment(mine, "captured")],
        dials=[dial(party), dial(party, "sms", sid="SM1")],
        jobs=[
            Outbox(kind="payments.capture", key="a", due_at=NOW, done_at=NOW, outcome="done", created_at=NOW)
        ],
        numbers={party: PHONE},
        movements=[at_bank(Moved.TAKEN)],
        calls=[rang("CA1", 0, 10)],
        texts=[{"to": PHONE, "body": "Tiffin", "direction": "outbound-api"}],
        talks=[{"dial": "d1", "sid": "CA1"}],
    )


def test_a_town_in_which_all_went_well_breaks_no_rule() -> None:
    assert [what for each in broken(well()).values() for what in each] == []


def stuck(seen: Found) -> None:
    seen.orders[0].status = "preparing"


def no_reason(seen: Found) -> None:
    seen.orders[0].status = "cancelled"


def gap(seen: Found) -> None:
    del seen.events[seen.orders[0].id][2]


def leap(seen: Found) -> None:
    seen.events[seen.orders[0].id][3].data = {"status": "delivered", "payment_status": "captured"}


def twice_delivered(seen: Found) -> None:
    seen.events[seen.orders[0].id][6].type = "order.delivered"


def taken_twice(seen: Found) -> None:
    seen.payments = [*seen.payments, payment(seen.orders[0], "authorised", "pi_2")]
    seen.movements = [*seen.movements, at_bank(Moved.TAKEN, "pi_2")]


def given_twice(seen: Found) -> None:
    seen.payments = [*seen.payments, *(payment(seen.orders[0], "refunded", f"re_{n}", 500) for n in (1, 2))]
    seen.movements = [*seen.movements, *(at_bank(Moved.GIVEN, f"re_{n}", 500) for n in (1, 2))]


def held_unknown(seen: Found) -> None:
    seen.movements = [*seen.movements, at_bank(Moved.HELD, "pi_9")]


def another_amount(seen: Found) -> None:
    seen.movements = [at_bank(Moved.TAKEN, amount=2400)]


def nothing_there(seen: Found) -> None:
    seen.movements = []


def two_of_a_dial(seen: Found) -> None:
    seen.talks = [*seen.talks, {"dial": "d1", "sid": "CA2"}]


def two_at_once(seen: Found) -> None:
    seen.talks = [*seen.talks, {"dial": "d2", "sid": "CA2"}]
    seen.calls = [*seen.calls, rang("CA2", 5, 12)]


def rang_by_itself(seen: Found) -> None:
    seen.calls = [*seen.calls, rang("CA3", 20, 25) | {"state": "busy"}]


def left_open(seen: Found) -> None:
    seen.jobs[0].done_at = None


def leased_for_ever(seen: Found) -> None:
    seen.jobs[0].leased_by = "w1:x"


def nobody_knows_how(seen: Found) -> None:
    seen.jobs[0].outcome = None


def another_text(seen: Found) -> None:
    seen.texts = [*seen.texts, *seen.texts]


def two_rows_of_a_text(seen: Found) -> None:
    seen.dials = [*seen.dials, dial(next(iter(seen.numbers)), "sms", sid="SM2")]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (stuck, ENDED),
        (no_reason, ENDED),
        (gap, MOVED),
        (leap, MOVED),
        (twice_delivered, MOVED),
        (taken_twice, ONCE),
        (given_twice, ONCE),
        (held_unknown, BOOKS),
        (another_amount, BOOKS),
        (nothing_there, BOOKS),
        (two_of_a_dial, TALKED),
        (two_at_once, TALKED),
        (rang_by_itself, RANG),
        (left_open, JOBS),
        (leased_for_ever, JOBS),
        (nobody_knows_how, JOBS),
        (another_text, TEXTED),
        (two_rows_of_a_text, TEXTED),
    ],
)
def test_what_breaks_a_rule_is_seen(wrong: Callable[[Found], None], rule: str) -> None:
    seen = well()
    wrong(seen)
    assert broken(seen)[rule] != []
