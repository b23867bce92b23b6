"""Checkpoints of other programs in the library: read once in a child, kept, found again, and never believed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey import cli
from latentjockey.base.diagnostics import StageError
from latentjockey.generators import registry
from latentjockey.models import container, foreign, library
from latentjockey.models.adding import asked_for
from latentjockey.models.foreign import ForeignFileError, convert, known
from tests.models.families.published import nvidia, nvidia_bytes, stylegan2
from tests.models.reading import forms, payloads

MODEL = nvidia_bytes(nvidia(stylegan2(size=16)))


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's own folder of models, and a cache of this test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    folder = library.own_folder()
    folder.mkdir(parents=True)
    return folder


def forbid_children(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise AssertionError("it was read again")

    monkeypatch.setattr(foreign, "_run", refuse)


def put(path: Path, data: bytes = MODEL) -> Path:
    path.write_bytes(data)
    return path


def test_a_checkpoint_becomes_a_model_of_ours_and_is_read_once(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(own / "Faces.pkl")
    assert known(path) is None
    model = convert(path)
    found = library.read(model)
    assert found.spec is not None
    assert (found.spec.size, found.title, found.card.badge) == ((16, 16), "Faces", "consent undisclosed")
    forbid_children(monkeypatch)
    assert convert(path) == model
    assert convert(put(own / "copy of it.bin")) == model


def test_the_source_within_is_not_run(own: Path, tmp_path: Path) -> None:
    target = tmp_path / "made"
    source = f"__import__('os').mkdir({str(target)!r})"
    path = put(own / "a.pkl", nvidia_bytes(nvidia(stylegan2(size=16)), source))
    assert source.encode() in path.read_bytes()
    convert(path)
    assert not target.exists()


@pytest.mark.parametrize("harm", ["a bit", "cut short", "note"])
def test_a_cache_that_was_harmed_is_made_anew(own: Path, harm: str) -> None:
    path = put(own / "a.pkl")
    model = convert(path)
    whole = model.read_bytes()
    data = bytearray(whole)
    data[-5] ^= 1
    if harm == "a bit":
        model.write_bytes(data)
    elif harm == "cut short":
        model.write_bytes(whole[:-9])
    else:
        for note in foreign.folder().rglob("*.json"):
            note.write_bytes(b"{")
        model.write_bytes(data)
    assert convert(path).read_bytes() == whole


def test_another_content_is_another_model(own: Path) -> None:
    path = put(own / "a.pkl")
    first = convert(path)
    put(path, nvidia_bytes(nvidia(stylegan2(seed=1, size=16))))
    assert known(path) is None
    assert library.read(path).unread
    assert convert(path) != first


def test_code_that_converts_otherwise_reads_anew(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(own / "a.pkl")
    convert(path)
    monkeypatch.setattr(foreign, "version", lambda: "another")
    assert known(path) is None


def test_a_refusal_is_a_sentence_that_is_kept(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(own / "bad.pkl", payloads.LIVE["reduce"]("/nowhere/at/all"))
    with pytest.raises(ForeignFileError, match=r"^bad\.pkl cannot be used: it asks for os\.mkdir.*\.$"):
        convert(path)
    forbid_children(monkeypatch)
    with pytest.raises(ForeignFileError, match=r"os\.mkdir"):
        convert(path)
    entry = library.read(path)
    assert entry.trouble.startswith("bad.pkl cannot be used: ")
    with pytest.raises(library.NoModelError, match=r"os\.mkdir"):
        library.get("bad")


def test_what_no_family_knows_is_named(own: Path) -> None:
    path = put(own / "a.pt", forms.torch_zip())
    with pytest.raises(ForeignFileError, match=r"torch zip with g_ema, args, step, latent_avg and more.*StyleGAN2"):
        convert(path)


def test_a_child_that_takes_too_long_is_ended_and_asked_again(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(own / "a.pkl")
    with monkeypatch.context() as here:
        here.setattr(foreign, "SECONDS", 0.001)
        with pytest.raises(ForeignFileError, match="longer than"):
            convert(path)
    assert known(path) is None
    assert convert(path).exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux holds a process to its memory")
def test_a_child_that_takes_too_much_memory_is_refused_it(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big = {"w": np.zeros(60_000_000, np.uint8)}
    container.write(own / "a.safetensors", big, {})
    monkeypatch.setattr(foreign, "_ROOM", 1 << 20)
    monkeypatch.setattr(foreign, "_TIMES", 0)
    with pytest.raises(ForeignFileError, match="memory"):
        convert(own / "a.safetensors")
    assert known(own / "a.safetensors") is None


@pytest.mark.parametrize(("said", "code"), [(b"", -11), (b"{", 1), (b"[]", 0)])
def test_a_child_that_dies_is_a_sentence(own: Path, monkeypatch: pytest.MonkeyPatch, said: bytes, code: int) -> None:
    path = put(own / "a.pkl")
    monkeypatch.setattr(foreign, "_run", lambda request: (said, code))
    with pytest.raises(ForeignFileError, match=rf"signal {-code}" if code < 0 else rf"exit code {code}"):
        convert(path)
    assert known(path) is None


def test_a_full_disk_is_a_sentence(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(own / "a.pkl")
    cache = foreign.folder().parent
    cache.mkdir(parents=True, exist_ok=True)
    foreign.folder().write_bytes(b"a file is in the way")
    with pytest.raises(ForeignFileError, match=r"^a\.pkl cannot be"):
        convert(path)


def test_the_library_lists_what_was_not_read_yet_and_reads_it_when_it_is_played(own: Path) -> None:
    put(own / "Faces.pkl")
    put(own / "bad.pth", b"not at all")
    put(own / "posing.safetensors")
    (entry,) = (e for e in library.entries() if e.name == "faces")
    assert (entry.unread, entry.spec, entry.trouble, entry.bytes) == (True, None, "", len(MODEL))
    assert entry.can_be_chosen
    assert library.find("faces") is None
    assert library.get("faces").spec is not None
    now = library.read(own / "Faces.pkl")
    assert now == library.find("faces")
    assert now.source == own / "Faces.pkl"
    assert now.path is not None
    assert now.path.parent == foreign.folder()
    assert library.get("posing").spec is not None
    with pytest.raises(library.NoModelError, match=r"^bad\.pth cannot be used: it is none of"):
        library.get("bad")
    assert [e.name for e in library.entries() if e.trouble] == ["bad"]


def test_an_engine_plays_it(own: Path) -> None:
    put(own / "faces.pkl")
    player = registry.create("faces", "cpu")
    assert player.spec.name == "faces"
    assert player.spec.size == (16, 16)
    player.close()


def test_an_engine_refuses_it_in_a_sentence(own: Path) -> None:
    put(own / "bad.pkl", payloads.LIVE["eval"]("/nowhere/at/all"))
    with pytest.raises(library.NoModelError, match=r"^bad\.pkl cannot be used: it asks for builtins\.eval"):
        registry.create("bad", "cpu")


# -- the command line -------------------------------------------------------------------------------------------------


def test_check_says_what_a_file_is(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "x.unheard-of")
    assert cli.main(["models", "check", str(path)]) == 0
    assert capsys.readouterr().out.startswith("x.unheard-of is a StyleGAN2 (pickle, ")
    assert cli.main(["models", "check", str(convert(path))]) == 0
    assert "is a model of latentjockey: x, 16 px" in capsys.readouterr().out
    assert not list(own.iterdir())


@pytest.mark.parametrize("shape", ["reduce", "a bomb", "lists a hundred thousand deep", "a program in an archive"])
def test_check_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str], shape: str) -> None:
    makers = {**payloads.LIVE, **payloads.ZIPS, **payloads.LIES}
    path = put(tmp_path / "x.pkl", makers[shape](str(tmp_path / "made")))
    assert cli.main(["models", "check", str(path)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("x.pkl cannot be used: ")
    assert said.out.count("\n") == 1
    assert not said.err
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("kind", ["missing", "folder", "torn", "empty"])
def test_check_of_what_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    path = tmp_path / "x.safetensors"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"torn" if kind == "torn" else b"")
    assert cli.main(["models", "check", str(path)]) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_add_puts_a_model_into_the_own_folder_with_notes(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "x.pkl")
    words = ["--name", "My faces", "--licence", "CC BY 4.0", "--consent", "own"]
    assert cli.main(["models", "add", str(path), *words]) == 0
    assert "plays as my-faces" in capsys.readouterr().out
    forbid_children(monkeypatch)
    entry = library.get("my-faces")
    assert (entry.title, entry.card.licence, entry.card.consent, entry.source) == ("My faces", "CC BY 4.0", "own", None)
    assert entry.path is not None
    plain, noted = container.read_header(convert(path))[0], container.read_header(entry.path)[0]
    assert plain.keys() == noted.keys()
    for name in plain:
        values = container.read_tensor(convert(path), plain[name])
        assert np.array_equal(values, container.read_tensor(entry.path, noted[name]))
    assert cli.main(["models", "add", str(path), *words]) == 2
    assert "called my-faces already" in capsys.readouterr().err
    assert cli.main(["models", "add", str(path), "--consent", "maybe"]) == 2
    assert "A consent is one of" in capsys.readouterr().err


def test_add_takes_nothing_that_cannot_be_played(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "x.pkl", b"not at all")
    assert cli.main(["models", "add", str(path)]) == 2
    assert "x.pkl cannot be used: " in capsys.readouterr().err
    assert not list(own.iterdir())


def test_card_and_list_of_a_checkpoint(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(own / "faces.pkl")
    assert cli.main(["models", "list"]) == 0
    assert "not read yet" in capsys.readouterr().out
    assert cli.main(["models", "card", str(put(tmp_path / "x.pkl"))]) == 0
    assert "consent undisclosed" in capsys.readouterr().out
    assert cli.main(["models", "card", "faces"]) == 0
    assert str(own / "faces.pkl") in capsys.readouterr().out


def test_what_a_person_says_is_json_or_text() -> None:
    assert asked_for(["classes=8", "names=[1]", "a=b=c"]) == {"classes": 8, "names": [1], "a": "b=c"}
    with pytest.raises(StageError, match="KEY=VALUE"):
        asked_for(["classes"])
