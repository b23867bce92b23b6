"""Files are whole or old, and a name from the network never names a place."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from latentjockey.base.paths import cache_dir, data_dir, pictures_dir, safe_name, state_dir, videos_dir, write_atomic

WRITER = """
import sys
from pathlib import Path
from latentjockey.base.paths import write_atomic
i = 0
while True:
    write_atomic(Path(sys.argv[1]), bytes([i % 251]) * 200_000)
    i += 1
"""


@given(st.text(max_size=300))
@example("../../etc/passwd")
@example("..")
@example("C:\\Windows\\x")
@example("/")
@example("a/b")
@example("\x00")
@example(". .")
def test_a_safe_name_is_never_a_path_and_never_empty(text: str) -> None:
    name = safe_name(text)
    assert name
    assert len(name) <= 100
    assert name not in (".", "..")
    assert not set(name) & set('/\\:\0\n\r\t*?"<>|')
    assert not name.startswith(".")
    assert (Path("folder") / name).parent == Path("folder")


def test_a_safe_name_keeps_a_plain_one() -> None:
    assert safe_name("Blue hour 2_b.v1") == "Blue hour 2_b.v1"
    assert safe_name("Grüße 夜") == "Grüße 夜"


def test_write_atomic_replaces_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["file.json"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    pause = threading.Event()
    for attempt in range(6):
        path.unlink(missing_ok=True)
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=Path(__file__).parents[2])
        try:
            for _ in range(12_000):
                if path.exists() or child.poll() is not None:
                    break
                pause.wait(0.01)
            pause.wait(0.003 * attempt)
            assert child.poll() is None, "the writer goes on until it is killed"
        finally:
            child.kill()
            child.wait(30)
        data = path.read_bytes()
        assert len(data) == 200_000
        assert data == data[:1] * 200_000


def test_two_writers_of_one_file_leave_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def write(letter: bytes) -> None:
        for _ in range(20):
            write_atomic(path, letter * 50_000)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert path.read_bytes() in (b"a" * 50_000, b"b" * 50_000)
    assert os.listdir(tmp_path) == ["file"]


def test_folders_are_there_when_asked_for() -> None:
    folders = [data_dir(), state_dir(), cache_dir(), pictures_dir(), videos_dir()]
    assert all(folder.is_dir() for folder in folders)
    assert all("latentjockey" in folder.parts for folder in folders)
