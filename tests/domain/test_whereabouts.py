"""Where a number could be: every zone of its area code, its state, and nowhere in doubt."""

import subprocess
import sys

import pytest

from db.seeding.calling import read_calling
from domain.whereabouts import localities_of, zone_exists

AREA_CODES = read_calling().area_codes

PHONENUMBERS_STATES = """
import re
from phonenumbers.geodata import GEOCODE_DATA
found = set()
for prefix, names in GEOCODE_DATA.items():
    if prefix[0] == "1" and len(prefix) >= 4 and (named := re.search(r", ([A-Z]{2})$", names.get("en", ""))):
        found.add(f"{prefix[1:4]} {named[1]}")
print(*sorted(found), sep="\\n")
"""
"""Read in a process of its own: it takes 150 MB."""
NOT_STATES = {"ON", "QC", "BC", "AB", "SK", "MB", "NS", "NB", "NL", "PE", "NT", "YT", "NU", "VI"}


@pytest.mark.parametrize(
    ("number", "places"),
    [
        ("+15125550110", {("America/Chicago", "TX")}),
        ("+12125551234", {("America/New_York", "NY")}),
        ("+12025551234", {("America/New_York", "DC")}),
        # Pensacola and Tallahassee share 850 and not the clock; Chattanooga is not where the rest of Tennessee is.
        ("+18505551234", {("America/Chicago", "FL"), ("America/New_York", "FL")}),
        ("+14235551234", {("America/Chicago", "TN"), ("America/New_York", "TN")}),
        ("+919876543210", {("Asia/Calcutta", None)}),
        ("+33142685300", {("Europe/Paris", None)}),
    ],
)
def test_a_number_could_be_in_every_zone_of_its_area_code(
    number: str, places: set[tuple[str, str | None]]
) -> None:
    found = localities_of(number, AREA_CODES)
    assert {(place.zone, place.state) for place in found} == places
    assert all(zone_exists(place.zone) for place in found)


@pytest.mark.parametrize(
    "number",
    [
        "+18005551234",  # toll-free
        "+14165551234",  # Toronto
        "+17875551234",  # Puerto Rico
        "+12423651234",  # the Bahamas
        "+19005551234",
        "+10000000000",
        "+911000000110",  # an invented Indian one
        "+1512",
        "512",
        "nonsense",
        "",
    ],
)
def test_a_number_that_could_be_anywhere_is_nowhere(number: str) -> None:
    assert localities_of(number, AREA_CODES) == ()


def test_every_area_code_of_a_state_has_a_clock() -> None:
    for code in AREA_CODES:
        assert localities_of(f"+1{code}2345678", AREA_CODES), code


def test_the_states_are_those_phonenumbers_knows() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PHONENUMBERS_STATES], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split("\n")
    known = {tuple(line.split()) for line in told if line and line.split()[1] not in NOT_STATES}
    ours = {(code, state) for code, states in AREA_CODES.items() for state in states}
    assert known <= ours
    assert {state for _, state in ours} == {state for _, state in known} | {"DC"}


@pytest.mark.parametrize(
    ("zone", "exists"), [("Asia/Kolkata", True), ("Mars/Olympus", False), ("", False), ("../x", False)]
)
def test_a_zone_is_one_whose_clock_is_known(zone: str, exists: bool) -> None:
    assert zone_exists(zone) is exists
