"""What Twilio's marks prove, and what is ignored."""

import json

import pytest
from loguru import logger
from pipecat.frames.frames import InputDTMFFrame, InterruptionFrame
from pipecat.serializers.twilio import TwilioFrameSerializer

from pipelines.marks import TwilioMarks
from pipelines.playout import Playout


class Ear:
    """What a playout reports."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.lost: list[str] = []
        self.playout = Playout()
        self.playout.on_heard, self.playout.on_cut = self._heard, self._cut

    async def _heard(self, name: str) -> None:
        self.heard.append(name)

    async def _cut(self, name: str) -> None:
        self.lost.append(name)


def line(ear: Ear) -> TwilioMarks:
    marks = TwilioMarks("MZ1", "CA1")
    marks.playout = ear.playout
    return marks


def returned(token: object) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": token}})


async def test_a_mark_that_comes_back_was_heard_once() -> None:
    ear = Ear()
    token = ear.playout.launch("total", protected=False).token
    assert line(ear).mark_message(token) == {
        "event": "mark",
        "streamSid": "MZ1",
        "mark": {"name": token},
    }
    for _ in range(2):
        await line(ear).deserialize(returned(token))
    assert (ear.heard, ear.lost) == (["total"], [])


async def test_a_mark_that_comes_back_after_a_clear_was_not_heard() -> None:
    ear = Ear()
    first = ear.playout.launch("total", protected=False).token
    await ear.playout.cut()
    second = ear.playout.launch("total", protected=False).token
    await line(ear).deserialize(returned(first))
    assert (ear.heard, ear.lost) == ([], ["total"])
    await line(ear).deserialize(returned(second))
    assert ear.heard == ["total"]


async def test_protected_speech_is_neither_cleared_nor_cut() -> None:
    ear = Ear()
    marks = line(ear)
    token = ear.playout.launch("identity", protected=True).token
    assert await marks.serialize(InterruptionFrame()) is None
    await ear.playout.cut()
    await marks.deserialize(returned(token))
    assert (ear.heard, ear.lost) == (["identity"], [])
    assert json.loads(str(await marks.serialize(InterruptionFrame())))["event"] == "clear"


async def test_stop_is_told_once() -> None:
    ear, stops = Ear(), []
    marks = line(ear)

    async def stop() -> None:
        stops.append(1)

    marks.on_stop = stop
    for _ in range(2):
        await marks.deserialize(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
    assert stops == [1]


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"event":"mark"}',
        '{"event":"mark","mark":7}',
        '{"event":"mark","mark":{"name":[1]}}',
        '{"event":"media"}',
        '{"event":"media","media":{"payload":"%%%"}}',
        '{"event":"media","media":{"payload":7}}',
        '{"event":"dtmf","dtmf":"x"}',
        '{"event":"dtmf","dtmf":{"digit":"Z"}}',
        '{"event":"surprise"}',
        b"\xff\xfe",
    ],
)
async def test_garbage_is_ignored(garbage: str | bytes) -> None:
    ear = Ear()
    assert await line(ear).deserialize(garbage) is None
    assert (ear.heard, ear.lost) == ([], [])


async def test_garbage_is_logged_once_per_call_and_never_quoted() -> None:
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(str(message)), level="WARNING")
    try:
        marks = line(Ear())
        for _ in range(3):
            await marks.deserialize('{"event": "mark", "secret": 4242}')
    finally:
        logger.remove(sink)
    assert len(lines) == 1
    assert "4242" not in lines[0]


async def test_keys_still_arrive() -> None:
    frame = await line(Ear()).deserialize('{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"5"}}')
    assert isinstance(frame, InputDTMFFrame)
    assert frame.button.value == "5"


async def test_the_stock_serializer_still_ignores_marks() -> None:
    """When this fails, Pipecat reads marks itself and `TwilioMarks` may have become unnecessary."""
    stock = TwilioFrameSerializer("MZ1", params=TwilioFrameSerializer.InputParams(auto_hang_up=False))
    assert await stock.deserialize(returned("x")) is None
