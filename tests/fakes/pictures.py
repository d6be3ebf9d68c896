"""Pictures as telephones take them, with place and device written into them."""

import random
import struct
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

DEVICE, PLACE = "PhoneOfTheTests", "LarkfieldHome"
"""What must be in no picture that is kept."""
UPRIGHT, ON_ITS_SIDE = 1, 6


def taken(
    form: str = "JPEG", size: tuple[int, int] = (60, 40), *, orientation: int = UPRIGHT, noise: bool = False
) -> bytes:
    """A picture of Pillow's format of that name: its left half red, its right half blue, or noise of one seed."""
    if noise:
        pixels = Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))
    else:
        pixels = Image.new("RGB", size, "red")
        pixels.paste("blue", (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = DEVICE, orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 16.0, 2.0), 27: PLACE.encode()})
    more: dict[str, Any] = {"exif": exif}
    if form == "PNG":
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_text("Comment", PLACE)
        more["pnginfo"].add_itxt("XML:com.adobe.xmp", PLACE, zip=False)
    elif form == "WEBP":
        more["xmp"] = PLACE.encode()
    else:
        more |= {"comment": PLACE.encode(), "quality": 95}
    out = BytesIO()
    pixels.save(out, form, **more)
    return out.getvalue()


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of a HEIC."""
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


ITEMS = {1: b"hvc1", 2: b"Exif", 3: b"mime", 4: b"grid"}
GRID = b"\0\0\0\0\0\x3c\0\x28"


def heic(
    picture: bytes = b"the picture itself", *, brand: bytes = b"heic", far: int = 0, times: int = 1
) -> bytes:
    """A HEIC with one picture, put together by a grid in the index, and Exif, XMP and a film beside it.

    `far` is added to where the picture is said to lie, and it is said `times` times.
    """
    ftyp = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    exif, xmp = f"Exif {DEVICE} {PLACE}".encode(), f"<x>{PLACE}</x>".encode()
    parts = [exif, picture, b"gap " + PLACE.encode(), xmp]

    def meta(at: int) -> bytes:
        places = {1: (0, at + len(exif) + far, len(picture)), 2: (0, at, len(exif)), 4: (1, 0, len(GRID))}
        places[3] = (0, at + sum(map(len, parts[:3])), len(xmp))
        entries = [
            box(b"infe", b"\x02\0\0\0", struct.pack(">HH4s", item, 0, kind), b"\0")
            for item, kind in ITEMS.items()
        ]
        located = [
            struct.pack(">HHHH", item, how, 0, times) + struct.pack(">II", start, size) * times
            for item, (how, start, size) in places.items()
        ]
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", bytes(4), struct.pack(">H", 4)),
            box(b"iinf", bytes(4), struct.pack(">H", len(ITEMS)), *entries),
            box(b"iloc", b"\x01\0\0\0", b"\x44\0", struct.pack(">H", len(places)), *located),
            box(b"udta", PLACE.encode()),
            box(b"idat", GRID, PLACE.encode()),
        )

    begin = len(ftyp) + len(meta(1000)) + 8
    return ftyp + meta(begin) + box(b"mdat", *parts) + box(b"mpvd", b"film of " + PLACE.encode())
