"""The files `calling.yaml` and `area_codes.yaml`: whom we may call and when, checked against the markets."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Consent, Driver, Restaurant
from db.seeding.catalogue import DATA, Markets
from db.seeding.places import City
from db.seeding.reading import Reader, Shape
from db.types import held
from domain.calling_rules import (
    OTHER,
    Asked,
    Calling,
    Channel,
    Everywhere,
    Off,
    PartnerTerms,
    Purpose,
    Row,
    StateRow,
    Window,
)
from domain.holidays import Holiday
from domain.whereabouts import Locality
from errors import ConfigError

Same = TypeVar("Same", str, tuple[str, ...])
AreaCode = Annotated[int, Field(ge=201, le=989)]
State = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class CallingFile(Shape):
    """The file `calling.yaml`."""

    everywhere: Everywhere
    windows: list[Window]
    off: list[Off]
    asked: list[Asked]
    states: list[StateRow]
    holidays: list[Holiday]
    partner_terms: PartnerTerms


class AreaCodesFile(Shape):
    """The file `area_codes.yaml`: area codes by state."""

    area_codes: dict[State, list[AreaCode]]


def read_calling(root: Path = DATA) -> Calling:
    """The rule table. Raises ConfigError listing all problems."""
    reader = Reader(root)
    markets = reader.read("markets.yaml", Markets)
    codes = reader.read("area_codes.yaml", AreaCodesFile)
    found = reader.read("calling.yaml", CallingFile)
    if markets and found and codes:
        known = {market.code for market in markets.markets}
        for problem in _problems(found, known, set(codes.area_codes)):
            reader.note("calling.yaml", "", problem)
    if reader.problems or markets is None or found is None or codes is None:
        raise ConfigError(reader.problems)
    return Calling(
        dials={market.code: market.dial for market in markets.markets},
        area_codes=_states_by_code(codes.area_codes),
        everywhere=found.everywhere,
        windows=found.windows,
        off=found.off,
        asked=found.asked,
        states=found.states,
        holidays=found.holidays,
        partner_terms=found.partner_terms,
    )


def localities(cities: Iterable[City]) -> dict[str, Locality]:
    """Where each city is as far as the law of calling sees it, by name."""
    return {city.city: Locality(city.zone, city.state) for city in cities}


async def add_agreements(session: AsyncSession, terms: PartnerTerms, now: datetime) -> None:
    """Write that kitchens and drivers have agreed to be called, for those of whom no answer is on record."""
    kitchens = await session.scalars(select(col(Restaurant.phone)))
    drivers = await session.scalars(
        select(Driver.phone_hash)
    )  # their numbers rest sealed, maybe under a key of before
    hashes = sorted({*(held().phone_hash(phone) for phone in kitchens), *drivers})
    partners = select(col(Consent.phone_hash)).where(col(Consent.purpose) == Purpose.PARTNER_OPERATIONS)
    answered = set(await session.scalars(partners))
    session.add_all(
        Consent(
            phone_hash=hashed,
            purpose=Purpose.PARTNER_OPERATIONS.value,
            granted=True,
            wording=terms.wording,
            wording_version=terms.version,
            at=now,
        )
        for hashed in hashes
        if hashed not in answered
    )
    await session.flush()


def _states_by_code(codes: Mapping[str, Iterable[int]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for state, numbers in codes.items():
        for number in numbers:
            found.setdefault(str(number), set()).add(state)
    return {code: frozenset(states) for code, states in found.items()}


def _problems(file: CallingFile, markets: set[str], states: set[str]) -> Iterator[str]:
    general = [getattr(file.everywhere, name) for name in Everywhere.model_fields]
    single: list[Row] = [*general, *file.windows, *file.off, *file.asked, file.partner_terms]
    yield from (f"the id {id} stands twice" for id in _twice(row.id for row in single))
    of_markets: list[Window | Off | Asked] = [*file.windows, *file.off, *file.asked]
    for row in of_markets:
        yield from (
            f"{row.id}: no market {code} in markets.yaml" for code in sorted({*row.markets} - markets)
        )
    yield from _gaps(file, markets)
    yield from _state_problems(file, states)


def _gaps(file: CallingFile, markets: set[str]) -> Iterator[str]:
    """A purpose on a channel about which a market says nothing, or two things from the same day on."""
    windows = [(code, row.purpose, row.channel) for row in file.windows for code in row.markets]
    for code, purpose, channel in product(sorted(markets), Purpose, Channel):
        if (code, purpose, channel) not in windows:
            yield f"{code}: no window for {purpose} by {channel}"
    dated = (
        (code, row.purpose, row.channel, row.since.isoformat())
        for row in file.windows
        for code in row.markets
    )
    yield from (f"{' '.join(same)}: two windows" for same in _twice(dated))


def _state_problems(file: CallingFile, states: set[str]) -> Iterator[str]:
    rows = [(row.market, state, row.since.isoformat()) for row in file.states for state in row.states]
    yield from (f"{' '.join(same)}: two rows" for same in _twice(rows))
    for market, state, _ in rows:
        if state != OTHER and state not in states:
            yield f"{market}: no state {state} in area_codes.yaml"
    others = {market for market, state, _ in rows if state == OTHER}
    needed = {code for row in file.windows if row.states for code in row.markets}
    yield from (f"{code}: no row for other states" for code in sorted(needed - others))


def _twice(values: Iterable[Same]) -> list[Same]:
    return sorted(value for value, count in Counter(values).items() if count > 1)
