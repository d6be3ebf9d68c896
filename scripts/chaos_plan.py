"""The faults of a run, from its seed alone: each has its turn after so many facts, and all are told at the end."""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

What = Literal[
    "kill web",
    "kill worker",
    "kill relay",
    "kill hands in a call to a vendor",
    "kill web in a call to a vendor",
    "kill Redis",
    "kill PostgreSQL",
    "cut RabbitMQ",
    "vendor",
    "resend webhooks",
]
FACTS_PER_ORDER = 14
"""Events and payments of an ordinary order, about: faults are spread over what is to happen."""
SLOW_SECONDS = 1.5
"""So long a vendor takes while somebody is to be killed in the middle of asking it."""
STRIPE_PAY, STRIPE_TAKE, DIAL, TEXT = "POST /v1/payment_intents", "/capture", "/Calls.json", "/Messages.json"

KILLS: tuple[tuple[What, dict[str, Any]], ...] = (
    ("kill worker", {}),
    ("kill web", {}),
    ("kill hands in a call to a vendor", {"vendor": "stripe", "match": STRIPE_TAKE}),
    ("kill PostgreSQL", {}),
    ("kill relay", {}),
    ("kill web in a call to a vendor", {"vendor": "stripe", "match": STRIPE_PAY}),
    ("kill Redis", {}),
    ("cut RabbitMQ", {}),
    ("kill hands in a call to a vendor", {"vendor": "twilio", "match": DIAL}),
)
WRONGS: tuple[tuple[What, dict[str, Any]], ...] = (
    ("vendor", {"vendor": "stripe", "kind": "act_and_drop", "match": STRIPE_PAY, "times": 3}),
    ("vendor", {"vendor": "twilio", "kind": "act_and_drop", "match": DIAL}),
    ("vendor", {"vendor": "twilio", "kind": "webhook_twice", "match": "/twilio/", "seconds": 0.5}),
    ("vendor", {"vendor": "stripe", "kind": "act_and_drop", "match": STRIPE_TAKE, "times": 3}),
    ("vendor", {"vendor": "twilio", "kind": "webhook_reordered", "match": "/twilio/status", "seconds": 1.0}),
    ("vendor", {"vendor": "twilio", "kind": "double_dial", "seconds": 0.3}),
    ("vendor", {"vendor": "twilio", "kind": "drop", "match": DIAL}),
    ("vendor", {"vendor": "twilio", "kind": "webhook_late", "match": "/twilio/status", "seconds": 2.0}),
    ("vendor", {"vendor": "stripe", "kind": "status", "status": 500, "match": "/v1/", "times": 2}),
    ("vendor", {"vendor": "twilio", "kind": "status", "status": 503, "match": DIAL}),
    ("vendor", {"vendor": "twilio", "kind": "webhook_lost", "match": "/twilio/status"}),
    ("vendor", {"vendor": "twilio", "kind": "act_and_drop", "match": TEXT}),
    ("resend webhooks", {}),
)
ORDERS_A_KILL, ORDERS_A_WRONG = 3, 1.6


@dataclass
class Fault:
    """One thing that goes wrong once `after` facts are written; `done` tells when that was."""

    after: int
    what: What
    how: dict[str, Any] = field(default_factory=dict)
    done: str = ""

    @property
    def words(self) -> str:
        """As the table has it."""
        if self.what == "vendor":
            times = f" x{self.how['times']}" if self.how.get("times", 1) > 1 else ""
            return f"{self.how['vendor']}: {self.how['kind']}{times} {self.how.get('match', '')}".rstrip()
        return f"{self.what}: {self.how['vendor']} {self.how['match']}" if self.how else self.what


def plan(seed: int, orders: int) -> list[Fault]:
    """Every kind has its turn before one comes again; when, the seed decides."""
    chance = random.Random(f"faults:{seed}:{orders}")
    found: list[Fault] = []
    for kinds, each in ((KILLS, ORDERS_A_KILL), (WRONGS, ORDERS_A_WRONG)):
        count = max(2, round(orders / each))
        whole = int(FACTS_PER_ORDER * orders * 0.9)
        turns = sorted(chance.randint(2, whole) for _ in range(count))
        deck: list[tuple[What, dict[str, Any]]] = []
        for after in turns:
            if not deck:
                deck = list(kinds)
                chance.shuffle(deck)
            what, how = deck.pop()
            found.append(Fault(after, what, dict(how)))
    return sorted(found, key=lambda fault: fault.after)
