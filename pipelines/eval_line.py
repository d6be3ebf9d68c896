"""How the eval harness reaches us; a file of its own, because production never loads it."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from fastapi import WebSocket
from pipecat.evals.fastapi_transport import EvalFastAPIWebsocketTransport
from pipecat.evals.serializer import EvalConnectionFlags, EvalSerializer
from pipecat.evals.transport import EvalTransportParams

from pipelines.lines import Line


def eval_line(websocket: WebSocket, flags: EvalConnectionFlags) -> Line:
    """The eval harness; `websocket` is accepted, its `eval-connect` message is `flags`. Not in `prod`."""
    params = EvalTransportParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        audio_out_end_silence_secs=0,
        serializer=EvalSerializer(),
    )
    transport = EvalFastAPIWebsocketTransport(websocket, params, flags)
    return Line("eval", transport, silent=flags.skip_tts)
