"""All of `data/` that becomes rows, read and cross-checked in one go."""

from pathlib import Path

from db.seeding.checks import Catalogue, problems_of
from db.seeding.menus import BrandFile
from db.seeding.people import People
from db.seeding.places import City, Numbers
from db.seeding.reading import Reader, Shape
from domain.market import Market
from errors import ConfigError

DATA = Path(__file__).parents[2] / "data"


class Markets(Shape):
    """The file `markets.yaml`."""

    markets: list[Market]


class Synonyms(Shape):
    """The file `synonyms.yaml`: what callers say to what menus write."""

    synonyms: dict[str, list[str]]


def read_catalogue(root: Path = DATA) -> Catalogue:
    """Read and check every file. Raises ConfigError listing all problems with file and path."""
    reader = Reader(root)
    cities = {city.city: city for city in reader.folder("cities", City).values()}
    files = reader.folder("restaurants", BrandFile)
    markets = reader.read("markets.yaml", Markets) or Markets(markets=[])
    numbers = reader.read("numbers.yaml", Numbers)
    people = reader.read("people.yaml", People)
    if not reader.problems and numbers and people:
        brands = {brand.slug: brand for brand in files.values()}
        catalogue = Catalogue(cities, brands, {item.code: item for item in markets.markets}, numbers, people)
        reader.problems += problems_of(catalogue, files)
        if not reader.problems:
            return catalogue
    raise ConfigError(reader.problems)


def read_markets(root: Path = DATA) -> dict[str, Market]:
    """The markets by code. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("markets.yaml", Markets)
    if found is None:
        raise ConfigError(reader.problems)
    return {market.code: market for market in found.markets}


def read_synonyms(root: Path = DATA) -> dict[str, tuple[str, ...]]:
    """What a searched word also means. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("synonyms.yaml", Synonyms)
    if found is None:
        raise ConfigError(reader.problems)
    return {word: tuple(meanings) for word, meanings in found.synonyms.items()}
