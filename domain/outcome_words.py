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
    "owed": "owed",
    "through": "through",
    "way": "on_way",
    "dropped": "delivered",
}
"""The kinds of what is said in more than a word."""
AUX = r"(?:is|are|was|were|am|has|have|had|been|got|'s|'re|'ve|'d)"
ADVERB = r"(?:now|just|already|all|also|both|been|successfully|fully|safely|finally|gone ahead and|officially|then)"
ENGLISH = re.compile(
    rf"\b(?:i|we|they|he|she|driver|rider|restaurant|kitchen)\s+(?:{ADVERB}\s+)*(?P<active>{PARTICIPLE})\b"
    rf"|\b(?:it|order|food|dinner)\s+(?:{ADVERB}\s+)*(?P<came>arrived)\b"
    rf"|(?<!\w)\w*{AUX}\s+(?:{ADVERB}\s+)*(?P<passive>{PARTICIPLE})\b"
    rf"|\b(?P<hinglish>{PARTICIPLE})\s+(?:hai|hain|ho gaya|ho gayi|tha)\b"
    rf"|^(?:\w+\s+){{0,3}}(?P<bare>{PARTICIPLE})\s*$"
    rf"|^(?:{ADVERB}\s+)*(?P<joined>{PARTICIPLE})\s+(?:it|that|this|them|your|the|everything)\b"
    r"|\b(?P<sent>(?:sent|given|paid|put|gave)\s+(?:\S+\s+){0,7}?back)\b"
    r"|\b(?:i|we|they|have|has|'ve|was|been)\s+"
    r"(?P<issued>(?:issued|processed|made|initiated|given you) (?:a|the|your) (?:full |partial )?refund)\b"
    r"|\b(?P<owed>(?:you(?:'ll| will)?|will) (?:get|have|receive)\s+(?:\S+\s+){1,7}?back"
    r"|(?:will|'ll) be (?:fully )?refunded|(?:you(?:'ll| will)?) (?:get|receive) a (?:full )?refund)\b"
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
    "refunded": r"(?:refund|pais[ae] (?:wapas|lauta)|wapas|रिफंड|पैसे वापस|पैसे लौटा|वापस)",
    "cancelled": r"(?:cancel|radd|कैंसल|कैंसिल|रद्द)",
    "changed": r"(?:change|badal|update|चेंज|बदल|अपडेट)",
    "assigned": r"(?:assign|असाइन)",
    "delivered": r"(?:deliver|delivery|pahunch(?:a|aa)?|डिलीवर|डिलिवर|डिलीवरी|पहुंच|पहुंचा)",
    "confirmed": r"(?:confirm|pakka|कंफर्म|कन्फर्म|कन्फ़र्म|पक्का)",
    "filed": r"(?:darj|file|register|दर्ज|रजिस्टर|फाइल)",
    "booked": r"(?:book|schedule|बुक|शेड्यूल)",
    "on_way": r"(?:nikal|rawana|निकल|रवाना)",
}
HINDI = {
    kind: re.compile(plain(rf"(?<!\w)(?P<claim>{head}\s+(?:\w+\s+)?{HINDI_DONE})(?!\w)"))
    for kind, head in HINDI_KINDS.items()
}
ON_WAY_HINDI = re.compile(r"\b(?:raaste|raste) (?:mein|me) hai\b|रास्ते में है")
MAY_BE_HINDI = "|".join(HINDI_KINDS.values())
NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|nobody|none|neither|cannot|without|unable|yet to|failed to|nahi+n?|nahin|mat)\b|n't\b"
    r"|नहीं|नही|मत"
)
NO_NEGATION = re.compile(r"\b(?:no (?:problem|worries|trouble)|not only)\b")
CONDITION = re.compile(
    r"\b(?:if|unless|whether|once|when|whenever|until|till|before|after|as soon as|in case|agar|yadi|jab|jaise hi)\b"
    r"|अगर|यदि|जब|जैसे ही"
)
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
    "noted": {"changed", "filed"},
    "changed": {"changed"},
    "added": {"changed"},
    "removed": {"changed"},
    "done": {"changed"},
    "deliverable": {"changed", "confirmed"},
    "assigned": {"assigned"},
    "accepted": {"assigned", "confirmed"},
    "at restaurant": {"assigned"},
    "booked": {"booked"},
}
"""What a tool's status makes true to say."""
