"""A provider of payment links in memory: a customer pays when the test says so, and answers get lost as told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from domain.money import Money
from errors import VendorError, VendorTimeout
from vendors.payments import Link, LinkStatus, Moved, Movement

Outcome = Literal["ok", "lost", "unreachable", "refused"]


@dataclass
class Kept:
    """A link and the key it was made with."""

    key: str
    link: Link


class FakeLinks:
    """Links, payments and refunds by id. `script` says how the next requests end; then all is well.

    "lost": it was done and the answer never comes. "unreachable": nothing was done, no answer either.
    """

    name = "razorpay"

    def __init__(self, watch: Callable[[], int] = lambda: 0) -> None:
        self.script: list[Outcome] = []
        self.links: dict[str, Kept] = {}
        self.refunds: dict[str, tuple[str, str, Money]] = {}
        """By key: its id, the payment, the amount."""
        self.texted: list[str] = []
        """Links that the provider has texted, once for each time."""
        self.asked: list[str] = []
        self.open_while_asked: list[int] = []
        self.while_cancelling: Callable[[str], object] = lambda reference: None
        """What happens in the very moment in which a link is cancelled."""
        self._watch = watch

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
        """See LinkPayments."""
        outcome = self._turn("make")
        kept = next((kept for kept in self.links.values() if kept.key == key), None)
        if kept is None:
            reference = f"plink_{len(self.links) + 1}"
            link = Link(reference, f"https://rzp.test/{reference}", LinkStatus.OPEN, amount)
            kept = self.links[reference] = Kept(key, link)
            self.texted += [reference] * text
        return self._end(outcome, kept.link)

    async def find(self, key: str) -> Link | None:
        """See LinkPayments."""
        outcome = self._turn("find")
        found = next((kept.link for kept in self.links.values() if kept.key == key), None)
        if outcome == "lost":
            raise VendorTimeout(self.name, "no answer")
        return found

    async def look(self, reference: str) -> Link:
        """See LinkPayments."""
        return self._end(self._turn("look"), self.links[reference].link)

    async def text_again(self, reference: str) -> None:
        """See LinkPayments."""
        if self._turn("text") == "lost":
            raise VendorTimeout(self.name, "no answer")
        self.texted.append(reference)

    async def cancel(self, reference: str) -> Link:
        """See LinkPayments."""
        outcome = self._turn("cancel")
        self.while_cancelling(reference)
        kept = self.links[reference]
        if kept.link.status is LinkStatus.OPEN:
            kept.link = replace(kept.link, status=LinkStatus.OVER)
        return self._end(outcome, kept.link)

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """See Books."""
        outcome = self._turn("refund")
        if key not in self.refunds:
            if amount > self.left(reference):
                raise VendorError(self.name, "already refunded")
            self.refunds[key] = (f"rfnd_{len(self.refunds) + 1}", reference, amount)
        if outcome == "lost":
            raise VendorTimeout(self.name, "no answer")
        return self.refunds[key][0]

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See Books."""
        self._turn("movements")
        now = datetime.now(UTC)
        paid = [kept.link for kept in self.links.values() if kept.link.payment]
        found = [Movement(link.payment, Moved.TAKEN, link.amount, now) for link in paid if link.payment]
        back = [Movement(id, Moved.GIVEN, amount, now) for id, _, amount in self.refunds.values()]
        return [one for one in [*found, *back] if since <= one.at < until]

    def pay(self, reference: str) -> str:
        """The customer pays, whether the link is over or not; the payment."""
        kept = self.links[reference]
        payment = f"pay_{reference}"
        kept.link = replace(kept.link, status=LinkStatus.PAID, payment=payment)
        return payment

    def left(self, payment: str) -> Money:
        """What of a payment was not given back."""
        link = next(kept.link for kept in self.links.values() if kept.link.payment == payment)
        given = sum(amount.amount for _, paid, amount in self.refunds.values() if paid == payment)
        return Money(link.amount.amount - given, link.amount.currency)

    def _turn(self, what: str) -> Outcome:
        self.asked.append(what)
        self.open_while_asked.append(self._watch())
        outcome = self.script.pop(0) if self.script else "ok"
        if outcome == "unreachable":
            raise VendorTimeout(self.name, "no answer")
        if outcome == "refused":
            raise VendorError(self.name, "status 400")
        return outcome

    def _end(self, outcome: Outcome, link: Link) -> Link:
        if outcome == "lost":
            raise VendorTimeout(self.name, "no answer")
        return link
