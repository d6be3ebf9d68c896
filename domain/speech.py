"""How facts are said aloud: times, codes, lists."""

from datetime import datetime
from zoneinfo import ZoneInfo

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
