"""The file of tracking: figures that belong together; one that cannot be right is refused with all its faults."""

import re
from pathlib import Path

import pytest

from db.seeding.catalogue import DATA
from db.seeding.dispatch import read_dispatch
from db.seeding.tracking import read_tracking
from domain.eta import LATE_AFTER
from errors import ConfigError


def test_who_is_told_late_is_late_by_any_other_measure() -> None:
    assert read_tracking().late.after_minutes * 60 > LATE_AFTER.total_seconds()


def test_an_order_is_given_up_before_its_food_is_too_old_for_anybody() -> None:
    too_old = {rules.search.give_up_minutes for rules in read_dispatch().values()}
    assert read_tracking().nobody_minutes <= min(too_old)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("door_minutes: 3", "door_minutes: 4"), "counter and door take 6 minutes, and promises count 5"),
        (("gain: 0.4", "gain: 1.4"), "less than or equal to 1"),
        (("look_seconds: 60", "look_minutes: 1"), "Extra inputs"),
        (("most: 2", "most: 0"), "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_right_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    (tmp_path / "tracking.yaml").write_text((DATA / "tracking.yaml").read_text().replace(*change))
    with pytest.raises(ConfigError, match=re.escape(says)):
        read_tracking(tmp_path)
