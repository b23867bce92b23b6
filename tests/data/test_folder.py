"""Folders: classes from folders, CSV or JSON; sources from manifests; what a person can get wrong is one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from latentjockey.data.dataset import DataError, open_dataset
from latentjockey.data.folder import Folder, scan
from latentjockey.data.manifest import Claim, consent, natural
from latentjockey.models.card import CONSENTS, Source
from tests.data.conftest import Folder as MakeFolder
from tests.data.conftest import picture


def _by_class(folder: Folder) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in folder.classes}
    for entry in folder.pictures:
        found[folder.classes[entry.label]].append(entry.name)
    return found


def test_a_flat_folder_is_one_class(make_folder: MakeFolder) -> None:
    folder = scan(make_folder({"b10.png": 1, "b9.png": 2, "A.PNG": 3, ".hidden.png": 4, ".trash/x.png": 5}))
    assert _by_class(folder) == {"pictures": ["A.PNG", "b9.png", "b10.png"]}
    assert folder.sources == (Source("pictures"),)
    assert folder.unclaimed == 3


def test_folders_are_classes_and_deeper_ones_belong_to_them(make_folder: MakeFolder) -> None:
    folder = scan(make_folder({"moth/1.png": 1, "Bloom/2.jpg": 2, "moth/old/3.png": 3}))
    assert _by_class(folder) == {"Bloom": ["Bloom/2.jpg"], "moth": ["moth/1.png", "moth/old/3.png"]}
    mixed = scan(make_folder({"4.png": 4}))
    assert set(mixed.classes) == {"Bloom", "moth", "pictures"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.csv", "file,class\n1.png,day\nsub/2.png,night\n"),
        ("anything.csv", "\ufeffFilename;Taken;Label\r\n1.png;1990;day\r\nsub\\2.png;1991;night\r\n"),
        ("labels.csv", "class\tpath\nday\t./1.png\nnight\t\"2.png\"\n"),
        ("dataset.json", '{"labels": [["1.png", "day"], ["sub/2.png", "night"]]}'),
        ("mine.json", '{"1.png": "day", "sub/2.png": "night"}'),
    ],
)  # fmt: skip
def test_a_file_names_classes(make_folder: MakeFolder, name: str, text: str) -> None:
    root = make_folder({"1.png": 1, "sub/2.png": 2, "sub/3.png": 3})
    (root / name).write_text(text)
    for path in (root, root / name):
        folder = scan(path)
        assert _by_class(folder) == {"day": ["1.png"], "night": ["sub/2.png"]}
        assert f"1 pictures are not in {name} and were left out." in folder.notes
    assert ("anything.csv also has Taken: not used." in folder.notes) == (name == "anything.csv")


def test_numbers_of_stylegan_sort_as_numbers_and_null_is_one_class(make_folder: MakeFolder) -> None:
    root = make_folder({"00000/a.png": 1, "00000/b.png": 2, "00001/c.png": 3})
    (root / "dataset.json").write_text('{"labels": [["00000/a.png", 10], ["00000/b.png", 9], ["00001/c.png", 9]]}')
    assert _by_class(scan(root)) == {"9": ["00000/b.png", "00001/c.png"], "10": ["00000/a.png"]}
    (root / "dataset.json").write_text('{"labels": null}')
    assert scan(root).classes == ("pictures",)


def test_what_a_file_names_but_is_not_there_is_told(make_folder: MakeFolder) -> None:
    root = make_folder({"1.png": 1})
    (root / "classes.csv").write_text("file,class\n1.png,a\ngone.png,b\n../outside.png,b\n")
    folder = scan(root)
    assert folder.classes == ("a",)
    assert "classes.csv names 2 pictures that are not there: gone.png, ../outside.png." in folder.notes


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("classes.csv", "a,b\n1.png,x\n", "first line has to name file and class"),
        ("classes.csv", "file,class\n1.png,\n", "line 2 has no class"),
        ("classes.csv", "file,class\n\"1.png,x\n", "no CSV"),
        ("classes.csv", "file,class\nother.png,x\n", "no picture in .* that classes.csv names"),
        ("dataset.json", '{"labels": [["1.png", [0, 1]]]}', "no class"),
        ("dataset.json", '{"labels": [["1.png", true]]}', "no class"),
        ("dataset.json", '{"labels": 7}', "names no classes"),
        ("dataset.json", "[" * 100_000, "is no JSON"),
        ("dataset.json", '"x"', "names no classes"),
    ],
)  # fmt: skip
def test_mistakes_in_classes_are_one_sentence(make_folder: MakeFolder, name: str, text: str, said: str) -> None:
    root = make_folder({"1.png": 1})
    (root / name).write_text(text)
    with pytest.raises(DataError, match=said):
        scan(root)


def test_a_file_that_is_not_utf8_or_one_too_many_is_told(make_folder: MakeFolder) -> None:
    root = make_folder({"1.png": 1})
    (root / "classes.csv").write_bytes(b"file,class\n1.png,\xe4\n")
    with pytest.raises(DataError, match="UTF-8"):
        scan(root)
    (root / "classes.json").write_text('{"1.png": "a"}')
    with pytest.raises(DataError, match=r"classes\.csv and classes\.json"):
        scan(root)


def test_other_files_beside_the_pictures_are_no_classes(make_folder: MakeFolder) -> None:
    root = make_folder({"1.png": 1})
    (root / "prices.csv").write_text("item,price\nx,1\n")
    (root / "settings.json").write_text('{"theme": {"dark": 1}}')
    (root / "film.mov").write_bytes(b"")
    (root / "phone.HEIC").write_bytes(b"")
    folder = scan(root)
    assert folder.classes == ("pictures",)
    assert "1 file is .mov, which is not read." in folder.notes
    assert "1 file is .heic, which is not read: save them as JPEG or PNG to use them." in folder.notes


def test_no_pictures_and_no_folder_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no picture in"):
        open_dataset(tmp_path)
    with pytest.raises(DataError, match="There is no "):
        open_dataset(tmp_path / "none")
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.png is no folder of pictures"):
        scan(tmp_path / "a.png")


_SOURCES_CSV = """name,author,licence,consent,url,path
Mine,A. Maker,all rights mine,own,,own
Friend,B. Maker,CC BY 4.0,asked,https://example.org,*/friend*
Gone,C. Maker,CC0,withdrawn,,old/*
"""
_PICTURES = {"own/1.png": 1, "own/2.png": 2, "x/friend1.png": 3, "old/4.png": 4, "y/5.png": 5}


def _as_json(text: str) -> str:
    head, *rows = [line.split(",") for line in text.strip().splitlines()]
    return json.dumps({"sources": [dict(zip(head, row, strict=True)) for row in rows]})


@pytest.mark.parametrize("name", ["sources.csv", "sources.json"])
def test_sources_have_their_pictures(make_folder: MakeFolder, name: str) -> None:
    root = make_folder(_PICTURES)
    (root / name).write_text(_SOURCES_CSV if name.endswith("csv") else _as_json(_SOURCES_CSV))
    rest = Source("The rest", consent="asked")
    folder = scan(root, rest)
    assert {p.name: folder.sources[p.source].name for p in folder.pictures} == {
        "own/1.png": "Mine", "own/2.png": "Mine", "x/friend1.png": "Friend", "old/4.png": "Gone", "y/5.png": "The rest",
    }  # fmt: skip
    assert folder.sources[1] == Source("Friend", "B. Maker", "CC BY 4.0", "asked", "https://example.org")
    assert (folder.unclaimed, folder.withdrawn) == (1, 1)


def test_a_withdrawn_source_is_not_opened(make_folder: MakeFolder) -> None:
    root = make_folder(_PICTURES)
    (root / "sources.csv").write_text(_SOURCES_CSV)
    data = open_dataset(root, 24)
    assert [s.name for s in data.sources] == ["Mine", "Friend", "pictures"]
    assert "old" not in data.classes
    names = [data.name_of(i) for i in range(len(data))]
    np.testing.assert_array_equal(data.read(np.arange(4)), np.stack([picture(_PICTURES[name]) for name in names]))
    every = open_dataset(root, 24, withdrawn=True)
    with pytest.raises(DataError, match="withdrawn"):
        every.read(np.array([[every.name_of(i) for i in range(5)].index("old/4.png")]))


def test_a_source_may_have_several_rows_and_the_rest_a_name_of_its_own(make_folder: MakeFolder) -> None:
    root = make_folder(_PICTURES)
    (root / "sources.csv").write_text("name,consent,path\npictures,own,own\npictures,own,x\n")
    folder = scan(root)
    assert [s.name for s in folder.sources] == ["pictures", "pictures, others"]
    assert folder.unclaimed == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,consent\nx,yes of course\n", r"sources\.csv, source 1: consent is one of"),
        ("name,consent\n,own\n", "source 1 has no name"),
        ("name,consent\n", "names 0 sources"),
        ("name,consent,path\nx,own,a\nX,asked,b\n", "Two sources are called 'x'"),
    ],
)
def test_mistakes_in_sources_are_one_sentence(make_folder: MakeFolder, text: str, said: str) -> None:
    root = make_folder({"1.png": 1})
    (root / "sources.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        scan(root)


@pytest.mark.parametrize("value", ["[1]", '{"sources": 3}', "7", "{"])
def test_json_of_another_shape_is_no_manifest(make_folder: MakeFolder, value: str) -> None:
    root = make_folder({"1.png": 1})
    (root / "sources.json").write_text(value)
    with pytest.raises(DataError, match=r"sources\.json"):
        scan(root)


def test_consent_is_one_of_five_words_however_it_is_written() -> None:
    assert {consent(word, "here") for word in CONSENTS} == set(CONSENTS)
    assert consent(" Licensed, NOT asked ", "here") == consent("licensed", "here") == "licensed, not asked"
    assert consent("", "here") == "undisclosed"


@pytest.mark.parametrize(
    ("pattern", "path", "covers"),
    [("", "a/b.png", True), ("a", "a/b.png", True), ("a/", "a/b.png", True), ("./a", "a/b.png", True),
     ("a", "ab/c.png", False), ("*.jpg", "a/b.png", False), ("*.png", "a/b.png", True), ("a/b.png", "a/b.png", True),
     ("[", "[", True), ("?.png", "a.png", True)],
)  # fmt: skip
def test_patterns(pattern: str, path: str, covers: bool) -> None:
    assert Claim(Source("x"), pattern).covers(path) is covers


def test_people_sort_numbers_by_size() -> None:
    assert sorted(["b10", "B9", "a", "b١", "b" + "9" * 500], key=natural)[0] == "a"
    assert sorted(["b10", "B9"], key=natural) == ["B9", "b10"]


def test_a_folder_reads_like_a_packed_file_and_names_what_is_damaged(make_folder: MakeFolder) -> None:
    root = make_folder({f"{kind}/{i}.png": i + 10 * (kind == "b") for kind in "ab" for i in range(3)})
    (root / "a/1.png").write_bytes(b"nothing")
    data = open_dataset(root, 24)
    assert (data.size, len(data), data.classes) == (24, 6, ("a", "b"))
    np.testing.assert_array_equal(data.read(np.arange(6)), np.stack([picture(i) for i in (0, 2, 2, 10, 11, 12)]))
    assert len(data.skipped) == 1
    assert data.skipped[0].startswith("a/1.png ")
    assert open_dataset(root).size == 128


def test_names_that_are_no_letters_are_read(make_folder: MakeFolder) -> None:
    root = make_folder({"a.png": 1})
    try:
        (root / "a.png").rename(root / "\udcff.png")
    except OSError:
        pytest.skip("this file system has letters only")
    data = open_dataset(root, 24)
    assert data.name_of(0) == "?.png"
    np.testing.assert_array_equal(data.read(np.array([0])), picture(1)[None])


def test_a_link_to_a_folder_above_is_not_followed(make_folder: MakeFolder) -> None:
    root = make_folder({"a.png": 1})
    (root / "again").symlink_to(root)
    assert len(scan(root).pictures) == 1


def test_sixteen_bits_and_transparency_are_read_from_a_folder_as_well(make_folder: MakeFolder) -> None:
    root = make_folder({})
    Image.fromarray(np.full((24, 24), 65535, np.uint16)).save(root / "deep.png")
    Image.new("RGBA", (24, 24), (255, 255, 255, 0)).save(root / "clear.png")
    read: Any = open_dataset(root, 24).read(np.arange(2))
    assert not read[0].any()
    assert (read[1] == 255).all()
