"""What can be made again does not grow without end; what plays, what is just written and what is not ours stays."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from latentjockey.models import album, foreign, library, pruning

NOW = 2_000_000_000.0
LONG_AGO = NOW - 10 * 86_400.0


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (foreign.folder() / foreign.SEEN).mkdir(parents=True)
    album.folder().mkdir(parents=True)
    return tmp_path


def converted(sha: str, source: Path | None, *, size: int = 1000, used: float = LONG_AGO) -> Path:
    """A converted checkpoint of content ``sha`` (two hexadecimal digits), and the note that ``source`` has it."""
    sha256 = sha * 32
    model = foreign.folder() / f"{sha256}-0123abcd.safetensors"
    model.write_bytes(b"\0" * size)
    note = model.with_suffix(".json")
    note.write_text(json.dumps({"sha256": sha256, "model": model.name}))
    for path in (model, note):
        os.utime(path, (used, used))
    if source is not None:
        source.write_bytes(b"source")
        seen = {"path": str(source), "stamp": library.stamp(source), "sha256": sha256}
        at = foreign.folder() / foreign.SEEN / f"{sha * 20}.json"
        at.write_text(json.dumps(seen))
        os.utime(at, (used, used))
    return model


def names() -> set[str]:
    return {path.name for path in foreign.folder().iterdir() if path.suffix == ".safetensors"}


def test_within_the_budget_nothing_that_is_needed_goes(cache: Path) -> None:
    kept = [converted(f"a{n}", cache / f"{n}.pkl") for n in range(3)]
    assert pruning.prune(NOW) == 0
    assert names() == {path.name for path in kept}


def test_what_was_used_longest_ago_goes_first_until_the_rest_fits(cache: Path) -> None:
    models = [converted(f"a{n}", cache / f"{n}.pkl", used=LONG_AGO + n) for n in range(5)]
    freed = pruning.prune(NOW, most=3000)
    assert freed >= 3000
    assert names() == {path.name for path in models[3:]}
    assert not models[0].with_suffix(".json").exists()


def test_what_plays_stays_however_old_it_is(cache: Path) -> None:
    models = [converted(f"a{n}", cache / f"{n}.pkl", used=LONG_AGO + n) for n in range(3)]
    pruning.prune(NOW, [models[0]], most=0)
    assert names() == {models[0].name}


def test_what_another_show_used_within_the_hour_stays(cache: Path) -> None:
    old, fresh = (converted(f"a{n}", cache / f"{n}.pkl", used=1_000_000_000.0) for n in range(2))
    foreign.used(fresh)
    now = fresh.with_suffix(".json").stat().st_mtime + pruning.GRACE_S - 5.0
    pruning.prune(now, most=0)
    assert names() == {fresh.name}
    assert not old.exists()


def test_what_no_file_has_any_more_goes_whatever_the_budget(cache: Path) -> None:
    there = [converted(f"a{n}", cache / f"{n}.pkl") for n in range(4)][-1]  # gone, changed, never seen, and this
    (cache / "0.pkl").unlink()
    (cache / "1.pkl").write_bytes(b"another content")
    (foreign.folder() / foreign.SEEN / f"{'a2' * 20}.json").unlink()
    pruning.prune(NOW)
    assert names() == {there.name}
    assert not (foreign.folder() / foreign.SEEN / f"{'a0' * 20}.json").exists()


def test_a_model_that_is_just_being_written_stays(cache: Path) -> None:
    model = converted("a0", None, used=NOW - 60.0)
    model.with_suffix(".json").unlink()  # its note comes when it is whole
    pruning.prune(NOW, most=0)
    assert model.exists()
    os.utime(model, (LONG_AGO, LONG_AGO))
    pruning.prune(NOW)
    assert not model.exists()


def test_only_files_that_are_called_as_ours_are_touched(cache: Path) -> None:
    outside = cache / "mine.safetensors"
    outside.write_bytes(b"mine")
    folder = foreign.folder()
    (folder / f"{'b0' * 32}-0123abcd.safetensors").symlink_to(outside)
    (folder / f"{'b1' * 32}-0123abcd.safetensors").mkdir()
    strange = ["notes.txt", "x.safetensors", f"{'b2' * 32}-0123abcd.safetensors.bak", "-rf", "a\nb.json"]
    for name in strange:
        (folder / name).write_bytes(b"s")
    liar = converted("a0", None)
    liar.with_suffix(".json").write_text(json.dumps({"sha256": "a0" * 32, "model": f"../../{outside.name}"}))
    os.utime(liar.with_suffix(".json"), (LONG_AGO, LONG_AGO))
    for path in folder.iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    pruning.prune(NOW, most=0)
    assert outside.read_bytes() == b"mine"
    assert all((folder / name).exists() for name in strange)
    assert (folder / f"{'b1' * 32}-0123abcd.safetensors").is_dir()
    assert not liar.exists()


@pytest.mark.parametrize(
    "note",
    [
        b"", b"{", b"[]", b'{"path": 3}', b"\xff" * 9, b'{"path": "a\\u0000b", "stamp": [1, 2, 3], "sha256": "ab"}',
        json.dumps({"path": "x", "stamp": [1, 2, 3], "sha256": "../../x"}).encode(),
    ],
)  # fmt: skip
def test_strange_notes_harm_nothing(cache: Path, note: bytes) -> None:
    kept = converted("a0", cache / "0.pkl")
    at = foreign.folder() / foreign.SEEN / f"{'ee' * 20}.json"
    at.write_bytes(note)
    os.utime(at, (LONG_AGO, LONG_AGO))
    pruning.prune(NOW)
    assert names() == {kept.name}
    assert not at.exists()


def test_torn_files_go_after_a_day(cache: Path) -> None:
    fresh, old = (foreign.folder() / f".{n * 16}.part" for n in "ab")
    for path, at in ((fresh, NOW - 60.0), (old, LONG_AGO)):
        path.write_bytes(b"half")
        os.utime(path, (at, at))
    pruning.prune(NOW)
    assert fresh.exists()
    assert not old.exists()


def test_two_prune_at_once(cache: Path) -> None:
    models = [converted(f"{n:02x}", cache / f"{n}.pkl", used=LONG_AGO + n) for n in range(60)]
    troubles: list[BaseException] = []
    start = threading.Barrier(4)

    def prune() -> None:
        start.wait()
        try:
            pruning.prune(NOW, most=5500)
        except BaseException as error:  # noqa: BLE001 - told below
            troubles.append(error)

    threads = [threading.Thread(target=prune) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles
    assert names() <= {path.name for path in models[55:]}
    assert models[-1].exists()


def remembered(name: str, place: Path | None, *, played: float, size: int = 100) -> list[Path]:
    key = name * 16
    note = album.folder() / f"{key}.json"
    note.write_text(json.dumps({"name": name, "place": "" if place is None else str(place), "played": played}))
    picture = album.folder() / f"{key}-{'0' * 16}.jpg"
    picture.write_bytes(b"j" * size)
    for path in (note, picture):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return [note, picture]


def test_what_is_remembered_of_models_that_are_gone_for_long_goes_too(cache: Path) -> None:
    there = cache / "x.safetensors"
    there.write_bytes(b"x")
    kept = [
        *remembered("a0", there, played=0.0),
        *remembered("a1", None, played=0.0),
        *remembered("a2", cache / "gone", played=NOW - 86_400.0),
    ]
    gone = remembered("a3", cache / "gone", played=NOW - 400 * 86_400.0)
    pruning.prune(NOW)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in gone)


def test_without_any_cache_there_is_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nowhere"))
    assert pruning.prune(NOW) == 0
