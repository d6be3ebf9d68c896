"""The older recogniser understands callers, and is not told what it does not know."""

from pipecat.frames.frames import TranscriptionFrame

from pipelines.config import shipped
from pipelines.providers import listener
from pipelines.shared import Shared
from tests.pipelines.feed import comes
from tests.pipelines.test_stt import UTTERANCE, connected, hear
from tests.pipelines.vendor_servers import Knobs


async def test_nova2_hears_without_keyterms(shared: Shared, knobs: Knobs) -> None:
    knobs.texts = ["two lassi"]
    stt = listener(shipped()["nova2"].stt, shared, ["Paneer Tikka"])
    texts, errors = await hear(stt, connected(knobs), *UTTERANCE, comes(TranscriptionFrame))
    assert (texts, errors) == (["two lassi"], [])
    assert "model=nova-2" in knobs.stt_queries[0]
    assert "keyterm" not in knobs.stt_queries[0]
