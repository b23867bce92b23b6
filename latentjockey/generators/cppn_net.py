"""The coordinate network itself: seeded weights, and folding a latent into plain matrices for one frame.

A compositional pattern-producing network (Stanley 2007, "Compositional pattern producing networks: a novel abstraction
of development") whose every layer hears its own row of the layer latents. Two things keep any latent, however far out,
a picture: before a frame, each layer is standardised on a small probe of the view, as adaptive instance normalisation
does on a feature map (Huang & Belongie 2017, eq. 8), and every activation is bounded. The probe's figures are folded
into the weights, so that drawing costs one matrix product and one activation a layer.

Everything here runs on the CPU, on the generator's thread; only the drawing of pixels may be elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

WIDTH = 24
HALF = WIDTH // 2
HIDDEN = 7
ROWS = HIDDEN + 2  # row 0 lays out the plane, rows 1..7 bend, row 8 colours
PROJECTIONS = 112
COLOURS = 5
HEAD = COLOURS + 5  # colour fields, path, shade, two tints, ink
FIELDS = COLOURS + 4  # what is drawn: logits of the colours, shade, two tints, ink
TEXTURE = 5  # the hidden layer that carries fine structure

# The plane's features, in rows; the numbers standardise each over the square [-1, 1]².
FEATURE_STATS = (
    (0.0, 0.577),  # u
    (0.0, 0.577),  # v
    (0.80, 0.28),  # r
    (0.52, 0.27),  # |u|
    (0.52, 0.27),  # |v|
    (0.0, 0.65),  # cos 2θ
    (0.0, 0.65),  # sin 2θ
    (0.0, 0.62),  # cos 3θ
    (-0.62, 0.85),  # log r
    (1.55, 0.75),  # 1 / |v|: a horizon
    (0.0, 0.92),  # u / |v|
)
FEATURES = len(FEATURE_STATS)
PLANE = FEATURES + 1  # the features and a row of ones
# Which features a layout favours together: (feature, weight) by group.
GROUPS = (
    ((0, 1.0), (1, 1.0)),
    ((1, 1.25), (0, 0.3)),
    ((3, 1.1), (1, 0.9), (0, 0.08)),
    ((2, 1.2), (5, 0.35), (7, 0.3)),
    ((8, 1.0), (5, 0.7), (6, 0.7)),
    ((9, 0.9), (10, 0.8), (1, 0.5)),
    ((2, 0.6), (3, 0.7), (4, 0.7)),
)
LIMIT = 1.0e4
"""Beyond this a control's value changes nothing more: float32 sums stay finite."""

Activation = Callable[[Tensor], object]


def waves(x: Tensor) -> object:
    return x.sin_()


def bells(x: Tensor) -> object:
    """The bell of the Lorentz curve: as good as Gauss's here, and needs no exponential."""
    return x.square_().add_(1.0).reciprocal_()


def folds(x: Tensor) -> object:
    """Triangle wave of period 2π."""
    x.mul_(1.0 / (2.0 * math.pi))
    return x.sub_(torch.round(x)).abs_().mul_(4.0)


def clay(x: Tensor) -> object:
    return x.tanh_()


def ridges(x: Tensor) -> object:
    return x.mul_(0.5).sin_().abs_().mul_(3.0)


def shards(x: Tensor) -> object:
    """Sawtooth of period 2π: the one with edges of its own."""
    x.mul_(1.0 / (2.0 * math.pi))
    return x.sub_(torch.round(x)).mul_(3.0)


PURE: tuple[Activation, ...] = (waves, bells, folds, clay, ridges, shards)
# "by the latent": two kinds a layer, between which the latent leans.
MIXED: tuple[tuple[Activation, Activation], ...] = (
    (waves, clay),
    (waves, bells),
    (folds, waves),
    (waves, ridges),
    (clay, bells),
    (clay, waves),
    (waves, clay),
)


def activations(choice: int) -> tuple[tuple[Activation, Activation], ...]:
    """The two activations of every hidden layer for a value of ``/gen/activation``; any whole number goes round."""
    choice %= len(PURE) + 1
    if choice == 0:
        return MIXED
    pure = PURE[choice - 1]
    pairs = [(pure, pure)] * HIDDEN
    pairs[TEXTURE] = (clay, pure)  # its first half is the mask of the texture
    return tuple(pairs)


def activate(x: Tensor, pair: tuple[Activation, Activation]) -> None:
    """Bend the rows of x (WIDTH, n) in place, half of them by each activation of the pair."""
    first, second = pair
    if first is second:
        first(x)
        return
    first(x[:HALF])
    second(x[HALF:])


@dataclass(frozen=True, slots=True)
class Weights:
    """The network before any latent. float32 on the CPU."""

    projection: Tensor  # (ROWS, PROJECTIONS, w_dim)
    hidden: Tensor  # (HIDDEN, WIDTH, WIDTH)
    skip: Tensor  # (HIDDEN, WIDTH, FEATURES)
    bias: Tensor  # (HIDDEN, WIDTH)
    carriers: Tensor  # (HALF, 2): waves of the texture, radians a half short side
    head: Tensor  # (HEAD, WIDTH)


def draw_weights(seed: int, w_dim: int) -> Weights:
    """Weights as a pure function of the seed (any whole number)."""
    rng = torch.Generator().manual_seed(seed % (1 << 63))

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=rng)

    angle = math.pi * torch.rand(HALF, generator=rng)
    pitch = torch.exp(math.log(11.0) + 0.9 * normal(HALF))
    return Weights(
        projection=normal(ROWS, PROJECTIONS, w_dim) / math.sqrt(w_dim),
        hidden=normal(HIDDEN, WIDTH, WIDTH) / math.sqrt(WIDTH),
        skip=normal(HIDDEN, WIDTH, FEATURES),
        bias=0.8 * normal(HIDDEN, WIDTH),
        carriers=torch.stack((pitch * torch.cos(angle), pitch * torch.sin(angle)), 1),
        head=normal(HEAD, WIDTH) / math.sqrt(WIDTH),
    )


def project(weights: Weights, layers: Tensor) -> Tensor:
    """Layer latents (ROWS, w_dim) → what each layer hears (ROWS, PROJECTIONS), about N(0, 1) for z from N(0, 1).

    Far latents are compressed: at three times the usual distance four fifths arrive, and nothing exceeds 12.
    """
    far = layers.abs().amax(1, keepdim=True)
    near = layers * torch.where(far > LIMIT, LIMIT / far.clamp_min(LIMIT), 1.0)
    heard = torch.bmm(weights.projection, near.unsqueeze(2)).squeeze(2)
    return heard / (1.0 + heard.abs() / 12.0)


def features(out: Tensor, u: Tensor, v: Tensor) -> None:
    """Fill out (FEATURES, n) from the plane's u, v (n,), standardised by FEATURE_STATS and smooth everywhere."""
    u2, v2 = u.square(), v.square()
    r2 = u2 + v2
    soft = r2 + 0.03
    torch.sqrt(r2 + 0.01, out=out[2])
    torch.sqrt(u2 + 0.006, out=out[3])
    torch.sqrt(v2 + 0.006, out=out[4])
    torch.div(u2 - v2, soft, out=out[5])
    torch.div(2.0 * u * v, soft, out=out[6])
    torch.div(u * (u2 - 3.0 * v2), soft * out[2], out=out[7])
    torch.log(soft, out=out[8])
    torch.reciprocal(torch.sqrt(v2 + 0.04) + 0.18, out=out[9])
    torch.mul(u, out[9], out=out[10])
    out[0].copy_(u)
    out[1].copy_(v)
    for row, (mean, deviation) in enumerate(FEATURE_STATS):
        out[row].sub_(mean).mul_(1.0 / deviation)


@dataclass(frozen=True, slots=True)
class Folded:
    """One frame's network. A layer is ``inner`` on (hidden, ones) plus ``outer`` on (features, ones); not all have
    both, and the texture layer's second half hears ``carried`` on (u, v). Then come its activations; the head is last.
    """

    inner: tuple[Tensor | None, ...]  # HIDDEN × (WIDTH, WIDTH + 1)
    outer: tuple[Tensor | None, ...]  # HIDDEN × (WIDTH, PLANE)
    carried: Tensor  # (HALF, 2)
    pairs: tuple[tuple[Activation, Activation], ...]
    head: Tensor  # (FIELDS, WIDTH + 1)

    def to(self, device: torch.device) -> Folded:
        if device.type == "cpu":
            return self
        inner, outer = (tuple(m if m is None else m.to(device) for m in part) for part in (self.inner, self.outer))
        return Folded(inner, outer, self.carried.to(device), self.pairs, self.head.to(device))


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
    angle = 0.55 * float(layout[12])
    carried = _pitches(weights, heard[TEXTURE + 1], look) * torch.tensor([s for _, s in FEATURE_STATS[:2]])
    columns = torch.ones(WIDTH)
    hidden = torch.zeros(WIDTH, probe.shape[1])
    inners: list[Tensor | None] = []
    outers: list[Tensor | None] = []
    for layer in range(HIDDEN):
        row = heard[layer + 1]
        gain = torch.exp(0.35 * row[WIDTH : 2 * WIDTH] + 0.3 * row[64]) * look.detail
        inner, outer = None, None
        if _SKIP[layer]:
            outer = torch.zeros(WIDTH, PLANE)
            outer[:, :-1] = _turned(weights.skip[layer], angle) * enter * (_SKIP[layer] * look.detail)
        if layer == 0 and outer is not None:
            outer[:, :-1] *= torch.exp(0.35 * layout[13])
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
                scale[HALF:] *= 1.4
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
        if layer == TEXTURE:
            columns[HALF:] = _amount(weights, row, look)
            hidden[HALF:] *= hidden[:HALF]
        inners.append(inner)
        outers.append(outer)
    return Folded(tuple(inners), tuple(outers), carried, pairs, _head(weights, heard, columns, hidden))


_BEND = (0.0, 1.15, 1.1, 1.05, 1.0, 0.9, 0.9)
_SKIP = (1.25, 0.55, 0.0, 0.0, 0.0, 0.0, 0.0)


def _deviation(rows: Tensor, mean: Tensor) -> Tensor:
    """The standard deviation of each row (k, n) → (k,)."""
    return (rows - mean[:, None]).square_().mean(1).sqrt_()


def _pitches(weights: Weights, row: Tensor, look: Look) -> Tensor:
    """The texture's waves (HALF, 2), radians a half short side."""
    return weights.carriers * (torch.exp(0.45 * row[66]) * look.detail)


def _amount(weights: Weights, row: Tensor, look: Look) -> Tensor:
    """How much of each wave is seen (HALF,). Waves too fine for the pixels fade, so that no size aliases."""
    finest = _pitches(weights, row, look).norm(dim=1) * look.pixel
    return torch.exp(-0.35 * finest.square()) * (look.texture * 1.3 * torch.exp(0.9 * row[67]))


def _head(weights: Weights, heard: Tensor, columns: Tensor, hidden: Tensor) -> Tensor:
    """The last matrix (FIELDS, WIDTH + 1): logits of the colours, shade, two tints and ink from standardised fields."""
    late = heard[ROWS - 1]
    inner = (weights.head * (1.0 + 0.35 * late[: HEAD * 3].view(3, HEAD).mean(0)[:, None])) * columns
    before = inner @ hidden
    mean = before.mean(1)
    scale = 1.0 / (_deviation(before, mean) + 0.02)
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
