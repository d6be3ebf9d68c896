"""The two ways a person reaches us: Twilio and a browser. (The eval harness has `eval_line.py`.)"""

from dataclasses import dataclass, field
from typing import Literal

from fastapi import WebSocket
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport

from pipelines.floor import Floor
from pipelines.marks import TwilioMarks
from pipelines.webrtc import PausingWebRTC

CHUNK_10MS = 2
"""Audio leaves in pieces of 20 ms: a barge-in stops it sooner than with Pipecat's 40."""


@dataclass(frozen=True)
class Line:
    """A transport and what is special about it."""

    kind: Literal["twilio", "webrtc", "eval"]
    transport: BaseTransport
    marks: TwilioMarks | None = None
    silent: bool = False
    """The other side reads instead of listening."""
    floor: Floor = field(default_factory=Floor)
    """Stands before its audio."""

    @property
    def may_hold(self) -> bool:
        """Whether somebody may still be at the other end when the audio is lost: a carrier who has not said `stop`."""
        return self.marks is not None and not self.marks.stopped


def twilio_line(websocket: WebSocket, stream_sid: str, call_sid: str) -> Line:
    """A telephone call; `websocket` is accepted, and its `connected` and `start` messages have been read."""
    marks = TwilioMarks(stream_sid, call_sid)
    params = FastAPIWebsocketParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        audio_out_10ms_chunks=CHUNK_10MS,
        audio_out_end_silence_secs=0,  # a mark has told that the tail was heard
        serializer=marks,
        allowed_origins=[],
    )
    return Line("twilio", FastAPIWebsocketTransport(websocket, params), marks, floor=marks.floor)


def webrtc_line(connection: SmallWebRTCConnection) -> Line:
    """A browser."""
    params = TransportParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        audio_out_10ms_chunks=CHUNK_10MS,
        audio_out_end_silence_secs=0,
    )
    floor = Floor()
    return Line("webrtc", PausingWebRTC(connection, params, floor), floor=floor)
