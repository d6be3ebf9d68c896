"""The rules of calling: complete, with a source for every row, and every mistake named at once."""

import shutil
from pathlib import Path

import pytest

from db.seeding.calling import localities, read_calling
from db.seeding.catalogue import DATA, read_catalogue
from domain.calling_rules import Channel, Everywhere, Purpose, Row
from domain.whereabouts import zone_exists
from errors import ConfigError

RULES = read_calling()


def rows() -> list[Row]:
    general = [getattr(RULES.everywhere, name) for name in Everywhere.model_fields]
    return [*general, *RULES.windows, *RULES.off, *RULES.asked, *RULES.states, RULES.partner_terms]


def test_every_row_has_a_source_and_a_day() -> None:
    assert len(rows()) > 40
    for row in rows():
        assert row.source.strip()
        assert 1990 < row.since.year <= 2026


def test_the_rules_have_the_names_they_are_known_by() -> None:
    ids = {row.id for row in rows()}
    named = (
        "all.optout all.test us.state us.consent us.ca.adad in.series in.sms.dlt in.dnd us.promotion.voice"
    )
    assert set(named.split()) <= ids


def test_markets_without_rows_are_no_markets() -> None:
    assert set(RULES.dials) == {"IN", "US"}
    told = {(code, row.purpose, row.channel) for row in RULES.windows for code in row.markets}
    assert told == {
        (code, purpose, channel) for code in ("IN", "US") for purpose in Purpose for channel in Channel
    }


def test_every_city_lies_where_the_law_can_find_it() -> None:
    places = localities(read_catalogue().cities.values())
    assert {name: place.state for name, place in places.items()} == {"Larkfield": "TX", "Nandipur": "KA"}
    assert all(zone_exists(place.zone) for place in places.values())
    assert RULES.state_row("US", "TX", RULES.states[0].since) is not None


def broken(tmp_path: Path, *changes: tuple[str, str], file: str = "calling.yaml") -> str:
    root = tmp_path / "data"
    shutil.copytree(DATA, root)
    text = (root / file).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (root / file).write_text(text)
    with pytest.raises(ConfigError) as refusal:
        read_calling(root)
    return "\n".join(refusal.value.problems)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    problems = broken(
        tmp_path,
        ("id: in.series", "id: in.sms.dlt"),
        ("id: us.order_service.sms, markets: [US]", "id: us.order_service.sms, markets: [FR]"),
        ("id: us.feedback.sms, markets: [US], purpose: feedback, channel: sms",
         "id: us.feedback.sms, markets: [US], purpose: feedback, channel: call"),
        ("states: [FL]", "states: [AL]"),
        ("states: [MD]", "states: [ZZ]"),
        ("states: [other]", "states: [WY]"),
    )  # fmt: skip
    for expected in (
        "the id in.sms.dlt stands twice",
        "us.order_service.sms: no market FR in markets.yaml",
        "US: no window for order_service by sms",
        "US: no window for feedback by sms",
        "US feedback call 1992-12-20: two windows",
        "US: no state ZZ in area_codes.yaml",
        "US: no row for other states",
    ):
        assert f"calling.yaml: {expected}" in problems


def test_a_state_has_one_row_of_a_day(tmp_path: Path) -> None:
    assert "calling.yaml: US AL 2015-01-01: two rows" in broken(tmp_path, ("states: [LA]", "states: [AL]"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('hours: "10:00-21:00"', 'hours: "21:00-10:00"', "ends before it begins"),
        ('hours: "10:00-21:00"', 'hours: "10-21"', "windows.4.hours"),
        ("purpose: promotion", "purpose: advertising", "windows.4.purpose"),
        ("    since: 2024-02-08", "    since: soon", "off.2.since"),
        ("day: 4 thu 11", "day: 5 thu 11", "is no yearly day"),
        ("    written: true", "    writing: true", "asked.1.writing"),
        ("  test: {id: all.test", "  test: {name: all.test", "everywhere.test.id"),
    ],
)
def test_a_malformed_rule_stops_everything(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in broken(tmp_path, (old, new))


def test_an_area_code_has_three_digits(tmp_path: Path) -> None:
    assert "area_codes.AK.0" in broken(tmp_path, ("AK: [907]", "AK: [97]"), file="area_codes.yaml")
