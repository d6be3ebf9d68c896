"""A call without a telephone, as the tools' tests have it."""

from tests.tools.conftest import bare

__all__ = ["bare"]
