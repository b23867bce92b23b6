"""Packed files: what was written comes back, damaged pictures have stand-ins, and no file of a stranger does harm."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latentjockey.cli import main
from latentjockey.data.dataset import DataError, open_dataset, without
from latentjockey.data.packed import PackedDataset, PackedWriter
from latentjockey.models.card import Source
from latentjockey.models.container import read_header, read_tensor, write
from tests.data.conftest import picture


def test_what_was_packed_comes_back(packed: Path) -> None:
    data = PackedDataset(packed)
    assert (len(data), data.size, data.classes, data.name) == (12, 24, ("day", "night"), "a")
    assert data.labels.tolist() == [0, 1] * 6
    assert data.source_of.tolist() == [0, 1, 2] * 4
    assert [(s.name, s.consent, s.images) for s in data.sources] == [
        ("garden", "own", 4), ("street", "asked", 4), ("lost", "withdrawn", 4),
    ]  # fmt: skip
    order = np.array([11, 0, 5, 5])
    np.testing.assert_array_equal(data.read(order), np.stack([picture(i) for i in order.tolist()]))
    assert data.parts["age"].tolist() == [i * 0.5 for i in range(12)]
    assert data.parts["hair"].tolist() == [i // 2 % 2 for i in range(12)]
    assert data.part_values == {"hair": ("long", "short")}
    assert data.name_of(7) == "7.png"
    assert data.report == {"kept": 12}
    assert data.skipped == ()
    with pytest.raises(IndexError):
        data.read(np.array([12]))


def test_the_library_that_the_format_is_of_reads_it(packed: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    assert safetensors.load_file(packed)["labels"].tolist() == [0, 1] * 6


def test_it_may_be_read_at_another_size(packed: Path) -> None:
    smaller = open_dataset(packed, 12).read(np.arange(3))
    assert smaller.shape == (3, 3, 12, 12)
    by_area = picture(0).reshape(3, 12, 2, 12, 2).mean((2, 4))
    assert np.abs(smaller[0] - by_area).mean() < 8
    assert open_dataset(packed, 40).read(np.arange(1)).shape == (1, 3, 40, 40)


def test_withdrawn_sources_are_left_out_unless_asked_for(packed: Path) -> None:
    data = open_dataset(packed)
    assert [(s.name, s.images) for s in data.sources] == [("garden", 4), ("street", 4)]
    assert len(data) == 8
    assert data.source_of.tolist() == [0, 1] * 4
    kept = [i for i in range(12) if i % 3 != 2]
    np.testing.assert_array_equal(data.read(np.arange(8)), np.stack([picture(i) for i in kept]))
    assert [data.name_of(i) for i in range(8)] == [f"{i}.png" for i in kept]
    assert data.parts["age"].tolist() == [i * 0.5 for i in kept]
    assert len(open_dataset(packed, withdrawn=True)) == 12


def test_without_a_source_its_pictures_and_empty_classes_go(tmp_path: Path) -> None:
    path = tmp_path / "a.ljdata"
    with PackedWriter(path, 24, ["a", "b", "c"], [Source("One"), Source("Two")]) as writer:
        for i, (label, source) in enumerate([(0, 0), (1, 1), (2, 0), (2, 1)]):
            writer.add(picture(i), label, source)
    data = without(open_dataset(path), ["tWO"])
    assert data.classes == ("a", "c")
    assert data.labels.tolist() == [0, 1]
    assert [s.name for s in data.sources] == ["One"]
    np.testing.assert_array_equal(data.read(np.arange(2)), np.stack([picture(0), picture(2)]))
    with pytest.raises(DataError, match="No source of a is called 'three'; its sources are 'One', 'Two'"):
        without(open_dataset(path), ["three"])
    with pytest.raises(DataError, match="Nothing is left"):
        without(open_dataset(path), ["one", "two"])


def _damage(path: Path, places: list[int]) -> None:
    """Overwrite the bytes of some of the pictures."""
    tensors, _ = read_header(path)
    offsets = read_tensor(path, tensors["offsets"])
    data = bytearray(path.read_bytes())
    for place in places:
        start = tensors["bytes"].start + int(offsets[place])
        data[start : start + 30] = b"x" * 30
    path.write_bytes(data)


def test_a_damaged_picture_is_named_and_one_of_its_class_and_source_stands_in(packed: Path) -> None:
    _damage(packed, [4])
    data = PackedDataset(packed)
    read = data.read(np.array([4, 0, 4]))
    # 10 is the next of class 0 and source 1
    np.testing.assert_array_equal(read, np.stack([picture(10), picture(0), picture(10)]))
    assert len(data.skipped) == 1
    assert data.skipped[0].startswith("4.png ")


def test_no_stand_in_comes_from_another_source(packed: Path) -> None:
    _damage(packed, [0, 3, 6])
    data = PackedDataset(packed)
    np.testing.assert_array_equal(data.read(np.array([0, 3])), np.stack([picture(9)] * 2))
    _damage(packed, [0, 3, 6, 9])
    with pytest.raises(DataError, match="damaged"):
        PackedDataset(packed).read(np.array([0]))


def test_a_writer_that_fails_leaves_nothing_or_the_old_one(tmp_path: Path, packed: Path) -> None:
    before = packed.read_bytes()

    def interrupted() -> None:
        with PackedWriter(packed, 24, ["a"], [Source("x")]) as writer:
            writer.add(picture(0), 0, 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(DataError, match="no picture"), PackedWriter(tmp_path / "b.ljdata", 24, ["a"], [Source("x")]):
        pass
    assert packed.read_bytes() == before
    assert list(tmp_path.iterdir()) == [packed]


def test_what_does_not_fit_is_our_own_error(tmp_path: Path) -> None:
    with PackedWriter(tmp_path / "a.ljdata", 24, ["a"], [Source("x")], {"age": []}) as writer:
        writer.add(picture(0), 0, 0, parts={"age": 1})
        for wrong in ((picture(0), 1, 0), (picture(0), 0, 1), (picture(0, 25), 0, 0), (picture(0), 0, 0)):
            with pytest.raises(ValueError, match=r"class|source|picture"):
                writer.add(*wrong)


def test_many_long_names_find_room(tmp_path: Path) -> None:
    sources = [Source(f"{'“ü' * 200}{i}", "ñ" * 300, url="\\" * 200) for i in range(300)]
    with PackedWriter(tmp_path / "a.ljdata", 24, ["a"], sources, {f"p{i}": ["x"] for i in range(200)}) as writer:
        for i in range(300):
            writer.add(picture(0), 0, i, parts={f"p{k}": 0 for k in range(200)})
    assert open_dataset(tmp_path / "a.ljdata").sources[299].name == sources[299].name


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rng=st.randoms(use_true_random=False))
def test_any_mutant_is_read_or_refused_in_a_sentence(packed: Path, rng: random.Random) -> None:
    data = bytearray(packed.read_bytes())
    tensors, _ = read_header(packed)
    lowest = min(info.start for name, info in tensors.items() if name != "bytes")
    for _ in range(rng.randint(1, 5)):
        place = rng.choice([rng.randrange(3000), rng.randrange(lowest, len(data)), rng.randrange(len(data))])
        match rng.randrange(3):
            case 0:
                data[place % len(data)] = rng.randrange(256)
            case 1:
                data[place : place + 1] = rng.choice([b"-", b"9999999999", b"[[", b"null", b"\xff\xff"])
            case _:
                del data[place : place + rng.randint(1, 9)]
    mutant = packed.with_name("mutant.ljdata")
    mutant.write_bytes(data)
    try:
        opened = open_dataset(mutant)
        assert opened.read(np.arange(len(opened))).shape == (len(opened), 3, opened.size, opened.size)
        assert [opened.name_of(i) for i in range(len(opened))]
    except DataError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either is right; nothing else may come out
    finally:
        mutant.unlink()


def _rewritten(packed: Path, metadata: dict[str, Any] | None = None, **tensors: np.ndarray) -> Path:
    """The packed file with other metadata or tables."""
    infos, told = read_header(packed)
    manifest = json.loads(told["latentjockey"])
    values = {name: read_tensor(packed, info) for name, info in infos.items()}
    path = packed.with_name("other.ljdata")
    write(path, {**values, **tensors}, {"latentjockey": json.dumps({**manifest, **(metadata or {})})})
    return path


@pytest.mark.parametrize(
    ("metadata", "tensors"),
    [
        ({"size": 0}, {}),
        ({"size": 10**9}, {}),
        ({"classes": []}, {}),
        ({"classes": ["one"]}, {}),
        ({"sources": []}, {}),
        ({"sources": [{"name": "x", "consent": "sure"}] * 3}, {}),
        ({"sources": [{"name": ""}] * 3}, {}),
        ({"sources": "x"}, {}),
        ({"parts": {"eyes": []}}, {}),
        ({"parts": {"hair": ["only one"]}}, {}),
        ({"parts": {"age": ["a", "b"]}}, {}),
        ({"format": 2}, {}),
        ({}, {"labels": np.full(12, -1, np.int16)}),
        ({}, {"labels": np.zeros(11, np.int16)}),
        ({}, {"labels": np.zeros(12, np.int64)}),
        ({}, {"labels": np.zeros((12, 1), np.int16)}),
        ({}, {"source_of": np.full(12, 3, np.int16)}),
        ({}, {"offsets": np.arange(12)}),
        ({}, {"offsets": np.zeros(0, np.int64)}),
        ({}, {"offsets": np.arange(13)[::-1].copy()}),
        ({}, {"offsets": np.array([0, 2**62, -(2**62), *range(10)])}),
        ({}, {"offsets": np.append(np.zeros(12, np.int64), 10**9)}),
        ({}, {"part.age": np.full(12, np.nan, np.float32)}),
    ],
)  # fmt: skip
def test_tables_that_lie_are_refused(packed: Path, metadata: dict[str, Any], tensors: dict[str, Any]) -> None:
    assert len(open_dataset(_rewritten(packed))) == 8
    with pytest.raises(DataError, match=r"other\.ljdata"):
        open_dataset(_rewritten(packed, metadata, **tensors))


@pytest.mark.parametrize("name", ["names", "report"])
def test_what_is_only_told_may_be_anything(packed: Path, name: str) -> None:
    data = open_dataset(_rewritten(packed, None, **{name: np.frombuffer(b"[1, {", np.uint8)}))
    assert len(data) == 8
    assert data.read(np.arange(8)).shape == (8, 3, 24, 24)


def test_another_kind_of_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.ljdata").write_bytes(b"hello, world, this is no data set")
    write(tmp_path / "b.ljdata", {"a": np.zeros(3, np.float32)}, {"latentjockey": '{"kind": "style"}'})
    write(tmp_path / "c.ljdata", {"a": np.zeros(3, np.float32)}, {})
    for name in ("a.ljdata", "b.ljdata", "c.ljdata"):
        with pytest.raises(DataError, match="no packed data set"):
            open_dataset(tmp_path / name)
    with pytest.raises(DataError, match="There is no"):
        open_dataset(tmp_path / "none.ljdata")


def test_a_file_that_is_replaced_while_it_is_read_stays_as_it_was(packed: Path) -> None:
    data = PackedDataset(packed, room=0)
    other = packed.with_name("new")
    shutil.copy(packed, other)
    _damage(other, list(range(12)))
    other.replace(packed)
    np.testing.assert_array_equal(data.read(np.array([3])), picture(3)[None])


def test_a_source_can_be_taken_out_of_a_file_and_stays_named(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {i: PackedDataset(packed).encoded(i) for i in range(12)}
    assert main(["data", "withdraw", str(packed), "STREET"]) == 0
    assert capsys.readouterr().out.startswith("8 pictures went")  # those of "lost", withdrawn before, went as well
    data = PackedDataset(packed)
    assert [(s.name, s.consent, s.images) for s in data.sources] == [
        ("garden", "own", 4), ("street", "withdrawn", 0), ("lost", "withdrawn", 0),
    ]  # fmt: skip
    assert [data.encoded(i) for i in range(4)] == [before[i] for i in (0, 3, 6, 9)]
    assert data.parts["hair"].tolist() == [i // 2 % 2 for i in (0, 3, 6, 9)]
    assert data.part_values == {"hair": ("long", "short")}
    assert [data.name_of(i) for i in range(4)] == ["0.png", "3.png", "6.png", "9.png"]
    whole = packed.read_bytes()
    for names in (["garden"], ["nobody"]):
        assert main(["data", "withdraw", str(packed), *names]) == 2
    assert packed.read_bytes() == whole
