"""Money: integer minor units with a currency, and how it is written and said."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from num2words import num2words

SYMBOL = {"INR": "₹", "USD": "$"}
WORDS = {"INR": ("rupee", "rupees", "paisa", "paise"), "USD": ("dollar", "dollars", "cent", "cents")}
NUMERALS = {"INR": "en_IN", "USD": "en"}


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (paise, cents). Adding two currencies raises ValueError."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __str__(self) -> str:
        """As written: $31.06, ₹249, ₹249.50, -$3.00."""
        sign, whole, part = "-" if self.amount < 0 else "", abs(self.amount) // 100, abs(self.amount) % 100
        text = f"{whole:,}" if self.currency != "INR" else grouped_indian(whole)
        cents = f".{part:02d}" if part or self.currency != "INR" else ""
        return f"{sign}{SYMBOL.get(self.currency, self.currency + ' ')}{text}{cents}"

    def spoken(self) -> str:
        """As said: "thirty-one dollars and six cents", "two hundred and forty-nine rupees"."""
        one, many, small_one, small_many = WORDS[self.currency]
        whole, part = divmod(abs(self.amount), 100)
        said = [f"{words(whole, self.currency)} {one if whole == 1 else many}"] if whole or not part else []
        if part:
            said.append(f"{words(part, self.currency)} {small_one if part == 1 else small_many}")
        return ("minus " if self.amount < 0 else "") + " and ".join(said)


def words(number: int, currency: str) -> str:
    """A whole number in the market's English: lakhs where rupees are paid."""
    return str(num2words(number, lang=NUMERALS.get(currency, "en"))).replace(",", "")


def grouped_indian(whole: int) -> str:
    """Digits grouped the Indian way: 12,34,567."""
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])


def share(amount: int, basis_points: int) -> int:
    """`basis_points` ten-thousandths of an amount, halves away from zero, in minor units."""
    exact = Decimal(amount) * basis_points / 10_000
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
