"""What a caller hears while no agent speaks with them: the lines are busy, on hold, a call-back is promised."""

from num2words import num2words

NOT_OURS = "Sorry, this number is not in service. Goodbye."
TOO_OFTEN = "Thank you for calling Tiffin. You have called us many times. Please try again in ten minutes."
TROUBLE = "I'm sorry, we have a technical problem. Please call again in a few minutes."
TROUBLE_PROMISED = (
    "I'm sorry, we have a technical problem. A person will call you back within half an hour. Goodbye."
)

BUSY = "Thank you for calling Tiffin. All our lines are busy right now."
LOST = "I'm sorry, I lost you for a second, and all our lines are busy now."
CHOICE = "To hold, press one. To be called back, press two."
ONLY_HOLD = "To hold, stay on the line. Your number is withheld, so nobody can call you back."
PROMISE = "A person will call you back within half an hour. Goodbye."
NO_PROMISE = "I'm sorry, I couldn't book a call back just now."
OR_CALL_BACK = "To be called back instead, press two."
THANKS = "Thank you for holding."


def position(place: int, *, first_time: bool, reachable: bool) -> str:
    """Where a caller on hold stands, `place` counted from 1; `reachable`: we know where to call back."""
    text = f"You are {'' if first_time else 'still '}{num2words(place, to='ordinal')} in line."
    return f"{text} {OR_CALL_BACK}" if first_time and reachable else text
