"""A telephone menu as it is heard, piece by piece, and the key of whom we want once it is over."""

from dataclasses import dataclass

from domain.callee import Heard, continues_menu, hears, key_for
from domain.calling import Kind


@dataclass
class PhoneMenu:
    """What has been told of it."""

    kind: Kind
    """Whom we called."""
    told: str = ""
    """Since a key was pressed last; empty where nothing is to be answered."""
    _running: bool = False
    """It has begun, and no person has come since."""
    _over: int = 0

    def hears(self, text: str) -> Heard:
        """What an utterance is; a piece of a menu that runs is a menu."""
        heard = hears(text, self.kind)
        piece = self._running and heard in (Heard.OTHER, Heard.PRELUDE) and continues_menu(text)
        return Heard.MENU if piece else heard

    def add(self, text: str) -> None:
        """It goes on."""
        self.told, self._running = f"{self.told} {text}".strip(), True

    def key(self, language: str) -> str | None:
        """It is over: the key of whom we want, or the operator's after a second menu without one."""
        told, self.told = self.told, ""
        self._over += 1
        return key_for(told, self.kind, language) or ("0" if self._over > 1 else None)

    def left(self) -> None:
        """A person has come."""
        self.told, self._running = "", False
