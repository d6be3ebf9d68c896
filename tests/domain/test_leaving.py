"""Whether a note says that food may be left at the door: plainly, or not at all."""

import pytest

from domain.leaving import may_be_left


@pytest.mark.parametrize(
    "note",
    [
        "leave it at the door",
        "Leave at my door please",
        "Please drop it off outside the gate",
        "you can leave the food with the guard",
        "put the bag on the porch, thanks",
        "Leave it outside",
        "no onions. leave it by the front door",
        "keep it with security",
        "darwaze par rakh dena",
        "guard ke paas chhod dijiye",
        "दरवाज़े पर रख दीजिए",
    ],
)
def test_these_say_so(note: str) -> None:
    assert may_be_left(None, note)


@pytest.mark.parametrize(
    "note",
    [
        None,
        "",
        "Ring the bell at the gate",
        "call me when you are at the door",
        "do not leave it at the door",
        "Don't leave the food outside the gate, the dog eats it",
        "please never leave it with the guard",
        "leave out the onions",
        "leave the onions out",
        "put the sauce on the side",
        "The door is green, second floor",
        "darwaze par mat rakh dena",
        "दरवाज़े पर मत रख दीजिए",
    ],
)
def test_these_do_not(note: str | None) -> None:
    assert not may_be_left(note)


def test_one_no_outweighs_a_yes() -> None:
    assert not may_be_left("leave it at the door", "do not leave it at the door")
