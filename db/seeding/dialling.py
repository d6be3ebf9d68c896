"""The file `dialling.yaml`: how hard we try to reach somebody, per topic."""

from pathlib import Path

from db.seeding.catalogue import DATA
from db.seeding.reading import Reader
from domain.calling import Kind
from domain.dialling import DialRules, Topic
from errors import ConfigError


def read_dialling(root: Path = DATA) -> DialRules:
    """The rules of dialling. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("dialling.yaml", DialRules)
    if found is not None:
        for missing in sorted({*Topic} - found.topics.keys()):
            reader.note("dialling.yaml", "topics", f"there is no {missing}")
        for kind in sorted({*Kind} - found.per_line_hour.keys()):
            reader.note("dialling.yaml", "per_line_hour", f"there is no {kind}")
    if reader.problems or found is None:
        raise ConfigError(reader.problems)
    return found
