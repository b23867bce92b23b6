"""Plays a synthesis on an NVIDIA GPU as one recorded graph: from w to the bytes of the picture, one launch a frame.

At batch 1 a synthesis is some two hundred small kernels; to launch them one by one takes longer than to run them.
Recorded once (CUDA graphs) into memory that stays, they are launched together; what changes is copied into that memory
before. The conversion to RGBA8 is part of the graph, and the picture leaves by page-locked memory. Engine's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentjockey.generators.style import finish
from latentjockey.generators.style.layered import LayeredSynthesis

_WARM = 3


@dataclass(frozen=True, slots=True)
class _Recorded:
    graph: torch.cuda.CUDAGraph
    pixels: Tensor
    finite: Tensor
    host: Tensor
    host_finite: Tensor


class GraphRunner:
    """Plays ``synthesis``, which is on a CUDA device, at ``width`` × ``height``. Recording raises RuntimeError where
    something cannot be recorded, or memory is short."""

    def __init__(self, synthesis: LayeredSynthesis, width: int, height: int) -> None:
        self._synthesis = synthesis
        self._size = (width, height)
        device = synthesis.device
        self._ws = torch.zeros(1, synthesis.num_ws, synthesis.w_dim, device=device)
        self._maps: list[Tensor | None] = [None if m is None else m.clone() for m in synthesis.noise_maps("const", 1)]
        self._knobs = torch.zeros(2, device=device)
        self._noise: object = None
        self._recorded = self._record()

    def run(
        self, ws: Tensor, noise: Sequence[Tensor | None], key: object, limit: float, fold: float
    ) -> tuple[Tensor, bool]:
        """ws (1, num_ws, w_dim) on the CPU → uint8 (height, width, 4) on the CPU, and whether it was finite."""
        self._ws.copy_(ws, non_blocking=True)
        self._knobs.copy_(torch.tensor((limit, fold)), non_blocking=True)
        if key != self._noise:
            self._noise = key
            for mine, theirs in zip(self._maps, noise, strict=True):
                if mine is not None:
                    mine.copy_(theirs) if theirs is not None else mine.zero_()
        made = self._recorded
        made.graph.replay()
        made.host.copy_(made.pixels, non_blocking=True)
        made.host_finite.copy_(made.finite, non_blocking=True)
        torch.cuda.current_stream().synchronize()
        return made.host.clone(), bool(made.host_finite)

    def _frame(self) -> tuple[Tensor, Tensor]:
        maps: list[Tensor] | str = [m for m in self._maps if m is not None] or "none"
        picture = self._synthesis(self._ws, maps)
        finite = torch.isfinite(picture).all()
        picture = finish.held(picture, self._knobs[0], self._knobs[1])
        return finish.packed(finish.fitted(picture, *self._size)), finite

    def _record(self) -> _Recorded:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM):
                self._frame()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            pixels, finite = self._frame()
        host = torch.empty(pixels.shape, dtype=pixels.dtype, pin_memory=True)
        return _Recorded(graph, pixels, finite, host, torch.empty((), dtype=torch.bool, pin_memory=True))
