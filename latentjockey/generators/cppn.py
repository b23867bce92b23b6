"""The coordinate network as a generator: any size, no weights to download, on the CPU or a GPU.

A frame is folded once into plain matrices (:mod:`cppn_net`) and drawn in strips of rows that stay in the cache:
at 512² that is two to five times faster than drawing the whole picture at once. On the CPU the picture leaves as
planes; on a GPU it is packed to RGBA there. Used from one thread.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.cppn_colour import Grade, Paint, colour, mix_paint
from latentjockey.generators.cppn_net import (
    COLOURS,
    FIELDS,
    HALF,
    HIDDEN,
    INPUTS,
    LIMIT,
    TEXTURE,
    WIDTH,
    Folded,
    Look,
    Weights,
    activate,
    draw_weights,
    features,
    fold,
    project,
)
from latentjockey.generators.cppn_view import View
from latentjockey.generators.protocol import FrameRequest, FrameResult, Latch, Layers
from latentjockey.models.builtin import CPPN
from latentjockey.models.spec import ModelSpec

_TILE = 4096
_FEWEST_ROWS = 8
_GPU_TILE = 1 << 21
_PROBE = 32
_KEPT_PIXELS = 512 * 512
_KEPT_WEIGHTS = 4
_INK = COLOURS + 3


class Cppn:
    """A :class:`latentjockey.generators.protocol.Generator`. ``device`` is a torch device, or ``None`` for the best."""

    spec: ModelSpec = CPPN

    def __init__(self, device: str | None = None) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._weights: dict[int, Weights] = {}
        self._strips: list[_Strip] = []
        self._strips_for: tuple[View, int, int] | None = None
        self._probe: Tensor | None = None
        self._probe_for: View | None = None

    @property
    def device(self) -> str:
        if self._device.type == "cuda":
            return f"{self._device} {torch.cuda.get_device_name(self._device)}"
        return f"{self._device}, {torch.get_num_threads()} threads" if self._device.type == "cpu" else str(self._device)

    def embed(self, z: NDArray[np.float32]) -> Layers:
        """Every layer hears the same z: (n, 512) → (n, num_ws, 512)."""
        return np.repeat(z[:, None, :], self.spec.num_ws, axis=1)

    def mean(self) -> Layers:
        return np.zeros((self.spec.num_ws, self.spec.w_dim), np.float32)

    def close(self) -> None:
        self._weights.clear()
        self._strips, self._strips_for = [], None
        self._probe, self._probe_for = None, None

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        width, height = request.width, request.height
        planes = torch.empty(3, height, width, dtype=torch.uint8, device=self._device)
        moment = latch()
        native = {name: _bounded(moment.native, name) for name in _CONTROLS}
        view = View(*(native[name] for name in ("zoom", "pan_x", "pan_y", "rotate", "symmetry")))
        weights = self._weights_of(int(native["weights"]))
        heard = project(weights, torch.from_numpy(np.array(moment.layers, np.float32)))
        look = Look(int(native["activation"]), native["detail"], native["texture"], view.pixel(width, height))
        folded = fold(weights, heard, self._probe_of(view), look).to(self._device)
        grade = Grade(
            int(native["palette"]),
            *(native[name] for name in ("edge", "lines", "contrast", "hue", "chroma", "lightness")),
        )
        paint = mix_paint(heard[-1], grade).to(self._device)
        for strip in self._strips_of(view, width, height):
            strip.draw(folded, paint, planes)
        return self._result(planes)

    def _result(self, planes: Tensor) -> FrameResult:
        if self._device.type == "cpu":
            return FrameResult(planes.numpy(), True)
        opaque = torch.full_like(planes[:1], 255)
        packed = torch.cat((planes, opaque)).permute(1, 2, 0).contiguous()
        return FrameResult(packed.cpu().numpy(), True, planar=False)

    def _weights_of(self, seed: int) -> Weights:
        if seed not in self._weights:
            if len(self._weights) >= _KEPT_WEIGHTS:
                del self._weights[next(iter(self._weights))]
            self._weights[seed] = draw_weights(seed, self.spec.w_dim)
        return self._weights[seed]

    def _probe_of(self, view: View) -> Tensor:
        """A square of the view, whatever the picture's shape: the same composition at any size and aspect."""
        if self._probe is None or self._probe_for != view:
            self._probe = _stack(*view.plane(_PROBE, _PROBE, (0, _PROBE)))
            self._probe_for = view
        return self._probe

    def _strips_of(self, view: View, width: int, height: int) -> list[_Strip]:
        """The strips of a picture; kept while the view stays the same, for pictures that are not too large."""
        key = (view, width, height)
        if self._strips_for == key:
            return self._strips
        wanted = _TILE if self._device.type == "cpu" else _GPU_TILE
        rows = max(wanted // width, _FEWEST_ROWS)
        keep = width * height <= _KEPT_PIXELS
        strips = [
            _Strip(view, width, height, first, min(first + rows, height), self._device, keep)
            for first in range(0, height, rows)
        ]
        self._strips, self._strips_for = (strips, key) if keep else ([], None)
        return strips


class _Strip:
    """Rows ``first..end`` of a picture, with the row above them, from which slopes are taken."""

    def __init__(
        self, view: View, width: int, height: int, first: int, end: int, device: torch.device, keep: bool
    ) -> None:
        self._view = view
        self._shape = (height, width)
        self._rows = (max(first - 1, 0), end)
        self._above = first - self._rows[0]
        self._device = device
        self._stack = self._make() if keep else None

    def _make(self) -> Tensor:
        height, width = self._shape
        return _stack(*self._view.plane(width, height, self._rows)).to(self._device)

    def draw(self, folded: Folded, paint: Paint, planes: Tensor) -> None:
        """Write these rows of ``planes`` (3, H, W) uint8."""
        stack = self._make() if self._stack is None else self._stack
        hidden = stack[:WIDTH]
        for layer in range(HIDDEN):
            bent = folded.hidden[layer] @ stack
            activate(bent, folded.pairs[layer])
            if layer == TEXTURE:
                bent[HALF:] *= bent[:HALF]
            hidden.copy_(bent)
        fields = folded.head @ stack
        width = self._shape[1]
        rgb = colour(fields, _slopes(fields.view(FIELDS, -1, width)), paint).view(3, -1, width)
        first = self._rows[0] + self._above
        planes[:, first : self._rows[1]] = rgb[:, self._above :].mul_(255.0).add_(0.5)


def _slopes(fields: Tensor) -> Tensor:
    """How much the logits, and the ink, change per pixel: fields (FIELDS, h, w) → (2, h·w)."""
    watched = torch.cat((fields[:COLOURS], fields[_INK:]))
    change = torch.zeros_like(watched)
    across = (watched[:, :, 1:] - watched[:, :, :-1]).abs_()
    change[:, :, 1:] = across
    if watched.shape[2] > 1:
        change[:, :, 0] = across[:, :, 0]
    down = (watched[:, 1:] - watched[:, :-1]).abs_()
    change[:, 1:] += down
    if watched.shape[1] > 1:
        change[:, 0] += down[:, 0]
    return torch.stack((change[:COLOURS].amax(0), change[COLOURS])).view(2, -1)


def _stack(u: Tensor, v: Tensor) -> Tensor:
    """The rows that matrices are applied to (INPUTS, n): hidden (unset), features of the points, one."""
    stack = torch.empty(INPUTS, u.numel())
    stack[:WIDTH] = 0.0
    features(stack[WIDTH:-1], u, v)
    stack[-1] = 1.0
    return stack


_CONTROLS: Mapping[str, float] = {
    spec.address.removeprefix("/gen/"): float(spec.default)  # type: ignore[arg-type]
    for spec in CPPN.controls
}


def _bounded(native: Mapping[str, float | NDArray[np.float32]], name: str) -> float:
    """A control's number, within what float32 sums bear; seeds and choices are taken as they are."""
    number = float(native.get(f"/gen/{name}", _CONTROLS[name]))
    return number if name in ("weights", "activation", "palette", "rotate", "hue") else max(-LIMIT, min(LIMIT, number))
