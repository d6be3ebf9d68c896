"""The state of a call survives a crash as JSON, and forgets agreements when their terms change."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from domain.address import Place, Point
from domain.call_state import CallState, Level, PlacedOrder, ReadBack, SavedCard
from domain.ids import new_id
from tests.fakes.menu import KITCHEN, put, tikka


def whole() -> CallState:
    """Every field set to something that JSON has no type for, where there is such a field."""
    call, grilled = new_id(), tikka()
    place = Place(line="1 Lane", area="A", city="C", postcode="1", point=Point(lat=0.1, lng=-97.123456))
    state = CallState(
        call_id=call,
        cart_call_id=call,
        channel="twilio",
        line="+15125550100",
        market="US",
        city="Larkfield",
        started_at=datetime(2026, 3, 2, 18, 30, 0, 123456, tzinfo=UTC),
        customer_id=new_id(),
        level=Level.NUMBER,
        restaurant_id=KITCHEN,
        place=place,
        wanted_at=datetime(2026, 3, 3, tzinfo=UTC),
        read_back=ReadBack(cart_version=1, terms="t", payment="cash", mark="m", heard=True),
        placed=[PlacedOrder(id=new_id(), code="000123", cart_version=1)],
        dishes={"dish-1": grilled},
        places={"address-2": place},
        saved_places={"address-2": new_id()},
        cards={"card-1": SavedCard(id=new_id(), spoken="Visa ending in 4242")},
        orders={"order-3": new_id()},
        history=[{"role": "user", "content": "दो डोसा"}],
    )
    put(state.cart, grilled, 2, "full", "hot", note="no onions")
    return state


def test_json_and_back_is_the_same_state() -> None:
    state = whole()
    again = CallState.model_validate(json.loads(state.model_dump_json()))
    assert again == state
    assert again.started_at.tzinfo is not None
    assert again.cart.lines[0].amount == state.cart.lines[0].amount


def test_a_snapshot_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="surprise"):
        CallState.model_validate({**whole().model_dump(mode="json"), "surprise": 1})


def test_handles_are_counted_over_all_kinds() -> None:
    state = whole()
    assert [state.handle("dish"), state.handle("address"), state.handle("dish")] == [
        "dish-1",
        "address-2",
        "dish-3",
    ]


def test_changed_terms_make_a_version_and_end_the_read_back() -> None:
    state = whole()
    before = state.cart.version
    state.changed_terms()
    assert (state.cart.version, state.read_back) == (before + 1, None)


def test_a_placed_version_is_found_and_no_other() -> None:
    state = whole()
    assert state.placed_version(1) is state.placed[0]
    assert state.placed_version(2) is None
