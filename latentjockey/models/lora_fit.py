"""Which layers of a model a LoRA file turns: those of its denoiser and of its text encoders. Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latentjockey.models.lora_file import Branch, LoraFile

Shapes = Mapping[str, tuple[int, ...]]
"""The shapes of the weights of a network, by the names of their layers."""
Fitting = Mapping[str, Branch]
"""Branches by the names of the layers that they fit."""
_OLD_ATTENTION = re.compile(r"_to_(q|k|v|out)$")


@dataclass(frozen=True, slots=True)
class Fit:
    """What of ``lora`` a model hears: the layers of its denoiser that it turns, those of each of its text encoders, and
    the names of those that are ``left``, because the model has no layer of that name and shape."""

    lora: LoraFile
    network: Fitting
    texts: tuple[Fitting, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def heard(self) -> int:
        """How many layers."""
        return len(self.network) + sum(map(len, self.texts))

    def told(self, model: str) -> str:
        """What of it the model of this name does not hear, in one sentence; empty where it hears all."""
        name, all_ = self.lora.path.stem, self.heard + len(self.left)
        such = f"such as {self.left[0][:80]}" if self.left else ""
        if not self.heard:
            none = "its only layer does not fit" if all_ == 1 else f"none of its {all_} layers fits"
            return f"The LoRA {name} is not heard with {model}: {none}, {such}; it was made for another kind of model."
        odd = "1 tensor is" if self.lora.odd == 1 else f"{self.lora.odd} tensors are"
        more = f"{odd} no part of a plain LoRA" if self.lora.odd else ""
        if not self.left:
            return f"Of the LoRA {name} not all is heard with {model}: {more}." if more else ""
        rest = "1 does not" if len(self.left) == 1 else f"{len(self.left)} do not"
        said = (
            f"The LoRA {name} is heard in part with {model}: {self.heard} of its {all_} layers fit and {rest}, {such}"
        )
        return "; ".join(filter(None, (said, more, "it does less than it was taught, or other things"))) + "."


def fit_of(lora: LoraFile, network: Shapes, layers: int, encoders: Sequence[Shapes]) -> Fit:
    """What of ``lora`` is heard by a denoiser with so many ``layers`` a block, and by text ``encoders``, whose weights
    have these shapes."""
    fitting = fits_network(lora, network, layers)
    texts = tuple(fits_encoder(lora, shapes, number) for number, shapes in enumerate(encoders))
    found = {id(branch) for part in (fitting, *texts) for branch in part.values()}
    left = [name for name, branch in lora.branches.items() if id(branch) not in found]
    for branches in lora.texts:
        left += [f"text encoder {name}" for name, branch in branches.items() if id(branch) not in found]
    return Fit(lora, fitting, texts, tuple(left))


def fits_network(lora: LoraFile, shapes: Shapes, layers: int) -> Fitting:
    """The branches of ``lora`` that fit a denoiser with so many ``layers`` a block."""
    plain = {name.replace(".", "_"): name for name in shapes}
    return _matched(lora.branches, shapes, lambda name: plain.get(name) or plain.get(current_name(name, layers)))


def fits_encoder(lora: LoraFile, shapes: Shapes, number: int) -> Fitting:
    """The branches of ``lora`` that fit the text encoder ``number``, 0 or 1."""
    if not 0 <= number < len(lora.texts):
        return {}
    plain = {_of_texts(name): name for name in shapes}
    return _matched(lora.texts[number], shapes, lambda name: plain.get(_of_texts(name)))


def _matched(branches: Mapping[str, Branch], shapes: Shapes, find: Callable[[str], str | None]) -> Fitting:
    fitting: dict[str, Branch] = {}
    for name, branch in branches.items():
        called = find(name)
        if called is not None and called not in fitting and fits(branch, shapes[called]):
            fitting[called] = branch
    return fitting


def _of_texts(name: str) -> str:
    """A text encoder's layer, called as it is within it, with or without what it was once wrapped in."""
    plain = name.replace(".", "_").removeprefix("text_model_")
    return _OLD_ATTENTION.sub(r"_\1_proj", plain)


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


def _four(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A matrix as the window of one place that it is."""
    return (*shape, 1, 1) if len(shape) == 2 else shape


def layers_in(config: Mapping[str, Any]) -> int:
    """How many layers a block of a network has, as its config says."""
    said = config.get("layers_per_block", 2)
    return said if type(said) is int else 2
