"""Hindi in Devanagari is searched like Hindi in Latin letters."""

import pytest

from db.devanagari import latin
from db.words import sound, terms, words


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("रिफंड कब", "rifand kab"),
        ("कितनी देर लगेगी", "kitni der lagegi"),
        ("शिकायत", "shikayat"),
        ("दरवाज़े", "darvaze"),
        ("छोड़ देना", "chhor dena"),
        ("क्या", "kya"),
        ("बदलना", "badalna"),
        ("पाँच", "panch"),
        ("१० मिनट", "10 minat"),
    ],
)
def test_a_word_sounds_the_same_in_either_script(written: str, typed: str) -> None:
    assert [sound(word) for word in words(written)] == [sound(word) for word in words(typed)]


def test_other_text_stays_as_it_was() -> None:
    assert latin("2 Dal Tadka, café") == "2 Dal Tadka, café"
    assert latin("order कैंसल please") == "order kainsal please"


def test_dishes_named_in_hindi_are_the_menus_dishes() -> None:
    assert [sound(term) for term in terms("पनीर टिक्का")] == [sound(term) for term in terms("paneer tikka")]


@pytest.mark.parametrize("broken", ["ा", "्", "़", "क्", "ं", "।", "क़्"])
def test_a_broken_word_is_no_failure(broken: str) -> None:
    assert isinstance(latin(broken), str)
