"""A clip's folder is data: what it says is bounded, what is damaged is one sentence, half a clip is none."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.models import library
from latentjockey.models.card import ModelCard
from latentjockey.models.clip_folder import FRAMES, MANIFEST, ClipError, MadeOf, is_clip, read_clip, told
from latentjockey.models.clip_writing import ClipWriter, unused_name
from tests.models import clips


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path))
    return tmp_path


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    words = json.loads((path / MANIFEST).read_bytes())
    change(words)
    (path / MANIFEST).write_text(json.dumps(words))


def test_a_clip_is_a_model_of_the_library_with_its_card(folder: Path) -> None:
    path = clips.write(folder, model="LTX", prompt="a wave", seed=7)
    clip = read_clip(path)
    assert (clip.count, clip.seconds, clip.width, clip.height) == (8, 2.0, clips.WIDE, clips.HIGH)
    assert (path / FRAMES).read_bytes().count(b"\xff\xd8\xff") == 8, "other programs play the file, too"
    entry = library.get("film")
    assert entry.family == "clip"
    assert entry.spec is not None
    assert entry.spec.size == (clips.WIDE, clips.HIGH)
    assert entry.card.author == "A painter"
    assert told(clip.made_of) == "rendered by LTX from “a wave”, seed 7"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.update(format=2), "newer latentjockey"),
        (lambda w: w.update(width=0), "0 × 32 pixels"),
        (lambda w: w.update(width=10**9), "pixels"),
        (lambda w: w.update(fps=0.0), "0 frames a second"),
        (lambda w: w.update(fps=1e300), "frames a second"),
        (lambda w: w.update(ends=[]), "0 frames"),
        (lambda w: w["ends"].reverse(), "behind each other"),
        (lambda w: w["ends"].append(w["ends"][-1] + 99), "cut short"),
        (lambda w: w["ends"].__setitem__(0, -5), "behind each other"),
        (lambda w: w.update(ends="all"), "is none"),
        (lambda w: w.update(card={"sources": 3}), "no list"),
        (lambda w: w.update(made_of={"prompt": "x" * 10**5}), "too long"),
        (lambda w: w.update(made_of={"place": [0.0] * 5000}), "too long"),
        (lambda w: w.pop("width"), "is none"),
    ],
)
def test_what_a_manifest_cannot_say_is_one_sentence(
    folder: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    path = clips.write(folder)
    changed(path, change)
    with pytest.raises(ClipError, match=words) as caught:
        read_clip(path)
    assert str(caught.value).startswith("film cannot be played")
    entry = library.read(path)
    assert entry.spec is None
    assert entry.trouble == str(caught.value)


def test_a_file_cut_short_a_link_and_a_manifest_without_end_are_refused(folder: Path, tmp_path_factory: Any) -> None:
    path = clips.write(folder)
    whole = (path / FRAMES).read_bytes()
    (path / FRAMES).write_bytes(whole[:-1])
    with pytest.raises(ClipError, match="cut short"):
        read_clip(path)
    (path / FRAMES).unlink()
    with pytest.raises(ClipError, match="no such file"):
        read_clip(path)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "frames"
    elsewhere.write_bytes(whole)
    (path / FRAMES).symlink_to(elsewhere)
    with pytest.raises(ClipError, match="no plain file"):
        read_clip(path)
    (path / FRAMES).unlink()
    (path / FRAMES).write_bytes(whole)
    assert read_clip(path).count == 8
    (path / MANIFEST).write_bytes(b"[" * (5 << 20))
    with pytest.raises(ClipError, match="larger than"):
        read_clip(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_in_a_manifest_raise_anything_else(folder: Path, noise: bytes, at: int) -> None:
    path = folder / "film"
    if not path.exists():
        clips.write(folder)
        (folder / "kept").write_bytes((path / MANIFEST).read_bytes())
    words = (folder / "kept").read_bytes()
    (path / MANIFEST).write_bytes(words[:at] + noise + words[at + len(noise) :])
    entry = library.read(path)
    assert entry.spec is not None or entry.trouble.endswith(".")


def test_a_writer_that_is_left_before_its_end_leaves_nothing(folder: Path) -> None:
    with ClipWriter("film", folder) as clip:
        clip.add(clips.frame(0, 2))
    assert list(folder.iterdir()) == []


def test_what_a_killed_writer_left_is_no_model_and_is_cleared_later(folder: Path) -> None:
    clip = ClipWriter("film", folder)
    clip.add(clips.frame(0, 2))
    clip._file.flush()
    (left,) = folder.iterdir()
    assert not is_clip(left)
    assert "film" not in {entry.name for entry in library.entries()}
    clips.write(folder, "other")
    assert left.exists(), "somebody may still write to it"
    for path in (*left.iterdir(), left):
        os.utime(path, (1.0, 1.0))
    clips.write(folder, "third")
    assert not left.exists()


def test_a_name_that_is_taken_is_refused_and_another_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "own_folder", lambda: folder)
    clips.write(folder)
    with pytest.raises(StageError, match="called film already"):
        ClipWriter("film", folder)
    assert unused_name("film") == "film 2"
    assert unused_name("cppn") == "cppn 2"
    with ClipWriter("odd", folder) as clip:
        clip.add(np.zeros((8, 8, 3), np.uint8))
        with pytest.raises(ValueError, match="among frames"):
            clip.add(np.zeros((8, 9, 3), np.uint8))
    with ClipWriter("empty", folder) as clip, pytest.raises(StageError, match="no frames"):
        clip.finish(4.0, MadeOf(), ModelCard("empty"))


class Full(io.BytesIO):
    """A file on a disk that became full: what is still to be written when it is closed finds no room."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        self.flush()


def test_a_disk_that_is_full_at_the_end_leaves_nothing(folder: Path) -> None:
    def write() -> None:
        with ClipWriter("film", folder) as clip:
            clip._file.close()
            clip._file = Full()  # type: ignore[assignment]
            clip.add(np.zeros((8, 8, 3), np.uint8))
            clip.finish(4.0, MadeOf(), ModelCard("film"))

    with pytest.raises(StageError, match="no space left"):
        write()
    assert list(folder.iterdir()) == []
