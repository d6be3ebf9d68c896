"""One sentence with its words and numbers, while it is read for what it claims."""

from domain import claim_words
from domain.numerals import Number, numbers, tokens


class Phrase:
    """Each number belongs to one claim, or counts things and claims nothing."""

    def __init__(self, said: str) -> None:
        """`said` is a plain sentence, see `numerals.plain`."""
        self.said = said
        self.low = said.lower()
        self.tokens = tokens(said)
        self.numbers = numbers(self.tokens)
        self.used: set[int] = set()
        self.costs = claim_words.ASSERTS_MONEY.search(self.low) is not None
        """Says what something costs."""
        self.comes = claim_words.ASSERTS_TIME.search(self.low) is not None
        """Says when something happens."""
        self.day = next(
            (claim_words.DAYS[token.text] for token in self.tokens if token.text in claim_words.DAYS), ""
        )

    def counts(self, place: int) -> bool:
        """Whether what stands here is counted by the number before it: "two naan"."""
        word = self.word(place)
        return (
            bool(word)
            and word[0].isalnum()
            and word not in claim_words.AFTER_AMOUNT
            and self.at(place) is None
        )

    def word(self, place: int) -> str:
        """The word at a place; empty beyond the ends."""
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def words(self, first: int, after: int) -> str:
        """The words from one place up to another, as they were said."""
        return self.said[self.tokens[first].start : self.tokens[after - 1].end]

    def free(self, number: Number) -> bool:
        """Whether no claim has this number yet."""
        return not self.used & set(range(number.first, number.after))

    def take(self, first: int, after: int) -> str:
        """The words from one place up to another; their numbers belong to a claim now."""
        self.used |= set(range(first, after))
        return self.words(first, after)

    def at(self, place: int) -> Number | None:
        """The number that begins at a place."""
        return next((number for number in self.numbers if number.first == place), None)

    def before(self, place: int) -> Number | None:
        """The number that ends before a place."""
        return next((number for number in self.numbers if number.after == place), None)
