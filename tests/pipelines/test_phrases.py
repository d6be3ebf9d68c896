"""Fixed phrases survive restarts, damage and vendors that are down."""

import asyncio
import json
from pathlib import Path

import pytest

from errors import VendorError
from pipelines.config import shipped
from pipelines.phrases import AT_ONCE, GIVE_UP, Phrase, PhraseStore, join_letters, spread
from pipelines.shared import Shared
from tests.pipelines.vendor_servers import Knobs

HELLO = "Hello there."


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def only_file(folder: Path) -> tuple[Path, str]:
    (path,) = folder.iterdir()
    return path, path.read_text()


class Voice:
    """Speaks anything, and counts."""

    voice = "test/voice"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    async def render(self, text: str) -> Phrase:
        self.asked.append(text)
        if self.down:
            raise VendorError("elevenlabs", "HTTP 503", retryable=True)
        return Phrase(text, 8000, b"\1\0" * 800, spread(text, 0.1))


async def test_a_phrase_is_rendered_once_and_read_from_disk_afterwards(tmp_path: Path) -> None:
    voice = Voice()
    assert await PhraseStore(tmp_path, voice).prepare([HELLO, HELLO]) == []
    voice.down = True
    store = PhraseStore(tmp_path, voice)
    assert store.find(HELLO) is None
    assert await store.prepare([HELLO]) == []
    found = store.find(HELLO)
    assert found is not None
    assert found.seconds == pytest.approx(0.1)
    assert [word for word, _ in found.words] == ["Hello", "there."]
    assert voice.asked == [HELLO]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"pcm": "AAAA"}', "other audio"])
async def test_a_damaged_file_is_rendered_again(tmp_path: Path, damage: str) -> None:
    voice = Voice()
    await PhraseStore(tmp_path, voice).prepare([HELLO])
    path, whole = only_file(tmp_path)
    path.write_text(json.dumps({**json.loads(whole), "pcm": "AAAA"}) if damage == "other audio" else damage)
    store = PhraseStore(tmp_path, voice)
    assert await store.prepare([HELLO]) == []
    assert len(voice.asked) == 2
    assert only_file(tmp_path) == (path, whole)


async def test_a_phrase_nobody_can_render_is_named_and_missing(tmp_path: Path) -> None:
    voice = Voice()
    voice.down = True
    store = PhraseStore(tmp_path, voice)
    assert await store.prepare([HELLO]) == [HELLO]
    assert store.find(HELLO) is None
    voice.down = False
    assert await store.prepare([HELLO]) == []


async def test_a_vendor_that_is_down_is_not_asked_for_every_phrase(tmp_path: Path) -> None:
    voice = Voice()
    voice.down = True
    texts = [f"Sentence {number}." for number in range(50)]
    store = PhraseStore(tmp_path, voice)
    assert await store.prepare(texts) == texts
    assert len(voice.asked) < GIVE_UP + AT_ONCE
    voice.down = False
    assert await store.prepare(texts) == []


async def test_few_phrases_are_asked_for_at_once_and_in_their_order(tmp_path: Path) -> None:
    class Slow(Voice):
        now = most = 0

        async def render(self, text: str) -> Phrase:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.001)
            self.now -= 1
            return await super().render(text)

    voice, texts = Slow(), [f"Sentence {number}." for number in range(20)]
    assert await PhraseStore(tmp_path, voice).prepare(texts) == []
    assert voice.most == AT_ONCE
    assert voice.asked[:1] == texts[:1]


async def test_one_phrase_that_is_refused_keeps_no_other_back(tmp_path: Path) -> None:
    class Choosy(Voice):
        async def render(self, text: str) -> Phrase:
            self.down = text.endswith("0.")
            return await super().render(text)

    texts = [f"Sentence {number}." for number in range(50)]
    assert await PhraseStore(tmp_path, Choosy()).prepare(texts) == texts[::10]


async def test_a_phrase_that_cannot_be_kept_is_spoken_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "phrases"
    folder.write_text("no folder can be made here, as on a full disk")
    voice = Voice()
    store = PhraseStore(folder, voice)
    assert await store.prepare([HELLO, "Bye."]) == []
    assert [found.text for text in (HELLO, "Bye.") if (found := store.find(text))] == [HELLO, "Bye."]
    assert await store.prepare([HELLO]) == []
    assert sorted(voice.asked) == ["Bye.", HELLO]


async def test_half_a_file_is_not_left_behind(tmp_path: Path) -> None:
    voice = Voice()
    await PhraseStore(tmp_path, voice).prepare([HELLO])
    path, _ = only_file(tmp_path)
    path.unlink()
    path.mkdir()  # the last step of writing fails
    assert await PhraseStore(tmp_path, voice).prepare([HELLO]) == []
    assert files(tmp_path) == [path]


async def test_another_voice_has_other_files(tmp_path: Path) -> None:
    one, two = Voice(), Voice()
    two.voice = "test/other"
    await PhraseStore(tmp_path, one).prepare([HELLO])
    await PhraseStore(tmp_path, two).prepare([HELLO])
    assert two.asked == [HELLO]


def test_letters_become_words_with_their_starts() -> None:
    words = join_letters(list("It is  so"), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert words == (("It", 0.0), ("is", 0.3), ("so", 0.7))


async def test_elevenlabs_renders_with_word_times(shared: Shared, knobs: Knobs) -> None:
    store = shared.phrases(shipped()["phone"])
    assert await store.prepare([HELLO]) == []
    found = store.find(HELLO)
    assert found is not None
    assert found.rate == 8000
    assert [word for word, _ in found.words] == ["Hello", "there."]
    assert found.words[1][1] == pytest.approx(0.36)


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_a_refusing_vendor_leaves_the_phrase_to_the_live_voice(
    shared: Shared, knobs: Knobs, status: int
) -> None:
    knobs.render_status = status
    assert await shared.phrases(shipped()["phone"]).prepare([HELLO]) == [HELLO]
