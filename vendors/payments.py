"""What a card provider does for us, whoever it is."""

from dataclasses import dataclass
from typing import Protocol

from domain.money import Money


@dataclass(frozen=True)
class Authorisation:
    """Money held on a card; `reference` is the provider's id of it."""

    reference: str
    amount: Money


class CardPayments(Protocol):
    """Holds, takes and gives back money on cards that are on file."""

    name: str

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
            VendorError: it is not, for example because it was taken.
        """
        ...

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """Give back a part of what was taken, or all of it; the provider's id of the refund.

        The same key is the same refund, however often and however late it is sent.

        Raises:
            VendorTimeout: whether it was given back is unknown until asked again with the same key.
            VendorError: nothing was given back by this request ("already refunded": there is not that much left).
                It says nothing about an earlier request with the same key.
        """
        ...
