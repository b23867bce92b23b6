"""Folding a latent into the plain matrices of one frame: what every layer hears, standardised on a probe of the view.

Two things keep any latent, however far out, a picture: before a frame, each layer is standardised on a small probe of
the view, as adaptive instance normalisation does on a feature map (Huang & Belongie 2017, eq. 8), and every activation
is bounded. The probe's figures go into the weights, so that drawing costs one matrix product and one activation a
layer. Runs on the CPU, on the generator's thread; only the drawing of pixels may be elsewhere.

Row 0 of the layer latents composes: how lively the picture is, where it lies still, how the ground is divided. Rows
1 and 2 lay out large forms, rows 3 to 5 bend them, rows 6 and 7 give texture and finish, row 8 colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as nn
from torch import Tensor

from latentjockey.generators.cppn_net import (
    COLOURS,
    FEATURE_STATS,
    FEATURES,
    GROUPS,
    HALF,
    HEAD,
    HIDDEN,
    LULL,
    PLANE,
    ROWS,
    TEXTURE,
    WIDTH,
    Activation,
    Lull,
    Weights,
    activate,
    activations,
    join,
)


@dataclass(frozen=True, slots=True)
class Folded:
    """One frame's network. A layer is ``inner`` on (hidden, ones) plus ``outer`` on (features, ones); not all have
    both, and the texture layer's second half hears ``carried`` on (u, v). Then come its activations; the head is last.
    """

    inner: tuple[Tensor | None, ...]  # HIDDEN × (WIDTH, WIDTH + 1)
    outer: tuple[Tensor | None, ...]  # HIDDEN × (WIDTH, PLANE)
    carried: Tensor  # (HALF, 2)
    pairs: tuple[tuple[Activation, Activation], ...]
    lull: Lull
    head: Tensor  # (FIELDS, WIDTH + 1)
    ground: Tensor  # (COLOURS, PLANE): what the plane itself adds to the colours' logits

    def to(self, device: torch.device) -> Folded:
        if device.type == "cpu":
            return self
        inner, outer = (tuple(m if m is None else m.to(device) for m in part) for part in (self.inner, self.outer))
        carried, head, ground = (m.to(device) for m in (self.carried, self.head, self.ground))
        return Folded(inner, outer, carried, self.pairs, self.lull, head, ground)


@dataclass(frozen=True, slots=True)
class Look:
    """What the controls ask of the network. ``pixel`` is the size of a pixel in the plane's units."""

    activation: int
    detail: float
    texture: float
    pixel: float


def _groups(heard: Tensor) -> Tensor:
    """How strongly each feature enters the first layer (FEATURES,), from what row 0 hears."""
    lean = torch.softmax(1.9 * heard[: len(GROUPS)], 0)
    gains = torch.zeros(FEATURES)
    for weight, group in zip(lean.tolist(), GROUPS, strict=True):
        for feature, share in group:
            gains[feature] += weight * share
    return gains


def _turned(skip: Tensor, angle: float) -> Tensor:
    """The skip weights (WIDTH, FEATURES) with the plane's two axes turned."""
    c, s = math.cos(angle), math.sin(angle)
    turned = skip.clone()
    turned[:, 0] = c * skip[:, 0] - s * skip[:, 1]
    turned[:, 1] = s * skip[:, 0] + c * skip[:, 1]
    return turned


def fold(weights: Weights, heard: Tensor, probe: Tensor, look: Look) -> Folded:
    """The network for one frame. ``heard`` (ROWS, PROJECTIONS) from :func:`project`; ``probe`` (PLANE, n) holds the
    features of the view's points and ones."""
    pairs = activations(look.activation)
    layout = heard[0]
    enter = _groups(layout)
    lively = _liveliness(layout)
    lull = Lull(0.0, 0.0)
    angle = 0.55 * float(layout[12])
    carried = _pitches(weights, heard[TEXTURE + 1], look) * torch.tensor([s for _, s in FEATURE_STATS[:2]])
    columns = torch.ones(WIDTH)
    hidden = torch.zeros(WIDTH, probe.shape[1])
    inners: list[Tensor | None] = []
    outers: list[Tensor | None] = []
    for layer in range(HIDDEN):
        row = heard[layer + 1]
        gain = torch.exp(0.35 * row[WIDTH : 2 * WIDTH] + 0.2 * row[64]) * (lively * look.detail)
        inner, outer = None, None
        if _SKIP[layer]:
            outer = torch.zeros(WIDTH, PLANE)
            outer[:, :-1] = _turned(weights.skip[layer], angle) * enter * (_SKIP[layer] * look.detail)
        if layer == 0 and outer is not None:
            outer[:, :-1] *= torch.exp(0.25 * layout[13]) * lively**0.5
            outer[:, -1] = weights.bias[layer] + row[:WIDTH]
            hidden = outer @ probe
        else:
            mixed = weights.hidden[layer] * columns
            before = mixed @ hidden
            mean = before.mean(1)
            scale = gain * _BEND[layer] / (_deviation(before, mean) + 0.02)
            inner = torch.empty(WIDTH, WIDTH + 1)
            bias = weights.bias[layer] + 0.9 * row[:WIDTH] - scale * mean
            if layer == TEXTURE:
                bias[:HALF] -= 1.2  # forms seldom reach the level at which they carry texture
                scale[HALF:] *= 2.2
            torch.mul(mixed, scale[:, None], out=inner[:, :-1])
            inner[:, -1] = bias
            hidden = torch.addcmul(bias[:, None], before, scale[:, None])
            if outer is not None:
                hidden.addmm_(outer, probe)
            if layer == TEXTURE:
                hidden[HALF:].addmm_(carried, probe[:2])
        columns = torch.ones(WIDTH)
        lean = 1.2 * row[65]
        columns[:HALF] *= torch.sigmoid(lean) * 2.0
        columns[HALF:] *= torch.sigmoid(-lean) * 2.0
        activate(hidden, pairs[layer])
        if layer == LULL:
            lull = _lull(layout, hidden[0], lively)
        join(hidden, layer, lull)
        if layer == TEXTURE:
            columns[HALF:] = _amount(weights, row, look)
        inners.append(inner)
        outers.append(outer)
    head = _head(weights, heard, columns, hidden)
    return Folded(tuple(inners), tuple(outers), carried, pairs, lull, head, _ground(layout, enter, angle))


def _lull(layout: Tensor, field: Tensor, lively: float) -> Lull:
    """The threshold of ``field`` (n,) on the probe above which a share of the plane, from a third to all, is lively."""
    share = 0.3 + 0.7 / (1.0 + math.exp(-0.5 - 1.3 * float(layout[21]) - 2.0 * (lively - 0.75)))
    steepness = 3.0 / (float(field.std()) + 0.1)
    return Lull(steepness, -steepness * float(torch.quantile(field, 1.0 - share)))


def _liveliness(layout: Tensor) -> float:
    """How much a layout lets happen: a third of all latents near 0.5, a third in the middle, a third near 1.2."""
    return 0.45 * math.pow(1.25 / 0.45, float(torch.sigmoid(1.9 * layout[20])))


def _ground(layout: Tensor, enter: Tensor, angle: float) -> Tensor:
    """The large division of the picture (COLOURS, PLANE): each colour leans to a side, the rim, a horizon."""
    strength = 0.42 * math.exp(0.6 * float(layout[22]) - 0.35 * float(layout[20]))
    lean = _turned(layout[30 : 30 + COLOURS * FEATURES].view(COLOURS, FEATURES), angle) * enter
    ground = torch.zeros(COLOURS, PLANE)
    ground[:, :-1] = lean * strength
    ground[:, -1] = layout[23 : 23 + COLOURS] * (0.6 * strength)
    return ground


_BEND = (0.0, 1.15, 1.1, 1.05, 1.0, 0.9, 0.9)
_SKIP = (1.25, 0.55, 0.0, 0.0, 0.0, 0.0, 0.0)


def _deviation(rows: Tensor, mean: Tensor) -> Tensor:
    """The standard deviation of each row (k, n) → (k,)."""
    return (rows - mean[:, None]).square_().mean(1).sqrt_()


def _pitches(weights: Weights, row: Tensor, look: Look) -> Tensor:
    """The texture's waves (HALF, 2), radians a half short side."""
    angle = 0.9 * float(row[68])
    c, s = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[c, s], [-s, c]]) * (math.exp(0.45 * float(row[66])) * look.detail)
    return weights.carriers @ turn


def _amount(weights: Weights, row: Tensor, look: Look) -> Tensor:
    """How much of each wave is seen (HALF,). Waves too fine for the pixels fade, so that no size aliases."""
    finest = _pitches(weights, row, look).norm(dim=1) * look.pixel
    return torch.exp(-0.35 * finest.square()) * (
        look.texture * (0.1 + 0.8 * nn.softplus(1.8 * row[67] - 0.9)) * torch.sigmoid(1.5 * row[70 : 70 + HALF])
    )


def _head(weights: Weights, heard: Tensor, columns: Tensor, hidden: Tensor) -> Tensor:
    """The last matrix (FIELDS, WIDTH + 1): logits of the colours, shade, two tints and ink from standardised fields."""
    late = heard[ROWS - 1]
    inner = (weights.head * (1.0 + 0.35 * late[: HEAD * 3].view(3, HEAD).mean(0)[:, None])) * columns
    before = inner @ hidden
    mean = before.mean(1)
    # By the mean deviation: where little happens, what happens in a corner must not silence the rest.
    scale = 0.8 / ((before - mean[:, None]).abs().mean(1) + 0.02)
    fields = torch.zeros(HEAD, WIDTH + 1)
    fields[:, :WIDTH] = inner * scale[:, None]
    fields[:, -1] = -scale * mean
    # Colours either own regions (a field each) or lie in order along one field, a path: the latent says how much.
    path = float(torch.sigmoid(1.6 * late[40]))
    steps = torch.tensor([-1.45, -0.75, 0.0, 0.75, 1.5])
    logits = fields[:COLOURS] * (1.0 - path)
    logits += path * (2.0 * steps[:, None] * fields[COLOURS])
    logits[:, -1] -= path * steps.square()
    logits[:, -1] += 0.45 * late[41 : 41 + COLOURS] + torch.tensor([0.15, 0.1, 0.1, 0.0, -0.5])
    return torch.cat((logits, fields[COLOURS + 1 :]))
