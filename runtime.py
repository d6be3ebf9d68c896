"""Everything one process shares between calls: opened once at start, closed in reverse at the end."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from clock import Clock, make_clock
from db.encoders import OpenAIEncoder
from db.engine import Sessions, open_engine, open_sessions
from db.events import EventLog
from db.keyring import read_keyring
from db.live_calls import LiveCalls
from db.menu_index import MenuIndex
from db.migrate import head_matches, upgrade
from db.rate_limit import RateLimit
from db.redis import open_redis
from db.scratch import scratch_folder
from db.seeding.catalogue import read_catalogue, read_synonyms
from db.seeding.checks import Catalogue
from db.seeding.seed import seed
from db.transitions import TransitionStream
from db.types import Keyring
from domain.market import Market
from errors import ConfigError, StoreDown, VendorError
from operations.calls import close_abandoned
from pipelines.call import Lines
from pipelines.config import PipelineConfig, shipped
from pipelines.lag import LoopLag
from pipelines.shared import Shared, Vendors
from settings import Settings
from vendors.maps import Geocoder, GoogleMaps
from vendors.payments import CardPayments
from vendors.stripe import Stripe

log = structlog.get_logger(__name__)

CAPACITY = 20
"""Calls one process holds at once; the next caller hears that the lines are busy."""


NEEDED = (
    "twilio_auth_token", "deepgram_api_key", "elevenlabs_api_key", "anthropic_api_key", "openai_api_key",
    "google_maps_api_key",
)  # fmt: skip
"""Without these no call can be held, in any environment."""
PREPARE_AGAIN_SECONDS = 60.0
NOT_TAKEN = timedelta(seconds=60)
"""A call waits for its audio for so long, and then some process holds it."""
GOODBYE = "I'm sorry, I have to hang up now. Your order is kept. Please call again in a minute. Goodbye."


class LiveCall(Protocol):
    """A running call, as the house may use it."""

    async def farewell(self, text: str, reason: str) -> None:
        """Say a last sentence and hang up once it was heard."""
        ...

    async def cancel(self, reason: str) -> None:
        """Stop at once: the other side has gone."""
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
    events: EventLog
    maps: Geocoder
    cards: CardPayments | None
    """Who charges saved cards; None without a Stripe key."""
    markets: dict[str, Market]
    pipelines: dict[str, PipelineConfig]
    shared: Shared
    started_at: datetime
    dev_key: str | None = None
    """The API key `dev` made for itself, all scopes; None when API_KEYS names some."""
    live: dict[UUID, LiveCall] = field(default_factory=dict)
    """Calls that can be spoken to, put here and taken away by whoever runs them."""
    lag: LoopLag = field(default_factory=LoopLag)
    capacity: int = CAPACITY
    draining: bool = False
    prepared: asyncio.Event = field(default_factory=asyncio.Event)
    """Fixed phrases have been asked for; without them the first words of a call wait for a vendor."""
    counts: Counter[str] = field(default_factory=Counter)
    """What happened at the doors since the start: refusals by reason."""
    _held: set[UUID] = field(default_factory=set)
    _empty: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def full(self) -> bool:
        """Whether the next call has to be turned away."""
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
        self._held.add(call_id)
        self._empty.clear()
        try:
            yield True
        finally:
            self._held.discard(call_id)
            if not self._held:
                self._empty.set()

    async def drain(self, patience: float, farewell: float) -> None:
        """Take no new calls, give the running ones `patience` seconds, then end them politely in `farewell`."""
        self.draining = True
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

    async def prepare(self, texts: Iterable[str], pipelines: Iterable[str]) -> None:
        """Have fixed phrases rendered in the voices of these pipelines; what a vendor refuses is tried again later."""
        wanted, names = list(texts), sorted(set(pipelines))
        while missing := await self.prepare_once(wanted, names):
            log.warning("runtime.phrases_missing", count=missing)
            await asyncio.sleep(PREPARE_AGAIN_SECONDS)

    async def prepare_once(self, texts: Iterable[str], pipelines: Iterable[str]) -> int:
        """Have fixed phrases rendered; how many could not be."""
        wanted = [*texts, *Lines().all]
        stores = [self.shared.phrases(self.pipelines[name]) for name in pipelines]
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
        except (StoreDown, DBAPIError, OSError) as error:
            log.warning("runtime.abandoned_calls_stay", error=type(error).__name__)
        else:
            log.info("runtime.abandoned_calls_closed", count=closed)

    async def _emptied(self, seconds: float) -> bool:
        if not self._held:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True


def problems_of(settings: Settings) -> list[str]:
    """All that keeps a runtime from being opened with these settings and the YAML that came along. Blocks."""
    hint = "" if settings.prod else " (`make run` brings its own)"
    missing = [name.upper() for name in ("database_url", *NEEDED) if getattr(settings, name) is None]
    found = [f"{name} is missing{hint}" for name in missing]
    checks: tuple[Callable[[], object], ...] = (
        lambda: read_keyring(settings),
        _catalogue,
        read_synonyms,
        shipped,
    )
    for check in checks:
        try:
            check()
        except ConfigError as error:
            found += error.problems
    return found


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
    keyring = read_keyring(settings)
    url = settings.database_url.get_secret_value()
    clock = make_clock(settings.clock_start, settings.clock_speed)
    folder = await asyncio.to_thread(scratch_folder, url) if scratch is None else scratch
    markets = dict((await asyncio.to_thread(_catalogue)).markets)
    pipelines = await asyncio.to_thread(shipped)
    async with AsyncExitStack() as stack:
        engine = open_engine(url, keyring)
        stack.push_async_callback(engine.dispose)
        sessions = open_sessions(engine)
        await _prepare_database(settings, url, engine, sessions, clock)
        redis = await open_redis(settings.redis_url.get_secret_value() if settings.redis_url else None)
        stack.push_async_callback(redis.aclose)
        events = await stack.enter_async_context(EventLog(sessions, clock, folder / "spool"))
        shared = await Shared.open(_vendors(settings), folder / "phrases")
        stack.push_async_callback(shared.close)
        menu = await _menu(settings, sessions, shared)
        stack.push_async_callback(menu.close)
        cards = await asyncio.to_thread(_cards, settings)
        if cards is not None:
            stack.push_async_callback(cards.close)
        yield Runtime(
            settings=settings,
            clock=clock,
            keyring=keyring,
            engine=engine,
            sessions=sessions,
            redis=redis,
            live_calls=LiveCalls(redis),
            transitions=TransitionStream(redis),
            limiter=RateLimit(redis),
            menu=menu,
            events=events,
            maps=await asyncio.to_thread(_maps, settings),
            cards=cards,
            markets=markets,
            pipelines=pipelines,
            shared=shared,
            started_at=clock.now(),
            dev_key=_dev_key(settings),
        )


async def _prepare_database(
    settings: Settings, url: str, engine: AsyncEngine, sessions: Sessions, clock: Clock
) -> None:
    try:
        if not settings.prod:
            await upgrade(url)
            await seed(sessions, clock.now(), await asyncio.to_thread(_catalogue))
        elif not await head_matches(engine):
            raise ConfigError(["the database is not at this release's schema; run the migration job first"])
    except (DBAPIError, OSError) as error:
        where = engine.url.render_as_string(hide_password=True).rpartition("@")[2]
        raise StoreDown(f"PostgreSQL at {where} cannot be used ({type(error).__name__})") from error


@cache
def _catalogue() -> Catalogue:
    """What `data/` says: half a second to read and check, and the same all day."""
    return read_catalogue()


def _vendors(settings: Settings) -> Vendors:
    """Keys and addresses of speech and models."""
    names = ("deepgram", "elevenlabs", "anthropic", "openai")
    keys = {f"{name}_key": _secret(getattr(settings, f"{name}_api_key")) for name in names}
    urls = {f"{name}_url": url for name in names if (url := getattr(settings, f"{name}_base_url"))}
    return Vendors(**keys, **urls)


async def _menu(settings: Settings, sessions: Sessions, shared: Shared) -> MenuIndex:
    """The menu index by meaning with OpenAI's embeddings, by spelling and sound without them."""
    if "openai" not in settings.simulated:
        try:
            return await MenuIndex.open(settings.qdrant_url, sessions, OpenAIEncoder(shared.openai))
        except VendorError as error:
            log.warning("runtime.no_embeddings", error=error.message)
    return await MenuIndex.open(settings.qdrant_url, sessions)


def _maps(settings: Settings) -> Geocoder:
    return GoogleMaps(_secret(settings.google_maps_api_key), settings.google_maps_base_url)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _cards(settings: Settings) -> Stripe | None:
    key = settings.stripe_api_key
    return Stripe(key.get_secret_value(), settings.stripe_base_url) if key else None


def _dev_key(settings: Settings) -> str | None:
    if settings.prod or settings.api_keys.get_secret_value():
        return None
    key = f"tiffin_dev_{secrets.token_urlsafe(24)}"
    log.info(
        "runtime.dev_key", hint="use it as Authorization: Bearer, it is gone at the next start", dev_key=key
    )
    return key
