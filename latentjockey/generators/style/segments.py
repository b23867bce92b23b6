"""A synthesis cut into segments that can be played, kept and compiled each by itself. Generator's thread.

The blocks up to 16×16 are one segment, since together they take no longer than one of the others; each later block is
one. What a segment gave serves while everything that went into it and into those before it is the same: the rows of w,
the noise, and no break in between. So an edit of late layers recomputes only those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from latentjockey.generators.style.layered import LayeredSegment
from latentjockey.generators.style.layers import Tap
from latentjockey.generators.style.network import Block, Half, Synthesis

_FIRST_UP_TO = 16
_ALIKE = 0.08
"""Mean difference, of pictures about -1..1, up to which one may stand for the other when it is shown small."""

Play = Callable[..., tuple[Tensor, Tensor | None]]
"""(x, picture, rows, *noise) → (x, picture); the first segment has neither ``x`` nor ``picture`` yet."""


class Segment(LayeredSegment):
    """Some blocks of ``synthesis`` in a row, as a function of tensors alone."""

    def __init__(self, synthesis: Synthesis, blocks: Sequence[Block]) -> None:
        super().__init__()
        self.begins = blocks[0].resolution == 4
        self.first, last = blocks[0].first, blocks[-1]
        self.rows = last.first + last.layers + 1 - self.first
        self.layers = self.rows - 1
        self.synthesis = synthesis if self.begins else None
        self.blocks = nn.ModuleList(blocks)

    def forward(
        self, x: Tensor | None, picture: Tensor | None, rows: Tensor, *noise: Tensor | None, tap: Tap | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """``rows`` (n, self.rows, w_dim) and one map of noise for each layer, or none at all → (x, picture)."""
        if self.synthesis is not None:
            half = self.synthesis.begin(rows)
        elif x is not None:
            half = Half(x, picture)
        else:
            raise ValueError("a later segment goes on from an earlier one")
        maps = noise or (None,) * self.layers
        for block in cast("Sequence[Block]", self.blocks):
            at = block.first - self.first
            here = slice(at, at + block.layers)
            half = block(half, rows[:, at : at + block.layers + 1], maps[here], tap)
        return half.x, half.picture


def cut(synthesis: Synthesis) -> list[Segment]:
    """The segments of a synthesis, from the smallest resolution to the largest."""
    blocks = synthesis.ordered()
    early = [block for block in blocks if block.resolution <= _FIRST_UP_TO]
    return [Segment(synthesis, early), *(Segment(synthesis, [block]) for block in blocks[len(early) :])]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rows of w that went into a segment, and what came out."""

    rows: Tensor
    x: Tensor
    picture: Tensor | None


class Runner:
    """Plays ``segments`` one after the other; ``fast`` are compiled forms of all of them, where there are any."""

    def __init__(self, segments: Sequence[LayeredSegment]) -> None:
        self._segments = segments
        self._kept: list[_Kept | None] = [None] * len(segments)
        self._noise: object = None
        self._fast: Sequence[Play] | None = None
        self.reused = 0

    @property
    def fast(self) -> Sequence[Play] | None:
        return self._fast

    @fast.setter
    def fast(self, fast: Sequence[Play] | None) -> None:
        self._fast = fast
        self.forget()

    def run(
        self,
        ws: Tensor,
        noise: Sequence[Tensor | None],
        key: object,
        tap: Tap | None = None,
        broken: int = 0,
        enough: int = 0,
    ) -> Tensor:
        """The picture (1, 3, size, size) in float32 of ws (1, num_ws, w_dim).

        The first picture on its way that is ``enough`` pixels wide will do, where a number is given. ``key`` names the
        ``noise``, one map for each layer: equal keys are equal maps. ``tap`` sees the activations of the layers from
        ``broken`` on; segments that it sees are neither compiled nor kept.
        """
        if key != self._noise:
            self.forget()
            self._noise = key
        x: Tensor | None = None
        picture: Tensor | None = None
        same, self.reused = True, 0
        for i, segment in enumerate(self._segments):
            if enough and picture is not None and picture.shape[3] >= enough:
                break
            rows = ws[:, segment.first : segment.first + segment.rows]
            maps = noise[segment.first : segment.first + segment.layers]
            if tap is not None and broken < segment.first + segment.layers:
                x, picture = segment(x, picture, rows, *maps, tap=tap)
                self._kept[i], same = None, False
                continue
            kept = self._kept[i]
            same = same and kept is not None and torch.equal(kept.rows, rows)
            if same and kept is not None:
                x, picture = kept.x, kept.picture
                self.reused += 1
                continue
            x, picture = self._play(i, segment, x, picture, rows, maps)
            self._kept[i] = _Kept(rows.clone(), x, picture)
        if picture is None:
            raise RuntimeError("the last block shows no picture")
        return picture.float()

    def faithful(self, ws: Tensor, noise: Sequence[Tensor | None]) -> tuple[int, ...]:
        """The widths, smallest first, at which a picture on its way already looks like the whole one of ws (n, num_ws,
        w_dim). Networks that grew while they were trained have some; where every block adds to the colour of all,
        there are none."""
        x: Tensor | None = None
        picture: Tensor | None = None
        seen: list[Tensor] = []
        for segment in self._segments:
            rows = ws[:, segment.first : segment.first + segment.rows]
            x, picture = segment(x, picture, rows, *noise[segment.first : segment.first + segment.layers])
            if picture is not None:
                seen.append(picture.float().clamp(-1.0, 1.0))
        whole = seen[-1]
        alike = ((p, functional.interpolate(whole, p.shape[2:], mode="area")) for p in seen[:-1])
        return tuple(p.shape[3] for p, made in alike if float((p - made).abs().mean()) < _ALIKE)

    def forget(self) -> None:
        """Keep nothing of the last picture."""
        self._kept = [None] * len(self._segments)

    def _play(
        self,
        i: int,
        segment: LayeredSegment,
        x: Tensor | None,
        picture: Tensor | None,
        rows: Tensor,
        maps: Sequence[Tensor | None],
    ) -> tuple[Tensor, Tensor | None]:
        if self._fast is None:
            made: tuple[Tensor, Tensor | None] = segment(x, picture, rows, *maps)
            return made
        here = [m for m in maps if m is not None]
        return self._fast[i](x, picture, rows.contiguous(), *here)
