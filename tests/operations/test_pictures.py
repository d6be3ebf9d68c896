"""A picture is what its first bytes say, and keeps nothing but what can be seen on it."""

from io import BytesIO

import pytest
from PIL import Image

from errors import Invalid
from operations import pictures, webp
from operations.heic import MOST_EXTENTS, boxes, without_metadata
from operations.pictures import HEIC, JPEG, LONGEST_SIDE, PNG, WEBP, cleaned, kind_of
from tests.fakes.pictures import DEVICE, GRID, ON_ITS_SIDE, PLACE, box, heic, taken

KINDS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP}
SECRETS = (DEVICE.encode(), PLACE.encode())


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("form", KINDS)
async def test_place_and_device_are_gone_and_the_picture_is_there(form: str) -> None:
    sent = taken(form)
    assert all(secret in sent for secret in SECRETS)
    kept = await cleaned(sent)
    assert kept.kind == KINDS[form]
    assert not any(secret in kept.data for secret in SECRETS)
    found = opened(kept.data)
    assert (found.format, found.size, dict(found.getexif())) == (form, (60, 40), {})
    red, green, blue = found.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


async def test_one_that_was_taken_on_its_side_is_turned_upright() -> None:
    found = opened((await cleaned(taken(orientation=ON_ITS_SIDE))).data)
    assert found.size == (40, 60)
    top, bottom = found.getpixel((20, 5)), found.getpixel((20, 55))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[0] > 200, bottom[2] > 200) == (True, True)


async def test_what_hangs_behind_the_picture_is_gone() -> None:
    kept = await cleaned(taken() + b"PK\x03\x04 " + PLACE.encode())
    assert PLACE.encode() not in kept.data


@pytest.mark.parametrize(("size", "kept"), [((4000, 3000), (2000, 1500)), ((700, 3500), (400, 2000))])
async def test_a_large_one_is_made_smaller(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert opened((await cleaned(taken(size=size))).data).size == kept
    assert max(kept) == LONGEST_SIDE


async def test_what_can_be_seen_through_stays_so() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    assert opened((await cleaned(out.getvalue())).data).convert("RGBA").getpixel((1, 1)) == (255, 0, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"%PDF-1.7 photo.jpg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8",
        b"RIFF\0\0\0\0WAVE" + bytes(40),
        heic(brand=b"avif"),
        heic(brand=b"mp42"),
        b"\0\0\0\x18ftyp",
    ],
)
async def test_anything_else_is_no_picture(data: bytes) -> None:
    assert kind_of(data) is None
    with pytest.raises(Invalid):
        await cleaned(data)


@pytest.mark.parametrize("form", KINDS)
async def test_a_damaged_one_is_refused(form: str) -> None:
    whole = taken(form, (200, 200), noise=True)
    for broken in (whole[: len(whole) // 2], whole[:12], whole[:8] + bytes(200)):
        with pytest.raises(Invalid):
            await cleaned(broken)


@pytest.mark.parametrize("lossless", [True, False])
async def test_a_webp_keeps_its_pixels_and_what_can_be_seen_through(lossless: bool) -> None:
    before, out = Image.new("RGBA", (31, 17), (200, 30, 30, 90)), BytesIO()
    before.save(out, "WEBP", lossless=lossless, exif=b"Exif\0\0 " + PLACE.encode(), xmp=PLACE.encode())
    kept = (await cleaned(out.getvalue() + PLACE.encode())).data
    assert PLACE.encode() not in kept
    assert (b"EXIF" in kept, b"XMP " in kept, webp.without_metadata(kept) == kept) == (False, False, True)
    assert opened(kept).convert("RGBA").tobytes() == opened(out.getvalue()).convert("RGBA").tobytes()


async def test_a_film_is_no_photo() -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(Invalid):
        await cleaned(out.getvalue())


async def test_one_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 60 * 40 - 1)
    with pytest.raises(Invalid):
        await cleaned(taken())
    bomb = BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000
    with pytest.raises(Invalid):
        await cleaned(bomb.getvalue())


class TestHeic:
    """Blanked in place: what is no part of the picture is zeros, and nothing has moved."""

    async def test_only_the_picture_stays(self) -> None:
        sent = heic()
        kept = await cleaned(sent)
        assert (kept.kind, len(kept.data)) == (HEIC, len(sent))
        assert not any(secret in kept.data for secret in SECRETS)
        for stays in (b"the picture itself", GRID, b"hvc1", b"iloc", b"pitm"):
            assert kept.data.find(stays) == sent.find(stays) > 0
        assert [found.kind for found in boxes(kept.data, 0, len(kept.data))] == [
            b"ftyp",
            b"meta",
            b"mdat",
            b"free",
        ]

    async def test_cleaning_it_again_changes_nothing(self) -> None:
        once = without_metadata(heic())
        assert without_metadata(once) == once

    @pytest.mark.parametrize(
        "broken",
        [
            heic()[:-1],
            heic() + b"tail",
            heic(far=100_000),
            heic(far=-60),
            heic(picture=b""),
            heic().replace(b"iloc", b"ilok"),
            heic().replace(b"hvc1", b"av01").replace(b"grid", b"av01"),
            heic() + box(b"meta", bytes(4)),
            heic() + box(b"free") * 80,
            heic()[:24],
        ],
    )
    async def test_one_that_cannot_be_followed_is_refused(self, broken: bytes) -> None:
        assert kind_of(broken) == HEIC
        with pytest.raises(Invalid):
            await cleaned(broken)

    @pytest.mark.parametrize(("picture", "times"), [(bytes(1000), 50), (b"x", MOST_EXTENTS)])
    def test_the_same_place_named_over_and_over_is_refused(self, picture: bytes, times: int) -> None:
        """Or a small file would keep the thread busy for hours."""
        with pytest.raises(ValueError, match="more picture than file"):
            without_metadata(heic(picture, times=times))
