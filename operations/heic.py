"""A HEIC without its metadata: whatever is not the picture is blanked in place (ISO/IEC 23008-12, 14496-12).

Nothing moves, so that the addresses inside stay right. What is not known to belong to the picture does not stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PICTURE = {b"hvc1", b"grid", b"iovl", b"iden", b"tmap"}
"""Kinds of items that are a picture or put one together; place, time and device are Exif and mime."""
DESCRIBING = {b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"grpl", b"dinf"}
"""Boxes of the index that say how the picture is put together."""
FREE = b"free"
MOST_BOXES, MOST_EXTENTS = 64, 10_000  # a telephone makes 3 boxes, and some hundred extents
IN_FILE, IN_INDEX = 0, 1


@dataclass(frozen=True)
class Box:
    """One box: its kind, where it begins, where its content begins, and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


class Reader:
    """Reads whole numbers one after the other."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    def number(self, size: int) -> int:
        """The next `size` bytes, big-endian; 0 for none. Raises ValueError behind the end."""
        return int.from_bytes(self.raw(size))

    def raw(self, size: int) -> bytes:
        """The next `size` bytes. Raises ValueError behind the end."""
        if self._at + size > self._end:
            raise ValueError("a box ends too early")
        self._at += size
        return self._data[self._at - size : self._at]


def without_metadata(data: bytes) -> bytes:
    """The file with everything blank but the picture and what describes it. Raises ValueError: it is no HEIC."""
    top = list(boxes(data, 0, len(data)))
    index = [box for box in top if box.kind == b"meta"]
    if not top or len(top) > MOST_BOXES or top[0].kind != b"ftyp" or len(index) != 1:
        raise ValueError("no single index")
    (meta,) = index
    parts = list(boxes(data, meta.body + 4, meta.end))
    in_file, in_index = _extents(data, parts)
    inside = [box for box in top if box.kind == b"mdat"]
    if not in_file or not all(any(b.body <= s <= e <= b.end for b in inside) for s, e in in_file):
        raise ValueError("no picture, or one that lies elsewhere")
    out = bytearray(len(data))
    keep(out, data, top[0].start, top[0].end)
    keep(out, data, meta.start, meta.body + 4)
    for part in parts:
        if part.kind in DESCRIBING:
            keep(out, data, part.start, part.end)
        elif part.kind == b"idat":
            keep(out, data, part.start, part.body)
            for start, end in in_index:
                keep(out, data, part.body + start, min(part.body + end, part.end))
        else:
            blank(out, data, part)
    for box in top[1:]:
        if box.kind == b"mdat":
            keep(out, data, box.start, box.body)
        elif box is not meta:
            blank(out, data, box)
    for start, end in in_file:
        keep(out, data, start, end)
    return bytes(out)


def keep(out: bytearray, data: bytes, start: int, end: int) -> None:
    """These bytes stay."""
    out[start:end] = data[start:end]


def blank(out: bytearray, data: bytes, box: Box) -> None:
    """A box of the same length with nothing in it."""
    keep(out, data, box.start, box.body)
    out[box.start + 4 : box.start + 8] = FREE


def boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    """The boxes between two places. Raises ValueError where they do not fill it."""
    while at < end:
        head = Reader(data, at, end)
        size, kind, body = head.number(4), head.raw(4), at + 8
        if size == 1:
            size, body = head.number(8), at + 16
        elif size == 0:
            size = end - at
        if at + size > end or at + size < body:
            raise ValueError("a box does not fit")
        yield Box(kind, at, body, at + size)
        at += size


def _extents(data: bytes, parts: list[Box]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where the picture's items lie: places in the file, and places in the index's own data."""
    kinds = _kinds(data, _only(parts, b"iinf"))
    found: dict[int, list[tuple[int, int]]] = {IN_FILE: [], IN_INDEX: []}
    for item, method, extents in _located(data, _only(parts, b"iloc")):
        if kinds.get(item) not in PICTURE:
            continue
        if method not in found:
            raise ValueError("an item lies in another item")
        found[method] += extents
    every = found[IN_FILE] + found[IN_INDEX]
    if len(every) > MOST_EXTENTS or sum(end - start for start, end in every) > len(data):
        raise ValueError("more picture than file")  # extents that lie on each other would be copied for hours
    return found[IN_FILE], found[IN_INDEX]


def _only(parts: list[Box], kind: bytes) -> Box:
    found = [part for part in parts if part.kind == kind]
    if len(found) != 1:
        raise ValueError("a part of the index is missing")
    return found[0]


def _kinds(data: bytes, iinf: Box) -> dict[int, bytes]:
    """The kind of every item."""
    head = Reader(data, iinf.body, iinf.end)
    wide = head.number(4) >> 24 > 0  # the version; the flags mean nothing here
    count = head.number(4 if wide else 2)
    entries = list(boxes(data, iinf.body + (8 if wide else 6), iinf.end))
    if len(entries) != count:
        raise ValueError("another number of items than was said")
    kinds: dict[int, bytes] = {}
    for entry in entries:
        info = Reader(data, entry.body, entry.end)
        version = info.number(4) >> 24
        if version not in (2, 3):
            raise ValueError("an item without a kind")
        number = info.number(2 if version == 2 else 4)
        info.number(2)
        if number in kinds:
            raise ValueError("an item stands twice")
        kinds[number] = info.raw(4)
    return kinds


def _located(data: bytes, iloc: Box) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Each item's number, where it is counted from, and its extents as (start, end)."""
    head = Reader(data, iloc.body, iloc.end)
    version = head.number(4) >> 24
    sizes = head.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(head.number(4 if version == 2 else 2)):
        item = head.number(4 if version == 2 else 2)
        method = head.number(2) & 15 if version in (1, 2) else IN_FILE
        if head.number(2):
            raise ValueError("an item lies in another file")
        origin, extents = head.number(base), []
        for _ in range(head.number(2)):
            head.number(index if version in (1, 2) else 0)
            start = origin + head.number(offset)
            size = head.number(length)
            if size == 0:
                raise ValueError("an extent without a length")
            extents.append((start, start + size))
        yield item, method, extents
