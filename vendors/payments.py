"""What providers of payments do for us, whoever they are: on saved cards, or through a link that is paid elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.money import Money

LATER = (401, 403, 429)
"""HTTP: nothing was done, and asking again may help: our key is wrong or was changed, which a person mends."""


@dataclass(frozen=True)
class Authorisation:
    """Money held on a card; `reference` is the provider's id of it."""

    reference: str
    amount: Money


class Moved(StrEnum):
    """What became of money, in one vocabulary for every provider and for our ledger."""

    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"
    GIVEN = "given"
    """A refund, settled or under way."""
    FAILED = "failed"
    """A refund that came back."""


@dataclass(frozen=True)
class Movement:
    """One payment or refund in a provider's books, as it stands there now."""

    reference: str
    status: Moved
    amount: Money
    """Held, taken, let go of, or given back: not what was left of it after refunds."""
    at: datetime
    """When the provider made it, real time."""

    @property
    def about(self) -> str:
        """payment or refund"""
        return "refund" if self.status in (Moved.GIVEN, Moved.FAILED) else "payment"


class Books(Protocol):
    """What every provider does, whichever way it was paid: gives money back, and shows what has moved."""

    @property
    def name(self) -> str:
        """As the payment ledger has it."""
        ...

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """Give back a part of what was taken, or all of it; the provider's id of the refund.

        The same key is the same refund, however often and however late it is sent.

        Raises:
            VendorTimeout: whether it was given back is unknown until asked again with the same key.
            VendorError: nothing was given back by this request ("already refunded": there is not that much left;
                "refund failed": it was, and came back). It says nothing about an earlier request with the same key.
        """
        ...

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """All payments and refunds made in a window of real time, `until` not included; declined ones are none.

        Raises:
            VendorError: they cannot be read now.
        """
        ...


class CardPayments(Books, Protocol):
    """Holds, takes and gives back money on cards that are on file."""

    async def authorise(
        self, amount: Money, *, method: str, customer: str | None, key: str, order_code: str
    ) -> Authorisation:
        """Hold an amount on a saved card. The same key gives the same outcome, however often it is sent.

        Raises:
            PaymentDeclined: the card was refused; with the attempt's reference.
            VendorTimeout: no answer, or the key is in use; whether money is held is unknown until asked again
                with the same key.
            VendorError: the provider refused this request before anything was held. It says nothing about an
                earlier request with the same key.
        """
        ...

    async def capture(self, reference: str, amount: Money | None = None, *, key: str) -> Money:
        """Take what is held, or a part of it and let go of the rest; what was taken, now or by an earlier request.

        A hold is taken once: asked again, also for another amount, nothing more is taken.

        Raises:
            VendorTimeout: whether it was taken is unknown until asked again.
            VendorError: nothing was taken by this request: the hold is over, or smaller than that.
        """
        ...

    async def cancel(self, reference: str, *, key: str) -> None:
        """Let go of what is held; of what was let go before, too.

        Raises:
            VendorTimeout: whether it is let go of is unknown until asked again.
            AlreadyTaken: it was taken before, and stays so.
            VendorError: it is not.
        """
        ...


class LinkStatus(StrEnum):
    """Where a payment link stands at its provider."""

    OPEN = "open"
    PAID = "paid"
    OVER = "over"
    """Cancelled or run out: it cannot be paid any more."""


@dataclass(frozen=True)
class Link:
    """A payment link as its provider has it; `payment` is the provider's id of what paid it."""

    reference: str
    url: str
    status: LinkStatus
    amount: Money
    payment: str | None = None


class LinkPayments(Books, Protocol):
    """Makes links that a customer pays on a page of the provider."""

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
        """A link to pay an amount, whole or not at all; the one with that key if it was made before.

        `key`: at most 40 characters. `phone`: E.164. `lasts_seconds`: real time; the provider may let it live
        longer, so whoever made it cancels it. `text`: the provider texts it to that number, once.

        Raises:
            VendorTimeout: whether there is a link is unknown until asked again with the same key.
            VendorError: there is none by this request.
        """
        ...

    async def find(self, key: str) -> Link | None:
        """The link with that key. Raises VendorError."""
        ...

    async def look(self, reference: str) -> Link:
        """A link as it is now. Raises VendorError."""
        ...

    async def text_again(self, reference: str) -> None:
        """Have the provider text a link once more to the number it was made for. Raises VendorError."""
        ...

    async def cancel(self, reference: str) -> Link:
        """Let nobody pay it any more; the link after that. One that was paid in the same moment stays paid.

        Raises:
            VendorTimeout: it may still be paid.
            VendorError: it was not cancelled.
        """
        ...


def at_hand(name: str, *providers: Books | None) -> Books | None:
    """The provider of that name, if it is set up here."""
    return next((one for one in providers if one is not None and one.name == name), None)
