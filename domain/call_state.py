"""What one phone call knows: a versioned value, owned by the process that runs the call."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.address import Place, Point
from domain.cart import Cart
from domain.menu import Dish
from domain.order import Substitution


class Level(StrEnum):
    """How sure we are who is speaking."""

    NOBODY = "nobody"
    NUMBER = "number"
    """The caller's number is known."""
    CODE = "code"
    """A code was read back."""


class Purpose(StrEnum):
    """What somebody proves who they are for."""

    ADDRESS = "address"
    REFUND = "refund"
    ORDER = "order"


class Part(BaseModel):
    """A piece of call state; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")


class ReadBack(Part):
    """A read-back of one cart version, and whether it reached the caller."""

    cart_version: int
    terms: str
    """Hash of what was read: lines, address, total, payment. A different total is a different read-back."""
    payment: str
    mark: str
    heard: bool = False
    answered: bool = False
    agreed: bool = False


class SavedCard(Part):
    """A card on file, as the model may see it."""

    id: UUID
    spoken: str


class PlacedOrder(Part):
    """An order this call placed or asked about."""

    id: UUID
    code: str
    cart_version: int


class Offer(Part):
    """A change to a placed order, put to the caller by the system; it acts only after a yes to what was heard."""

    order_id: UUID
    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    terms: str
    """Hash of everything it does and costs; when that has changed meanwhile, the yes is worth nothing."""
    mark: str
    heard: bool = False
    answered: bool = False
    agreed: bool = False
    withdrawn: bool = False
    """The caller said no to it, or something else was proposed since: no later yes is for it."""
    done: bool = False
    """It has been carried out; whoever asks again gets the same outcome."""


class Handover(Part):
    """One agent gave the caller to another."""

    source: str
    target: str
    reason: str
    turn: int
    """The caller's turn it happened in, counted as `CallState.turns`."""
    at: datetime


class CallState(Part):
    """The whole of it. `version` rises with every saved change."""

    call_id: UUID
    version: int = 0
    channel: str
    line: str
    market: str
    city: str
    language: str = "en"
    agent: str = "customer_order"
    handovers: list[Handover] = Field(default_factory=list)
    """Every handoff of the conversation, oldest first."""
    intent: str | None = None
    """What the classifier beside the conversation last took the caller to want: an agent's name."""
    started_at: datetime
    caller: Literal["customer", "restaurant", "driver"] = "customer"
    """Who is on the line, by their number."""
    topic: str | None = None
    """What we called them about, a `domain.dialling.Topic`; None when they called us."""
    purpose: str = "inbound"
    """inbound, or the purpose the gate allowed this call for: what may be offered in it depends on it."""
    dial_id: UUID | None = None
    """The try this call is, when we began it."""
    about_order: UUID | None = None
    """The order we called about."""
    kitchen_id: UUID | None = None
    """The kitchen that calls; `restaurant_id` is the one a customer orders from."""
    driver_id: UUID | None = None
    phone_hash: str | None = None
    customer_id: UUID | None = None
    level: Level = Level.NOBODY
    first_name: str | None = None
    proved: list[Purpose] = Field(default_factory=list)
    """What a code was read back for in this call; counts only while `level` is CODE."""
    denied: bool = False
    """The caller said they are not the person the number belongs to."""

    cart_call_id: UUID
    """The call this cart was begun in; with the cart's version it names an order, also after a resumed call."""
    cart: Cart = Field(default_factory=Cart)
    restaurant_id: UUID | None = None
    restaurant_name: str | None = None
    place: Place | None = None
    saved_address_id: UUID | None = None
    km: float | None = None
    likely_point: Point | None = None
    """Where this caller had food brought last: which branch of a brand to look at before the address is known."""
    wanted_at: datetime | None = None
    allergies: list[str] = Field(default_factory=list)
    said_allergies: list[str] = Field(default_factory=list)
    """Those named in this call; the others came from the file of the number's owner."""
    substitution: Substitution = Substitution.CALL_ME
    order_note: str | None = None
    """A wish for the whole order, for kitchen and rider."""
    tip: int = 0
    """What the caller adds to the bill, minor units."""
    promotion: str | None = None
    suggested: bool = False
    read_back: ReadBack | None = None
    placed: list[PlacedOrder] = Field(default_factory=list)
    declined: list[str] = Field(default_factory=list)
    """Handles of cards that were refused in this call."""

    recording_consent: bool | None = None
    recording_asked: bool = False
    asked_in: str = "en"
    """The language of the newest question about consent: what its answer is worth is kept with its words."""
    contact_consent: bool | None = None
    contact_asked: bool = False
    open_question: str | None = None
    """contact, read_back, change, offer (of a delivery), address, or the size or choice asked for: what a bare yes,
    no or digit answers."""
    open_options: list[str] = Field(default_factory=list)
    """The answers offered with the open question, in the order they were said."""
    typed: str = ""
    """Digits pressed so far of a number that the open question asks for."""
    turns: int = 0
    """Caller turns with words so far."""
    turns_before: int = 0
    """How many of them were before the line was lost: what is numbered by turns goes on, the greeting is new."""

    dishes: dict[str, Dish] = Field(default_factory=dict)
    places: dict[str, Place] = Field(default_factory=dict)
    saved_places: dict[str, UUID] = Field(default_factory=dict)
    cards: dict[str, SavedCard] = Field(default_factory=dict)
    orders: dict[str, UUID] = Field(default_factory=dict)
    offered: dict[str, bool] = Field(default_factory=dict)
    """Deliveries the driver on the line has heard to their end, by handle, the newest last, and whether they said yes
    since; a no takes one out."""
    assignments: dict[str, UUID] = Field(default_factory=dict)
    """What the driver on the line has to do with those orders: the newest assignment this call told of, by handle."""
    told: dict[str, int] = Field(default_factory=dict)
    """Orders the kitchen on the line has heard to their end, by handle, and the number of the last event in what it
    heard."""
    complaints: dict[str, UUID] = Field(default_factory=dict)
    offers: dict[str, Offer] = Field(default_factory=dict)
    """Changes to placed orders that were put to the caller: change-1, change-2, ..."""
    handles: int = 0
    facts: list[str] = Field(default_factory=list)
    """What tools have said that may be repeated: amounts, times, codes."""
    history: list[dict[str, Any]] = Field(default_factory=list)
    """The conversation so far, in the model's message shape, for a call that resumes."""

    def handle(self, kind: str) -> str:
        """A new handle of this call: dish-1, address-2, ..."""
        self.handles += 1
        return f"{kind}-{self.handles}"

    @property
    def greeted(self) -> bool:
        """Whether only the greeting has been said on this line: the next turn answers it."""
        return self.turns == self.turns_before

    def changed_terms(self) -> None:
        """Address, time, promotion or allergies changed: a new cart version, and no read-back counts for it."""
        self.cart.version += 1
        self.read_back = None

    def has_proved(self, purpose: Purpose) -> bool:
        """Whether a code has shown, in this call, that the caller is who their number says."""
        return self.level is Level.CODE and not self.denied and purpose in self.proved

    def placed_version(self, cart_version: int) -> PlacedOrder | None:
        """The order this call placed for a cart version."""
        return next((order for order in self.placed if order.cart_version == cart_version), None)
