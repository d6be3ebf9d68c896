"""The people who are called, in no time: what each kind of them says and does when our side talks."""

import pytest

from sandbox.directory import directory, stranger
from sandbox.speech.tones import key_tone, music, ringing
from sandbox.twilio.personas import names, persona
from sandbox.twilio.scenario import UnknownScenario
from tests.sandbox.voice.rehearsal import Rehearsal

KITCHEN, DRIVER, CUSTOMER = "+15125550120", "+15125550130", "+15125550110"
NEW_ORDER = "Tiffin's AI. New order, two items. Press 1 to hear it."
DISHES = "New order: one full paneer tikka hot, two garlic naan. How many minutes?"


def at_a_kitchen(name: str) -> Rehearsal:
    call = Rehearsal(name, KITCHEN)
    assert call.wait(2.5) == "Spice Route, hello?"
    return call


def at_a_customer(name: str) -> Rehearsal:
    call = Rehearsal(name, CUSTOMER)
    assert call.wait(1.5) == "Hello?"
    return call


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("number", [KITCHEN, DRIVER, CUSTOMER, "+15125550999"])
def test_every_persona_can_sit_at_any_number(name: str, number: str) -> None:
    made = persona(name, directory().get(number) or stranger(number))
    assert made.from_ == number
    assert made.title
    assert not any("{name}" in line or "{area}" in line for one in made.people for line in one.lines)


def test_a_kitchen_takes_several_orders_in_one_call() -> None:
    call = at_a_kitchen("kitchen_yes")
    assert call.say(NEW_ORDER) == ""
    assert call.keys() == "1"
    assert call.say("Order one of two: one dal tadka. How many minutes?") == "Twenty minutes."
    more = "Twenty minutes, thank you. One more order waits. New order: two samosa. How many minutes?"
    assert call.say(more) == "Twenty minutes."
    assert call.say("Twenty minutes, thank you. Allergy: peanut.", wait=2) == ""
    assert call.wait(6) == "Bye."
    assert call.gone


def test_a_kitchen_ends_a_call_in_which_nothing_is_left_to_say() -> None:
    call = at_a_kitchen("kitchen_yes")
    assert call.say("The order with two dal tadka is cancelled. Please don't cook it.") == "Okay, understood."
    assert call.say("Anything else?") == "No, that's all. Bye."
    assert call.gone


def test_a_kitchen_presses_keys() -> None:
    call = at_a_kitchen("kitchen_keypad")
    call.say(NEW_ORDER)
    assert call.keys() == "1"
    call.say(DISHES)
    assert call.keys() == "20"
    assert call.said == ["Spice Route, hello?"]


def test_a_kitchen_rejects_and_says_why() -> None:
    call = at_a_kitchen("kitchen_rejects")
    assert call.say(DISHES) == "We are too busy."
    assert call.say("Busy, closing, out of stock, or no rider?") == "Too busy."
    assert call.say("Okay, that order is off. We tell the customer.", wait=8) == "Sorry. Bye."
    assert call.gone


def test_a_kitchen_names_the_dish_of_the_first_line_that_has_run_out() -> None:
    call = at_a_kitchen("kitchen_sold_out")
    assert call.say(DISHES) == "Sorry, the paneer tikka has run out."
    assert (
        call.say("Okay, no paneer tikka. It is now: two garlic naan. How many minutes?") == "Twenty minutes."
    )


def test_a_kitchen_offers_another_dish_of_the_same_kind() -> None:
    call = at_a_kitchen("kitchen_substitute")
    assert call.say(DISHES) == "The paneer tikka has run out, we can make samosa instead."


def test_a_recorded_menu_moves_on_only_for_the_tone_of_its_key() -> None:
    call = Rehearsal("kitchen_ivr", KITCHEN)
    call.wait(2)
    assert call.say("For orders please.", wait=0.5) == ""
    assert call.send(key_tone("1"), wait=6).startswith("To book a table")
    assert call.say("Two.", wait=1) == ""
    assert call.send(key_tone("2")) == "One moment please."
    assert call.wait(6).endswith("Spice Route, hello?")
    assert call.caller.tones == ["1", "2"]
    assert call.say(DISHES) == "Twenty minutes."


def test_a_recorded_menu_that_hears_nothing_repeats_itself_and_hangs_up() -> None:
    call = Rehearsal("kitchen_ivr", KITCHEN)
    said = call.wait(60)
    assert said.count("For orders, press two.") == 3
    assert said.endswith("Goodbye.")
    assert call.gone


def test_on_hold_there_is_music_whatever_is_said_and_then_a_person() -> None:
    call = Rehearsal("kitchen_hold", KITCHEN)
    assert call.wait(3) == "Spice Route, please hold."
    assert call.caller.talking
    assert call.say("Hello? Is anybody there?", wait=15) == ""
    assert call.caller.talking
    assert call.wait(12) == "Spice Route, hello?"


def test_an_answering_machine_keeps_what_is_said_after_its_beep() -> None:
    call = Rehearsal("voicemail", CUSTOMER)
    call.wait(0.5)
    call.say("This nobody hears.", wait=5)
    call.say("This is Tiffin. Please call us back.", wait=1)
    assert call.caller.left == "This is Tiffin. Please call us back."
    call.wait(9)
    assert call.gone


def test_who_screens_calls_wants_a_reason_and_then_connects() -> None:
    call = Rehearsal("screening", CUSTOMER)
    assert call.wait(4) == "Please say your name and why you are calling."
    assert call.say("This is Tiffin's AI, about your order.") == "Thank you. Please stay on the line."
    assert call.wait(5) == "Hello?"
    silent = Rehearsal("screening", CUSTOMER)
    assert silent.wait(18).endswith("not available. Goodbye.")
    assert silent.gone


def test_a_wrong_number_says_so_and_hangs_up() -> None:
    call = at_a_customer("wrong_person")
    assert call.say("Asha, Tiffin's AI assistant: your order is late.") == "You have the wrong number."
    assert call.say("I'm sorry, goodbye.") == "No problem. Bye."
    assert call.gone


def test_somebody_picks_up_and_hangs_up() -> None:
    call = Rehearsal("hangs_up", CUSTOMER)
    call.wait(1)
    assert call.gone


def test_somebody_slow_lets_it_ring_and_thinks_before_an_answer() -> None:
    call = Rehearsal("slow", KITCHEN)
    assert call.caller.scenario.rings == 18
    assert call.wait(1.8) == ""
    assert call.wait(2.5) == "Spice Route, hello?"
    assert call.say(DISHES, wait=2.5) == ""
    assert call.wait(1) == "Twenty minutes."


OFFER = "Tiffin's AI. Pick up at Spice Route, one point two kilometers, six dollars. Yes, or skip?"


@pytest.mark.parametrize(
    ("name", "said", "keys"),
    [("driver_yes", "Yes.", ""), ("driver_keypad_yes", "", "1"), ("driver_skip", "Skip.", "")],
)
def test_a_driver_answers_an_offer(name: str, said: str, keys: str) -> None:
    call = Rehearsal(name, DRIVER)
    assert call.wait(1.5) == "Hello?"
    assert call.say(OFFER) == said
    assert call.keys() == keys
    after = "All right, skipped." if said == "Skip." else "It's yours. Pick up at Spice Route, Old Mill."
    assert call.say(after, wait=7).endswith("ye.")
    assert call.gone


def test_a_driver_says_where_they_are() -> None:
    call = Rehearsal("driver_yes", DRIVER)
    call.wait(1.5)
    assert call.say("Tiffin's AI. Where are you?") == "I'm in Old Mill, on my way."


def test_a_driver_who_says_nothing_stays_on_the_line() -> None:
    call = Rehearsal("driver_silent", DRIVER)
    assert call.wait(10) == ""
    assert call.say(OFFER) == ""
    assert not call.gone


LATE = "Asha, Tiffin's AI assistant: your Spice Route order is ten minutes late."
OPT_OUT = "Press 9 or say stop calling to end these calls."
INSTEAD = "The paneer tikka has run out. Would you like samosa instead?"
HOW = f"Hi Asha, Tiffin's AI assistant. {OPT_OUT} How was last night's order?"


@pytest.mark.parametrize(
    ("name", "told", "answer"),
    [
        ("customer_ok", f"{LATE} {OPT_OUT}", "Okay, thank you."),
        ("customer_substitute_yes", INSTEAD, "Yes, take the other one."),
        ("customer_substitute_remove", INSTEAD, "Just leave it out."),
        ("customer_substitute_cancel", INSTEAD, "Please cancel the whole order."),
        ("customer_five_stars", HOW, "Five stars, it was lovely."),
        ("customer_complains", HOW, "Two stars, the food was cold."),
        ("customer_says_stop", HOW, "Stop calling."),
    ],
)
def test_a_customer_answers_what_is_told_or_asked(name: str, told: str, answer: str) -> None:
    call = at_a_customer(name)
    assert call.say(told) == answer
    assert call.say("Thank you, goodbye!") == "Bye."
    assert call.gone


def test_a_customer_cancels_only_once_asked_again() -> None:
    call = at_a_customer("customer_substitute_cancel")
    call.say(INSTEAD)
    assert call.say("Shall I cancel the order?") == "Yes, cancel it."


def test_a_customer_presses_nine() -> None:
    call = at_a_customer("customer_opts_out")
    assert call.say(HOW) == ""
    assert call.keys() == "9"
    assert call.say("Done, we won't call or text this number any more.", wait=6) == "Thank you. Bye."
    assert call.gone


def test_nobody_stays_for_ever_on_a_silent_line() -> None:
    for name in ("kitchen_yes", "customer_ok", "driver_yes"):
        call = Rehearsal(name, CUSTOMER)
        call.wait(90)
        assert call.gone, name


def test_a_persona_may_be_given_as_a_whole_and_lean_on_another() -> None:
    given = {
        "name": "slow",
        "title": "Slow",
        "like": "kitchen_yes",
        "answers": [{"when": "how many", "say": "Forty."}],
    }
    made = persona(given, directory()[KITCHEN])
    assert made.answers[0].say == "Forty."
    assert made.opening == "Spice Route, hello?"


@pytest.mark.parametrize(
    "wrong",
    ["nobody_knows", {"name": "x", "title": "X", "answers": [{"when": "hi"}]}, {"name": "x", "like": "y"}],
)
def test_what_is_no_persona_is_refused(wrong: object) -> None:
    with pytest.raises(UnknownScenario):
        persona(wrong, directory()[KITCHEN])  # type: ignore[arg-type]


def test_more_people_behind_a_telephone_than_can_be_are_refused() -> None:
    chain: dict[str, object] | str = "cooperative"
    for _ in range(10):
        chain = {"name": "x", "title": "X", "answers": [{"silence": 1.0, "becomes": chain}]}
    with pytest.raises(UnknownScenario, match="leads back"):
        persona(chain, directory()[KITCHEN])
    with pytest.raises(UnknownScenario):
        persona({"name": "x", "title": "X", "like": "../people"}, directory()[KITCHEN])


def test_sounds_last_as_long_as_they_are_asked_for() -> None:
    assert (len(music(3.1)), len(ringing(7.0))) == (24_800, 56_000)
