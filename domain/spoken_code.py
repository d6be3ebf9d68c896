"""A code of six digits in a caller's words: "four eight two, nine one three", "double nine 0 1 2 3"."""

from domain.numerals import TENS, UNITS, WHOLE, plain, tokens

LENGTH = 6
TIMES = {"double": 2, "triple": 3, "treble": 3}
WORDS = UNITS.keys() | TENS.keys() | WHOLE.keys() | TIMES.keys()


def digits_said(text: str) -> str:
    """The digits of a text in their order, said one by one or in pairs; words that are none are passed over."""
    found, times, tens = "", 1, 0
    for token in tokens(plain(text)):
        if tens:
            found += str(tens + UNITS.get(token.text, 0))
            unit, tens = UNITS.get(token.text, 0), 0
            if unit:
                continue
        if token.text in TENS:
            tens = TENS[token.text]
            continue
        if token.text in TIMES:
            times = TIMES[token.text]
            continue
        if token.digits:
            said = "".join(filter(str.isdecimal, token.text))
            found += said[:1] * (times - 1) + said
        elif token.text in UNITS:
            found += str(UNITS[token.text]) * times
        elif token.text in WHOLE:
            found += str(WHOLE[token.text])
        times = 1
    return found + (str(tens) if tens else "")


def without_digits(text: str) -> str:
    """A text with its digits hidden, for whatever is kept of it."""
    hidden = []
    for word in text.split(" "):
        bare = plain(word).lower().strip(".,!?-")
        digit = any(map(str.isdigit, bare)) or any(part in WORDS for part in bare.split("-"))
        hidden.append("#" if digit else word)
    return " ".join(hidden)
