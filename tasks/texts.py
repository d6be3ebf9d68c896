"""What is texted to whom nobody could speak to: fixed words, the kitchen's name and our number, nothing of an order.

Under the rules of every text each has one wording per language, which India registers; no word that a person said or
typed is put in. English is within the 160 characters of one text, with a kitchen's name of 40.
"""

from collections.abc import Mapping

from domain.dialling import Topic
from domain.errand import Errand
from domain.saying import Saying

TEXTS: Mapping[Topic, Saying] = {
    Topic.ORDERS: Saying(
        "Tiffin: a new order waits for {name}. Please open the tablet, or call {line}, within a few minutes.",
        "टिफ़िन: {name} के लिए नया ऑर्डर है। कृपया कुछ मिनट में टैबलेट खोलिए, या {line} पर फ़ोन कीजिए।",
    ),
    Topic.CHANGES: Saying(
        "Tiffin: an order at {name} was changed or is off. Please open the tablet, or call {line}.",
        "टिफ़िन: {name} का एक ऑर्डर बदला है या रद्द हुआ है। कृपया टैबलेट खोलिए, या {line} पर फ़ोन कीजिए।",
    ),
    Topic.PICKUP: Saying(
        "Tiffin: your order at {name} is ready to pick up. Questions: call {line}.",
        "टिफ़िन: {name} पर आपका ऑर्डर तैयार है। कुछ पूछना हो तो {line} पर फ़ोन कीजिए।",
    ),
    Topic.OFF: Saying(
        "Tiffin: your delivery from {name} is called off. Please don't bring it; questions: call {line}.",
        "टिफ़िन: {name} की आपकी डिलीवरी रद्द हो गई है। कुछ पूछना हो तो {line} पर फ़ोन कीजिए।",
    ),
    Topic.MOVED: Saying(
        "Tiffin: the door or a note of your delivery from {name} has changed. Please call {line} before you ride.",
        "टिफ़िन: {name} की आपकी डिलीवरी का पता या नोट बदला है। निकलने से पहले {line} पर फ़ोन कीजिए।",
    ),
    Topic.SUBSTITUTE: Saying(
        "Tiffin: {name} has run out of a dish of yours. Please call {line} now; else we leave it out.",
        "टिफ़िन: {name} पर आपका एक व्यंजन ख़त्म हो गया है। कृपया अभी {line} पर फ़ोन कीजिए, नहीं तो वह हटा दिया जाएगा।",
    ),
    Topic.REJECTED: Saying(
        "Tiffin: we're sorry, your {name} order is off. About the money, or a new order: call {line}.",
        "टिफ़िन: माफ़ कीजिए, आपका {name} ऑर्डर रद्द हो गया है। पैसों या नए ऑर्डर के लिए {line} पर फ़ोन कीजिए।",
    ),
    Topic.CHANGED: Saying(
        "Tiffin: {name} has run out of a dish, so your order was changed. To hear how: call {line}.",
        "टिफ़िन: {name} पर एक व्यंजन ख़त्म हो गया, इसलिए आपका ऑर्डर बदला है। जानने के लिए {line} पर फ़ोन कीजिए।",
    ),
    Topic.LATE: Saying(
        "Tiffin: we're sorry, your {name} order is late. To hear where it is: call {line}.",
        "टिफ़िन: माफ़ कीजिए, आपका {name} ऑर्डर लेट है। वह कहाँ है, जानने के लिए {line} पर फ़ोन कीजिए।",
    ),
    Topic.AT_DOOR: Saying(
        "Tiffin: the rider is at your door with your {name} order. Please open, or call {line}.",
        "टिफ़िन: राइडर आपका {name} ऑर्डर लेकर दरवाज़े पर है। कृपया खोलिए, या {line} पर फ़ोन कीजिए।",
    ),
    Topic.PAYMENT: Saying(
        "Tiffin: the payment link for your {name} order has run out. For another one, or cash: call {line}.",
        "टिफ़िन: आपके {name} ऑर्डर का पेमेंट लिंक अब नहीं चलेगा। नए लिंक या नकद के लिए {line} पर फ़ोन कीजिए।",
    ),
}
"""By what it is about; a topic that is not here is not for a text."""


def text_of(errand: Errand, line: str) -> str | None:
    """What is texted about an errand, in the language of whom it is for; None where it is not for a text."""
    wording = TEXTS.get(errand.topic)
    return wording.to(errand.language).format(name=errand.name, line=line) if wording else None
