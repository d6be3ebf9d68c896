"""What a telephone company does for us beside the calls that come in, whoever it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Event = Literal["initiated", "ringing", "answered", "completed"]
PROGRESS: tuple[Event, ...] = ("initiated", "ringing", "answered", "completed")
"""Every step of an outgoing call."""
ENDED: tuple[Event, ...] = ("completed",)
"""Only its end, however it ended."""


@dataclass(frozen=True)
class Dialled:
    """A call that the provider has placed for us."""

    sid: str
    status: str
    """queued, ringing, in-progress; completed, busy, no-answer, canceled, failed"""
    started_at: datetime
    """When it was dialled, or asked for while it was not dialled yet; the provider's clock, whole seconds."""


class Telephony(Protocol):
    """Sends texts, places calls, and moves calls that are under way.

    Nothing here is repeated by itself: a text or a call that is asked for twice is sent or placed twice.
    Numbers are E.164, addresses absolute. Whom it may reach is not asked here: see `compliance.may_text`.
    """

    name: str

    async def send_sms(self, to: str, text: str, *, sender: str) -> str:
        """Send a text; the provider's id of it.

        Raises:
            VendorTimeout: no answer; it may have been sent.
            VendorError: it was not sent.
        """
        ...

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
        """Let a telephone ring; the provider's id of the call.

        `url` tells what to do once it is picked up, `status_url` is told of each of the `events`. With
        `machine_detection` the call begins at once, and `amd_url` is told a while later whether a person, a machine
        or a fax has picked up; then it must be given.

        Raises:
            VendorTimeout: no answer; it may ring.
            VendorError: it does not ring.
        """
        ...

    async def list_calls(self, to: str, since: datetime) -> list[Dialled]:
        """Calls that were placed to a number since a moment of real time, newest first: whether a call whose answer
        was lost rings after all. Raises VendorError."""
        ...

    async def redirect_call(self, sid: str, url: str) -> None:
        """Have a live call go on with what `url` says. Raises VendorError, also for a call that has ended."""
        ...

    async def hang_up(self, sid: str) -> None:
        """End a call, ringing or answered; one that has ended already stays so. Raises VendorError."""
        ...
