"""An order that stands before a conversation: when it was placed, how far it has come, how it was paid."""

from typing import Literal, Self

from pydantic import Field, model_validator

from db.seeding.checks import Catalogue
from domain.order import MOVES, OrderStatus, Substitution
from scripts.shape import Shape

CALLER = "caller"
CARD = r"^(cash|card-[1-9])$"
FOR_DRIVERS = (OrderStatus.CONFIRMED, OrderStatus.PREPARING, OrderStatus.READY)
UNTIL_COOKED = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PREPARING)
AT_THE_DOOR = (OrderStatus.DELIVERED, OrderStatus.CLOSED)


class GivenLine(Shape):
    """One dish of an order."""

    dish: str
    size: str | None = None
    choices: list[str] = Field(default_factory=list)
    quantity: int = Field(default=1, ge=1, le=20)


class GivenDelivery(Shape):
    """Who was asked to bring an order, and how far they are. Of an order that is ready or being cooked."""

    driver: str = CALLER
    """The caller, or somebody's number from `data/people.yaml`, who is copied."""
    status: Literal["offered", "accepted", "at_restaurant", "picked_up"] = "offered"


class GivenMissing(Shape):
    """A dish of an order that its kitchen has run out of, while its customer has not said what to do."""

    dish: str
    instead: str | None = None
    """What the kitchen offers for it."""


class GivenOrder(Shape):
    """An order as it stands when the call begins; times are minutes of business time before it."""

    of: str = CALLER
    """Whose it is: the caller's, or somebody's from `data/people.yaml`, who is copied too."""
    restaurant: str
    """Brand and branch: "Spice Route, Old Mill"."""
    dishes: list[GivenLine] = Field(min_length=1)
    status: OrderStatus = OrderStatus.PLACED
    minutes_ago: int = Field(default=10, ge=0)
    """When it was placed."""
    delivered_minutes_ago: int | None = Field(default=None, ge=0)
    wanted_in_minutes: int | None = Field(default=None, ge=1)
    """For when a scheduled order was wanted."""
    promise_minutes: int | None = Field(default=None, ge=1)
    """Default: what the kitchen needs, and the ride."""
    payment: str = Field(default="cash", pattern=CARD)
    substitution: Substitution = Substitution.CALL_ME
    """What the customer wants when a dish has run out."""
    run_out: list[GivenMissing] = Field(default_factory=list)
    """Dishes that have run out, of a customer who wants to be asked."""
    delivery: GivenDelivery | None = None
    address: str | None = Field(default=None, pattern=r"^\d+ .+, .+$")
    """"12 Juniper Lane, Old Mill"; default: the owner's first saved address."""

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        delivered = self.delivered_minutes_ago
        if (delivered is not None) != (self.status in AT_THE_DOOR):
            raise ValueError(
                f"delivered_minutes_ago goes with {' or '.join(AT_THE_DOOR)}, and only with those"
            )
        if delivered is not None and delivered > self.minutes_ago:
            raise ValueError("it was delivered before it was placed")
        if (self.status is OrderStatus.SCHEDULED) != (self.wanted_in_minutes is not None):
            raise ValueError("a scheduled order, and no other, has wanted_in_minutes")
        if self.status is OrderStatus.AWAITING_PAYMENT:
            raise ValueError("an order that waits for its payment belongs to the call that began it")
        if self.run_out and (
            self.status not in UNTIL_COOKED or self.substitution is not Substitution.CALL_ME
        ):
            raise ValueError(
                "run_out goes with an order that is not cooked yet, and with substitution call_me"
            )
        if {missing.dish for missing in self.run_out} - {line.dish for line in self.dishes}:
            raise ValueError("run_out names a dish that the order does not have")
        if self.delivery and self.status not in FOR_DRIVERS:
            raise ValueError(f"delivery goes with {', '.join(FOR_DRIVERS)}, and only with those")
        if self.delivery and self.delivery.status == "picked_up" and self.status is not OrderStatus.READY:
            raise ValueError("only an order that is ready can have been picked up")
        return self

    def misfits(self, world: Catalogue, people: set[str]) -> list[str]:
        """What does not fit the invented world."""
        problems = [] if self.of in (CALLER, *people) else [f"of: nobody has {self.of}"]
        drivers = {driver.phone for driver in world.people.drivers}
        if self.delivery and self.delivery.driver not in (CALLER, *drivers):
            problems.append(f"delivery: there is no driver {self.delivery.driver}")
        brand, _, branch = self.restaurant.partition(", ")
        file = next((each for each in world.brands.values() if each.brand == brand), None)
        if file is None or branch not in {each.branch for each in file.branches}:
            return [*problems, f"restaurant: there is no {self.restaurant}"]
        dishes = {dish.name: dish for dish in file.dishes}
        for line in self.dishes:
            if line.dish not in dishes:
                problems.append(f"dishes: {brand} has no {line.dish}")
                continue
            sizes: set[str | None] = {size.name for size in dishes[line.dish].sizes}
            if line.size not in (sizes or {None}):
                problems.append(f"dishes: {line.dish} has no size {line.size}")
        return problems


def way_to(status: OrderStatus) -> list[OrderStatus]:
    """The shortest life that leads from placed (or scheduled) to a status; empty for where it begins."""
    begins = OrderStatus.SCHEDULED if status is OrderStatus.SCHEDULED else OrderStatus.PLACED
    paths: list[list[OrderStatus]] = [[begins]]
    seen = {begins}
    for path in paths:
        if path[-1] is status:
            return path[1:]
        for following in sorted(MOVES[path[-1]] - seen):
            seen.add(following)
            paths.append([*path, following])
    raise ValueError(f"no order comes from {begins} to {status}")
