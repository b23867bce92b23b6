"""Films, pictures and cameras as they are read, without a process."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from latentjockey.inputs.camera import TEST, Camera, cameras, device_of
from latentjockey.inputs.film import Film
from latentjockey.inputs.ndi import NdiSource, ndi_names
from latentjockey.inputs.source import MOST_AREA, InputError, Planes, covering
from latentjockey.inputs.still import Still
from tests.inputs.films import RATE, film, number_of, turned


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "film.mp4")


def seen(source: Film, times: np.ndarray) -> list[int]:
    """The numbers of the pictures that are given at these times; what cannot be had at once is asked for again."""
    found: list[int] = []
    for now in times.tolist():
        picture, rest = source.picture(now)
        for _ in range(20):
            if picture is not None or rest > 0.0011:
                break
            picture, rest = source.picture(now)
        if picture is not None:
            found.append(number_of(picture))
    return found


def test_a_film_follows_time_and_gives_each_picture_once(path: Path) -> None:
    source = Film(str(path))
    assert seen(source, np.arange(0.0, 1.95, 0.02)) == list(range(20))
    assert "32×16" in source.words
    source.close()


def test_it_is_not_read_faster_than_needed(path: Path) -> None:
    source = Film(str(path))
    picture, rest = source.picture(5.0)
    assert picture is not None
    assert 0.05 < rest <= 1.0 / RATE
    picture, _ = source.picture(5.0 + rest / 2)
    assert picture is None
    source.close()


def test_it_loops(path: Path) -> None:
    source = Film(str(path))
    assert seen(source, np.arange(0.0, 4.55, 0.05)) == [*range(20), *range(20), *range(6)]
    source.close()


@pytest.mark.parametrize(
    ("speed", "until", "expected"),
    [(2.0, 0.98, list(range(20))), (0.5, 1.0, [0, 1, 2, 3, 4]), (0.0, 5.0, [0])],
)
def test_its_speed_is_that_of_time(path: Path, speed: float, until: float, expected: list[int]) -> None:
    source = Film(str(path))
    source.use_speed(speed)
    assert seen(source, np.arange(0.0, until, 0.01)) == expected
    source.close()


def test_it_runs_backwards(path: Path) -> None:
    source = Film(str(path))
    source.use_speed(-1.0)
    found = seen(source, np.arange(0.0, 1.9, 0.02))
    assert found[0] == 0
    assert found[1:] == list(range(19, 0, -1))
    source.close()


@pytest.mark.parametrize("suffix", ["mp4", "ts", "mkv", "avi"])
def test_backwards_it_never_rests_for_long(tmp_path: Path, suffix: str) -> None:
    source = Film(str(film(tmp_path / f"film.{suffix}")))
    source.use_speed(-1.0)
    assert max(source.picture(now)[1] for now in np.arange(0.0, 6.0, 0.05).tolist()) < 1.0
    source.close()


@pytest.mark.parametrize(("degrees", "corner"), [(0, (0, 0)), (90, (-1, 0)), (180, (-1, -1)), (270, (0, -1))])
def test_a_film_of_a_telephone_is_upright(tmp_path: Path, degrees: int, corner: tuple[int, int]) -> None:
    source = Film(str(turned(tmp_path / "film.mp4", degrees)))
    picture, _ = source.picture(0.0)
    assert picture is not None
    made = Planes().of(picture, (16, 16))
    assert made.shape == ((3, 32, 16) if degrees % 180 else (3, 16, 32))
    bright = {(y, x): int(made[0, y, x]) > 200 for y in (0, -1) for x in (0, -1)}
    assert bright == {place: place == corner for place in bright}
    source.close()


@pytest.mark.parametrize("speed", [-1.23456789e9, 1.23456789e9, 37.3, -12.7])
def test_any_speed_gives_pictures(path: Path, speed: float) -> None:
    source = Film(str(path))
    source.use_speed(speed)
    assert len(set(seen(source, np.arange(0.0, 3.0, 0.05)))) > 3
    source.close()


def test_a_jump_in_time_is_a_jump_in_the_film(path: Path) -> None:
    source = Film(str(path))
    assert seen(source, np.array([0.0, 1.75, 1.95, 7.05])) == [0, 17, 19, 10]
    source.close()


def test_a_film_that_is_cut_short_plays_as_far_as_it_goes(path: Path, tmp_path: Path) -> None:
    whole = film(tmp_path / "film.mkv")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    source = Film(str(cut))
    found = seen(source, np.arange(0.0, 6.0, 0.05))
    assert len(set(found)) >= 8
    assert found.count(0) >= 2, "it loops all the same"
    source.close()


@pytest.mark.parametrize(
    "content", [b"", b"no film at all" * 100, b"\x1aE\xdf\xa3" + bytes(2000), b"#EXTM3U\nhttp://x"]
)
def test_what_is_no_film_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    spoilt = tmp_path / "spoilt.mp4"
    spoilt.write_bytes(content)
    with pytest.raises(InputError) as caught:
        seen(Film(str(spoilt)), np.arange(0.0, 1.0, 0.1))
    assert str(caught.value).startswith("spoilt.mp4 ")
    assert "\n" not in str(caught.value)


def test_a_damaged_film_never_raises_anything_else(path: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    whole = bytearray(path.read_bytes())
    refused = 0
    for mutant in range(30):
        data = whole.copy()
        for at in random.integers(0, len(data), 12):
            data[at] = random.integers(0, 256)
        spoilt = tmp_path / f"{mutant}.mp4"
        spoilt.write_bytes(data)
        try:
            source = Film(str(spoilt))
            for now in np.arange(0.0, 2.5, 0.1).tolist():
                source.picture(now)
            source.close()
        except InputError:
            refused += 1
    assert refused < 30


def test_whatever_the_library_says_of_a_damaged_film_is_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded() -> Iterator[av.VideoFrame]:
        raise IndexError("list index out of range")  # as PyAV says where a stream appears midway
        yield

    source = Film(str(path))
    assert source.picture(0.0)[0] is not None
    monkeypatch.setattr(source, "_decoded", decoded)
    monkeypatch.setattr(source, "_frames", decoded())
    with pytest.raises(InputError, match="is damaged and cannot be read any further"):
        source.picture(1.0)
    source.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "No file is chosen"), ("film.mp4", "no whole path"), ("/nowhere/film.mp4", "film.mp4 is not there"),
     ("/tmp", "is not there"), ("/x\0y", "is not there")],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Film, Still])
def test_a_file_that_is_not_there_is_named(kind: Any, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        kind(text)


def test_a_film_leads_to_no_other_machine(tmp_path: Path) -> None:
    leading = tmp_path / "list.m3u8"
    leading.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(InputError):
        seen(Film(str(leading)), np.arange(0.0, 1.0, 0.1))


# -- stills ------------------------------------------------------------------------------------------------------------


def test_a_still_is_given_once_upright_and_opaque(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    Image.new("RGBA", (30, 20), (200, 100, 0, 128)).save(path)
    source = Still(str(path))
    picture, rest = source.picture(0.0)
    assert rest == math.inf
    assert picture is not None
    assert (picture.width, picture.height) == (30, 20)
    assert np.abs(picture.to_ndarray(format="rgb24").mean((0, 1)) - (100, 50, 0)).max() < 2
    assert source.picture(1.0)[0] is None
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(turned, exif=exif)
    picture, _ = Still(str(turned)).picture(0.0)
    assert picture is not None
    assert (picture.width, picture.height) == (20, 30)


GREYS = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (8, 1))


@pytest.mark.parametrize(
    ("name", "grey"),
    [
        ("eight.png", GREYS),
        ("sixteen.png", GREYS.astype(np.uint16) * 257),
        ("thirty-two.tiff", GREYS.astype(np.int32) * 257),
        ("fractions.tiff", GREYS.astype(np.float32) / 255),
        ("floats.tiff", GREYS.astype(np.float32)),
        ("large.tiff", GREYS.astype(np.float32) * 1e9),
    ],
)
def test_greys_of_any_depth_are_the_same_greys(tmp_path: Path, name: str, grey: np.ndarray) -> None:
    Image.fromarray(grey).save(tmp_path / name)
    picture, _ = Still(str(tmp_path / name)).picture(0.0)
    assert picture is not None
    assert np.abs(picture.to_ndarray(format="gray").astype(int) - GREYS).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "CMYK", "YCbCr", "F"])
@pytest.mark.parametrize("size", [(1, 1), (5000, 3), (2, 4999)])
def test_pictures_of_any_kind_and_shape_come_in_no_larger_than_needed(
    tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    path = tmp_path / ("still.png" if mode in ("1", "L", "LA", "P", "RGB") else "still.tiff")
    Image.new("RGB", size, (255, 255, 255)).convert(mode).save(path)
    picture, _ = Still(str(path)).picture(0.0)
    assert picture is not None
    assert max(picture.width, picture.height) <= 4096
    assert Planes().of(picture, (16, 16)).mean() > 250


@pytest.mark.parametrize("turn", range(10))
def test_a_photograph_is_upright_however_the_camera_was_held(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:16, :16] = 255
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    picture, _ = Still(str(tmp_path / "turned.png")).picture(0.0)
    assert picture is not None
    seen = picture.to_ndarray(format="gray")
    corners = [seen[y, x] > 128 for y in (4, -4) for x in (4, -4)]
    bright = {1: 0, 2: 1, 3: 3, 4: 2, 5: 0, 6: 1, 7: 3, 8: 2}.get(turn, 0)
    assert corners == [index == bright for index in range(4)]


def whole_pictures(folder: Path) -> list[bytes]:
    """The same small picture in several formats, with what a camera says of it."""
    random = np.random.default_rng(0)
    pixels = Image.fromarray(random.integers(0, 256, (24, 32, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a moth"
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("png", {"exif": exif}), ("jpg", {"exif": exif}), ("webp", {"exif": exif}), ("avif", {"exif": exif}),
        ("tiff", {"compression": "tiff_lzw", "exif": exif}), ("gif", {}), ("tga", {}), ("bmp", {}),
    ]  # fmt: skip
    made = []
    for suffix, how in kinds:
        if Image.registered_extensions().get(f".{suffix}") in Image.SAVE:
            pixels.save(folder / f"whole.{suffix}", **how)
            made.append((folder / f"whole.{suffix}").read_bytes())
    return made


@pytest.mark.filterwarnings("ignore:(Truncated File Read|Tag data larger than|Corrupt EXIF data):UserWarning:PIL")
def test_a_damaged_picture_never_raises_anything_else(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    path, refused, count = tmp_path / "damaged", 0, 0
    for whole in whole_pictures(tmp_path):
        for _ in range(60):
            data = bytearray(whole)
            for at in random.integers(0, min(len(data), 500), 6):
                data[at] = random.integers(0, 256)
            path.write_bytes(data)
            count += 1
            try:
                Still(str(path))
            except InputError:
                refused += 1
    assert 0 < refused < count


def test_a_damaged_word_about_how_it_was_held_leaves_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "still.png")

    def damaged(image: Image.Image) -> None:
        raise struct.error("required argument is not an integer")

    monkeypatch.setattr(Image.Image, "getexif", damaged)
    picture, _ = Still(str(tmp_path / "still.png")).picture(0.0)
    assert picture is not None
    assert (picture.width, picture.height) == (30, 20)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_plain_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero"), tmp_path):
        for kind in (Still, Film):
            with pytest.raises(InputError, match="is not there"):
                kind(str(path))


def test_a_picture_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.ppm"
    path.write_bytes(b"P6 60000 60000 255\n" + bytes(64))
    with pytest.raises(InputError, match="more than 89 million pixels"):
        Still(str(path))


def test_what_is_no_picture_is_one_sentence(tmp_path: Path, path: Path) -> None:
    with pytest.raises(InputError, match="choose video for a film"):
        Still(str(path))
    cut = tmp_path / "cut.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)).save(cut)
    cut.write_bytes(cut.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"cut\.png cannot be read"):
        Still(str(cut))


# -- cameras and NDI ---------------------------------------------------------------------------------------------------


def test_the_test_picture_comes_at_its_own_pace() -> None:
    camera = Camera(TEST, (64, 48))
    given = [now for now in np.arange(0.0, 1.0, 0.004).tolist() if camera.picture(now)[0] is not None]
    camera.close()
    assert len(given) == pytest.approx(30, abs=2)


def test_no_camera_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No camera is chosen"):
        Camera("  ", (64, 48))
    with pytest.raises(InputError, match="There is no camera /dev/video987"):
        Camera("/dev/video987", (64, 48), "linux")
    with pytest.raises(InputError, match="not read on plan9"):
        Camera("x", (64, 48), "plan9")
    assert cameras("linux", tmp_path / "nothing") == ()


def test_cameras_are_found_by_device_number_or_name(tmp_path: Path) -> None:
    for number, name in ((0, "Integrated Camera"), (10, "Loopback"), (2, "Other")):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(f"{name}\n")
    known = cameras("linux", tmp_path)
    assert known == (("/dev/video0", "Integrated Camera"), ("/dev/video2", "Other"), ("/dev/video10", "Loopback"))
    assert [device_of(each, known) for each in ("2", "loop", "/dev/video0", "none")] == [
        "/dev/video2",
        "/dev/video10",
        "/dev/video0",
        "none",
    ]


def test_without_its_library_ndi_says_what_to_install() -> None:
    for ask in (lambda: NdiSource("", "no_such_library"), lambda: ndi_names("no_such_library")):
        with pytest.raises(InputError, match=r"pip install latentjockey\[ndi\]"):
            ask()


# -- sizes -------------------------------------------------------------------------------------------------------------

sides = st.integers(1, 16384)


@given(st.tuples(sides, sides), st.tuples(st.integers(1, 2048), st.integers(1, 2048)))
def test_a_picture_is_handed_on_as_large_as_needed_and_not_much_larger(
    size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    width, height = covering(size, wanted)
    assert 1 <= width <= size[0]
    assert 1 <= height <= size[1]
    assert width * height <= MOST_AREA * wanted[0] * wanted[1]
    small = size[0] < wanted[0] or size[1] < wanted[1]
    long = min(width, height) < 32 or width * height > 0.9 * MOST_AREA * wanted[0] * wanted[1]
    assert small or long or (width >= wanted[0] - 1 and height >= wanted[1] - 1)


def test_planes_have_the_colours_of_the_picture() -> None:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20, 0], pixels[:, 20:, 1], pixels[:10, :, 2] = 250, 200, 150
    made = Planes().of(av.VideoFrame.from_ndarray(pixels, "rgb24"), (40, 20))
    assert np.abs(made.transpose(1, 2, 0).astype(int) - pixels).max() <= 2
    small = Planes().of(av.VideoFrame.from_ndarray(pixels, "rgb24"), (10, 10))
    assert small.shape == (3, 10, 20)
    assert abs(int(small[0, 5, 3]) - 250) <= 3
