"""Numbers that say where somebody is, or prove who they are, are hidden as words are."""

from api.masking import shown_facts
from domain.masking import HIDDEN

FACTS = {
    "tool": "update_driver_location",
    "arguments": {"place": "Dock Street", "lat": 30.2672, "lng": -97.7431, "code": 482913, "quantity": 2},
    "result": {"status": "ok", "places": [{"lat": 30.2, "total": 2782, "open": True}]},
    "ms": 9.5,
}


def test_a_position_and_a_code_are_hidden_and_amounts_are_not() -> None:
    assert shown_facts(FACTS, personal=False) == {
        "tool": "update_driver_location",
        "arguments": {"place": HIDDEN, "lat": HIDDEN, "lng": HIDDEN, "code": HIDDEN, "quantity": 2},
        "result": {"status": "ok", "places": [{"lat": HIDDEN, "total": 2782, "open": True}]},
        "ms": 9.5,
    }


def test_whoever_may_see_people_sees_all_of_it() -> None:
    assert shown_facts(FACTS, personal=True) == FACTS
