"""The coordinate network itself: its seeded weights, its activations and what it knows of the plane.

A compositional pattern-producing network (Stanley 2007, "Compositional pattern producing networks: a novel abstraction
of development") whose every layer hears its own row of the layer latents. :mod:`cppn_fold` makes one frame of it,
:mod:`cppn_draw` draws that frame. Pure functions, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as nn
from torch import Tensor

WIDTH = 24
HALF = WIDTH // 2
HIDDEN = 7
ROWS = HIDDEN + 2  # row 0 lays out the plane, rows 1..7 bend, row 8 colours
PROJECTIONS = 112
COLOURS = 5
HEAD = COLOURS + 5  # colour fields, path, shade, two tints, ink
FIELDS = COLOURS + 4  # what is drawn: logits of the colours, shade, two tints, ink
LULL = 1  # the hidden layer that leaves parts of the plane in peace
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

FARTHEST = 3.2
"""What a layer hears of a latent that is infinitely far out: wild, but still a picture."""

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
class Lull:
    """Where the plane lies still: what is below a soft threshold of one field takes no part in what follows."""

    steepness: float
    level: float


_LEAK = 0.09  # how much is left of the lower half of a form that carries texture: the picture's flat areas


def join(x: Tensor, layer: int, lull: Lull) -> None:
    """What the rows of a bent layer x (WIDTH, n) do to each other, in place: one stills places, half mask the waves."""
    if layer == LULL:
        x *= torch.sigmoid(x[0] * lull.steepness + lull.level).add_(0.1)
    elif layer == TEXTURE:
        x[HALF:] *= x[:HALF].clamp_min(0.0)
        nn.leaky_relu_(x[:HALF], _LEAK)


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
    pitch = torch.exp(math.log(24.0) + 0.6 * normal(HALF))
    return Weights(
        projection=normal(ROWS, PROJECTIONS, w_dim) / math.sqrt(w_dim),
        hidden=normal(HIDDEN, WIDTH, WIDTH) / math.sqrt(WIDTH),
        skip=normal(HIDDEN, WIDTH, FEATURES),
        bias=0.8 * normal(HIDDEN, WIDTH),
        carriers=torch.stack((pitch * torch.cos(angle), pitch * torch.sin(angle)), 1),
        head=normal(HEAD, WIDTH) / math.sqrt(WIDTH),
    )


def blend_weights(near: Weights, far: Weights, amount: float) -> Weights:
    """The network on a straight line from ``near`` (0) to ``far`` (1) and on, any finite amount. Its numbers keep their
    spread all the way, so that it is as lively in the middle as at the ends; far out it rests on the difference."""
    amount = max(-LIMIT, min(LIMIT, amount))
    keep = 1.0 / math.hypot(1.0 - amount, amount)

    def mixed(name: str) -> Tensor:
        return torch.lerp(getattr(near, name), getattr(far, name), amount).mul_(keep)

    return Weights(*(mixed(field.name) for field in fields(Weights)))


def project(weights: Weights, layers: Tensor) -> Tensor:
    """Layer latents (ROWS, w_dim) → what each layer hears (ROWS, PROJECTIONS), about N(0, 1) for z from N(0, 1).

    Far latents are compressed: at three times the usual distance two thirds arrive, and nothing exceeds ``FARTHEST``.
    """
    far = layers.abs().amax(1, keepdim=True)
    near = layers * torch.where(far > LIMIT, LIMIT / far.clamp_min(LIMIT), 1.0)
    heard = torch.bmm(weights.projection, near.unsqueeze(2)).squeeze(2)
    return heard / torch.sqrt(1.0 + (heard / FARTHEST).square())


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
