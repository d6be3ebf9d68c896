"""Calls that we begin: what each is about, whom it reaches first, and what is done when nobody can be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from domain.calling import Kind, Person, Purpose
from domain.market import Rule


class Topic(StrEnum):
    """What a call is about, fixed before it is dialled: it decides the agent, the first words and what may be said."""

    ORDERS = "orders"
    """A kitchen: orders wait for its answer."""
    CHANGES = "changes"
    """A kitchen: an order it knows was changed or is off."""
    REMINDER = "reminder"
    """A kitchen: a driver comes soon."""
    OFFER = "offer"
    """A driver: a delivery."""
    PICKUP = "pickup"
    """A driver: the food is ready."""
    OFF = "off"
    """A driver: the delivery is called off."""
    MOVED = "moved"
    """A driver: the door or a note has changed."""
    WHERE = "where"
    """A driver who does not move."""
    SUBSTITUTE = "substitute"
    """A customer: a dish has run out."""
    REJECTED = "rejected"
    """A customer: the kitchen does not cook the order."""
    CHANGED = "changed"
    """A customer: the kitchen has changed something about the order."""
    LATE = "late"
    """A customer: the order comes later than promised."""
    AT_DOOR = "at_door"
    """A customer: the rider is at the door, and nobody opens."""
    PAYMENT = "payment"
    """A customer: the payment link has run out."""
    FEEDBACK = "feedback"
    """A customer: how it was."""


AGENTS: Mapping[Topic, str] = {
    Topic.ORDERS: "restaurant_coordination",
    Topic.CHANGES: "restaurant_coordination",
    Topic.REMINDER: "restaurant_coordination",
    Topic.OFFER: "driver_assignment",
    Topic.PICKUP: "driver_assignment",
    Topic.OFF: "driver_assignment",
    Topic.MOVED: "driver_assignment",
    Topic.WHERE: "driver_assignment",
    Topic.SUBSTITUTE: "customer_support",
    Topic.REJECTED: "customer_support",
    Topic.CHANGED: "customer_support",
    Topic.LATE: "delivery_tracking",
    Topic.AT_DOOR: "delivery_tracking",
    Topic.PAYMENT: "customer_order",
    Topic.FEEDBACK: "post_delivery",
}
"""Who speaks first."""


KINDS: Mapping[str, Kind] = {
    "restaurant_coordination": Kind.RESTAURANT,
    "driver_assignment": Kind.DRIVER,
}
"""Whom an agent calls; the others call customers."""


def kind_of(topic: Topic) -> Kind:
    """Whom a call about it reaches."""
    return KINDS.get(AGENTS[topic], Kind.CUSTOMER)


def purpose_of(topic: Topic) -> Purpose:
    """What a call about it is for, in terms of the gate. No topic of ours is an offer."""
    if kind_of(topic) is not Kind.CUSTOMER:
        return Purpose.PARTNER_OPERATIONS
    return Purpose.FEEDBACK if topic is Topic.FEEDBACK else Purpose.ORDER_SERVICE


class Dialled(StrEnum):
    """Where a call of ours stands. It only moves forward."""

    ASKED = "asked"
    """Written down; the telephone company is being asked, or its answer was lost."""
    RINGING = "ringing"
    """It has said that it rings, or will."""
    ANSWERED = "answered"
    """Somebody, or something, has picked up."""
    OVER = "over"


class Outcome(StrEnum):
    """What became of a call or text that is over."""

    TALKED = "talked"
    """A person was on the line."""
    VOICEMAIL = "voicemail"
    """A machine; it was told who called, and nothing of an order."""
    FAX = "fax"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """The telephone company could not place it."""
    HUNG_UP = "hung_up"
    """Picked up, and nobody said anything that we understood."""
    WRONG_PERSON = "wrong_person"
    ON_HOLD = "on_hold"
    """Held for longer than we wait."""
    REFUSED = "refused"
    """The gate said no at the moment of dialling."""
    NEVER_PLACED = "never_placed"
    """The telephone company knows no such call, and none came in the time it may take."""
    SENT = "sent"
    """A text was handed over, or may have been: it is not sent twice."""


REACHED = (Outcome.TALKED,)
"""Somebody heard us; whether it did any good stands in the order."""
NEVER_RANG = (Outcome.REFUSED, Outcome.FAILED, Outcome.NEVER_PLACED)
"""Nobody's telephone has rung."""


@dataclass(frozen=True)
class Wanted:
    """A call that a job wants to be made."""

    key: str
    """The job's own: woken when the call is over. Everything tried for it is counted under this."""
    person: Person
    purpose: Purpose
    topic: Topic
    since: datetime
    """Business time from which tries are counted: when what it is about came up."""
    line: str
    """Which number of ours calls, E.164."""
    text: str | None = None
    """What is texted where nobody can be spoken to; None: this is not for a text."""
    note: str = ""
    """For the person of ours who takes over, without names or numbers; "" where none is asked."""


class Ladder(Rule):
    """How hard one topic is tried. Times are business time."""

    tries: int = Field(ge=1, le=10)
    """Calls at most."""
    wait_minutes: tuple[float, ...] = Field(min_length=1)
    """Between one call that reached nobody and the next; the last holds for all further ones."""
    text: bool = False
    """After the last call a text is sent, where the gate allows one."""
    person: bool = False
    """At last one of our people is asked to do it."""
    ring_seconds: int = Field(default=25, ge=5, le=60)
    """Real time."""

    def left(self, calls: Sequence[Outcome | None]) -> int:
        """How many of its calls may still be made: none to a number at which somebody else has answered.

        One that the gate refused was none. One that was never placed is made again, once; after that it is a try
        like any other.
        """
        if Outcome.WRONG_PERSON in calls:
            return 0
        never = sum(one is Outcome.NEVER_PLACED for one in calls)
        none = sum(one is Outcome.REFUSED for one in calls) + min(never, 1)
        return max(0, self.tries - (len(calls) - none))

    def wait(self, tries: int) -> timedelta:
        """How long after so many calls in vain the next one comes."""
        return timedelta(minutes=self.wait_minutes[min(max(tries, 1), len(self.wait_minutes)) - 1])


class DialRules(Rule):
    """The file `data/dialling.yaml`."""

    per_line_hour: dict[Kind, int]
    """Calls to one person's telephone within an hour of business time; an offer, or what cannot wait, still counts."""
    unknown_seconds: float = Field(gt=0)
    """Real time: so long a call whose answer was lost may take to knock at our door."""
    busy_line_seconds: float = Field(gt=0)
    """Business time: when the line is in use by a call of ours, it is looked at again after so long."""
    hold_seconds: float = Field(gt=0)
    """Real time: so long we wait where we are put on hold."""
    silent_seconds: float = Field(gt=0)
    """Real time: we begin by ourselves when nobody says anything for so long."""
    kitchen_minutes: float = Field(gt=0)
    """Business time: an order that no kitchen has answered for so long is turned down, before its customer has waited
    eight minutes."""
    kitchen_most_minutes: float = Field(gt=0)
    """Business time: so long at most, where the kitchen has heard the order in a call that goes on."""
    substitution_minutes: float = Field(gt=0)
    """Business time: a dish that has run out is taken off when its customer has not decided for so long."""
    topics: dict[Topic, Ladder]


@dataclass(frozen=True)
class Tried:
    """What has been tried for a job so far, oldest first."""

    calls: tuple[Outcome | None, ...] = ()
    """None: it still runs."""
    last_at: datetime | None = None
    """When the last call was over, business time; when it was asked for, while it runs."""
    texted: bool = False
    handed_over: bool = False


@dataclass(frozen=True)
class Leg:
    """An outgoing call as the conversation that holds it knows it."""

    dial_id: UUID
    topic: Topic
    purpose: Purpose
    kind: Kind
    party_id: UUID
    order_id: UUID | None
