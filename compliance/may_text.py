"""The one way to the telephone company. What the rules do not allow is not done, whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.gate import Gate
from compliance.reach import Reach
from db.engine import Sessions
from domain.calling import UNKNOWN, Channel, Decision, Person, Purpose
from domain.calling_rules import Calling
from domain.whereabouts import Locality
from errors import Refused
from settings import Settings
from vendors.telephony import PROGRESS, Dialled, Telephony

__all__ = ["Attempt", "Decision", "Dial", "Outgoing", "Reach"]

NO_GATE = Decision(False, UNKNOWN, "not known: the rules of calling")


@dataclass(frozen=True)
class Attempt:
    """What became of a call or text: the decision, and the provider's id if it was made."""

    decision: Decision
    sid: str | None = None


@dataclass(frozen=True)
class Dial:
    """How a call is placed: from which line of ours, and which of our addresses the carrier asks and tells."""

    line: str
    url: str
    """Asked what to do once somebody has picked up."""
    status_url: str
    """Told each step: initiated, ringing, answered, completed."""
    ring_seconds: int
    amd_url: str | None = None
    """Told whether a person or a machine has picked up; None: not of interest."""


@dataclass(frozen=True)
class Outgoing:
    """The telephone company, behind the rules."""

    telephony: Telephony
    reach: Reach
    gate: Gate | None = None
    """Without one nobody but callers of this moment and our own people is reached."""

    @classmethod
    def of(
        cls, telephony: Telephony, settings: Settings, rules: Calling, cities: Mapping[str, Locality]
    ) -> "Outgoing":
        """The telephone company behind all rules: those of the environment and those of calling."""
        reach = Reach.of(settings)
        return cls(telephony, reach, Gate(rules, reach, cities))

    async def call_person(
        self, sessions: Sessions, person: Person, purpose: Purpose, now: datetime, dial: Dial
    ) -> Attempt:
        """Ask the gate, at the moment of dialling, and let the person's telephone ring if it allows that.

        `now` is business time. No transaction is open while the telephone company is asked.

        Raises:
            VendorTimeout: it may ring.
            VendorError: it does not ring.
        """
        decision, number = await self._ask(sessions, person, purpose, Channel.CALL, now)
        if number is None:
            return Attempt(decision)
        sid = await self.telephony.start_call(
            number,
            sender=dial.line,
            url=dial.url,
            status_url=dial.status_url,
            ring_seconds=dial.ring_seconds,
            events=PROGRESS,
            machine_detection=dial.amd_url is not None,
            amd_url=dial.amd_url,
        )
        return Attempt(decision, sid)

    async def text_person(
        self,
        sessions: Sessions,
        person: Person,
        purpose: Purpose,
        now: datetime,
        text: str,
        *,
        line: str,
    ) -> Attempt:
        """Ask the gate, at the moment of sending, and send the text if it allows that. Raises as `call_person`."""
        decision, number = await self._ask(sessions, person, purpose, Channel.SMS, now)
        if number is None:
            return Attempt(decision)
        return Attempt(decision, await self.telephony.send_sms(number, text, sender=line))

    async def calls_to(self, sessions: Sessions, person: Person, since: datetime) -> list[Dialled]:
        """Calls that the telephone company has placed to a person since a moment of real time, newest first.

        For a call whose answer was lost, before it is placed again. Raises VendorError.
        """
        if self.gate is None:
            return []
        async with sessions() as session:
            number = await self.gate.number_of(session, person)
        return await self.telephony.list_calls(number, since) if number else []

    async def _ask(
        self, sessions: Sessions, person: Person, purpose: Purpose, channel: Channel, now: datetime
    ) -> tuple[Decision, str | None]:
        """What the gate says, and the number only if it is allowed."""
        if self.gate is None:
            return NO_GATE, None
        async with sessions() as session:
            ruling = await self.gate.ask(session, person, purpose, channel, now)
        return ruling.decision, ruling.number

    async def text(self, number: str, text: str, *, line: str) -> str:
        """Send a caller the text they asked for in this call; the provider's id of it.

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
