"""Who, or what, picks up a call of ours: a person, a menu, a queue, a screening, an answering machine. A fixed grammar.

It reads the callee's words until a person has been recognised, in English and in Hindi as it is spoken and written. It
decides before any model is asked: a menu answered with a sentence, or a machine told of an order, cannot be unsaid.
"""

import re
from enum import StrEnum

from domain.calling import Kind


class Heard(StrEnum):
    """What somebody who picked up has said, as far as it decides what we do."""

    NOTHING = "nothing"
    GREETING = "greeting"
    """Hello, a name, how can I help: what we have to say is due."""
    WHO = "who"
    """They ask who calls, and what about: the opening answers it."""
    AGAIN = "again"
    """They have not understood us."""
    PRELUDE = "prelude"
    """What recordings begin with, and people at work as well: a menu may follow."""
    MENU = "menu"
    HOLD = "hold"
    """Somebody, or a queue, has us wait."""
    SCREENING = "screening"
    """A machine asks for our name and reason, and plays them to whom we called."""
    VOICEMAIL = "voicemail"
    UNREACHABLE = "unreachable"
    """The network says that the number is off, engaged or gone."""
    FAX = "fax"
    WRONG = "wrong"
    """It is not who we called, or they are not there."""
    OTHER = "other"


MACHINES = (Heard.MENU, Heard.HOLD, Heard.SCREENING, Heard.VOICEMAIL, Heard.UNREACHABLE, Heard.FAX)
"""What is answered by no sentence of the conversation."""

_I = re.IGNORECASE
KEYS = {
    "0": ("zero", "shunya", "शून्य", "ज़ीरो", "जीरो"),
    "1": ("one", "ek", "एक"),
    "2": ("two", "do", "दो"),
    "3": ("three", "teen", "तीन"),
    "4": ("four", "char", "chaar", "चार"),
    "5": ("five", "paanch", "panch", "पाँच", "पांच"),
    "6": ("six", "chhe", "chhah", "cheh", "छह", "छः"),
    "7": ("seven", "saat", "सात"),
    "8": ("eight", "aath", "आठ"),
    "9": ("nine", "nau", "नौ"),
    "*": ("star", "asterisk", "स्टार"),
    "#": ("hash", "pound", "हैश"),
}
KEY_OF = {word: key for key, words in KEYS.items() for word in (key, *words)}
_KEY = "|".join(sorted((re.escape(word) for word in KEY_OF), key=len, reverse=True))
PRESS = re.compile(
    rf"\b(?:press|dial|enter|push|hit)\s+(?:the\s+)?(?:number\s+|key\s+)?(?P<en>{_KEY})(?![\w-])"
    rf"|(?<!\w)(?P<hi>{_KEY})\s+(?:number\s+)?(?:daba\w+|press (?:karein?|kare|kijiye|kariye|karo)|"
    rf"दबा[^\s,.।]+|प्रेस करें)",
    _I,
)
FOR = re.compile(r"\b(?:for|to|if)\b|\bke liye\b|के लिए", _I)
PIECE = re.compile(r"\W*(?:for|to|if|or)\b|.*(?:\bke liye|के लिए)\W*$", _I)
TONE = re.compile(
    r"\b(?:after|at|following) the (?:tone|beep|signal)\b|\b(?:beep|tone) ke baad\b|(?:बीप|टोन) के बाद", _I
)
MAILBOX = re.compile(
    r"\bleave (?:a |your |me a |us a |my )?(?:\w+ )?(?:message|name and (?:your )?number|"
    r"voice ?mail)\b|\bvoice ?mail(?:box)?\b|"
    r"\bmail ?box\b|\brecord (?:a|your) message\b|"
    r"\b(?:can'?t|cannot|can not|unable to|could not|couldn'?t) (?:come to|get to|answer|"
    r"take) (?:the|your|my) (?:phone|call)\b|"
    r"\bget back to you\b|\b(?:sandesh|message) (?:chhod|chod|record)\w*|(?:संदेश|मैसेज) (?:छोड़|रिकॉर्ड)",
    _I,
)
SCREENING = re.compile(
    r"\b(?:say|state|record|tell me|give me|provide) your (?:full )?name\b|\breason for (?:your |"
    r"the )?call(?:ing)?\b|"
    r"\bwhy you(?:'re| are) calling\b|\bscreening (?:service|calls?)\b|\bcall (?:screening|assistant|assist)\b|"
    r"\b(?:see|check) if (?:this person|they|he|she)(?:'s| is| are) available\b|"
    r"\bapna naam (?:aur|or|bata\w*|bol\w*)|अपना नाम (?:और|बता|बोल)",
    _I,
)
UNREACHABLE = re.compile(
    r"\b(?:number|person|customer|subscriber|party|mobile)\b[^.?!]*\b(?:dial+ed|calling|called|"
    r"trying to (?:reach|call))\b"
    r"[^.?!]*\b(?:not|no longer|switched off|out of|unavailable|unreachable|busy|disconnected|"
    r"does not|cannot)\b|"
    r"\b(?:vyast|switch(?:ed)? off|pahunch se bahar|uplabdh nahi\w*|seva mein nahi\w*) (?:hai|hain|ho)\b|"
    r"(?:व्यस्त|स्विच ऑफ|स्विच ऑफ़|पहुँच से बाहर|उपलब्ध नहीं) है",
    _I,
)
FAX = re.compile(r"\bfax (?:machine|line|number|tone)\b|\bfacsimile\b", _I)
WRONG = re.compile(
    r"\bwrong (?:number|person|house|place|guy)\b|\b(?:galat|ghalat) (?:number|nambar|jagah|aadmi|"
    r"admi)\b|गलत नंबर|ग़लत नंबर|रॉन्ग नंबर|"
    r"\b(?:no ?body|no one|no-one) (?:here )?(?:by|with|of|called|named) \w+|"
    r"\b(?:there'?s|there is|we have|have) no \w+ (?:here|at this number)\b|^\W*(?:sorry,? )?no \w+ here\b|"
    r"\b(?:doesn'?t|does not) (?:live|work) here\b|\b(?:i'?m|i am|this is|it'?s) not (?!(?:sure|"
    r"free|available|interested|"
    r"a\b|the\b|in\b|at\b|working|able|going|ready|now|him\b|her\b)\b)[a-z]+[.!?]*$|\b(?:this|"
    r"that) isn'?t [a-z]+[.!?]*$|"
    r"\b(?:yahan|yaha) (?:koi )?\w+ nahi\w*|\b(?:yahan|yaha) nahi\w* (?:hai|hain|rehti|rehta|rehte)\b|"
    r"\bkoi \w+ nahi\w* (?:hai|rehti|rehta|rahta|rahti)\b|\bmain \w+ nahi\w* (?:hoon|hun|hu|bol)|"
    r"यहाँ (?:कोई )?[^\s]+ नहीं|यहां (?:कोई )?[^\s]+ नहीं",
    _I,
)
PLAINLY = re.compile(
    r"\bwrong (?:number|person|guy)\b|\b(?:galat|ghalat) (?:number|nambar|aadmi|admi)\b|"
    r"गलत नंबर|ग़लत नंबर|रॉन्ग नंबर|\b(?:no ?body|no one|no-one) (?:here )?(?:by|of|named) \w+|"
    r"\b(?:doesn'?t|does not) live here\b|\bkoi \w+ nahi\w* (?:rehti|rehta|rahta|rahti)\b|"
    r"(?:यहाँ|यहां) कोई [^\s]+ नहीं रह",
    _I,
)
"""Not who we called, whatever they have heard. A wrong house or place may be where the rider stands."""
TAKEN_BACK = re.compile(
    r"\b(?:that|this|it)(?:'s| is) (?:me|her|him|she|he|mine|the right)\b|\bspeaking\b|\bright (?:number|person)\b|"
    r"\bmy (?:order|food|delivery)\b|\b(?:restaurant|kitchen|driver|rider)\b|\bmain hi\b|\bmera (?:order|khana)\b|"
    r"मैं ही|मेरा (?:ऑर्डर|खाना)",
    _I,
)
ABSENT = re.compile(
    r"\b(?:she|he|they|[a-z]+)(?:'s| is| are) (?:not|n't|out|away|asleep|sleeping)(?: \w+)?"
    r"(?: (?:here|home|in|around|available|right now))?[.!]*$"
    r"|\b(?:isn'?t|aren'?t) (?:here|home|in|around|available)\b|\b(?:ghar|abhi) (?:par |"
    r"pe )?nahi\w* (?:hai|hain)\b|"
    r"घर पर नहीं है",
    _I,
)
WHO = re.compile(
    r"\bwho(?:'s| is|s| am i)? (?:this|that|it|calling|speaking|there|you|talking)\b|"
    r"\bwho are you\b|\bwho you\b|"
    r"\bwhat(?:'s| is|s) (?:this|it|that) (?:about|regarding|call|for)\b|\bwhat (?:do|did) you want\b|"
    r"\b(?:where|which company|what company) are you (?:calling )?from\b|"
    r"\bwhere are you calling\b|\bwhich company\b|"
    r"\bwho did you say\b|\bkaun\b|\bkahan se (?:bol|baat|call)|\bkis ?liye (?:call|phone)|"
    r"\bkya kaam\b|कौन|कहाँ से|कहां से|किसलिए",
    _I,
)
AGAIN = re.compile(
    r"\b(?:say|tell me|come|repeat)(?: (?:that|it|me|this))? again\b|\bonce (?:more|again)\b|\bpardon\b|"
    r"\brepeat (?:that|it|please)\b|"
    r"\b(?:didn'?t|did not|couldn'?t|can'?t) (?:get|catch|hear|understand)\b|^\W*(?:sorry|what|huh|excuse me)\W*\?\W*$|"
    r"\b(?:phir|dobara|firse|phirse) (?:se )?(?:bol|kah|bata)\w*|\bkya (?:bola|kaha)\b|फिर से (?:बोल|कह)|दोबारा",
    _I,
)
SOON = re.compile(
    r"\b(?:in|within|after|about|around|another)(?: (?:just|about|around|like|maybe|a|one|another)){0,3} "
    r"(?:moment|second|sec|minute|min)s?\b|\b\w+ (?:minute|min|second|sec)s? (?:mein|me|main|ke|baad|ago|late)\b|"
    r"(?:एक|दो|\d) (?:मिनट|सेकंड) (?:में|बाद|पहले)",
    _I,
)
"""A time, and no wish that we wait: "ready in a minute"."""
HOLD = re.compile(
    r"\b(?:please|kindly) (?:hold|wait|stand by)\b|\bhold (?:on|the line|please|for|while|karo|"
    r"karie|kariye|kijiye|karna|par)\b|"
    r"^\W*hold\W*$|\b(?:stay|remain|keep holding|hang) on(?: the line)?\b|\bon hold\b|"
    r"\b(?:all|our) (?:of )?(?:our )?\w+(?: \w+)? are (?:currently |all |still )?(?:busy|"
    r"assisting|helping|serving|occupied)\b|"
    r"\byour call (?:is|will be)\b|\b(?:transferring|connecting|forwarding|putting) (?:you|"
    r"your call)\b|\bwait (?:a|one|for)\b|"
    r"\b(?:one|just a|just one|a|1|give me a|gimme a) (?:moment|second|sec|minute|min)\b|"
    r"\blet me (?:get|call|fetch|find)\b|"
    r"\bi'?ll (?:get|fetch|call|transfer|put) \w+|\b(?:next|first) available\b|\bin the queue\b|"
    r"\bplace in line\b|"
    r"\b(?:ek|do|1|2|thoda|ik) (?:minute|min|second|sec)\b|\bruk(?:o|iye|iyega|na|ie)\b|"
    r"\bline par bane\b|\bprat[ie]ksha\b|"
    r"\bintezaar\b|\bintazaar\b|एक मिनट|दो मिनट|एक सेकंड|होल्ड|रुकिए|रुको|लाइन पर|प्रतीक्षा|इंतज़ार|इंतजार",
    _I,
)
PRELUDE = re.compile(
    r"\b(?:thank you|thanks) for (?:calling|contacting|choosing)\b|\bwelcome to\b|\byou(?:'ve| have) reached\b|"
    r"\b(?:call|conversation)s? (?:may|might|will|is|are)(?: be)?(?: being)? (?:recorded|"
    r"monitored)\b|\bquality (?:and|purposes|assurance)\b|"
    r"\boptions have changed\b|\blisten (?:carefully|closely)\b|\bfor english\b|\baapka swagat\b|"
    r"आपका स्वागत|\bmen[uú]\b",
    _I,
)
HELPS = re.compile(
    r"\b(?:how|what) (?:can|may|could) (?:i|we) (?:help|do|get)\b|\bthis is \w+|\bspeaking\b|"
    r"\b(?!not\b|isn't\b)\w+ here\b|\bmay i help\b",
    _I,
)
HELLO = re.compile(
    r"\b(?:hello|hallo|helo|hi|hey|hiya|good (?:morning|afternoon|evening)|namaste|namaskar|salaam|speaking)\b|"
    r"नमस्ते|नमस्कार|हैलो|हेलो|हलो",
    _I,
)
AROUND = re.compile(
    r"\b(?:hello|hallo|helo|hi|hey|hiya|good|morning|afternoon|evening|namaste|namaskar|salaam|"
    r"yes|yeah|ji|haan|this|is|here|"
    r"speaking|how|can|may|i|help|you|there|it'?s|anybody|anyone|kitchen|restaurant|thank|thanks|"
    r"for|calling|sir|madam|the|"
    r"from|can you hear me|main|bol|raha|rahi|hoon|hun)\b|नमस्ते|नमस्कार|हैलो|हेलो|हलो|जी|हाँ|हां",
    _I,
)
NAME_WORDS = 4
"""So many words beside a greeting are a name and a branch: "Spice Route, Old Mill, hello?" """
SHORT_WORDS = 7
"""A person who comes back to the telephone says no more; announcements are longer."""


def hears(text: str, kind: Kind = Kind.CUSTOMER) -> Heard:
    """What one utterance of whoever picked up is. `kind`: whom we called; a kitchen's manager may be out."""
    said = text.strip().replace("’", "'")
    if not re.search(r"\w", said):
        return Heard.NOTHING
    if TONE.search(said):
        return Heard.VOICEMAIL
    if SCREENING.search(said):
        return Heard.SCREENING
    if _is_menu(said):
        return Heard.MENU
    for heard, pattern in (
        (Heard.UNREACHABLE, UNREACHABLE), (Heard.VOICEMAIL, MAILBOX), (Heard.FAX, FAX), (Heard.WRONG, WRONG),
    ):  # fmt: skip
        if pattern.search(said):
            return heard
    if WHO.search(said):
        return Heard.WHO
    if AGAIN.search(said):
        return Heard.AGAIN
    if HOLD.search(SOON.sub(" ", said)):
        return Heard.HOLD
    if kind is not Kind.RESTAURANT and ABSENT.search(said):
        return Heard.WRONG
    if PRELUDE.search(said) and not HELPS.search(said):
        return Heard.PRELUDE
    return Heard.GREETING if _greets(said) else Heard.OTHER


def plainly_wrong(text: str, name: str) -> bool:
    """Whether an answer to what we called about still says that it is not who we called, whose first name is `name`."""
    said = text.replace("’", "'")
    return _names(said, name) or PLAINLY.search(said) is not None


def takes_back(text: str, name: str) -> bool:
    """Whether somebody whom we took for the wrong person says that they are who we called, by first name `name`."""
    said = text.strip().replace("’", "'")
    if said.endswith("?") or hears(said) in (Heard.WRONG, Heard.WHO):
        return False
    return TAKEN_BACK.search(said) is not None or _names(said, name)


def back_again(text: str) -> bool:
    """Whether words that are nothing else come from a person who has returned to the line, not from an announcement."""
    said = text.strip()
    return said.endswith("?") or len(said.split()) <= SHORT_WORDS


def continues_menu(text: str) -> bool:
    """Whether words after a menu's beginning are a piece of it: a recogniser parts "For orders," from "press two"."""
    said = text.strip()
    return PRESS.search(said) is not None or PIECE.match(said) is not None


def _names(said: str, name: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, _I) is not None


def _is_menu(said: str) -> bool:
    """Keys are offered for something. "Press one?" is a person who asks back."""
    found = list(PRESS.finditer(said))
    if not found or (said.endswith("?") and len(found) == 1):
        return False
    return len(found) > 1 or FOR.search(said) is not None


def _greets(said: str) -> bool:
    if not HELLO.search(said) and not HELPS.search(said):
        return False
    rest = re.sub(r"[,.;:!?।]", " ", AROUND.sub(" ", said)).split()
    return len(rest) <= NAME_WORDS and not re.search(r"\d", said)


def options(text: str) -> list[tuple[str, str]]:
    """The keys a menu offers, each with what it is for, in the order they are told."""
    found = list(PRESS.finditer(text))
    if not found:
        return []
    before = FOR.search(text[: found[0].start()]) is not None
    told = []
    for place, press in enumerate(found):
        if before:
            what = text[found[place - 1].end() if place else 0 : press.start()]
        else:
            what = text[press.end() : found[place + 1].start() if place + 1 < len(found) else len(text)]
        told.append((what.strip(" ,.;:"), KEY_OF[(press["en"] or press["hi"]).lower()]))
    return told


CONNECT = r"\b(?:connect|accept|take (?:the|this) call|talk|speak|continue)\w*\b|बात कर|जोड़"
STAFF = (
    r"\b(?:operator|representative|agent|staff|manager|someone|somebody|a person|team|reception|front desk|"
    r"anything else|other|all other)\b|कर्मचारी|मैनेजर|ऑपरेटर"
)
WANTED: dict[Kind, tuple[str, ...]] = {
    Kind.RESTAURANT: (
        r"\b(?:kitchen|rasoi|chef)\b|किचन|रसोई",
        r"\b(?:delivery )?(?:partner|aggregator|platform|driver|rider)s?\b|पार्टनर",
        r"\b(?:existing|current|online|delivery|status of)\b.*\border|\border status\b",
        r"\b(?:orders?|take ?-?(?:out|away)|deliver(?:y|ies))\b|ऑर्डर|डिलीवरी",
        r"\b(?:restaurant|store|branch)\b|रेस्टोरेंट",
        STAFF,
        CONNECT,
    ),
    Kind.DRIVER: (CONNECT, STAFF),
    Kind.CUSTOMER: (CONNECT, STAFF),
}
"""What we look for in a menu, the best first."""
UNWANTED = re.compile(
    r"\b(?:table|reserv\w+|booking|party|catering|opening hours|hours|feedback|complain\w*|jobs?|"
    r"career\w*|repeat|again|"
    r"message|voice ?mail|block|spam)\b|टेबल|बुकिंग",
    _I,
)
LANGUAGE = {"en": re.compile(r"\benglish\b|अंग्रेज़ी|अंग्रेजी", _I), "hi": re.compile(r"\bhindi\b|हिंदी|हिन्दी", _I)}


def key_for(text: str, kind: Kind, language: str = "en") -> str | None:
    """The key that leads to whom we want; None when a menu offers nothing of the kind, and waiting is all we can do."""
    offered = [(what, key) for what, key in options(text) if not UNWANTED.search(what)]
    for wanted in WANTED[kind]:
        fitting = [key for what, key in offered if re.search(wanted, what, _I)]
        if fitting:
            return fitting[0]
    spoken = LANGUAGE["hi" if language.startswith("hi") else "en"]
    return next((key for what, key in offered if spoken.search(what)), None)
