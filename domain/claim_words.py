"""The words around a number that make it an amount, a time or a code; English and Hindi in either script."""

import re

from domain.numerals import plain


def _words(said: str) -> frozenset[str]:
    return frozenset(plain(word) for word in said.split())


CURRENCIES = {
    plain(word): currency
    for currency, words in {
        "USD": "$ usd dollar dollars buck bucks डॉलर डालर",
        "INR": "₹ rs inr rupee rupees rupaye rupay rupya rupaya rupiya rupiye rupye रुपये रुपए रुपया रुपयों रू रु",
    }.items()
    for word in words.split()
}
SMALL = {
    plain(word): currency
    for currency, words in {"USD": "cent cents सेंट", "INR": "paisa paise पैसे पैसा"}.items()
    for word in words.split()
}
MINUTES = {
    plain(word): minutes
    for minutes, words in {
        1: "minute minutes min mins minat minute's मिनट मिनटों मिनिट",
        60: "hour hours hr hrs ghanta ghante ghanton घंटा घंटे घंटों घण्टे घण्टा",
        1440: "day days din dino दिन दिनों",
        10_080: "week weeks hafta hafte हफ्ता हफ्ते सप्ताह",
    }.items()
    for word in words.split()
}
"""A unit of time, in minutes."""
BETWEEN_UNIT = _words("more working business short full")
"""May stand between a number and its unit of time."""
HALF = _words("half aadha aadhe adha आधा आधे")
TO = frozenset({"to", "-", "or", "se", "से", "या", "ya"})
BAJKAR = frozenset({"bajkar", "बजकर"})
"""Between an hour and its minutes: "saat bajkar das minute"."""
BAJE = frozenset({"baje", "बजे", "o'clock"}) | BAJKAR
AT = frozenset({"at", "by", "until", "till", "before", "after", "around", "from"})
AFTER_CLOCK = _words(
    "today tomorrow tonight sharp and or then for on this in the at if when so okay please with but because as to "
    "since latest tops tak ko se pehle तक को से"
)
DAYS = {
    plain(word): day
    for day, words in {
        "today": "today tonight aaj आज",
        "tomorrow": "tomorrow kal कल",
        "yesterday": "yesterday",
        "monday": "monday somvar सोमवार", "tuesday": "tuesday mangalvar मंगलवार",
        "wednesday": "wednesday budhvar बुधवार", "thursday": "thursday guruvar गुरुवार",
        "friday": "friday shukravar शुक्रवार", "saturday": "saturday shanivar शनिवार", "sunday": "sunday ravivar रविवार",
    }.items()
    for word in words.split()
}  # fmt: skip
PERCENT = frozenset({"%", "percent", "pratishat", "प्रतिशत", "फीसदी"})
AFTER_AMOUNT = _words(
    "all in altogether total including with please only and plus right then exactly for is off at from to by on if so "
    "but as when because today now there have "
    "hai hain hua hue hoga hoge ka ki ke है हैं हुआ हुए होगा होंगे का की के"
)
"""A bare number before one of these may be an amount; before a noun it counts things."""
ASSERTS_MONEY = re.compile(
    r"\b(?:totals?|comes? to|came to|costs?|priced?|charged?|charges|bill|fee|fees|refund(?:ed|ing)?|pay|paid|owe|"
    r"amount|get (?:\S+ ){0,7}?back|sent|credit(?:ed)?|discount|off|kul|daam|dam|keemat|kimat|kimmat|kitna|hua|hue|"
    r"hoga|lagega|lagenge|wapas|dene|chhoot)\b|कुल|दाम|कीमत|हुआ|हुए|होगा|होंगे|लगेगा|लगेंगे|वापस|रिफंड|बिल|शुल्क|देने|छूट"
)
"""Says what something costs or gives back: a number the caller named does not make it true."""
ASSERTS_TIME = re.compile(
    r"\b(?:arriv\w*|with you|be there|deliver\w*|reach\w*|comes?|coming|ready|opens?|closes?|open|closed|takes?|late|"
    r"away|call(?:s)? you|hear back|show it|eta|pahunch\w*|aa ?jayega|aayega|mil ?jayega|milega|lagenge|lagega)\b"
    r"|पहुंच|आएगा|आयेगा|जाएगा|मिलेगा|लगेंगे|लगेगा|खुल|बंद"
)
FREE = re.compile(
    r"\b(?:free of charge|for free|at no (?:extra )?(?:cost|charge)|muft"
    r"|(?:is|are|be|it's|that's) free(?= *(?:$|[.,;!?])))|मुफ्त"
)
"""Costs nothing."""
CODE_CUE = re.compile(r"\b(?:codes?|reference|pin|otp|ending|number|ref)\b|कोड|पिन|नंबर|रेफरेंस")
ECHO = re.compile(
    r"\b(?:did you (?:say|mean|want)|you (?:said|mean|meant|asked|want(?:ed)?)|do you mean|was (?:that|it)|is that)\b"
    r"|\b(?:aapne kaha|kya aapne)\b|आपने कहा|क्या आपने"
)
