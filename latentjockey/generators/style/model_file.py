"""A style-based model as one safetensors file: weights, prior, directions, and in its metadata what it is and knows.

Written whole or not at all; read as data only. The metadata's key ``latentjockey`` holds one JSON object: ``format``,
``kind``, ``name``, ``config``, ``classes``, ``bands``, ``card``, ``direction_labels`` and ``training``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style.config import config_from_json
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior, prior_of
from latentjockey.models.card import ModelCard, card_to_data
from latentjockey.models.container import TensorInfo, read_header, read_tensor, write

FORMAT, KIND, KEY = 1, "style", "latentjockey"

Made = TypeVar("Made")
Net = TypeVar("Net", bound=nn.Module)


class ModelFileError(StageError):
    """Why a file cannot be played; ``str()`` is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class StyleModel:
    """What a file holds, in float32 on the CPU. ``header`` is the JSON object of its metadata."""

    net: StyleNet
    prior: ClassPrior
    header: Mapping[str, Any]


def save(
    path: Path,
    net: StyleNet,
    prior: ClassPrior,
    *,
    name: str,
    classes: Sequence[str],
    card: ModelCard,
    directions: NDArray[np.float32] | None = None,
    direction_labels: Sequence[str] = (),
    training: Mapping[str, Any] | None = None,
) -> None:
    """Write the model to ``path``; weights are rounded to bf16, the prior and directions stay float32.

    ``directions`` (k, z_dim) are those of a player's u. Raises ValueError when the number of class names is not the
    network's, OSError as the file system does.
    """
    if len(classes) != net.config.classes:
        raise ValueError(f"{net.config.classes} classes want as many names, not {len(classes)}")
    tensors = _parts(net, prior)
    stored = {key: value.detach().float().cpu().numpy() for key, value in tensors.items()}
    if directions is not None:
        stored["directions"] = np.ascontiguousarray(directions, np.float32)
    header = {
        "format": FORMAT,
        "kind": KIND,
        "name": name,
        "config": net.config.to_json(),
        "classes": list(classes),
        "bands": list(net.config.bands),
        "card": card_to_data(card),
        "direction_labels": list(direction_labels),
        "training": dict(training or {}),
    }
    rounded = [key for key in tensors if not key.startswith("prior.")]
    write(path, stored, {KEY: json.dumps(header, ensure_ascii=False)}, rounded)


def load(path: Path) -> StyleModel:
    """Read the model at ``path``. Raises ContainerError or ModelFileError, each one sentence."""
    infos, metadata = read_header(path)
    header = header_of(path, metadata, KIND)
    try:
        config = config_from_json(header.get("config"))
        with torch.device("meta"):
            wanted = _parts(StyleNet(config), prior_of(config))
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{path.name} does not say what network it holds: {error}") from error
    made = fill(path, infos, wanted, lambda: (StyleNet(config), prior_of(config)), lambda both: _parts(*both))
    net, prior = made
    return StyleModel(net.eval().requires_grad_(False), prior, header)


def header_of(path: Path, metadata: Mapping[str, str], kind: str) -> Mapping[str, Any]:
    """The JSON object in a file's metadata. Raises ModelFileError where it is of no model of this kind, or newer."""
    try:
        header = json.loads(metadata.get(KEY, "null"))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("kind") != kind:
        raise ModelFileError(f"{path.name} holds no model of latentjockey's own kind.")
    if header.get("format") != FORMAT:
        raise ModelFileError(f"{path.name} is of a newer format than this version reads: update latentjockey.")
    return header


def network_in(
    path: Path,
    kind: str,
    make: Callable[[Mapping[str, Any]], Net],
    parts: Callable[[Net], Mapping[str, Tensor]],
) -> Net:
    """The network of this ``kind`` in the file at ``path``, in float32 on the CPU: ``make`` builds it of the shape in
    the header, which ``parts`` are to be filled. Raises ContainerError or ModelFileError, each one sentence."""
    infos, metadata = read_header(path)
    config = header_of(path, metadata, kind).get("config")
    try:
        if not isinstance(config, dict):
            raise ValueError("its shape is no table of fields")
        with torch.device("meta"):
            wanted = parts(make(config))
    except (ValueError, TypeError, OverflowError) as error:
        why = str(error).rstrip(".")
        raise ModelFileError(f"{path.name} does not say what network it holds: {why}.") from error
    return fill(path, infos, wanted, lambda: make(config), parts).eval().requires_grad_(False)


def fill(
    path: Path,
    infos: Mapping[str, TensorInfo],
    wanted: Mapping[str, Tensor],
    make: Callable[[], Made],
    parts: Callable[[Made], Mapping[str, Tensor]],
) -> Made:
    """What ``make`` makes, with every tensor of ``parts`` read from the file, once all are known to be there in the
    shapes ``wanted``. Raises ContainerError, and ModelFileError where one is missing, different, or no number."""
    for key, tensor in wanted.items():
        found = infos.get(key)
        if found is None or found.shape != tuple(tensor.shape) or found.dtype not in ("BF16", "F16", "F32"):
            raise ModelFileError(f"{path.name} does not fit the network that it names: {key} is missing or different.")
    made = make()
    for key, target in parts(made).items():
        values = torch.from_numpy(np.asarray(read_tensor(path, infos[key]), np.float32))
        if not torch.isfinite(values).all():
            raise ModelFileError(f"{path.name} is damaged: {key} holds numbers that are none.")
        with torch.no_grad():
            target.copy_(values)
    return made


def _parts(net: StyleNet, prior: nn.Module) -> dict[str, Tensor]:
    """Every tensor of a file but its directions, by its name there."""
    return {**net.state_dict(keep_vars=True), **{f"prior.{k}": v for k, v in prior.state_dict(keep_vars=True).items()}}
