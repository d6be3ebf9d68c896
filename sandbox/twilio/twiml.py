"""TwiML: what a webhook wants done with a call."""

from dataclasses import dataclass, field
from xml.etree import ElementTree


class BadTwiml(ValueError):
    """Not XML, or not a <Response>."""


@dataclass(frozen=True)
class Verb:
    """One element: `Connect`, `Say`, `Pause`, `Gather`, `Dial`, `Redirect`, `Hangup`, `Reject`, ..."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    inside: tuple["Verb", ...] = ()

    def child(self, name: str) -> "Verb | None":
        return next((verb for verb in self.inside if verb.name == name), None)


def _verb(element: ElementTree.Element) -> Verb:
    inside = tuple(_verb(child) for child in element)
    return Verb(element.tag, dict(element.attrib), (element.text or "").strip(), inside)


def parse(document: str) -> list[Verb]:
    """The verbs of a document, in order; raises BadTwiml."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as bad:
        raise BadTwiml(str(bad)) from bad
    if root.tag != "Response":
        raise BadTwiml(f"<{root.tag}> is not a <Response>")
    return [_verb(child) for child in root]
