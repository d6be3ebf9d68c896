"""What is texted to the customer of a late order: about how late, and when it comes. Fixed words and figures."""

from datetime import datetime, timedelta

from domain.eta import STEP_MINUTES, about
from domain.saying import Saying
from domain.speech import in_hindi, say_clock, say_time
from operations.foretelling import Delay

LATE = Saying(
    "Tiffin: your {name} order is about {minutes} minutes late, now around {when}.",
    "टिफ़िन: आपका {name} ऑर्डर लगभग {minutes} मिनट लेट है, अब {when} के आसपास आएगा।",
)
STOP = {"US": " Reply STOP to opt out."}
"""Where an order's messages can be answered so; in India there are no answers to a text."""


def late_text(delay: Delay, now: datetime) -> str:
    """The whole text: "Tiffin: your Spice Route order is about ten minutes late, now around 8:25 pm." """
    errand, progress, language = delay.errand, delay.progress, delay.errand.language
    when = _to_the_next(progress.expected(now) or now, timedelta(minutes=STEP_MINUTES))
    zone = delay.kitchen.zone
    said = say_clock(when, zone, language) if in_hindi(language) else say_time(when, zone)
    minutes = about(progress.behind(now)).to(language)
    told = LATE.to(language).format(name=errand.name, minutes=minutes, when=said)
    return told + STOP.get(errand.market, "")


def _to_the_next(moment: datetime, step: timedelta) -> datetime:
    """A moment, rounded up to a whole step of the hour."""
    start = moment.replace(minute=0, second=0, microsecond=0)
    return start + -(-(moment - start) // step) * step
