"""Webhooks of Stripe and Razorpay: signed events posted to the product, again when it does not say 2xx."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

# Stripe tries for three days; these few are enough to outlive a restart in a test.
PAUSES_SECONDS = (0.2, 1.0, 3.0)
TIMEOUT_SECONDS = 10.0


def signature(secret: str, payload: bytes, at: int) -> str:
    """The `Stripe-Signature` header of a payload sent at a unix time."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@dataclass
class Postman:
    """Posts events in the background. `copies` above one delivers each event that often, as at-least-once allows."""

    secret: str
    url: str = ""
    copies: int = 1
    delivered: list[dict[str, Any]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def post(self, event: dict[str, Any]) -> None:
        """Send an event on its way; without a URL nobody wants it."""
        for _ in range(self.copies if self.url else 0):
            task = asyncio.create_task(self._deliver(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def body(self, event: dict[str, Any]) -> bytes:
        """What is posted of an event."""
        return json.dumps(event).encode()

    def headers(self, event: dict[str, Any], payload: bytes) -> dict[str, str]:
        """What proves it, at the moment of posting."""
        return {"stripe-signature": signature(self.secret, payload, int(time.time()))}

    async def _deliver(self, event: dict[str, Any]) -> None:
        payload = self.body(event)
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            for pause in (*PAUSES_SECONDS, None):
                headers = {"content-type": "application/json", **self.headers(event, payload)}
                try:
                    status = (await client.post(self.url, content=payload, headers=headers)).status_code
                except httpx.TransportError:
                    status = 0
                self.delivered.append({"id": event["id"], "type": event["type"], "status": status})
                if 200 <= status < 300 or pause is None:
                    return
                await asyncio.sleep(pause)


class RazorpayPostman(Postman):
    """Razorpay signs the body alone, and names the event in a header."""

    def body(self, event: dict[str, Any]) -> bytes:
        """See Postman."""
        return json.dumps(event["body"]).encode()

    def headers(self, event: dict[str, Any], payload: bytes) -> dict[str, str]:
        """See Postman."""
        signed = hmac.new(self.secret.encode(), payload, hashlib.sha256).hexdigest()
        return {"x-razorpay-signature": signed, "x-razorpay-event-id": str(event["id"])}
