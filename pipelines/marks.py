"""Twilio Media Streams with marks: they come back when the audio before them has been played."""

import binascii
import json
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger
from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame, OutputTransportMessageFrame
from pipecat.serializers.twilio import TwilioFrameSerializer

from pipelines.floor import Floor
from pipelines.playout import Playout


class TwilioMarks(TwilioFrameSerializer):
    """The stock serializer neither sends nor reads marks, ignores `stop`, and hangs up too early.

    The call is hung up by closing the socket; nothing is asked of the REST interface here.
    """

    def __init__(self, stream_sid: str, call_sid: str) -> None:
        super().__init__(
            stream_sid=stream_sid,
            call_sid=call_sid,
            params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
        )
        self._sid = stream_sid
        self._complained = False
        self._stopped = False
        self.playout: Playout | None = None
        self.on_stop: Callable[[], Awaitable[None]] | None = None
        self.floor = Floor(self.clear_message)
        self._out: set[str] = set()

    @property
    def stopped(self) -> bool:
        """Whether Twilio has said that the stream is over; a socket that closes without that broke."""
        return self._stopped

    def mark_message(self, token: str) -> dict[str, Any]:
        """The message that asks for a mark."""
        return {"event": "mark", "streamSid": self._sid, "mark": {"name": token}}

    def clear_message(self) -> dict[str, Any] | None:
        """The message that empties Twilio's buffer; None while a mark is in it, for it would return unplayed."""
        return None if self._out else {"event": "clear", "streamSid": self._sid}

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """A frame as Twilio's message; speech waits for the floor, and is not cleared under protection."""
        if isinstance(frame, InterruptionFrame):
            self.floor.give_up()
            if self.playout is not None and self.playout.protected:
                return None
        elif isinstance(frame, OutputAudioRawFrame):
            pcm = await self.floor.admit(frame.audio)
            if pcm is None:
                return None
            frame = OutputAudioRawFrame(pcm, frame.sample_rate, frame.num_channels)
        elif isinstance(frame, OutputTransportMessageFrame) and frame.message.get("event") == "mark":
            self._out.add(frame.message["mark"]["name"])
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """Twilio's message as a frame; what cannot be read is dropped, and logged once per call."""
        try:
            message = json.loads(data)
            event = message["event"]
            if event == "mark":
                await self._returned(message["mark"]["name"])
            elif event == "stop":
                await self._stop()
            else:
                return await super().deserialize(data)
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            if not self._complained:
                self._complained = True
                logger.warning("unreadable message on the media stream; further ones are dropped silently")
        return None

    async def _returned(self, token: object) -> None:
        self._out.discard(str(token))
        if self.playout is not None and isinstance(token, str):
            await self.playout.heard(token)

    async def _stop(self) -> None:
        if not self._stopped and self.on_stop is not None:
            self._stopped = True
            await self.on_stop()
