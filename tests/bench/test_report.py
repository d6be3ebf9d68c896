"""Both systems side by side."""

import io
from decimal import Decimal

import pytest
from rich.console import Console

from bench.cost import Cost, Prices
from bench.load import Load, System
from bench.report import Side, cost_table, ratio, ratios, table


def side(name: str, idle: float, one: float, many: float, cpu: float) -> Side:
    system = System(name, "http://nowhere", 1, idle, 0.5)
    first = Load(call_seconds=[60.0], cpu_seconds=cpu, memory_mb=one, lag={"p99_ms": 3.0, "max_ms": 9.0})
    first.measures["answer"] = [100.0, 200.0]
    return Side(system, first, Load(call_seconds=[60.0] * 5, cpu_seconds=cpu * 5, memory_mb=many), 5)


OURS, BARE = side("ours", 300, 305, 325, 2.0), side("bare", 100, 150, 350, 5.0)


def printed(what: object) -> str:
    out = io.StringIO()
    Console(width=140, file=out).print(what)
    return out.getvalue()


def test_ratios_are_of_calls_per_core_and_of_each_further_call() -> None:
    assert (OURS.memory_per_call, BARE.memory_per_call) == (5.0, 50.0)
    assert [line.split(": ")[1].split()[0] for line in ratios(OURS, BARE)] == ["2.5x", "10.0x"]


@pytest.mark.parametrize(("more", "less"), [(None, 1.0), (1.0, None), (1.0, 0.0), (1.0, -2.0)])
def test_a_ratio_that_cannot_be_said_is_a_dash(more: float | None, less: float | None) -> None:
    assert ratio(more, less) == "-"


def test_the_table_has_both_in_every_row_and_dashes_where_nothing_was_measured() -> None:
    text = printed(table(OURS, BARE))
    assert "100 / 200 (2)" not in text  # nearest rank: the median of two is the upper one
    assert text.count("200 / 200 (2)") == 2
    assert "- / - (0)" in text
    assert "3 / 9" in text


def test_an_unknown_part_makes_the_whole_unknown() -> None:
    prices = Prices(llm=[], stt=[], tts=[], telephone=[])
    costs = [
        Cost({"voice": Decimal("0.02"), "model": None}),
        Cost({"voice": Decimal("0.04"), "model": Decimal(1)}),
    ]
    text = printed(cost_table(costs, [60.0, 60.0], prices))
    rows = {line.split("│")[1].strip(): line for line in text.splitlines() if line.count("│") > 2}
    assert "$0.0300" in rows["voice"]
    assert "$0.1500" in rows["voice"]
    assert rows["model"].count("unknown") == 2
    assert rows["all"].count("unknown") == 2
