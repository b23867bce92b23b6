"""Small networks of random weights in the formats that StyleGANs are published in, written by the tests themselves."""

from __future__ import annotations

import io
import json
import math
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latentjockey.models import container
from latentjockey.models.card import card_to_data
from latentjockey.models.families.family import Converted
from latentjockey.models.header import FORMAT, KEY
from latentjockey.models.reading.plain import Checkpoint, Persistent, TfNetwork
from latentjockey.models.stylegan3_shape import Stylegan3Shape, input_shape, layer_shapes

Tensors = dict[str, NDArray[np.float32]]
_BUFFERS = ("w_avg", "noise_const", "resample_filter", "freqs", "phases", "transform", "magnitude_ema", "up_filter",
            "down_filter")  # fmt: skip
KERNEL = np.outer((1, 3, 3, 1), (1, 3, 3, 1)).astype(np.float32) / 64
RATE = 0.01


class Draw:
    """Normal numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self._source = np.random.default_rng(seed)

    def __call__(self, *shape: int, spread: float = 1.0) -> NDArray[np.float32]:
        return np.asarray(self._source.standard_normal(shape) * spread, np.float32)


# -- StyleGAN2 --------------------------------------------------------------------------------------------------------


def stylegan2(
    seed: int = 0, *, size: int = 16, z: int = 6, w: int = 5, classes: int = 0, architecture: str = "skip",
    colours: int = 3, mapping: int = 3, widths: Callable[[int], int] = lambda r: 40 // r + 2,
) -> Tensors:  # fmt: skip
    """Every tensor of a generator, as NVIDIA's PyTorch program names them."""
    draw = Draw(seed)
    made = _mapping(draw, z, w, classes, mapping)
    made["synthesis.b4.const"] = draw(widths(4), 4, 4)
    for r in [1 << n for n in range(2, size.bit_length())]:
        block, out = f"synthesis.b{r}.", widths(r)
        made[f"{block}resample_filter"] = KERNEL
        for name, inputs in (("conv0", widths(r // 2) if r > 4 else 0), ("conv1", out)):
            if inputs:
                made |= _conv(draw, f"{block}{name}.", out, inputs, 3, w)
                made[f"{block}{name}.resample_filter"] = KERNEL
                made[f"{block}{name}.noise_const"] = draw(r, r)
                made[f"{block}{name}.noise_strength"] = draw(spread=0.3)
        if architecture == "resnet" and r > 4:
            made[f"{block}skip.weight"] = draw(out, widths(r // 2), 1, 1)
            made[f"{block}skip.resample_filter"] = KERNEL
        if architecture == "skip" or r == size:
            made |= _conv(draw, f"{block}torgb.", colours, out, 1, w)
    return made


def _mapping(draw: Draw, z: int, w: int, classes: int, layers: int) -> Tensors:
    made = {"mapping.w_avg": draw(w, spread=0.3)}
    inputs = z
    if classes:
        made |= {"mapping.embed.weight": draw(w, classes), "mapping.embed.bias": draw(w, spread=0.1)}
        inputs += w
    for i in range(layers):
        made[f"mapping.fc{i}.weight"] = draw(w, inputs, spread=1.0 / RATE)
        made[f"mapping.fc{i}.bias"] = draw(w, spread=0.1 / RATE)
        inputs = w
    return made


def _conv(draw: Draw, name: str, outputs: int, inputs: int, kernel: int, w: int) -> Tensors:
    return {
        f"{name}weight": draw(outputs, inputs, kernel, kernel), f"{name}bias": draw(outputs, spread=0.1),
        f"{name}affine.weight": draw(inputs, w), f"{name}affine.bias": draw(inputs, spread=0.1) + np.float32(1),
    }  # fmt: skip


def nvidia(tensors: Tensors, architecture: str = "skip", clamp: float | None = None, **facts: Any) -> Persistent:
    """The generator of these tensors, as NVIDIA's pickles keep it: a network in each network."""
    resolutions = [int(n.split(".")[1][1:]) for n in tensors if n.endswith(".conv1.weight")]
    first = tensors["mapping.fc0.weight"].shape
    classes = tensors["mapping.embed.weight"].shape[1] if "mapping.embed.weight" in tensors else 0
    w = tensors["mapping.w_avg"].shape[0]
    root = tree("Generator", tensors)
    colours = len(tensors[f"synthesis.b{max(resolutions)}.torgb.bias"])
    root.state |= {"z_dim": first[1] - (w if classes else 0), "c_dim": classes, "w_dim": w, "img_channels": colours}
    root.state |= {"img_resolution": max(resolutions)} | facts
    modules = root.state["_modules"]
    for block in modules["synthesis"].state["_modules"].values():
        block.state["architecture"] = architecture
        for name, layer in block.state["_modules"].items():
            layer.state |= {"conv_clamp": None if name == "skip" else clamp}
            if name.startswith("conv"):
                layer.state["activation"] = "lrelu"
    _say_rates(modules["mapping"])
    return root


def _say_rates(mapping: Persistent) -> None:
    for name, layer in mapping.state["_modules"].items():
        dense = name.startswith("fc")
        layer.state |= {"activation": "lrelu" if dense else "linear", "bias_gain": RATE if dense else 1}


def tree(name: str, tensors: Mapping[str, NDArray[Any]], **kwargs: Any) -> Persistent:
    """Networks within networks, as dots in the names of ``tensors`` say."""
    state: dict[str, Any] = {"training": False, "_parameters": OrderedDict(), "_buffers": OrderedDict()}
    state["_modules"] = OrderedDict()
    inner: dict[str, Tensors] = {}
    for key, value in tensors.items():
        head, _, tail = key.partition(".")
        if tail:
            inner.setdefault(head, {})[tail] = value
        else:
            state["_buffers" if key in _BUFFERS else "_parameters"][key] = value
    for key, values in inner.items():
        state["_modules"][key] = tree(f"{key.title()}Network", values)
    return Persistent(name, (), kwargs, state)


def tensorflow(tensors: Tensors, **kwargs: Any) -> TfNetwork:
    """The same weights as the TensorFlow program keeps them."""
    size = max(int(n.split(".")[1][1:]) for n in tensors if n.endswith(".conv1.weight"))
    layers = {"conv0": "Conv0_up", "conv1": "Conv1", "torgb": "ToRGB", "skip": "Skip"}
    pieces = {"affine.weight": "mod_weight", "affine.bias": "mod_bias"}
    mapping: Tensors = {}
    synthesis: Tensors = {}
    for name, value in tensors.items():
        head, _, rest = name.partition(".")
        if head == "mapping" and rest != "w_avg":
            layer, _, piece = rest.partition(".")
            called = "LabelEmbed" if layer == "embed" else f"Dense{layer[2:]}"
            mapping[f"{called}/{piece}"] = value.T if piece == "weight" else value
            continue
        if head == "mapping" or rest.endswith("resample_filter"):
            continue
        block, _, rest = rest.partition(".")
        r = int(block[1:])
        if rest == "const":
            synthesis["4x4/Const/const"] = value[None]
            continue
        layer, _, piece = rest.partition(".")
        if piece == "noise_const":
            index = 2 * int(math.log2(r)) - (5 if layer == "conv0" else 4)
            synthesis[f"noise{index}"] = value[None, None]
            continue
        called = "Conv" if (r, layer) == (4, "conv1") else layers[layer]
        if piece == "weight":
            value = value.transpose(2, 3, 1, 0)
            value = value[::-1, ::-1] if layer == "conv0" else value
        elif piece == "affine.weight":
            value = value.T
        elif piece == "affine.bias":
            value = value - np.float32(1)
        synthesis[f"{r}x{r}/{called}/{pieces.get(piece, piece)}"] = value
    fc = tensors["mapping.fc0.weight"]
    classes = tensors["mapping.embed.weight"].shape[1] if "mapping.embed.weight" in tensors else 0
    w = len(tensors["mapping.w_avg"])
    z = fc.shape[1] - w * (classes > 0)
    said = {"resolution": size, "num_channels": 3, "label_size": classes, "latent_size": z,
            "dlatent_size": w, "truncation_psi": 0.7} | kwargs  # fmt: skip
    own = {"dlatent_avg": tensors["mapping.w_avg"], "lod": np.float32(0.0)}
    parts = {"mapping": TfNetwork(4, {}, mapping), "synthesis": TfNetwork(4, {}, synthesis)}
    return TfNetwork(4, said, own, parts, "Gs", "G_main")  # type: ignore[arg-type]


def port(tensors: Tensors) -> dict[str, Any]:
    """The same weights as the common PyTorch port saves them."""
    pieces = {
        "weight": "conv.weight", "bias": "activate.bias", "noise_strength": "noise.weight",
        "affine.weight": "conv.modulation.weight", "affine.bias": "conv.modulation.bias",
    }  # fmt: skip
    made: dict[str, Any] = {}
    for name, value in tensors.items():
        head, _, rest = name.partition(".")
        if head == "mapping":
            if rest != "w_avg":
                made[f"style.{int(rest[2]) + 1}.{rest[4:]}"] = value
            continue
        block, _, rest = rest.partition(".")
        n = int(math.log2(int(block[1:]))) - 2
        if rest == "const":
            made["input.input"] = value[None]
            continue
        layer, _, piece = rest.partition(".")
        if layer == "torgb":
            place = "to_rgb1" if n == 0 else f"to_rgbs.{n - 1}"
            made[f"{place}.{'bias' if piece == 'bias' else pieces[piece]}"] = (
                value[None, :, None, None] if piece == "bias" else value[None] if piece == "weight" else value
            )
            if n:
                made[f"{place}.upsample.kernel"] = KERNEL * 4
            continue
        index = 2 * n - (1 if layer == "conv0" else 0)
        if piece == "noise_const":
            made[f"noises.noise_{index}"] = value[None, None]
        elif piece in pieces:
            shaped = value[None] if piece == "weight" else value.reshape(1) if piece == "noise_strength" else value
            made[f"{'conv1' if n == 0 else f'convs.{index - 1}'}.{pieces[piece]}"] = shaped
        elif layer == "conv0" and piece == "resample_filter":
            made[f"convs.{index - 1}.conv.blur.kernel"] = value * 4
    return {"g_ema": made, "latent_avg": tensors["mapping.w_avg"]}


# -- StyleGAN3 --------------------------------------------------------------------------------------------------------

SMALL_3 = Stylegan3Shape(32, 6, 5, 0, 128, 8, layers=6, mapping_layers=2)


def stylegan3(shape: Stylegan3Shape = SMALL_3, seed: int = 0, colours: int = 3) -> Tensors:
    """Every tensor of a generator, as NVIDIA's program names them; the filters are low passes of some kind."""
    draw = Draw(seed)
    made = _mapping(draw, shape.z_dim, shape.w_dim, shape.classes, shape.mapping_layers)
    first, name = input_shape(shape), "synthesis.input."
    made |= {
        f"{name}weight": draw(first.channels, first.channels), f"{name}affine.weight": draw(4, shape.w_dim, spread=0.2),
        f"{name}affine.bias": np.array((1, 0, 0, 0), np.float32), f"{name}freqs": draw(first.channels, 2),
        f"{name}phases": draw(first.channels, spread=0.3), f"{name}transform": np.eye(3, dtype=np.float32),
    }  # fmt: skip
    for i, layer in enumerate(layer_shapes(shape, colours)):
        name = f"synthesis.L{i}_{layer.out_size}_{layer.outputs}."
        made |= _conv(draw, name, layer.outputs, layer.inputs, layer.kernel, shape.w_dim)
        made[f"{name}magnitude_ema"] = np.asarray(0.5 + draw(spread=0.1) ** 2, np.float32)
        if layer.up_taps > 1:
            made[f"{name}up_filter"] = _low_pass(layer.up_taps)
        if layer.down_taps > 1:
            row = _low_pass(layer.down_taps)
            made[f"{name}down_filter"] = np.outer(row, row) if layer.radial else row
    return made


def _low_pass(taps: int) -> NDArray[np.float32]:
    window = np.hanning(taps + 2)[1:-1]
    return (window / window.sum()).astype(np.float32)


def nvidia_3(tensors: Tensors, shape: Stylegan3Shape = SMALL_3, colours: int = 3) -> Persistent:
    """The generator of these tensors, as NVIDIA's pickles keep it."""
    root = tree("Generator", tensors)
    root.state |= {
        "z_dim": shape.z_dim, "c_dim": shape.classes, "w_dim": shape.w_dim, "img_resolution": shape.size,
        "img_channels": colours,
    }  # fmt: skip
    root.init_kwargs |= {
        "channel_base": shape.channel_base, "channel_max": shape.channel_max, "num_layers": shape.layers,
        "conv_kernel": shape.kernel, "use_radial_filters": shape.radial, "magnitude_ema_beta": 0.999,
    }  # fmt: skip
    parts = root.state["_modules"]
    parts["synthesis"].state |= {
        "num_layers": shape.layers,
        "num_critical": shape.critical,
        "margin_size": shape.margin,
    }
    for name, layer in parts["synthesis"].state["_modules"].items():
        if name != "input":
            layer.state["conv_clamp"] = shape.clamp
    _say_rates(parts["mapping"])
    return root


# -- files ------------------------------------------------------------------------------------------------------------


def checkpoint(root: Any, form: str = "pickle") -> Checkpoint:
    """As if a file had been read."""
    return Checkpoint(form, root, "0" * 64, 1)


def store(path: Path, made: Converted, name: str = "Small") -> Path:
    """A converted model as a file that the library finds."""
    header = {
        "format": FORMAT, "kind": made.kind, "name": name, "config": made.config, "classes": list(made.classes),
        "card": card_to_data(made.card),
    }  # fmt: skip
    container.write(path, made.tensors, {KEY: json.dumps(header)})
    return path


class _Dumped:
    """Pickles as an object of NVIDIA's class decorator does."""

    def __init__(self, network: Persistent, source: str) -> None:
        self._network, self._source = network, source

    def __reduce__(self) -> tuple[Any, ...]:
        module = sys.modules["torch_utils.persistence"]
        state = dict(self._network.state)
        for kind in ("_parameters", "_buffers"):
            turned = ((k, torch.from_numpy(np.array(v))) for k, v in state[kind].items())
            if kind == "_parameters":
                turned = ((k, torch.nn.Parameter(v)) for k, v in turned)
            state[kind] = OrderedDict(turned)
        state["_modules"] = OrderedDict((k, _Dumped(v, self._source)) for k, v in state["_modules"].items())
        kwargs = sys.modules["dnnlib.util"].EasyDict(self._network.init_kwargs)
        state |= {"_init_args": (), "_init_kwargs": kwargs, "_forward_hooks": OrderedDict()}
        meta = {"type": "class", "version": 6, "module_src": self._source, "class_name": self._network.class_name}
        return module._reconstruct_persistent_obj, ({**meta, "state": state},)


def nvidia_bytes(generator: Persistent, source: str = "raise SystemExit('run')") -> bytes:
    """A pickle as NVIDIA's training writes it; ``source`` is what a careless reader would run."""
    with _modules("dnnlib", "dnnlib.util", "torch_utils", "torch_utils.persistence") as made:
        made["dnnlib.util"].EasyDict = _class("EasyDict", "dnnlib.util", dict)

        def _reconstruct_persistent_obj(meta: object) -> None:
            raise AssertionError

        _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
        _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
        made["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj
        root = {"G": None, "D": None, "G_ema": _Dumped(generator, source), "training_set_kwargs": {"path": "x.zip"}}
        return pickle.dumps(root)


def tensorflow_bytes(network: TfNetwork) -> bytes:
    """A pickle of G, D and Gs as the TensorFlow programs write it."""
    with _modules("dnnlib", "dnnlib.tflib", "dnnlib.tflib.network") as made:
        kind = _class("Network", "dnnlib.tflib.network", object)
        made["dnnlib.tflib.network"].Network = kind

        def turned(one: TfNetwork) -> Any:
            new = kind()
            new.__dict__ |= {
                "version": one.version, "name": one.name, "static_kwargs": one.static_kwargs,
                "components": {name: turned(part) for name, part in one.components.items()},
                "build_module_src": "raise SystemExit('run')", "build_func_name": one.build,
                "variables": [(name, np.array(value)) for name, value in one.variables.items()],
            }  # fmt: skip
            return new

        return pickle.dumps(tuple(turned(network) for _ in range(3)), 3)


def port_bytes(table: Mapping[str, Any]) -> bytes:
    """A file as torch saves a table of tables of tensors."""
    file = io.BytesIO()
    torch.save(_as_torch(table), file)
    return file.getvalue()


def _as_torch(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _as_torch(v) for k, v in value.items()}
    return torch.from_numpy(np.array(value))


def _class(name: str, module: str, base: type) -> Any:
    return type(name, (base,), {"__module__": module})


@contextmanager
def _modules(*names: str) -> Iterator[dict[str, Any]]:
    """Modules of these names that hold nothing, for as long as a pickle is written."""
    made = {name: types.ModuleType(name) for name in names}
    assert not set(names) & set(sys.modules)
    sys.modules |= made
    try:
        yield made
    finally:
        for name in names:
            del sys.modules[name]
