"""Which language a caller asks for: "Hindi mein boliye", "in English, please"."""

import re

NAMES = {
    "hi": r"(?:hindi|हिंदी|हिन्दी)",
    "en": r"(?:english|angre[sz]i|अंग्रेजी|अंग्रेज़ी|इंग्लिश)",
}
SPEAK = r"(?:bol\w*|baat\w*|kahiye|kaho|bataiye|batao|बोल\S*|बात|कहिए|बताइए)"
ASK = r"(?:speak|talk|continue|go on|switch|change|say (?:it|that)|can we|can you|could you|let'?s)"
FILL = r"(?:please|to me|with me|do|it|in|to|into|ji|kya|aap|can you|could you|you|that|speak|talk|,|\s)*"
PATTERNS = {
    language: re.compile(
        rf"(?<!\w){name}\s+(?:mein|me|mai|में|m)\s+(?:hi\s+)?(?:\w+\s+)?{SPEAK}"
        rf"|(?<!\w){ASK}\b{FILL}(?<!\w){name}(?!\w)"
        rf"|^\W*(?:in\s+)?{name}\s*(?:mein|me|में)?[\s,]*(?:please|pls)?\W*$",
        re.IGNORECASE,
    )
    for language, name in NAMES.items()
}
REST = re.compile(
    r"^[\W_]*(?:(?:please|kya|aap|ji|haan|yes|ok(?:ay)?|with|me|mujhse|karo|kar(?:iye|ein)|kijiye|sakte|hain?|ho|"
    r"करो|कीजिए|करिए|जी|आप|क्या|thanks?)[\W_]*)*$",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\b(?:no|not|don'?t|nahi+n?|mat)\b|नहीं|मत", re.IGNORECASE)


def asked_for(text: str) -> str | None:
    """ "hi" or "en" when a turn asks to be spoken to in it; None for two at once, for a refusal, or for none."""
    if REFUSED.search(text):
        return None
    found = [language for language, pattern in PATTERNS.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def asked_only(text: str) -> bool:
    """Whether nothing else is in such a turn."""
    language = asked_for(text)
    return language is not None and REST.match(PATTERNS[language].sub(" ", text)) is not None
