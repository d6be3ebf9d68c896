"""The first words of a call, by market, caller and language; every element the law asks for is in each of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.saying import Saying, said

HELLO = Saying("Hi {name},", "नमस्ते {name} जी,")
NAMASTE = Saying("Namaste, this is Tiffin's AI assistant.", "नमस्ते, मैं टिफ़िन की एआई असिस्टेंट हूँ।")
RECORDING = Saying(
    "Tiffin's AI assistant, recording as last time.",
    "टिफ़िन की एआई असिस्टेंट, रिकॉर्डिंग पिछली बार की तरह।",
)
TRANSCRIBED_AND_RECORDING = Saying(
    "Tiffin's AI assistant. We transcribe and record, as last time.",
    "टिफ़िन की एआई असिस्टेंट। कॉल पिछली बार की तरह लिखी और रिकॉर्ड होगी।",
)
TRANSCRIBED_HERE = Saying(
    "Tiffin's AI assistant here. This call is transcribed.",
    "मैं टिफ़िन की एआई असिस्टेंट हूँ। यह कॉल लिखी जा रही है।",
)
TRANSCRIBED = Saying(
    "Tiffin's AI assistant. This call is transcribed.", "टिफ़िन की एआई असिस्टेंट। यह कॉल लिखी जा रही है।"
)
ASK = Saying("May I record this call? And {open}", "क्या मैं कॉल रिकॉर्ड कर लूँ? और {open}")
ASK_TOO = Saying("May I record it too? And {open}", "क्या इसे रिकॉर्ड भी कर लूँ? और {open}")
HELP = Saying("How can I help?", "मैं क्या मदद करूँ?")
AND_HELP = Saying("how can I help?", "मैं क्या मदद करूँ?")
WHAT = Saying("What would you like?", "आज क्या मँगवाएँगे?")
WHAT_TO_EAT = Saying("What would you like to eat?", "आज क्या मँगवाएँगे?")
AND_WHAT_TO_EAT = Saying("what would you like to eat?", "आज क्या मँगवाएँगे?")
WHAT_TO_GET = Saying("What can I get you?", "आज क्या मँगवाएँगे?")
AND_WHAT_TO_GET = Saying("what can I get you?", "आज क्या मँगवाएँगे?")
WELCOME_BACK = Saying("Tiffin's AI assistant, welcome back.", "टिफ़िन की एआई असिस्टेंट, फिर से स्वागत है।")
LOST_YOU = Saying(
    "Sorry, I lost you for a second. It's Tiffin's AI assistant again.",
    "माफ़ कीजिए, आवाज़ कट गई थी। मैं टिफ़िन की एआई असिस्टेंट ही हूँ।",
)
ALSO_TRANSCRIBED = Saying("{notice} This call is transcribed.", "{notice} यह कॉल लिखी जा रही है।")
ONCE_MORE = Saying("Could you say the last thing once more?", "आख़िरी बात एक बार फिर कहिए?")
STILL_HAVE = Saying(
    "I still have {what}. What else can I get you, or shall we go on?",
    "अब तक यह लिखा है: {what}। और कुछ, या आगे बढ़ें?",
)
STILL_HAVE_IT = Saying(
    "I still have your order. What else can I get you, or shall we go on?",
    "आपका ऑर्डर मेरे पास है। और कुछ, या आगे बढ़ें?",
)


@dataclass(frozen=True)
class Greeting:
    """The first words of an inbound call, in parts that a voice can have prepared.

    `notice` is the same for everybody. What is said to one person only (`hello`, and a `question` about their
    cart) can be left out or replaced when the voice does not have it in time.
    """

    notice: str
    """Identity and transcription: protected from barge-in."""
    question: str
    asks_recording: bool
    hello: str = ""
    plain_question: str | None = None
    """What to ask instead of a `question` that only fits this caller."""

    @property
    def opening(self) -> str:
        """Everything that is protected."""
        return f"{self.hello} {self.notice}".strip()

    @property
    def text(self) -> str:
        """The whole greeting."""
        return f"{self.opening} {self.question}"

    @property
    def nameless(self) -> "Greeting":
        """The same without the name."""
        return replace(self, hello="")

    @property
    def plain(self) -> "Greeting":
        """The same with a question that would fit anybody."""
        return replace(self, question=self.plain_question or self.question, plain_question=None)

    def to(self, language: str) -> "Greeting":
        """The same in the caller's language."""
        return replace(
            self,
            notice=said(self.notice, language),
            question=said(self.question, language),
            hello=said(self.hello, language),
            plain_question=self.plain_question and said(self.plain_question, language),
        )


DRIVER = Greeting(Saying("Tiffin's AI.", "टिफ़िन की एआई।"), HELP, asks_recording=False)
"""The greeting of a driver who calls; partners' calls are not recorded."""
KITCHEN = Greeting(
    DRIVER.notice, Saying("How can I help the kitchen?", "किचन के लिए मैं क्या मदद करूँ?"), asks_recording=False
)
"""The greeting of a kitchen that calls."""


def welcome_back(market: str, lines: str) -> Greeting:
    """The greeting of a call that goes on where it broke off; consent to record is not asked again."""
    return _goes_on(_notice(WELCOME_BACK, market), lines)


def lost_you(market: str, lines: str) -> Greeting:
    """The greeting of a call that broke off on our side and goes on at once; `lines`: the cart, "" when it is empty."""
    notice = _notice(LOST_YOU, market)
    return _goes_on(notice, lines) if lines else Greeting(notice, ONCE_MORE, False)


def _notice(notice: Saying, market: str) -> Saying:
    return ALSO_TRANSCRIBED.format(notice=notice) if market == "US" else notice


def _goes_on(notice: Saying, lines: str) -> Greeting:
    return Greeting(notice, STILL_HAVE.format(what=lines), False, plain_question=STILL_HAVE_IT)


def greeting(
    market: str, name: str | None, recorded_before: bool | None, *, ordering: bool = True
) -> Greeting:
    """The inbound greeting of a market, in every language: `to` makes it the caller's.

    `recorded_before`: True and False are an answer that still holds, None means the question is due.
    A name is only said with an answer on file, as a stranger must not learn whose number this is.
    `ordering`: False when the caller most likely wants something else than food; the question is open then.
    """
    hello = HELLO.format(name=name) if name else ""
    us = market == "US"
    if recorded_before is True:
        notice = TRANSCRIBED_AND_RECORDING if us else RECORDING
        return Greeting(notice, WHAT if ordering else HELP, False, hello)
    if us:
        if recorded_before is None:
            after = AND_WHAT_TO_GET if ordering else AND_HELP
            return Greeting(TRANSCRIBED_HERE, ASK_TOO.format(open=after), True)
        return Greeting(TRANSCRIBED, WHAT_TO_GET if ordering else HELP, False, hello)
    if recorded_before is None:
        after = AND_WHAT_TO_EAT if ordering else AND_HELP
        return Greeting(NAMASTE, ASK.format(open=after), True)
    return Greeting(NAMASTE, WHAT_TO_EAT if ordering else HELP, False)


def greeting_phrases(markets: Iterable[str]) -> tuple[str, ...]:
    """Every part of a greeting that is said in the same words to many, in each language: what a voice prepares."""
    made = [DRIVER, KITCHEN]
    for market in markets:
        made += [
            greeting(market, None, asked, ordering=ordering)
            for asked in (None, False, True)
            for ordering in (True, False)
        ]
        made += [welcome_back(market, "x").plain, lost_you(market, ""), lost_you(market, "x").plain]
    parts = [text for one in made for text in (one.notice, one.question)]
    return tuple(dict.fromkeys(said(text, language) for language in ("en", "hi") for text in parts))
