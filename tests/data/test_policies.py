"""The policy file: complete, with a source for every row, and every mistake named at once."""

import shutil
from pathlib import Path

import pytest

from db.seeding.catalogue import DATA
from db.seeding.policies import read_policies, rows
from domain.policy import Evidence, Kind
from errors import ConfigError


def test_every_market_has_rules_with_a_source_and_a_day() -> None:
    policies = read_policies()
    assert set(policies) == {"IN", "US"}
    for policy in policies.values():
        for row in rows(policy):
            assert row.id.startswith(f"{policy.market.lower()}.")
            assert row.source
            assert row.since.year >= 2020


def test_indias_dates_are_the_laws() -> None:
    dates = read_policies()["IN"].complaints
    assert dates.acknowledge_hours <= 48
    assert dates.settle_days <= 28  # a month, in February too


def test_a_photo_is_wanted_for_what_a_photo_shows_and_for_nothing_else() -> None:
    shown = {"wrong_order", "missing_items", "quality"}
    for policy in read_policies().values():
        assert policy.complaints.evidence == {Kind(kind): Evidence.PHOTO for kind in shown}
        assert {rule.reason for rule in policy.refunds if rule.evidence is Evidence.PHOTO} == shown


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    file = root / "policies.yaml"
    text = file.read_text()
    for old, new in [
        ("id: in.refund.quality", "id: in.refund.late"),
        ("    currency: INR", "    currency: USD"),
        ("{dishes}, with tax and packaging", "{food}, with tax and packaging"),
        (
            "      - id: us.refund.missing_items\n        reason: missing_items\n"
            "        of: dishes\n        share_bp: 10000",
            "      - id: us.refund.missing_items\n        reason: missing_items\n"
            "        of: dishes\n        share_bp: 9999",
        ),
        ("        reason: wrong_order\n        of: order", "        reason: quality\n        of: delivery"),
    ]:
        assert old in text
        text = text.replace(old, new, 1 if "wrong_order" in old else -1)
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        read_policies(root)
    problems = "\n".join(refusal.value.problems)
    for expected in (
        "the id in.refund.late stands twice",
        "IN pays in INR, not USD",
        "in.refund.missing_items: why has an unknown blank food",
        "IN: no rule for wrong_order",
        "us.refund.missing_items: gives less than us.ca.refund.partial asks for",
    ):
        assert f"policies.yaml: {expected}" in problems


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("share_bp: 5000", "share_bp: 10001", "policies.0.refunds.3.share_bp"),
        ("hours: 48", "days: 2", "policies.1.window.days"),
        ("since: 2020-07-23", "since: soon", "policies.0.complaints.since"),
        ("evidence: photo", "evidence: film", "policies.0.refunds.1.evidence"),
        ("{wrong_order: photo", "{wrong_oder: photo", "policies.0.complaints.evidence.wrong_oder"),
        ("market: US", "market: FR", "no market FR in markets.yaml"),
        ("market: US", "market: IN", "IN has two policies"),
    ],
)
def test_a_shape_that_is_wrong_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, where: str
) -> None:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    text = (root / "policies.yaml").read_text()
    assert old in text
    (root / "policies.yaml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=where):
        read_policies(root)
