"""A kitchen knows whom it reaches, when it cooks and how long that takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.address import Place, Point
from domain.hours import Hours
from domain.kitchen import Kitchen
from tests.fakes.menu import KITCHEN

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)  # a Monday, noon in Texas
MILL = Point(lat=30.62882, lng=-97.15114)
kitchen = Kitchen(
    id=KITCHEN,
    brand="Spice Route",
    branch="Old Mill",
    city="Larkfield",
    zone="America/Chicago",
    currency="USD",
    point=MILL,
    radius_km=7.0,
    hours=Hours({"mon": ["11:00-22:30"]}, "America/Chicago"),
    prep_minutes=25,
    min_order=1000,
    accepts_cash=True,
)


def north(km: float) -> Point:
    return Point(lat=MILL.lat + km / 111.195, lng=MILL.lng)


def test_distance_is_the_great_circle() -> None:
    assert MILL.km_to(MILL) == 0
    assert MILL.km_to(north(5)) == pytest.approx(5, rel=1e-4)
    assert Point(lat=0, lng=0).km_to(Point(lat=0, lng=90)) == pytest.approx(10007.5, rel=1e-4)


@pytest.mark.parametrize(("km", "reached"), [(0, True), (6.99, True), (7.01, False)])
def test_the_zone_is_a_circle(km: float, reached: bool) -> None:
    assert kitchen.reaches(north(km)) is reached


@pytest.mark.parametrize(("km", "minutes"), [(0, 30), (1, 35), (4.9, 45), (6.5, 50)])
def test_the_promise_is_cooking_riding_and_handing_over_in_steps_of_five(km: float, minutes: int) -> None:
    assert kitchen.minutes_to(north(km)) == minutes


def test_a_paused_kitchen_cooks_again_when_its_break_ends() -> None:
    paused = replace(kitchen, paused_until=NOON + timedelta(minutes=20))
    assert kitchen.cooks_at(NOON)
    assert not paused.cooks_at(NOON)
    assert paused.cooks_at(NOON + timedelta(minutes=20))


def test_a_kitchen_out_of_its_hours_does_not_cook() -> None:
    assert not kitchen.cooks_at(NOON - timedelta(hours=2))
    assert kitchen.name == "Spice Route, Old Mill"


def test_a_place_is_said_without_repeating_itself() -> None:
    place = Place(
        line="Boat Club", area="Lake View", city="Nandipur", postcode="599002", point=MILL, flat="Flat 302"
    )
    assert place.spoken() == "Flat 302, Boat Club, Lake View"
    assert place.model_copy(update={"landmark": "the jetty"}).spoken().endswith("Lake View, near the jetty")
