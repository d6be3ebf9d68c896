"""Whose voice: every vendor's voice id is given an espeak voice, always the same one."""

import hashlib
import re

ENGLISH = ("en-us+f3", "en-us+m3", "en+f4", "en+m1", "en-us+f2", "en-us+m7", "en-gb-x-rp+f1", "en-us+m6")
HINDI = ("hi+f3", "hi+m3", "hi+f2", "hi+m7")

_ESPEAK_NAME = re.compile(r"^(en|en-us|en-gb-x-rp|en-gb-scotland|hi|mr|ta|te|kn|ml|bn|es|fr|de)(\+\w+)?$")
_DEVANAGARI = re.compile(r"[ऀ-ॿ]")
_ALIASES = {"en-gb": "en", "en-in": "en"}


def espeak_voice(name: str, text: str = "") -> str:
    """The espeak voice for a vendor's voice id, an Aura model or an espeak name.

    Devanagari is read in Hindi whatever the voice.
    """
    language, plus, variant = name.partition("+")
    candidate = _ALIASES.get(language, language) + plus + variant
    hindi = bool(_DEVANAGARI.search(text))
    if _ESPEAK_NAME.match(candidate):
        return f"hi{plus}{variant}" if hindi and not candidate.startswith(("hi", "mr")) else candidate
    choices = HINDI if hindi else ENGLISH
    return choices[hashlib.sha256(name.encode()).digest()[0] % len(choices)]
