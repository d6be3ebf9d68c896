"""What is read out of a call's events, and when a handoff counts as quick."""

from typing import Any

import pytest

from bench.handoffs import (
    BAR_MS,
    FIRST,
    HANDOFF,
    LESS,
    ORDINARY,
    OWN,
    SWAP,
    TOOLS,
    Event,
    Measured,
    difference,
    figures,
    table,
    turns,
)

Told = tuple[str, float, dict[str, Any]]


def result(at: float, ms: float, id: str = "1") -> Told:
    """A tool has answered."""
    return ("tool.result", at, {"id": id, "ms": ms})


def call(id: str = "1", caller: str = "customer_order") -> Told:
    """A tool was called; when does not matter."""
    return ("tool.called", 0.0, {"id": id, "caller": caller})


def at(type: str, moment: float) -> Told:
    """Anything else."""
    return (type, moment, {})


ORDINARY_TURN = [
    at("turn.user", 1000),
    at("model.chosen", 1002),
    call("1"),
    call("2"),
    result(1060, 51, "1"),
    result(1070, 60, "2"),
    at("model.chosen", 1073),
    at("model.spoke", 1085),
]
HANDED_TURN = [
    at("turn.user", 2000),
    at("model.chosen", 2002),
    call("3"),
    result(2064, 52, "3"),
    at("agent.handoff", 2064),
    at("model.chosen", 2070),
    call("4"),
    result(2140, 55, "4"),
    at("model.chosen", 2142),
    at("model.spoke", 2155),
]


def told(*events: Told) -> list[Event]:
    """Events as a call tells them."""
    return [Event(*event) for event in events]


def test_an_ordinary_turn_ends_with_the_models_first_words() -> None:
    made = figures(told(*ORDINARY_TURN))
    assert (made[FIRST][ORDINARY], made[TOOLS][ORDINARY]) == ([85.0], [60.0])
    assert (made[LESS][ORDINARY], made[SWAP][ORDINARY]) == ([25.0], [3.0])
    assert made[FIRST][HANDOFF] == []


def test_a_handoff_turn_ends_with_the_systems_sentence_and_the_new_agents_words_are_counted_apart() -> None:
    made = figures(told(*HANDED_TURN))
    assert (made[FIRST][HANDOFF], made[TOOLS][HANDOFF], made[LESS][HANDOFF]) == ([64.0], [52.0], [12.0])
    assert (made[OWN][HANDOFF], made[SWAP][HANDOFF]) == ([155.0], [6.0])
    assert made[SWAP][ORDINARY] == [2.0]


@pytest.mark.parametrize(
    "turn",
    [
        [at("turn.user", 0), at("model.chosen", 1), at("model.spoke", 9)],
        [at("turn.user", 0), at("model.chosen", 1), at("model.spoke", 5), call(), result(60, 50)],
        [at("turn.user", 0), at("model.chosen", 1), call(), result(60, 50), at("turn.user", 99)],
        [
            at("turn.user", 0),
            call(caller="system"),
            result(60, 50),
            at("model.chosen", 61),
            at("model.spoke", 70),
        ],
    ],
    ids=["no tool", "words before the tool", "the system speaks", "the system's own tool"],
)
def test_turns_in_which_no_model_speaks_after_its_tool_do_not_count(turn: list[Told]) -> None:
    assert turns(told(*turn)) == []


def test_two_rounds_of_tools_are_no_ordinary_turn_but_each_has_its_gap() -> None:
    made = figures(
        told(
            at("turn.user", 0),
            call(),
            result(50, 50),
            at("model.chosen", 52),
            result(110, 50, "2"),
            at("model.chosen", 113),
            at("model.spoke", 120),
        )
    )
    assert made[FIRST][ORDINARY] == []
    assert made[SWAP][ORDINARY] == [2.0, 3.0]


def test_the_difference_is_taken_within_a_call() -> None:
    made = figures(told(*ORDINARY_TURN, *HANDED_TURN))
    assert difference(made, FIRST) == 64.0 - 85.0
    assert difference(made, SWAP) == 6.0 - 2.5


def test_one_slow_swap_in_ten_misses_the_bar() -> None:
    quick = figures(told(*ORDINARY_TURN, *HANDED_TURN))
    late = [(type, moment + (BAR_MS if moment > 2064 else 0), data) for type, moment, data in HANDED_TURN]
    slow = figures(told(*ORDINARY_TURN, *late))
    assert all(Measured([quick] * 10, [91.0]).verdict.values())
    assert Measured([quick] * 9 + [slow], []).verdict == {FIRST: True, LESS: True, SWAP: False}


def test_the_table_and_the_json_tell_the_same() -> None:
    measured = Measured([figures(told(*ORDINARY_TURN, *HANDED_TURN))], [91.0])
    written = measured.as_json()
    assert written["milliseconds"][FIRST] == {ORDINARY: [85.0], HANDOFF: [64.0]}
    assert written["milliseconds"]["latency_ms"][HANDOFF] == [91.0]
    assert written["within_bar"] == {FIRST: True, LESS: True, SWAP: True}
    cells = [list(column.cells) for column in table(measured).columns]
    assert cells[1][0] == "85.0 / 85.0 (1)"
    assert cells[4][:4] == ["kept", "", "kept", "kept"]
