"""DCGAN-like generators, with and without classes: any state dict whose shapes are those of one. numpy only, pure.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks" (2015), and what grew from it: transposed convolutions or doublings with ordinary ones, batch norms, a picture
at the end. Batch norms become part of the weights before them, which is exact; labels that are embedded and laid beside
the latent become columns of the first weight, which is exact as well.

What a state dict does not tell may be said in ``asked``, every key of which may be left out:

=================  ==================================================  =================================
key                what                                                else
=================  ==================================================  =================================
``classes``        names of the classes, or how many there are         what is more than a round latent
``labels``         ``last`` or ``first``: where they stand by z        last; an embedding first
``size``           side of the picture in pixels                       what the likeliest steps give
``strides``        one for each convolution                            the likeliest
``paddings``       one for each convolution                            the likeliest
``activation``     ``relu``, ``leaky``, ``elu``, ``selu``, ``gelu``,   leaky where maps are doubled,
                   ``silu``, ``tanh``, ``none``                        else relu
``slope``          that of ``leaky``                                   0.2
``output``         ``tanh``, ``sigmoid``, ``linear``                   tanh
``epsilon``        what batch norms add to variances                   0.00001
=================  ==================================================  =================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.dcgan_shape import (
    ACTIVATIONS,
    CONCATENATED,
    CONV,
    LINEAR,
    MOST_CLASSES,
    MULTIPLIED,
    OUTPUTS,
    TRANSPOSED,
    DcganShape,
    Stage,
    bands_of,
)
from latentjockey.models.families.dcgan_chain import Link, Module, NoChainError, Step, chain, modules_of, steps_of
from latentjockey.models.families.family import Converted
from latentjockey.models.families.folding import Array, affine_of
from latentjockey.models.reading.plain import Checkpoint, RefusedError

KIND = "dcgan"
_ROUND = (1024, 512, 256, 200, 128, 100, 64, 50, 32, 20, 16, 10)
"""Widths of latents that people choose."""
_MOST_GUESSED = 64
_A_GENERATOR = re.compile(r"(?:net|model)?_?(?:g|gen|generator|decoder)(?:_?(?:ema|avg|net|model))?", re.IGNORECASE)
_DEEPEST = 3
_MOST_CANDIDATES = 64
_ASK = "say what it is with --say"


class Dcgan:
    """A :class:`latentjockey.models.families.family.Family`."""

    name = "DCGAN"

    def convert(self, checkpoint: Checkpoint, asked: Mapping[str, Any]) -> Converted | None:
        """The generator among the tensors of ``checkpoint``, ``None`` where nothing in it looks like one."""
        said = _Said.of(asked)
        for _, tensors in sorted(_candidates(checkpoint.root), key=lambda found: _rank(found[0])):
            try:
                links, label = chain(modules_of(tensors))
            except NoChainError:
                continue
            try:
                return _converted(links, label, said)
            except (NoChainError, ValueError) as error:
                raise RefusedError(f"it looks like a DCGAN, but {error}; {_ASK}") from error
        return None


# -- where the generator is -------------------------------------------------------------------------------------------


def _candidates(root: Any) -> Iterator[tuple[str, dict[str, NDArray[Any]]]]:
    """Tables of tensors that may be a generator, by the path of their names: each table, and what is called a generator
    in those that hold several networks. No other part, which might leave out half of a network."""
    left = _MOST_CANDIDATES
    for path, table in _tables(root, "", 0):
        groups: dict[str, dict[str, NDArray[Any]]] = {}
        for key, value in table.items():
            groups.setdefault(key.partition(".")[0], {})[key.partition(".")[2]] = value
        parts = [(f"{path}/{head}", group) for head, group in groups.items() if _A_GENERATOR.fullmatch(head)]
        for where, tensors in [(path, table), *parts]:
            if left and sum(value.ndim == 4 for value in tensors.values()) >= 2:
                left -= 1
                yield where, tensors


def _tables(value: Any, path: str, depth: int) -> Iterator[tuple[str, dict[str, NDArray[Any]]]]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    arrays = {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, np.ndarray)}
    if arrays:
        yield path, arrays
    for key, inner in value.items():
        if isinstance(key, str):
            yield from _tables(inner, f"{path}/{key}", depth + 1)


def _rank(path: str) -> tuple[bool, bool, bool]:
    """Averages first, then what is called a generator, discriminators last."""
    words = path.lower()
    return "ema" not in words and "avg" not in words, "disc" in words or "netd" in words, "g" not in words


# -- what was said ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What a person said, checked. Raises RefusedError for what cannot be."""

    classes: tuple[str, ...] | int | None = None
    labels: str = ""
    size: int = 0
    strides: tuple[int, ...] = ()
    paddings: tuple[int, ...] = ()
    activation: str = ""
    slope: float = 0.2
    output: str = "tanh"
    epsilon: float = 1e-5

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> _Said:
        return cls(
            _classes(asked.get("classes")),
            _choice(asked, "labels", ("", "first", "last")),
            _whole(asked.get("size", 0), "size"),
            tuple(_whole(n, "strides") for n in _list(asked, "strides")),
            tuple(_whole(n, "paddings") for n in _list(asked, "paddings")),
            _choice(asked, "activation", ("", *ACTIVATIONS)),
            _real(asked.get("slope", 0.2), "slope"),
            _choice(asked, "output", OUTPUTS, "tanh"),
            _real(asked.get("epsilon", 1e-5), "epsilon"),
        )


def _classes(value: object) -> tuple[str, ...] | int | None:
    if value is None:
        return None
    if isinstance(value, list | tuple) and len(value) <= MOST_CLASSES and all(isinstance(n, str) and n for n in value):
        return tuple(value)
    return _whole(value, "classes")


def _choice(asked: Mapping[str, Any], key: str, choices: Sequence[str], standard: str = "") -> str:
    value = asked.get(key, standard)
    if value not in choices:
        raise RefusedError(f"{key} cannot be {str(value)[:40]!r}; say one of {', '.join(c for c in choices if c)}")
    return str(value)


def _list(asked: Mapping[str, Any], key: str) -> Sequence[object]:
    value = asked.get(key, ())
    if not isinstance(value, list | tuple) or len(value) > 256:
        raise RefusedError(f"{key} is no list of numbers; say one for each convolution")
    return value


def _whole(value: object, key: str) -> int:
    if type(value) is not int or not 0 <= value <= 1 << 16:
        raise RefusedError(f"{key} cannot be {str(value)[:40]!r}; say a whole number")
    return value


def _real(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RefusedError(f"{key} cannot be {str(value)[:40]!r}; say a number")
    return float(value)


# -- the model --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Latent:
    """How what the first stage hears is divided."""

    z_dim: int
    classes: tuple[str, ...] = ()
    label: str = ""
    guessed: bool = False


def _converted(links: Sequence[Link], embedding: Module | None, said: _Said) -> Converted:
    steps = steps_of(links, said.size, said.strides, said.paddings)
    activation = said.activation or ("leaky" if any(step.grow > 1 for step in steps) else "relu")
    stages = tuple(_stage(links, i, steps, activation, said.slope) for i in range(len(links)))
    latent = _latent(links[0].inputs, embedding, said)
    tensors: dict[str, NDArray[Any]] = {}
    for i, link in enumerate(links):
        tensors |= {f"stages.{i}.{key}": value for key, value in _folded(link, said.epsilon).items()}
    if latent.label == CONCATENATED:
        first = tensors["stages.0.weight"]
        tensors["stages.0.weight"] = _labelled(first, links[0].op, latent, embedding, said.labels)
        stages = (replace(stages[0], inputs=latent.z_dim + len(latent.classes)), *stages[1:])
    elif latent.label == MULTIPLIED and embedding is not None:
        tensors["label"] = np.asarray(embedding.weight, np.float32)
    last = len(links) - 1
    stages = (*stages[:last], _shown(stages[last], tensors, f"stages.{last}."))
    shape = DcganShape(latent.z_dim, stages, len(latent.classes), latent.label, said.output)
    assumed = {
        "activation": activation,
        "output": said.output,
        "strides": [step.stride for link, step in zip(links, steps, strict=True) if link.op != LINEAR],
        "classes": len(latent.classes),
        "classes_guessed": latent.guessed,
    }
    return Converted(
        KIND,
        shape.to_json(),
        tensors,
        classes=latent.classes,
        bands=bands_of(shape.sides),
        extra={"assumed": assumed},
    )


def _stage(links: Sequence[Link], i: int, steps: Sequence[Step], activation: str, slope: float) -> Stage:
    link, step = links[i], steps[i]
    wanted = activation if _is_activated(links, i, steps) else "none"
    if link.slope is not None:
        values = np.asarray(link.slope.weight, np.float64).ravel()
        if values.size and np.ptp(values) > 0.0:
            raise NoChainError("its activations have a slope for each channel, which is not played here")
        wanted, slope = "leaky", float(values[0]) if values.size else 0.25
    return Stage(
        link.op,
        link.inputs,
        link.outputs,
        link.kernel,
        step.stride,
        step.padding,
        step.extra,
        step.grow,
        link.side,
        wanted,
        slope if wanted == "leaky" else 0.0,
        bool(link.after),
    )


def _is_activated(links: Sequence[Link], i: int, steps: Sequence[Step]) -> bool:
    """Where a row is numbered, nothing lies between two layers that none is between; what lies between a first map's
    norm and the convolution after it, where that is one module, is its doubling."""
    link = links[i]
    if i == len(links) - 1:
        return False
    if link.after or link.slope is not None:
        return True
    after = links[i + 1]
    if after.gap < 0 or not any(other.gap > 0 for other in links):
        return True
    return after.gap >= (2 if after.op == CONV and steps[i + 1].grow > 1 else 1)


def _folded(link: Link, epsilon: float) -> dict[str, Array]:
    """The weight and bias of a link with the norms before its activation in them, and what comes after it."""
    # float64, so that several norms in a row cost nothing
    weight = np.asarray(link.module.weight, np.float64)
    rows = link.outputs * link.side * link.side
    bias = np.asarray(link.module.tensors.get("bias", np.zeros(rows)), np.float64)
    per = (1, -1, 1, 1) if link.op == TRANSPOSED else (-1, *[1] * (weight.ndim - 1))
    for norm in link.before:
        scale, shift = (np.asarray(v, np.float64) for v in affine_of(norm.tensors, epsilon))
        if link.op == LINEAR and len(scale) != rows:
            scale, shift = (np.repeat(v, link.side * link.side) for v in (scale, shift))
        weight, bias = weight * scale.reshape(per), bias * scale + shift
    made = {"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}
    if link.after:
        scale, shift = np.ones(link.outputs), np.zeros(link.outputs)
        for norm in link.after:
            more, add = affine_of(norm.tensors, epsilon)
            scale, shift = scale * more, shift * more + add
        made |= {"scale": scale.astype(np.float32), "shift": shift.astype(np.float32)}
    return made


def _latent(width: int, embedding: Module | None, said: _Said) -> _Latent:
    if embedding is not None:
        count, wide = embedding.weight.shape
        names = _named(said.classes, count)
        if len(names) != count:
            raise NoChainError(f"its labels are {count}, and {len(names)} were named")
        if wide == width:
            return _Latent(width, names, MULTIPLIED)
        if wide > width:
            raise NoChainError("its labels do not fit its first layer")
        return _Latent(width - wide, names, CONCATENATED)
    count = said.classes if isinstance(said.classes, int) else len(said.classes or ())
    if said.classes is None:
        base = next((n for n in _ROUND if n <= width), width)
        count = width - base if 2 <= width - base <= min(_MOST_GUESSED, base) else 0
    if not count:
        return _Latent(width)
    if count >= width:
        raise NoChainError(f"{count} classes leave nothing of the {width} numbers that it hears")
    return _Latent(width - count, _named(said.classes, count), CONCATENATED, said.classes is None)


def _named(classes: tuple[str, ...] | int | None, count: int) -> tuple[str, ...]:
    return classes if isinstance(classes, tuple) and classes else tuple(f"class {i}" for i in range(count))


def _labelled(first: Array, op: str, latent: _Latent, embedding: Module | None, labels: str) -> Array:
    """The first weight, with a column for each class after those of z."""
    columns = first if op == TRANSPOSED else np.moveaxis(first, 1, 0)
    wide = columns.shape[0] - latent.z_dim
    before = labels == "first" or (not labels and embedding is not None)
    of_z, of_label = (columns[wide:], columns[:wide]) if before else (columns[: latent.z_dim], columns[latent.z_dim :])
    if embedding is not None:
        of_label = np.tensordot(np.asarray(embedding.weight, np.float32), of_label, 1)
    joined = np.concatenate((of_z, of_label)).astype(np.float32)
    return np.ascontiguousarray(joined if op == TRANSPOSED else np.moveaxis(joined, 0, 1))


def _shown(stage: Stage, tensors: dict[str, NDArray[Any]], prefix: str) -> Stage:
    """The last stage with three channels: grey thrice, and without transparency."""
    rows = [0, 0, 0] if stage.outputs == 1 else [0, 1, 2]
    weight = tensors[f"{prefix}weight"]
    tensors[f"{prefix}weight"] = np.ascontiguousarray(weight[:, rows] if stage.op == TRANSPOSED else weight[rows])
    for key in ("bias", "scale", "shift"):
        if f"{prefix}{key}" in tensors:
            tensors[f"{prefix}{key}"] = tensors[f"{prefix}{key}"][rows]
    return replace(stage, outputs=3)
