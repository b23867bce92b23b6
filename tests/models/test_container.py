"""The safetensors container: what was written comes back, and any file gives its tensors or one sentence."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentjockey.models.container import ContainerError, header, map_tensor, read_header, read_tensor, write

_DTYPES = ("bool", "u1", "i1", "<u2", "<i2", "<f2", "<u4", "<i4", "<f4", "<u8", "<i8", "<f8", ">f4", ">i8")
_ARRAYS = st.sampled_from(_DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(min_size=1), _ARRAYS, max_size=4), st.dictionaries(st.text(), st.text(), max_size=3))
def test_what_was_written_comes_back(tmp_path: Path, tensors: dict[str, Any], metadata: dict[str, str]) -> None:
    tensors.pop("__metadata__", None)
    path = tmp_path / "a.safetensors"
    write(path, tensors, metadata)
    found, told = read_header(path)
    assert told == metadata
    assert set(found) == set(tensors)
    for name, info in found.items():
        for values in (read_tensor(path, info), map_tensor(path, info)):
            assert values.shape == tensors[name].shape
            np.testing.assert_array_equal(values, tensors[name])


def test_the_reference_library_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    tensors = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.array([1, -2], np.int64)}
    write(tmp_path / "ours.safetensors", tensors, {"latentjockey": "{}"})
    safetensors.save_file(tensors, tmp_path / "theirs.safetensors", {"latentjockey": "{}"})
    for name, values in safetensors.load_file(tmp_path / "ours.safetensors").items():
        np.testing.assert_array_equal(values, tensors[name])
    found, told = read_header(tmp_path / "theirs.safetensors")
    assert told == {"latentjockey": "{}"}
    for name, values in tensors.items():
        np.testing.assert_array_equal(read_tensor(tmp_path / "theirs.safetensors", found[name]), values)


def test_bf16_is_rounded_to_the_nearest_as_torch_rounds(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(1).standard_normal(1000).astype(np.float32) * 1e3
    values[:6] = (np.inf, -np.inf, 0.0, -0.0, 3.4e38, 1e-40)
    write(tmp_path / "a.safetensors", {"w": values}, {}, bf16=["w"])
    found, _ = read_header(tmp_path / "a.safetensors")
    assert found["w"].dtype == "BF16"
    expected = torch.from_numpy(values).bfloat16().float().numpy()
    np.testing.assert_array_equal(read_tensor(tmp_path / "a.safetensors", found["w"]), expected)


def test_nan_stays_nan_in_bf16(tmp_path: Path) -> None:
    nan = np.array([0x7F800001, 0xFFFFFFFF], np.uint32).view(np.float32)
    write(tmp_path / "a.safetensors", {"w": nan}, {}, bf16=["w"])
    found, _ = read_header(tmp_path / "a.safetensors")
    assert np.isnan(read_tensor(tmp_path / "a.safetensors", found["w"])).all()


def test_what_the_format_does_not_have_is_our_own_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="complex"):
        write(tmp_path / "a.safetensors", {"w": np.zeros(2, np.complex64)}, {})
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write(path, {"w": np.zeros(3, np.uint8)}, {})
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        write(path, {"\ud800": np.zeros(3, np.uint8)}, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_mutant_gives_its_tensors_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, rng: random.Random
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutant.safetensors"
    shapes = {"a": ("F32", (2, 3)), "b": ("I16", (4,))}
    data = bytearray(header(shapes, {"k": "v"}) + bytes(32))
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[place] = rng.randrange(256)
            case 1:
                del data[place : place + rng.randint(1, 20)]
            case 2:
                data[place:place] = rng.choice([b"9" * 9, b"-1", b"[" * 50, b"null", b"1e400", b'"', bytes(8)])
            case _:
                data[place] = rng.choice(b'0123456789[]{}",:-')
        if not data:
            break
    path.write_bytes(data)
    try:
        found, _ = read_header(path)
    except ContainerError:
        return
    for info in found.values():
        assert info.end <= len(data)
        assert read_tensor(path, info).shape == info.shape


@pytest.mark.parametrize(
    "entries",
    [
        {"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 15]}},
        {"a": {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]}},
        {"a": {"dtype": "F32", "shape": [-4, -1], "data_offsets": [0, 16]}},
        {"a": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 16]}},
        {"a": {"dtype": "F32", "shape": [0, 1 << 62], "data_offsets": [0, 0]}},
        {"a": {"dtype": "F32", "shape": [0, 1 << 200], "data_offsets": [0, 0]}},
        {"a": {"dtype": "F32", "shape": [1] * 33, "data_offsets": [0, 4]}},
        {"a": {"dtype": "object", "shape": [4], "data_offsets": [0, 16]}},
        {"a": [1, 2]},
        {"__metadata__": {"a": 1}},
        [],
    ],
)  # fmt: skip
def test_headers_that_lie_are_refused(tmp_path: Path, entries: Any) -> None:
    text = json.dumps(entries).encode()
    (tmp_path / "a.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + bytes(16))
    with pytest.raises(ContainerError, match=r"a\.safetensors"):
        read_header(tmp_path / "a.safetensors")


@pytest.mark.parametrize("data", [b"", b"1234567", b"\xff" * 100, (1 << 62).to_bytes(8, "little"), b"PK\x03\x04" * 9])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(ContainerError, match="no safetensors file"):
        read_header(tmp_path / "a.bin")


def test_a_header_nested_without_end_is_refused(tmp_path: Path) -> None:
    text = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    (tmp_path / "a.bin").write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(ContainerError):
        read_header(tmp_path / "a.bin")


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ContainerError, match="cannot be read"):
            read_header(path)


def test_a_header_may_keep_room() -> None:
    assert len(header({"a": ("U8", (3,))}, {}, room=4096)) == 4096
    with pytest.raises(ValueError, match="does not fit"):
        header({"a": ("U8", (3,))}, {}, room=16)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_no_container_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(ContainerError, match="is no safetensors file"):
        read_header(tmp_path / "pipe.safetensors")
