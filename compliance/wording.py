"""What the system says in its own words, with the version that consent rows carry."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

VERSION = "2026-11"
RECORDING_QUESTION = "May I record this call?"
CALL_BACK = "A person will call you back within half an hour. Anything else?"
NO_NUMBER = "Your number is withheld, so nobody can call you back. We can go on here, or you call again."
CONTACT_QUESTION = "I'll call or text this number about the order, okay?"
HELP, AND_HELP = "How can I help?", "how can I help?"
ROBOT = "Yes, I'm Tiffin's AI assistant, a computer program. A person can call you back if you like."
NOT_UNDERSTOOD = (
    "I'm sorry, I can't make out the words on this line. A person will call you back within half an hour."
)
NO_PROMISE = "I'm sorry, I couldn't book a call back just now. Please try again in a minute."
CODE_TEXT = (
    "{code} is your Tiffin code, good for ten minutes. Read it only to the line you have called yourself."
)
CODE_SENT = "I've texted a six-digit code to this number. Please read it to me, or key it in."
CODE_COMES = "The code is on its way to this number. Please read it to me, or key it in."
PUTTING_THROUGH = "I'm putting you through to a person; you are {place} in the queue."
IN_QUEUE = "I'm still trying to reach a person; you are {place} in the queue. Say never mind to stop."
NOT_WAITING = "Okay, I've stopped that. What else can I do for you?"
NOBODY_FREE = (
    "I'm sorry, nobody can take the call just now. A person will call you back {when}. Anything else?"
)
NOBODY_AND_WITHHELD = (
    "I'm sorry, nobody can take the call just now, and as your number is withheld, nobody can call you back."
)
NOBODY_NO_PROMISE = "I'm sorry, nobody can take the call just now. Please ask for a person again in a minute."
CONNECTED = "You are being connected now."
WHISPER = "{briefing} Press 1 to take the call, or 2 to decline."
TAKEN = "Thank you. Here is the caller."
DECLINED = "All right. The caller is told that somebody calls back. Goodbye."
CALLER_GONE = "The caller is not waiting any more. Goodbye."
YES_OR_NO = "Please say yes or no, or press one for yes, two for no."
HOW_MANY_MINUTES = "How many minutes? You can type them, with two digits."
NOT_RECORDED = "Okay."
GONE = "I can't hear you, so I'll hang up now. Please call again any time. Goodbye."
DEAD_AIR = "If you like, press zero and a person will call you back."
NOW_SPEAKING = {"en": "Sure, in English.", "hi": "जी, अब हिंदी में बात करते हैं।"}
SPEAK_NOTE = {
    "en": "The caller wants English. From now on speak English, whatever language they use.",
    "hi": "The caller wants Hindi. From now on speak everyday Hindi, in Devanagari, whatever language they use.",
}
"""For the model, from the moment the caller asked on."""
WITHDRAWN = "The caller asked not to be recorded."
"""Stands in a consent row where no question was asked."""
OPT_OUT = "The caller asked not to be called or texted."
NO_MORE_OFFERS = "Done, we won't call or text this number about offers or feedback any more."
NO_MORE_CALLS = "Done, we won't call or text this number any more; if an order needs it, a person does."


SOMEBODY = (
    r"(?:(?:a|an|the|some|just|really|actually|even|ek|real|live|actual|true|asli|sach(?:mein|ch?i)?|kind of|"
    r"sort of|talking|ai|artificial|automated|computer)\s+)*"
    r"(?:ro?bots?|bots?|chatbot|machine|computer|program|human(?:\s+being)?|person|recording|"
    r"ai|a\.i\.?|artificial\s+intelligence|chat\s?gpt|insaan|insan|aadmi)"
)
ASKS_ROBOT = re.compile(
    rf"\b(?:are|r)\s+(?:you|u)\s+{SOMEBODY}\b(?!\s+of\b)"
    rf"|\b(?:you\s+are|you're|you)\s+(?:not\s+)?{SOMEBODY}(?:,?\s+(?:right|correct|no|aren't\s+you|or\b.*))?\s*\?"
    rf"|\b(?:is|was)\s+(?:this|that|it|there)\s+{SOMEBODY}(?:\s+(?:(?:i'm|i\s+am|am\s+i)\s+)?"
    r"(?:talking|speaking|there|here|or|on)\b.*)?\s*[?.!]*$"
    rf"|\bam\s+i\s+(?:talking|speaking|chatting)\s+(?:to|with)\s+{SOMEBODY}\b"
    rf"|\b(?:aap|tum|yeh?)\s+(?:{SOMEBODY}|koi\s+{SOMEBODY})\s+(?:hain?|ho|hai)\b"
    rf"|\b{SOMEBODY}\s+se\s+baat\s+(?:kar\s+rah|ho\s+rah)"
    r"|(?:आप|तुम|यह|ये)\s+(?:(?:कोई|एक|असली|सच में)\s+)*"
    r"(?:रोबोट|रोबॉट|मशीन|बॉट|कंप्यूटर|कम्प्यूटर|इंसान|इन्सान|आदमी|एआई)\s+(?:हैं|हो|है)",
    re.IGNORECASE,
)
"""A caller who wants to know whether they talk to a person: in English, in Hindi, in either script."""
AROUND_IT = re.compile(
    rf"\b(?:{SOMEBODY}|hi|hello|hey|namaste|sorry|excuse me|wait|hold on|um+|uh+|so|okay|ok|well|please|just|first|but|"
    r"now|and|or|no|yes|tell me|(?:one|a|quick|one quick) question|actually|honestly|seriously|by the way|then|"
    r"(?:can|may) i ask(?: you)?(?: something)?|i have (?:a|one) question|you(?:'re| are)(?: not)?|"
    r"(?:are )?you|is this|right|real|answer me|"
    r"i (?:want|need) to know|kya|main|ya|a|hoon|hai|na|thanks?|thank you)\b|क्या|मैं|हूँ|या",
    re.IGNORECASE,
)


def only_asks_robot(text: str) -> bool:
    """True when a turn asks whether we are a machine, and nothing else."""
    rest, asked = ASKS_ROBOT.subn(" ", text)
    return asked > 0 and not re.search(r"\w", AROUND_IT.sub(" ", rest))


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


DRIVER = Greeting("Tiffin's AI.", HELP, asks_recording=False)
"""The greeting of a driver who calls; partners' calls are not recorded."""
KITCHEN = Greeting("Tiffin's AI.", "How can I help the kitchen?", asks_recording=False)
"""The greeting of a kitchen that calls."""


def welcome_back(market: str, lines: str) -> Greeting:
    """The greeting of a call that goes on where it broke off; consent to record is not asked again."""
    notice = "Tiffin's AI assistant, welcome back."
    if market == "US":
        notice += " This call is transcribed."
    end = "What else can I get you, or shall we go on?"
    return Greeting(
        notice, f"I still have {lines}. {end}", False, plain_question=f"I still have your order. {end}"
    )


def lost_you(market: str, lines: str) -> Greeting:
    """The greeting of a call that broke off on our side and goes on at once; `lines`: the cart, "" when it is empty."""
    notice = "Sorry, I lost you for a second. It's Tiffin's AI assistant again."
    if market == "US":
        notice += " This call is transcribed."
    if not lines:
        return Greeting(notice, "Could you say the last thing once more?", False)
    end = "What else can I get you, or shall we go on?"
    return Greeting(
        notice, f"I still have {lines}. {end}", False, plain_question=f"I still have your order. {end}"
    )


def greeting(
    market: str, name: str | None, recorded_before: bool | None, *, ordering: bool = True
) -> Greeting:
    """The inbound greeting of a market.

    `recorded_before`: True and False are an answer that still holds, None means the question is due.
    A name is only said with an answer on file, as a stranger must not learn whose number this is.
    `ordering`: False when the caller most likely wants something else than food; the question is open then.
    """
    hello = f"Hi {name}," if name else ""
    if recorded_before is True:
        notice = (
            "Tiffin's AI assistant. We transcribe and record, as last time."
            if market == "US"
            else "Tiffin's AI assistant, recording as last time."
        )
        return Greeting(notice, "What would you like?" if ordering else HELP, False, hello)
    if market == "US":
        if recorded_before is None:
            return Greeting(
                "Tiffin's AI assistant here. This call is transcribed.",
                f"May I record it too? And {'what can I get you?' if ordering else AND_HELP}",
                True,
            )
        notice = "Tiffin's AI assistant. This call is transcribed."
        return Greeting(notice, "What can I get you?" if ordering else HELP, False, hello)
    if recorded_before is None:
        return Greeting(
            "Namaste, this is Tiffin's AI assistant.",
            f"May I record this call? And {'what would you like to eat?' if ordering else AND_HELP}",
            True,
        )
    notice = "Namaste, this is Tiffin's AI assistant."
    return Greeting(notice, "What would you like to eat?" if ordering else HELP, False)


def greeting_phrases(markets: Iterable[str]) -> tuple[str, ...]:
    """Every part of a greeting that is said in the same words to many: what a voice prepares at boot."""
    parts: dict[str, None] = dict.fromkeys((DRIVER.notice, DRIVER.question, KITCHEN.question))
    for market in markets:
        known = [
            greeting(market, None, asked, ordering=ordering)
            for asked in (None, False, True)
            for ordering in (True, False)
        ]
        for one in (
            *known,
            welcome_back(market, "").plain,
            lost_you(market, ""),
            lost_you(market, "x").plain,
        ):
            parts |= {one.notice: None, one.question: None}
    return tuple(parts)
