"""Runs a synthesis block by block and keeps what the early blocks gave: an edit of late layers recomputes only those.

Used from one thread. What is kept of a block serves while everything that went into it and into those before it is the
same: the rows of w, the noise, and no break in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentjockey.generators.style.layers import Tap
from latentjockey.generators.style.network import Block, Half, Synthesis


@dataclass(slots=True)
class _Kept:
    """The rows of w (rows, w_dim) that went into a block, and what came out."""

    rows: Tensor
    half: Half


class EagerRunner:
    """Plays ``synthesis``, whose weights are of the wanted type and on the wanted device already."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._synthesis = synthesis
        self._blocks: tuple[Block, ...] = synthesis.ordered()
        self._kept: list[_Kept | None] = [None] * len(self._blocks)
        self._noise: object = None
        self.reused = 0

    def run(self, ws: Tensor, noise: Sequence[Tensor | None], key: object, tap: Tap | None = None) -> Tensor:
        """The picture (1, 3, size, size) in float32 of ws (1, num_ws, w_dim). ``key`` names the ``noise``: equal keys
        are equal maps. ``tap`` sees every layer's activations, and then nothing is kept."""
        if tap is not None or key != self._noise:
            self.forget()
            self._noise = key
        half = self._synthesis.begin(ws)
        same = tap is None
        self.reused = 0
        for i, block in enumerate(self._blocks):
            rows = ws[0, 0 if i == 0 else block.first : block.first + block.layers + 1]
            kept = self._kept[i]
            same = same and kept is not None and torch.equal(kept.rows, rows)
            if same and kept is not None:
                half = kept.half
                self.reused += 1
                continue
            half = block(half, ws, noise, tap)
            if tap is None:
                self._kept[i] = _Kept(rows.clone(), half)
        if half.picture is None:
            raise RuntimeError("the last block shows no picture")
        return half.picture.float()

    def forget(self) -> None:
        """Keep nothing of the last picture."""
        self._kept = [None] * len(self._blocks)
