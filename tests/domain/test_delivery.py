"""What a driver is told of a delivery, in words."""

import pytest

from domain.delivery import counter_number, say_km
from domain.ids import new_id


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (2_149, "two point one kilometres"),
        (1_000, "one kilometre"),
        (3_020, "three kilometres"),
        (20, "zero point one kilometres"),
        (12_000, "twelve kilometres"),
    ],
)
def test_a_distance_is_said_to_a_tenth(metres: int, said: str) -> None:
    assert say_km(metres) == said


def test_the_counters_number_has_four_digits_and_is_the_same_each_time() -> None:
    ids = [new_id() for _ in range(50)]
    numbers = [counter_number(id) for id in ids]
    assert all(len(number) == 4 and number.isdigit() for number in numbers)
    assert numbers == [counter_number(id) for id in ids]
    assert len(set(numbers)) > 25
