"""`make demo`: its files, what it compares, and one of its scenarios played whole."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from sqlmodel import SQLModel

from db.models import DialRow, Order, OrderEvent, Payment, Restaurant
from domain.ids import new_id
from errors import ConfigError
from scripts.child import ROOT
from scripts.demo_compare import compare, in_order, in_order_within
from scripts.demo_found import Left, Money
from scripts.demo_plan import DEMOS, Demo, caller, load_demos
from scripts.demo_world import Seen

NOON = datetime(2026, 4, 15, 17, 0, tzinfo=UTC)
Kept = TypeVar("Kept", bound=SQLModel)
AT = "2026-04-15T15:29:00+00:00"


def demo(**expect: Any) -> Demo:
    return Demo(name="test", title="test", caller="plain", expect={"status": "delivered", **expect})


def row(table: type[Kept], **known: Any) -> Kept:
    """A row of which only this is looked at."""
    return table(**known)


def seen(*types: str, dials: tuple[DialRow, ...] = (), pay: tuple[int, ...] = (), zone: str = "UTC") -> Seen:
    order = row(Order, status="delivered", payment_status="captured", created_at=NOON)
    events = [OrderEvent(order_id=new_id(), seq=n, at=NOON, type=each) for n, each in enumerate(types, 1)]
    kitchen = row(Restaurant, zone=zone)
    return Seen(NOON, order, events, None, None, (), kitchen, pay, (), dials, 0, None)


def dial(topic: str, outcome: str, at: datetime = NOON, kind: str = "customer") -> DialRow:
    known = {"topic": topic, "outcome": outcome, "asked_at": at, "party_kind": kind}
    return row(DialRow, **known, channel="call", status="over")


def wrong(wanted: Demo, left: Left) -> list[str]:
    return [check.what for check in compare(wanted, left, {"customer": "+15125550114"}) if not check.ok]


def written(folder: Path, **content: Any) -> Path:
    (folder / "callers").mkdir(exist_ok=True)
    (folder / "one.yaml").write_text(yaml.safe_dump(content))
    return folder


# -- files


def test_every_demonstration_can_be_read() -> None:
    assert {"happy", "rejected", "late", "india_2058"} <= set(load_demos())


def test_every_way_of_being_wrong_is_named_with_its_file(tmp_path: Path) -> None:
    folder = written(tmp_path, title="x", caller="nobody_at_all", expect={"status": "closed"})
    with pytest.raises(ConfigError) as raised:
        load_demos(folder)
    assert raised.value.problems == ["one.yaml: caller: nobody calls in a scenario nobody_at_all"]


def test_a_cue_is_one_thing(tmp_path: Path) -> None:
    cue = {"when": {"event": "order.ready"}, "driver": "stuck", "road": {"where": "Harbor", "factor": 3}}
    folder = written(tmp_path, title="x", caller="plain", cues=[cue], expect={"status": "closed"})
    with pytest.raises(ConfigError, match="a cue is one of"):
        load_demos(folder)


def test_whoever_picks_up_the_telephone_has_a_file(tmp_path: Path) -> None:
    cue = {"when": {"event": "order.ready"}, "call": {"who": "driver", "says": "sings"}}
    folder = written(tmp_path, title="x", caller="plain", cues=[cue], expect={"status": "closed"})
    with pytest.raises(ConfigError, match=r"there is no callers/sings\.yaml"):
        load_demos(folder)


def test_a_driver_says_the_code_of_the_order() -> None:
    scenario = caller("delivers", ("+15125550130", "+15125550100"), {"code": "1 2 3 4 5 6"})
    assert scenario["opening"] == "It is delivered and the code is 1 2 3 4 5 6."
    assert (scenario["from"], scenario["to"]) == ("+15125550130", "+15125550100")
    assert "{" not in yaml.safe_dump(scenario["answers"], default_flow_style=False)


def test_every_caller_is_used_by_some_demonstration() -> None:
    demos = load_demos().values()
    used = {cue.call.says for each in demos for cue in each.cues if cue.call} | {d.caller for d in demos}
    assert {file.stem for file in (DEMOS / "callers").glob("*.yaml")} <= used


# -- comparison


def test_events_are_held_in_their_order_with_others_between_them() -> None:
    assert in_order(["a", "c"], ["a", "b", "c"]) == ["a", "c"]
    assert in_order(["c", "a"], ["a", "b", "c"]) == ["c"]
    assert in_order(["x", "b"], ["a", "b", "c"]) == ["b"], "one that is missing hides no other"


def test_words_are_found_in_their_order_over_all_sentences() -> None:
    assert in_order_within(["hello", "goodbye"], ["Hello there.", "Goodbye."]) == ["hello", "goodbye"]
    assert in_order_within(["goodbye", "hello"], ["Hello there.", "Goodbye."]) == ["goodbye"]


def test_what_is_as_expected_passes() -> None:
    wanted = demo(events=["order.placed", "order.delivered"], calls=["orders talked"], ledger=["captured"])
    left = Left(seen("order.placed", "order.ready", "order.delivered", dials=(dial("orders", "talked"),)))
    left.payments = [row(Payment, kind="captured", amount=5, currency="USD")]
    assert wrong(wanted, left) == []


@pytest.mark.parametrize(
    ("expect", "what"),
    [
        ({"status": "closed"}, "order"),
        ({"payment_status": "released"}, "payment status"),
        ({"events": ["order.delivered", "order.placed"]}, "events"),
        ({"never": ["order.placed"]}, "never order.placed"),
        ({"calls": ["orders talked", "offer talked"]}, "calls that we began"),
        ({"agents": ["post_delivery"]}, "agents who spoke"),
        ({"said": ["five stars"]}, "said"),
        ({"never_said": ["dal"]}, "never said: dal"),
        ({"refunded": 100}, "given back"),
        ({"refused": ["in.feedback.call"]}, "refused by the gate"),
        ({"complaints": ["late"]}, "complaints"),
        ({"stars": 3}, "stars"),
        ({"within": {"order.rejected": 8}}, "order.rejected within 8 minutes"),
        ({"pay_rises": True}, "pay rises"),
        ({"people_asked": 1}, "people of ours who were asked"),
        ({"texts": [{"to": "customer", "says": "late"}]}, "text to the customer"),
        ({"ledger": ["attempted"]}, "payment ledger"),
    ],
)
def test_each_fact_that_differs_is_told(expect: dict[str, Any], what: str) -> None:
    left = Left(seen("order.placed", "order.delivered", dials=(dial("orders", "talked"),), pay=(300, 300)))
    left.words = [("customer_order", "Two dal tadka.")]
    left.texts = [{"to": "+15125550199", "body": "It is late."}]
    assert wrong(demo(**expect), left) == [what]


def test_what_comes_too_late_is_told_with_its_minutes() -> None:
    late = seen("order.placed", "order.rejected")
    late.events[1].at = NOON + timedelta(minutes=9)
    (differs,) = [c for c in compare(demo(within={"order.rejected": 8}), Left(late), {}) if not c.ok]
    assert differs.found == 9
    assert wrong(demo(within={"order.rejected": 9}), Left(late)) == []


def test_a_payment_that_the_provider_does_not_have_is_told() -> None:
    left = Left(seen())
    left.money = [Money("pi_1", ("taken", 500), None, "USD"), Money("pi_2", ("held", 1), ("held", 1), "USD")]
    (differs,) = [check for check in compare(demo(), left, {}) if not check.ok]
    assert differs.found == ["pi_1"]


def test_nobody_is_called_after_nine_where_they_are() -> None:
    nine = datetime.fromisoformat(AT) + timedelta(minutes=1)  # 21:00 in India
    wanted = demo(nobody_after="21:00")
    for at, who, outcome, told in [
        (nine, "customer", "talked", True),
        (nine - timedelta(minutes=1), "customer", "talked", False),
        (nine, "driver", "talked", False),
        (nine, "customer", "refused", False),
    ]:
        left = Left(seen(dials=(dial("feedback", outcome, at, who),), zone="Asia/Kolkata"))
        assert bool(wrong(wanted, left)) is told, (at, who, outcome)


# -- whole


def play(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "scripts.demo", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"COLUMNS": "120"}, capture_output=True, text=True
    )


def test_an_unknown_demonstration_is_told_before_anything_starts() -> None:
    told = play("dinner")
    assert told.returncode == 2
    assert told.stdout.startswith("no scenario dinner; there are: ")
    assert "starting" not in told.stdout


@pytest.mark.call
@pytest.mark.xdist_group("calls")
@pytest.mark.timeout(500)
def test_a_kitchen_that_is_too_busy_costs_nobody_money() -> None:
    told = play("rejected")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "rejected: everything is as expected" in told.stdout
    assert "Tiffin calls Grace: rejected" in told.stdout
