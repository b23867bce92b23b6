"""The coordinate network with its layers handed to ``torch.compile``: a variant made for the table alone.

A strip's matrix products and activations are one graph with static shapes. Folding stays eager because it is small,
colouring because its amounts are plain numbers that differ with every frame, on which a graph would be specialised.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch._inductor import config as inductor

from latentjockey.generators.cppn import Cppn
from latentjockey.generators.cppn_draw import Here, Span
from latentjockey.generators.cppn_fold import Folded
from latentjockey.generators.cppn_net import COLOURS, HALF, HIDDEN, TEXTURE, Activation, Lull, activate, join
from latentjockey.generators.cppn_view import View

Pairs = tuple[tuple[Activation, Activation], ...]
Matrices = tuple[Tensor | None, ...]


def _layers(
    plane: Tensor, inner: Matrices, outer: Matrices, carried: Tensor, pairs: Pairs, lull: Tensor, last: Tensor
) -> Tensor:
    """plane (PLANE, n) → the rows before the head's ground is added (FIELDS, n)."""
    steepness, level = lull.unbind()
    hidden = plane
    for layer in range(HIDDEN):
        near, far = inner[layer], outer[layer]
        if near is not None:
            bent = torch.addmm(near[:, -1:], near[:, :-1], hidden)
            if far is not None:
                bent = bent + far @ plane
        else:
            bent = plane if far is None else far @ plane
        if layer == TEXTURE:
            bent = torch.cat((bent[:HALF], bent[HALF:] + carried @ plane[:2]))
        activate(bent, pairs[layer])
        join(bent, layer, Lull(steepness, level))  # type: ignore[arg-type] # tensors, or each would be a graph
        hidden = bent
    return torch.addmm(last[:, -1:], last[:, :-1], hidden)


_compiled_layers: Callable[..., Tensor] = torch.compile(_layers, fullgraph=True, dynamic=False)


class _CompiledSpan(Span):
    @torch.inference_mode()
    def _draw_fields(self, folded: Folded, plane: Tensor, fields: Tensor, broken: Here | None = None) -> None:
        if broken is not None:
            super()._draw_fields(folded, plane, fields, broken)
            return
        lull = torch.tensor([folded.lull.steepness, folded.lull.level])
        late = _compiled_layers(
            plane, folded.inner, folded.outer, folded.carried, folded.pairs, lull, folded.head
        )  # fmt: skip
        late[:COLOURS].addmm_(folded.ground, plane)
        fields[:, 1:] = late.view(len(late), -1, self._width)


def _configure() -> None:
    """Each thread has a configuration of its own."""
    torch._dynamo.config.recompile_limit = 64
    inductor.cpp.threads = 1  # each span has a thread of its own already


class CompiledCppn(Cppn):
    """Draws the same pictures, to within rounding."""

    def __init__(self) -> None:
        super().__init__()
        _configure()
        self._pool = ThreadPoolExecutor(self._hands, thread_name_prefix="cppn", initializer=_configure)

    def _spans_of(self, view: View, width: int, height: int) -> list[Span]:
        spans = super()._spans_of(view, width, height)
        for span in spans:
            span.__class__ = _CompiledSpan
        return spans
