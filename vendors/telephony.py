"""What a telephone company does for us beside the calls that come in, whoever it is."""

from typing import Protocol


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

    async def start_call(self, to: str, *, sender: str, url: str, status_url: str, ring_seconds: int) -> str:
        """Let a telephone ring; the provider's id of the call.

        `url` tells what to do once it is picked up, `status_url` is told how it ended.

        Raises:
            VendorTimeout: no answer; it may ring.
            VendorError: it does not ring.
        """
        ...

    async def redirect_call(self, sid: str, url: str) -> None:
        """Have a live call go on with what `url` says. Raises VendorError, also for a call that has ended."""
        ...

    async def hang_up(self, sid: str) -> None:
        """End a call, ringing or answered; one that has ended already stays so. Raises VendorError."""
        ...
