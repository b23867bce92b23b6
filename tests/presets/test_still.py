"""Stills: the picture and its position in one file, and strangers' pictures."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from latentjockey.base.diagnostics import StageError
from latentjockey.models.builtin import CPPN
from latentjockey.models.card import ModelCard, Source
from latentjockey.presets.preset import Preset, Resolved
from latentjockey.presets.still import KEYWORD, SIGNATURE, encode_still, read_still, write_still

RNG = np.random.default_rng(3)
PICTURE = RNG.integers(0, 256, (48, 64, 3), dtype=np.uint8)
POSITION = RNG.standard_normal((9, 512)).astype(np.float32)
PRESET = Preset(
    "Nacht über Ω",
    "cppn",
    CPPN.card,
    {"/deck/a/z": RNG.standard_normal(512), "/deck/a/seed": 77, "/deck/a/centre": "1 3"},
    saved_at=4.0,
    resolved=Resolved(POSITION, 3.9, {"/mix/crossfade": 0.25}),
)
FILE = encode_still(PICTURE, PRESET, {"Comment": "für später"})


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_picture_and_position_come_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a" / "still.png"
    write_still(path, PICTURE, PRESET)
    np.testing.assert_array_equal(np.asarray(Image.open(path)), PICTURE)
    again = read_still(path)
    assert again.values["/deck/a/seed"] == 77
    assert np.asarray(again.values["/deck/a/z"]).tobytes() == np.asarray(PRESET.values["/deck/a/z"]).tobytes()
    assert again.resolved is not None
    assert again.resolved.position.tobytes() == POSITION.tobytes()
    assert (again.name, again.saved_at, again.resolved.time) == (PRESET.name, 4.0, 3.9)


def test_other_programs_read_what_it_is() -> None:
    picture = Image.open(io.BytesIO(FILE))
    assert isinstance(picture.text, dict)
    assert picture.info["srgb"] == 0
    assert picture.text["Title"] == "Nacht über Ω"
    assert picture.text["Software"].startswith("latentjockey")
    assert "cppn" in picture.text["Description"]
    assert "seed A 77" in picture.text["Description"]
    for part in (CPPN.card.licence, CPPN.card.consent, CPPN.card.data):
        assert part in picture.text["Source"]
    assert picture.text["Comment"] == "für später"


def test_every_source_is_named_in_the_file_and_comes_back() -> None:
    sources = tuple(Source(f"Style {i}", f"Maker {i}", "CC BY 4.0", "licensed, not asked", images=9) for i in range(12))
    card = ModelCard("Portraits", "us", "Apache-2.0", "portraits", "CC BY 4.0", "licensed, not asked", sources=sources)
    file = encode_still(PICTURE, Preset("x", "portraits", card, {}))
    picture = Image.open(io.BytesIO(file))
    assert isinstance(picture.text, dict)
    for i in range(12):
        assert f"Style {i} by Maker {i} (CC BY 4.0; licensed, not asked)" in picture.text["Source"]
    assert read_still(file).card == card


def test_a_text_chunk_after_the_pixels_is_found() -> None:
    """Editors may move it there."""
    chunks, at = [], len(SIGNATURE)
    while at < len(FILE):
        end = at + 12 + struct.unpack(">I", FILE[at : at + 4])[0]
        chunks.append(FILE[at:end])
        at = end
    ours = [c for c in chunks if c[8:].startswith(KEYWORD.encode() + b"\0")]
    rest = [c for c in chunks if c not in ours]
    moved = SIGNATURE + b"".join([*rest[:-1], *ours, rest[-1]])
    assert read_still(moved).name == PRESET.name


def foreign(info: PngInfo | None = None, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, kind, **({"pnginfo": info} if info else {}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (foreign(), "another program"),
        (foreign(kind="JPEG"), "damaged PNG, or none"),
        (b"", "damaged PNG, or none"),
        (FILE[:40], "damaged"),
        (FILE[: len(FILE) // 2], "damaged|another program"),
        (FILE.replace(b"latentjockey\0", b"latentjockez\0"), "damaged"),
        (SIGNATURE + chunk(b"iTXt", b"latentjockey\0\0\0\0\0{}") + chunk(b"IEND", b""), "latentjockey-preset"),
        (SIGNATURE + chunk(b"iTXt", b"latentjockey\0\x05\0\0\0{}") + chunk(b"IEND", b""), "damaged"),
        (SIGNATURE + chunk(b"iTXt", b"latentjockey\0\1\0\0\0not zlib") + chunk(b"IEND", b""), "damaged"),
        (SIGNATURE + chunk(b"iTXt", b"latentjockey\0\1"), "damaged"),
        (SIGNATURE + chunk(b"tEXt", b"") * 250_000, "damaged"),
        (SIGNATURE + struct.pack(">I", 2**32 - 1) + b"IDAT", "damaged"),
    ],
)
def test_a_strangers_picture_is_refused_in_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(StageError, match=says) as caught:
        read_still(data)
    assert "\n" not in str(caught.value)


def test_a_text_bomb_is_never_inflated() -> None:
    bomb = zlib.compress(b" " * (200 * 1024 * 1024), 9)
    data = SIGNATURE + chunk(b"iTXt", b"latentjockey\0\1\0\0\0" + bomb) + chunk(b"IEND", b"")
    with pytest.raises(StageError, match="larger than 32 MB"):
        read_still(data)


def test_a_pixel_bomb_is_never_decoded() -> None:
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    data = FILE[: len(SIGNATURE)] + chunk(b"IHDR", header) + FILE[len(SIGNATURE) + 25 :]
    assert read_still(data).name == PRESET.name


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    broken = bytearray(FILE)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(broken) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        again = read_still(bytes(broken))
    except StageError:
        return
    assert again.values["/deck/a/seed"] == 77  # the damage hit something else


def test_a_wrong_array_is_our_bug() -> None:
    with pytest.raises(ValueError, match="uint8"):
        encode_still(np.zeros((4, 4, 4), np.uint8), PRESET)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "blocker").write_text("")
    with pytest.raises(StageError, match="could not be written"):
        write_still(tmp_path / "blocker" / "x.png", PICTURE, PRESET)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", tmp_path):
        with pytest.raises(StageError, match=r"is no file\.$"):
            read_still(path)
