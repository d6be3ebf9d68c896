"""The playout buffer of a media stream: what the caller will hear, 8000 bytes a second."""

from collections import deque

FRAME_BYTES = 160
FRAME_SECONDS = 0.020


class Playout:
    """Mu-law bytes and marks in the order they came; a mark is reached when all before it has been played."""

    def __init__(self) -> None:
        self._items: deque[bytes | str] = deque()

    def play(self, audio: bytes) -> None:
        if audio:
            self._items.append(audio)

    def mark(self, name: str) -> None:
        self._items.append(name)

    def clear(self) -> list[str]:
        """Forget all audio; the pending marks come back at once."""
        marks = [item for item in self._items if isinstance(item, str)]
        self._items.clear()
        return marks

    @property
    def seconds(self) -> float:
        """Audio still to be played."""
        return sum(len(item) for item in self._items if isinstance(item, bytes)) / 8000

    def next_frame(self) -> tuple[bytes, list[str]]:
        """Up to 160 bytes to play now, and the marks reached with them."""
        audio, reached = bytearray(), list[str]()
        while self._items:
            item = self._items[0]
            if isinstance(item, str):
                reached.append(item)
                self._items.popleft()
            elif len(audio) == FRAME_BYTES:
                break
            else:
                self._items.popleft()
                room = FRAME_BYTES - len(audio)
                audio += item[:room]
                if item[room:]:
                    self._items.appendleft(item[room:])
        return bytes(audio), reached
