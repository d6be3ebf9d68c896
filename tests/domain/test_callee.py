"""Who picks up a call of ours, from the words alone: a labelled list, and the keys of menus."""

import pytest

from domain.callee import Heard, back_again, continues_menu, hears, key_for, options, plainly_wrong
from domain.calling import Kind

H = Heard
SAID: list[tuple[str, Heard]] = [
    ("Hello?", H.GREETING),
    ("Hi.", H.GREETING),
    ("Spice Route, hello?", H.GREETING),
    ("Spice Route Old Mill, good evening.", H.GREETING),
    ("Hello, this is Asha.", H.GREETING),
    ("Asha speaking.", H.GREETING),
    ("Thank you for calling Spice Route, how can I help you?", H.GREETING),
    ("Kitchen here, hello.", H.GREETING),
    ("Namaste, Spice Route.", H.GREETING),
    ("नमस्ते, स्पाइस रूट", H.GREETING),
    ("हैलो जी", H.GREETING),
    ("Yes?", H.OTHER),
    ("Yeah.", H.OTHER),
    ("Haan ji, boliye.", H.OTHER),
    ("Twenty minutes.", H.OTHER),
    ("Skip.", H.OTHER),
    ("Press one?", H.OTHER),
    ("Okay, I press one now.", H.OTHER),
    ("I can take it.", H.OTHER),
    ("No, I'm not free today.", H.OTHER),
    ("I'm not interested.", H.OTHER),
    ("Do what you want with the naan.", H.OTHER),
    ("Tell me, what have you got?", H.OTHER),
    ("Stop calling me.", H.OTHER),
    ("Ready in one minute.", H.OTHER),
    ("Yes, I'll open in just a minute.", H.OTHER),
    ("Do minute mein.", H.OTHER),
    ("दो मिनट में।", H.OTHER),
    ("Who is this?", H.WHO),
    ("Hello, who's calling?", H.WHO),
    ("Hold on, who is this?", H.WHO),
    ("What is this about?", H.WHO),
    ("Where are you calling from?", H.WHO),
    ("Haan, kaun bol raha hai?", H.WHO),
    ("कौन बोल रहा है?", H.WHO),
    ("Sorry, say that again?", H.AGAIN),
    ("Pardon?", H.AGAIN),
    ("I didn't catch that.", H.AGAIN),
    ("Kya bola? Phir se boliye.", H.AGAIN),
    ("Thank you for calling Spice Route.", H.PRELUDE),
    ("Welcome to Green Bowl.", H.PRELUDE),
    ("This call may be recorded for quality and training purposes.", H.PRELUDE),
    ("Spice Route mein aapka swagat hai.", H.PRELUDE),
    ("For orders, press 2.", H.MENU),
    ("Press 1 for the kitchen, press 2 for reservations.", H.MENU),
    ("For orders press two for the kitchen press three", H.MENU),
    ("To speak to the manager, press zero. To leave a message, press 9.", H.MENU),
    ("If you are a delivery partner, press four.", H.MENU),
    ("Order ke liye ek dabaiye, table ke liye do dabaiye.", H.MENU),
    ("ऑर्डर के लिए एक दबाएँ, किचन के लिए दो दबाएँ", H.MENU),
    ("Para español, oprima dos. For English, press 1.", H.MENU),
    ("Please hold.", H.HOLD),
    ("Please stay on the line, your call is important to us.", H.HOLD),
    ("All our agents are busy at the moment.", H.HOLD),
    ("All of our team members are currently assisting other guests.", H.HOLD),
    ("Connecting you to the kitchen.", H.HOLD),
    ("One moment please.", H.HOLD),
    ("Hold on a second.", H.HOLD),
    ("Please hold, I'm back in a minute.", H.HOLD),
    ("दो मिनट।", H.HOLD),
    ("Let me get the chef.", H.HOLD),
    ("Ek minute.", H.HOLD),
    ("Hold kariye.", H.HOLD),
    ("Rukiye zara.", H.HOLD),
    ("एक मिनट होल्ड कीजिए", H.HOLD),
    ("You are number three in the queue.", H.HOLD),
    ("Please say your name and why you are calling.", H.SCREENING),
    (
        "Hi. If you record your name and reason for calling, I'll see if this person is available.",
        H.SCREENING,
    ),
    ("The person you're calling is using a screening service from Google.", H.SCREENING),
    ("Please leave a message after the tone.", H.VOICEMAIL),
    ("Hi, this is Asha, I can't come to the phone right now.", H.VOICEMAIL),
    ("You have reached the voicemail of five one two, five five five.", H.VOICEMAIL),
    ("All our agents are busy. Please leave your message after the beep.", H.VOICEMAIL),
    ("Beep ke baad apna sandesh chhodiye.", H.VOICEMAIL),
    ("बीप के बाद अपना संदेश छोड़ें", H.VOICEMAIL),
    ("The number you have dialed is not in service.", H.UNREACHABLE),
    ("The person you are calling is busy on another call.", H.UNREACHABLE),
    ("Aapne jis number par call kiya hai vah abhi vyast hai.", H.UNREACHABLE),
    ("You have dialled a fax machine.", H.FAX),
    ("You've got the wrong number.", H.WRONG),
    ("Sorry, wrong number.", H.WRONG),
    ("There is no Asha here.", H.WRONG),
    ("No Asha here.", H.WRONG),
    ("I'm not Asha.", H.WRONG),
    ("Nobody by that name.", H.WRONG),
    ("She doesn't live here.", H.WRONG),
    ("She's not here.", H.WRONG),
    ("Galat number hai.", H.WRONG),
    ("Yahan koi Asha nahi rehti.", H.WRONG),
    ("गलत नंबर", H.WRONG),
    ("", H.NOTHING),
    ("...", H.NOTHING),
]


@pytest.mark.parametrize(("text", "heard"), SAID, ids=[text or "nothing" for text, _ in SAID])
def test_the_first_words_tell_who_picked_up(text: str, heard: Heard) -> None:
    assert hears(text) is heard


@pytest.mark.parametrize(
    "text",
    [
        "You've got the wrong number.",
        "I'm not Asha.",
        "Asha doesn’t live here.",
        "Koi Asha nahi rehti.",
        "गलत नंबर",
    ],
)
def test_some_answers_can_only_come_from_the_wrong_person(text: str) -> None:
    assert plainly_wrong(text, "Asha")


@pytest.mark.parametrize(
    "text", ["The food is not ready.", "I'm not happy.", "He's at the wrong house.", "No one called me."]
)
def test_what_answers_our_news_is_no_wrong_person(text: str) -> None:
    assert not plainly_wrong(text, "Al")  # nor is a name that is a part of another word
    assert not plainly_wrong(text, "")


def test_every_kind_of_first_words_is_in_the_list() -> None:
    assert {heard for _, heard in SAID} == {*Heard}
    assert len(SAID) > 60


def test_a_kitchen_whose_manager_is_out_is_no_wrong_person() -> None:
    assert hears("The manager is not here.", Kind.RESTAURANT) is Heard.OTHER
    assert hears("Asha is not here.", Kind.CUSTOMER) is Heard.WRONG


@pytest.mark.parametrize(
    ("menu", "kind", "key"),
    [
        ("For orders, press 2.", Kind.RESTAURANT, "2"),
        ("For reservations, press 1. For orders, press 2. For the kitchen, press 3.", Kind.RESTAURANT, "3"),
        ("Press 1 for table bookings, press 2 for orders.", Kind.RESTAURANT, "2"),
        ("for orders press two for catering press three", Kind.RESTAURANT, "2"),
        ("To place an order press one. Delivery partners press four.", Kind.RESTAURANT, "4"),
        ("Order ke liye ek dabaiye, table ke liye do dabaiye.", Kind.RESTAURANT, "1"),
        ("टेबल के लिए एक दबाएँ, ऑर्डर के लिए दो दबाएँ", Kind.RESTAURANT, "2"),
        ("For English press 1, Hindi ke liye do dabaiye.", Kind.RESTAURANT, "1"),
        ("To speak to an operator, press zero.", Kind.RESTAURANT, "0"),
        ("Press 5 to accept this call, or press 6 to block it.", Kind.CUSTOMER, "5"),
        ("For opening hours press 1. For jobs press 2.", Kind.RESTAURANT, None),
        ("To leave a message, press star.", Kind.RESTAURANT, None),
    ],
)
def test_the_key_of_a_menu_leads_to_whom_we_want(menu: str, kind: Kind, key: str | None) -> None:
    assert key_for(menu, kind) == key


def test_a_menu_is_entered_in_the_language_of_the_call() -> None:
    menu = "For English press 1, Hindi ke liye do dabaiye."
    assert key_for(menu, Kind.RESTAURANT, "hi") == "2"


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("For orders,", True),
        ("press two.", True),
        ("to book a table", True),
        ("ऑर्डर के लिए", True),
        ("Kitchen, hello?", False),
        ("Haan, bolo.", False),
    ],
)
def test_a_piece_of_a_menu_is_no_person(text: str, piece: bool) -> None:
    assert continues_menu(text) is piece


def test_a_menu_says_what_each_key_is_for() -> None:
    assert options("For orders, press 2. For the kitchen, press 3.") == [
        ("For orders", "2"),
        ("For the kitchen", "3"),
    ]
    assert options("Press 1 for orders, press 2 for anything else.") == [
        ("for orders", "1"),
        ("for anything else", "2"),
    ]
    assert options("Hello?") == []


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Haan, bolo.", True),
        ("Yes, kitchen.", True),
        ("Did you know that you can order our new spring menu online at any time of the day.", False),
        ("So what is it that you wanted to tell us about the order from this evening?", True),
    ],
)
def test_who_comes_back_to_the_line_says_little(text: str, person: bool) -> None:
    assert back_again(text) is person
