"""A tip in the caller's own words."""

from domain.amounts import money, percents
from domain.numerals import plain
from domain.phrase import Phrase


def named_amount(said: str, currency: str) -> int | None:
    """The one amount named, minor units: "two dollars", "2.50", "0".

    None when there is none, more than one, a share of the bill, or an amount in another currency.
    """
    phrase = Phrase(plain(said))
    if percents(phrase):
        return None
    claimed = money(phrase)
    if claimed:
        amounts = {amount for claim in claimed for amount in claim.values if claim.currency in ("", currency)}
        return amounts.pop() if len(claimed) == len(amounts) == 1 else None
    return phrase.numbers[0].hundredths if len(phrase.numbers) == 1 else None
