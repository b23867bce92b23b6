"""Pictures of every kind, written by Pillow, become upright sRGB squares; what is no picture is one sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from latentjockey.data.pictures import (
    Framing,
    PictureError,
    TooSmallError,
    boxes,
    decode,
    encode,
    frame,
    resized,
)

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")  # what Pillow says of damaged files
RED, GREEN, BLUE, WHITE = (220, 30, 20), (10, 200, 40), (20, 30, 210), (250, 250, 250)
CORNERS = np.array([[RED, GREEN], [BLUE, WHITE]], np.uint8)


def _corners(side: int = 32) -> Image.Image:
    return Image.fromarray(np.repeat(np.repeat(CORNERS, side // 2, 0), side // 2, 1))


def _seen(path: Path, size: int = 16, **framing: object) -> np.ndarray:
    """The colours in the middles of the four quarters, (2, 2, 3)."""
    squares = frame(path, Framing(size, **framing)).squares  # type: ignore[arg-type]
    assert squares.shape == (1, 3, size, size)
    return squares[0].transpose(1, 2, 0)[size // 4 :: size // 2, size // 4 :: size // 2]


@pytest.mark.parametrize(
    ("name", "options", "within"),
    [
        ("a.png", {}, 1),
        ("a.bmp", {}, 1),
        ("a.tif", {"compression": "tiff_lzw"}, 1),
        ("a.tga", {}, 1),
        ("a.ppm", {}, 1),
        ("a.jpg", {"quality": 95, "subsampling": 0}, 6),
        ("a.webp", {"lossless": True}, 1),
        ("a.gif", {}, 6),
        ("a.jp2", {}, 6),
        ("a.avif", {"quality": 95}, 12),
        ("a.ico", {"sizes": [(32, 32)]}, 1),
        ("a.pcx", {}, 1),
        ("a.sgi", {}, 1),
        ("a.dds", {}, 1),
        ("a.qoi", {}, 1),
    ],
)
def test_every_format(tmp_path: Path, name: str, options: dict[str, object], within: int) -> None:
    if name.endswith("avif") and not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    _corners().save(tmp_path / name, **options)
    np.testing.assert_allclose(_seen(tmp_path / name).astype(int), CORNERS.astype(int), atol=within)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "I", "F"])
def test_every_mode_keeps_light_and_dark(tmp_path: Path, mode: str) -> None:
    grey = Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 32, 0).repeat(16, 1))
    suffix = "tif" if mode in ("CMYK", "YCbCr", "I;16", "I", "F", "HSV") else "png"
    if mode in ("I;16", "I", "F"):
        white = {"I;16": 65535, "I": 65535, "F": 1.0}[mode]
        dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        image = Image.fromarray((np.asarray(grey) / 255.0 * white).astype(dtype))
    elif mode == "HSV":
        suffix, image = "png", grey.convert("RGB").convert("HSV").convert("RGB")
    else:
        image = grey.convert("RGB").convert(mode) if mode in ("CMYK", "YCbCr", "P") else grey.convert(mode)
    image.save(tmp_path / f"a.{suffix}")
    seen = _seen(tmp_path / f"a.{suffix}")
    assert (seen[:, 0] <= 3).all()
    assert (seen[:, 1] >= 252).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured(tmp_path: Path, orientation: int) -> None:
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions, by which a camera would lie
    picture = _corners()
    stored = picture
    if orientation > 1:
        back = {5: 5, 6: 2, 7: 6, 8: 4}.get(orientation, turned[orientation])
        stored = picture.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    seen = _seen(tmp_path / "a.png")
    np.testing.assert_allclose(seen.astype(int), CORNERS.astype(int), atol=1)


def test_orientation_of_an_oblong_cuts_the_right_middle(tmp_path: Path) -> None:
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = RED
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(wide).save(tmp_path / "a.jpg", exif=exif, quality=95)
    framed = frame(tmp_path / "a.jpg", Framing(16))
    assert (framed.width, framed.height) == (40, 120)
    np.testing.assert_allclose(framed.squares[0, :, 8, 8].astype(int), RED, atol=8)
    np.testing.assert_allclose(framed.squares[0, :, 1, 8].astype(int), RED, atol=8)


@pytest.mark.parametrize(
    "damaged", [b"", b"Exif\x00\x00", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00MM" * 9]
)
def test_damaged_exif_harms_nothing(tmp_path: Path, damaged: bytes) -> None:
    _corners().save(tmp_path / "a.jpg", exif=damaged, quality=95, subsampling=0)
    np.testing.assert_allclose(_seen(tmp_path / "a.jpg").astype(int), CORNERS.astype(int), atol=8)


def test_transparency_lies_on_black_or_the_colour_given(tmp_path: Path) -> None:
    clear = _corners().convert("RGBA")
    clear.putalpha(0)
    clear.save(tmp_path / "a.png")
    assert not _seen(tmp_path / "a.png").any()
    assert (_seen(tmp_path / "a.png", background=(9, 8, 7)) == (9, 8, 7)).all()
    palette = _corners().convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    palette.save(tmp_path / "p.png", transparency=palette.getpixel((0, 0)))
    seen = _seen(tmp_path / "p.png")
    assert (seen[0, 0] == 0).all()
    np.testing.assert_allclose(seen[1, 1].astype(int), WHITE, atol=4)


def test_of_a_moving_picture_the_first_frame_is_taken(tmp_path: Path) -> None:
    frames = [_corners(), Image.new("RGB", (32, 32), BLUE)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    framed = frame(tmp_path / "a.webp", Framing(16))
    assert framed.moves
    np.testing.assert_allclose(framed.squares[0, :, 4, 4].astype(int), RED, atol=2)


def test_a_colour_profile_is_followed(tmp_path: Path) -> None:
    swapped = _swapped_profile()
    Image.new("RGB", (32, 32), RED).save(tmp_path / "a.png", icc_profile=swapped)
    plain = frame(tmp_path / "a.png", Framing(8)).squares[0, :, 4, 4].astype(int)
    assert abs(plain - RED).max() > 20
    Image.new("RGB", (32, 32), RED).save(tmp_path / "b.png", icc_profile=b"no profile")
    assert frame(tmp_path / "b.png", Framing(8)).squares[0, :, 4, 4].tolist() == list(RED)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (32, 32), RED).save(tmp_path / "c.png", icc_profile=srgb)
    assert frame(tmp_path / "c.png", Framing(8)).squares[0, :, 4, 4].tolist() == list(RED)


def _swapped_profile() -> bytes:
    """sRGB with its red and blue primaries exchanged and another name: whoever follows it sees other colours."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", data, 128)[0]
    tags = {bytes(data[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    data[tags[b"rXYZ"] : tags[b"rXYZ"] + 4], data[tags[b"bXYZ"] : tags[b"bXYZ"] + 4] = b"bXYZ", b"rXYZ"
    return bytes(data).replace("sRGB".encode("utf-16-be"), "qQQQ".encode("utf-16-be")).replace(b"sRGB", b"qQQQ")


def test_shrinking_is_done_in_light(tmp_path: Path) -> None:
    board = np.indices((256, 256)).sum(0) % 2 * 255
    Image.fromarray(board.astype(np.uint8)).save(tmp_path / "a.png")
    middle = frame(tmp_path / "a.png", Framing(16)).squares[0, :, 8, 8].astype(int)
    assert abs(middle - 188).max() <= 2  # half the light of white, not half its number


def test_a_picture_of_the_right_size_is_not_touched(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(frame(tmp_path / "a.png", Framing(24)).squares[0], pixels.transpose(2, 0, 1))


def test_pad_stretch_and_tiles(tmp_path: Path) -> None:
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, :20], wide[:, 20:40], wide[:, 40:] = RED, GREEN, BLUE
    Image.fromarray(wide).save(tmp_path / "a.png")
    tiles = frame(tmp_path / "a.png", Framing(20, "tiles")).squares
    assert tiles[:, :, 10, 10].tolist() == [list(RED), list(GREEN), list(BLUE)]
    padded = frame(tmp_path / "a.png", Framing(60, "pad", background=WHITE)).squares[0]
    assert padded[:, 5, 30].tolist() == list(WHITE)
    assert padded[:, 30, 5].tolist() == list(RED)
    stretched = frame(tmp_path / "a.png", Framing(12, "stretch")).squares[0]
    np.testing.assert_allclose(stretched[:, 6, 1].astype(int), RED, atol=12)
    np.testing.assert_allclose(stretched[:, 6, 10].astype(int), BLUE, atol=12)
    centre = frame(tmp_path / "a.png", Framing(20)).squares[0]
    assert (centre == np.array(GREEN)[:, None, None]).all()


@given(st.integers(1, 500), st.integers(1, 500), st.integers(4, 128), st.integers(1, 9))
def test_tiles_lie_within_are_square_and_do_not_overlap(width: int, height: int, size: int, tiles: int) -> None:
    cut = boxes(width, height, Framing(size, "tiles", tiles))
    assert cut
    covered = np.zeros((height, width), int)
    for left, top, right, bottom in cut:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert right - left == bottom - top >= min(size, width, height)
        covered[top:bottom, left:right] += 1
    assert covered.max() == 1


def test_too_small_is_told_apart(tmp_path: Path) -> None:
    Image.new("RGB", (10, 90)).save(tmp_path / "a.png")
    with pytest.raises(TooSmallError, match="10×90 pixels"):
        frame(tmp_path / "a.png", Framing(16, min_side=11))
    assert frame(tmp_path / "a.png", Framing(16, min_side=10)).squares.shape == (1, 3, 16, 16)


def _bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("sides", [(60_000, 60_000), (12_000, 12_000), (9_500, 9_400), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_it_is_opened(tmp_path: Path, sides: tuple[int, int]) -> None:
    (tmp_path / "a.png").write_bytes(_bomb(*sides))
    with pytest.raises(PictureError, match="million"):
        frame(tmp_path / "a.png", Framing(16))


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"]
)
def test_what_is_no_picture_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(PictureError):
        frame(tmp_path / "a.png", Framing(16))
    with pytest.raises(PictureError):
        frame(tmp_path / "missing.png", Framing(16))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tif", "bmp", "jp2", "psd", "tga"])
def test_damaged_files_never_raise_anything_else(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(3)
    out = io.BytesIO()
    if suffix == "psd":
        out.write(b"8BPS\0\1\0\0\0\0\0\0\0\3\0\0\0\x20\0\0\0\x20\0\x08\0\3" + bytes(12) + b"\0\0" + bytes(32 * 32 * 3))
    else:
        _corners().save(out, {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000"}.get(suffix, suffix.upper()))
    whole = out.getvalue()
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(whole)
    assert frame(path, Framing(8)).squares.shape == (1, 3, 8, 8)
    for _ in range(120):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 8))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        path.write_bytes(data[: int(rng.integers(1, len(data) + 1))] if rng.random() < 0.4 else data)
        try:
            assert frame(path, Framing(8)).squares.shape == (1, 3, 8, 8)
        except PictureError as error:
            assert str(error)  # noqa: PT017 - either is right; nothing else may come out


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_what_is_packed_comes_back_exactly(side: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (3, side, side), np.uint8)
    np.testing.assert_array_equal(decode(encode(pixels), side), pixels)


def test_lossy_is_smaller_and_near() -> None:
    grid = np.linspace(0, 200, 64)
    pixels = np.stack([np.add.outer(grid, grid) / 2, np.tile(grid, (64, 1)), np.tile(grid, (64, 1)).T]).astype(np.uint8)
    pixels += np.random.default_rng(0).integers(0, 20, pixels.shape).astype(np.uint8)
    lossy = encode(pixels, 80)
    assert len(lossy) < len(encode(pixels)) / 2
    assert np.abs(decode(lossy, 64).astype(int) - pixels).mean() < 12


def test_packed_bytes_of_another_size_or_kind_are_refused() -> None:
    data = encode(np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(PictureError, match="8×8 pixels instead of 9×9"):
        decode(data, 9)
    with pytest.raises(PictureError):
        decode(data[:-4], 8)
    gif = io.BytesIO()
    Image.new("RGB", (8, 8)).save(gif, "GIF")
    with pytest.raises(PictureError):
        decode(gif.getvalue(), 8)


def test_resizing_keeps_a_plain_colour() -> None:
    plain = np.broadcast_to(np.array(RED, np.uint8)[:, None, None], (3, 20, 20))
    for size in (7, 20, 50):
        assert np.abs(resized(plain, size).astype(int) - np.array(RED)[:, None, None]).max() <= 1
