"""A ControlNet beside a text-to-image model: if it fits, and the controls by which it is heard. Any thread, data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.header import BrokenError, shown

CONTROLNET = "controlnet"
"""The folder of a ControlNet beside the parts of a text-to-image model."""
WEIGHT, LINES = "/gen/controlnet", "/gen/lines"
_SAME = ("in_channels", "cross_attention_dim", "block_out_channels", "layers_per_block", "addition_embed_type")


def check_controlnet(config: Mapping[str, Any], unet: Mapping[str, Any], scale: int) -> None:
    """Raises BrokenError, the end of a sentence, where a ControlNet does not fit its network, or pictures of which
    ``scale`` pixels make a side of the latent."""
    for key in _SAME:
        if config.get(key) != unet.get(key):
            raise BrokenError(
                f"its {key} in controlnet is {shown(config.get(key))}, and {shown(unet.get(key))} in unet"
            )
    steps = config.get("conditioning_embedding_out_channels", [16, 32, 96, 256])
    if not isinstance(steps, list) or 1 << max(0, len(steps) - 1) != scale:
        raise BrokenError(f"its controlnet is not made for pictures of {scale} pixels for each of the latent")
    if config.get("conditioning_channels", 3) != 3 or config.get("class_embed_type") is not None:
        raise BrokenError("its controlnet hears something else than a picture in colour")


def structure_controls() -> list[ControlSpec]:
    """How much the picture that comes in is heard as structure, and as what."""
    text = (
        "How much the picture that comes in is heard by the ControlNet, as structure: 0 not at all, below 0 against it."
    )
    weight = ControlSpec(WEIGHT, Kind.FLOAT, 1.0, 0.0, 2.0, label="Structure", help=text, modulatable=True)
    text = "Give the ControlNet the lines of the picture, white on black, instead of the picture itself."
    return [weight, ControlSpec(LINES, Kind.BOOL, False, label="Lines", help=text, modulatable=True)]
