"""Whoever picks up a call of ours, and what they get from the system: to people the opening, to machines their due."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agents.door import At
from compliance.outgoing_words import settled
from domain.call_state import Level
from domain.dialling import Outcome, Topic
from operations.outgoing import Begun
from tests.fakes.door import QUICK, Exchange, called


@pytest.fixture
async def dialled() -> AsyncIterator[Exchange]:
    exchange = Exchange()
    yield exchange
    for callee in exchange.made:
        await callee.close()


async def test_the_opening_is_said_when_hello_is_over(dialled: Exchange) -> None:
    phone = dialled()
    await phone.callee.voice(True)
    await asyncio.sleep(QUICK.silent * 2)
    assert phone.door.did == []  # nothing is said into a voice, however long
    await phone.callee.voice(False)
    await phone.callee.words("Hello?", 1.0)
    assert await phone.door.until(1) == ["opening"]
    assert not phone.door.is_shut
    assert phone.callee.outcome is Outcome.HUNG_UP  # a hello is no answer


async def test_silence_is_broken_by_the_opening(dialled: Exchange) -> None:
    assert await dialled().door.until(1) == ["opening"]


async def test_a_click_is_no_hello(dialled: Exchange) -> None:
    phone = dialled()
    began = asyncio.get_running_loop().time()
    await phone.hears("", 0.1)
    assert await phone.door.until(1) == ["opening"]
    assert asyncio.get_running_loop().time() - began >= QUICK.silent


@pytest.mark.parametrize("words", ["Who is this?", "कौन बोल रहा है?", "Haan, boliye.", ""])
async def test_whoever_asks_or_mumbles_is_told_what_it_is(dialled: Exchange, words: str) -> None:
    phone = dialled()
    await phone.hears(words)
    assert await phone.door.until(1) == ["opening"]


async def test_an_answer_is_the_conversations_and_means_that_somebody_was_there(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened()
    assert not await phone.turn("Yes, go ahead.")
    assert phone.callee.outcome is Outcome.TALKED
    assert not await phone.turn("Please hold.")  # a person: the model answers it


async def test_hello_once_more_is_told_it_once_more_and_asks_no_model(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened(heard=False)
    assert await phone.turn("Hello?")
    assert await phone.door.until(2) == ["opening", "opening"]
    assert await phone.turn("Hello? Who is this?")
    assert not await phone.turn("Hello?")  # the third time the model tells it


async def test_a_customer_is_only_known_once_they_answer(dialled: Exchange) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.opened()
    levels = [phone.talk.state.level]
    await phone.turn("Okay, thanks.")
    levels.append(phone.talk.state.level)
    assert levels == [Level.NOBODY, Level.NUMBER]


async def test_a_key_is_an_answer_and_opens_the_door(dialled: Exchange) -> None:
    phone = dialled()
    phone.callee.keyed()
    assert not phone.door.is_shut
    assert phone.callee.outcome is Outcome.TALKED
    assert await phone.door.until(1) == ["opening"]


async def test_a_menu_is_listened_to_and_answered_with_one_key_and_no_word(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("Thank you for calling Spice Route.")
    await phone.hears("For orders, press 2.")
    await phone.hears("For the kitchen, press 3.")
    assert await phone.door.until(1) == ["press 3"]
    assert phone.door.is_shut
    await phone.hears("Please hold while I connect you.")
    await phone.hears("Kitchen, hello?")
    assert await phone.door.until(2) == ["press 3", "opening"]
    assert [one["pressed"] for one in phone.talk.recorded("callee.menu")] == ["3"]


async def test_a_menu_in_pieces_is_one_menu(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("Thank you for calling Spice Route.")
    for piece in ("To book a table,", "press one.", "For orders,", "press two."):
        await phone.hears(piece)
    assert await phone.door.until(1) == ["press 2"]
    await phone.hears("To book a table, press one.")
    await phone.hears("For orders,")
    await phone.hears("press two.")
    assert await phone.door.until(2) == ["press 2", "press 2"]


async def test_a_menu_over_the_opening_is_answered_with_its_key_too(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened(heard=False)
    assert await phone.turn("For orders, press 2.")
    assert await phone.door.until(2) == ["opening", "press 2"]
    assert phone.door.is_shut


async def test_a_menu_that_ends_in_please_hold_is_still_answered(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("For orders, press 2.")
    await phone.hears("Or please stay on the line.")
    assert await phone.door.until(1) == ["press 2"]


async def test_a_recording_that_the_opening_was_deaf_to_is_heard_at_once(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened(heard=False)
    await phone.callee.words("Yes, hello, go on.", 0.0)
    await phone.callee.words("Hold on.", 0.0)
    assert phone.door.did == ["opening"]
    await phone.callee.words("Please leave a message after the tone.", 0.0)
    did = await phone.door.until(3)
    assert did[1] == "hush"
    assert did[2].startswith("last ")
    assert await phone.turn("Please leave a message after the tone.")


async def test_a_second_menu_without_us_in_it_is_answered_with_the_operators_key(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("For jobs, press 1.")
    await asyncio.sleep(QUICK.menu * 2)
    assert phone.door.did == []
    await phone.hears("For jobs, press 1.")
    assert await phone.door.until(1) == ["press 0"]


async def test_hold_is_silence_and_then_an_end(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("Please hold, all our agents are busy.")
    assert phone.callee.waits
    await phone.hears("Did you know that you can order our new menu online at any time of the day.")
    await phone.hears("", 3.0)
    assert await phone.door.until(1) == ["leave"]
    assert phone.callee.outcome is Outcome.ON_HOLD


async def test_somebody_who_fetches_the_chef_is_waited_for_and_the_chef_told(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened()
    assert await phone.turn("Ek minute.")
    assert phone.door.is_shut
    await phone.hears("Hello?")
    assert await phone.door.until(2) == ["opening", "opening"]


async def test_somebody_who_comes_back_and_has_heard_it_goes_on(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened()
    assert await phone.turn("One moment.")
    await phone.hears("Yes, go ahead.")
    assert await phone.door.until(2) == ["opening", "turn Yes, go ahead."]
    assert phone.callee.outcome is Outcome.TALKED


async def test_a_screening_hears_who_we_are_and_nothing_of_the_order(dialled: Exchange) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.hears("Please say your name and why you are calling.")
    (said,) = await phone.door.until(1)
    assert said == "say This is Tiffin's AI assistant, calling about a food delivery."
    assert phone.door.is_shut
    await phone.hears("Hello?")
    assert (await phone.door.until(2))[1] == "opening"


@pytest.mark.parametrize("end", ["beep", "silence"])
async def test_a_voicemail_gets_a_message_after_its_announcement(dialled: Exchange, end: str) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.hears("Hi, you have reached Asha.")
    await phone.hears("Please leave a message after the tone.")
    assert phone.door.did == []
    if end == "beep":
        await phone.callee.beep()
    (said,) = await phone.door.until(1)
    assert said.startswith("last This is Tiffin's AI assistant")
    assert "five one two, five five five, zero one zero zero" in said
    assert "Asha" not in said
    assert phone.callee.outcome is Outcome.VOICEMAIL


async def test_the_keys_of_a_voicemail_are_not_pressed(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("Please leave a message after the tone.")
    await phone.hears("To leave a call back number, press 5.")
    (said,) = await phone.door.until(1)
    assert said.startswith("last ")


async def test_detection_of_a_machine_stops_the_opening_and_leaves_a_message(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened(heard=False)
    await phone.callee.detected("machine_start")
    did = await phone.door.until(3)
    assert did[:2] == ["opening", "hush"]
    assert did[2].startswith("last ")
    assert phone.callee.outcome is Outcome.VOICEMAIL


async def test_detection_of_a_machine_that_is_a_menu_presses_its_key(dialled: Exchange) -> None:
    phone = dialled()
    await phone.callee.voice(True)
    await phone.callee.detected("machine_start")
    await phone.callee.voice(False)
    await phone.callee.words("For orders, press 2.", 3.0)
    assert await phone.door.until(1) == ["press 2"]
    assert phone.callee.ended is None


async def test_a_person_is_believed_before_detection(dialled: Exchange) -> None:
    phone = dialled()
    await phone.opened()
    await phone.turn("Yes?")
    await phone.callee.detected("machine_start")
    assert phone.door.did == ["opening"]
    assert phone.callee.outcome is Outcome.TALKED


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("fax", Outcome.FAX), ("human", Outcome.HUNG_UP), ("unknown", Outcome.HUNG_UP)],
)
async def test_detection_of_anything_else_says_nothing_to_it(
    dialled: Exchange, said: str, outcome: Outcome
) -> None:
    phone = dialled()
    await phone.callee.detected(said)
    assert phone.callee.outcome is outcome
    assert phone.door.did == (["leave"] if said == "fax" else [])


async def test_the_wrong_person_gets_an_apology(dialled: Exchange) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.opened()
    assert await phone.turn("No Asha here, wrong number.")
    assert (await phone.door.until(2))[1].startswith("last I'm sorry for the disturbance")
    assert phone.callee.outcome is Outcome.WRONG_PERSON
    await phone.callee.close()
    assert phone.talk.state.denied


async def test_who_speaks_into_the_apology_keeps_the_line(dialled: Exchange) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.opened()
    await phone.turn("Wrong number.")
    phone.callee.kept_the_line()
    assert not await phone.turn("No wait, that is me, Asha.")
    assert phone.callee.ended is None


@pytest.mark.parametrize(
    ("who", "topic", "said"),
    [
        ("driver", Topic.WHERE, "The food is not ready."),
        ("customer", Topic.LATE, "I'm not happy."),
        ("customer", Topic.AT_DOOR, "The rider is not here."),
        ("customer", Topic.AT_DOOR, "Yes, I'll open in a minute."),
        ("restaurant", Topic.REMINDER, "No, it's not done."),
        ("restaurant", Topic.REMINDER, "Ready in one minute."),
    ],
)
async def test_an_answer_to_what_was_told_is_no_wrong_number_and_no_wish_to_wait(
    dialled: Exchange, who: str, topic: Topic, said: str
) -> None:
    phone = dialled(called(who, topic))
    await phone.opened()
    assert not await phone.turn(said)
    assert phone.door.did == ["opening"]
    assert phone.callee.outcome is Outcome.TALKED


async def test_who_repeats_the_name_after_the_news_is_still_the_wrong_person(dialled: Exchange) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.opened()
    assert await phone.turn("I'm not Asha.")
    assert phone.callee.outcome is Outcome.WRONG_PERSON


@pytest.mark.parametrize("said", ["Okay, bye.", "Who is Asha?", "So what is it about?", "No."])
async def test_the_wrong_person_gets_no_conversation_by_speaking_into_the_apology(
    dialled: Exchange, said: str
) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.opened()
    await phone.turn("Wrong number.")
    phone.callee.kept_the_line()
    assert await phone.turn(said)
    assert (await phone.door.until(3))[2].startswith("last I'm sorry")
    await phone.callee.close()
    assert phone.callee.outcome is Outcome.WRONG_PERSON
    assert (phone.talk.state.denied, phone.talk.state.level) == (True, Level.NOBODY)


async def test_the_wrong_persons_wish_not_to_be_called_is_heard(dialled: Exchange) -> None:
    phone = dialled(called("customer", Topic.LATE))
    await phone.opened()
    await phone.turn("Wrong number.")
    phone.callee.kept_the_line()
    assert not await phone.turn("Stop calling me.")
    assert phone.callee.outcome is Outcome.WRONG_PERSON


async def test_a_voice_that_never_ends_is_not_listened_to_for_ever(dialled: Exchange) -> None:
    phone = dialled()
    await phone.callee.voice(True)
    assert await phone.door.until(1) == ["leave"]
    assert phone.callee.outcome is Outcome.ON_HOLD


async def test_a_queue_after_a_long_hello_has_all_our_patience(dialled: Exchange) -> None:
    phone = dialled()
    await phone.callee.voice(True)
    await asyncio.sleep(QUICK.hold * 0.7)
    await phone.callee.voice(False)
    await phone.callee.words("Please hold, all our agents are busy.", 1.0)
    await asyncio.sleep(QUICK.hold * 0.6)
    assert phone.door.did == []


async def test_a_number_that_is_switched_off_is_left_alone(dialled: Exchange) -> None:
    phone = dialled()
    await phone.hears("The number you have dialed is not in service.")
    assert await phone.door.until(1) == ["leave"]
    assert phone.callee.outcome is Outcome.NO_ANSWER


async def test_what_is_settled_is_said_to_be_and_the_call_ends(dialled: Exchange) -> None:
    phone = dialled(begun=Begun(settled(Topic.ORDERS)))
    await phone.hears("Hello?")
    (said,) = await phone.door.until(1)
    assert said == "last Tiffin's AI. That is settled already, sorry for the call. Goodbye."


async def test_nobody_who_answers_is_nobody(dialled: Exchange) -> None:
    phone = dialled()
    await phone.door.until(1)
    assert phone.callee.gone() == "I can't hear you, so I'll hang up now. Goodbye."
    assert phone.callee.outcome is Outcome.HUNG_UP


async def test_a_customer_in_the_usa_hears_our_number_before_the_end(dialled: Exchange) -> None:
    asha = dialled(called("customer", Topic.LATE)).callee
    assert asha.farewell("Bye.") == "Bye. Our number is five one two, five five five, zero one zero zero."
    assert dialled(called("customer", Topic.LATE, "IN")).callee.farewell("Bye.") == "Bye."
    assert dialled().callee.farewell("Bye.") == "Bye."


async def test_it_waits_while_it_listens_and_not_while_it_talks(dialled: Exchange) -> None:
    phone = dialled()
    assert phone.callee.waits
    await phone.opened()
    assert not phone.callee.waits
    assert phone.callee.at is At.OPENED
