"""Folding a latent into the plain matrices of one frame: what every layer hears, standardised on a probe of the view.

Two things keep any latent, however far out, a picture: before a frame, each layer is standardised on a small probe of
the view, as adaptive instance normalisation does on a feature map (Huang & Belongie 2017, eq. 8), and every activation
is bounded. The probe's figures go into the weights, so that drawing costs one matrix product and one activation a
layer. Runs on the CPU, on the generator's thread; only the drawing of pixels may be elsewhere.
It is numpy's work but for the activations: on matrices this small a call of torch costs more than what it computes.

Row 0 of the layer latents composes: how lively the picture is, where it lies still, how the ground is divided. Rows
1 and 2 lay out large forms, rows 3 to 5 bend them, rows 6 and 7 give texture and finish, row 8 colours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.break_values import Breaks
from latentjockey.generators.cppn_breaks import ENDS, Bend, Wound, cut, turned_waves
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

Row = NDArray[np.float32]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Folded:
    """One frame's network. A layer is ``inner`` on (hidden, ones) plus ``outer`` on (features, ones); not all have
    both, and the texture layer's second half hears ``carried`` on (u, v). Then come its activations; the head is last.
    Where it is broken, ``wounds`` lie between a layer and the next, and the first layers hear a plane that is turned by
    ``turn`` degrees.
    """

    inner: tuple[Tensor | None, ...]  # HIDDEN × (WIDTH, WIDTH + 1)
    outer: tuple[Tensor | None, ...]  # HIDDEN × (WIDTH, PLANE)
    carried: Tensor  # (HALF, 2)
    pairs: tuple[tuple[Activation, Activation], ...]
    lull: Lull
    head: Tensor  # (FIELDS, WIDTH + 1)
    ground: Tensor  # (COLOURS, PLANE): what the plane itself adds to the colours' logits
    wounds: Mapping[int, Wound] = field(default_factory=dict)  # by layer
    turn: float = 0.0

    def to(self, device: torch.device) -> Folded:
        if device.type == "cpu":
            return self
        inner, outer = (tuple(m if m is None else m.to(device) for m in part) for part in (self.inner, self.outer))
        carried, head, ground = (m.to(device) for m in (self.carried, self.head, self.ground))
        wounds = {layer: wound.to(device) for layer, wound in self.wounds.items()}
        return Folded(inner, outer, carried, self.pairs, self.lull, head, ground, wounds, self.turn)


@dataclass(frozen=True, slots=True)
class Look:
    """What the controls ask of the network. ``pixel`` is the size of a pixel in the plane's units."""

    activation: int
    detail: float
    texture: float
    pixel: float


def _groups(heard: Row) -> Row:
    """How strongly each feature enters the first layer (FEATURES,), from what row 0 hears."""
    lean = np.exp(1.9 * heard[: len(GROUPS)])
    gains: Row = (lean / lean.sum()) @ _SHARES
    return gains


def _turned(skip: Matrix, angle: float) -> Matrix:
    """The skip weights (WIDTH, FEATURES) with the plane's two axes turned."""
    c, s = math.cos(angle), math.sin(angle)
    turned = skip.copy()
    turned[:, 0] = c * skip[:, 0] - s * skip[:, 1]
    turned[:, 1] = s * skip[:, 0] + c * skip[:, 1]
    return turned


def fold(weights: Weights, heard: Tensor, probe: Tensor, look: Look, breaks: Breaks | None = None) -> Folded:
    """The network for one frame. ``heard`` (ROWS, PROJECTIONS) from :func:`project`; ``probe`` (PLANE, n) holds the
    features of the view's points and ones. The probe sees the whole network, whatever the ``breaks``."""
    pairs = activations(look.activation)
    rows, points = heard.numpy(), probe.numpy()
    layout = rows[0]
    enter = _groups(layout)
    lively = _liveliness(layout)
    lull = Lull(0.0, 0.0)
    angle = 0.55 * float(layout[12])
    carried = _pitches(weights, rows[TEXTURE + 1], look) * _CARRIED
    columns = np.ones(WIDTH, np.float32)
    hidden = np.zeros((WIDTH, points.shape[1]), np.float32)
    inners: list[Tensor | None] = []
    outers: list[Tensor | None] = []
    wounds: dict[int, Wound] = {}
    bend: Bend | None = None
    for layer in range(HIDDEN):
        row = rows[layer + 1]
        inner, outer = None, None
        if _SKIP[layer]:
            outer = np.zeros((WIDTH, PLANE), np.float32)
            outer[:, :-1] = _turned(weights.skip[layer].numpy(), angle) * (enter * (_SKIP[layer] * look.detail))
        if layer == 0 and outer is not None:
            outer[:, :-1] *= math.exp(0.25 * layout[13]) * lively**0.5
            outer[:, -1] = weights.bias[layer].numpy() + row[:WIDTH]
            np.matmul(outer, points, out=hidden)
        else:
            inner, hidden = _standardised(weights, layer, row, columns, hidden, lively * look.detail)
            if outer is not None:
                hidden += outer @ points
            if layer == TEXTURE:
                hidden[HALF:] += carried @ points[:2]
        columns = _columns(row)
        bent = torch.from_numpy(hidden)
        activate(bent, pairs[layer])
        if layer == LULL:
            lull = _lull(layout, hidden[0], lively)
        join(bent, layer, lull)
        if layer == TEXTURE:
            columns[HALF:] = _amount(weights, row, look)
        if bend is not None and inner is not None:
            inner, bend = bend.heard_by(inner), None
        if breaks is not None and layer in ENDS:
            wound, bend = cut(breaks, layer, hidden)
            if wound is not None:
                wounds[layer] = wound
        inners.append(None if inner is None else torch.from_numpy(inner))
        outers.append(None if outer is None else torch.from_numpy(outer))
    head, ground = _head(weights, rows, columns, hidden), _ground(layout, enter, angle)
    if bend is not None:
        head = bend.heard_by(head)
    if breaks is not None and breaks.fine.rotate:
        carried = turned_waves(carried, breaks)
    made = (torch.from_numpy(matrix) for matrix in (carried, head, ground))
    carrier, last, below = made
    turn = math.fmod(breaks.coarse.rotate, 360.0) if breaks is not None else 0.0
    return Folded(tuple(inners), tuple(outers), carrier, pairs, lull, last, below, wounds, turn)


def _standardised(
    weights: Weights, layer: int, row: Row, columns: Row, hidden: Matrix, lively: float
) -> tuple[Matrix, Matrix]:
    """A hidden layer (WIDTH, WIDTH + 1) whose rows have mean 0 and a chosen spread on the probe, and what it makes of
    ``hidden`` (WIDTH, n) there."""
    gain = np.exp(0.35 * row[WIDTH : 2 * WIDTH] + 0.2 * row[64]) * np.float32(lively)
    mixed = weights.hidden[layer].numpy() * columns
    before = mixed @ hidden
    mean = before.mean(1)
    scale = gain * np.float32(_BEND[layer]) / (_deviation(before, mean) + np.float32(0.02))
    bias = weights.bias[layer].numpy() + np.float32(0.9) * row[:WIDTH] - scale * mean
    if layer == TEXTURE:
        bias[:HALF] -= 1.2  # forms seldom reach the level at which they carry texture
        scale[HALF:] *= 2.2
    inner = np.empty((WIDTH, WIDTH + 1), np.float32)
    np.multiply(mixed, scale[:, None], out=inner[:, :-1])
    inner[:, -1] = bias
    before *= scale[:, None]
    before += bias[:, None]
    return inner, before


def _columns(row: Row) -> Row:
    """How much of each half of a bent layer the next one hears (WIDTH,)."""
    columns = np.empty(WIDTH, np.float32)
    lean = 1.2 * float(row[65])
    columns[:HALF], columns[HALF:] = 2.0 * _sigmoid(lean), 2.0 * _sigmoid(-lean)
    return columns


def _lull(layout: Row, field: Row, lively: float) -> Lull:
    """The threshold of ``field`` (n,) on the probe above which a share of the plane, from a third to all, is lively."""
    share = 0.3 + 0.7 * _sigmoid(0.5 + 1.3 * float(layout[21]) + 2.0 * (lively - 0.75))
    steepness = 3.0 / (float(field.std(ddof=1)) + 0.1)
    at = (1.0 - share) * (field.size - 1)
    lower = min(int(at), field.size - 2)
    below, above = np.sort(field)[lower : lower + 2].tolist()
    return Lull(steepness, -steepness * (below + (at - lower) * (above - below)))


def _liveliness(layout: Row) -> float:
    """How much a layout lets happen: a third of all latents near 0.5, a third in the middle, a third near 1.2."""
    return 0.45 * math.pow(1.25 / 0.45, _sigmoid(1.9 * float(layout[20])))


def _ground(layout: Row, enter: Row, angle: float) -> Matrix:
    """The large division of the picture (COLOURS, PLANE): each colour leans to a side, the rim, a horizon."""
    strength = 0.42 * math.exp(0.6 * float(layout[22]) - 0.35 * float(layout[20]))
    lean = _turned(layout[30 : 30 + COLOURS * FEATURES].reshape(COLOURS, FEATURES), angle) * enter
    ground = np.empty((COLOURS, PLANE), np.float32)
    ground[:, :-1] = lean * strength
    ground[:, -1] = layout[23 : 23 + COLOURS] * (0.6 * strength)
    return ground


_BEND = (0.0, 1.15, 1.1, 1.05, 1.0, 0.9, 0.9)
_SKIP = (1.25, 0.55, 0.0, 0.0, 0.0, 0.0, 0.0)


_SHARES = np.zeros((len(GROUPS), FEATURES), np.float32)
for _number, _group in enumerate(GROUPS):
    for _feature, _share in _group:
        _SHARES[_number, _feature] = _share
_CARRIED = np.array([s for _, s in FEATURE_STATS[:2]], np.float32)
_STEPS = np.array([-1.45, -0.75, 0.0, 0.75, 1.5], np.float32)
_OFTEN = np.array([0.15, 0.1, 0.1, 0.0, -0.5], np.float32)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def _deviation(rows: Matrix, mean: Row) -> Row:
    """The standard deviation of each row (k, n) → (k,)."""
    apart = rows - mean[:, None]
    spread: Row = np.sqrt(np.einsum("ij,ij->i", apart, apart) / np.float32(rows.shape[1]))
    return spread


def _pitches(weights: Weights, row: Row, look: Look) -> Matrix:
    """The texture's waves (HALF, 2), radians a half short side."""
    angle = 0.9 * float(row[68])
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, s], [-s, c]], np.float32) * np.float32(math.exp(0.45 * float(row[66])) * look.detail)
    pitches: Matrix = weights.carriers.numpy() @ turn
    return pitches


def _amount(weights: Weights, row: Row, look: Look) -> Row:
    """How much of each wave is seen (HALF,). Waves too fine for the pixels fade, so that no size aliases."""
    pitches = _pitches(weights, row, look)
    finest = (pitches * pitches).sum(1) * look.pixel**2
    seen = look.texture * (0.1 + 0.8 * float(np.logaddexp(0.0, 1.8 * float(row[67]) - 0.9)))
    amount: Row = np.exp(-0.35 * finest) * (seen / (1.0 + np.exp(-1.5 * row[70 : 70 + HALF])))
    return amount


def _head(weights: Weights, rows: Matrix, columns: Row, hidden: Matrix) -> Matrix:
    """The last matrix (FIELDS, WIDTH + 1): logits of the colours, shade, two tints and ink from standardised fields."""
    late = rows[ROWS - 1]
    inner = weights.head.numpy() * (1.0 + 0.35 * late[: HEAD * 3].reshape(3, HEAD).mean(0)[:, None]) * columns
    before = inner @ hidden
    mean = before.mean(1)
    # By the mean deviation: where little happens, what happens in a corner must not silence the rest.
    scale = 0.8 / (np.abs(before - mean[:, None]).mean(1) + np.float32(0.02))
    fields = np.empty((HEAD, WIDTH + 1), np.float32)
    fields[:, :WIDTH] = inner * scale[:, None]
    fields[:, -1] = -scale * mean
    # Colours either own regions (a field each) or lie in order along one field, a path: the latent says how much.
    path = _sigmoid(1.6 * float(late[40]))
    logits = fields[:COLOURS] * np.float32(1.0 - path)
    logits += np.float32(path) * (2.0 * _STEPS[:, None] * fields[COLOURS])
    logits[:, -1] += 0.45 * late[41 : 41 + COLOURS] + _OFTEN - path * _STEPS * _STEPS
    return np.concatenate((logits, fields[COLOURS + 1 :]))
