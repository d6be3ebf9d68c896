"""The first words of a call that we begin, by what it is about, and the few sentences for whoever is not a person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.calling import Kind
from domain.dialling import Topic, kind_of
from domain.saying import Saying, said

NOTHING = Saying("", "")
PARTNER = Saying("Tiffin's AI.", "टिफ़िन की एआई।")
CUSTOMER = Saying("Tiffin's AI assistant:", "टिफ़िन की एआई असिस्टेंट:")
NAMED = Saying("{name}, Tiffin's AI assistant:", "{name} जी, टिफ़िन की एआई असिस्टेंट:")
HI_NAMED = Saying("Hi {name}, Tiffin's AI assistant.", "नमस्ते {name} जी, टिफ़िन की एआई असिस्टेंट।")
HI = Saying("Hi, Tiffin's AI assistant.", "नमस्ते, टिफ़िन की एआई असिस्टेंट।")
END_CALLS = Saying(
    "Press 9 or say stop calling to end these calls.", "ये कॉल बंद करने के लिए 9 दबाइए या कहिए, कॉल बंद करो।"
)
OPT_OUT = Saying("Press 9 or say stop calling to opt out.", "ये कॉल बंद करने के लिए 9 दबाइए या कहिए, कॉल बंद करो।")
STOP = Saying("Press 9 or say stop to opt out.", "ये कॉल बंद करने के लिए 9 दबाइए या कहिए, कॉल बंद करो।")
"""Where there is more to say than that an order is late."""
SETTLED = Saying("That is settled already, sorry for the call. Goodbye.", "वह काम हो चुका है, माफ़ कीजिए। नमस्ते।")
"""What we called about has been dealt with while the telephone rang."""

TOLD: Mapping[Topic, Saying] = {
    Topic.ORDERS: Saying("New order, {items}.", "नया ऑर्डर, {items}।"),
    Topic.CHANGES: Saying("An order has changed.", "एक ऑर्डर बदला है।"),
    Topic.REMINDER: Saying("Pick-up soon: {order}.", "जल्द पिक-अप: {order}।"),
    Topic.OFFER: Saying("Pick up at {brand}, {pay}.", "{brand} से पिक-अप, {pay}।"),
    Topic.PICKUP: Saying(
        "The food at {brand} is ready, number {number}.", "{brand} का खाना तैयार है, नंबर {number}।"
    ),
    Topic.OFF: Saying(
        "The delivery from {brand}, number {number}, is called off.",
        "{brand} की डिलीवरी, नंबर {number}, कैंसल हो गई है।",
    ),
    Topic.MOVED: Saying(
        "The {brand} delivery now goes to {place}.", "{brand} की डिलीवरी अब यहाँ जाएगी: {place}।"
    ),
    Topic.WHERE: Saying(
        "You have not moved for a while with the {brand} delivery.",
        "{brand} की डिलीवरी के साथ आप कुछ देर से रुके हुए हैं।",
    ),
    Topic.SUBSTITUTE: Saying("{brand} has run out of {dish}.", "{brand} में {dish} ख़त्म हो गया है।"),
    Topic.REJECTED: Saying(
        "sorry, your {brand} order is off. {money}",  # by whomever it was ended
        "माफ़ कीजिए, {brand} का आपका ऑर्डर रद्द हो गया है। {money}",
    ),
    Topic.CHANGED: Saying("{brand} changed your order: {what}.", "{brand} ने आपका ऑर्डर बदला है: {what}।"),
    Topic.LATE: Saying(
        "your {brand} order is {minutes} minutes late.", "आपका {brand} ऑर्डर {minutes} मिनट लेट है।"
    ),
    Topic.AT_DOOR: Saying("your {brand} order is at the door.", "आपका {brand} ऑर्डर दरवाज़े पर है।"),
    Topic.PAYMENT: Saying(
        "your {brand} payment link has run out.", "आपके {brand} ऑर्डर का पेमेंट लिंक ख़त्म हो गया है।"
    ),
    Topic.FEEDBACK: NOTHING,
}
"""What counts as told once it was heard to its end."""
NOTE = Saying("A note for the {brand} delivery: {note}.", "{brand} की डिलीवरी के लिए नोट: {note}।")
"""Where the address has not changed."""
ORDERS_WAIT = Saying("{orders} new orders.", "{orders} नए ऑर्डर।")
LEFT_OUT = Saying("the {dish} is left out", "{dish} हटा दिया गया है")
INSTEAD = Saying("{instead} instead of {dish}", "{dish} की जगह {instead}")
NEW_BILL = Saying("it costs less", "अब कम पैसे लगेंगे")
ASKED: Mapping[Topic, Saying] = {
    Topic.ORDERS: Saying("Press 1 to hear it.", "सुनने के लिए 1 दबाइए।"),
    Topic.CHANGES: Saying("Press 1 to hear it.", "सुनने के लिए 1 दबाइए।"),
    Topic.REMINDER: Saying("Is it ready?", "क्या यह तैयार है?"),
    Topic.OFFER: Saying("Yes, or skip?", "हाँ, या छोड़ दें?"),
    Topic.PICKUP: NOTHING,
    Topic.OFF: Saying("Nothing is to be done.", "आपको कुछ नहीं करना है।"),
    Topic.MOVED: NOTHING,
    Topic.WHERE: Saying("Is everything all right?", "क्या सब ठीक है?"),
    Topic.SUBSTITUTE: Saying("What instead?", "उसकी जगह क्या?"),
    Topic.REJECTED: NOTHING,
    Topic.CHANGED: NOTHING,
    Topic.LATE: NOTHING,
    Topic.AT_DOOR: Saying("Can you open?", "क्या आप दरवाज़ा खोल सकते हैं?"),
    Topic.PAYMENT: Saying("Try again?", "फिर से कोशिश करें?"),
    Topic.FEEDBACK: Saying("How was {meal}?", "{meal} कैसा था?"),
}
"""What stands last, so that it can be answered."""
HEAR_THEM = Saying("Press 1 to hear them.", "सुनने के लिए 1 दबाइए।")
LAST_NIGHT = Saying("last night's order", "कल रात का ऑर्डर")
YESTERDAY = Saying("yesterday's order", "कल का ऑर्डर")
YOURS = Saying("your {brand} order", "आपका {brand} ऑर्डर")

ABOUT_WORK = Saying(
    "This is Tiffin's AI assistant, calling about your deliveries.",
    "मैं टिफ़िन की एआई असिस्टेंट हूँ, आपकी डिलीवरी के बारे में फ़ोन कर रही हूँ।",
)
ABOUT_ORDER = Saying(
    "This is Tiffin's AI assistant, calling about a food delivery.",
    "मैं टिफ़िन की एआई असिस्टेंट हूँ, खाने की एक डिलीवरी के बारे में फ़ोन कर रही हूँ।",
)
"""To a machine that asks who calls and why: nothing of the order."""
VOICEMAIL = Saying(
    "This is Tiffin's AI assistant, about a delivery. Nothing is lost; we will try again, or text you.",
    "मैं टिफ़िन की एआई असिस्टेंट, एक डिलीवरी के बारे में। हम फिर कोशिश करेंगे, या मैसेज भेजेंगे।",
)
VOICEMAIL_US = Saying(
    "This is Tiffin's AI assistant, about a delivery. Please call us back at {number}. Thank you.",
    "मैं टिफ़िन की एआई असिस्टेंट, एक डिलीवरी के बारे में। कृपया हमें {number} पर फ़ोन कीजिए। धन्यवाद।",
)
SORRY_WRONG = Saying(
    "I'm sorry for the disturbance, I'll note that. Goodbye.",
    "माफ़ कीजिए, ग़लत नंबर लग गया। मैं यह लिख लेती हूँ। नमस्ते।",
)
NOBODY_THERE = Saying(
    "I can't hear you, so I'll hang up now. Goodbye.", "आपकी आवाज़ नहीं आ रही, इसलिए मैं फ़ोन रख रही हूँ। नमस्ते।"
)
CALL_US = Saying("{farewell} Our number is {number}.", "{farewell} हमारा नंबर है {number}।")
"""A call-back number before the end of every call to a customer in the USA."""


@dataclass(frozen=True)
class Opening:
    """The first words of a call of ours, in the order in which they are said; together at most 8 s."""

    identity: str
    """Protected from barge-in."""
    told: str
    """Counts as told once it was heard; empty where there is nothing to tell."""
    opt_out: str = ""
    question: str = ""
    settled: bool = False
    """There is nothing to call about any more: this is said, and the call ends."""
    name: str = ""
    """Whom it asks for; empty where it names nobody."""

    @property
    def parts(self) -> tuple[str, ...]:
        """All that is said, without what is empty."""
        return tuple(part for part in (self.identity, self.told, self.opt_out, self.question) if part)

    @property
    def text(self) -> str:
        """The whole of it."""
        return " ".join(self.parts)

    def to(self, language: str) -> "Opening":
        """The same in the callee's language."""
        return replace(
            self,
            identity=said(self.identity, language),
            told=said(self.told, language),
            opt_out=said(self.opt_out, language),
            question=said(self.question, language),
        )


def opening(topic: Topic, name: str | None = None, **words: str) -> Opening:
    """What is said first; `words` are those that the topic's sentences need, a `Saying` where they differ by language.

    `name`: a customer's first name. It is all that is said of them to whoever picks up.
    """
    told = NOTE if topic is Topic.MOVED and "note" in words else TOLD[topic]
    told, asked = told.format(**words), ASKED[topic].format(**words)
    if kind_of(topic) is not Kind.CUSTOMER:
        return Opening(PARTNER, told, question=asked)
    if topic is Topic.FEEDBACK:
        return Opening(HI_NAMED.format(name=name) if name else HI, told, OPT_OUT, asked, name=name or "")
    opt_out = END_CALLS if topic is Topic.LATE else STOP
    identity = NAMED.format(name=name) if name else CUSTOMER
    return Opening(identity, told, opt_out, asked, name=name or "")


def orders_wait(count: Saying) -> Opening:
    """Several orders wait for a kitchen."""
    return Opening(PARTNER, ORDERS_WAIT.format(orders=count), question=HEAR_THEM)


def settled(topic: Topic) -> Opening:
    """What the call was about has been dealt with."""
    identity = PARTNER if kind_of(topic) is not Kind.CUSTOMER else HI
    return Opening(identity, NOTHING, question=SETTLED, settled=True)


def voicemail(market: str, number: str) -> Saying:
    """What a machine is told; in the USA with the number to call back."""
    return VOICEMAIL_US.format(number=number) if market == "US" else VOICEMAIL


def outgoing_phrases() -> tuple[str, ...]:
    """What is said in the same words to many, in each language: what a voice prepares."""
    fixed = [one for one in globals().values() if isinstance(one, Saying) and one]
    fixed += [one for table in (TOLD, ASKED) for one in table.values() if one]
    return tuple(dict.fromkeys(text for one in fixed for text in one.all if "{" not in text))
