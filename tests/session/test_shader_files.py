"""Shaders as files: found by name, read with bounds, brought in without writing over anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from latentjockey.base.diagnostics import StageError
from latentjockey.session.shader_files import LARGEST, ShaderFiles, stamp

GREY = '/*{"DESCRIPTION": "grey", "INPUTS": []}*/ void main() { gl_FragColor = vec4(0.5); }'


@pytest.fixture
def files(tmp_path: Path) -> ShaderFiles:
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    (bundled / "grade.fs").write_text(GREY)
    (bundled / "mirror.fs").write_text(GREY)
    return ShaderFiles(tmp_path / "own", bundled)


def keep(folder: Path, name: str, text: str = GREY) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_own_shaders_hide_bundled_ones_and_folders_are_looked_into(files: ShaderFiles) -> None:
    mine = keep(files.own, "Grade.fs".lower(), GREY + "//mine")
    deep = keep(files.own / "glow" / "soft", "halo.fs")
    keep(files.own, "halo.vs")
    keep(files.own, ".hidden.fs")
    found = {shader.name: shader for shader in files.stored()}
    assert list(found) == ["grade", "halo", "mirror"]
    assert (found["grade"].path, found["grade"].own, found["mirror"].own) == (mine, True, False)
    assert found["halo"].path == deep
    assert files.load("grade").source.endswith("//mine")


def test_no_folder_is_no_shaders(tmp_path: Path) -> None:
    assert ShaderFiles(tmp_path / "a", tmp_path / "b").stored() == []


def test_a_vertex_shader_beside_it_comes_along(files: ShaderFiles) -> None:
    keep(files.own, "twist.fs")
    keep(files.own, "twist.vs", "void main() { isf_vertShaderInit(); }")
    text = files.load("twist")
    assert text.vertex == "void main() { isf_vertShaderInit(); }"
    assert files.load("grade").vertex is None


def test_a_path_is_taken_as_it_is(files: ShaderFiles, tmp_path: Path) -> None:
    path = keep(tmp_path / "desk", "ripple.fs")
    assert files.load(str(path)).path == path


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "../bundled/grade",
        "grade/../grade",
        "\\\\server\\share\\x.fs",
        "//server/share/x.fs",
        "a\0b",
        "/etc/passwd",
        "/nowhere/x.fs",
        "",
    ],
)
def test_what_is_no_shader_is_refused_in_a_sentence(files: ShaderFiles, name: str) -> None:
    with pytest.raises(StageError, match=r"\S.*[:;.].*") as caught:
        files.load(name)
    assert str(caught.value).count("\n") == 0


def test_a_missing_one_names_its_neighbours(files: ShaderFiles) -> None:
    with pytest.raises(StageError, match="near it are mirror"):
        files.load("miror")


@pytest.mark.parametrize(("content", "why"), [(b"x" * (LARGEST + 1), "larger than 1 MB"), (b"\x00\x01", "no text")])
def test_what_is_too_large_or_no_text_is_refused(files: ShaderFiles, content: bytes, why: str) -> None:
    keep(files.own, "huge.fs").write_bytes(content)
    with pytest.raises(StageError, match=why):
        files.load("huge")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_never_opened(files: ShaderFiles, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless.fs")
    with pytest.raises(StageError):
        files.load(str(tmp_path / "endless.fs"))
    files.own.mkdir()
    os.mkfifo(files.own / "endless.fs")
    assert "endless" not in [shader.name for shader in files.stored()]


def test_strange_bytes_are_read_all_the_same(files: ShaderFiles) -> None:
    keep(files.own, "old.fs").write_bytes(b"\xef\xbb\xbf" + GREY.encode() + b"// caf\xe9")
    assert files.load("old").source.startswith("/*{")


def test_taking_copies_the_shader_and_its_vertex_shader_and_nothing_else(files: ShaderFiles, tmp_path: Path) -> None:
    path = keep(tmp_path / "desk", "ripple.fs")
    keep(tmp_path / "desk", "ripple.vs", "void main() {}")
    keep(tmp_path / "desk", "ripple.png", "no")
    assert files.take(path) == "ripple"
    assert sorted(p.name for p in files.own.iterdir()) == ["ripple.fs", "ripple.vs"]
    assert files.take(path) == "ripple", "the same again is there already"
    assert len(list(files.own.iterdir())) == 2


def test_taking_never_writes_over_another(files: ShaderFiles, tmp_path: Path) -> None:
    mine = keep(files.own, "ripple.fs", GREY + "//mine")
    path = keep(tmp_path / "desk", "ripple.fs", GREY + "//theirs")
    assert files.take(path) == "ripple 2"
    assert mine.read_text().endswith("//mine")
    assert files.load("ripple 2").source.endswith("//theirs")


def test_taking_what_lies_there_already_copies_nothing(files: ShaderFiles) -> None:
    path = keep(files.own, "ripple.fs")
    assert files.take(path) == "ripple"
    assert [p.name for p in files.own.iterdir()] == ["ripple.fs"]


def test_a_stamp_tells_rewritten_and_replaced_files_apart(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.fs")
    first = stamp(path)
    path.write_text(GREY + " ")
    second = stamp(path)
    other = keep(tmp_path, "b.fs", GREY + " ")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert len({first, second, stamp(path), stamp(tmp_path / "gone.fs")}) == 4
