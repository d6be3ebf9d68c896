"""The file `jobs.yaml`: how long a job is held and how often it is tried."""

from pathlib import Path

from db.seeding.catalogue import DATA
from db.seeding.reading import Reader
from domain.jobs import JobRules
from errors import ConfigError


def read_jobs(root: Path = DATA) -> JobRules:
    """The rules of jobs. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("jobs.yaml", JobRules)
    if found is None:
        raise ConfigError(reader.problems)
    return found
