"""A browser's transport whose audio waits for the floor."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import (
    SmallWebRTCClient,
    SmallWebRTCOutputTransport,
    SmallWebRTCTransport,
)

from pipelines.floor import Floor


class PausingOutput(SmallWebRTCOutputTransport):
    """The stock one writes whatever comes."""

    def __init__(self, client: SmallWebRTCClient, params: TransportParams, floor: Floor) -> None:
        super().__init__(client, params)
        self._floor = floor

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """An interruption ends a hold, and drops the piece that waits."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._floor.give_up()

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """See BaseOutputTransport; a piece that was dropped counts as written."""
        if await self._floor.admit(frame.audio) is None:
            return True
        return await super().write_audio_frame(frame)


class PausingWebRTC(SmallWebRTCTransport):
    """Makes the output above."""

    def __init__(self, connection: SmallWebRTCConnection, params: TransportParams, floor: Floor) -> None:
        super().__init__(webrtc_connection=connection, params=params)
        self._output = PausingOutput(self._client, params, floor)
