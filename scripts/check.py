"""One fact of a conversation, graded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One fact: what was wanted, what was found."""

    what: str
    wanted: object
    found: object

    @property
    def ok(self) -> bool:
        """Whether they are the same."""
        return self.wanted == self.found
