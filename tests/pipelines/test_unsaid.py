"""Words that were sent to the voice and not spoken are taken back; what stands before them is not."""

import pytest
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from pipelines.unsaid import take_back


@pytest.mark.parametrize(
    ("sent", "gone", "left"),
    [
        ("Your order is ", " Your order is ", ""),
        ("Dr. Rao, your order is ", "your order is ", "Dr. Rao,"),
        ("order is", "Well: your order is", ""),
        ("Something else", "Your order is", "Something else"),
        ("", "Your order is", ""),
    ],
)
async def test_only_the_sentence_that_was_begun_is_taken_back(sent: str, gone: str, left: str) -> None:
    waiting = SimpleTextAggregator()  # type: ignore[no-untyped-call]
    assert [part async for part in waiting.aggregate(sent)] == []
    await take_back(waiting, gone)
    assert waiting.text.text == left
