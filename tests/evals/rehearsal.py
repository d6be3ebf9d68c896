"""A house without a stack: the seeded rows, a card provider in memory, and a moment that stays."""

from datetime import datetime

from db.engine import Sessions
from db.seeding.checks import Catalogue
from evals.house import House
from tests.fakes.given import KEYRING, SEEDED_AT
from tests.fakes.payments import FakePayments


class Rehearsal(House):
    """What `arrange` and `look` need of a house."""

    def __init__(self, sessions: Sessions, world: Catalogue) -> None:
        self.keyring = KEYRING
        self.sessions = sessions
        self.world = world
        self.provider = FakePayments()
        self.cards = self.provider

    def now(self) -> datetime:
        """Half past twelve in Texas."""
        return SEEDED_AT
