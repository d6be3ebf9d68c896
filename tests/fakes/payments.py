"""A card provider in memory: idempotent as the real ones, and told how to fail."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

from domain.money import Money
from errors import AlreadyTaken, PaymentDeclined, VendorError, VendorTimeout
from vendors.payments import Authorisation, Moved, Movement

Outcome = Literal["ok", "lost", "unreachable", "refused", "killed"]
DECLINED_TOKEN = "pm_card_chargeDeclined"


class KilledError(Exception):
    """The process dies after the card was charged and before anybody wrote it down."""


class FakePayments:
    """Holds money once per key. `script` says how the next attempts end; then all is well.

    "lost": money is held and the answer never comes. "unreachable": nothing is held, no answer either.
    """

    name = "stripe"

    def __init__(self, watch: Callable[[], int] = lambda: 0) -> None:
        self.script: list[Outcome] = []
        self.letting_go: list[Outcome] = []
        self.declines = False
        """Every card is refused."""
        self.keys: list[str] = []
        self.held: dict[str, Money] = {}
        """Reference to what is held now."""
        self.captured: list[str] = []
        self.taken: dict[str, Money] = {}
        """Reference to what was taken of a hold, once."""
        self.capture_keys: dict[str, Money | None] = {}
        """What was wanted under each key of a capture: a provider refuses one key for two amounts."""
        self.taking: list[Outcome] = []
        self.refunds: dict[str, tuple[str, Money]] = {}
        """What was given back by key: the payment's reference and the amount."""
        self.refundable: dict[str, Money] = {}
        """What is left to give back of a payment; any amount where nothing is noted."""
        self.open_while_asked: list[int] = []
        """What `watch` told, each time the provider was being asked."""
        self.asked = asyncio.Event()
        self.full = asyncio.Event()
        """Set once `expected` have asked."""
        self.expected = 1
        self.gate = asyncio.Event()
        self.gate.set()
        self._capturing = 0
        self._watch = watch
        self._kept: dict[str, Authorisation | PaymentDeclined] = {}

    async def authorise(
        self, amount: Money, *, method: str, customer: str | None, key: str, order_code: str
    ) -> Authorisation:
        """See CardPayments."""
        outcome = await self._turn(key)
        if key not in self._kept:
            self._kept[key] = self._decide(amount, method)
        answer = self._kept[key]
        self._end(outcome)
        if isinstance(answer, PaymentDeclined):
            raise PaymentDeclined(self.name, answer.code, answer.reference)
        return answer

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """See CardPayments."""
        outcome = await self._turn(key)
        if key not in self.refunds:
            left = self.refundable.get(reference)
            if left is not None and amount > left:
                raise VendorError(self.name, "already refunded")
            if left is not None:
                self.refundable[reference] = left + amount * -1
            self.refunds[key] = (reference, amount)
        self._end(outcome)
        return f"re_{[*self.refunds].index(key) + 1}"

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See Books. Everything has happened just now."""
        now = datetime.now(UTC)
        back = [f"re_{number}" for number in range(1, len(self.refunds) + 1)]
        found = [
            *(Movement(reference, Moved.HELD, amount, now) for reference, amount in self.held.items()),
            *(Movement(reference, Moved.TAKEN, amount, now) for reference, amount in self.taken.items()),
            *(
                Movement(reference, Moved.GIVEN, amount, now)
                for reference, (_, amount) in zip(back, self.refunds.values(), strict=True)
            ),
        ]
        return [one for one in found if since <= one.at < until]

    async def _turn(self, key: str) -> Outcome:
        """One asking, up to the moment the provider acts; how it is to end after that."""
        self.keys.append(key)
        self.open_while_asked.append(self._watch())
        self.asked.set()
        if len(self.keys) >= self.expected:
            self.full.set()
        await self.gate.wait()
        outcome = self.script.pop(0) if self.script else "ok"
        if outcome == "unreachable":
            raise VendorTimeout(self.name, "no answer")
        if outcome == "refused":
            raise VendorError(self.name, "status 400")
        return outcome

    def _end(self, outcome: Outcome) -> None:
        """The provider has acted: whether its answer arrives."""
        if outcome == "lost":
            raise VendorTimeout(self.name, "no answer")
        if outcome == "killed":
            raise KilledError

    def _decide(self, amount: Money, method: str) -> Authorisation | PaymentDeclined:
        reference = f"pi_{len(self._kept) + 1}"
        if self.declines or method == DECLINED_TOKEN:
            return PaymentDeclined(self.name, "generic_decline", reference)
        self.held[reference] = amount
        return Authorisation(reference, amount)

    async def capture(self, reference: str, amount: Money | None = None, *, key: str) -> Money:
        """See CardPayments. `taking` says how the next ones end."""
        self.open_while_asked.append(self._watch())
        self.asked.set()
        self._capturing += 1
        if self._capturing >= self.expected:
            self.full.set()
        await self.gate.wait()
        if self.capture_keys.setdefault(key, amount) != amount:
            raise VendorError(self.name, "idempotency_error")
        outcome = self.taking.pop(0) if self.taking else "ok"
        if outcome == "unreachable":
            raise VendorTimeout(self.name, "no answer")
        if outcome == "refused":
            raise VendorError(self.name, "status 400")
        if reference not in self.taken:
            held = self.held.pop(reference, None)
            if held is None or (amount is not None and amount > held):
                raise VendorError(self.name, "nothing was taken")
            self.taken[reference] = self.refundable[reference] = amount or held
            self.captured.append(reference)
        self._end(outcome)
        return self.taken[reference]

    async def cancel(self, reference: str, *, key: str) -> None:
        """See CardPayments. `letting_go` says how the next ones end."""
        self.open_while_asked.append(self._watch())
        self.asked.set()
        await self.gate.wait()
        if reference in self.taken:
            taken = self.taken[reference]
            raise AlreadyTaken(self.name, taken.amount, taken.currency)
        outcome = self.letting_go.pop(0) if self.letting_go else "ok"
        if outcome != "unreachable":
            self.held.pop(reference, None)
        if outcome != "ok":
            raise VendorTimeout(self.name, "no answer")
