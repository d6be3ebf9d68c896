"""Which numbers this installation reaches at all: everybody's, or only those it is tested with."""

from dataclasses import dataclass, field

from domain.calling import E164, Decision
from settings import Settings

US, INDIA = "+1", "+91"


@dataclass(frozen=True)
class Reach:
    """What may be reached: everybody in production and in a played world, otherwise the test numbers."""

    everyone: bool = False
    test_numbers: frozenset[str] = field(default_factory=frozenset)
    played: bool = False
    """The telephone is the sandbox's: numbers are invented, so where one is says nothing."""

    @classmethod
    def of(cls, settings: Settings) -> "Reach":
        """As the environment says."""
        played = not settings.prod and "twilio" in settings.simulated
        return cls(settings.prod or played, frozenset(settings.test_numbers), played)

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

    def knows(self, number: str | None) -> bool:
        """Whether a number is among those that are reached at all."""
        return number is not None and self._known(number).allowed

    def _known(self, number: str) -> Decision:
        if self.everyone:
            return Decision(True, "reach.everyone")
        if number in self.test_numbers:
            return Decision(True, "reach.test_number")
        return Decision(False, "reach.test_numbers_only")
