"""What Razorpay keeps: payment links, what was paid through them and given back, and what its webhooks tell of it."""

import secrets
import string
import time
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
LETTERS = string.ascii_letters + string.digits
LEAST_LIFE_SECONDS = 15 * 60
MINIMUM = 100  # paise
REFERENCE = 40


class RazorpayError(Exception):
    """An answer that is no success, in Razorpay's words."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def made_id(prefix: str) -> str:
    """An id in Razorpay's shape: fourteen letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(14))}"


@dataclass
class Links:
    """Links by id, payments and refunds. `events` are what webhooks tell, oldest first."""

    page: str
    """Root of the addresses that customers open."""
    links: dict[str, Object] = field(default_factory=dict)
    payments: dict[str, Object] = field(default_factory=dict)
    refunds: dict[str, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)

    def create(self, params: Object) -> Object:
        """A new link. Its reference is its own, and it lives for 15 minutes at least."""
        amount, reference = params.get("amount"), str(params.get("reference_id") or "")
        now = int(time.time())
        if not isinstance(amount, int) or amount < MINIMUM:
            raise RazorpayError("The amount must be at least INR 1.00")
        if len(reference) > REFERENCE:
            raise RazorpayError("reference_id: the length must be no more than 40.")
        if reference and any(one["reference_id"] == reference for one in self.links.values()):
            raise RazorpayError(f"payment link with given reference_id: ({reference}) already exists")
        ends = int(params.get("expire_by") or 0)
        if ends and ends < now + LEAST_LIFE_SECONDS:
            raise RazorpayError("expire_by should be at least 15 minutes after current time")
        key = made_id("plink")
        link = self.links[key] = {
            "accept_partial": bool(params.get("accept_partial")),
            "amount": amount,
            "amount_paid": 0,
            "cancelled_at": 0,
            "created_at": now,
            "currency": str(params.get("currency", "INR")),
            "customer": params.get("customer") or {},
            "description": str(params.get("description", "")),
            "expire_by": ends,
            "expired_at": 0,
            "first_min_partial_amount": 0,
            "id": key,
            "notes": params.get("notes") or {},
            "notify": params.get("notify") or {},
            "payments": None,
            "reference_id": reference,
            "reminder_enable": bool(params.get("reminder_enable")),
            "short_url": f"{self.page}/{key}",
            "status": "created",
            "updated_at": now,
            "user_id": "",
        }
        return dict(link)

    def find(self, key: str) -> Object:
        """A link by its id, or by the reference it was made with; one whose time has come has run out."""
        mine = (one for one in self.links.values() if one["reference_id"] == key)
        link = self.links.get(key) or next(mine, None)
        if link is None:
            raise RazorpayError("The id provided does not exist")
        now = int(time.time())
        if link["status"] == "created" and link["expire_by"] and link["expire_by"] <= now:
            link |= {"status": "expired", "expired_at": now, "updated_at": now}
            self._tell("payment_link.expired", payment_link=link)
        return dict(link)

    def all(self) -> list[Object]:
        """Every link, oldest first."""
        return [self.find(key) for key in self.links]

    def cancel(self, key: str) -> Object:
        """Nobody pays it any more; only one that waits can be cancelled."""
        key = str(self.find(key)["id"])
        link, now = self.links[key], int(time.time())
        if link["status"] != "created":
            raise RazorpayError(f"Payment Link cannot be cancelled, it is {link['status']}")
        link |= {"status": "cancelled", "cancelled_at": now, "updated_at": now}
        self._tell("payment_link.cancelled", payment_link=link)
        return dict(link)

    def pay(self, key: str, *, late: bool, method: str) -> Object:
        """The customer pays it; `late`: although it is over meanwhile."""
        key = str(self.find(key)["id"])
        link, now = self.links[key], int(time.time())
        if link["status"] == "paid" or (link["status"] != "created" and not late):
            raise RazorpayError(f"Payment Link is {link['status']}")
        payment = {
            "id": made_id("pay"),
            "entity": "payment",
            "amount": link["amount"],
            "currency": link["currency"],
            "status": "captured",
            "order_id": made_id("order"),
            "method": method,
            "amount_refunded": 0,
            "refund_status": None,
            "captured": True,
            "description": f"#{key}",
            "notes": dict(link["notes"]),
            "created_at": now,
        }
        self.payments[str(payment["id"])] = payment
        paid = {"payment_id": payment["id"], "amount": link["amount"], "method": method, "status": "captured"}
        paid |= {"plink_id": key, "created_at": now, "updated_at": now}
        link |= {"status": "paid", "amount_paid": link["amount"], "payments": [paid], "updated_at": now}
        self._tell("payment.captured", payment=payment)
        self._tell("payment_link.paid", payment_link=link, payment=payment)
        return dict(payment)

    def payment(self, key: str) -> Object:
        """A payment by its id."""
        if key not in self.payments:
            raise RazorpayError("The id provided does not exist")
        return dict(self.payments[key])

    def refund(self, key: str, params: Object) -> Object:
        """Give back all or a part of a payment."""
        self.payment(key)
        payment = self.payments[key]
        left = payment["amount"] - payment["amount_refunded"]
        amount = int(params.get("amount") or left)
        if left == 0:
            raise RazorpayError("The payment has been fully refunded already")
        if amount > left:
            raise RazorpayError("The refund amount provided is greater than the amount captured")
        payment["amount_refunded"] += amount
        whole = payment["amount_refunded"] == payment["amount"]
        payment["refund_status"] = "full" if whole else "partial"
        payment["status"] = "refunded" if whole else payment["status"]
        made = {
            "id": made_id("rfnd"),
            "entity": "refund",
            "amount": amount,
            "currency": payment["currency"],
            "payment_id": key,
            "notes": params.get("notes") or {},
            "receipt": params.get("receipt"),
            "created_at": int(time.time()),
            "status": "processed",
            "speed_processed": "normal",
        }
        self.refunds[str(made["id"])] = made
        self._tell("refund.processed", refund=made, payment=payment)
        return dict(made)

    def fail_refund(self, key: str) -> Object:
        """A refund comes back from the bank; what it gave can be given again."""
        refund = self.refunds[key]
        payment = self.payments[str(refund["payment_id"])]
        refund["status"] = "failed"
        payment["amount_refunded"] -= refund["amount"]
        payment |= {"status": "captured", "refund_status": "partial" if payment["amount_refunded"] else None}
        self._tell("refund.failed", refund=refund, payment=payment)
        return dict(refund)

    def _tell(self, kind: str, **about: Object) -> None:
        payload = {name: {"entity": {**entity}} for name, entity in about.items()}
        body = {"entity": "event", "account_id": "acc_sandbox", "event": kind, "contains": list(about)}
        self.events.append(
            {
                "id": made_id("evt"),
                "type": kind,
                "body": {**body, "payload": payload, "created_at": int(time.time())},
            }
        )
