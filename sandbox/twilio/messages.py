"""Text messages, both ways, and who does not want any."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.twilio.callbacks import Callbacks

STOP_WORDS = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit")
START_WORDS = ("start", "unstop", "yes")


@dataclass
class Message:
    """An SMS, either way."""

    from_: str
    to: str
    body: str
    direction: str
    status: str = "queued"
    sid: str = field(default_factory=lambda: f"SM{secrets.token_hex(16)}")
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Messages:
    """Carries texts, and tells the product of them."""

    def __init__(self, account_sid: str, callbacks: Callbacks) -> None:
        self.all: dict[str, Message] = {}
        self.opted_out: set[str] = set()
        self._account_sid = account_sid
        self._callbacks = callbacks

    def send(self, from_: str, to: str, body: str, callback: str | None) -> Message:
        """Deliver an SMS of ours; its status is called back as `sent`, then `delivered`."""
        message = Message(from_, to, body, "outbound-api")
        self.all[message.sid] = message
        self._callbacks.beside(self._carry(message, callback))
        return message

    async def _carry(self, message: Message, callback: str | None) -> None:
        for status in ("sent", "delivered"):
            message.status = status
            if callback:
                form = {
                    "MessageSid": message.sid,
                    "SmsSid": message.sid,
                    "AccountSid": self._account_sid,
                    "From": message.from_,
                    "To": message.to,
                    "MessageStatus": status,
                    "SmsStatus": status,
                    "ApiVersion": "2010-04-01",
                }
                await self._callbacks.tell(callback, form)

    async def receive(self, from_: str, to: str, body: str, webhook: str) -> Message:
        """A person texts a number of ours; raises httpx.HTTPError. STOP and START are also kept by the network."""
        word = body.strip().lower()
        if word in STOP_WORDS:
            self.opted_out.add(from_)
        elif word in START_WORDS:
            self.opted_out.discard(from_)
        message = Message(from_, to, body, "inbound", "received")
        self.all[message.sid] = message
        form = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": self._account_sid,
            "From": from_,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        (await self._callbacks.ask(webhook, form)).raise_for_status()
        return message
