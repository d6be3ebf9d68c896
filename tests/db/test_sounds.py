"""How each of our numbers sounds."""

import pytest

from db.seeding.catalogue import read_catalogue
from db.seeding.places import OwnNumber, Pipelines, sounds_of
from errors import ConfigError
from pipelines.config import shipped

LINE = "+15125550100"


def number(**pipelines: str) -> OwnNumber:
    values = {
        "number": LINE,
        "market": "US",
        "city": "Larkfield",
        "languages": ["en"],
        "pipelines": pipelines,
    }
    return OwnNumber.model_validate(values)


def test_a_number_may_have_another_recogniser_and_voice() -> None:
    sound = sounds_of([number(telephone="nova2")], shipped())[LINE]
    assert [sound.of(channel) for channel in ("twilio", "webrtc", "eval")] == ["nova2", "web", "web"]


@pytest.mark.parametrize("caller", ["restaurant", "driver"])
def test_partners_who_telephone_hear_the_economy_voice(caller: str) -> None:
    sound = sounds_of([number(telephone="nova2")], shipped())[LINE]
    assert [sound.of(channel, caller) for channel in ("twilio", "webrtc", "eval")] == [
        "economy",
        "web",
        "web",
    ]
    assert shipped()["economy"].tts[0].service == "deepgram_tts"
    assert sound.of("twilio", "customer") == "nova2"
    assert Pipelines(partners="nova2").of("twilio", caller) == "nova2"


def test_every_number_of_ours_sounds_like_a_pipeline_that_is_there() -> None:
    sounds = sounds_of(read_catalogue().numbers.numbers, shipped())
    assert sounds
    assert all(sound == Pipelines() for sound in sounds.values())


def test_a_pipeline_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError) as refused:
        sounds_of([number(telephone="opera", browser="choir", partners="duet")], shipped())
    assert refused.value.problems == [
        f"numbers.yaml: {LINE}: no pipeline choir",
        f"numbers.yaml: {LINE}: no pipeline duet",
        f"numbers.yaml: {LINE}: no pipeline opera",
    ]
