"""When an order arrives, as far as its promise and its state tell: a range of minutes, late, or what happened.

Nobody knows yet where a driver is, so nothing here is nearer than five minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from num2words import num2words

from domain.kitchen import HANDOVER_MINUTES
from domain.order import OrderStatus
from domain.speech import say_time, say_when

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
DOING: dict[OrderStatus, str] = {
    S.AWAITING_PAYMENT: "Your {name} order is not placed yet: its payment is still open.",
    S.SCHEDULED: "Your {name} order is planned for {due}.",
    S.PLACED: "Your {name} order is placed; the restaurant has yet to confirm it.",
    S.CONFIRMED: "Your {name} order is confirmed by the restaurant.",
    S.PREPARING: "Your {name} order is {still}being prepared.",
    S.READY: "Your {name} order is ready and waits for its rider.",
    S.PICKED_UP: "Your {name} order is {still}on its way.",
    S.DELIVERED: "Your {name} order was delivered.",
    S.CLOSED: "Your {name} order from {ordered} is closed.",
    S.REJECTED: "The restaurant could not take your {name} order.",
    S.CANCELLED: "Your {name} order was cancelled.",
    S.FAILED: "Your {name} order could not be delivered.",
}


@dataclass(frozen=True)
class Progress:
    """What is known of one order's way to the door; moments are aware and in UTC."""

    status: OrderStatus
    ordered_at: datetime
    promise_minutes: int
    wanted_at: datetime | None = None
    delivered_at: datetime | None = None

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

    def range(self, now: datetime) -> tuple[int, int] | None:
        """The fewest and the most minutes until it is there; None when it is over, not begun, or late."""
        if not self.under_way or self.late(now):
            return None
        left = ceil((self.due - now).total_seconds() / 60 / STEP_MINUTES) * STEP_MINUTES
        least = STILL_TO_DO[self.status]
        low = max(left - STEP_MINUTES, least)
        return low, max(left, low + (STEP_MINUTES if least else 0))

    def arrives(self, now: datetime, zone: str) -> str | None:
        """When it comes, as it is said after "with you"; None when that is not known."""
        if self.status is S.SCHEDULED:
            return say_when(self.due, now, zone)
        minutes = self.range(now)
        if minutes is None:
            return None
        if self.wanted_at and self.due - now > BY_THE_CLOCK:
            return say_when(self.due, now, zone)
        low, high = minutes
        return f"in about {low} to {high} minutes" if low else "any minute now"


def say_progress(progress: Progress, name: str, now: datetime, zone: str) -> str:
    """The whole of it in one or two sentences; `name` is the restaurant's, as it is said."""
    if progress.delivered_at and progress.status in (S.DELIVERED, S.CLOSED):
        return f"Your {name} order was delivered {say_past(progress.delivered_at, now, zone)}."
    told = DOING[progress.status].format(
        name=name,
        due=say_when(progress.due, now, zone),
        ordered=say_past(progress.ordered_at, now, zone),
        still="still " if progress.late(now) else "",
    )
    if progress.late(now):
        return f"{told} {say_late(progress.due, now, zone)}"
    arrives = progress.arrives(now, zone) if progress.under_way else None
    return f"{told} It should be with you {arrives}." if arrives else told


def say_late(due: datetime, now: datetime, zone: str) -> str:
    """How late it is: "It is ten minutes late." """
    over = now - due
    if over > UNHEARD_OF:
        return f"It was due {say_past(due, now, zone)}, and I have no word that it arrived."
    minutes = int(over.total_seconds() // 60)
    return f"It is {num2words(minutes)} minutes late."


def say_past(moment: datetime, now: datetime, zone: str) -> str:
    """A moment that is over: "today at 1 pm", "yesterday at 1 pm", "Monday at 1 pm", "21 February"."""
    local = moment.astimezone(ZoneInfo(zone))
    days = (now.astimezone(ZoneInfo(zone)).date() - local.date()).days
    if days > 6:  # a weekday's name would mean the last one
        return f"{local.day} {local:%B}"
    day = {0: "today", 1: "yesterday"}.get(days, f"{local:%A}")
    return f"{day} at {say_time(moment, zone)}"
