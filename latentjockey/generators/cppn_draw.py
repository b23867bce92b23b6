"""Drawing of the coordinate network: strips of rows, each through all layers while it stays in the cache.

A span is what one thread draws, from top to bottom; spans share nothing but the picture they write to, so several may
be drawn at once, each on a thread of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentjockey.generators.cppn_breaks import Cuts
from latentjockey.generators.cppn_colour import Paint, colour
from latentjockey.generators.cppn_fold import Folded
from latentjockey.generators.cppn_net import (
    COLOURS,
    FIELDS,
    HALF,
    HIDDEN,
    PLANE,
    TEXTURE,
    WIDTH,
    activate,
    features,
    join,
)
from latentjockey.generators.cppn_view import View

_INK = COLOURS + 3


def plane_rows(u: Tensor, v: Tensor) -> Tensor:
    """The rows that the network hears of points (n,): their features and a row of ones (PLANE, n), on the CPU."""
    rows = torch.empty(PLANE, u.numel())
    features(rows[:-1], u, v)
    rows[-1] = 1.0
    return rows


@dataclass(frozen=True, slots=True)
class Here:
    """What is broken in a strip: the frame's ``cuts``, the plane (PLANE, n) as its first layers hear it, and which
    points of the picture it is."""

    cuts: Cuts
    near: Tensor
    points: slice


class Span:
    """Rows ``first..end`` of a picture ``width`` × ``height``, drawn ``rows`` at a time.

    ``keep`` holds on to the features of its points: fast while the view stays, 48 bytes a pixel.
    """

    def __init__(
        self,
        view: View,
        width: int,
        height: int,
        first: int,
        end: int,
        rows: int,
        device: torch.device,
        *,
        keep: bool,
    ) -> None:
        self._view, self._width, self._height, self._device = view, width, height, device
        self._keep = keep
        # The row above the span is drawn too: slopes are taken against it.
        above = max(first - 1, 0)
        self._skip = first - above
        self._strips = [(top, min(top + rows, end)) for top in range(above, end, rows)]
        self._planes = [self._plane(strip, view) for strip in self._strips] if keep else []
        self._turned: tuple[float, list[Tensor]] = (0.0, [])
        most = max(bottom - top for top, bottom in self._strips)
        self._hidden = torch.empty(2, (WIDTH + 1) * most * width, device=device)
        self._fields = torch.empty(FIELDS, most + 1, width, device=device)

    def _plane(self, strip: tuple[int, int], view: View) -> Tensor:
        return plane_rows(*view.plane(self._width, self._height, strip)).to(self._device)

    def _turned_plane(self, number: int, turn: float) -> Tensor:
        """What the first layers hear of a strip where they are turned against the rest."""
        view = replace(self._view, rotate=self._view.rotate + turn)
        if not self._keep:
            return self._plane(self._strips[number], view)
        if self._turned[0] != turn:
            self._turned = turn, [self._plane(strip, view) for strip in self._strips]
        return self._turned[1][number]

    @torch.inference_mode()
    def draw(self, folded: Folded, paint: Paint, picture: Tensor, cuts: Cuts | None = None) -> bool:
        """Write these rows of ``picture`` (3, H, W) uint8; whether the network gave finite numbers only. ``cuts`` are
        what is done to it between its layers."""
        finite = True
        for number, (top, bottom) in enumerate(self._strips):
            plane = self._planes[number] if self._planes else self._plane((top, bottom), self._view)
            fields = self._fields[:, : bottom - top + 1]
            if number:
                fields[:, 0] = self._fields[:, -1]
            if cuts is None:
                self._draw_fields(folded, plane, fields)
            else:
                near = self._turned_plane(number, folded.turn) if folded.turn else plane
                here = Here(cuts, near, slice(top * self._width, bottom * self._width))
                self._draw_fields(folded, plane, fields, here)
            if not number:
                fields[:, 0] = fields[:, 2] if bottom - top > 1 else fields[:, 1]
            rgb, fine = colour(fields[:, 1:].reshape(FIELDS, -1), slopes(fields), paint)
            skip = 0 if number else self._skip
            picture[:, top + skip : bottom] = rgb.view(3, -1, self._width)[:, skip:]
            finite = finite and fine
        return finite

    def _draw_fields(self, folded: Folded, plane: Tensor, fields: Tensor, broken: Here | None = None) -> None:
        """The network over a strip: plane (PLANE, n) → fields (FIELDS, rows + 1, width) below their first row."""
        near = plane if broken is None else broken.near
        points = plane.shape[1]
        size = (WIDTH + 1) * points
        hidden, other = (self._hidden[i, :size].view(WIDTH + 1, points) for i in range(2))
        hidden[-1], other[-1] = 1.0, 1.0
        for layer in range(HIDDEN):
            bent = other[:-1]
            inner, outer = folded.inner[layer], folded.outer[layer]
            if inner is not None:
                torch.mm(inner, hidden, out=bent)
            if outer is not None:
                torch.addmm(bent, outer, near, beta=0 if inner is None else 1, out=bent)
            if layer == TEXTURE:
                bent[HALF:].addmm_(folded.carried, plane[:2])
            activate(bent, folded.pairs[layer])
            join(bent, layer, folded.lull)
            if broken is not None:
                broken.cuts.apply(bent, layer, broken.points)
            hidden, other = other, hidden
        late = folded.head @ hidden
        late[:COLOURS].addmm_(folded.ground, plane)
        fields[:, 1:] = late.view(FIELDS, -1, self._width)


def slopes(fields: Tensor) -> Tensor:
    """How much the logits, and the ink, change per pixel: fields (FIELDS, 1 + h, w), the first row from above the
    strip, → (2, h·w)."""
    watched = torch.cat((fields[:COLOURS], fields[_INK:]))
    change = (watched[:, 1:] - watched[:, :-1]).abs_()
    if watched.shape[2] > 1:
        across = (watched[:, 1:, 1:] - watched[:, 1:, :-1]).abs_()
        change[:, :, 1:] += across
        change[:, :, 0] += across[:, :, 0]
    return torch.stack((change[:COLOURS].amax(0), change[COLOURS])).view(2, -1)
