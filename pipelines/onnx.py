"""Silero and smart-turn on one ONNX session per model and process, instead of one per call."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from functools import cache
from importlib.resources import files
from typing import Any

import numpy
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from pipecat.audio.turn.smart_turn.base_smart_turn import BaseSmartTurn, SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroOnnxModel, SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams, VADState

SILERO = ("pipecat.audio.vad.data", "silero_vad.onnx")
TRAINED_SILENCE_SECS = 0.2
SMART_TURN = ("pipecat.audio.turn.smart_turn.data", "smart-turn-v3.2-cpu.onnx")


@cache
def session(package: str, name: str) -> onnxruntime.InferenceSession:
    """The process's session of a bundled model: loaded once (30-60 ms, 10 MB), single-threaded.

    A session keeps no state between runs, so calls may share it; the analyzers below must not be shared.
    """
    options = onnxruntime.SessionOptions()
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    path = str(files(package) / name)
    return onnxruntime.InferenceSession(path, sess_options=options, providers=["CPUExecutionProvider"])


class SharedSileroModel(SileroOnnxModel):
    """The recurrent state of one call around the shared session; the parent's constructor loads a file."""

    def __init__(self) -> None:
        self.session = session(*SILERO)
        self.reset_states()
        self.sample_rates = [8000, 16000]


class SharedSilero(SileroVADAnalyzer):
    """Voice activity of one call.

    Runs on the loop: a 32 ms window takes 0.1 ms, a hop to the analyzer's thread costs three times that.
    """

    def __init__(self, params: VADParams) -> None:
        VADAnalyzer.__init__(self, params=params)
        self._model = SharedSileroModel()
        self._windows_since_reset = 0
        self._low_confidence_windows = 0

    async def analyze_audio(self, buffer: bytes) -> VADState:
        """The state after these samples (16-bit mono at the analyzer's rate)."""
        return self._run_analyzer(buffer)


class SharedSmartTurn(LocalSmartTurnAnalyzerV3):
    """End-of-turn detection of one call; inference (30 ms) runs in the parent's executor.

    The model was trained on speech followed by 0.2 s of silence. A VAD that reports the stop after `heard_secs`
    gives it less, and it then takes more finished sentences for unfinished ones (7 of 20 instead of 5, with a
    synthetic voice at 8 kHz and 0.1 s): the missing silence is added.
    """

    def __init__(self, params: SmartTurnParams, heard_secs: float) -> None:
        BaseSmartTurn.__init__(self, params=params)
        self._log_data = False
        self._session = session(*SMART_TURN)
        self._missing_secs = max(0.0, TRAINED_SILENCE_SECS - heard_secs)

    def _predict_endpoint(self, audio_array: NDArray[numpy.float32]) -> dict[str, Any]:
        silence = numpy.zeros(int(self._missing_secs * self.sample_rate), numpy.float32)
        return super()._predict_endpoint(numpy.concatenate([audio_array, silence]))
