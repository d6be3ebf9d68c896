"""Shared models hear what private ones hear."""

import numpy
import pytest
from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams

from pipelines.onnx import SharedSilero, SharedSmartTurn
from tests.pipelines.speech import speech

PARAMS = VADParams()


def confidences(analyzer: SileroVADAnalyzer, pcm: bytes) -> list[float]:
    size = 2 * analyzer.num_frames_required()
    return [
        numpy.asarray(analyzer.voice_confidence(pcm[at : at + size])).item()
        for at in range(0, len(pcm) - size, size)
    ]


@pytest.mark.parametrize("rate", [8000, 16000])
def test_two_calls_on_one_session_hear_what_two_sessions_hear(rate: int) -> None:
    stock, one, two = SileroVADAnalyzer(params=PARAMS), SharedSilero(PARAMS), SharedSilero(PARAMS)
    for analyzer in (stock, one, two):
        analyzer.set_sample_rate(rate)
    pcm = speech("Two mango lassi please", rate)
    size = 2 * one.num_frames_required()
    mixed = []
    for at in range(0, len(pcm) - size, size):
        mixed.append(numpy.asarray(one.voice_confidence(pcm[at : at + size])).item())
        two.voice_confidence(bytes(size))
    assert mixed == pytest.approx(confidences(stock, pcm), abs=1e-6)
    assert max(mixed) > 0.9


def test_the_shared_analyzers_set_what_the_stock_ones_set() -> None:
    """Ours do not call the parents' constructors; a new attribute there must be noticed here."""
    assert set(vars(SileroVADAnalyzer())) <= set(vars(SharedSilero(PARAMS)))
    ours = SharedSmartTurn(SmartTurnParams(), 0.2)
    assert set(vars(LocalSmartTurnAnalyzerV3())) <= set(vars(ours))
    assert ours._session is SharedSmartTurn(SmartTurnParams(), 0.2)._session


def test_smart_turn_gets_the_silence_it_was_trained_on() -> None:
    audio = numpy.frombuffer(speech("Thank you", 16000), numpy.int16).astype(numpy.float32) / 32768
    heard = numpy.concatenate([audio, numpy.zeros(3200, numpy.float32)])
    whole = SharedSmartTurn(SmartTurnParams(), heard_secs=0.2)
    early = SharedSmartTurn(SmartTurnParams(), heard_secs=0.1)
    for analyzer in (whole, early):
        analyzer.set_sample_rate(16000)
    assert early._predict_endpoint(heard[:-1600]) == whole._predict_endpoint(heard)
