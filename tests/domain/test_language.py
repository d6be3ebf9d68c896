"""Asking for a language, and words that only name one."""

import pytest

from domain.language import asked_for, asked_only


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            ("Hindi mein boliye.", "hi"),
            ("hindi me baat karo", "hi"),
            ("हिंदी में बोलिए", "hi"),
            ("Hindi, please.", "hi"),
        ),
        *(
            ("Can you speak Hindi?", "hi"),
            ("Can we talk in Hindi please", "hi"),
            ("kya aap hindi mein bolenge", "hi"),
        ),
        *(("English mein boliye", "en"), ("speak in English", "en"), ("Switch to English please.", "en")),
        *(("two samosa and please speak in Hindi", "hi"),),
        *(("I watched a Hindi movie", None), ("don't speak Hindi", None), ("Hindi mein mat boliye", None)),
        *(("an English breakfast", None), ("two naan", None), ("", None)),
    ],
)
def test_a_language_is_asked_for(text: str, language: str | None) -> None:
    assert asked_for(text) == language


@pytest.mark.parametrize(
    ("text", "only"),
    [
        *(
            ("Hindi mein boliye.", True),
            ("Can you speak Hindi?", True),
            ("kya aap hindi mein baat karo", True),
        ),
        *(("two samosa and please speak in Hindi", False), ("two naan", False)),
    ],
)
def test_what_else_is_said_is_answered_too(text: str, only: bool) -> None:
    assert asked_only(text) is only
