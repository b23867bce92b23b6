"""StyleGAN2 and StyleGAN2-ADA, from the three formats that people have them in, to our kind "style". Pure, numpy only.

NVIDIA's PyTorch pickles say of each network how it was made and what it became; nothing of the source that they carry
is used. For their TensorFlow pickles see :mod:`.stylegan2_tf`, for the common port's files :mod:`.stylegan2_port`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentjockey.models.card import ModelCard
from latentjockey.models.families import stylegan2_port, stylegan2_tf
from latentjockey.models.families.family import Converted
from latentjockey.models.families.stylegan2_weights import Facts, converted
from latentjockey.models.families.weights import Weights, class_names, fact, generator_of, part, real, shown, whole
from latentjockey.models.header import MOST_CLASSES
from latentjockey.models.reading.plain import Checkpoint, Persistent, RefusedError

KIND = "style"
_LEAKY = "lrelu"


class StyleGan2:
    """The family; see :class:`latentjockey.models.families.family.Family`."""

    name = "StyleGAN2"

    def convert(self, checkpoint: Checkpoint, asked: Mapping[str, Any]) -> Converted | None:
        for read in (nvidia, stylegan2_tf.network, stylegan2_port.network):
            found = read(checkpoint.root)
            if found is not None:
                weights, facts = found
                config, tensors = converted(weights, facts)
                title = str(asked.get("name") or "")
                return Converted(KIND, config, tensors, title, class_names(facts.classes), ModelCard(title))
        return None


def nvidia(root: object) -> tuple[Weights, Facts] | None:
    """What an NVIDIA PyTorch pickle holds, or ``None`` where it holds no StyleGAN2. Raises RefusedError."""
    generator = generator_of(root)
    synthesis = None if generator is None else part(generator, "synthesis")
    first = None if synthesis is None else part(synthesis, "b4")
    if generator is None or synthesis is None or first is None:
        return None
    mapping = part(generator, "mapping")
    if mapping is None:
        raise RefusedError("its generator has no mapping; it is of another program")
    size = whole(fact(generator, "img_resolution"), "size of pictures", 8, 4096)
    facts = Facts(
        size=size,
        z_dim=whole(fact(generator, "z_dim"), "z_dim", 1, 4096),
        w_dim=whole(fact(generator, "w_dim"), "w_dim", 1, 4096),
        classes=whole(fact(generator, "c_dim", 0), "number of classes", 0, MOST_CLASSES),
        architecture=str(fact(first, "architecture", "skip")),
        clamp=_clamp(synthesis),
        rate=rate_of(mapping),
    )
    return Weights(generator.tensors()), facts


def rate_of(mapping: Persistent) -> float:
    """What a mapping learned at, which its weights are to be multiplied with. Raises RefusedError where its layers do
    not bend as published ones do."""
    first = part(mapping, "fc0")
    activation = fact(first, "activation", _LEAKY)
    if not isinstance(activation, str) or activation != _LEAKY:
        raise RefusedError(f"its mapping bends by {shown(activation)}, and only {_LEAKY} is played; it is a variant")
    return real(fact(first, "lr_multiplier", fact(first, "bias_gain", fact(mapping, "lr_multiplier", 0.01))), "rate")


def _clamp(synthesis: Persistent) -> float:
    """What bounds all layers. Raises RefusedError where they do not agree, or bend otherwise than published ones."""
    found: set[float] = set()
    blocks = synthesis.state.get("_modules")
    for block in blocks.values() if isinstance(blocks, dict) else ():
        for name in ("conv0", "conv1", "torgb"):
            layer = part(block, name) if isinstance(block, Persistent) else None
            if layer is None:
                continue
            activation = fact(layer, "activation", _LEAKY)
            if not isinstance(activation, str) or activation != _LEAKY:
                raise RefusedError(f"its layers bend by {shown(activation)}, and only {_LEAKY} is played; it is a "
                                   "variant")  # fmt: skip
            clamp = fact(layer, "conv_clamp")
            found.add(0.0 if clamp is None else real(clamp, "clamp"))
    if len(found) > 1:
        raise RefusedError("its layers are bounded differently; it is a variant that is not played here")
    return found.pop() if found else 0.0
