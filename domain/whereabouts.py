"""Where the owner of a telephone number could be: its country, its states, its time zones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

US = "+1"
"""Shared with Canada and the Caribbean: which country a number is in, its area code tells."""
AREA_CODE = slice(2, 5)


@dataclass(frozen=True)
class Locality:
    """A place as far as the law of calling sees it."""

    zone: str
    """An IANA time zone."""
    state: str | None = None
    """Two letters; None where a country has no states with rules of their own, or it is not known."""


@lru_cache
def zone_exists(zone: str) -> bool:
    """Whether a name is a time zone of which the clock is known."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # no such name, no name at all, the name of a folder
        return False
    return True


def localities_of(number: str, area_codes: Mapping[str, frozenset[str]]) -> tuple[Locality, ...]:
    """Every place a number in E.164 form could belong to; none when that cannot be told.

    `area_codes` are the states of each three-digit area code of the USA. A number of the USA is looked up by its
    area code alone: exchanges have been moved about within one, and mobile telephones move further. Numbers without
    an area code of a state (toll-free, Canada, the Caribbean) could be anywhere.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()
    if not phonenumbers.is_valid_number(parsed):
        return ()
    if number.startswith(US):
        code = number[AREA_CODE]
        states, zones = area_codes.get(code, frozenset()), _zones_by_area_code().get(code, frozenset())
        return tuple(Locality(zone, state) for state in sorted(states) for zone in sorted(zones))
    zones_known = timezone.time_zones_for_number(parsed)
    if timezone.UNKNOWN_TIMEZONE in zones_known:
        return ()
    return tuple(Locality(zone) for zone in sorted(zones_known))


@lru_cache
def _zones_by_area_code() -> Mapping[str, frozenset[str]]:
    """The zones of all exchanges of each area code."""
    found: dict[str, set[str]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            found.setdefault(prefix[1:4], set()).update(zones)
    return {code: frozenset(zones) for code, zones in found.items()}
