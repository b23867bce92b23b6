"""Small checkpoints as other programs write them, made here: every form that the reader knows."""

from __future__ import annotations

import argparse
import io
import pickle
import struct
import sys
import tarfile
import types
from collections import OrderedDict
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from latentjockey.models import container


def tensors(seed: int = 7) -> dict[str, torch.Tensor]:
    """A few weights of every usual type."""
    source = torch.Generator().manual_seed(seed)
    wide = torch.randn(6, 8, generator=source)
    return OrderedDict(
        {
            "net.0.weight": torch.randn(4, 3, 3, 3, generator=source),
            "net.0.bias": torch.nn.Parameter(torch.randn(4, generator=source)),
            "net.1.num_batches_tracked": torch.tensor(12),
            "turned": wide.t(),
            "part": wide[2:4, 1:5],
            "half": torch.randn(5, generator=source).half(),
            "brain": torch.randn(5, generator=source).bfloat16(),
            "empty": torch.zeros(0, 3),
            "mask": torch.tensor([True, False, True]),
        }
    )


def root() -> dict[str, Any]:
    """What people put into a checkpoint beside the weights."""
    return {
        "g_ema": tensors(),
        "args": argparse.Namespace(size=64, lr=0.002, name="a"),
        "step": 1000,
        "latent_avg": np.arange(6, dtype=np.float64).reshape(2, 3),
        "loss": np.float32(0.25),
        "seen": {1, 2, 3},
        "device": torch.device("cpu"),
        "shape": torch.Size([1, 2]),
    }


def same(expected: Any, found: Any) -> bool:
    """Whether ``found`` is what the reader has to make of ``expected``."""
    if isinstance(expected, torch.Tensor):
        values = expected.detach()
        values = values.float() if values.dtype == torch.bfloat16 else values
        return (
            isinstance(found, np.ndarray)
            and found.dtype == values.numpy().dtype
            and np.array_equal(found, values.numpy())
            and found.shape == tuple(values.shape)
        )
    if isinstance(expected, np.ndarray):
        return isinstance(found, np.ndarray) and found.dtype == expected.dtype and np.array_equal(expected, found)
    if isinstance(expected, dict):
        return list(expected) == list(found) and all(same(value, found[key]) for key, value in expected.items())
    if isinstance(expected, argparse.Namespace):
        return (found.module, found.name, found.state) == ("argparse", "Namespace", vars(expected))
    if isinstance(expected, torch.device):
        return (found.module, found.name, found.args) == ("torch", "device", ("cpu",))
    if isinstance(expected, torch.Size | list | tuple):
        return len(expected) == len(found) and all(map(same, expected, found))
    return bool(expected == found)


def torch_zip(content: Any = None) -> bytes:
    """An archive, as ``torch.save`` writes it today."""
    file = io.BytesIO()
    torch.save(root() if content is None else content, file)
    return file.getvalue()


def torch_legacy(content: Any = None) -> bytes:
    """A stream, as ``torch.save`` wrote it before 2020."""
    file = io.BytesIO()
    torch.save(root() if content is None else content, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


class _Class:
    """Pickled as the global ``module.name``."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _TarPickler(pickle._Pickler):  # the one in Python, whose dispatch can be taught
    def persistent_id(self, value: Any) -> Any:
        return value.key if isinstance(value, _Stored) else None

    def save_class(self, value: _Class) -> None:
        self.write(f"c{value.module}\n{value.name}\n".encode())

    dispatch: ClassVar[dict[type, Any]] = {**pickle._Pickler.dispatch, _Class: save_class}


class _Stored:
    def __init__(self, key: str) -> None:
        self.key = key


def _dumped(value: Any) -> bytes:
    file = io.BytesIO()
    _TarPickler(file, 2).dump(value)
    return file.getvalue()


def tar_of(files: dict[str, bytes]) -> bytes:
    """A tar archive with these files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def torch_tar_parts(values: dict[str, NDArray[np.float32]]) -> dict[str, bytes]:
    """The three files that torch wrote in its first year, for float32 weights."""
    storages, tensor_table, table = _dumped(len(values)), _dumped(len(values)), {}
    for number, (name, value) in enumerate(values.items(), 1):
        float_storage, float_tensor = _Class("torch", "FloatStorage"), _Class("torch", "FloatTensor")
        storages += _dumped((number, "cpu", float_storage)) + struct.pack("<q", value.size) + value.tobytes()
        tensor_table += _dumped((100 + number, number, float_tensor)) + struct.pack("<ii", value.ndim, 0)
        strides = [stride // 4 for stride in value.strides]
        tensor_table += struct.pack(f"<{2 * value.ndim + 1}q", *value.shape, *strides, 0)
        table[name] = _Stored(str(100 + number))
    return {"storages": storages + _dumped([]), "tensors": tensor_table, "pickle": _dumped(table)}


ARRAYS = {
    "w": np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4),
    "b": np.arange(4, dtype=np.float32),
}


def torch_tar() -> bytes:
    """The tar file of torch's first year."""
    return tar_of(torch_tar_parts(ARRAYS))


def tar_with_one() -> bytes:
    """A tar file with one checkpoint in it."""
    return tar_of({"README": b"weights", "weights/generator.pth": torch_zip()})


def numpy_pickle(protocol: int = 4) -> bytes:
    """A plain pickle of arrays."""
    return pickle.dumps({"w": ARRAYS["w"], "big": np.arange(5, dtype=">i4"), "t": ARRAYS["w"].T, "n": 3}, protocol)


def safetensors_file() -> bytes:
    """A safetensors file of another program."""
    shapes = {name: ("F32", values.shape) for name, values in ARRAYS.items()}
    return container.header(shapes, {"format": "pt"}) + b"".join(values.tobytes() for values in ARRAYS.values())


class _Modules:
    """Modules that are there while a pickle is written, and gone when it is read."""

    def __init__(self, **names: dict[str, Any]) -> None:
        self._names = {name.replace("__", "."): content for name, content in names.items()}

    def __enter__(self) -> None:
        for name, content in self._names.items():
            module = types.ModuleType(name)
            for key, value in content.items():
                value.__module__, value.__qualname__ = name, key
                setattr(module, key, value)
            sys.modules[name] = module

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            del sys.modules[name]


class _Easy(dict[str, Any]):
    pass


def _rebuild(meta: dict[str, Any]) -> None:
    raise AssertionError("a test runs what it only writes")


class _Layer:
    def __init__(self, meta: dict[str, Any]) -> None:
        self.meta = meta

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.meta,), None


def _layer(name: str, weights: dict[str, Any], parts: dict[str, Any], source: str, **kwargs: Any) -> _Layer:
    state = {
        "training": False,
        "_parameters": OrderedDict(weights),
        "_buffers": OrderedDict(seen=torch.tensor(3.0), none=None),
        "_modules": OrderedDict(parts),
        "_non_persistent_buffers_set": set(),
        "_forward_hooks": OrderedDict(),
        "_init_args": (),
        "_init_kwargs": _Easy(kwargs),
        "scale": np.float64(0.5),
    }
    return _Layer({"type": "class", "version": 6, "module_src": source, "class_name": name, "state": state})


def persistent_pickle(source: str = "raise SystemExit\n", protocol: int = 4) -> bytes:
    """Networks as NVIDIA's PyTorch programs write them; ``source`` is what their own loader would run."""
    weight = torch.nn.Parameter(torch.arange(12.0).reshape(3, 4))
    inner = _layer("FullyConnectedLayer", {"weight": weight, "bias": None}, {}, source, in_features=4)
    outer = _layer("Generator", {}, {"fc": inner}, source, z_dim=4, img_resolution=16)
    content = {"G": outer, "G_ema": outer, "training_set_kwargs": _Easy(path="x"), "augment_pipe": None}
    names = {"torch_utils": {}, "torch_utils__persistence": {"_reconstruct_persistent_obj": _rebuild}}
    with _Modules(**names, dnnlib={}, dnnlib__util={"EasyDict": _Easy}):
        return pickle.dumps(content, protocol)


class _Network:
    def __init__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def tf_pickle(protocol: int = 3) -> bytes:
    """Networks as NVIDIA's TensorFlow programs write them."""

    def network(name: str, parts: dict[str, Any], **kwargs: Any) -> _Network:
        variables = [(f"{name}/weight", ARRAYS["w"]), ("lod", np.float32(0.0))]
        state = {"version": 4, "name": name, "static_kwargs": kwargs, "components": parts, "variables": variables}
        return _Network({**state, "build_module_src": "raise SystemExit\n", "build_func_name": "G_main"})

    parts = {"mapping": network("mapping", {}), "synthesis": network("synthesis", {}, fmap_base=8)}
    generator = network("Gs", parts, num_channels=3, resolution=32)
    with _Modules(dnnlib={}, dnnlib__tflib={}, dnnlib__tflib__network={"Network": _Network}):
        return pickle.dumps((generator, generator, generator), protocol)
