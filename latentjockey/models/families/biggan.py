"""BigGAN-deep in the layout of the published PyTorch weights: ``pytorch_model.bin`` or a safetensors file. numpy only.

Everything but two things follows from the tensors' shapes; ``config.json`` beside them says these, and so may a person:

===========  ==========================================================  =======================================
key          what                                                        else
===========  ==========================================================  =======================================
``layers``   for each block whether it doubles, and its channels         every second doubles, as published
``eps``      what batch norms add to variances                           0.0001, as published
``classes``  their names                                                 those of ImageNet, where there are 1000
===========  ==========================================================  =======================================

Spectral norms become part of the weights; the statistics of the batch norms stay, at all their truncations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.biggan_shape import MOST_BLOCKS, BigganShape, Block, convolutions
from latentjockey.models.families.family import Converted
from latentjockey.models.families.folding import weight_of
from latentjockey.models.families.weights import F32, Weights
from latentjockey.models.imagenet import imagenet_names
from latentjockey.models.reading.plain import Checkpoint, RefusedError

KIND = "biggan"
_MARKS = ("embeddings.weight", "generator.layers.0.bn_0.running_means")
_GROUPS = ("state_dict", "model", "model_state_dict", "generator")


class BigGan:
    """A :class:`latentjockey.models.families.family.Family`."""

    name = "BigGAN-deep"

    def convert(self, checkpoint: Checkpoint, asked: Mapping[str, Any]) -> Converted | None:
        """The generator in ``checkpoint``, ``None`` where it is none of these. Raises RefusedError."""
        tensors = _tensors(checkpoint.root)
        if tensors is None:
            return None
        weights = Weights(tensors)
        try:
            shape, places = _shape(weights, asked)
        except ValueError as error:
            raise RefusedError(f"it is a BigGAN, but {error}") from error
        names = _names(asked, shape.classes)
        made = _taken(weights, shape, places)
        weights.drop(r".*num_batches_tracked")
        weights.done()
        return Converted(KIND, shape.to_json(), made, classes=names, bands=shape.bands)


def _tensors(root: Any) -> dict[str, NDArray[Any]] | None:
    for table in (root, *(root.get(group) for group in _GROUPS if isinstance(root, dict))):
        if not isinstance(table, dict):
            continue
        arrays = {
            key.removeprefix("module."): value
            for key, value in table.items()
            if isinstance(key, str) and isinstance(value, np.ndarray)
        }
        if all(mark in arrays for mark in _MARKS):
            return arrays
    return None


# -- the shape --------------------------------------------------------------------------------------------------------


def _shape(weights: Weights, asked: Mapping[str, Any]) -> tuple[BigganShape, list[str]]:
    """The shape, and where each block stands among the layers of the file. Raises ValueError and RefusedError."""
    count = 1 + max((int(n) for n in _numbers(weights)), default=-1)
    if count > 2 * MOST_BLOCKS:
        raise ValueError(f"{count} layers cannot be")
    places, blocks, attends = [], list[Block](), False
    doubles = _doubles(asked)
    for i in range(count):
        prefix = f"generator.layers.{i}."
        if f"{prefix}gamma" in weights:
            attends = True
            continue
        inputs = _at(weights.shape(f"{prefix}bn_0.running_means"), 1)
        outputs = _at(weights.shape(f"{prefix}conv_3.bias"), 0)
        doubling = doubles[len(blocks)] if len(blocks) < len(doubles) else len(blocks) % 2 == 1
        blocks.append(Block(inputs, outputs, doubling, attends))
        places.append(str(i))
        attends = False
    embed, classes = (_at(weights.shape("embeddings.weight"), axis) for axis in (0, 1))
    width = _at(weights.shape(_spectral(weights, "generator.gen_z")), 1)
    statistics = _at(weights.shape(_MARKS[1]), 0)
    epsilon = asked.get("eps", 1e-4)
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float):
        raise ValueError("its eps is no number")
    return BigganShape(width - embed, embed, classes, tuple(blocks), statistics, float(epsilon)), places


def _numbers(weights: Weights) -> list[str]:
    found = weights.matching(r"generator\.layers\.\d{1,4}\.(?:gamma|conv_3\.bias)")
    return [re.split(r"\.", name)[2] for name in found]


def _doubles(asked: Mapping[str, Any]) -> list[bool]:
    """Of each block, as ``config.json`` lists them: (doubles, inputs, outputs), of which the first counts."""
    layers = asked.get("layers", [])
    if not isinstance(layers, list | tuple) or len(layers) > MOST_BLOCKS:
        raise ValueError("its layers are no list")
    flags = [layer[0] if isinstance(layer, list | tuple) and layer else layer for layer in layers]
    if not all(isinstance(flag, bool) for flag in flags):
        raise ValueError("its layers do not say whether they double")
    return flags


def _at(shape: Sequence[int], axis: int) -> int:
    if axis >= len(shape):
        raise ValueError("one of its tensors has too few sides")
    return int(shape[axis])


def _names(asked: Mapping[str, Any], count: int) -> tuple[str, ...]:
    said = asked.get("classes")
    if isinstance(said, list | tuple) and len(said) == count and all(isinstance(n, str) and n for n in said):
        return tuple(said)
    if said is not None and said != count:
        raise RefusedError(f"it has {count} classes, and not what was said; name that many, or none")
    return imagenet_names() if count == 1000 else tuple(f"class {i}" for i in range(count))


# -- the tensors ------------------------------------------------------------------------------------------------------


def _taken(weights: Weights, shape: BigganShape, places: Sequence[str]) -> dict[str, NDArray[Any]]:
    first, width = shape.blocks[0].inputs, shape.width
    made: dict[str, NDArray[Any]] = {}
    made["embeddings"] = np.ascontiguousarray(weights.take("embeddings.weight", shape.embed_dim, shape.classes).T)
    # the file's first map is laid out by rows, columns, channels
    matrix = _folded(weights, "generator.gen_z", 16 * first, width).reshape(16, first, width)
    bias = weights.take("generator.gen_z.bias", 16 * first).reshape(16, first)
    made["first.weight"] = np.ascontiguousarray(matrix.transpose(1, 0, 2)).reshape(16 * first, width)
    made["first.bias"] = np.ascontiguousarray(bias.T).reshape(16 * first)
    for i, (place, block) in enumerate(zip(places, shape.blocks, strict=True)):
        if block.attends:
            made |= _attention(weights, f"generator.layers.{int(place) - 1}.", f"blocks.{i}.attention.", block.inputs)
        made |= _block(weights, shape, f"generator.layers.{place}.", f"blocks.{i}.", block)
    last = shape.blocks[-1].outputs
    made |= _statistics(weights, shape, "generator.bn.", "last.", last)
    made["last.scale"] = weights.take("generator.bn.weight", last)
    made["last.offset"] = weights.take("generator.bn.bias", last)
    # the file's last convolution makes more channels than are shown
    outputs = _at(weights.shape("generator.conv_to_rgb.bias"), 0)
    if outputs < 3:
        raise RefusedError("it is a BigGAN, but its picture has fewer than three channels; it is of another program")
    made["rgb.weight"] = np.ascontiguousarray(_folded(weights, "generator.conv_to_rgb", outputs, last, 3, 3)[:3])
    made["rgb.bias"] = np.ascontiguousarray(weights.take("generator.conv_to_rgb.bias", outputs)[:3])
    return made


def _block(weights: Weights, shape: BigganShape, theirs: str, ours: str, block: Block) -> dict[str, NDArray[Any]]:
    made: dict[str, NDArray[Any]] = {}
    for i, (outputs, inputs, kernel) in enumerate(convolutions(block)):
        made |= _statistics(weights, shape, f"{theirs}bn_{i}.", f"{ours}norms.{i}.", inputs)
        for name in ("scale", "offset"):
            matrix = _folded(weights, f"{theirs}bn_{i}.{name}", inputs, shape.width)
            made[f"{ours}norms.{i}.{name}.weight"] = matrix
        made[f"{ours}convs.{i}.weight"] = _folded(weights, f"{theirs}conv_{i}", outputs, inputs, kernel, kernel)
        made[f"{ours}convs.{i}.bias"] = weights.take(f"{theirs}conv_{i}.bias", outputs)
    return made


def _statistics(weights: Weights, shape: BigganShape, theirs: str, ours: str, channels: int) -> dict[str, NDArray[Any]]:
    means = weights.take(f"{theirs}running_means", shape.statistics, channels)
    variances = weights.take(f"{theirs}running_vars", shape.statistics, channels)
    if (variances < 0.0).any():
        raise RefusedError(f"its {theirs}running_vars are below zero; it is damaged, get it again")
    return {f"{ours}means": means, f"{ours}variances": variances}


def _attention(weights: Weights, theirs: str, ours: str, channels: int) -> dict[str, NDArray[Any]]:
    gain = weights.shape(f"{theirs}gamma")
    made: dict[str, NDArray[Any]] = {
        f"{ours}gain": weights.take(f"{theirs}gamma", *gain[:1]).reshape(-1)[:1].reshape(())
    }
    for name, outputs, inputs in (
        ("theta", channels // 8, channels),
        ("phi", channels // 8, channels),
        ("g", channels // 2, channels),
        ("o", channels, channels // 2),
    ):
        key = f"{theirs}snconv1x1_{name}{'_conv' if name == 'o' else ''}"
        made[f"{ours}{name}.weight"] = _folded(weights, key, outputs, inputs, 1, 1)
    return made


def _spectral(weights: Weights, name: str) -> str:
    return f"{name}.weight_orig" if f"{name}.weight_orig" in weights else f"{name}.weight"


def _folded(weights: Weights, name: str, *shape: int) -> F32:
    """A weight with its spectral norm in it, where it has one."""
    whole = weights.take(_spectral(weights, name), *shape)
    if f"{name}.weight_u" not in weights:
        return whole
    module: dict[str, NDArray[Any]] = {"weight_orig": whole}
    module["weight_u"] = weights.take(f"{name}.weight_u", shape[0])
    if f"{name}.weight_v" in weights:
        module["weight_v"] = weights.take(f"{name}.weight_v", int(np.prod(shape[1:])))
    folded = weight_of(module, name)
    return whole if folded is None else folded
