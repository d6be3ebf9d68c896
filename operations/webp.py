"""A still WebP without its metadata: of its chunks only those of the picture are kept (RFC 9649)."""

import struct

PICTURE = {b"VP8 ", b"VP8L"}
"""The picture: with loss, or without."""
EXTENDED, ALPHA = b"VP8X", b"ALPH"
SEE_THROUGH = 0x10
"""The one flag of an extended file that stays; the others announce metadata, profiles and films."""
EXTENDED_SIZE = 10
HEAD = 12


def without_metadata(data: bytes) -> bytes:
    """The picture alone, its pixels untouched. Raises ValueError: it is no WebP, a film, or cut off."""
    if len(data) < HEAD or data[:4] != b"RIFF" or data[8:HEAD] != b"WEBP":
        raise ValueError("no WebP")
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise ValueError("cut off")
    kept, pictures, at = bytearray(), 0, HEAD
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : min(at + 8 + size, end)]
        if len(body) != size:
            raise ValueError("a chunk does not fit")
        if kind == EXTENDED:
            if size != EXTENDED_SIZE:
                raise ValueError("another head than there is")
            body = bytes([body[0] & SEE_THROUGH]) + body[1:]
        pictures += kind in PICTURE
        if kind in PICTURE or kind in (EXTENDED, ALPHA):
            kept += struct.pack("<4sI", kind, size) + body + b"\0" * (size % 2)
        at += 8 + size + size % 2
    if pictures != 1:
        raise ValueError("not one picture")
    return struct.pack("<4sI4s", b"RIFF", 4 + len(kept), b"WEBP") + bytes(kept)
