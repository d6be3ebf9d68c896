"""The stand-in when we call about a payment link that has run out."""

from tests.sandbox.brain.sides import SideLine

TOOLS = "search_menu place_order pay_order ask_for_person end_call"
NOTE = "Note: we placed this call to a customer, about: payment (order-1). The system opens it itself: 'Try again?'"
STANDS = {"status": "placed", "order": "order-1", "say": "Your order is placed."}


def line() -> SideLine:
    line = SideLine(TOOLS, {"pay_order": [STANDS]})
    line.events.clear()
    line.note(NOTE)
    return line


def test_cash_is_taken_at_the_door() -> None:
    phone = line()
    assert phone.say("I'll pay cash.") == "Your order is placed. Anything else?"
    assert phone.calls == [("pay_order", {"order": "order-1", "payment": "cash"})]


def test_a_yes_is_the_link_once_more() -> None:
    phone = line()
    phone.say("Yes, please try again.")
    assert phone.calls == [("pay_order", {"order": "order-1", "payment": "link"})]


def test_it_is_paid_once() -> None:
    phone = line()
    phone.say("Cash.")
    phone.say("Yes, cash.")
    assert phone.calls == []


def test_whoever_does_not_want_it_is_not_pressed() -> None:
    phone = line()
    assert phone.say("No, I don't want it any more.") == "All right. Anything else?"
    assert phone.calls == []


def test_it_ends_when_nothing_else_is_wanted() -> None:
    phone = line()
    phone.say("Cash.")
    phone.say("No, that's all.")
    assert [name for name, _ in phone.calls] == ["end_call"]


def test_a_call_that_came_in_is_the_order_agents() -> None:
    phone = SideLine(TOOLS, {"pay_order": [STANDS]})
    phone.say("I'll pay cash.")
    assert phone.calls == []
