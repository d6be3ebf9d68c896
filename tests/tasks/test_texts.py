"""What we text: for every topic that may be texted, short, in both languages, and nothing of an order."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from db.seeding.dialling import read_dialling
from domain.calling import Kind, Person
from domain.dialling import Topic
from domain.errand import Errand
from domain.ids import new_id
from domain.jobs import Done, Dropped, Later
from tasks.errands import by
from tasks.texts import TEXTS, text_of

NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
LINE = "+15125550100"
ONE_TEXT = 160


def errand(topic: Topic, language: str = "en", name: str = "Spice Route, Old Mill") -> Errand:
    return Errand(topic, Person(Kind.CUSTOMER, new_id()), NOW, "US", "Larkfield", name, language)


def test_whatever_the_ladders_may_text_has_words_and_nothing_else_has() -> None:
    assert set(TEXTS) == {topic for topic, ladder in read_dialling().topics.items() if ladder.text}
    assert text_of(errand(Topic.FEEDBACK), LINE) is None


@pytest.mark.parametrize("topic", sorted(TEXTS))
def test_it_says_who_we_are_which_kitchen_and_where_to_call_in_one_text(topic: Topic) -> None:
    name = "K" * 40
    text = text_of(errand(topic, name=name), LINE) or ""
    assert text.startswith("Tiffin: ")
    assert name in text
    assert LINE in text
    assert len(text) <= ONE_TEXT, "a kitchen's name of forty characters fits"


@pytest.mark.parametrize("topic", sorted(TEXTS))
@pytest.mark.parametrize("language", ["en", "hi"])
def test_its_words_are_fixed(topic: Topic, language: str) -> None:
    """Whoever reads it over a shoulder learns where somebody orders, and no more."""
    wording = TEXTS[topic].to(language)
    assert set(re.findall(r"\{(\w+)\}", wording)) == {"name", "line"}
    assert not re.search(r"\d", wording)
    text = text_of(errand(topic, language), LINE) or ""
    assert bool(re.search(r"[\u0900-\u097f]", text)) is (language == "hi")


def test_what_is_decided_at_a_time_is_looked_at_by_then() -> None:
    until = NOW + timedelta(minutes=5)
    assert by(Later(NOW + timedelta(minutes=9), "it rings"), until) == Later(until, "it rings")
    assert by(Later(NOW, "it rings"), until) == Later(NOW, "it rings")
    assert by(Done("a person of ours was asked"), until) == Later(until, "a person of ours was asked")
    assert by(Dropped("no longer true"), until) == Dropped("no longer true")
    assert by(Done("sent"), None) == Done("sent")
