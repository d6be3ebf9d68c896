"""Small sounds of a listener, and words that only look like them."""

import pytest

from domain.backchannel import only_listens


@pytest.mark.parametrize(
    "text",
    [
        *(
            "hmm",
            "Hmm.",
            "mm-hmm",
            "Mhm.",
            "uh-huh",
            "Uh huh.",
            "ok",
            "Okay.",
            "OK, ok.",
            "right",
            "Right, right.",
        ),
        *(
            "achha",
            "accha",
            "acha",
            "Achha achha.",
            "haan",
            "Haan.",
            "haan haan",
            "han ji",
            "Haan ji.",
            "ji",
            "ji ji",
        ),
        *(
            "theek hai",
            "thik hai",
            "Theek hai, theek hai.",
            "yeah",
            "I see.",
            "got it",
            "Sure.",
            "yes",
            "",
            " … ",
        ),
        *("हाँ", "हां जी", "अच्छा", "जी", "ठीक है", "हम्म", "ओके।"),
    ],
)
def test_a_listener_listens(text: str) -> None:
    assert only_listens(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no",
            "No, wait.",
            "stop",
            "wait",
            "hold on",
            "nahi",
            "नहीं",
            "रुको",
            "ruko",
            "ek minute",
            "cancel it",
        ),
        *("ok but no onions", "haan lekin ek aur", "yes cancel it", "right now", "okay stop", "achha suno"),
        *(
            "what?",
            "haan?",
            "Sorry?",
            "two naan",
            "do",
            "hello",
            "goodbye",
            "a person",
            "jeera rice",
            "mutton",
        ),
    ],
)
def test_a_wish_to_speak_is_none(text: str) -> None:
    assert not only_listens(text)
