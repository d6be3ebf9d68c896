"""What a tool knows of the phone call it serves: its first argument, hidden from the model."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from clock import Clock
from compliance.may_text import Outgoing
from db.engine import transaction
from db.faq_index import FaqIndex
from db.menu_index import MenuIndex
from domain.call_state import CallState
from domain.hours import Hours
from domain.incentive import Dispatch
from domain.learning import facts_of, kept, unpriced
from domain.market import Market
from domain.policy import Policy
from tools.result import Result
from vendors.maps import Geocoder
from vendors.payments import CardPayments, LinkPayments

CONTACT_MARK = "contact"


class Line(Protocol):
    """The open phone line, as far as a tool may use it."""

    async def say(self, text: str, *, mark: str | None = None) -> None:
        """Speak a sentence after whatever is being spoken; `mark` is reported once it was heard."""
        ...

    async def owe(self, text: str) -> None:
        """Speak a sentence that the caller has to hear: what they speak into is said again after their turn."""
        ...

    async def hang_up_after(self, text: str, *, final: bool = False) -> None:
        """Speak a last sentence and end the call when it has been played out; `final`: whatever is said meanwhile."""
        ...

    async def instruct(self, prompt: str) -> None:
        """Give every model of the line another system prompt, ahead of whatever it is asked next. Never waits."""
        ...


class People(Protocol):
    """Those of our own people who can take a call over, as far as a tool may use them."""

    async def put_through(self, reason: str) -> int | None:
        """Have the caller wait for a person; their place in the queue, from 1. None when nobody is there now.

        Asked again, the same place. Raises StoreDown.
        """
        ...

    def leave(self) -> bool:
        """The caller does not want to wait any more; whether they were waiting."""
        ...


@dataclass
class Call:
    """One live call: its state, the stores and vendors it may ask, and the way to speak."""

    state: CallState
    sessions: async_sessionmaker[AsyncSession]
    menu: MenuIndex
    maps: Geocoder
    cards: CardPayments | None
    market: Market
    clock: Clock
    record: Callable[..., None]
    """`record(type, **data)`: appends an event of this call; never blocks."""
    changed: Callable[[CallState], None]
    """Called after every change of the state; saves a snapshot in the background."""
    later: Callable[[Coroutine[Any, Any, None]], None]
    """Runs something in the background of this call; its failure is logged and recorded, never spoken."""
    line: Line | None = None
    phone: str | None = None
    """The caller's number, E.164; None when withheld."""
    faqs: FaqIndex | None = None
    """What everybody asks, searchable; None where it was not opened."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """Refunds and complaints by market; without one a person decides."""
    dispatch: Mapping[str, Dispatch] = field(default_factory=dict)
    """What deliveries pay and whom they are offered to, by market."""
    outgoing: Outgoing | None = None
    """Whom we may text or ring, and how; None where there is no telephone company."""
    public_url: str = ""
    """Our own address, for links in texts; empty where there is none."""
    people: People | None = None
    """Our own people, who can take this call over; None where a line has none."""
    staff: Hours | None = None
    """When our own people call back; None where nobody does, and a wish for a person is only passed on."""
    when_heard: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What comes of a mark once it was heard, and of nothing else; forgotten when it is cut. Must not wait."""
    keyed: str = ""
    """Digits of a code that have been keyed in so far."""
    links: LinkPayments | None = None
    """Who makes payment links; None where nobody pays by one."""
    degraded: Callable[[], bool] = lambda: False
    """True while a model in reserve answers, because the first one failed: confirm more."""
    effects: dict[str, "asyncio.Task[Result]"] = field(default_factory=dict)
    """Side effects in progress or done, by exactly-once key."""

    def __post_init__(self) -> None:
        """A call that goes on where it broke off has its order as it was, and the facts about it."""
        self._priced = self.state.cart.version

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One database transaction. Raises StoreDown, see `db.engine.transaction`."""
        return transaction(self.sessions)

    def save(self) -> None:
        """The state changed: raise its version and have it saved."""
        self._forget_total()
        self.state.version += 1
        self.changed(self.state)

    def heard(self, mark: str) -> None:
        """The caller has heard everything before this mark."""
        read_back = self.state.read_back
        if read_back and read_back.mark == mark and not read_back.heard:
            read_back.heard = True
            self.record("readback.heard", cart_version=read_back.cart_version)
            self.save()
        offer = self.state.offers.get(mark)
        if offer and not offer.heard:
            offer.heard = True
            self.record("change.heard", change=mark)
            self.save()
        if mark == CONTACT_MARK:
            self.state.open_question = "contact"
        if act := self.when_heard.pop(mark, None):
            act()

    def cut(self, mark: str) -> None:
        """The caller has not heard what stands before this mark; a question about consent counts as not asked."""
        self.when_heard.pop(mark, None)
        if mark == CONTACT_MARK:
            self.state.contact_asked = False
        if mark in self.state.offers and self.state.open_question == "change":
            self.state.open_question = None

    def facts(self, *facts: Any) -> None:
        """Remember what may be repeated to the caller as true; the newest stands last, and once."""
        self._forget_total()
        new = list(dict.fromkeys(str(fact) for fact in facts))
        self.state.facts = kept([*(fact for fact in self.state.facts if fact not in new), *new])

    def learn(self, result: Mapping[str, Any], arguments: Mapping[str, Any] | None = None) -> None:
        """Remember every amount, time, code and outcome of a tool's result, but nothing the model wrote itself."""
        self.facts(*facts_of(result, arguments, self._notes()))

    def _notes(self) -> list[str | None]:
        """What the model has written down in this call, and a read-back says again."""
        state = self.state
        doors = [(at.flat, at.landmark, at.note, at.recipient) for at in state.places.values()]
        offered = [offer.arguments.get("note") for offer in state.offers.values()]
        return [state.order_note, *(line.note for line in state.cart.lines), *offered, *chain(*doors)]

    def _forget_total(self) -> None:
        """An order that has changed has another total."""
        if self.state.cart.version != self._priced:
            self._priced = self.state.cart.version
            self.state.facts = unpriced(self.state.facts)
