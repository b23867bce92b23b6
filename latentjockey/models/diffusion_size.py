"""How much the config of a diffusion model's part asks for, before anything is built of it. Any thread; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentjockey.models.header import BrokenError

_MOST_LAYERS, _MOST_LISTED, _MOST_LABELS = 256, 1024, 1 << 16
_OUTER_LAYERS = ("layers_per_block", "num_layers", "num_hidden_layers", "num_encoder_blocks", "num_decoder_blocks")
_INNER_LAYERS = ("transformer_layers_per_block", "reverse_transformer_layers_per_block")
_LAYERS = (*_OUTER_LAYERS, *_INNER_LAYERS)
"""Keys of configs that say how many layers are built, one after another; the inner ones in each of the outer ones."""
_BLOCKS = "block_"
"""Keys of configs with that list what is said of each block of a network, of which each has layers."""


def check_size(config: Mapping[str, Any], called: str) -> None:
    """Raises BrokenError for a network that would be built for minutes, whatever its weights are."""
    for key, value in config.items():
        found = [value]
        while found:
            one = found.pop()
            if isinstance(one, list):
                if len(one) > _MOST_LISTED:
                    raise BrokenError(f"{called} lists {len(one)} {key[:40]}, and {_MOST_LISTED} can be")
                found += one
            elif key in _LAYERS and type(one) is int and one > _MOST_LAYERS:
                raise BrokenError(f"{called} says {key}: {str(one)[:20]}, and up to {_MOST_LAYERS} can be")
            elif key == "num_labels" and type(one) is int and one > _MOST_LABELS:  # transformers lists them, one by one
                raise BrokenError(f"{called} says {key}: {str(one)[:20]}, and up to {_MOST_LABELS} can be")


def layers_in(config: Mapping[str, Any]) -> int:
    """At least how many tensors a network of that config has for its layers: those within layers within blocks."""
    blocks = max((len(value) for key, value in config.items() if _BLOCKS in key and isinstance(value, list)), default=1)
    outer, inner = (max(_most(config.get(key)) for key in keys) for keys in (_OUTER_LAYERS, _INNER_LAYERS))
    return max(1, blocks) * max(1, outer) * max(1, inner)


def _most(value: object) -> int:
    """The largest whole number in lists of lists, 0 where there is none."""
    found, most = [value], 0
    while found:
        one = found.pop()
        if isinstance(one, list):
            found += one
        elif type(one) is int:
            most = max(most, one)
    return most
