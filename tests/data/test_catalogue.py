"""The invented world: everything the suite counts on is there, and mistakes are all named at once."""

import shutil
from pathlib import Path

import phonenumbers
import pytest

from db.seeding.catalogue import DATA, read_catalogue, read_markets, read_synonyms
from db.seeding.checks import Catalogue
from domain.address import Point
from errors import ConfigError


@pytest.fixture(scope="module")
def world() -> Catalogue:
    return read_catalogue()


@pytest.mark.parametrize("name", ["Larkfield", "Nandipur"])
def test_a_city_is_large_enough_to_get_lost_in(world: Catalogue, name: str) -> None:
    city = world.cities[name]
    assert len(city.areas) >= 8
    assert len(city.streets) >= 40
    assert len(city.landmarks) >= 15
    names = [street.name for street in city.streets]
    assert {street for street in names if names.count(street) > 1}


@pytest.mark.parametrize("name", ["Larkfield", "Nandipur"])
def test_streets_and_landmarks_lie_in_their_area(world: Catalogue, name: str) -> None:
    city = world.cities[name]
    for street in city.streets:
        area = city.area(street.area)
        assert area is not None
        for end in (street.start, street.end):
            assert end.km_to(area.center) <= area.radius_km, street.name
    for place in city.landmarks:
        area = city.area(place.area)
        assert area is not None
        assert Point(lat=place.lat, lng=place.lng).km_to(area.center) <= area.radius_km, place.name


def test_mill_street_is_in_two_quarters_and_juniper_lane_in_one(world: Catalogue) -> None:
    streets = world.cities["Larkfield"].streets
    assert {street.area for street in streets if street.name == "Mill Street"} == {"Old Mill", "Harbor"}
    assert {street.area for street in streets if street.name == "Juniper Lane"} == {"Old Mill"}


def test_house_numbers_run_evenly_along_a_street(world: Catalogue) -> None:
    city = world.cities["Larkfield"]
    first, middle, last = (city.house(f"{number} Juniper Lane", "Old Mill") for number in (1, 100, 200))
    assert first.km_to(middle) == pytest.approx(middle.km_to(last), rel=0.05)
    with pytest.raises(ValueError, match="1 to 200"):
        city.house("201 Juniper Lane", "Old Mill")


def test_cedar_heights_is_beyond_every_kitchen_and_every_other_quarter_within_one(world: Catalogue) -> None:
    city = world.cities["Larkfield"]
    branches = [b for brand in world.brands.values() for b in brand.branches if b.city == "Larkfield"]
    reached = {
        area.name
        for area in city.areas
        for branch in branches
        if branch.location.km_to(area.center) - area.radius_km <= branch.delivery_radius_km
    }
    assert {area.name for area in city.areas} - reached == {"Cedar Heights"}


def test_the_menus_are_big_enough(world: Catalogue) -> None:
    dishes = [dish for brand in world.brands.values() for dish in brand.dishes]
    assert len({dish.name for dish in dishes}) >= 120
    assert set(world.brands) == {"spice-route", "green-bowl", "dosa-junction", "slice-society"}
    assert sum(len(brand.branches) for brand in world.brands.values()) >= 6


def test_some_kitchens_close_after_lunch_and_some_after_midnight(world: Catalogue) -> None:
    spans = [
        (day, hours)
        for brand in world.brands.values()
        for branch in brand.branches
        for day, hours in branch.hours.model_dump().items()
    ]
    assert any(len(hours) == 2 for _, hours in spans)
    assert any(hours[-1].split("-")[1] < hours[0].split("-")[0] for _, hours in spans)


def test_nobody_in_here_can_be_dialled(world: Catalogue) -> None:
    numbers = [person.phone for person in world.people.customers]
    numbers += [driver.phone for driver in world.people.drivers]
    numbers += [branch.phone for brand in world.brands.values() for branch in brand.branches]
    numbers += [number.number for number in world.numbers.numbers]
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        fiction = number.startswith("+151255501")
        assert fiction or not phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_maria_may_not_eat_what_two_dishes_contain(world: Catalogue) -> None:
    maria = next(person for person in world.people.customers if person.name == "Maria Lopez")
    assert maria.allergies == ("peanut",)
    nutty = {d.name for brand in world.brands.values() for d in brand.dishes if "peanut" in d.allergens}
    assert {"Peanut Satay Pizza", "Peanut Noodle Salad"} <= nutty


def test_the_markets_tax_as_they_do(world: Catalogue) -> None:
    us, india = world.markets["US"], world.markets["IN"]
    assert us.taxes[0].rate("75990") == 825
    assert us.taxes[0].rate("75998") == 675
    assert [(tax.rate_bp, "delivery" in tax.on) for tax in india.taxes] == [(500, False), (1800, True)]
    assert {code for market in (us, india) for code in ("TIFFIN10", "FIRST50") if market.promotion(code)}
    assert read_markets() == world.markets


def test_synonyms_do_not_lead_to_themselves() -> None:
    for word, meanings in read_synonyms().items():
        assert word not in meanings


def test_every_mistake_is_named_at_once_with_file_and_path(tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    edit(root / "numbers.yaml", "market: US", "market: usa")
    edit(root / "cities" / "larkfield.yaml", "zone: America/Chicago", "zone: America/Larkfield\nmayor: Ann")
    edit(root / "restaurants" / "green-bowl.yaml", "min_order: 1000", "min_order: ten", times=1)
    edit(root / "people.yaml", "  - name: Asha Rao", "  - name: Asha Rao\n    name: Asha")
    with pytest.raises(ConfigError) as refusal:
        read_catalogue(root)
    problems = "\n".join(refusal.value.problems)
    assert "numbers.yaml: numbers.0.market" in problems
    assert "cities/larkfield.yaml: mayor" in problems
    assert "cities/larkfield.yaml: zone" in problems
    assert "restaurants/green-bowl.yaml: branches.0.min_order" in problems
    assert "people.yaml: key 'name' stands twice" in problems


def test_references_that_lead_nowhere_are_all_named(tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    edit(root / "people.yaml", "line: 48 Juniper Lane", "line: 480 Juniper Lane")
    edit(root / "people.yaml", "dish: Quinoa Bowl", "dish: Keen Bowl")
    edit(root / "restaurants" / "dosa-junction.yaml", "area: Model Town", "area: Modell Town")
    edit(root / "numbers.yaml", "city: Nandipur", "city: Nandiput")
    with pytest.raises(ConfigError) as refusal:
        read_catalogue(root)
    problems = "\n".join(refusal.value.problems)
    for expected in ("runs from 1 to 200", "no dish Keen Bowl", "no area Modell Town", "Nandiput"):
        assert expected in problems


def test_a_vegan_dish_with_butter_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    edit(root / "restaurants" / "green-bowl.yaml", "allergens: [peanut,", "allergens: [dairy,")
    with pytest.raises(ConfigError, match="vegan"):
        read_catalogue(root)


def edit(file: Path, old: str, new: str, times: int = -1) -> None:
    content = file.read_text()
    assert old in content
    file.write_text(content.replace(old, new, times))
