"""Everything one process shares between calls: opened once at start, closed in reverse at the end."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.people import Desk
from clock import Clock
from compliance.may_text import Outgoing
from db.engine import Sessions
from db.events import EventLog
from db.faq_index import FaqIndex
from db.instances import Instances
from db.live_calls import LiveCalls
from db.menu_index import MenuIndex
from db.rate_limit import RateLimit
from db.scratch import scratch_folder
from db.search import open_index, read_search
from db.seeding.catalogue import read_synonyms
from db.seeding.places import Pipelines, sounds_of
from db.transitions import TransitionStream
from db.types import Keyring
from deadline import deadline
from domain.dialling import DialRules
from domain.hours import Hours
from domain.incentive import Dispatch
from domain.jobs import JobRules
from domain.market import Market
from domain.policy import Policy
from errors import ConfigError, StoreDown
from operations import pieces
from operations.calls import close_abandoned
from operations.dialling import Dialler
from operations.pieces import Check, catalogue, open_pieces, secret
from operations.presence import Load, Presence
from operations.travelling import Travel
from pipelines.call import Lines
from pipelines.config import PipelineConfig, shipped
from pipelines.lag import LoopLag
from pipelines.shared import Shared, Vendors
from settings import Settings
from vendors.maps import Geocoder
from vendors.payments import CardPayments, LinkPayments

log = structlog.get_logger(__name__)

NEEDED = (
    "twilio_auth_token", "deepgram_api_key", "elevenlabs_api_key", "anthropic_api_key", "openai_api_key",
    "google_maps_api_key",
)  # fmt: skip
"""Without these no call can be held, in any environment."""
PREPARE_AGAIN_SECONDS = 60.0
NOT_TAKEN = timedelta(seconds=60)
"""A call waits for its audio for so long, and then some process holds it."""
GOODBYE = Lines().shutdown


class LiveCall(Protocol):
    """A running call, as the house may use it."""

    async def farewell(self, text: str, reason: str) -> None:
        """Say a last sentence and hang up once it was heard."""
        ...

    async def cancel(self, reason: str) -> None:
        """Stop at once: the other side has gone."""
        ...

    async def lost(self) -> None:
        """Its audio is over, though its socket may not know: let go of the caller, who may still be there."""
        ...


@dataclass
class Runtime:
    """What the doors, the bot and the console are given."""

    settings: Settings
    clock: Clock
    keyring: Keyring
    engine: AsyncEngine
    sessions: Sessions
    redis: Redis
    live_calls: LiveCalls
    transitions: TransitionStream
    limiter: RateLimit
    menu: MenuIndex
    faqs: FaqIndex
    events: EventLog
    maps: Geocoder
    travel: Travel
    """How long ways take by road; it always answers."""
    cards: CardPayments | None
    """Who charges saved cards; None without a Stripe key."""
    links: LinkPayments | None
    """Who makes payment links; None without a Razorpay key."""
    markets: dict[str, Market]
    outgoing: Outgoing | None
    """Whom we may text and ring; None without a Twilio account."""
    staffed: Mapping[str, Hours]
    """When somebody of ours is at a telephone, by the line that was called."""
    policies: Mapping[str, Policy]
    """What complaints and refunds are worth, by market."""
    dispatch: Mapping[str, Dispatch]
    """What deliveries pay and whom they are offered to, by market."""
    jobs: JobRules
    """How long a job is held, and how often it is tried."""
    dialling: DialRules
    """How hard we try to reach somebody, by what it is about."""
    pipelines: dict[str, PipelineConfig]
    sounds: dict[str, Pipelines]
    """How each of our numbers sounds, by E.164."""
    shared: Shared
    started_at: datetime
    dev_key: str | None = None
    """The API key `dev` made for itself, all scopes; None when API_KEYS names some."""
    live: dict[UUID, LiveCall] = field(default_factory=dict)
    """Calls that can be spoken to, put here and taken away by whoever runs them."""
    lag: LoopLag = field(default_factory=LoopLag)
    capacity: int = 20
    """Calls this process holds at once; further ones go to another, or wait."""
    draining: bool = False
    prepared: asyncio.Event = field(default_factory=asyncio.Event)
    """Fixed phrases have been asked for; without them the first words of a call wait for a vendor."""
    counts: Counter[str] = field(default_factory=Counter)
    """What happened at the doors since the start: refusals by reason."""
    _held: dict[UUID, asyncio.Event] = field(default_factory=dict)
    """Set when the call is let go of."""
    _empty: asyncio.Event = field(default_factory=asyncio.Event)
    presence: Presence = field(init=False)
    """This process among all that take calls."""

    def __post_init__(self) -> None:
        self.presence = Presence(Instances(self.redis), self.settings.media, self._load)

    def _load(self) -> Load:
        return Load(self.busy, self.capacity, self.draining)

    @property
    def full(self) -> bool:
        """Whether this process takes no further call."""
        return self.draining or len(self._held) >= self.capacity

    @property
    def busy(self) -> int:
        """Calls held right now."""
        return len(self._held)

    @contextmanager
    def hold(self, call_id: UUID) -> Iterator[bool]:
        """Count a call while it lasts; False when this process holds that call already."""
        if call_id in self._held:
            yield False
            return
        over = self._held[call_id] = asyncio.Event()
        self._empty.clear()
        self.presence.changed()
        try:
            yield True
        finally:
            del self._held[call_id]
            over.set()
            self.presence.changed()
            if not self._held:
                self._empty.set()

    async def let_go(self, call_id: UUID, patience: float) -> None:
        """Wait, at most `patience` seconds, until this process holds that call no more."""
        if (over := self._held.get(call_id)) is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), patience)

    async def drain(self, patience: float, farewell: float) -> None:
        """Take no new calls, give the running ones `patience` seconds, then end them politely in `farewell`."""
        self.draining = True
        self.presence.changed()
        log.info("runtime.draining", calls=self.busy)
        if await self._emptied(patience):
            return
        log.warning("runtime.ending_calls", calls=self.busy)
        for call in list(self.live.values()):
            await call.farewell(GOODBYE, "shutdown")
        if not await self._emptied(farewell):
            for call in list(self.live.values()):
                await call.cancel("shutdown")
            await self._emptied(farewell)

    def pipeline(self, line: str, channel: str, caller: str = "customer") -> PipelineConfig:
        """How a call to one of our numbers sounds to a customer, restaurant or driver."""
        return self.pipelines[self.sounds.get(line, Pipelines()).of(channel, caller)]

    def desk(self, line: str) -> Desk | None:
        """Our people behind a line; None where nobody is."""
        hours = self.staffed.get(line)
        return Desk(self.outgoing, hours, self.settings.public) if self.outgoing and hours else None

    @property
    def dialler(self) -> Dialler | None:
        """Who places calls that we begin; None without a Twilio account."""
        if self.outgoing is None:
            return None
        return Dialler(self.sessions, self.outgoing, self.clock, self.dialling, self.settings.public)

    async def prepare(self, texts: Iterable[str]) -> None:
        """Have fixed phrases rendered in every voice we answer with; what a vendor refuses is tried again later."""
        wanted = list(texts)
        while missing := await self.prepare_once(wanted):
            log.warning("runtime.phrases_missing", count=missing)
            await asyncio.sleep(PREPARE_AGAIN_SECONDS)

    async def prepare_once(self, texts: Iterable[str]) -> int:
        """Have fixed phrases rendered; how many could not be."""
        wanted = [*Lines().all, *texts]  # the apologies first
        names = {name for sound in self.sounds.values() for name in sound.names}
        stores = [self.shared.phrases(self.pipelines[name]) for name in sorted(names)]
        missing = sum([len(await store.prepare(wanted)) for store in stores])
        self.prepared.set()
        return missing

    async def close_abandoned(self) -> None:
        """Close calls that a process before this one left open when it died; before the first new one.

        In a Redis of this process's own nobody else holds a call. In a shared one a call that has only begun may
        belong to a process that has not taken it yet: `close_abandoned_later` looks at the newest.
        """
        await self._close_abandoned(self.started_at - NOT_TAKEN if self.settings.redis_url else None)

    async def close_abandoned_later(self) -> None:
        """Look again at the calls that had only begun, or were held by a process that had just died."""
        if self.settings.redis_url:
            await asyncio.sleep(NOT_TAKEN.total_seconds())
            await self._close_abandoned(self.started_at)

    async def _close_abandoned(self, before: datetime | None) -> None:
        try:
            async with self.sessions() as session, session.begin():
                closed = await close_abandoned(session, self.live_calls, before=before)
        except (StoreDown, SQLAlchemyError, OSError) as error:
            log.warning("runtime.abandoned_calls_stay", error=type(error).__name__)
        else:
            log.info("runtime.abandoned_calls_closed", count=closed)

    async def _emptied(self, seconds: float) -> bool:
        if not self._held:
            return True
        try:
            async with deadline(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True


def problems_of(settings: Settings) -> list[str]:
    """All that keeps a runtime from being opened with these settings and the YAML that came along. Blocks."""
    own: tuple[Check, ...] = (
        lambda _: read_synonyms(),
        lambda _: read_search(),
        lambda _: _sounds(),
    )
    return pieces.problems_of(settings, ("database_url", *NEEDED), (*pieces.CHECKS, *own))


@asynccontextmanager
async def open_runtime(settings: Settings, scratch: Path | None = None) -> AsyncIterator[Runtime]:
    """Open every store, build what calls share, and close it all in reverse.

    `dev` brings the schema to its newest version and seeds it, one process at a time; `prod` refuses another
    schema than its own. `scratch` is a folder for waiting events and rendered phrases (default: `scratch_folder`).

    Raises:
        ConfigError: settings or YAML that cannot be used, or a schema that needs the migration job.
        StoreDown: a store cannot be reached.
    """
    if (problems := await asyncio.to_thread(problems_of, settings)) or settings.database_url is None:
        raise ConfigError(problems)
    url = settings.database_url.get_secret_value()
    folder = await asyncio.to_thread(scratch_folder, url) if scratch is None else scratch
    pipelines = await asyncio.to_thread(shipped)
    async with AsyncExitStack() as stack:
        common = await stack.enter_async_context(open_pieces(settings))
        sessions, redis, clock = common.sessions, common.redis, common.clock
        events = await stack.enter_async_context(EventLog(sessions, clock, folder / "spool"))
        shared = await Shared.open(_vendors(settings), folder / "phrases")
        stack.push_async_callback(shared.close)
        search = partial(open_index, settings.qdrant_url, sessions, shared.openai, prod=settings.prod)
        menu = await search(MenuIndex)
        stack.push_async_callback(menu.close)
        faqs = await search(FaqIndex)
        stack.push_async_callback(faqs.close)
        yield Runtime(
            settings=settings,
            clock=clock,
            keyring=common.keyring,
            engine=common.engine,
            sessions=sessions,
            redis=redis,
            live_calls=LiveCalls(redis),
            transitions=TransitionStream(redis),
            limiter=RateLimit(redis),
            menu=menu,
            faqs=faqs,
            events=events,
            maps=common.maps,
            travel=common.travel,
            cards=common.cards,
            links=common.links,
            markets=dict(common.markets),
            outgoing=common.outgoing,
            staffed=common.staffed,
            policies=common.policies,
            dispatch=common.dispatch,
            jobs=common.jobs,
            dialling=common.dialling,
            pipelines=pipelines,
            sounds=await asyncio.to_thread(_sounds),
            shared=shared,
            started_at=clock.now(),
            dev_key=_dev_key(settings),
            capacity=settings.capacity,
        )


def _sounds() -> dict[str, Pipelines]:
    return sounds_of(catalogue().numbers.numbers, shipped())


def _vendors(settings: Settings) -> Vendors:
    """Keys and addresses of speech and models."""
    names = ("deepgram", "elevenlabs", "anthropic", "openai")
    keys = {f"{name}_key": secret(getattr(settings, f"{name}_api_key")) for name in names}
    urls = {f"{name}_url": url for name in names if (url := getattr(settings, f"{name}_base_url"))}
    return Vendors(**keys, **urls)


def _dev_key(settings: Settings) -> str | None:
    if settings.prod or settings.api_keys.get_secret_value():
        return None
    key = f"tiffin_dev_{secrets.token_urlsafe(24)}"
    log.info(
        "runtime.dev_key", hint="use it as Authorization: Bearer, it is gone at the next start", dev_key=key
    )
    return key
