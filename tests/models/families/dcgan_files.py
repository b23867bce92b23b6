"""State dicts of DCGAN-like generators, small and of random numbers, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


def dcgan_state(
    latent: int = 16, widths: Sequence[int] = (12, 10, 8), kernel: int = 4, seed: int = 0
) -> dict[str, NDArray[Any]]:
    """The classical kind, 32 px with three widths: transposed convolutions, batch norms, rectifiers in one numbered
    row. Latents of 16 are z alone; the three of 19 that are left over are classes."""
    random = np.random.default_rng(seed)
    made: dict[str, NDArray[Any]] = {}
    sides = [latent, *widths, 3]
    for i, (before, after) in enumerate(pairwise(sides)):
        weight = random.normal(size=(before, after, kernel, kernel)) / np.sqrt(before * 4)
        made[f"main.{3 * i}.weight"] = weight.astype(np.float32)
        if i == len(widths):
            break
        norm = {
            "weight": random.normal(1.0, 0.2, after),
            "bias": random.normal(0.0, 0.3, after),
            "running_mean": random.normal(0.0, 0.3, after),
            "running_var": random.uniform(0.3, 1.5, after),
        }
        made |= {f"main.{3 * i + 1}.{key}": value.astype(np.float32) for key, value in norm.items()}
        made[f"main.{3 * i + 1}.num_batches_tracked"] = np.array(7)
    return made
