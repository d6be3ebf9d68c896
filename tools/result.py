"""What a tool gives back: facts for the model, or words that the system says itself."""

from dataclasses import dataclass, field
from typing import Any

Result = dict[str, Any]
"""Facts. `say` and `ask` are English, and a model that speaks Hindi with the caller says them in Hindi; a few sentences
whose words count are in the caller's language already (`domain/saying.py`)."""


@dataclass(frozen=True)
class Spoken:
    """A sentence the system says; `mark` is reported when the caller has heard it to its end."""

    text: str
    mark: str | None = None


@dataclass(frozen=True)
class Say:
    """The system speaks these sentences now; the model is not asked again until the caller has answered."""

    sentences: tuple[Spoken, ...]
    result: Result = field(default_factory=lambda: {"status": "spoken"})
    hang_up: bool = False
    """End the call once the last sentence has been played out."""
