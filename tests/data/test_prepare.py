"""Preparing: what comes of a folder, what the report names, and that nothing half is ever left."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from latentjockey.cli import main
from latentjockey.data import packed as packing
from latentjockey.data.asking import Given, source_of
from latentjockey.data.dataset import DataError, open_dataset
from latentjockey.data.folder import scan
from latentjockey.data.packed import PackedDataset, PackedWriter
from latentjockey.data.pictures import Framing
from latentjockey.data.prepare import Report, Settings, Step, prepare
from latentjockey.data.terminal import named_folder
from latentjockey.models.card import Source
from tests.data.conftest import Folder as MakeFolder
from tests.data.conftest import picture


def _prepare(root: Path, out: Path, told: Any = None, **settings: Any) -> Report:
    framing = settings.pop("framing", Framing(24, min_side=12))
    return prepare(scan(root, Source("me", consent="own")), out, Settings(framing, threads=2, **settings), told)


def _mixed(make_folder: MakeFolder) -> Path:
    """Three pictures, an exact copy in another format, a near copy, one too small, one damaged."""
    root = make_folder({"a/1.png": 1, "a/2.png": 2, "b/3.png": 3})
    Image.fromarray(picture(1).transpose(1, 2, 0)).save(root / "b/same.bmp")
    brighter = np.clip(picture(2).astype(int) + 9, 0, 255).astype(np.uint8)
    Image.fromarray(brighter.transpose(1, 2, 0)).save(root / "b/near.png")
    Image.new("RGB", (9, 80)).save(root / "b/small.png")
    (root / "a/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nothing")
    return root


def test_a_folder_becomes_a_file_and_the_report_names_everything(make_folder: MakeFolder, tmp_path: Path) -> None:
    steps: list[Step] = []
    report = _prepare(_mixed(make_folder), tmp_path / "a.ljdata", steps.append)
    assert (report.files, report.kept, report.classes) == (7, 3, {"a": 2, "b": 1})
    assert report.duplicates == [("b/same.bmp", "a/1.png")]
    assert report.near_duplicates == [("b/near.png", "a/2.png")]
    assert (report.same, report.near, report.too_small, report.unreadable) == (1, 1, 1, 1)
    assert [sentence.split(" ")[0] for sentence in report.left_out] == ["a/broken.jpg", "b/small.png"]
    assert report.shorter_sides == (24, 24, 24)
    assert steps[-1] == Step(7, 7, 3)
    data = open_dataset(tmp_path / "a.ljdata")
    assert data.classes == ("a", "b")
    assert data.sources == (Source("me", consent="own", images=3),)
    np.testing.assert_array_equal(data.read(np.arange(3)), np.stack([picture(1), picture(2), picture(3)]))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ljdata", "pictures"]


def test_duplicates_may_be_kept_and_are_named_all_the_same(make_folder: MakeFolder, tmp_path: Path) -> None:
    report = _prepare(_mixed(make_folder), tmp_path / "a.ljdata", dedupe=False)
    assert (report.kept, report.same, report.near) == (5, 1, 1)


def test_the_same_folder_gives_the_same_file(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = _mixed(make_folder)
    for name in ("a", "b"):
        _prepare(root, tmp_path / f"{name}.ljdata")
    assert (tmp_path / "a.ljdata").read_bytes() == (tmp_path / "b.ljdata").read_bytes()


def test_a_limit_takes_evenly_from_all(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({f"{kind}/{i}.png": i + 100 * ord(kind) for kind in "ab" for i in range(10)})
    assert _prepare(root, tmp_path / "a.ljdata", limit=6).classes == {"a": 3, "b": 3}
    assert _prepare(root, tmp_path / "b.ljdata", limit=60).kept == 20


def test_tiles_have_names_and_the_class_of_their_picture(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({})
    wide = np.concatenate([picture(i) for i in range(3)], 2)
    Image.fromarray(wide.transpose(1, 2, 0)).save(root / "w.png")
    report = _prepare(root, tmp_path / "a.ljdata", framing=Framing(24, "tiles"))
    data = open_dataset(tmp_path / "a.ljdata")
    assert (report.files, report.kept) == (1, 3)
    assert [data.name_of(i) for i in range(3)] == ["w.png#1", "w.png#2", "w.png#3"]
    np.testing.assert_array_equal(data.read(np.arange(3)), np.stack([picture(i) for i in range(3)]))


def test_withdrawn_sources_are_not_opened_but_stay_named(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({"a/1.png": 1, "b/2.png": 2})
    (root / "b/2.png").write_bytes(b"whoever opens this finds no picture")
    (root / "sources.csv").write_text("name,consent,path\nMine,own,a\nGone,withdrawn,b\n")
    report = _prepare(root, tmp_path / "a.ljdata")
    assert (report.kept, report.withdrawn, report.unreadable) == (1, 1, 0)
    packed = PackedDataset(tmp_path / "a.ljdata")
    assert [(s.name, s.consent, s.images) for s in packed.sources] == [("Mine", "own", 1), ("Gone", "withdrawn", 0)]
    assert packed.classes == ("a",)
    assert [s.name for s in open_dataset(tmp_path / "a.ljdata").sources] == ["Mine"]


def test_nothing_usable_is_one_sentence_and_no_file(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({"a.png": 1})
    (root / "a.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"None of the 1 pictures in .* The first: a\.png "):
        _prepare(root, tmp_path / "a.ljdata")
    (root / "sources.csv").write_text("name,consent\nGone,withdrawn\n")
    with pytest.raises(DataError, match="withdrawn"):
        _prepare(root, tmp_path / "a.ljdata")
    assert [p.name for p in tmp_path.iterdir()] == ["pictures"]


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "is full"), (errno.EROFS, "cannot be written")])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def full(self: PackedWriter, *rest: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(PackedWriter, "add_encoded", full)
    with pytest.raises(DataError, match=said):
        _prepare(make_folder({"a.png": 1}), tmp_path / "a.ljdata")
    assert [p.name for p in tmp_path.iterdir()] == ["pictures"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_really_full(make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def on_a_full_disk(path: Path) -> Any:
        with open("/dev/full", "wb") as file:
            yield file

    monkeypatch.setattr(packing, "replacing", on_a_full_disk)
    with pytest.raises(DataError, match="is full"):
        _prepare(make_folder({"a.png": 1}), tmp_path / "a.ljdata")


def test_an_interruption_keeps_the_old_file_whole(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({f"{i}.png": i for i in range(9)})
    _prepare(root, tmp_path / "a.ljdata", limit=2)
    before = (tmp_path / "a.ljdata").read_bytes()

    def interrupt(step: Step) -> None:
        if step.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _prepare(root, tmp_path / "a.ljdata", interrupt)
    assert (tmp_path / "a.ljdata").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ljdata", "pictures"]


# -- whose they are ---------------------------------------------------------------------------------------------------


def _answers(*answers: str) -> Any:
    left = list(answers)
    return lambda question: left.pop(0)


def test_what_options_say_is_not_asked() -> None:
    given = Given("licensed", "A. Maker", "CC BY 4.0", "https://example.org", "Flowers")
    expected = Source("Flowers", "A. Maker", "CC BY 4.0", "licensed, not asked", "https://example.org")
    assert source_of("folder", 3, given, None) == expected
    assert source_of("folder", 3, Given("undisclosed"), None) == Source("folder")


def test_questions_are_answered_by_number_or_word() -> None:
    assert source_of("f", 3, Given(), _answers("1", "Me", "", "")) == Source("f", "Me", consent="own")
    assert source_of("f", 3, Given(), _answers("maybe", "Asked", "B", "CC0", "u")) == Source(
        "f", "B", "CC0", "asked", "u"
    )
    assert source_of("f", 3, Given(author="C"), _answers("4", "", "")) == Source("f", "C")
    with pytest.raises(DataError, match="--consent"):
        source_of("f", 3, Given(), _answers(*"?????"))


def test_where_nobody_can_be_asked_the_options_are_named(make_folder: MakeFolder) -> None:
    root = make_folder({"a.png": 1, "b.png": 2})
    with pytest.raises(DataError, match=r"Whose are the 2 pictures in pictures\? Say --consent own, asked"):
        source_of("pictures", 2, Given(), None)
    (root / "sources.csv").write_text("name,consent,path\nMine,own,a.png\n")
    folder = named_folder(root, Given(), ask=_answers("2", "B", "", ""))
    assert folder.sources == (Source("Mine", consent="own"), Source("pictures", "B", consent="asked"))
    (root / "sources.csv").write_text("name,consent\nMine,own\n")
    assert named_folder(root, Given(), ask=_answers()).sources == (Source("Mine", consent="own"),)
    assert "was not used" in named_folder(root, Given("asked"), ask=_answers()).notes[-1]


# -- the commands -----------------------------------------------------------------------------------------------------


def _run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "latentjockey", "data", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=240, check=False)


def test_the_command_as_a_process(make_folder: MakeFolder, tmp_path: Path) -> None:
    root, out = _mixed(make_folder), tmp_path / "new" / "a.ljdata"
    unsaid = _run("prepare", root, "-o", out, "--size", 24)
    assert unsaid.returncode == 2
    assert unsaid.stderr.startswith("latentjockey: Whose are the 7 pictures")
    assert not out.parent.exists()
    done = _run("prepare", root, "-o", out, "--size", 24, "--consent", "own", "--author", "A. Maker")
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "3 pictures of 24×24 from 7 files",
        "b/same.bmp is a/1.png",
        "consent: own",
        "by A. Maker",
        "broken.jpg",
    ):
        assert words in done.stdout
    assert len(open_dataset(out)) == 3


def test_report_tells_what_a_file_holds(packed: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["data", "report", str(packed), "--check", "--sheet", str(tmp_path / "s.png")]) == 0
    told = capsys.readouterr().out
    expected = (
        "12 pictures of 24×24", "day", "lost: 4 pictures, not used", "consent: withdrawn", "hair: 2 kinds: long, short",
        "age: 0 to 5.5", "Every picture can be read.",
    )  # fmt: skip
    for words in expected:
        assert words in told
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.width >= 3 * 24
        assert np.asarray(sheet).std() > 20
    assert main(["data", "report", str(packed), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["classes"] == {"day": 6, "night": 6}
    assert data["sources"][0] == {
        "name": "garden",
        "author": "A. Maker",
        "licence": "CC0",
        "consent": "own",
        "url": "",
        "images": 4,
    }


def test_report_reads_folders_and_checks_names_what_is_broken(
    make_folder: MakeFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_folder({"a.png": 1})
    (root / "b.png").write_bytes(b"nothing")
    assert main(["data", "report", str(root), "--check"]) == 1
    told = capsys.readouterr().out
    assert "b.png is no picture that can be read here." in told
    assert "consent: undisclosed" in told


def test_a_file_that_is_there_is_only_replaced_when_asked(
    make_folder: MakeFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_folder({"a.png": 1})
    arguments = ["data", "prepare", str(root), "-o", str(tmp_path / "a"), "--size", "24", "--consent", "own", "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["made"]["kept"] == 1
    assert main(arguments) == 2
    assert "add --replace" in capsys.readouterr().err
    assert main([*arguments, "--replace"]) == 0
    assert (tmp_path / "a.ljdata").is_file()


@pytest.mark.parametrize(
    "wrong",
    [["--size", "0"], ["--size", "x"], ["--background", "blue"], ["--lossy", "0"], ["--limit", "-1"], ["--near", "40"]],
)
def test_options_that_are_nothing_are_refused(
    tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["data", "prepare", str(tmp_path), "-o", "x", *wrong])
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_ctrl_c_leaves_nothing(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({})
    first = root / "0.png"
    os.mkfifo(first)  # whoever reads it waits, so that the process is surely at work when the signal comes
    Image.fromarray(picture(1).transpose(1, 2, 0)).save(root / "1.png")
    command = [sys.executable, "-m", "latentjockey", "data", "prepare", str(root), "-o", str(tmp_path / "a.ljdata"),
               "--consent", "own", "--size", "24"]  # fmt: skip
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with open(first, "wb") as pipe:  # opened when the child reads
        child.send_signal(signal.SIGINT)
        pipe.write(b"nothing")
    out, err = child.communicate(timeout=240)
    assert (child.returncode, out, err) == (130, "", "")
    assert [p.name for p in tmp_path.iterdir()] == ["pictures"]
