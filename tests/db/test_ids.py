"""Ids as they are made, shown and read back."""

from uuid import UUID

import pytest

from domain.ids import Prefix, new_id, read, show
from errors import Invalid


def test_ids_made_later_sort_later() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert {type(id) for id in made} == {UUID}
    assert {id.version for id in made} == {7}


@pytest.mark.parametrize("prefix", list(Prefix))
def test_what_is_shown_can_be_read(prefix: Prefix) -> None:
    id = new_id()
    shown = show(prefix, id)
    assert shown == f"{prefix.value}_{id.hex}"
    assert read(prefix, shown) == id


ORDER = "0190c6a4b1d27c3e9f00112233445566"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord_",
        ORDER,
        f"cal_{ORDER}",
        f"ord_{ORDER}0",
        f"ord_{ORDER[:-1]}",
        f"ord_{ORDER[:-1]}x",
        f"ORD_{ORDER}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="ord_"):
        read(Prefix.ORDER, text)
