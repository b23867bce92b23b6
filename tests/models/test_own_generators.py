"""Generators that players wrote, as data: their folders, their words, and whom their player trusts. Nothing is run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey import cli
from latentjockey.base.diagnostics import StageError
from latentjockey.models import adding, library, own_files, trust
from latentjockey.models.adding import Notes
from latentjockey.models.header import BrokenError
from latentjockey.models.own_files import Fingerprint, OwnFilesError, contents, files_in, fingerprint, fingerprint_of
from latentjockey.models.own_spec import own_spec
from latentjockey.models.trust import Trust

TRAP = "raise SystemExit('it was run')\n"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's own folder of models."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    folder = library.own_folder()
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, words: dict[str, Any] | None = None) -> Path:
    """A generator whose code ends whoever runs it."""
    folder.mkdir(parents=True)
    (folder / "generator.py").write_text(TRAP)
    (folder / "model.json").write_text(json.dumps(words or {"z_dim": 8}))
    return folder


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_fingerprint_is_of_every_name_and_every_byte(own: Path) -> None:
    folder = put(own / "mine")
    (folder / "w.safetensors").write_bytes(b"weights")
    seen = {fingerprint(folder).sha256}
    assert contents(folder)[1] == fingerprint(folder)
    (folder / "w.safetensors").write_bytes(b"Weights")
    seen.add(fingerprint(folder).sha256)
    (folder / "w.safetensors").rename(folder / "v.safetensors")
    seen.add(fingerprint(folder).sha256)
    (folder / "empty.txt").touch()
    seen.add(fingerprint(folder).sha256)
    assert len(seen) == 4
    (folder / ".hidden").touch()
    (folder / "__pycache__").mkdir()
    assert fingerprint(folder).sha256 in seen


@given(
    st.dictionaries(st.text("ab 0", min_size=1, max_size=4), st.binary(max_size=6), min_size=1, max_size=4), st.data()
)
def test_two_folders_have_one_fingerprint_only_if_they_are_alike(held: dict[str, bytes], data: st.DataObject) -> None:
    other = data.draw(st.dictionaries(st.text("ab 0", min_size=1, max_size=4), st.binary(max_size=6), min_size=1))
    assert (fingerprint_of(held).sha256 == fingerprint_of(other).sha256) == (held == other)


def _link(folder: Path) -> None:
    (folder / "weights.safetensors").symlink_to("/etc/passwd")


def _linked_code(folder: Path) -> None:
    (folder / "generator.py").rename(folder.parent / "elsewhere.py")
    (folder / "generator.py").symlink_to(folder.parent / "elsewhere.py")


def _linked_folder(folder: Path) -> None:
    folder.rename(folder.parent.parent / "real")
    folder.symlink_to(folder.parent.parent / "real")


def _many(folder: Path) -> None:
    for n in range(own_files.MOST_FILES):
        (folder / f"{n}.txt").touch()


def _huge(folder: Path) -> None:
    with (folder / "w.safetensors").open("wb") as file:
        file.truncate(own_files.LARGEST + 1)


def _huge_code(folder: Path) -> None:
    (folder / "generator.py").write_bytes(b"#" * (own_files.LARGEST_TEXT + 1))


def _huge_words(folder: Path) -> None:
    (folder / "model.json").write_bytes(b" " * (own_files.LARGEST_TEXT + 1))


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "w.safetensors")


HARMS = [
    (_link, "weights.safetensors is a link"), (_linked_code, "generator.py is a link"), (_linked_folder, "is a link"),
    (_many, "more than 64 files"), (_huge, "larger than 8 GiB"), (_huge_code, "larger than 1 MiB"),
    (_huge_words, "larger than 1 MiB"), (lambda folder: (folder / "more").mkdir(), "is a folder"),
]  # fmt: skip
if sys.platform != "win32":
    HARMS.append((_pipe, "is no file"))


@pytest.mark.parametrize(("harm", "why"), HARMS, ids=[why for _, why in HARMS])
def test_what_is_no_plain_folder_is_refused_in_a_sentence(own: Path, harm: Any, why: str) -> None:
    folder = put(own / "mine")
    harm(folder)
    for look in (files_in, fingerprint, contents, trust.trust):
        with pytest.raises(StageError, match=why) as refused:
            look(folder)
        assert "\n" not in str(refused.value)
    (entry,) = (e for e in library.entries() if e.name == "mine")
    assert why in entry.trouble
    assert not entry.untrusted, "trusting it would not help"
    assert not trust.is_trusted(folder)


def test_a_link_that_comes_between_look_and_reading_is_not_followed(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(own / "mine")
    seen = files_in(folder)
    _linked_code(folder)
    monkeypatch.setattr(own_files, "files_in", lambda _: seen)
    for look in (fingerprint, contents):
        with pytest.raises(OwnFilesError, match=r"generator\.py cannot be read"):
            look(folder)


# -- words ------------------------------------------------------------------------------------------------------------


def test_its_words_become_its_shape_and_controls(own: Path) -> None:
    words = {
        "name": "Waves", "z_dim": 16, "num_ws": 7, "w_dim": 5, "mix": "lerp", "size": [96, 64], "classes": ["a", "b"],
        "bands": [2, 3], "card": {"author": "me", "consent": "own"},
        "controls": [{"name": "hue", "default": 2.0}, {"name": "way", "kind": "choice", "choices": "ab"}],
    }  # fmt: skip
    with pytest.raises(BrokenError, match="names no choices"):
        own_spec("x", json.dumps(words).encode())
    words["controls"][1]["choices"] = ["a", "b"]  # type: ignore[index]
    spec, title = own_spec("x", json.dumps(words).encode())
    assert title == "Waves"
    assert (spec.z_dim, spec.num_ws, spec.w_dim, spec.bands, spec.mix) == (16, 7, 5, (2, 3), "lerp")
    assert (spec.size, spec.classes, spec.card.author) == ((96, 64), ("a", "b"), "me")
    assert [(c.address, c.default, c.hi) for c in spec.controls] == [("/gen/hue", 2.0, 2.0), ("/gen/way", 0, 1.0)]


def test_what_is_left_out_has_a_standard() -> None:
    spec, title = own_spec("waves", b'{"z_dim": 8, "classes": ["a"]}')
    assert title == "waves"
    assert (spec.num_ws, spec.w_dim, spec.bands, spec.mix, spec.size) == (3, 9, (1, 2), "slerp", (256, 256))
    assert spec.card.badge == "consent undisclosed"


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_words_are_a_shape_or_a_sentence(data: st.DataObject) -> None:
    control: dict[str, Any] = {
        "name": "hue",
        "kind": "float",
        "default": 0,
        "lo": 0,
        "hi": 1,
        "choices": [],
        "label": "",
    }
    words: dict[str, Any] = {
        "name": "x", "z_dim": 8, "num_ws": 3, "w_dim": 8, "mix": "slerp", "size": [9, 9], "classes": [],
        "bands": [1, 2], "controls": [control], "card": {},
    }  # fmt: skip
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from([words, control]))
        table[data.draw(st.sampled_from(sorted(table)))] = data.draw(JUNK)
    try:
        spec, _ = own_spec("x", json.dumps(words).encode())
    except BrokenError as broken:
        told = str(broken)
    else:
        told = f"{spec.z_dim}"
    assert told
    assert "\n" not in told


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenError):
        own_spec("x", data)


def test_words_nested_without_end_are_refused() -> None:
    with pytest.raises(BrokenError):
        own_spec("x", b'{"z_dim":' * 50_000)


# -- trust ------------------------------------------------------------------------------------------------------------


def test_trust_holds_until_anything_changes(own: Path) -> None:
    folder = put(own / "Mine")
    assert trust.state(folder) is Trust.UNKNOWN
    seen = trust.trust(folder)
    assert trust.state(folder) is Trust.TRUSTED
    assert trust.trusts(folder, seen.sha256)
    (folder / "note.txt").write_text("new")
    assert trust.state(folder) is Trust.CHANGED
    assert trust.trusts(folder, seen.sha256), "the engine asks of the bytes it has, not of the folder"
    assert not trust.trusts(folder, fingerprint(folder).sha256)
    (folder / "note.txt").unlink()
    assert trust.state(folder) is Trust.TRUSTED
    assert trust.forget(folder)
    assert not trust.forget(folder)
    assert trust.state(folder) is Trust.UNKNOWN


def test_touching_a_file_without_changing_it_keeps_trust(own: Path) -> None:
    folder = put(own / "mine")
    trust.trust(folder)
    os.utime(folder / "generator.py", ns=(1, 1))
    assert trust.is_trusted(folder)
    code = folder / "generator.py"
    before = code.stat().st_ctime_ns
    while code.stat().st_ctime_ns == before:  # as long as a tick of the file system's clock
        code.write_text(TRAP.upper())
        os.utime(code, ns=(1, 1))
    assert not trust.is_trusted(folder), "of one length, and its time set back"


def test_trust_is_of_one_folder(own: Path) -> None:
    trust.trust(put(own / "mine"))
    assert not trust.is_trusted(put(own / "copy"))


def test_what_was_seen_is_what_is_trusted(own: Path) -> None:
    folder = put(own / "mine")
    seen = fingerprint(folder)
    (folder / "generator.py").write_text(TRAP * 2)
    with pytest.raises(StageError, match="changed a moment ago"):
        trust.trust(folder, seen)
    assert not trust.is_trusted(folder)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"folder": 3}', b"x" * (1 << 17)])
def test_a_damaged_note_is_no_trust(own: Path, data: bytes) -> None:
    folder = put(own / "mine")
    trust.trust(folder)
    (note,) = (library.own_folder().parent / "trusted").iterdir()
    note.write_bytes(data)
    assert trust.state(folder) is Trust.UNKNOWN


def test_a_note_of_another_folder_is_no_trust(own: Path) -> None:
    folder, other = put(own / "mine"), put(own / "other")
    trust.trust(folder)
    trust.trust(other)
    notes = sorted((library.own_folder().parent / "trusted").iterdir())
    notes[0].write_bytes(notes[1].read_bytes())
    assert [trust.is_trusted(each) for each in (folder, other)].count(True) == 1


def test_what_holds_no_generator_cannot_be_trusted(own: Path) -> None:
    (own / "empty").mkdir()
    with pytest.raises(StageError, match="holds no generator"):
        trust.trust(own / "empty")


# -- the library ------------------------------------------------------------------------------------------------------


def test_the_library_lists_it_without_running_it(own: Path) -> None:
    folder = put(own / "Mine", {"name": "My waves", "z_dim": 8})
    (entry,) = (e for e in library.entries() if e.name == "mine")
    assert (entry.title, entry.spec, entry.untrusted, entry.family) == ("My waves", None, True, library.OWN_CODE)
    assert (
        entry.trouble
        == 'mine has code of its own, and is not trusted yet: read it, then say "latentjockey models trust mine".'
    )
    assert not entry.can_be_chosen
    assert library.find("mine") is None
    with pytest.raises(library.NoModelError, match="not trusted yet"):
        library.get("mine")
    trust.trust(folder)
    found = library.get("mine")
    assert found.spec is not None
    assert (found.path, found.untrusted, found.trouble) == (folder, False, "")
    before = found.spec.file
    (folder / "generator.py").write_text(TRAP + "#")
    changed = library.read(folder)
    assert changed.untrusted
    assert "was changed since" in changed.trouble
    assert changed.file != before


def test_broken_words_are_a_sentence(own: Path) -> None:
    put(own / "mine", {"z_dim": 0})
    (entry,) = (e for e in library.entries() if e.name == "mine")
    assert entry.trouble == "mine cannot be played: its network's z_dim is 0, and 1 to 65536 can be."
    assert not entry.untrusted


def test_it_is_copied_into_the_players_folder_and_not_trusted_there(own: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "elsewhere" / "Mine")
    (folder / ".git").mkdir()
    trust.trust(folder)
    target = adding.add(folder, Notes())
    assert target == own / "Mine"
    assert sorted(path.name for path in target.iterdir()) == ["generator.py", "model.json"]
    assert library.read(target).untrusted
    with pytest.raises(StageError, match="is called mine already"):
        adding.add(folder, Notes())
    with pytest.raises(StageError, match=r"stands in its model\.json"):
        adding.add(folder, Notes(licence="CC0-1.0"))


# -- the command line -------------------------------------------------------------------------------------------------


def test_the_command_shows_what_is_trusted_and_trusts_it(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = put(own / "Mine", {"name": "My waves", "z_dim": 8, "card": {"author": "me"}})
    assert cli.main(["models", "trust", "mine"]) == 2, "nobody is here to be asked"
    shown = capsys.readouterr()
    seen: Fingerprint = fingerprint(folder)
    assert "--yes" in shown.err
    assert f"My waves, in {folder}" in shown.out
    assert seen.sha256 in shown.out
    assert all(sha256 in shown.out for _, _, sha256 in seen.files)
    assert "author me" in shown.out
    assert not trust.is_trusted(folder)
    assert cli.main(["models", "trust", "mine", "--yes"]) == 0
    assert trust.is_trusted(folder)
    assert cli.main(["models", "trust", str(folder), "--forget"]) == 0
    assert not trust.is_trusted(folder)


@pytest.mark.parametrize(("said", "code"), [("y", 0), ("no", 1), ("", 1)])
def test_the_command_asks(own: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int) -> None:
    folder = put(own / "mine")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: said)
    assert cli.main(["models", "trust", "mine"]) == code
    assert trust.is_trusted(folder) == (code == 0)


def test_check_tells_whether_it_is_trusted(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = put(own / "mine")
    assert cli.main(["models", "check", str(folder)]) == 1
    assert "not trusted yet" in capsys.readouterr().out
    trust.trust(folder)
    assert cli.main(["models", "check", str(folder)]) == 0
    assert "with code of its own, which you trust" in capsys.readouterr().out


def test_a_name_nobody_has_is_a_sentence(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "trust", "nobody"]) == 2
    assert "There is no generator 'nobody'" in capsys.readouterr().err
