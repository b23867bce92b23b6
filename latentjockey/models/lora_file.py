"""A LoRA file (Hu et al. 2021, arXiv 2106.09685), looked at as data: which layers of a network it turns, and how. Any
thread; only the header of the file is read here.

Three ways of naming are understood: kohya's (``lora_unet_down_blocks_0_…lora_down.weight``, and of SDXL also those
after the blocks of the first implementation), that of peft and diffusers (``unet.….lora_A.weight``), and the older one
of diffusers (``….processor.to_q_lora.down.weight``). Inside they are one: dots are underscores, and no prefix.
Text encoders have their own prefixes (``lora_te1_``, ``text_encoder_2.``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.card import UNDISCLOSED, ModelCard
from latentjockey.models.container import TensorInfo, read_header
from latentjockey.models.header import BrokenError

LORAS = "loras"
"""The folder of LoRA files beside the parts of a model."""
MOST_LORAS = 8
SUFFIX = ".safetensors"
_LONGEST_NAME = 40
_WEIGHTS = ("F64", "F32", "F16", "BF16")
_PARTS: Sequence[tuple[str, str]] = (
    (".lora_down.weight", "down"),
    (".lora_up.weight", "up"),
    (".lora_mid.weight", "mid"),
    (".alpha", "alpha"),
    (".lora_A.weight", "down"),
    (".lora_B.weight", "up"),
    (".lora_A.default.weight", "down"),
    (".lora_B.default.weight", "up"),
    (".lora.down.weight", "down"),
    (".lora.up.weight", "up"),
    (".lora_linear_layer.down.weight", "down"),
    (".lora_linear_layer.up.weight", "up"),
    ("_lora.down.weight", "down"),
    ("_lora.up.weight", "up"),
)
_OTHERS = (("hada_", "LoHa"), ("lokr_", "LoKr"), ("dora_scale", "DoRA"), ("lora_magnitude_vector", "DoRA"))
"""Kinds of files that are no sums of two thin matrices, by what stands in the names of their tensors."""
_TEXTS = (("lora_te_", 0), ("lora_te1_", 0), ("lora_te2_", 1), ("text_encoder.", 0), ("text_encoder_2.", 1))
"""What the names of layers of text encoders begin with, and of which of the two."""
_NETWORK = ("lora_unet_", "lora_transformer_", "unet.", "transformer.")
_NO_TEXTS: tuple[Mapping[str, Branch], Mapping[str, Branch]] = {}, {}
_LICENCES = ("license", "licence", "modelspec.license")


@dataclass(frozen=True, slots=True)
class Branch:
    """What a file adds to one layer: ``up`` of ``down`` of what the layer hears, with ``mid`` between them where there
    is one, times ``scale``; where that is not said, by the tensor ``alpha`` over the rank."""

    down: TensorInfo
    up: TensorInfo
    mid: TensorInfo | None = None
    alpha: TensorInfo | None = None
    scale: float | None = None

    @property
    def rank(self) -> int:
        return self.down.shape[0]


@dataclass(frozen=True, slots=True)
class LoraFile:
    """A file with ``branches`` by the plain names of the layers they belong to, and the same of the first and the
    second of text encoders in ``texts``; ``odd`` counts what could not be understood."""

    path: Path
    name: str
    branches: Mapping[str, Branch]
    texts: tuple[Mapping[str, Branch], Mapping[str, Branch]] = _NO_TEXTS
    odd: int = 0
    licence: str = UNDISCLOSED


_Tensors = dict[str, TensorInfo]
"""The tensors of one layer, by what they are."""


def is_lora(path: Path) -> bool:
    """Whether this file says in its names that it is one, of whatever kind. Never raises."""
    if path.suffix.lower() != SUFFIX:
        return False
    try:
        tensors, _ = read_header(path)
    except (StageError, OSError):
        return False
    return any(_part_of(name) is not None or _other_of(name) for name in tensors)


def read_lora(path: Path) -> LoraFile:
    """What the LoRA file at ``path`` holds. Raises ContainerError for what is no whole file, BrokenError, the end of a
    sentence, for what is no LoRA that can be played."""
    tensors, metadata = read_header(path)
    other = next(filter(None, map(_other_of, tensors)), "")
    if other:
        raise BrokenError(f"it is a {other}, and only plain LoRAs are played")
    network: dict[str, _Tensors] = {}
    encoders: tuple[dict[str, _Tensors], dict[str, _Tensors]] = {}, {}
    odd = 0
    for name, info in tensors.items():
        part = _part_of(name)
        if part is None or info.dtype not in _WEIGHTS:
            odd += 1
            continue
        base = name[: -len(part[0])].removeprefix("base_model.model.")
        begins, number = next((each for each in _TEXTS if base.startswith(each[0])), ("", -1))
        layers = network if number < 0 else encoders[number]
        layers.setdefault(plain_name(base.removeprefix(begins)), {})[part[1]] = info
    said = _metadata(metadata)
    branches, of_network = _branches(network, _alpha(said, "unet.lora_alpha", "transformer.lora_alpha"))
    first, of_first = _branches(encoders[0], _alpha(said, "text_encoder.lora_alpha"))
    second, of_second = _branches(encoders[1], _alpha(said, "text_encoder_2.lora_alpha"))
    odd += of_network + of_first + of_second
    if not (branches or first or second):
        raise BrokenError("it is no LoRA")
    licence = next((metadata[key] for key in _LICENCES if metadata.get(key)), UNDISCLOSED)
    return LoraFile(path, _shown(path.stem), branches, (first, second), odd, _shown(licence) or UNDISCLOSED)


def _branches(layers: Mapping[str, _Tensors], alpha: float | None) -> tuple[dict[str, Branch], int]:
    """The branches of these layers, whose alpha is this where none of their own says another; and of how many layers
    there is only a part."""
    made: dict[str, Branch] = {}
    for name, held in layers.items():
        if "down" not in held or "up" not in held or not held["down"].shape or not held["down"].shape[0]:
            continue
        down, rank = held["down"], held["down"].shape[0]
        scale = None if alpha is None or "alpha" in held else alpha / rank
        made[name] = Branch(down, held["up"], held.get("mid"), held.get("alpha"), scale)
    return made, len(layers) - len(made)


def loras_in(folder: Path, names: Sequence[str]) -> tuple[tuple[LoraFile, ...], tuple[str, ...]]:
    """The LoRA files of these ``names`` in the folder of them below ``folder``, by name; and why others are not played,
    a sentence each."""
    found: list[LoraFile] = []
    why: list[str] = []
    for name in sorted(each for each in names if each.lower().endswith(SUFFIX)):
        try:
            lora = read_lora(folder / LORAS / name)
        except BrokenError as error:
            why.append(f"{name} is not heard: {error}.")
        except StageError as error:
            why.append(str(error))
        else:
            found.append(lora)
    if len(found) > MOST_LORAS:
        left = len(found) - MOST_LORAS
        why.append(f"{folder.name} holds {len(found)} LoRAs, and no more than {MOST_LORAS} are heard: {left} are not.")
    return tuple(found[:MOST_LORAS]), tuple(why)


def plain_name(base: str) -> str:
    """The name of a layer without prefix and dots, whichever way it is written."""
    if ".processor." in base:
        base = re.sub(r"\.to_out$", ".to_out.0", base.replace(".processor.", "."))
    for prefix in _NETWORK:
        base = base.removeprefix(prefix)
    return base.replace(".", "_")


def lora_address(index: int) -> str:
    return f"/gen/lora/{index + 1}"


def lora_controls(names: Sequence[str]) -> list[ControlSpec]:
    """The weights of LoRA files of these names."""
    made = []
    for index, name in enumerate(names):
        text = f"How much of the LoRA {name} is heard: 0 none, 1 as it was taught, below 0 its contrary."
        label = name if len(name) <= 24 else f"{name[:23]}…"
        made.append(
            ControlSpec(lora_address(index), Kind.FLOAT, 0.0, 0.0, 1.0, label=label, help=text, modulatable=True)
        )
    return made


def with_loras(card: ModelCard, loras: Sequence[LoraFile], unheard: Sequence[str]) -> ModelCard:
    """The card of a model with these LoRA files beside it, and with the sentences about those that are not heard."""
    names = ", ".join(f"{each.name} (licence {each.licence})" for each in loras)
    told = [card.note, f"LoRAs beside it: {names}." if names else "", *unheard]
    return replace(card, note=" ".join(filter(None, told)))


def _part_of(name: str) -> tuple[str, str] | None:
    return next((part for part in _PARTS if name.endswith(part[0])), None)


def _other_of(name: str) -> str:
    return next((called for mark, called in _OTHERS if mark in name), "")


def _metadata(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """What diffusers says of a file, where it does."""
    try:
        said = json.loads(metadata.get("lora_adapter_metadata", "{}"))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _alpha(said: Mapping[str, Any], *keys: str) -> float | None:
    """The alpha of all layers of a network, where one of ``keys`` says it."""
    for key in keys:
        value = said.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6:
            return float(value)
    return None


def _shown(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())
    return plain[:_LONGEST_NAME]
