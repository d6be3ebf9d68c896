"""What no single file can tell: whether the files of `data/` fit each other."""

from dataclasses import dataclass

from db.seeding.menus import BrandFile, DishShape
from db.seeding.people import CustomerShape, DriverShape, Past, People, Usual
from db.seeding.places import City, Landmark, Numbers, Street
from domain.market import Market


@dataclass(frozen=True)
class Catalogue:
    """The invented world: cities by name, brands by slug, markets by code."""

    cities: dict[str, City]
    brands: dict[str, BrandFile]
    markets: dict[str, Market]
    numbers: Numbers
    people: People


def problems_of(world: Catalogue, files: dict[str, BrandFile]) -> list[str]:
    """Every reference that leads nowhere; `files` are the brands by file name."""
    return [*_city_problems(world), *_kitchen_problems(world, files), *_people_problems(world)]


def _city_problems(world: Catalogue) -> list[str]:
    problems = []
    for city in world.cities.values():
        places: list[Street | Landmark] = [*city.streets, *city.landmarks]
        problems += [
            f"{city.city}: {place.name} lies in an unknown area {place.area}"
            for place in places
            if city.area(place.area) is None
        ]
        streets = [(street.name, street.area) for street in city.streets]
        problems += [
            f"{city.city}: {name} stands twice" for name in {s for s in streets if streets.count(s) > 1}
        ]
        if city.country not in world.markets:
            problems.append(f"{city.city}: no market {city.country} in markets.yaml")
    for number in world.numbers.numbers:
        if number.city not in world.cities or number.market not in world.markets:
            problems.append(f"numbers.yaml: {number.city} or {number.market} is unknown")
        if number.brand is not None and number.brand not in world.brands:
            problems.append(f"numbers.yaml: no brand {number.brand}")
    return problems


def _kitchen_problems(world: Catalogue, files: dict[str, BrandFile]) -> list[str]:
    problems = []
    phones: set[str] = set()
    for file, brand in files.items():
        for branch in brand.branches:
            where = f"{file}: {branch.branch}"
            city = world.cities.get(branch.city)
            if city is None or city.area(branch.area) is None:
                problems.append(f"{where}: no area {branch.area} in {branch.city}")
            elif not any(dish.price_in(city.country) is not None for dish in brand.dishes):
                problems.append(f"{where}: no dish has a price in {city.country}")
            if branch.phone in phones:
                problems.append(f"{where}: its phone belongs to another kitchen")
            phones.add(branch.phone)
    return problems


def _people_problems(world: Catalogue) -> list[str]:
    problems = []
    people: list[CustomerShape | DriverShape] = [*world.people.customers, *world.people.drivers]
    phones = [person.phone for person in people]
    for person in people:
        if phones.count(person.phone) > 1:
            problems.append(f"people.yaml: {person.name}: the number is another person's too")
        city = world.cities.get(person.city)
        if city is None:
            problems.append(f"people.yaml: {person.name}: no city {person.city}")
        elif isinstance(person, CustomerShape):
            problems += _customer_problems(world, city, person)
        elif city.area(person.area) is None:
            problems.append(f"people.yaml: {person.name}: no area {person.area} in {person.city}")
    return problems


def _customer_problems(world: Catalogue, city: City, person: CustomerShape) -> list[str]:
    problems = []
    for home in person.addresses:
        try:
            city.house(home.line, home.area)
        except ValueError as error:
            problems.append(f"people.yaml: {person.name}: {error}")
    orders: list[Usual | Past] = [*person.usual, *person.past]
    for usual in orders:
        brand = next(
            (item for item in world.brands.values() if usual.restaurant.startswith(item.brand)), None
        )
        branches = [f"{brand.brand}, {branch.branch}" for branch in brand.branches] if brand else []
        if brand is None or usual.restaurant not in branches:
            problems.append(f"people.yaml: {person.name}: no restaurant {usual.restaurant}")
        else:
            problems += [f"people.yaml: {person.name}: {text}" for text in _usual_problems(brand, usual)]
    if orders and not person.addresses:
        problems.append(f"people.yaml: {person.name}: has ordered before, and has no address")
    if any(order.paid == "card" for order in person.past) and not person.cards:
        problems.append(f"people.yaml: {person.name}: has paid by card, and has none")
    return problems


def _usual_problems(brand: BrandFile, usual: Usual | Past) -> list[str]:
    problems = []
    for line in usual.lines:
        dish = next((item for item in brand.dishes if item.name == line.dish), None)
        if dish is None:
            problems.append(f"no dish {line.dish}")
            continue
        if (line.size is None) != (not dish.sizes) or line.size not in {None, *(s.name for s in dish.sizes)}:
            problems.append(f"{line.dish} has no size {line.size}")
        problems += [
            f"{line.dish}: {name} is no choice" for name in line.choices if name not in _options(brand, dish)
        ]
    return problems


def _options(brand: BrandFile, dish: DishShape) -> set[str]:
    return {option.name for key in dish.choices for option in brand.modifiers[key].options}
