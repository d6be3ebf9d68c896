"""Hindi words that callers write in Devanagari, in the Latin letters that the rules are written in."""

import re
import unicodedata

WORDS = {
    "हां": "haan", "जी": "ji", "नहीं": "nahi", "ना": "nahi", "बस": "bas", "इतना": "itna", "ठीक": "theek", "है": "hai",
    "मुझे": "mujhe", "चाहिए": "chahiye", "एक": "ek", "दो": "do", "तीन": "teen", "चार": "chaar", "और": "aur",
    "बटर": "butter", "नान": "naan", "मेरा": "mera", "ऑर्डर": "order", "कहां": "kahan", "कब": "kab", "आएगा": "aayega",
    "कैंसल": "cancel", "कैंसिल": "cancel", "कैश": "cash", "नकद": "cash", "कर": "kar", "दीजिए": "dijiye",
    "धन्यवाद": "dhanyavaad",
}  # fmt: skip
_WORD = re.compile(r"[\u0900-\u0963]+")


def latin(text: str) -> str:
    """The turn in Latin letters when every Hindi word of it is known, otherwise as it was."""
    plain = unicodedata.normalize("NFC", text).replace("\u0901", "\u0902").replace("\u0964", ".")
    if not all(word in WORDS for word in _WORD.findall(plain)):
        return text
    return _WORD.sub(lambda found: WORDS[found.group()], plain)
