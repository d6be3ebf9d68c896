"""A sentence of the system in every language it speaks: English by itself, the others at hand.

What the system says (greeting, read-back, filler, goodbye) is a `Saying`, and the line says it in the language the
caller has at that moment. What a tool's result gives the model under `say` or `ask` is another matter: it is English,
and a model that speaks Hindi with the caller says it in Hindi. Only where the words themselves count (a placed order
with its code, how an order stands, a code that was sent) is a `say` in the caller's language as well.
"""

from collections.abc import Callable

from domain.hindi import say_number
from domain.speech import in_hindi


class Saying(str):
    """The English sentence, which knows its Hindi: one without it cannot be written."""

    hi: str

    def __new__(cls, en: str, hi: str) -> "Saying":
        """The same sentence twice."""
        made = super().__new__(cls, en)
        made.hi = hi
        return made

    @property
    def all(self) -> tuple[str, str]:
        """In every language."""
        return str(self), self.hi

    def to(self, language: str) -> str:
        """In a language ("hi", "hi-IN"); English where it is no other."""
        return self.hi if in_hindi(language) else str(self)

    def format(self, *args: object, **kwargs: object) -> "Saying":
        """As of any text, in each language; what is put in may differ between them, too."""
        hindi = {
            name: said(value, "hi") if isinstance(value, str) else value for name, value in kwargs.items()
        }
        return Saying(super().format(*args, **kwargs), self.hi.format(*args, **hindi))


def both(say: Callable[[str], str]) -> Saying:
    """What a function of the language says in each."""
    return Saying(say("en"), say("hi"))


def figure(number: int) -> Saying:
    """A whole number that English writes in figures."""
    return Saying(str(number), say_number(number))


def said(text: str, language: str) -> str:
    """A text as it is spoken: a `Saying` in the caller's language, anything else as it stands."""
    return text.to(language) if isinstance(text, Saying) else text
