"""A call without a telephone, as the tools' tests have it, and the seeded city around it."""

from tests.tools.conftest import bare, cards, indexes, menu, phoned, shop

__all__ = ["bare", "cards", "indexes", "menu", "phoned", "shop"]
