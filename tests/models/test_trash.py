"""What is removed lies in the trash whole, comes back to where it lay, and what was made of it is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.diagnostics import StageError
from latentjockey.models import album, container, foreign, library, trash
from latentjockey.models.header import KEY
from latentjockey.models.library import Entry


def model(path: Path, name: str = "Moths") -> Path:
    config = {"size": 16, "z_dim": 4, "w_dim": 4, "classes": 0}
    words = {"format": 1, "kind": "style", "name": name, "config": config, "classes": []}
    container.write(path, {"w": np.zeros(4, np.float32)}, {KEY: json.dumps(words)})
    return path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    library.own_folder().mkdir(parents=True)
    return library.own_folder()


def entry(name: str) -> Entry:
    return next(found for found in library.entries() if found.name == name)


def test_there_and_back(own: Path) -> None:
    path = model(own / "Moths of May.safetensors")
    (own / "Moths of May.teachers").write_bytes(b"teachers")
    before = path.read_bytes()
    album.keep_picture(entry("moths-of-may"), np.full((8, 8, 3), 9, np.uint8))
    album.keep_note(entry("moths-of-may"), played=5.0, size=(1, 1))
    removed = trash.remove(trash.own("moths-of-may"))
    assert list(own.iterdir()) == []
    assert list(album.folder().iterdir()) == []
    assert removed.title == "Moths"
    trash.bring_back(removed)
    assert path.read_bytes() == before
    assert (own / "Moths of May.teachers").read_bytes() == b"teachers"
    assert not removed.folder.exists()
    with pytest.raises(StageError, match="no more"):
        trash.bring_back(removed)


def test_what_it_was_converted_to_goes_unless_another_file_has_the_same_content(own: Path) -> None:
    first, second = own / "a.pkl", own / "b.pkl"
    sha256 = "ab" * 32
    for path in (first, second):
        path.write_bytes(b"\x80\x04N.")
        note = foreign._seen_at(path)
        note.parent.mkdir(parents=True, exist_ok=True)
        stamp = library.stamp(path)
        note.write_text(json.dumps({"path": str(path), "stamp": stamp, "sha256": sha256}))
    made = model(foreign.folder() / f"{sha256}-{foreign.version()}.safetensors")
    trash.remove(library.read(first))
    assert made.exists()
    trash.remove(library.read(second))
    assert not made.exists()


def test_what_was_put_there_meanwhile_stays(own: Path) -> None:
    path = model(own / "x.safetensors")
    removed = trash.remove(trash.own("x"))
    other = model(path, "another")
    with pytest.raises(StageError, match=r"Another file is called x\.safetensors"):
        trash.bring_back(removed)
    assert library.read(other).title == "another"
    assert (removed.folder / "x.safetensors").exists()


def test_one_that_cannot_be_played_can_be_removed_too(own: Path) -> None:
    (own / "torn.safetensors").write_bytes(b"torn")
    trash.remove(trash.own("torn"))
    assert list(own.iterdir()) == []


@pytest.mark.parametrize("name", ["night-garden", "cppn", "nobody", "../../etc/passwd", "", "x\n/"])
def test_others_and_nobodys_are_refused_in_a_sentence(own: Path, name: str) -> None:
    with pytest.raises(StageError) as refused:
        trash.own(name)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_a_bundled_one_is_never_moved_whatever_it_claims(own: Path) -> None:
    garden = entry("night-garden")
    with pytest.raises(StageError, match="bundled"):
        trash.remove(garden)
    assert garden.path is not None
    assert garden.path.exists()


def test_when_it_cannot_be_moved_everything_stays(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = model(own / "x.safetensors")
    (own / "x.teachers").write_bytes(b"t")
    real = trash.shutil.move

    def full(source: Path, target: Path) -> object:
        if source.suffix == ".teachers":
            raise OSError(28, "No space left on device")
        return real(source, target)

    monkeypatch.setattr(trash.shutil, "move", full)
    with pytest.raises(StageError, match="no space left"):
        trash.remove(library.read(path))
    assert sorted(each.name for each in own.iterdir()) == ["x.safetensors", "x.teachers"]


def test_the_trash_keeps_the_newest(own: Path) -> None:
    for n in range(trash.MOST + 2):
        trash.remove(library.read(model(own / f"m{n:02d}.safetensors")))
    lying = sorted(path.name for path in trash.folder().iterdir())
    assert len(lying) == trash.MOST
    assert lying[0].endswith("m02")
    assert lying[-1].endswith(f"m{trash.MOST + 1}")


def test_a_link_is_moved_and_not_what_it_leads_to(own: Path, tmp_path: Path) -> None:
    real = model(tmp_path / "elsewhere" / "x.safetensors")
    link = own / "x.safetensors"
    link.symlink_to(real)
    trash.remove(trash.own("x"))
    assert real.exists()
    assert not link.is_symlink()


def test_strange_names_stay_within_the_trash(own: Path) -> None:
    strange = replace(library.read(model(own / "x.safetensors")), name="../../../x")
    removed = trash.remove(strange)
    assert removed.folder.parent == trash.folder()


def test_a_generator_that_somebody_wrote_goes_as_a_folder_and_comes_back_untrusted(own: Path) -> None:
    folder = own / "waves"
    folder.mkdir()
    (folder / "generator.py").write_text("raise SystemExit('it was run')\n")
    (folder / "model.json").write_text('{"z_dim": 8}')
    removed = trash.remove(trash.own("waves"))
    assert list(own.iterdir()) == []
    assert (removed.folder / "waves" / "generator.py").is_file()
    trash.bring_back(removed)
    assert sorted(path.name for path in folder.iterdir()) == ["generator.py", "model.json"]
    assert entry("waves").untrusted
