"""StyleGAN3, configurations T and R, from NVIDIA's pickles to our kind "stylegan3". Pure, numpy only.

Which layers there are follows from the numbers that the network was made with; the filters between them lie in the file
as tensors, and are used as data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from latentjockey.models.card import ModelCard
from latentjockey.models.families import deep_mapping
from latentjockey.models.families.family import Converted
from latentjockey.models.families.stylegan2 import rate_of
from latentjockey.models.families.stylegan2_weights import affine
from latentjockey.models.families.weights import (
    F32,
    Weights,
    as_rgb,
    class_names,
    fact,
    generator_of,
    part,
    real,
    whole,
)
from latentjockey.models.header import MOST_CLASSES
from latentjockey.models.reading.plain import Checkpoint, Persistent, RefusedError
from latentjockey.models.stylegan3_shape import (
    InputShape,
    LayerShape,
    Stylegan3Shape,
    input_shape,
    layer_shapes,
)

KIND = "stylegan3"
_STANDARD = Stylegan3Shape()
_MOST_PICTURE = 64
_WHOLE = {
    "channel_base": "channel_base", "channel_max": "channel_max", "layers": "num_layers", "critical": "num_critical",
    "margin": "margin_size", "kernel": "conv_kernel", "filter_size": "filter_size", "upsampling": "lrelu_upsampling",
}  # fmt: skip
_REAL = ("first_cutoff", "first_stopband", "last_stopband_rel", "output_scale")


class StyleGan3:
    """The family; see :class:`latentjockey.models.families.family.Family`."""

    name = "StyleGAN3"

    def convert(self, checkpoint: Checkpoint, asked: Mapping[str, Any]) -> Converted | None:
        generator = generator_of(checkpoint.root)
        synthesis = None if generator is None else part(generator, "synthesis")
        if generator is None or synthesis is None or part(synthesis, "input") is None:
            return None
        mapping = part(generator, "mapping")
        if mapping is None:
            raise RefusedError("its generator has no mapping; it is of another program")
        weights = Weights(generator.tensors())
        shape, picture = _shape(generator, synthesis, weights)
        tensors, deep = deep_mapping.taken(weights, shape.z_dim, shape.w_dim, shape.classes, rate_of(mapping))
        if deep.layers != shape.mapping_layers or deep.width != shape.w_dim or deep.embed not in (0, shape.w_dim):
            raise RefusedError("its mapping is of another width than its w; it is a variant that is not played here")
        tensors |= _input(weights, input_shape(shape), shape.w_dim)
        for i, layer in enumerate(layer_shapes(shape, picture)):
            tensors |= _layer(weights, i, layer, shape.w_dim)
        weights.done()
        title = str(asked.get("name") or "")
        return Converted(
            KIND, shape.to_json(), tensors, title, class_names(shape.classes), ModelCard(title), shape.bands
        )


def _shape(generator: Persistent, synthesis: Persistent, weights: Weights) -> tuple[Stylegan3Shape, int]:
    """The network's numbers, and how many colours its pictures have."""
    said = {**generator.init_kwargs, **synthesis.init_kwargs}

    def known(name: str, standard: float) -> Any:
        return fact(synthesis, name, said.get(name, standard))

    numbers: dict[str, Any] = {
        ours: whole(known(theirs, getattr(_STANDARD, ours)), theirs, 0, 1 << 20) for ours, theirs in _WHOLE.items()
    }
    numbers |= {name: real(known(name, getattr(_STANDARD, name)), name) for name in _REAL}
    clamp, radial = _clamp(synthesis, known("conv_clamp", _STANDARD.clamp)), known("use_radial_filters", False)
    layers = 0
    while f"mapping.fc{layers}.weight" in weights and layers < 64:
        layers += 1
    try:
        shape = Stylegan3Shape(
            size=whole(fact(generator, "img_resolution"), "size of pictures", 16, 4096),
            z_dim=whole(fact(generator, "z_dim"), "z_dim", 1, 4096),
            w_dim=whole(fact(generator, "w_dim"), "w_dim", 1, 4096),
            classes=whole(fact(generator, "c_dim", 0), "number of classes", 0, MOST_CLASSES),
            radial=bool(radial),
            clamp=clamp,
            mapping_layers=layers,
            **numbers,
        )
        layer_shapes(shape)
    except ValueError as error:
        why = str(error).rstrip(".")
        raise RefusedError(f"{why[:1].lower()}{why[1:]}; it is a variant that is not played here") from error
    return shape, whole(fact(generator, "img_channels", 3), "number of colours", 1, _MOST_PICTURE)


def _clamp(synthesis: Persistent, made_with: object) -> float:
    """What bounds all layers, 0 for nothing. Raises RefusedError where they do not agree."""
    parts = synthesis.state.get("_modules")
    layers = [each for each in parts.values() if isinstance(each, Persistent)] if isinstance(parts, dict) else []
    found = [layer.state["conv_clamp"] for layer in layers if "conv_clamp" in layer.state] or [made_with]
    clamps = {0.0 if clamp is None else real(clamp, "clamp") for clamp in found}
    if len(clamps) > 1:
        raise RefusedError("its layers are bounded differently; it is a variant that is not played here")
    return clamps.pop()


def _input(weights: Weights, shape: InputShape, w_dim: int) -> dict[str, F32]:
    theirs, ours, c = "synthesis.input.", "synthesis.input.", shape.channels
    made = {f"{ours}weight": weights.take(f"{theirs}weight", c, c) / np.float32(math.sqrt(c))}
    made |= affine(weights, f"{theirs}affine.", f"{ours}affine.", 4, w_dim)
    made[f"{ours}freqs"] = weights.take(f"{theirs}freqs", c, 2)
    made[f"{ours}phases"] = weights.take(f"{theirs}phases", c)
    made[f"{ours}transform"] = weights.take(f"{theirs}transform", 3, 3)
    return made


def _layer(weights: Weights, index: int, shape: LayerShape, w_dim: int) -> dict[str, F32]:
    theirs, ours = f"synthesis.L{index}_{shape.out_size}_{shape.outputs}.", f"synthesis.layers.{index}."
    fan_in = shape.inputs * shape.kernel**2
    weight = weights.take(f"{theirs}weight", shape.outputs, shape.inputs, shape.kernel, shape.kernel)
    if not shape.last:  # what is demodulated may have any loudness, and half precision likes this one best
        weight = weight / np.sqrt(np.square(weight).mean((1, 2, 3), keepdims=True)).clip(1e-12)
    made = {f"{ours}conv.weight": weight / np.float32(math.sqrt(fan_in))}
    made |= affine(weights, f"{theirs}affine.", f"{ours}conv.affine.", shape.inputs, w_dim)
    made[f"{ours}bias"] = weights.take(f"{theirs}bias", shape.outputs)
    heard = weights.take(f"{theirs}magnitude_ema")
    if heard <= 0.0:
        raise RefusedError(f"its layer {index} heard nothing when it learned; it is damaged, get it again")
    made[f"{ours}gain"] = np.asarray(1.0 / np.sqrt(heard), np.float32)
    if shape.up_taps > 1:
        made[f"{ours}up"] = weights.take(f"{theirs}up_filter", shape.up_taps)
    if shape.down_taps > 1:
        made[f"{ours}down"] = weights.take(f"{theirs}down_filter", *shape.down_shape)
    if shape.last:
        made[f"{ours}conv.weight"], made[f"{ours}bias"] = (
            as_rgb(made[f"{ours}conv.weight"]),
            as_rgb(made[f"{ours}bias"]),
        )
    return made
