"""Every form of checkpoint gives the values that were written, whatever the file is called."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentjockey.models.reading import plain
from latentjockey.models.reading.limits import Limits
from latentjockey.models.reading.plain import Persistent, RefusedError, TfNetwork, Thing
from latentjockey.models.reading.reader import read
from tests.models.reading import forms


def _read(folder: Path, data: bytes, name: str = "model.pkl", limits: Limits | None = None) -> plain.Checkpoint:
    path = folder / name
    path.write_bytes(data)
    return read(path, limits or Limits(seconds=20))


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (forms.torch_zip, plain.TORCH_ZIP),
        (forms.torch_legacy, plain.TORCH_LEGACY),
        (forms.tar_with_one, plain.TORCH_ZIP),
        *(((lambda p=p: pickle.dumps(forms.root(), p)), plain.PICKLE) for p in range(6)),
    ],
)
@pytest.mark.parametrize("name", ["weights.tar", "a.safetensors", "no suffix"])
def test_what_was_saved_is_what_is_read(tmp_path: Path, make: Callable[[], bytes], form: str, name: str) -> None:
    data = make()
    found = _read(tmp_path, data, name)
    assert found.form == form
    assert forms.same(forms.root(), found.root)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.bytes, found.infinite) == (len(data), ())


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("new", [True, False])
def test_torch_writes_with_any_protocol(tmp_path: Path, protocol: int, new: bool) -> None:
    if protocol < 2:  # torch's own files begin at 2; its objects can stand in older pickles
        found = _read(tmp_path, pickle.dumps(forms.tensors(), protocol))
    else:
        file = io.BytesIO()
        torch.save(forms.tensors(), file, pickle_protocol=protocol, _use_new_zipfile_serialization=new)
        found = _read(tmp_path, file.getvalue())
    assert forms.same(forms.tensors(), found.root)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_pickles_of_arrays(tmp_path: Path, protocol: int) -> None:
    found = _read(tmp_path, forms.numpy_pickle(protocol))
    assert np.array_equal(found.root["w"], forms.ARRAYS["w"])
    assert np.array_equal(found.root["t"], forms.ARRAYS["w"].T)
    assert (found.root["big"].tolist(), found.root["big"].dtype) == ([0, 1, 2, 3, 4], np.dtype("<i4"))


def test_the_tar_file_of_the_first_year_is_read_as_torch_reads_it(tmp_path: Path) -> None:
    found = _read(tmp_path, forms.torch_tar())
    assert found.form == plain.TORCH_TAR
    theirs = torch.load(tmp_path / "model.pkl", weights_only=False)  # written by this very test
    assert list(found.root) == list(theirs) == list(forms.ARRAYS)
    for name, value in forms.ARRAYS.items():
        assert np.array_equal(found.root[name], value)
        assert np.array_equal(found.root[name], theirs[name].numpy())


def test_safetensors(tmp_path: Path) -> None:
    found = _read(tmp_path, forms.safetensors_file(), "a.bin")
    assert found.form == plain.SAFETENSORS
    assert found.root["__metadata__"] == {"format": "pt"}
    assert np.array_equal(found.root["w"], forms.ARRAYS["w"])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_networks_of_nvidia(tmp_path: Path, protocol: int) -> None:
    found = _read(tmp_path, forms.persistent_pickle(protocol=protocol)).root["G_ema"]
    assert isinstance(found, Persistent)
    assert (found.class_name, found.version) == ("Generator", 6)
    assert found.init_kwargs == {"z_dim": 4, "img_resolution": 16}
    assert found.source == "raise SystemExit\n"
    assert found.state["scale"] == 0.5
    tensors = found.tensors()
    assert sorted(tensors) == ["fc.seen", "fc.weight", "seen"]
    assert np.array_equal(tensors["fc.weight"], np.arange(12, dtype=np.float32).reshape(3, 4))


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_networks_of_nvidias_first_programs(tmp_path: Path, protocol: int) -> None:
    found = _read(tmp_path, forms.tf_pickle(protocol)).root[2]
    assert isinstance(found, TfNetwork)
    assert (found.version, found.name, found.build) == (4, "Gs", "G_main")
    assert found.static_kwargs == {"num_channels": 3, "resolution": 32}
    assert found.components["synthesis"].static_kwargs == {"fmap_base": 8}
    assert sorted(found.tensors()) == [
        "Gs/weight", "lod", "mapping/lod", "mapping/mapping/weight", "synthesis/lod", "synthesis/synthesis/weight",
    ]  # fmt: skip
    assert np.array_equal(found.variables["Gs/weight"], forms.ARRAYS["w"])


def test_a_whole_module_of_torch_is_kept_as_data(tmp_path: Path) -> None:
    net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), torch.nn.BatchNorm2d(3))
    found = _read(tmp_path, forms.torch_zip(net)).root
    assert isinstance(found, Thing)
    conv = found.fields["_modules"]["0"]
    assert (conv.module, conv.name) == ("torch.nn.modules.conv", "Conv2d")
    assert np.array_equal(conv.fields["_parameters"]["weight"], net[0].weight.detach().numpy())


def test_tensors_that_share_memory_are_views_and_cannot_be_written_to(tmp_path: Path) -> None:
    whole = torch.arange(6.0)
    found = _read(tmp_path, forms.torch_zip({"a": whole, "b": whole[2:4]})).root
    assert np.shares_memory(found["a"], found["b"])
    with pytest.raises(ValueError, match="read-only"):
        found["a"][0] = 1


def test_arrays_that_are_not_finite_are_named(tmp_path: Path) -> None:
    content = {"g": {"good": torch.ones(2), "bad": torch.tensor([1.0, float("nan")])}, "up": torch.tensor(float("inf"))}
    assert _read(tmp_path, forms.torch_zip(content)).infinite == ("g.bad", "up")


class _Mine(torch.nn.Module):
    pass


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: b"", "empty"),
        (lambda: b"not at all", "none of the files"),
        (lambda: b"\x1f\x8b" + bytes(20), "gzip"),
        (lambda: b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
        (lambda: b"<!DOCTYPE html><title>404</title>", "web page"),
        (lambda: b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
        (lambda: forms.torch_zip(_Mine()), "test_reading_forms._Mine"),
        (lambda: forms.torch_legacy(_Mine()), "test_reading_forms._Mine"),
        (lambda: forms.torch_zip({"a": torch.sparse_coo_tensor([[0]], [1.0], (2,))}), "_rebuild_sparse_tensor"),
        (lambda: forms.torch_zip({"a": torch.ones(2, dtype=torch.complex64)}), "ComplexFloatStorage"),
        (lambda: pickle.dumps({"a": np.array(["x"])}), "texts"),
        (lambda: pickle.dumps({"a": np.array([{}], dtype=object)}), "objects"),
        (lambda: pickle.dumps({"a": np.zeros(2, [("x", "f4")])}), "objects or texts"),
        (lambda: forms.tar_of({"a": bytes(2000), "b": bytes(2000)}), "tar archive with 2 files"),
        (lambda: forms.torch_zip()[:-40], "cut short"),
        (lambda: forms.torch_legacy()[:-1], "cut short"),
        (lambda: forms.torch_legacy() + b"x", "after its end"),
        (lambda: forms.numpy_pickle() + b"x", "after its end"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, make: Callable[[], bytes], why: str) -> None:
    with pytest.raises(RefusedError) as refused:
        _read(tmp_path, make())
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not str(refused.value).endswith(".")


def test_a_script_of_torch_is_refused_as_a_program(tmp_path: Path) -> None:
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), file)
    with pytest.raises(RefusedError, match="TorchScript program"):
        _read(tmp_path, file.getvalue())


def _big_endian_stream(content: Any) -> bytes:
    data = forms.torch_legacy(content)
    at = data.index(b"little_endian") + len("little_endian")
    true = data.index(b"\x88", at)
    return data[:true] + b"\x89" + data[true + 1 :]


def test_the_other_byte_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="byte order"):
        _read(tmp_path, _big_endian_stream({"a": torch.ones(2)}))


def test_a_storage_of_another_size_than_its_tensors_say(tmp_path: Path) -> None:
    data = bytearray(forms.torch_legacy({"a": torch.ones(7)}))
    at = data.rindex(struct.pack("<q", 7))
    data[at] = 6
    with pytest.raises(RefusedError, match="another size"):
        _read(tmp_path, bytes(data))


@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing", "device"])
def test_what_is_no_file(tmp_path: Path, kind: str) -> None:
    import os

    path = tmp_path / "x.pkl"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no named pipes")
        os.mkfifo(path)
    elif kind == "device":
        path = Path(os.devnull)
    with pytest.raises(RefusedError):
        read(path)


def test_limits_hold(tmp_path: Path) -> None:
    data = forms.torch_zip({"a": torch.ones(1000)})
    for limits, why in (
        (Limits(file=1000), "larger than"),
        (Limits(tensors=3999), "arrays are larger"),
        (Limits(entries=1), "archive of"),
        (Limits(seconds=0), "longer than"),
        (Limits(values=1), "more than 1 values"),
        (Limits(depth=0), "nested deeper"),
    ):
        with pytest.raises(RefusedError, match=why):
            _read(tmp_path, data, limits=limits)
    assert _read(tmp_path, data, limits=Limits(tensors=4000)).root["a"].shape == (1000,)
