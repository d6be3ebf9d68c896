"""When each character is spoken: the pieces in which a voice is streamed, with their timing."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.speech.rendering import Rendering

# A piece is cut at the first word boundary after this long.
PIECE_SECONDS = 0.25


@dataclass(frozen=True)
class Piece:
    """A stretch of audio and its characters (character, start, end), in seconds from the utterance's start.

    The first character starts with the piece and the last one ends with it.
    """

    start: float
    end: float
    characters: list[tuple[str, float, float]]


def pieces(rendering: Rendering) -> Iterator[Piece]:
    """Cut an utterance at word boundaries; together the pieces cover all of its sound and characters."""
    begin, current = 0.0, list[tuple[str, float, float]]()
    words = rendering.words
    for place, word in enumerate(words):
        last = place == len(words) - 1
        end = rendering.seconds if last else words[place + 1].start
        letters = f"{word.text} "
        start = current[-1][2] if current else begin
        step = (max(end, start) - start) / len(letters)
        current += [
            (letter, start + index * step, start + (index + 1) * step) for index, letter in enumerate(letters)
        ]
        if last or end - begin >= PIECE_SECONDS:
            yield Piece(begin, end, current)
            begin, current = end, []
