"""Pictures that strangers send: recognised by their first bytes, and kept without what else the camera wrote."""

import asyncio
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from errors import Invalid
from operations import heic, webp

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
SUFFIXES = {JPEG: "jpg", PNG: "png", WEBP: "webp", HEIC: "heic"}
PAINTED = {JPEG: "JPEG", PNG: "PNG"}
"""What is painted anew, by Pillow's names."""
STRIPPED = {WEBP: webp.without_metadata, HEIC: heic.without_metadata}
"""What keeps its pixels: Pillow reads no HEIC, and while it reads a WebP nothing else of this process goes on."""
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}
MOST_PIXELS = 50_000_000  # what a telephone takes; 150 MB while it is painted
LONGEST_SIDE = 2000  # pixels: enough to see a hair in a curry, and under 1 MB as a JPEG
QUALITY = 88
UNREADABLE = "This is not a picture we can read."
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow raises for files that are cut off, made up, or enormous."""
_painter = ThreadPoolExecutor(1, "pictures")  # one at a time: calls need the memory and the processor


@dataclass(frozen=True)
class Picture:
    """A picture and its media type."""

    kind: str
    data: bytes


async def cleaned(data: bytes) -> Picture:
    """A picture without what the camera wrote into it: place, time, device.

    JPEG and PNG are painted anew, upright and at most 2000 pixels a side; that takes up to half a second of a thread
    of its own. WebP and HEIC keep their pixels.

    Raises:
        Invalid: it is none of JPEG, PNG, WebP and HEIC, is damaged, or has too many pixels.
    """
    kind = kind_of(data)
    if kind is None:
        raise Invalid(UNREADABLE)
    clean = painted if kind in PAINTED else stripped
    return await asyncio.get_running_loop().run_in_executor(_painter, clean, data, kind)


def kind_of(data: bytes) -> str | None:
    """The media type by the first bytes; None for everything else, whatever its name says."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp" and len(data) >= 16:
        brands = data[8 : min(int.from_bytes(data[:4]), 256)]
        if HEIC_BRANDS & {brands[at : at + 4] for at in range(0, len(brands), 4) if at != 4}:
            return HEIC
    return None


def painted(data: bytes, kind: str) -> Picture:
    """The same picture from its pixels alone. Blocks. Raises Invalid."""
    out = BytesIO()
    try:
        with Image.open(BytesIO(data), formats=(PAINTED[kind],)) as found:
            if found.width * found.height > MOST_PIXELS:
                raise Invalid(UNREADABLE)
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read no larger than it is wanted
            ImageOps.exif_transpose(found, in_place=True)
            mode = "RGBA" if kind == PNG and found.has_transparency_data else "RGB"
            pixels = found if found.mode == mode else found.convert(mode)
            pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            pixels.info.clear()  # a comment would be written again
            pixels.save(out, PAINTED[kind], quality=QUALITY, compress_level=1)
    except BROKEN:
        raise Invalid(UNREADABLE) from None
    return Picture(kind, out.getvalue())


def stripped(data: bytes, kind: str) -> Picture:
    """The same pixels without the rest of the file. Blocks. Raises Invalid."""
    try:
        return Picture(kind, STRIPPED[kind](data))
    except ValueError:
        raise Invalid(UNREADABLE) from None
