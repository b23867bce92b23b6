"""Colour of the coordinate network: palettes in OKLab, chosen and graded for one frame, and mixed per pixel.

OKLab: Björn Ottosson 2020, "A perceptual color space for image processing". A palette is five colours that stand well
together: a deep ground, two middles, a light, and an accent that stays rare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

COLOURS = 5

# lightness 0..1, chroma, hue in degrees: deep, middle, middle, light, accent
_TABLE: tuple[tuple[tuple[float, float, float], ...], ...] = (
    ((0.27, 0.07, 252), (0.46, 0.09, 232), (0.70, 0.07, 205), (0.93, 0.03, 90), (0.68, 0.19, 42)),  # harbour
    ((0.25, 0.06, 330), (0.50, 0.16, 28), (0.70, 0.15, 55), (0.93, 0.05, 85), (0.62, 0.10, 195)),  # persimmon
    ((0.24, 0.04, 165), (0.44, 0.08, 145), (0.66, 0.11, 122), (0.93, 0.05, 105), (0.72, 0.16, 62)),  # moss
    ((0.30, 0.12, 270), (0.62, 0.20, 18), (0.78, 0.13, 75), (0.95, 0.02, 95), (0.66, 0.13, 190)),  # riso
    ((0.20, 0.06, 285), (0.42, 0.14, 295), (0.68, 0.14, 175), (0.91, 0.09, 150), (0.70, 0.20, 340)),  # aurora
    ((0.28, 0.05, 35), (0.52, 0.13, 38), (0.72, 0.09, 62), (0.92, 0.035, 80), (0.52, 0.09, 225)),  # terracotta
    ((0.26, 0.10, 300), (0.50, 0.15, 305), (0.72, 0.11, 320), (0.93, 0.03, 340), (0.82, 0.15, 95)),  # iris
    ((0.24, 0.06, 225), (0.52, 0.10, 205), (0.76, 0.11, 180), (0.95, 0.03, 165), (0.68, 0.18, 15)),  # lagoon
    ((0.27, 0.06, 20), (0.50, 0.12, 140), (0.74, 0.14, 110), (0.94, 0.045, 95), (0.62, 0.20, 12)),  # orchard
    ((0.17, 0.03, 20), (0.38, 0.13, 25), (0.64, 0.19, 45), (0.90, 0.11, 90), (0.52, 0.10, 250)),  # ember
    ((0.23, 0.015, 260), (0.55, 0.02, 75), (0.80, 0.03, 80), (0.95, 0.015, 90), (0.60, 0.21, 30)),  # paper
    ((0.18, 0.05, 265), (0.44, 0.16, 355), (0.64, 0.14, 250), (0.92, 0.07, 200), (0.84, 0.16, 100)),  # night market
)
PALETTE_COUNT = len(_TABLE)

_TO_LMS = torch.tensor(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_TO_LINEAR = torch.tensor(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_LCH = torch.tensor(_TABLE)


def _curve(steps: int) -> Tensor:
    """Bytes (uint8) of sRGB's curve (IEC 61966-2-1) at the middles of ``steps`` equal steps of the root of linear
    light."""
    linear = ((torch.arange(steps, dtype=torch.float64) + 0.5) / steps).square()
    encoded = torch.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.pow(1.0 / 2.4) - 0.055)
    return (encoded * 255.0).round().to(torch.uint8)


_BYTES = _curve(4096)


def _lab(lch: Tensor) -> Tensor:
    hue = lch[..., 2] * (math.pi / 180.0)
    return torch.stack((lch[..., 0], lch[..., 1] * torch.cos(hue), lch[..., 1] * torch.sin(hue)), -1)


_PALETTES = _lab(_LCH)  # (palettes, COLOURS, 3)


@dataclass(frozen=True, slots=True)
class Grade:
    """What the controls ask of the colours."""

    palette: int
    edge: float
    lines: float
    contrast: float
    hue: float  # degrees
    chroma: float
    lightness: float


@dataclass(frozen=True, slots=True)
class Paint:
    """One frame's colours. ``anchors`` (3, COLOURS) in OKLab, ``ink`` (3, 1), the rest plain numbers."""

    anchors: Tensor
    ink: Tensor
    sharp: float
    shade: float
    tint: float
    line: float
    line_width: float
    level: float

    def to(self, device: torch.device) -> Paint:
        return Paint(
            self.anchors.to(device),
            self.ink.to(device),
            self.sharp,
            self.shade,
            self.tint,
            self.line,
            self.line_width,
            self.level,
        )


def _chosen(heard: Tensor, palette: int) -> Tensor:
    """The five colours (COLOURS, 3): a curated palette, or a place on the ring of them all.

    On the way between two palettes the chroma is kept, so that opposite hues do not meet in grey.
    """
    palette %= PALETTE_COUNT + 1
    if palette:
        return _PALETTES[palette - 1]
    place = (0.5 + 0.36 * float(heard[0])) * PALETTE_COUNT
    first = math.floor(place)
    t = place - first
    t = t * t * (3.0 - 2.0 * t)
    t = t * t * (3.0 - 2.0 * t)
    a, b = first % PALETTE_COUNT, (first + 1) % PALETTE_COUNT
    lab = torch.lerp(_PALETTES[a], _PALETTES[b], t)
    wanted = torch.lerp(_LCH[a, :, 1], _LCH[b, :, 1], t)
    have = lab[:, 1:].norm(dim=1)
    lab[:, 1:] *= ((wanted + 0.01) / (have + 0.01))[:, None]
    return lab


def mix_paint(heard: Tensor, grade: Grade) -> Paint:
    """The frame's colours from what the last layer hears (PROJECTIONS,) and the controls."""
    lab = _chosen(heard[50:], grade.palette).clone()
    turn = grade.hue * (math.pi / 180.0) + 0.16 * float(heard[51])
    c, s = math.cos(turn), math.sin(turn)
    a, b = lab[:, 1].clone(), lab[:, 2].clone()
    lab[:, 1] = (c * a - s * b) * grade.chroma
    lab[:, 2] = (s * a + c * b) * grade.chroma
    lab[:, 0] = 0.6 + (lab[:, 0] - 0.6) * grade.contrast + grade.lightness
    crisp = float(heard[52])
    line = math.tanh(0.6 * math.log1p(math.exp(1.8 * float(heard[53]) - 0.9)))
    dark = 1.0 / (1.0 + math.exp(-4.0 * (float(heard[54]) + 0.4)))
    ink = torch.lerp(lab[3], lab[0] - torch.tensor([0.08, 0.0, 0.0]), dark)
    return Paint(
        anchors=lab.t().contiguous(),
        ink=ink[:, None].contiguous(),
        sharp=8.0 * math.exp(0.9 * crisp) * grade.edge,
        shade=0.035 * math.exp(0.4 * float(heard[55])) * grade.contrast,
        tint=0.014 * grade.chroma,
        line=line * grade.lines,
        line_width=0.05 * math.exp(0.4 * float(heard[56])),
        level=0.75 + 0.35 * float(heard[57]),
    )


def colour(fields: Tensor, slope: Tensor, paint: Paint) -> tuple[Tensor, bool]:
    """Fields (FIELDS, n) and their change per pixel (2, n), of logits and of ink → sRGB (3, n) uint8,
    and whether every number on the way was finite.

    Edges are softened to about a pixel: the sharper the logits change, the less they are sharpened.
    """
    sharp = paint.sharp / (1.0 + (0.8 * abs(paint.sharp)) * slope[0]) + 0.1 * min(paint.sharp, 5.0)
    weights = fields[:COLOURS] * sharp
    weights.sub_(weights.amax(0)).exp_()
    weights.div_(weights.sum(0))
    lab = paint.anchors @ weights
    # Bounded, so that no corner of a calm picture glares.
    relief = fields[COLOURS : COLOURS + 3].clamp(-3.0, 3.0)
    lab[0].add_(relief[0], alpha=paint.shade)
    lab[1:].add_(relief[1:], alpha=paint.tint)
    if paint.line:
        wide = slope[1] + paint.line_width
        near = (fields[COLOURS + 3] - paint.level).div_(wide).square_().square_().add_(1.0).mul_(wide)
        lab.lerp_(paint.ink, near.reciprocal_().mul_(paint.line * paint.line_width).clamp_(-1.0, 1.0))
    linear = _TO_LINEAR.to(lab.device) @ (_TO_LMS.to(lab.device) @ lab).pow_(3)
    finite = math.isfinite(float(linear.sum()))
    if not finite:
        linear.nan_to_num_(0.0)
    return _encoded(linear.clamp_(0.0, 1.0)), finite


def _encoded(linear: Tensor) -> Tensor:
    """Linear light 0..1 → bytes (uint8) by sRGB's curve, looked up by the square root, which spreads the darks evenly;
    ``linear`` is overwritten."""
    return _BYTES.to(linear.device)[linear.sqrt_().mul_(len(_BYTES) - 0.5).to(torch.int32)]
