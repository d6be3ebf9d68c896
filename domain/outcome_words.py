"""The words by which a sentence says that something has been done, and those that make it no such claim."""

import re

from domain.numerals import plain

DONE_WORDS = {
    "placed": "placed ordered",
    "refunded": "refunded reimbursed credited reversed",
    "cancelled": "cancelled canceled",
    "changed": "changed updated modified corrected switched",
    "assigned": "assigned",
    "delivered": "delivered arrived handed",
    "confirmed": "confirmed",
    "filed": "filed registered logged lodged",
    "booked": "booked scheduled reserved arranged",
    "on_way": "dispatched collected",
    "rejected": "rejected",
}
KIND_OF = {word: kind for kind, words in DONE_WORDS.items() for word in words.split()}
PARTICIPLE = "|".join(KIND_OF)
PHRASES = {
    "sent": "refunded",
    "issued": "refunded",
    "made": "refunded",
    "bare_refund": "refunded",
    "given": "refunded",
    "coming": "owed",
    "owed": "owed",
    "paid": "through",
    "put_in": "placed",
    "passed_in": "placed",
    "took": "confirmed",
    "taken": "confirmed",
    "through": "through",
    "way": "on_way",
    "dropped": "delivered",
}
"""The kinds of what is said in more than a word."""
AUX = r"(?:is|are|was|were|am|has|have|had|been|got|'s|'re|'ve|'d)"
ADVERB = r"(?:now|just|already|all|also|both|been|successfully|fully|safely|finally|gone ahead and|officially|then)"
IS = rf"(?:(?<!\w)\w*{AUX}|'(?:s|ve|re|d))\s+(?:{ADVERB}\s+)*"
ISSUED = "issued|processed|initiated|approved|granted|sent|started|completed|made|released|given"
THIS = r"\b(?:your|the|this|that)(?: [\w-]+){0,2}"
"""One of the caller's, not any: "refunds are sent to the card" is a rule."""
REFUND = (
    rf"(?:{THIS} refund|\brefund(?=(?:\s+\S+){{0,6}}?\s+(?:was|has|had|got)\b))\b"
    r"(?! (?:request|policy|claim|case|rule))"
)
SENT = "sent|returned|transferred|given|put"
MONEY = r"(?:\b(?:money|amount|dollars?|rupees?|cents|paise)\b|[$₹] ?[\d.]+)"
GIVEN = f"{ISSUED}|{SENT}|submitted|received|taken"
"""Said of a refund or of money: given back. Of a payment or an order: gone through."""
ENGLISH = re.compile(
    rf"\b(?:i|we|they|he|she|driver|rider|restaurant|kitchen)\s+(?:{ADVERB}\s+)*(?P<active>{PARTICIPLE})\b"
    rf"|\b(?:it|order|food|dinner)\s+(?:{ADVERB}\s+)*(?P<came>arrived)\b"
    rf"|(?<!\w)\w*{AUX}\s+(?:{ADVERB}\s+)*(?P<passive>{PARTICIPLE})\b"
    rf"|\b(?P<hinglish>{PARTICIPLE})\s+(?:hai|hain|ho gaya|ho gayi|tha)\b"
    rf"|^(?:\w+\s+){{0,3}}(?P<bare>{PARTICIPLE})\s*$"
    rf"|^(?:{ADVERB}\s+)*(?P<joined>{PARTICIPLE})\s+(?:it|that|this|them|your|the|everything)\b"
    r"|\b(?P<sent>(?:sent|given|paid|put|gave)\s+(?:\S+\s+){0,7}?back)\b"
    rf"|(?:\b(?:i|we|they|have|has|'ve|was|been)\s+|^)(?:{ADVERB}\s+)*"
    rf"(?P<issued>(?:{ISSUED}) (?:you )?(?:a|the|your|that) (?:[\w-]+ ){{0,2}}refund)\b"
    rf"|{REFUND}(?:\s+\S+){{0,6}}?\s*{IS}(?P<made>{ISSUED}|returned|paid)\b"
    rf"|{REFUND}(?:\s+\S+){{0,6}}?\s*{IS}being (?P<coming>{ISSUED}|returned|paid)\b"
    rf"|\brefund (?P<bare_refund>{ISSUED}|done)\s*$"
    rf"|{MONEY}(?:\s+\S+){{0,4}}?\s*{IS}(?P<given>{SENT})\b"
    rf"|{THIS} (?:payment|transaction)\s*{IS}(?P<paid>processed|approved|made|completed|taken)\b"
    rf"|{THIS} order(?:\s+\S+){{0,3}}?\s*{IS}(?P<put_in>submitted|received|processed|sent(?! (?:out|back)))\b"
    rf"|\b(?:i|we|'ve|have)\s+(?:{ADVERB}\s+)*(?P<passed_in>(?:sent|passed|put|submitted) (?:it|(?:your|the) order)"
    r"(?: on| in| through| over)? (?:to|with) the (?:kitchen|restaurant))\b"
    rf"|\b(?:restaurant|kitchen)\s+(?:has\s+)?(?:{ADVERB}\s+)*(?P<took>accepted)"
    r"(?=\s*$|\s+(?:it|your|the order|this)\b)"
    rf"|{THIS} order\s*{IS}(?P<taken>accepted)\b"
    r"|\b(?P<owed>(?:you(?:'ll| will)?|will) (?:get|have|receive)\s+(?:\S+\s+){1,7}?back"
    r"|(?:will|'ll) be (?:fully )?refunded|(?:you(?:'ll| will)?) (?:get|receive) (?:a|your) (?:full )?refund"
    rf"|(?:refund|money|amount)(?: \S+){{0,4}}? (?:will|is going to) be (?:\w+ )?(?:{SENT}|credited|reversed)"
    rf"|refund(?: \S+){{0,4}}? (?:will|is going to) be (?:\w+ )?(?:{ISSUED}|paid))\b"
    r"|\b(?P<dropped>dropped (?:it |your \w+ )?off)\b"
    r"|\b(?P<through>(?:went|gone|has gone) through)\b"
    r"|\b(?P<way>(?:is|are|'s|'re|now|already) (?:\w+ ){0,2}(?:on (?:its|the|his|her|their) way)|out for delivery|"
    r"has left the (?:restaurant|kitchen)|picked (?:it |your \w+ )?up)\b"
)
HINDI_DONE = (
    r"(?:ho (?:gaya|gayi|gaye|chuka|chuki)|kar (?:diya|di|diye|liya|li|chuka|chuki)|kiya (?:gaya|hai)|ho raha hai|"
    r"gaya hai|diya hai|gaya|gayi|diya|diye|chuka|chuki|hua hai|hui hai|hua|hui|mil gaya|"
    r"aa (?:gaya|gaye|gayi)|bhej (?:diya|diye)|"
    r"हो (?:गया|गई|गयी|गए|चुका|चुकी)|कर (?:दिया|दी|दिए|लिया|ली)|किया (?:गया|है)|भेज (?:दिया|दिए)|मिल गया|आ गए|गया|गई|"
    r"दिया|दिए|दी|चुका|चुकी|हुआ|हुई)"
)
HINDI_KINDS = {
    "placed": r"(?:place|order|lag|laga|प्लेस|ऑर्डर|लग|लगा)",
    "refunded": (
        r"(?:(?:refund|pais[ae]|rakam|रिफंड|पैसे|पैसा|रकम)(?: (?!request|shikayat|liye|रिक्वेस्ट|शिकायत|लिए)\S+){0,5}? "
        r"(?:wapas|waapas|lauta|process|jaari|jari|approve|initiate|issue|transfer|manzoor|shuru|bhej"
        r"|वापस|लौटा|प्रोसेस|जारी|अप्रूव|इनिशिएट|इश्यू|ट्रांसफर|मंजूर|शुरू|भेज)|refund|wapas|रिफंड|वापस)"
    ),
    "cancelled": r"(?:cancel|radd|कैंसल|कैंसिल|रद्द)",
    "changed": r"(?:change|badal|update|चेंज|बदल|अपडेट)",
    "assigned": r"(?:assign|असाइन)",
    "delivered": r"(?:deliver|delivery|pahunch(?:a|aa)?|डिलीवर|डिलिवर|डिलीवरी|पहुंच|पहुंचा)",
    "confirmed": r"(?:confirm|pakka|कंफर्म|कन्फर्म|कन्फ़र्म|पक्का)",
    "filed": r"(?:darj|file|register|दर्ज|रजिस्टर|फाइल)",
    "booked": r"(?:book|schedule|बुक|शेड्यूल)",
    "on_way": r"(?:nikal|rawana|निकल|रवाना)",
}


def _hindi(kind: str) -> re.Pattern[str]:
    """What is done, perhaps a word, and that it is: "order place ho gaya". The word is not what another kind does."""
    others = "|".join(head for other, head in HINDI_KINDS.items() if other != kind)
    between = rf"(?:(?!(?:{others})(?!\w))\S+\s+)?"
    return re.compile(plain(rf"(?<!\w)(?P<claim>{HINDI_KINDS[kind]}\s+{between}{HINDI_DONE})(?!\w)"))


HINDI = {kind: _hindi(kind) for kind in HINDI_KINDS}
ON_WAY_HINDI = re.compile(r"\b(?:raaste|raste) (?:mein|me) hai\b|रास्ते में है")
OWED_HINDI = re.compile(
    plain(
        r"(?<!\w)(?:refund|रिफंड|wapas|waapas|वापस)(?: \S+){0,3}? (?:mil(?:ega|enge)|मिले(?:गा|ंगे)"
        r"|(?:mil|aa|ho|kar (?:diya|diye)|de (?:diya|diye)) (?:jayega|jayenge|jaega|jaenge)"
        r"|(?:मिल|आ|हो|कर (?:दिया|दिए)|दे (?:दिया|दिए)) (?:जाएगा|जाएंगे|जायेगा|जायेंगे))(?!\w)"
    )
)
NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|nobody|none|neither|cannot|without|unable|yet to|failed to|nahi+n?|nahin|mat)\b|n't\b"
    r"|नहीं|नही|मत"
)
NO_NEGATION = re.compile(r"\b(?:no (?:problem|worries|trouble)|not only)\b")
OR = re.compile(r"^(?:or|ya|या) ")
"""Before a denial: "or not"."""
CONDITION = re.compile(
    r"\b(?:if|unless|whether|once|when|whenever|until|till|before|after|as soon as|in case|agar|yadi|jab|jaise hi)\b"
    r"|अगर|यदि|जब|जैसे ही"
)
SUPPOSED = re.compile(r"\b(?:if|unless|in case|once|as soon as|agar|yadi)\b|अगर|यदि")
"""A promise in a clause behind one of these is not given yet."""
CALLED = re.compile(r"\bcall(?:s|ed)?\b|\bcallback\b")
ADDRESS = re.compile(r"\b(?:address|drop-?off|pat[ae])\b|पता|पते")
REPORTED = re.compile(r"\b(?:you|they|he|she) (?:say|said|told|mean|meant|think|thought|wanted|ask(?:ed)?)\b")
ASKS = re.compile(
    r"^(?:(?:and|so|or|but|then|okay|sorry)\s+)*(?:is|are|was|were|has|have|had|do|does|did|can|could|shall|should|will|would|"
    r"may|what|which|when|where|who|why|how|kya|kab|kitne|क्या|कब|कितने)\b"
)
MODAL = re.compile(
    r"\b(?:(?:get|have|want|need|like) (?:it|that|this|them|everything)"
    r"|(?:will|'ll|would|can|could|should|may|might|must|shall|to|gonna)(?: have)?(?: be| been)?)\s*$"
)
"""Right before what is done: it is yet to come, or only wished for."""
STATUSES = {
    "placed": {"placed"},
    "scheduled": {"placed", "booked"},
    "confirmed": {"placed", "confirmed"},
    "preparing": {"placed", "confirmed"},
    "ready": {"placed", "confirmed"},
    "picked up": {"placed", "confirmed", "on_way", "assigned"},
    "delivered": {"placed", "confirmed", "delivered"},
    "closed": {"placed", "confirmed", "delivered"},
    "cancelled": {"cancelled"},
    "rejected": {"rejected"},
    "refunded": {"refunded", "owed"},
    "owed": {"owed"},
    "filed": {"filed"},
    "review": {"filed"},
    "noted": {"noted"},
    "changed": {"changed"},
    "moved": {"changed", "moved"},
    "added": {"changed"},
    "removed": {"changed"},
    "done": {"changed"},
    "deliverable": set(),
    "found": set(),
    "assigned": {"assigned"},
    "accepted": {"assigned"},
    "at restaurant": {"assigned"},
    "booked": {"booked"},
}
"""What a tool's status makes true to say; a status of a kind of its own backs no other."""
