"""What the system says in its own words, with the version that consent rows carry; greetings are in `greetings`."""

import re

from num2words import num2words

from domain.hindi import say_number
from domain.saying import Saying

VERSION = "2026-11"
RECORDING_QUESTION = Saying("May I record this call?", "क्या मैं कॉल रिकॉर्ड कर लूँ?")
CALL_BACK = Saying("{promise} Anything else?", "{promise} और कुछ?")
"""`promise` is `call_back`, here and below: in one piece, so that it keeps its order in the transcript."""
CALLS_BACK = Saying("A person will call you back {when}.", "हमारी टीम से कोई आपको {when} फ़ोन करेगा।")
SOON = Saying("within half an hour", "आधे घंटे के अंदर")
AT_THE_LATEST = Saying("{when} at the latest", "{when} तक")
CALLS_BACK_SOON = CALLS_BACK.format(when=SOON)
PASSED_ON = Saying(
    "I've passed that on to our team, but I can't promise you a time.",
    "मैंने यह बात अपनी टीम तक पहुँचा दी है, पर समय का वादा मैं नहीं कर सकती।",
)
"""Where our people have no hours: nobody here knows when somebody calls, or whether."""
NO_NUMBER = Saying(
    "Your number is withheld, so nobody can call you back. We can go on here, or you call again.",
    "आपका नंबर छिपा हुआ है, इसलिए कोई आपको वापस फ़ोन नहीं कर सकता। हम यहीं बात करें, या आप फिर से फ़ोन कीजिए।",
)
CONTACT_QUESTION = Saying(
    "I'll call or text this number about the order, okay?",
    "ऑर्डर के बारे में मैं इस नंबर पर फ़ोन या मैसेज करूँगी, ठीक है?",
)
ROBOT = Saying(
    "Yes, I'm Tiffin's AI assistant, a computer program. A person can call you back if you like.",
    "जी, मैं टिफ़िन की एआई असिस्टेंट हूँ, एक कंप्यूटर प्रोग्राम। आप चाहें तो हमारी टीम से कोई आपको फ़ोन कर सकता है।",
)
NOT_UNDERSTOOD = Saying(
    "I'm sorry, I can't make out the words on this line. {promise}",
    "माफ़ कीजिए, इस लाइन पर आपके शब्द समझ नहीं आ रहे। {promise}",
)
NO_PROMISE = Saying(
    "I'm sorry, I couldn't book a call back just now. Please try again in a minute.",
    "माफ़ कीजिए, वापस फ़ोन करने की बात अभी दर्ज नहीं हो पाई। एक मिनट बाद फिर से कहिए।",
)
CODE_TEXT = (
    "{code} is your Tiffin code, good for ten minutes. Read it only to the line you have called yourself."
)
CODE_SENT = Saying(
    "I've texted a six-digit code to this number. Please read it to me, or key it in.",
    "मैंने इस नंबर पर छह अंकों का कोड भेजा है। कृपया उसे पढ़कर सुनाइए, या बटन दबाकर डालिए।",
)
CODE_COMES = Saying(
    "The code is on its way to this number. Please read it to me, or key it in.",
    "कोड इस नंबर पर आ रहा है। कृपया उसे पढ़कर सुनाइए, या बटन दबाकर डालिए।",
)
PHOTO_TEXT = "Tiffin complaint {reference}: please send photos of what went wrong within 48 hours: {link}"
"""Like a code: it answers what was said in the call, offers nothing, and is under the rules of every text. Within the
160 characters of one, with an address of 40."""
PAY_TEXT = Saying(
    "Tiffin: pay {total} for your order within {minutes} minutes: {link}",
    "टिफ़िन: अपने ऑर्डर के {total} का पेमेंट {minutes} मिनट में कीजिए: {link}",
)
"""Like a code: the caller has just asked for it."""
PHOTO_LINK_SENT = "I've texted you a link to send a photo."
PUTTING_THROUGH = Saying(
    "I'm putting you through to a person; you are {place} in the queue.",
    "मैं आपको अपनी टीम से जोड़ रही हूँ; कतार में आपका नंबर {place} है।",
)
IN_QUEUE = Saying(
    "I'm still trying to reach a person; you are {place} in the queue. Say never mind to stop.",
    "मैं अब भी आपको जोड़ने की कोशिश कर रही हूँ; कतार में आपका नंबर {place} है। रुकना न हो तो कहिए, रहने दीजिए।",
)
NOT_WAITING = Saying(
    "Okay, I've stopped that. What else can I do for you?",
    "ठीक है, मैंने वह रोक दिया। मैं आपके लिए और क्या करूँ?",
)
NOBODY_FREE = Saying(
    "I'm sorry, nobody can take the call just now. {promise} Anything else?",
    "माफ़ कीजिए, अभी कोई ख़ाली नहीं है। {promise} और कुछ?",
)
NOBODY_AND_WITHHELD = Saying(
    "I'm sorry, nobody can take the call just now, and as your number is withheld, nobody can call you back.",
    "माफ़ कीजिए, अभी कोई ख़ाली नहीं है, और आपका नंबर छिपा होने से कोई आपको वापस फ़ोन नहीं कर सकता।",
)
NOBODY_NO_PROMISE = Saying(
    "I'm sorry, nobody can take the call just now. Please ask for a person again in a minute.",
    "माफ़ कीजिए, अभी कोई ख़ाली नहीं है। एक मिनट बाद फिर से कहिए।",
)
CONNECTED = Saying("You are being connected now.", "अब आपको जोड़ा जा रहा है।")
WHISPER = "{briefing} Press 1 to take the call, or 2 to decline."
TAKEN = "Thank you. Here is the caller."
DECLINED = "All right. The caller is told that somebody calls back. Goodbye."
CALLER_GONE = "The caller is not waiting any more. Goodbye."
YES_OR_NO = Saying(
    "Please say yes or no, or press one for yes, two for no.",
    "कृपया हाँ या ना कहिए, या हाँ के लिए एक और ना के लिए दो दबाइए।",
)
WAS_THAT = Saying("Was that {options}?", "क्या आपने {options} कहा?")
HOW_MANY_MINUTES = Saying(
    "How many minutes? You can type them, with two digits.", "कितने मिनट? चाहें तो दो अंकों में दबाइए।"
)
NOT_RECORDED = Saying("Okay.", "ठीक है।")
GOODBYE = Saying("Thank you for calling. Goodbye!", "फ़ोन करने के लिए धन्यवाद। नमस्ते!")
GONE = Saying(
    "I can't hear you, so I'll hang up now. Please call again any time. Goodbye.",
    "आपकी आवाज़ नहीं आ रही, इसलिए मैं फ़ोन रख रही हूँ। जब चाहें फिर फ़ोन कीजिए। नमस्ते।",
)
DEAD_AIR = Saying("If you like, press zero for a person.", "आप चाहें तो हमारी टीम के लिए ज़ीरो दबाइए।")
NOW_SPEAKING = {"en": "Sure, in English.", "hi": "जी, अब हिंदी में बात करते हैं।"}
SPEAK_NOTE = {
    "en": "The caller wants English. From now on speak English, whatever language they use.",
    "hi": (
        "The caller wants Hindi. From now on speak everyday Hindi, in Devanagari, whatever language they use. "
        "Say aap, and speak of yourself in the feminine. An English say or ask of a result you say in Hindi; names of "
        "dishes stay as they are."
    ),
}
"""For the model, from the moment the caller asked on."""
WITHDRAWN = "The caller asked not to be recorded."
"""Stands in a consent row where no question was asked."""
OPT_OUT = "The caller asked not to be called or texted."
NO_MORE_OFFERS = Saying(
    "Done, we won't call or text this number about offers or feedback any more.",
    "ठीक है, अब हम ऑफ़र या राय के लिए इस नंबर पर न फ़ोन करेंगे, न मैसेज।",
)
NO_MORE_CALLS = Saying(
    "Done, we won't call or text this number any more; if an order needs it, a person does.",
    "ठीक है, अब हम इस नंबर पर न फ़ोन करेंगे, न मैसेज; किसी ऑर्डर के लिए ज़रूरी हुआ तो हमारी टीम से कोई करेगा।",
)


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


def call_back(when: Saying | None) -> Saying:
    """That a person calls back, and when; where no time can be promised, that it is passed on."""
    return CALLS_BACK.format(when=when) if when else PASSED_ON


PREPARED = tuple(
    frame.format(promise=promise)
    for frame in (CALL_BACK, NOT_UNDERSTOOD, NOBODY_FREE)
    for promise in (CALLS_BACK_SOON, PASSED_ON)
)
"""What most callers hear who want a person."""


def queue_place(place: int) -> Saying:
    """Where somebody stands in the queue, from 1: "second", "(नंबर) दो"."""
    return Saying(str(num2words(place, to="ordinal")), say_number(place))


def sayings() -> tuple[Saying, ...]:
    """Everything above that a caller may hear."""
    return (*(text for text in globals().values() if isinstance(text, Saying)), *PREPARED)
