"""Pictures and figures of models are kept whole, belong to one state of a file, and are read as a stranger's."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentjockey.models import album, library
from latentjockey.models.builtin import CPPN
from latentjockey.models.library import Entry

RED = np.full((300, 200, 3), (250, 10, 10), np.uint8)


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spec = replace(CPPN, name="moths", file=(1, 2, 3))
    return Entry("moths", "Moths", "own", spec, tmp_path / "moths.safetensors", 9)


def test_a_picture_is_kept_small_and_comes_back(entry: Entry) -> None:
    assert album.picture_of(entry) is None
    album.keep_picture(entry, RED)
    found = album.picture_of(entry)
    assert found is not None
    assert found.shape == (192, 128, 3)
    assert abs(found.astype(int) - RED[0, 0]).max() < 12
    assert album.has_picture(entry)


def test_another_state_of_the_file_has_another_picture_and_the_old_one_goes(entry: Entry) -> None:
    assert entry.spec is not None
    album.keep_picture(entry, RED)
    newer = replace(entry, spec=replace(entry.spec, file=(2, 2, 3)))
    assert not album.has_picture(newer)
    album.keep_picture(newer, RED)
    assert len(list(album.folder().iterdir())) == 1
    assert not album.has_picture(entry)


def test_a_picture_beside_the_file_is_taken_where_none_was_made(entry: Entry, tmp_path: Path) -> None:
    Image.fromarray(RED).save(tmp_path / "moths.png")
    found = album.picture_of(entry)
    assert found is not None
    assert found[0, 0, 0] > 200


@pytest.mark.parametrize("name", ["night-garden", "cppn", "testcard"])
def test_what_comes_along_has_a_picture(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    found = library.find(name)
    assert found is not None
    picture = album.picture_of(found)
    assert picture is not None
    assert picture.std() > 5.0


def jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "JPEG")
    return out.getvalue()


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, jpeg(8, 8)[:-30], gif(), b"x" * (5 << 20)]
)
def test_a_strangers_file_is_no_picture_and_raises_nothing(entry: Entry, content: bytes) -> None:
    album.keep_picture(entry, RED)
    (path,) = album.folder().iterdir()
    path.write_bytes(content)
    assert album.picture_of(entry) is None


def test_a_picture_that_would_be_huge_is_not_decoded(entry: Entry) -> None:
    album.keep_picture(entry, RED)
    (path,) = album.folder().iterdir()
    path.write_bytes(jpeg(8000, 4000))
    assert album.picture_of(entry) is None


def test_figures_come_back_and_what_is_not_said_stays(entry: Entry) -> None:
    assert album.note_of(entry) is album.NOTHING
    album.keep_note(entry, played=100.0, size=(0, 0))
    album.keep_note(entry, ms=12.5, device="cpu, 2 threads", size=(64, 32))
    album.keep_note(entry, played=50.0, size=(0, 0))
    note = album.note_of(entry)
    assert (note.played, note.ms, note.device, note.width, note.height) == (100.0, 12.5, "cpu, 2 threads", 64, 32)
    elsewhere = replace(entry, path=Path("/elsewhere/moths.safetensors"))
    assert album.note_of(elsewhere) is album.NOTHING


@pytest.mark.parametrize(
    "said",
    [b"", b"[]", b'{"name": 3}', b'{"name": "moths", "ms": -4}', b'{"ms": 1e40}', b'{"device": "a\\nb"}', b"\xff" * 99,
     json.dumps({"name": "another"}).encode(), b'{"ms": NaN}', b"[" * 9000],
)  # fmt: skip
def test_a_strangers_note_says_nothing(entry: Entry, said: bytes) -> None:
    album.keep_note(entry, played=1.0, size=(0, 0))
    (path,) = album.folder().iterdir()
    path.write_bytes(said)
    assert album.note_of(entry) is album.NOTHING
    album.keep_note(entry, played=2.0, size=(0, 0))
    assert album.note_of(entry).played == 2.0
