"""How the embeddings of several texts become one. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_CANCELLED = 1e-4
"""Where weighted directions are shorter than this part of their weights, they are held to have cancelled each other."""
_LEAST = 1e-30


def straight(parts: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """The weighted sum of tensors of one shape, float32: a mixture along lines."""
    made = parts[0].float() * weights[0]
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        made = made + part.float() * weight
    return made


def round_(parts: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """A mixture along great circles of tensors (..., width) of one shape, float32: a spherical mean of any weights.

    Each vector of the last axis gets the direction of the weighted sum of unit vectors, and of lengths the weighted
    sum: where lines would cut through the sphere, and two prompts at a half each be heard quieter than either, the
    length is kept. It is never shorter than the straight mixture, which is what weights below zero come to. One part
    alone is that part times its weight, as straight; twice the weights are twice the result. Continuous in the weights
    everywhere: where directions cancel, as of opposites at equal weights, there is none, and the result goes to zero.
    """
    if len(parts) == 1:
        return straight(parts, weights)
    lengths = [part.float().norm(dim=-1, keepdim=True) for part in parts]
    units = [part.float() / length.clamp_min(_LEAST) for part, length in zip(parts, lengths, strict=True)]
    total = sum(abs(weight) for weight in weights)
    towards = straight(units, weights)
    long = torch.maximum(straight(lengths, weights).abs(), straight(parts, weights).norm(dim=-1, keepdim=True))
    made: Tensor = towards / towards.norm(dim=-1, keepdim=True).clamp_min(max(_LEAST, _CANCELLED * total)) * long
    return made
