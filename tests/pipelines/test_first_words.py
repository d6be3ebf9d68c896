"""The greeting is personal when the voice is quick, and there in time when it hangs."""

import time
from pathlib import Path

import pytest

from compliance import greetings
from compliance.greetings import Greeting
from pipelines import first_words
from pipelines.call import CallPipeline, Lines
from pipelines.call_phrases import CallPhrases
from pipelines.first_words import FirstWords
from pipelines.phrases import PhraseStore
from pipelines.shared import Shared
from tests.pipelines.conftest import Desk
from tests.pipelines.phone import Phone

ASHA = greetings.greeting("IN", "Asha", True).to("en")
BACK = greetings.welcome_back("US", "two mango lassi and one garlic naan").to("en")
MARKETS = ("US", "IN")
IN_TIME = 5.0
"""Seconds until the first sound: a hanging voice would keep it for ten."""


async def greet(desk: Desk, greeting: Greeting) -> tuple[Greeting, float]:
    """What was said, and the seconds until its first sound."""
    sounded: list[float] = []
    said: list[Greeting] = []

    async def first(call: CallPipeline) -> None:
        words = FirstWords(call, greeting)
        words.begin()
        said.append(await words.say("greeted"))

    async def script(phone: Phone) -> None:
        started = time.monotonic()
        sounded.append(await phone.next_audio() - started)
        await desk.until("heard", "greeted", seconds=40)

    desk.greet = first
    await desk.phone(script)
    (one,) = said
    return one, sounded[0]


def spoken(desk: Desk) -> str:
    return " ".join(said["text"] for said in desk.of("turn.agent"))


@pytest.fixture
async def prepared(desk: Desk) -> Desk:
    missing = await desk.shared.phrases(desk.config).prepare(
        [*greetings.greeting_phrases(MARKETS), *Lines().all]
    )
    assert missing == []
    return desk


@pytest.mark.call
@pytest.mark.parametrize("greeting", [ASHA, BACK], ids=["known", "returning"])
async def test_a_quick_voice_says_the_personal_words_from_memory(
    prepared: Desk, greeting: Greeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("HELLO_SECS", "QUESTION_SECS"):
        monkeypatch.setattr(first_words, limit, 10.0)  # quick is what the voice is; this machine may be busy
    prepared.knobs.tts_mute = True  # whatever is heard was not spoken live
    said, waited = await greet(prepared, greeting)
    assert said == greeting
    assert spoken(prepared) == greeting.text
    assert waited < IN_TIME


@pytest.mark.call
async def test_a_hanging_voice_costs_the_name_and_no_time(prepared: Desk) -> None:
    prepared.knobs.tts_mute, prepared.knobs.render_hang = True, frozenset({"Hi "})
    said, waited = await greet(prepared, ASHA)
    assert said == ASHA.nameless
    assert spoken(prepared) == "Tiffin's AI assistant, recording as last time. What would you like?"
    assert waited < IN_TIME


@pytest.mark.call
async def test_a_hanging_voice_costs_a_returning_caller_the_list_of_dishes(prepared: Desk) -> None:
    prepared.knobs.tts_mute, prepared.knobs.render_hang = True, frozenset({"I still have"})
    said, waited = await greet(prepared, BACK)
    assert said == BACK.plain
    assert spoken(prepared) == said.text
    assert "your order" in said.text
    assert waited < IN_TIME


@pytest.mark.call
async def test_a_refusing_voice_is_not_waited_for(prepared: Desk) -> None:
    prepared.knobs.tts_refuse, prepared.knobs.render_status = 503, 503
    said, _ = await greet(prepared, ASHA)
    assert said == ASHA.nameless


@pytest.mark.call
async def test_before_anything_is_prepared_the_live_voice_says_all_of_it(desk: Desk) -> None:
    said, _ = await greet(desk, ASHA)
    assert said == ASHA
    assert " ".join(text.strip() for text in desk.knobs.tts_said) == ASHA.text


async def test_a_callers_name_is_neither_written_down_nor_kept_for_the_next_call(
    shared: Shared, desk: Desk, tmp_path: Path
) -> None:
    renderer = shared.renderer(desk.config)
    store = PhraseStore(tmp_path / "names", renderer)
    await store.prepare([ASHA.notice])
    before = list((tmp_path / "names").iterdir())
    phrases = CallPhrases(store, renderer)
    assert await phrases.ready(ASHA.hello, 30)
    joined = phrases.find(phrases.join(ASHA.hello, ASHA.notice))
    assert joined is not None
    assert " ".join(word for word, _ in joined.words) == ASHA.opening
    starts = [start for _, start in joined.words]
    assert starts == sorted(starts)
    assert list((tmp_path / "names").iterdir()) == before
    await phrases.close()
    assert CallPhrases(store, renderer).find(ASHA.opening) is None
    assert phrases.find(ASHA.hello) is None


async def test_a_rendering_ends_with_its_call(shared: Shared, desk: Desk) -> None:
    desk.knobs.render_hang = frozenset({"Hi "})
    phrases = CallPhrases(shared.phrases(desk.config), shared.renderer(desk.config))
    assert not await phrases.ready(ASHA.hello, 0.05)
    with pytest.raises(ValueError, match="both phrases"):
        phrases.join(ASHA.hello, ASHA.notice)
    await phrases.close()
    assert phrases.find(ASHA.hello) is None
