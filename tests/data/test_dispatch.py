"""The file of deliveries: every market has figures, and a file that cannot be right is refused with all its faults."""

import re
from pathlib import Path

import pytest

from db.seeding.catalogue import DATA
from db.seeding.dispatch import read_dispatch
from domain.incentive import Difficulty, pay
from errors import ConfigError


def test_every_market_has_figures_in_its_currency() -> None:
    found = read_dispatch()
    assert {(code, rules.currency) for code, rules in found.items()} == {("IN", "INR"), ("US", "USD")}


@pytest.mark.parametrize("code", ["IN", "US"])
def test_the_extra_can_be_paid_out_and_stays_below_the_pay_itself(code: str) -> None:
    rules = read_dispatch()[code]
    hardest = pay(rules, Difficulty(km=30, step=5, tries=10))
    assert hardest.extra.amount == rules.incentive.most
    assert 2 * hardest.extra.amount < hardest.whole.amount


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("currency: USD", "currency: INR"), "US pays in USD, not INR"),
        (("market: US", "market: FR"), "no market FR"),
        (("market: US", "market: FR"), "there are no figures for US"),
        (("market: US", "market: IN"), "IN stands twice"),
        (("bicycle: 4", "unicycle: 4"), "US: vehicles are missing or unknown: bicycle, unicycle"),
        (("base: 350", "base: -1"), "greater than or equal to 0"),
        (("bicycle: 14", "unicycle: 14"), "US: speeds are missing or unknown: bicycle, unicycle"),
        (("bicycle: 14", "bicycle: 0"), "US: no speed of bicycle"),
        (("[4, 7, 11, 16]", "[4, 4, 11, 16]"), "wider than the one before"),
        (("driver_waits: 0.5", "driver_waits: 1.5"), "less than or equal to 1"),
        (("longest_offer_seconds: 180", "longest_offer_seconds: 20"), "holds longer than the longest"),
    ],
)
def test_what_cannot_be_right_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    for name in ("markets.yaml", "dispatch.yaml"):
        (tmp_path / name).write_text((DATA / name).read_text())
    file = tmp_path / "dispatch.yaml"
    file.write_text(file.read_text().replace(*change))
    with pytest.raises(ConfigError, match=re.escape(says)):
        read_dispatch(tmp_path)
