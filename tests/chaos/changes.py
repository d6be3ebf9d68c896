"""Products that are broken on purpose: each takes away what makes one thing happen once, and a town has to notice."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.money import Money
from operations.pieces import Pieces
from vendors.payments import Authorisation, CardPayments, Movement


@dataclass
class Forgetful:
    """A card provider that is asked with another key every time."""

    cards: CardPayments

    @property
    def name(self) -> str:
        """See Books."""
        return self.cards.name

    async def authorise(
        self, amount: Money, *, method: str, customer: str | None, key: str, order_code: str
    ) -> Authorisation:
        """See CardPayments."""
        key = f"{key}:{secrets.token_hex(4)}"
        return await self.cards.authorise(
            amount, method=method, customer=customer, key=key, order_code=order_code
        )

    async def capture(self, reference: str, amount: Money | None = None, *, key: str) -> Money:
        """See CardPayments."""
        return await self.cards.capture(reference, amount, key=f"{key}:{secrets.token_hex(4)}")

    async def cancel(self, reference: str, *, key: str) -> None:
        """See CardPayments."""
        await self.cards.cancel(reference, key=f"{key}:{secrets.token_hex(4)}")

    async def refund(self, reference: str, amount: Money, *, key: str) -> str:
        """See Books."""
        return await self.cards.refund(reference, amount, key=f"{key}:{secrets.token_hex(4)}")

    async def movements(self, since: datetime, until: datetime) -> Sequence[Movement]:
        """See Books."""
        return await self.cards.movements(since, until)


def keys_by_chance(pieces: Pieces) -> Pieces:
    """No request to the bank is known as one that was made before."""
    return replace(pieces, cards=Forgetful(pieces.cards) if pieces.cards else None)
