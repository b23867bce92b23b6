"""Which picture files shaders may have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentjockey.stage.isf import pictures
from latentjockey.stage.isf.fault import ShaderError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of shaders with others beside and above it."""
    for place in ("home/set/shaders/sub", "home/set/pictures", "home/private"):
        (tmp_path / place).mkdir(parents=True)
    return tmp_path / "home" / "set" / "shaders"


@pytest.mark.parametrize("path", ["a.png", "sub/a.png", "./sub/../a.png", "../pictures/a.png", "sub\\a.png"])
def test_beside_the_shader(folder: Path, path: str) -> None:
    assert pictures.beside(folder, path).is_relative_to(folder.parent)


@pytest.mark.parametrize(
    "path",
    ["../../private/a.png", "../../../a.png", "/etc/passwd", "~/a.png", "C:\\a.png", "\\\\server\\a.png", "a\0.png",
     "sub/../../../private/a.png"],
)  # fmt: skip
def test_nowhere_else(folder: Path, path: str) -> None:
    with pytest.raises(ShaderError):
        pictures.beside(folder, path)


def test_links_do_not_lead_out(folder: Path) -> None:
    (folder / "away").symlink_to(folder.parent.parent / "private")
    with pytest.raises(ShaderError, match="outside"):
        pictures.beside(folder, "away/a.png")


def test_without_a_folder() -> None:
    with pytest.raises(ShaderError, match="no folder"):
        pictures.beside(None, "a.png")


def test_the_lower_row_is_first(tmp_path: Path) -> None:
    rows = np.zeros((2, 3, 3), np.uint8)
    rows[0] = 200
    Image.fromarray(rows).save(tmp_path / "a.png")
    assert pictures.load(tmp_path / "a.png")[:, 0].tolist() == [[0, 0, 0, 255], [200, 200, 200, 255]]


def test_large_ones_are_reduced_and_huge_ones_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (5000, 10)).save(tmp_path / "long.png")
    assert pictures.load(tmp_path / "long.png").shape[1] == 4096
    Image.new("L", (7000, 7000)).save(tmp_path / "huge.png")
    with pytest.raises(ShaderError, match="million pixels"):
        pictures.load(tmp_path / "huge.png")
    monkeypatch.setattr(pictures, "MOST_BYTES", 10)
    with pytest.raises(ShaderError, match="larger than"):
        pictures.load(tmp_path / "long.png")


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"GIF89a\xff\xff\xff\xff"])
def test_what_is_no_picture_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(ShaderError, match=r"a\.png"):
        pictures.load(path)
    path.unlink()
    with pytest.raises(ShaderError, match="not there"):
        pictures.load(path)
    with pytest.raises(ShaderError, match="not there"):
        pictures.load(tmp_path)
