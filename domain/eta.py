"""When an order arrives, as far as its promise, its estimate and its state tell: a range of minutes, or what happened.

Nothing that is said here is nearer than five minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from num2words import num2words

from domain.hindi import say_number
from domain.kitchen import HANDOVER_MINUTES
from domain.order import OrderStatus
from domain.saying import Saying, figure
from domain.speech import say_past, say_when

STEP_MINUTES = 5  # promises are rounded up to five minutes; a finer estimate would pretend to know more
LATE_AFTER = timedelta(minutes=5)  # the rounding of the promise; sooner, "late" is a quibble
UNHEARD_OF = timedelta(hours=2)  # so far past its promise a count of minutes says nothing any more
BY_THE_CLOCK = timedelta(hours=1)  # an order for later is told by its time until then

S = OrderStatus
STILL_TO_DO: dict[OrderStatus, int] = {
    S.PLACED: 10
    + STEP_MINUTES
    + HANDOVER_MINUTES,  # ten minutes is the quickest a kitchen cooks; then a ride
    S.CONFIRMED: 10 + STEP_MINUTES + HANDOVER_MINUTES,
    S.PREPARING: STEP_MINUTES + HANDOVER_MINUTES,  # it may be cooked this minute; then a ride and the door
    S.READY: STEP_MINUTES + HANDOVER_MINUTES,
    S.PICKED_UP: 0,
}
"""The least minutes an order in this state still takes, whatever was promised."""
DOING: dict[OrderStatus, Saying] = {
    S.AWAITING_PAYMENT: Saying(
        "Your {name} order is not placed yet: its payment is still open.",
        "आपका {name} ऑर्डर अभी हुआ नहीं है: उसका पेमेंट बाकी है।",
    ),
    S.SCHEDULED: Saying("Your {name} order is planned for {due}.", "आपका {name} ऑर्डर {due} पहुँचना तय है।"),
    S.PLACED: Saying(
        "Your {name} order is placed; the restaurant has yet to confirm it.",
        "आपका {name} ऑर्डर हो गया है; रेस्टोरेंट ने अभी उसे कन्फ़र्म नहीं किया है।",
    ),
    S.CONFIRMED: Saying(
        "Your {name} order is confirmed by the restaurant.",
        "रेस्टोरेंट ने आपका {name} ऑर्डर कन्फ़र्म कर दिया है।",
    ),
    S.PREPARING: Saying("Your {name} order is {still}being prepared.", "आपका {name} ऑर्डर {still}बन रहा है।"),
    S.READY: Saying(
        "Your {name} order is ready and waits for its rider.",
        "आपका {name} ऑर्डर तैयार है और राइडर का इंतज़ार कर रहा है।",
    ),
    S.PICKED_UP: Saying("Your {name} order is {still}on its way.", "आपका {name} ऑर्डर {still}रास्ते में है।"),
    S.DELIVERED: Saying("Your {name} order was delivered.", "आपका {name} ऑर्डर डिलीवर हो गया था।"),
    S.CLOSED: Saying(
        "Your {name} order from {ordered} is closed.",
        "आपका {name} ऑर्डर, जो {ordered} किया गया था, पूरा हो चुका है।",
    ),
    S.REJECTED: Saying(
        "The restaurant could not take your {name} order.", "रेस्टोरेंट आपका {name} ऑर्डर नहीं ले पाया।"
    ),
    S.CANCELLED: Saying("Your {name} order was cancelled.", "आपका {name} ऑर्डर कैंसल हो गया था।"),
    S.FAILED: Saying("Your {name} order could not be delivered.", "आपका {name} ऑर्डर पहुँचाया नहीं जा सका।"),
}
DELIVERED_AT = Saying("Your {name} order was delivered {past}.", "आपका {name} ऑर्डर {past} डिलीवर हो गया था।")
STILL = Saying("still ", "अभी भी ")
COMES = Saying("It should be with you {arrives}.", "यह {arrives} पहुँच जाएगा।")
MINUTES = Saying("in about {low} to {high} minutes", "लगभग {low} से {high} मिनट में")
ANY_MINUTE = Saying("any minute now", "किसी भी पल")
WITHIN = Saying("within about {high} minutes", "लगभग {high} मिनट के अंदर")
LATE = Saying("It is {minutes} minutes late.", "यह {minutes} मिनट लेट है।")
ABOUT_LATE = Saying("It is about {minutes} minutes late.", "यह लगभग {minutes} मिनट लेट है।")
WILL_BE_LATE = Saying("It will be about {minutes} minutes late.", "यह लगभग {minutes} मिनट लेट होगा।")
NO_WORD = Saying(
    "It was due {past}, and I have no word that it arrived.",
    "इसे {past} पहुँच जाना था, और मुझे इसके पहुँचने की कोई ख़बर नहीं है।",
)


@dataclass(frozen=True)
class Progress:
    """What is known of one order's way to the door; moments are aware and in UTC."""

    status: OrderStatus
    ordered_at: datetime
    promise_minutes: int
    wanted_at: datetime | None = None
    delivered_at: datetime | None = None
    expected_at: datetime | None = None
    """When its kitchen and its driver let us think that it is there; None where nobody has worked it out."""
    spread: timedelta = timedelta(0)
    """How far off that may be, to either side."""

    @property
    def due(self) -> datetime:
        """When it was promised to be there."""
        return self.wanted_at or self.ordered_at + timedelta(minutes=self.promise_minutes)

    @property
    def under_way(self) -> bool:
        """True from being placed until it is over."""
        return self.status in STILL_TO_DO

    def late(self, now: datetime) -> bool:
        """True when it is past its promise by more than the promise was rounded."""
        return self.under_way and now - self.due > LATE_AFTER

    def expected(self, now: datetime) -> datetime | None:
        """When it is there, as far as that was worked out: never sooner than its state allows."""
        if self.expected_at is None or not self.under_way or now - self.due > UNHEARD_OF:
            return None
        return max(self.expected_at, now + timedelta(minutes=STILL_TO_DO[self.status]))

    def behind(self, now: datetime) -> timedelta:
        """By how much it comes later than promised, as far as is known now; nothing when it is over or in time."""
        if not self.under_way:
            return timedelta(0)
        return max((self.expected(now) or now) - self.due, now - self.due, timedelta(0))

    def will_be_late(self, now: datetime) -> bool:
        """True when it is late already, or is going to be."""
        return self.under_way and self.behind(now) > LATE_AFTER

    def range(self, now: datetime) -> tuple[int, int] | None:
        """The fewest and the most minutes until it is there; None when it is over, not begun, or late.

        With an estimate it is a range about it, and a late order has one, too.
        """
        if not self.under_way:
            return None
        if (expected := self.expected(now)) is not None:
            return self._about(expected - now)
        if self.late(now):
            return None
        left = ceil((self.due - now).total_seconds() / 60 / STEP_MINUTES) * STEP_MINUTES
        least = STILL_TO_DO[self.status]
        low = max(left - STEP_MINUTES, least)
        return low, max(left, low + (STEP_MINUTES if least else 0))

    def _about(self, left: timedelta) -> tuple[int, int]:
        """The steps of five minutes that an estimate and its doubt lie within; no less than its state still takes."""
        step = timedelta(minutes=STEP_MINUTES)
        low = max((left - self.spread) // step * STEP_MINUTES, STILL_TO_DO[self.status])
        high = -(-(left + self.spread) // step) * STEP_MINUTES
        return low, max(high, low + STEP_MINUTES)

    def arrives(self, now: datetime, zone: str, language: str = "en") -> str | None:
        """When it comes, as it is said after "with you"; None when that is not known."""
        if self.status is S.SCHEDULED:
            return say_when(self.due, now, zone, language)
        minutes = self.range(now)
        if minutes is None:
            return None
        if self.wanted_at and self.due - now > BY_THE_CLOCK:
            return say_when(self.due, now, zone, language)
        low, high = minutes
        if not low and (self.expected_at is None or high <= STEP_MINUTES):
            return ANY_MINUTE.to(language)
        if not low:
            return WITHIN.format(high=figure(high)).to(language)
        return MINUTES.format(low=figure(low), high=figure(high)).to(language)


def say_progress(progress: Progress, name: str, now: datetime, zone: str, language: str = "en") -> str:
    """The whole of it in one or two sentences; `name` is the restaurant's, as it is said."""
    if progress.delivered_at and progress.status in (S.DELIVERED, S.CLOSED):
        past = say_past(progress.delivered_at, now, zone, language)
        return DELIVERED_AT.to(language).format(name=name, past=past)
    told = (
        DOING[progress.status]
        .to(language)
        .format(
            name=name,
            due=say_when(progress.due, now, zone, language),
            ordered=say_past(progress.ordered_at, now, zone, language),
            still=STILL.to(language) if progress.late(now) else "",
        )
    )
    if progress.will_be_late(now) and progress.expected(now):
        when = COMES.to(language).format(arrives=progress.arrives(now, zone, language))
        return f"{told} {say_behind(progress, now).to(language)} {when}"
    if progress.late(now):
        return f"{told} {say_late(progress.due, now, zone, language)}"
    arrives = progress.arrives(now, zone, language) if progress.under_way else None
    return f"{told} {COMES.to(language).format(arrives=arrives)}" if arrives else told


def say_behind(progress: Progress, now: datetime) -> Saying:
    """How late it comes, as far as is known: "It will be about ten minutes late." """
    told = ABOUT_LATE if progress.late(now) else WILL_BE_LATE
    return told.format(minutes=about(progress.behind(now)))


def about(late: timedelta) -> Saying:
    """A delay in words, to the nearest five minutes, and five at least."""
    minutes = max(STEP_MINUTES, round(late / timedelta(minutes=STEP_MINUTES)) * STEP_MINUTES)
    return Saying(num2words(minutes), say_number(minutes))


def say_late(due: datetime, now: datetime, zone: str, language: str = "en") -> str:
    """How late it is: "It is ten minutes late." """
    over = now - due
    if over > UNHEARD_OF:
        return NO_WORD.to(language).format(past=say_past(due, now, zone, language))
    minutes = int(over.total_seconds() // 60)
    return LATE.format(minutes=Saying(num2words(minutes), say_number(minutes))).to(language)
