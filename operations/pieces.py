"""What every process is made of, whether it holds calls or carries out jobs: stores, rules, and vendors code asks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache

from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from clock import Clock, make_clock
from compliance.may_text import Outgoing
from db.engine import Sessions, open_engine, open_sessions
from db.keyring import read_keyring
from db.migrate import head_matches, upgrade
from db.redis import open_redis
from db.seeding.calling import localities, read_calling
from db.seeding.catalogue import read_catalogue
from db.seeding.checks import Catalogue
from db.seeding.dialling import read_dialling
from db.seeding.dispatch import read_dispatch
from db.seeding.jobs import read_jobs
from db.seeding.places import staffed_of
from db.seeding.policies import read_policies
from db.seeding.seed import seed
from db.seeding.tracking import read_tracking
from db.stale import keeping
from db.types import Keyring
from domain.dialling import DialRules
from domain.hours import Hours
from domain.incentive import Dispatch
from domain.jobs import JobRules
from domain.market import Market
from domain.policy import Policy
from errors import ConfigError, StoreDown
from operations.travelling import SteadyTravel, Travel
from settings import Settings
from vendors.maps import Geocoder, GoogleMaps
from vendors.payments import CardPayments, LinkPayments
from vendors.razorpay import Razorpay
from vendors.stripe import Stripe
from vendors.travel import GoogleRoads
from vendors.twilio import Twilio

NEEDED = ("database_url", "google_maps_api_key")
"""Without these no process of ours can work, in any environment."""
Check = Callable[[Settings], object]


@dataclass(frozen=True)
class Pieces:
    """Opened once per process."""

    settings: Settings
    clock: Clock
    keyring: Keyring
    engine: AsyncEngine
    sessions: Sessions
    redis: Redis
    maps: Geocoder
    travel: Travel
    """How long ways take by road; it always answers."""
    cards: CardPayments | None
    """Who charges saved cards; None without a Stripe key."""
    links: LinkPayments | None
    """Who makes payment links; None without a Razorpay key."""
    outgoing: Outgoing | None
    """Whom we may text and ring; None without a Twilio account."""
    markets: Mapping[str, Market]
    policies: Mapping[str, Policy]
    """What complaints and refunds are worth, by market."""
    dispatch: Mapping[str, Dispatch]
    """What deliveries pay and whom they are offered to, by market."""
    jobs: JobRules
    """How long a job is held, and how often it is tried."""
    dialling: DialRules
    """How hard we try to reach somebody, by what it is about."""
    staffed: Mapping[str, Hours]
    """When somebody of ours is at a telephone, by our line."""


@cache
def catalogue() -> Catalogue:
    """What `data/` says: half a second to read and check, and the same all day."""
    return read_catalogue()


CHECKS: tuple[Check, ...] = (
    read_keyring,
    lambda _: catalogue(),
    lambda _: read_policies(),
    lambda _: read_dispatch(),
    lambda _: read_jobs(),
    lambda _: read_calling(),
    lambda _: read_dialling(),
    lambda _: read_tracking(),
)


def problems_of(
    settings: Settings, needed: Iterable[str] = NEEDED, checks: Iterable[Check] = CHECKS
) -> list[str]:
    """All that keeps a process from being opened with these settings and the YAML that came along. Blocks."""
    hint = "" if settings.prod else " (`make run` brings its own)"
    missing = [name.upper() for name in needed if getattr(settings, name) is None]
    found = [f"{name} is missing{hint}" for name in missing]
    for check in checks:
        try:
            check(settings)
        except ConfigError as error:
            found += [problem for problem in error.problems if problem not in found]
    return found


@asynccontextmanager
async def open_pieces(settings: Settings) -> AsyncIterator[Pieces]:
    """Open the stores and build what code asks; closed in reverse.

    `dev` brings the schema to its newest version and seeds it, one process at a time; `prod` refuses another
    schema than its own.

    Raises:
        ConfigError: settings or YAML that cannot be used, or a schema that needs the migration job.
        StoreDown: a store cannot be reached.
    """
    if settings.database_url is None:
        raise ConfigError(["DATABASE_URL is missing"])
    keyring = read_keyring(settings)
    url = settings.database_url.get_secret_value()
    clock = make_clock(settings.clock_start, settings.clock_speed)
    world = await asyncio.to_thread(catalogue)
    async with AsyncExitStack() as stack:
        engine = open_engine(url, keyring)
        stack.push_async_callback(engine.dispose)
        sessions = open_sessions(engine)
        await _prepare_database(settings, url, engine, sessions, clock)
        redis = await open_redis(settings.redis_url.get_secret_value() if settings.redis_url else None)
        stack.push_async_callback(redis.aclose)
        cards = await asyncio.to_thread(_cards, settings)
        if cards is not None:
            stack.push_async_callback(cards.close)
        telephony = _telephony(settings)
        if telephony is not None:
            stack.push_async_callback(telephony.close)
        yield Pieces(
            settings=settings,
            clock=clock,
            keyring=keyring,
            engine=engine,
            sessions=keeping(sessions, redis) if settings.redis_url else sessions,
            redis=redis,
            maps=await asyncio.to_thread(_maps, settings),
            travel=SteadyTravel(await asyncio.to_thread(_roads, settings), redis),
            cards=cards,
            links=await asyncio.to_thread(_links, settings),
            outgoing=await asyncio.to_thread(_outgoing, settings, telephony, world) if telephony else None,
            markets=dict(world.markets),
            policies=await asyncio.to_thread(read_policies),
            dispatch=await asyncio.to_thread(read_dispatch),
            jobs=await asyncio.to_thread(read_jobs),
            dialling=await asyncio.to_thread(read_dialling),
            staffed=_staffed(world),
        )


async def _prepare_database(
    settings: Settings, url: str, engine: AsyncEngine, sessions: Sessions, clock: Clock
) -> None:
    try:
        if not settings.prod:
            await upgrade(url)
            await seed(sessions, clock.now(), await asyncio.to_thread(catalogue))
        elif not await head_matches(engine):
            raise ConfigError(["the database is not at this release's schema; run the migration job first"])
    except (SQLAlchemyError, OSError) as error:
        where = engine.url.render_as_string(hide_password=True).rpartition("@")[2]
        raise StoreDown(f"PostgreSQL at {where} cannot be used ({type(error).__name__})") from error


def secret(value: SecretStr | None) -> str:
    """What a secret says; empty without one."""
    return value.get_secret_value() if value else ""


def _telephony(settings: Settings) -> Twilio | None:
    if settings.twilio_account_sid is None:
        return None
    return Twilio(settings.twilio_account_sid, secret(settings.twilio_auth_token), settings.twilio_base_url)


def _outgoing(settings: Settings, telephony: Twilio, world: Catalogue) -> Outgoing:
    return Outgoing.of(telephony, settings, read_calling(), localities(world.cities.values()))


def _staffed(world: Catalogue) -> dict[str, Hours]:
    return staffed_of(world.numbers.numbers, {city.city: city.zone for city in world.cities.values()})


def _maps(settings: Settings) -> Geocoder:
    return GoogleMaps(secret(settings.google_maps_api_key), settings.google_maps_base_url)


def _roads(settings: Settings) -> GoogleRoads:
    return GoogleRoads(secret(settings.google_maps_api_key), settings.google_maps_base_url)


def _cards(settings: Settings) -> Stripe | None:
    key = settings.stripe_api_key
    return Stripe(key.get_secret_value(), settings.stripe_base_url) if key else None


def _links(settings: Settings) -> Razorpay | None:
    if settings.razorpay_key_id is None:
        return None
    return Razorpay(
        settings.razorpay_key_id, secret(settings.razorpay_key_secret), settings.razorpay_base_url
    )
