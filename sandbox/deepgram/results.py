"""The messages of a live listening session, in Deepgram's JSON."""

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.speech.following import HeardWord

MODEL_UUID = str(uuid.UUID(int=0x7F5B3A2E9C0D4E1A8B6C2D3E4F5A6B7C))
CONFIDENCE = 0.99

_DEVANAGARI = re.compile(r"[ऀ-ॿ]")


def transcript(words: Sequence[HeardWord], punctuate: bool) -> str:
    return " ".join(word.text if punctuate else word.bare for word in words)


def results(
    words: Sequence[HeardWord],
    *,
    request_id: str,
    model: str,
    start: float,
    duration: float,
    punctuate: bool,
    languages: bool,
    is_final: bool,
    speech_final: bool = False,
    from_finalize: bool = False,
) -> dict[str, Any]:
    """A `Results` message; times are seconds since the session began."""
    text = transcript(words, punctuate)
    alternative: dict[str, Any] = {
        "transcript": text,
        "confidence": CONFIDENCE if words else 0.0,
        "words": [_word(word, punctuate) for word in words],
    }
    if languages:
        alternative["languages"] = ["hi"] if _DEVANAGARI.search(text) else ["en"] if text else []
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "start": round(start, 3),
        "duration": round(duration, 3),
        "is_final": is_final,
        "speech_final": speech_final,
        "from_finalize": from_finalize,
        "channel": {"alternatives": [alternative]},
        "metadata": {
            "request_id": request_id,
            "model_uuid": MODEL_UUID,
            "model_info": {"name": model, "version": "sandbox", "arch": "sandbox"},
        },
    }


def _word(word: HeardWord, punctuate: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "word": word.bare,
        "start": round(word.start, 3),
        "end": round(word.end, 3),
        "confidence": CONFIDENCE,
    }
    if punctuate:
        shown["punctuated_word"] = word.text
    return shown


def metadata(request_id: str, seconds: float) -> dict[str, Any]:
    """The `Metadata` message that follows `CloseStream`."""
    return {
        "type": "Metadata",
        "transaction_key": "deprecated",
        "request_id": request_id,
        "sha256": "0" * 64,
        "created": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "duration": round(seconds, 3),
        "channels": 1,
    }


def error(message: str, description: str) -> dict[str, Any]:
    return {"type": "Error", "variant": "SchemaError", "description": description, "message": message}
