"""What a caller hears while no agent speaks with them: the lines are busy, on hold, a call-back is promised."""

from num2words import num2words

NOT_OURS = "Sorry, this number is not in service. Goodbye."
TOO_OFTEN = "Thank you for calling Tiffin. You have called us many times. Please try again in ten minutes."
TROUBLE = "I'm sorry, we have a technical problem. Please call again in a few minutes."

BUSY = "Thank you for calling Tiffin. All our lines are busy right now."
LOST = "I'm sorry, I lost you for a second, and all our lines are busy now."
CHOICE = "To hold, press one. To be called back, press two."
CHOICE_UNSTAFFED = "To hold, press one. To leave your number with our team, press two."
"""Where our people have no hours: nobody here knows when somebody calls, or whether, so no call-back is offered."""
ONLY_HOLD = "To hold, stay on the line. Your number is withheld, so nobody can call you back."
OR_CALL_BACK = "To be called back instead, press two."
OR_LEAVE_NUMBER = "To leave your number with our team instead, press two."
THANKS = "Thank you for holding."


def choice(*, staffed: bool) -> str:
    """What a caller may do while no line is free; `staffed`: our people of that line have hours, and call back."""
    return CHOICE if staffed else CHOICE_UNSTAFFED


def promised(when: str | None) -> str:
    """The call-back that was written down, and goodbye; without a time it was only passed on."""
    if when is None:
        return "I've passed your number on to our team, but I can't promise you a time. Goodbye."
    return f"A person will call you back {when}. Goodbye."


def trouble(when: str | None) -> str:
    """The same where we cannot go on."""
    return f"I'm sorry, we have a technical problem. {promised(when)}"


def position(place: int, *, first_time: bool, reachable: bool, staffed: bool) -> str:
    """Where a caller on hold stands, `place` counted from 1; `reachable`: we know where to call back."""
    text = f"You are {'' if first_time else 'still '}{num2words(place, to='ordinal')} in line."
    other = OR_CALL_BACK if staffed else OR_LEAVE_NUMBER
    return f"{text} {other}" if first_time and reachable else text
