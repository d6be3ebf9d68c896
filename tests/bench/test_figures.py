"""What the bench reads out of the network's notes."""

from bench.figures import Event, answers, barge_ins, first_audio, percentile


def notes(*pairs: tuple[float, str]) -> list[Event]:
    return [{"at": at, "what": what} for at, what in pairs]


CALL = notes(
    (0.0, "start"), (0.1, "audible"), (3.0, "silent"), (4.0, "caller_starts"), (4.1, "clear"), (5.0, "caller_ends"),
    (5.25, "audible"), (6.0, "caller_starts"), (6.15, "clear"), (6.4, "silent"), (7.0, "caller_ends"), (7.5, "audible"),
)  # fmt: skip


def test_the_first_sound_counts_from_the_stream() -> None:
    assert first_audio(CALL) == [100.0]


def test_an_answer_counts_from_the_end_of_speech() -> None:
    assert answers(CALL) == [250.0, 500.0]


def test_a_clear_in_silence_is_no_barge_in() -> None:
    assert [round(value) for value in barge_ins(CALL)] == [150]


def test_an_answer_the_caller_forestalls_does_not_count() -> None:
    assert answers(notes((1.0, "caller_ends"), (1.1, "caller_starts"), (1.3, "audible"))) == []


def test_percentiles_are_nearest_rank() -> None:
    assert percentile([5, 1, 3, 2, 4], 0.5) == 3
    assert percentile(list(range(100)), 0.95) == 95
    assert percentile([], 0.5) is None
