"""A LoRA file (Hu et al. 2021, arXiv 2106.09685), looked at as data: which layers of a network it turns, and how. Any
thread; only the header of the file is read here.

Three ways of naming are understood: kohya's (``lora_unet_down_blocks_0_…lora_down.weight``, and of SDXL also those
after the blocks of the first implementation), that of peft and diffusers (``unet.….lora_A.weight``), and the older one
of diffusers (``….processor.to_q_lora.down.weight``). Inside they are one: dots are underscores, and no prefix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    ("_lora.down.weight", "down"),
    ("_lora.up.weight", "up"),
)
_OTHERS = (("hada_", "LoHa"), ("lokr_", "LoKr"), ("dora_scale", "DoRA"), ("lora_magnitude_vector", "DoRA"))
"""Kinds of files that are no sums of two thin matrices, by what stands in the names of their tensors."""
_TEXTS = ("lora_te_", "lora_te1_", "lora_te2_", "text_encoder.", "text_encoder_2.")
_NETWORK = ("lora_unet_", "lora_transformer_", "unet.", "transformer.")
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
    """A file with ``branches`` by the plain names of the layers they belong to. ``texts`` counts those of text
    encoders, which are not heard; ``odd`` what could not be understood."""

    path: Path
    name: str
    branches: Mapping[str, Branch]
    texts: int = 0
    odd: int = 0
    licence: str = UNDISCLOSED


@dataclass(slots=True)
class _Found:
    """The tensors of one layer, by what they are."""

    tensors: dict[str, TensorInfo] = field(default_factory=dict)


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
    layers: dict[str, _Found] = {}
    texts: set[str] = set()
    odd = 0
    for name, info in tensors.items():
        part = _part_of(name)
        if part is None or info.dtype not in _WEIGHTS:
            odd += 1
            continue
        base = name[: -len(part[0])].removeprefix("base_model.model.")
        if base.startswith(_TEXTS):
            texts.add(base)
            continue
        layers.setdefault(plain_name(base), _Found()).tensors[part[1]] = info
    alphas = _alphas(metadata)
    branches: dict[str, Branch] = {}
    for name, found in layers.items():
        held = found.tensors
        if "down" not in held or "up" not in held or not held["down"].shape or not held["down"].shape[0]:
            odd += 1
            continue
        down, rank = held["down"], held["down"].shape[0]
        alpha = None if alphas is None or "alpha" in held else alphas / rank
        branches[name] = Branch(down, held["up"], held.get("mid"), held.get("alpha"), alpha)
    if not branches:
        raise BrokenError("it turns text encoders alone, which are not turned here" if texts else "it is no LoRA")
    said = next((metadata[key] for key in _LICENCES if metadata.get(key)), UNDISCLOSED)
    return LoraFile(path, _shown(path.stem), branches, len(texts), odd, _shown(said) or UNDISCLOSED)


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


def current_name(name: str, layers: int) -> str:
    """A plain name after the blocks of the first implementation, as kohya's SDXL files have it, in the names of
    diffusers, for a network of so many ``layers`` a block; any other as it is."""
    found = re.fullmatch(r"(input|output)_blocks_(\d+)_(\d+)_(.+)", name)
    if found is not None:
        side, number, place, rest = found[1], int(found[2]), int(found[3]), found[4]
        if side == "input":
            if number == 0:
                return "conv_in"
            block, layer = divmod(number - 1, layers + 1)
            if rest == "op":
                return f"down_blocks_{block}_downsamplers_0_conv"
            return f"down_blocks_{block}_{_inside(place, layer, rest)}"
        block, layer = divmod(number, layers + 1)
        if rest == "conv":
            return f"up_blocks_{block}_upsamplers_0_conv"
        return f"up_blocks_{block}_{_inside(place, layer, rest)}"
    middle = re.fullmatch(r"middle_block_([012])_(.+)", name)
    if middle is not None:
        place = int(middle[1])
        return f"mid_block_{_inside(place % 2, place // 2, middle[2])}"
    return _ALONE.get(name, name)


_ALONE = {
    "time_embed_0": "time_embedding_linear_1",
    "time_embed_2": "time_embedding_linear_2",
    "label_emb_0_0": "add_embedding_linear_1",
    "label_emb_0_2": "add_embedding_linear_2",
    "out_2": "conv_out",
}
_IN_RESNET = {
    "in_layers_2": "conv1",
    "emb_layers_1": "time_emb_proj",
    "out_layers_3": "conv2",
    "skip_connection": "conv_shortcut",
}


def _inside(place: int, layer: int, rest: str) -> str:
    if place == 1:
        return f"attentions_{layer}_{rest}"
    return f"resnets_{layer}_{_IN_RESNET.get(rest, rest)}"


def matched(
    lora: LoraFile, shapes: Mapping[str, tuple[int, ...]], layers: int
) -> tuple[Mapping[str, Branch], tuple[str, ...]]:
    """The branches of ``lora`` by the names of the layers that they fit, among weights of these ``shapes`` in a network
    of so many ``layers`` a block; and the names of those that fit none."""
    plain = {name.replace(".", "_"): name for name in shapes}
    fitting: dict[str, Branch] = {}
    left: list[str] = []
    for name, branch in lora.branches.items():
        called = plain.get(name) or plain.get(current_name(name, layers))
        if called is not None and fits(branch, shapes[called]):
            fitting[called] = branch
        else:
            left.append(name)
    return fitting, tuple(left)


def fits(branch: Branch, weight: tuple[int, ...]) -> bool:
    """Whether a branch adds up with a layer of this weight: linear (out, in), or of convolution (out, in, h, w)."""
    if len(weight) not in (2, 4):
        return False
    rank, (out, in_), window = branch.rank, weight[:2], weight[2:] or (1, 1)
    down, up = _four(branch.down.shape), _four(branch.up.shape)
    if branch.mid is None:
        return up == (out, rank, 1, 1) and down == (rank, in_, *window)
    mid = branch.mid.shape
    if len(weight) != 4 or len(mid) != 4:
        return False
    return up == (out, mid[0], 1, 1) and down == (rank, in_, 1, 1) and mid[1:] == (rank, *window)


def left_out(lora: LoraFile, fitting: Mapping[str, Branch], left: Sequence[str]) -> str:
    """What of a file is not heard, in one sentence; empty where all of it is."""
    told = []
    if left:
        told.append(f"{len(left)} of its {len(left) + len(fitting)} layers, which do not fit, such as {left[0][:80]}")
    if lora.texts:
        told.append("what it does to text encoders")
    if lora.odd:
        told.append(f"{lora.odd} tensors that are no part of a plain LoRA")
    return f"Of {lora.path.name} is left out: {'; '.join(told)}." if told else ""


def layers_in(config: Mapping[str, Any]) -> int:
    """How many layers a block of a network has, as its config says."""
    said = config.get("layers_per_block", 2)
    return said if type(said) is int else 2


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


def _four(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A matrix as the window of one place that it is."""
    return (*shape, 1, 1) if len(shape) == 2 else shape


def _alphas(metadata: Mapping[str, str]) -> float | None:
    """The alpha of all layers, where the metadata of diffusers says one."""
    try:
        said = json.loads(metadata.get("lora_adapter_metadata", "{}"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    for key in ("unet.lora_alpha", "transformer.lora_alpha"):
        value = said.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6:
            return float(value)
    return None


def _shown(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())
    return plain[:_LONGEST_NAME]
