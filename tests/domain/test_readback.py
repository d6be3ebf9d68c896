"""What the caller agrees to: read word for word, and worth nothing once a part of it changes."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from domain.address import Place, Point
from domain.call_state import CallState
from domain.ids import new_id
from domain.order import Substitution
from domain.pricing import Bill, BillLine
from domain.readback import sentences, terms
from domain.saying import Saying
from tests.fakes.menu import KITCHEN, naan, put, tikka

NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)  # half past twelve in Texas
HOME = Place(
    line="48 Juniper Lane", area="Old Mill", city="Larkfield", postcode="75990", point=Point(lat=1, lng=1)
)
BILL = Bill((BillLine("item", "food", 2850), BillLine("tax", "sales tax", 235, 825)), "USD")


def state() -> CallState:
    call = new_id()
    made = CallState(
        call_id=call,
        cart_call_id=call,
        channel="eval",
        line="+15125550100",
        market="US",
        city="Larkfield",
        started_at=NOW,
        place=HOME,
        restaurant_id=KITCHEN,
        restaurant_name="Spice Route, Old Mill",
        allergies=["tree_nut"],
    )
    put(made.cart, tikka(), 2, "full", "hot")
    put(made.cart, naan())
    return made


def test_lines_place_allergies_and_total_are_said_and_the_total_comes_last() -> None:
    assert sentences(state(), BILL, "in cash", NOW, "America/Chicago") == (
        "That's 2 full Paneer Tikka, hot and 1 Garlic Naan, from Spice Route, Old Mill, "
        "to 48 Juniper Lane, Old Mill. The kitchen will be told about tree nut. "
        "With everything, thirty dollars and eighty-five cents, in cash."
    )


def test_a_wanted_time_is_said() -> None:
    later = state()
    later.wanted_at = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    text = sentences(later, BILL, "in cash", NOW, "America/Chicago")
    assert "to 48 Juniper Lane, Old Mill, for tomorrow at 8 pm." in text


def test_a_hindi_caller_hears_it_in_hindi_with_dishes_and_places_by_their_names() -> None:
    call = state()
    call.language, call.wanted_at = "hi", datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    assert call.place
    call.place = call.place.model_copy(update={"landmark": "the old mill"})
    card = Saying("on your Visa ending in 4242", "आपके चार दो चार दो वाले Visa कार्ड से")
    assert sentences(call, BILL, card, NOW, "America/Chicago") == (
        "आपका ऑर्डर: दो full Paneer Tikka, hot और एक Garlic Naan। Spice Route, Old Mill से आएगा, "
        "पता है 48 Juniper Lane, Old Mill, the old mill के पास, कल रात आठ बजे। "
        "किचन को मेवों से एलर्जी के बारे में बताया जाएगा। "
        "सब मिलाकर तीस डॉलर पचासी सेंट, आपके चार दो चार दो वाले Visa कार्ड से।"
    )


def test_the_language_is_no_part_of_the_terms() -> None:
    call = state()
    before = terms(call, BILL, "cash")
    call.language = "hi"
    assert terms(call, BILL, "cash") == before


def line_of(call: CallState) -> None:
    call.cart.lines[0].quantity = 3


CHANGES: dict[str, Callable[[CallState], object]] = {
    "quantity": line_of,
    "size": lambda call: setattr(call.cart.lines[0], "size", "half"),
    "choice": lambda call: setattr(call.cart.lines[0], "choices", ["mild"]),
    "note": lambda call: setattr(call.cart.lines[0], "note", "no onions"),
    "a line more": lambda call: put(call.cart, tikka(), 1, "half", "mild"),
    "a line less": lambda call: call.cart.remove("line-2"),
    "kitchen": lambda call: setattr(call, "restaurant_id", new_id()),
    "address": lambda call: setattr(call, "place", HOME.model_copy(update={"flat": "2B"})),
    "rider's note": lambda call: setattr(call, "place", HOME.model_copy(update={"note": "ring twice"})),
    "time": lambda call: setattr(call, "wanted_at", NOW),
    "allergies": lambda call: setattr(call, "allergies", ["peanut", "tree_nut"]),
    "substitution": lambda call: setattr(call, "substitution", Substitution.REFUND),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_part_of_the_order_is_part_of_the_terms(change: Callable[[CallState], object]) -> None:
    before = state()
    after = before.model_copy(deep=True)
    change(after)
    assert terms(before, BILL, "cash") != terms(after, BILL, "cash")


def test_another_payment_or_another_bill_is_another_agreement() -> None:
    call = state()
    dearer = Bill((*BILL.lines, BillLine("tip", "tip", 100)), "USD")
    assert len({terms(call, BILL, "cash"), terms(call, BILL, "card-1"), terms(call, dearer, "cash")}) == 3


def test_what_changes_nothing_for_the_caller_changes_no_terms() -> None:
    call = state()
    before = terms(call, BILL, "cash")
    call.version += 1
    call.facts.append("$30.85")
    call.open_question = "read_back"
    assert terms(CallState.model_validate_json(call.model_dump_json()), BILL, "cash") == before
