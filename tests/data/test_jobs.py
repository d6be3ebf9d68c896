"""The file of jobs: read whole, every mistake with its place, and deadlines that keep what vendors promise."""

import shutil
from pathlib import Path

import pytest

from db.seeding.catalogue import DATA
from db.seeding.jobs import read_jobs
from errors import ConfigError
from tasks.handlers import HANDLERS


def test_a_lease_is_renewed_twice_before_it_runs_out() -> None:
    rules = read_jobs()
    assert (rules.lease_seconds, rules.renew_seconds) == (60, 20)
    assert rules.of("anything").attempts == 12


def test_money_is_asked_after_only_while_stripe_remembers_the_key() -> None:
    deadline = read_jobs().of("payments.recover").deadline_hours
    assert deadline is not None
    assert deadline < 24


def test_what_is_held_is_taken_within_a_day() -> None:
    assert read_jobs().of("payments.capture").deadline_hours == 24


def test_every_kind_that_is_named_is_one_that_is_carried_out() -> None:
    assert set(read_jobs().kinds) - set(HANDLERS) == set()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("renew_seconds: 20", "renew_seconds: 50", "a lease has to outlast two renewals"),
        ("attempts: 12", "attempts: 0", "default.attempts"),
        ("deadline_hours: 23", "deadline_days: 1", "kinds.payments.recover.deadline_days"),
        ("default:", "defaults:", "defaults"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, where: str) -> None:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    text = (root / "jobs.yaml").read_text()
    assert old in text
    (root / "jobs.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=where):
        read_jobs(root)
