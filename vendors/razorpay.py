"""Razorpay: payment links, and refunds of what was paid through them.

Its SDK is synchronous, so every request runs in a thread. It drops the HTTP status of an error, which the answer's hook
keeps, and it prints what it cannot connect to, which is caught before it sees it.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import razorpay as sdk
import requests
from razorpay.errors import BadRequestError, GatewayError, ServerError

from domain.money import Money
from errors import VendorError, VendorTimeout
from vendors.payments import LATER, Link, LinkStatus, Moved, Movement

TIMEOUT_SECONDS = 6.0
"""Of the connection and of each pause in the answer; the SDK has none."""
CONFLICT, FAULT = 409, 500
"""409: a refund's key whose first request still runs."""
LEAST_LIFE_SECONDS = 16 * 60
"""Razorpay refuses a link that ends within 15 minutes; the 16th is for our clocks."""
PAGE = 100
"""The most Razorpay lists at once."""
RECEIPT = 40
"""Characters Razorpay keeps of a receipt or a reference of ours."""
IDEMPOTENCY = "X-Refund-Idempotency"
"""At least 10 letters, digits, hyphens and underscores, and the same body each time. Only refunds have one."""
NOT_THAT_MUCH = ("greater than the amount captured", "fully refunded", "exceeds", "amount remaining")
LINKS = {
    "created": LinkStatus.OPEN,
    "partially_paid": LinkStatus.OPEN,
    "paid": LinkStatus.PAID,
    "expired": LinkStatus.OVER,
    "cancelled": LinkStatus.OVER,
}
PAYMENTS = {"authorized": Moved.HELD, "captured": Moved.TAKEN, "refunded": Moved.TAKEN}
"""The others were never paid. A refunded payment was taken first, and its refunds are listed by themselves."""
Answer = dict[str, Any]


class NoAnswerError(Exception):
    """The request went out and no answer came back, or none that can be read: of a proxy's page nobody can tell whether
    anything was done. Not an error of `requests`, which the SDK would print."""


class Session(requests.Session):
    """Connections with a time limit, whose last status is kept: the SDK forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 0

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """One request. Raises NoAnswerError."""
        self.status = 0
        try:
            answer = super().request(*args, **{"timeout": TIMEOUT_SECONDS, **kwargs})
            answer.json()
        except requests.RequestException as error:
            raise NoAnswerError(type(error).__name__) from error
        self.status = answer.status_code
        return answer


class Razorpay:
    """One Razorpay account."""

    name = "razorpay"

    def __init__(self, key_id: str, secret: str, base_url: str | None = None) -> None:
        self._auth = (key_id, secret)
        self._base = {"base_url": base_url} if base_url else {}

    async def make(
        self,
        amount: Money,
        *,
        key: str,
        order_code: str,
        phone: str | None,
        lasts_seconds: float,
        text: bool = False,
    ) -> Link:
        """See LinkPayments. Looked up first: for a link Razorpay knows no idempotency key."""
        if found := await self.find(key):
            return found
        wanted: Answer = {
            "amount": amount.amount,
            "currency": amount.currency,
            "accept_partial": False,
            "reference_id": key,
            "description": f"Order {order_code}",
            "expire_by": int(time.time() + max(lasts_seconds, LEAST_LIFE_SECONDS)),
            "customer": {"contact": phone} if phone else {},
            "notify": {"sms": text and phone is not None, "email": False},
            "reminder_enable": False,
            "notes": {"order_code": order_code, "link": key},
        }
        return link_of(await self._ask(lambda client: client.payment_link.create(wanted)))

    async def find(self, key: str) -> Link | None:
        """See LinkPayments."""
        found = await self._ask(lambda client: client.payment_link.all({"reference_id": key}))
        mine = [one for one in found.get("payment_links", []) if one.get("reference_id") == key]
        return link_of(mine[0]) if mine else None

    async def look(self, reference: str) -> Link:
        """See LinkPayments."""
        return link_of(await self._ask(lambda client: client.payment_link.fetch(reference)))

    async def text_again(self, reference: str) -> None:
        """See LinkPayments."""
        await self._ask(lambda client: client.payment_link.notifyBy(reference, "sms"))

    async def cancel(self, reference: str) -> Link:
        """See LinkPayments. One that is over, or paid, cannot be cancelled, and then it is looked at."""
        try:
            return link_of(await self._ask(lambda client: client.payment_link.cancel(reference)))
        except VendorTimeout:
            raise
        except VendorError:
            found = await self.look(reference)
            if found.status is LinkStatus.OPEN:
                raise
            return found

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """See Books. Looked up first, by the key in its notes.

        How long Razorpay remembers a key is not said, and its answer to one is what it was at first.
        """
        listed = await self._ask(
            lambda client: client.payment.fetch_multiple_refund(reference, {"count": PAGE})
        )
        made = next((one for one in listed.get("items", []) if key_of(one) == key), None)
        if made is None:
            short = hashlib.sha256(key.encode()).hexdigest()[:RECEIPT]
            wanted: Answer = {
                "amount": amount.amount,
                "speed": "normal",
                "receipt": short,
                "notes": {"key": key},
            }
            made = await self._ask(
                lambda client: client.payment.refund(reference, wanted, headers={IDEMPOTENCY: short})
            )
        if made["status"] == "failed":
            raise VendorError(self.name, "refund failed")
        return str(made["id"])

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See Books."""
        found: list[Movement] = []
        for one in await self._pages(lambda client: client.payment.all, since, until):
            if (status := PAYMENTS.get(one["status"])) is not None:
                found.append(movement_of(one, status))
        for one in await self._pages(lambda client: client.refund.all, since, until):
            found.append(movement_of(one, Moved.FAILED if one["status"] == "failed" else Moved.GIVEN))
        return found

    async def _pages(
        self, listing: Callable[[Any], Callable[[Answer], Answer]], since: datetime, until: datetime
    ) -> list[Answer]:
        """Everything of a list that was made in a window, oldest or newest first as Razorpay has it."""
        found: list[Answer] = []
        window = {"from": int(since.timestamp()), "to": int(until.timestamp()), "count": PAGE}
        while True:
            asked = {**window, "skip": len(found)}
            page = (await self._ask(lambda client, asked=asked: listing(client)(asked)))["items"]  # type: ignore[misc]
            found += page
            if len(page) < PAGE:
                return [one for one in found if since <= _moment(one) < until]

    async def _ask(self, act: Callable[[Any], Any]) -> Answer:
        """One request in a thread, with its errors in ours. Raises VendorError, VendorTimeout."""

        def ask() -> Answer:
            session = Session()
            with session:
                try:
                    answer = act(sdk.Client(session=session, auth=self._auth, **self._base))
                    return answer if isinstance(answer, dict) else {}
                except NoAnswerError as error:
                    raise VendorTimeout(self.name, "no answer") from error
                except (BadRequestError, GatewayError, ServerError) as error:
                    raise translated(session.status, error) from error

        return await asyncio.to_thread(ask)

    async def close(self) -> None:
        """Nothing is kept open between requests."""


def signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether Razorpay has sent these bytes. Its signature has no time in it: the event's id tells a repetition."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), signature.encode())


def translated(status: int, error: Exception) -> VendorError:
    """Razorpay's error in ours. Its own words are read here, and never passed on."""
    if status == CONFLICT or status >= FAULT:
        return VendorTimeout(Razorpay.name, f"status {status}")
    words = str(error).lower()
    said = "already refunded" if any(part in words for part in NOT_THAT_MUCH) else f"status {status}"
    return VendorError(Razorpay.name, said, retryable=status in LATER)


def link_of(found: Answer) -> Link:
    """A payment link entity in our words."""
    paid = [one for one in found.get("payments") or [] if one.get("status") in ("captured", "authorized")]
    status = LINKS.get(str(found["status"]), LinkStatus.OPEN)
    return Link(
        reference=str(found["id"]),
        url=str(found["short_url"]),
        status=status,
        amount=Money(
            int(found["amount_paid"] if status is LinkStatus.PAID else found["amount"]), found["currency"]
        ),
        payment=str(paid[0]["payment_id"]) if paid else None,
    )


def movement_of(found: Answer, status: Moved) -> Movement:
    """A payment or refund entity in our words."""
    return Movement(
        str(found["id"]), status, Money(int(found["amount"]), str(found["currency"])), _moment(found)
    )


def key_of(refund: Answer) -> str | None:
    """The key we sent with a refund; none for one that somebody made by hand."""
    notes = refund.get("notes")
    return str(notes["key"]) if isinstance(notes, dict) and notes.get("key") else None


def _moment(found: Answer) -> datetime:
    return datetime.fromtimestamp(int(found["created_at"]), UTC)
