"""How facts are said aloud: money, times, codes, numbers, lists."""

from datetime import datetime
from zoneinfo import ZoneInfo

from num2words import num2words

from domain import hindi
from domain.money import Money

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def say_code(code: str) -> str:
    """A code digit by digit in threes: "four eight two, nine one three"."""
    groups = [code[start : start + 3] for start in range(0, len(code), 3)]
    return ", ".join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)


def say_time(moment: datetime, zone: str) -> str:
    """A local time of day: "8 pm", "8:30 am"."""
    local = moment.astimezone(ZoneInfo(zone))
    hour = local.hour % 12 or 12
    return f"{hour}{f':{local.minute:02d}' if local.minute else ''} {'am' if local.hour < 12 else 'pm'}"


def say_when(moment: datetime, now: datetime, zone: str) -> str:
    """A time with its day where that is not today: "today at 6 pm", "Monday at 11 am"."""
    there = ZoneInfo(zone)
    days = (moment.astimezone(there).date() - now.astimezone(there).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, moment.astimezone(there).strftime("%A"))
    return f"{day} at {say_time(moment, zone)}"


def say_list(things: list[str], joiner: str = "and") -> str:
    """ "a", "a and b", "a, b, and c"."""
    if len(things) < 3:
        return f" {joiner} ".join(things)
    return f"{', '.join(things[:-1])}, {joiner} {things[-1]}"


def say_allergens(names: list[str]) -> str:
    """Allergens by their names in a menu: "peanut and tree nut"."""
    return say_list([name.replace("_", " ") for name in names])


def in_hindi(language: str) -> bool:
    """Whether a language tag ("hi", "hi-IN") is Hindi's."""
    return language.lower().split("-")[0] == "hi"


def say_money(money: Money, language: str = "en") -> str:
    """An amount in words: "thirty-one dollars and six cents", "दो सौ उनचास रुपये"."""
    return hindi.say_amount(money.amount, money.currency) if in_hindi(language) else money.spoken()


def say_clock(moment: datetime, zone: str, language: str = "en") -> str:
    """A local time of day in words: "eight pm", "eight thirty am", "eight oh five pm", "शाम साढ़े सात बजे"."""
    local = moment.astimezone(ZoneInfo(zone))
    if in_hindi(language):
        return hindi.say_time_of_day(local.hour, local.minute)
    hour = num2words(local.hour % 12 or 12)
    minute = f" {'oh ' if local.minute < 10 else ''}{num2words(local.minute)}" if local.minute else ""
    return f"{hour}{minute} {'am' if local.hour < 12 else 'pm'}"


def say_minutes(low: int, high: int | None = None, language: str = "en") -> str:
    """How long, in words: "fifteen to twenty minutes", "one minute", "पंद्रह से बीस मिनट"."""
    if in_hindi(language):
        until = f" से {hindi.say_number(high)}" if high is not None and high != low else ""
        return f"{hindi.say_number(low)}{until} मिनट"
    until = f" to {num2words(high)}" if high is not None and high != low else ""
    return f"{num2words(low)}{until} minute{'' if (high or low) == 1 else 's'}"


def say_digits(written: str, groups: tuple[int, ...] = (), language: str = "en") -> str:
    """The digits of a text one by one, in groups of these sizes; what is left is the last group.

    A PIN of four stays one group: "four eight two nine". Everything that is no digit is left out.
    """
    names = hindi.DIGITS if in_hindi(language) else DIGITS
    digits = [names[int(character)] for character in written if character.isdecimal()]
    parts, start = [], 0
    for size in (*groups, len(digits)):
        parts.append(" ".join(digits[start : start + size]))
        start += size
    return ", ".join(part for part in parts if part)


def say_pin(pin: str, language: str = "en") -> str:
    """A PIN, one-time code or postal code: up to four digits in one breath, longer ones in threes."""
    count = sum(map(str.isdecimal, pin))
    return say_digits(pin, (3,) * (count // 3) if count > 4 else (), language)


def say_phone(number: str, language: str = "en") -> str:
    """A telephone number without its country: America's 3-3-4, India's 5-5, others in threes.

    "+15125550110" is "five one two, five five five, zero one one zero".
    """
    digits = "".join(character for character in number if character.isdecimal())
    if number.startswith("+91") and len(digits) == 12:
        return say_digits(digits[2:], (5,), language)
    if number.startswith("+1") and len(digits) == 11:
        return say_digits(digits[1:], (3, 3), language)
    return say_digits(digits, (3,) * (len(digits) // 3), language)
