"""Whom this installation may text or dial by itself. The one way to do either; what is not allowed is not done."""

import re
from dataclasses import dataclass, field

from errors import Refused
from settings import Settings
from vendors.telephony import Telephony

E164 = re.compile(r"\+[1-9][0-9]{7,14}")
US, INDIA = "+1", "+91"


@dataclass(frozen=True)
class Decision:
    """Whether it may be done, and the rule that says so."""

    allowed: bool
    rule: str


@dataclass(frozen=True)
class Reach:
    """What may be reached: everybody in production and in a played world, otherwise the test numbers."""

    everyone: bool = False
    test_numbers: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, settings: Settings) -> "Reach":
        """As the environment says."""
        everyone = settings.prod or "twilio" in settings.simulated
        return cls(everyone, frozenset(settings.test_numbers))

    def may_text(self, number: str | None) -> Decision:
        """Whether a number may be sent a text that its holder asked for in this call."""
        if number is None or not E164.fullmatch(number):
            return Decision(False, "number.none")
        if number.startswith(INDIA):
            return Decision(
                False, "in.sms.dlt"
            )  # no sender and template of ours is registered with TRAI's DLT
        if not number.startswith(US):
            return Decision(False, "market.none")
        return self._known(number)

    def may_dial(self, number: str | None) -> Decision:
        """Whether a telephone of our own people may be rung."""
        if number is None or not E164.fullmatch(number):
            return Decision(False, "number.none")
        return self._known(number)

    def _known(self, number: str) -> Decision:
        if self.everyone:
            return Decision(True, "reach.everyone")
        if number in self.test_numbers:
            return Decision(True, "reach.test_number")
        return Decision(False, "reach.test_numbers_only")


@dataclass(frozen=True)
class Outgoing:
    """The telephone company, behind the rules."""

    telephony: Telephony
    reach: Reach

    async def text(self, number: str, text: str, *, line: str) -> str:
        """Send a text; the provider's id of it.

        Raises:
            Refused: this number may not be texted; the message is the rule's name.
            VendorTimeout: it may have been sent.
            VendorError: it was not sent.
        """
        decision = self.reach.may_text(number)
        if not decision.allowed:
            raise Refused(decision.rule)
        return await self.telephony.send_sms(number, text, sender=line)

    async def ring(self, number: str, *, line: str, url: str, status_url: str, ring_seconds: int) -> str:
        """Let the telephone of one of our people ring; the provider's id of the call.

        Raises:
            Refused: this number may not be dialled; the message is the rule's name.
            VendorTimeout: it may ring.
            VendorError: it does not ring.
        """
        decision = self.reach.may_dial(number)
        if not decision.allowed:
            raise Refused(decision.rule)
        return await self.telephony.start_call(
            number, sender=line, url=url, status_url=status_url, ring_seconds=ring_seconds
        )
