"""A telephone company that writes down what it is asked for."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from compliance.may_text import Outgoing, Reach
from errors import VendorError, VendorTimeout
from vendors.telephony import ENDED, Dialled, Event


@dataclass
class FakeTelephony:
    """Texts and calls that go nowhere."""

    name: str = "twilio"
    texts: list[tuple[str, str, str]] = field(default_factory=list)
    """Number, text, sender; oldest first."""
    calls: list[dict[str, object]] = field(default_factory=list)
    redirected: list[tuple[str, str]] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    fails: VendorError | None = None
    no_texts: VendorError | None = None
    """Texts fail, and calls do not."""
    lost: VendorTimeout | None = None
    """Texts and calls are done, and nobody hears of it."""
    unplaced: VendorTimeout | None = None
    """They are not done, and nobody hears of it."""
    at_work: Callable[[], Awaitable[None]] | None = None
    """What happens elsewhere while a call is asked for."""
    states: dict[str, str] = field(default_factory=dict)
    """What the list says of a call; without it, that it rings."""
    unlisted: bool = False
    """The list cannot be had."""

    async def send_sms(self, to: str, text: str, *, sender: str) -> str:
        """See Telephony."""
        if failure := self.fails or self.no_texts:
            raise failure
        if self.unplaced:
            raise self.unplaced
        self.texts.append((to, text, sender))
        if self.lost:
            raise self.lost
        return f"SM{len(self.texts)}"

    async def start_call(
        self,
        to: str,
        *,
        sender: str,
        url: str,
        status_url: str,
        ring_seconds: int,
        events: Sequence[Event] = ENDED,
        machine_detection: bool = False,
        amd_url: str | None = None,
    ) -> str:
        """See Telephony."""
        if self.fails:
            raise self.fails
        if self.at_work:
            await self.at_work()
        if self.unplaced:
            raise self.unplaced
        self.calls.append(
            {
                "to": to,
                "sender": sender,
                "url": url,
                "status": status_url,
                "ring": ring_seconds,
                "events": tuple(events),
                "amd": amd_url if machine_detection else None,
            }
        )
        if self.lost:
            raise self.lost
        return f"CAperson{len(self.calls)}"

    async def list_calls(self, to: str, since: datetime) -> list[Dialled]:
        """See Telephony."""
        if self.fails or self.unlisted:
            raise self.fails or VendorTimeout(self.name, "no answer in time")
        numbered = [(f"CAperson{place}", call) for place, call in enumerate(self.calls, start=1)]
        return [
            Dialled(sid, self.states.get(sid, "ringing"), since)
            for sid, call in reversed(numbered)
            if call["to"] == to
        ]

    async def redirect_call(self, sid: str, url: str) -> None:
        """See Telephony."""
        if self.fails:
            raise self.fails
        self.redirected.append((sid, url))

    async def hang_up(self, sid: str) -> None:
        """See Telephony."""
        self.hung_up.append(sid)

    @property
    def code(self) -> str:
        """The code in the last text."""
        (code,) = re.findall(r"\b\d{6}\b", self.texts[-1][1])
        return str(code)

    def outgoing(self) -> Outgoing:
        """Behind rules that let everybody be reached."""
        return Outgoing(self, Reach(everyone=True))
