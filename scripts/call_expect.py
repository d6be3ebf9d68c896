"""The `expect` part of a scenario: what is broken first, who calls next, and what the database holds afterwards."""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from errors import ConfigError
from scripts.care import NEW, Crossing, WantedComplaint, WantedRefund
from scripts.given import CALLER, GivenOrder

SCENARIOS = Path(__file__).resolve().parent.parent / "data" / "scenarios"


class Part(BaseModel):
    """A part of an expectation; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class WantedLine(Part):
    """One dish of the order."""

    name: str
    quantity: int = 1
    size: str | None = None
    choices: list[str] = []
    note: str | None = None


class Expect(Part):
    """What one run of a scenario does besides talking, and everything that must be true afterwards.

    What is None is not looked at; the arithmetic of an order and its likeness in the API always are.
    """

    faults: list[dict[str, Any]] = []
    """Armed in the sandbox before the call (`sandbox/faults.py`), cleared after it."""
    given: dict[str, GivenOrder] = {}
    """Orders of the caller's past, by names for `refunds` and the rest. Who has any calls as a copy of the person, from
    a number of their own: what is done about these orders in one run is not there in the next."""
    then: str | None = None
    """The scenario whose caller phones right after this one has ended."""

    lines: list[WantedLine] = []
    """The one order of the call. Empty: there must be no order at all."""
    restaurant: str | None = None
    """How its name begins: a brand, or a brand and its branch."""
    status: str = "placed"
    payment: Literal["cash", "card"] = "cash"
    ledger: list[str] | None = None
    """Kinds of the payment rows, oldest first. Default: one attempt that went well."""
    total: int | None = None
    """Minor units, worked out by hand from the menu and `data/markets.yaml`. Must be there when `lines` are."""
    address: str | None = None
    """Words of the address, in their order."""
    place: dict[str, str | None] = {}
    """Fields of `domain.address.Place`, exactly: flat, landmark, note, recipient, ..."""
    allergies: list[str] = []
    substitution: str = "call_me"
    note: str | None = None

    complaints: list[WantedComplaint] = []
    refunds: list[WantedRefund] = []
    """What went back to a card must stand in the payment ledger of its order, too."""
    stars: dict[str, int] = {}
    """What the caller thought of given orders; of the others nothing."""
    handoffs: list[Crossing] | None = None
    """Who gave the caller to whom, in this order; each with its reason and its latency."""

    consents: dict[str, bool] | None = None
    """What holds for the number now: purpose to answer, `recording` and `order_service` among them."""
    outcome: str | None = None
    """The last call's outcome."""
    events: list[str] = []
    """Types of events that must occur, in this order, others between them."""
    never: list[str] = []
    """Types of events that must not occur."""
    agent_says: list[str] = []
    """Words the agent must have said, in this order; case does not matter."""
    agent_never_says: list[str] = []

    @model_validator(mode="after")
    def _worked_out(self) -> Self:
        if self.lines and self.total is None:
            raise ValueError("an order needs its total, worked out by hand")
        about = {complaint.order or NEW for complaint in self.complaints}
        about |= {refund.order for refund in self.refunds} | set(self.stars)
        if unknown := about - {*self.given, NEW}:
            raise ValueError(f"there is no given order {', '.join(sorted(unknown))}")
        if any(order.of != CALLER or order.delivery for order in self.given.values()):
            raise ValueError("a given order is the caller's own, and no driver's")
        return self

    @property
    def payment_status(self) -> str:
        """Where the money is when the call is over."""
        return "cash_due" if self.payment == "cash" else "authorised"

    @property
    def payments(self) -> list[str]:
        """Kinds of the payment rows, oldest first."""
        if self.ledger is not None:
            return self.ledger
        return ["attempted", self.payment_status] if self.lines else []


class Plan(Part):
    """A scenario as the launcher needs it; what its caller says is the sandbox's business."""

    model_config = ConfigDict(extra="ignore")

    name: str
    title: str
    content: dict[str, Any]
    """The whole file, as the sandbox takes it."""
    phone: str
    """The caller's number, E.164."""
    line: str | None = None
    """Whom they call."""
    expect: Expect = Expect()

    @property
    def calls(self) -> bool:
        """False for people who only pick up."""
        return self.line is not None


def load_plans(folder: Path = SCENARIOS) -> dict[str, Plan]:
    """Every scenario of the folder, by name.

    Raises:
        ConfigError: every file that cannot be used, with what is wrong in it.
    """
    plans, problems = {}, []
    for file in sorted(folder.glob("*.yaml")):
        try:
            read = yaml.safe_load(file.read_text())
            ours = {"name": file.stem, "phone": read.get("from"), "line": read.get("to"), "content": read}
            plans[file.stem] = Plan(**{**read, **ours})
        except ValidationError as error:
            problems += [f"{file.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    problems += [
        f"{plan.name}.yaml: expect.then: there is no scenario {plan.expect.then}"
        for plan in plans.values()
        if plan.expect.then and plan.expect.then not in plans
    ]
    if problems:
        raise ConfigError(problems)
    return plans


def runnable(plans: dict[str, Plan]) -> list[str]:
    """The scenarios that `all` means: those whose person calls, and is not the second caller of another."""
    followers = {plan.expect.then for plan in plans.values()}
    return [name for name, plan in plans.items() if plan.calls and name not in followers]
