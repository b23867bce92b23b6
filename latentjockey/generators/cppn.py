"""The coordinate network as a generator: any size, no weights to download, on the CPU or a GPU.

A frame is folded once into plain matrices (:mod:`cppn_fold`) and drawn in strips of rows that stay in the cache. On the
CPU every thread of a small pool draws a span of the picture: the engine lets idle OpenMP threads sleep, and to wake
them for every small operation costs more than the operation. The picture leaves as planes; on a GPU it is
packed to RGBA there. Used from one thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.cppn_breaks import Cuts, Trails, cuts_of
from latentjockey.generators.cppn_colour import Grade, Paint, mix_paint
from latentjockey.generators.cppn_draw import Span, plane_rows
from latentjockey.generators.cppn_fold import Folded, Look, fold
from latentjockey.generators.cppn_net import LIMIT, Weights, blend_weights, draw_weights, project
from latentjockey.generators.cppn_view import View
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers, Moment
from latentjockey.models.builtin import CPPN
from latentjockey.models.spec import ModelSpec

_TILE = 1 << 15
_GPU_TILE = 1 << 21
_WORTH_SHARING = 128 * 128
_PROBE = 24
_KEPT_PIXELS = 512 * 512
_KEPT_WEIGHTS = 4
_KEPT_SPANS = 5


class Cppn:
    """A :class:`latentjockey.generators.protocol.Generator`. ``device`` is a torch device, or ``None`` for the best."""

    spec: ModelSpec = CPPN

    def __init__(self, device: str | None = None) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._hands = torch.get_num_threads() if self._device.type == "cpu" else 1
        self._pool: ThreadPoolExecutor | None = None
        self._weights: dict[int, Weights] = {}
        self._spans: dict[tuple[View, int, int], list[Span]] = {}
        self._probe: Tensor | None = None
        self._probe_view: View | None = None
        self._trails = Trails()
        self._blended: tuple[int, float, Weights] | None = None

    @property
    def device(self) -> str:
        if self._device.type == "cuda":
            return f"{self._device} {torch.cuda.get_device_name(self._device)}"
        return f"{self._device}, {self._hands} threads" if self._device.type == "cpu" else str(self._device)

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """Every layer hears the same z: (n, 512) → (n, num_ws, 512)."""
        return np.repeat(z[:, None, :], self.spec.num_ws, axis=1)

    def mean(self, classes: Classes | None = None) -> Layers:
        return np.zeros((self.spec.num_ws, self.spec.w_dim), np.float32)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._weights.clear()
        self._spans.clear()
        self._trails.clear()
        self._blended = None
        self._probe, self._probe_view = None, None

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        if self._hands == 1 or self._shares(request.width, request.height) > 1:
            return self._frame(request, latch)
        torch.set_num_threads(1)  # to wake another thread for each operation on a small picture doubled its time
        try:
            return self._frame(request, latch)
        finally:
            torch.set_num_threads(self._hands)

    @torch.inference_mode()
    def _frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        width, height = request.width, request.height
        picture = torch.empty(3, height, width, dtype=torch.uint8, device=self._device)
        moment = latch()
        native = {name: _bounded(moment.native, name) for name in _CONTROLS}
        view = View(*(native[name] for name in ("zoom", "pan_x", "pan_y", "rotate", "symmetry")))
        breaks = moment.breaks
        weights = self._weights_of(int(native["weights"]), breaks.blend if breaks is not None else 0.0)
        heard = project(weights, torch.from_numpy(np.array(moment.layers, np.float32)))
        look = Look(int(native["activation"]), native["detail"], native["texture"], view.pixel(width, height))
        folded = fold(weights, heard, self._probe_of(view), look, breaks).to(self._device)
        grade = Grade(
            int(native["palette"]),
            *(native[name] for name in ("edge", "lines", "contrast", "hue", "chroma", "lightness")),
        )
        paint = mix_paint(heard[-1], grade).to(self._device)
        cuts = self._cuts(folded, moment, request)
        finite = self._draw(self._spans_of(view, width, height), folded, paint, picture, cuts)
        if cuts is not None and not request.draft:
            self._trails.end(whole=finite)
        return self._result(picture, finite)

    def _cuts(self, folded: Folded, moment: Moment, request: FrameRequest) -> Cuts | None:
        """What is done between the layers of this frame. Small pictures between two frames leave no trails."""
        trails = None if request.draft else self._trails
        if moment.breaks is None or not (folded.wounds or folded.turn):
            if trails is not None:
                trails.clear()
            return None
        size = (request.width, request.height)
        return cuts_of(folded.wounds, moment.breaks, moment.time, size, trails, self._device)

    def _draw(self, spans: list[Span], folded: Folded, paint: Paint, picture: Tensor, cuts: Cuts | None) -> bool:
        if len(spans) == 1:
            return spans[0].draw(folded, paint, picture, cuts)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._hands, thread_name_prefix="cppn")
        drawn = [self._pool.submit(span.draw, folded, paint, picture, cuts) for span in spans]
        wait(drawn)
        finite = [one.result() for one in drawn]
        return all(finite)

    def _result(self, picture: Tensor, finite: bool) -> FrameResult:
        if self._device.type == "cpu":
            return FrameResult(picture.numpy(), finite)
        opaque = torch.full_like(picture[:1], 255)
        packed = torch.cat((picture, opaque)).permute(1, 2, 0).contiguous()
        return FrameResult(packed.cpu().numpy(), finite, planar=False)

    def _weights_of(self, seed: int, blend: float) -> Weights:
        """The weights of ``seed``, on their way to those of the next by ``blend``."""
        if not blend:
            return self._drawn_weights(seed)
        if self._blended is None or self._blended[:2] != (seed, blend):
            both = self._drawn_weights(seed), self._drawn_weights(seed + 1)
            self._blended = seed, blend, blend_weights(*both, blend)
        return self._blended[2]

    def _drawn_weights(self, seed: int) -> Weights:
        found = self._weights.pop(seed, None) or draw_weights(seed, self.spec.w_dim)
        self._weights[seed] = found  # those used last stand last
        if len(self._weights) > _KEPT_WEIGHTS:
            del self._weights[next(iter(self._weights))]
        return found

    def _probe_of(self, view: View) -> Tensor:
        """A square of the view, whatever the picture's shape: the same composition at any size and aspect."""
        if self._probe is None or self._probe_view != view:
            self._probe = plane_rows(*view.plane(_PROBE, _PROBE, (0, _PROBE)))
            self._probe_view = view
        return self._probe

    def _shares(self, width: int, height: int) -> int:
        """Among how many threads a picture is divided."""
        return min(self._hands, height) if width * height >= _WORTH_SHARING else 1

    def _spans_of(self, view: View, width: int, height: int) -> list[Span]:
        """The spans of a picture. Of small ones those used last are kept: the stage's, and those drawn in between."""
        key = (view, width, height)
        kept = self._spans.pop(key, None)
        if kept is not None:
            self._spans[key] = kept
            return kept
        keep = width * height <= _KEPT_PIXELS
        shares = self._shares(width, height)
        edges = [height * i // shares for i in range(shares + 1)]
        rows = max((_TILE if self._device.type == "cpu" else _GPU_TILE) // width, 1)
        spans = [Span(view, width, height, first, end, rows, self._device, keep=keep) for first, end in pairwise(edges)]
        if keep:
            self._spans[key] = spans
            if len(self._spans) > _KEPT_SPANS:
                del self._spans[next(iter(self._spans))]
        return spans


_CONTROLS: Mapping[str, float] = {
    spec.address.removeprefix("/gen/"): float(spec.default)  # type: ignore[arg-type]
    for spec in CPPN.controls
}


def _bounded(native: Mapping[str, float | NDArray[np.float32]], name: str) -> float:
    """A control's number, within what float32 sums bear; seeds and choices are taken as they are."""
    number = float(native.get(f"/gen/{name}", _CONTROLS[name]))
    return number if name in ("weights", "activation", "palette", "rotate", "hue") else max(-LIMIT, min(LIMIT, number))
