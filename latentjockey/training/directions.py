"""Directions of a player's u that mean something: found once for a model, and kept in its file. One thread.

Labelled ones come from pictures whose parts are known: the encoder tells their latents, the class prior's inverse makes
them standard normal, and ridge regression of a part, standardised within each class, gives the way along which it grows
most. A part stays when the way tells it for pictures that were not used. Those that must be no fader
(:func:`denied`) are found too, but only so that every other way can be made to leave them alone.

The rest are those of GANSpace (Härkönen et al., 2020), the principal components of w, and SeFa (Shen and Zhou, 2021),
the singular vectors of the layers' style matrices, both taken back to u, where the map to w is nearly linear; each at
right angles to what came before, and in the order of what a step is seen to change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.style.layers import ModulatedConv
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.navigation.travel import visible_distance
from latentjockey.recipes.portraits.labels import steerable
from latentjockey.training.gallery import Parts

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

COUNT = 24
TELLS = 0.2
"""The least share of a part's variance that a way has to tell, of pictures that it was not found with."""
MOVE = 2.0
"""σ; the step by which ways are put in order, half of what a knob spans to either side."""
_SMALL = 32
_PLACES_OF_W = 2048
_AT_ONCE = 16
_RIDGE = 0.01
_LEAST = 0.02
_ALIKE = 0.3
_SAME = 0.9

_NEVER = frozenset(
    {"skin", "complexion", "race", "ethnicity", "ethnic", "gender", "sex", "age", "beard", "bearded", "moustache",
     "mustache", "facial", "whiskers", "stubble", "sideburn", "sideburns", "head"}
)  # fmt: skip
_COLOUR = frozenset({"hue", "warm", "green", "red", "yellow", "light", "lightness", "colour", "color", "chroma"})


@dataclass(frozen=True, slots=True)
class Directions:
    """Rows (k, z_dim) of length 1, the most visible first, and their labels, empty where nobody knows one."""

    rows: F32
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A labelled way (z_dim,) of length 1, and ``tells``, the share of the part's variance that it tells."""

    label: str
    row: F64
    tells: float


def denied(label: str) -> bool:
    """Whether a part must be no fader: skin, hair type, beards and what stands for a kind of person. The colour of hair
    may be one."""
    if not (steerable(label) and steerable(label.replace(" ", "."))):
        return True
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label).casefold()))
    if words & _NEVER:
        return True
    return any("hair" in word for word in words) and not words & _COLOUR


def columns(parts: Parts) -> dict[str, NDArray[np.float32]]:
    """Parts as what can grow along a way: a hue, which goes round, becomes how warm and how green it is."""
    found: dict[str, NDArray[np.float32]] = {}
    for name, values in parts.items():
        name = " ".join(name.replace(".", " ").split())
        stem, _, last = name.rpartition(" ")
        if last != "hue":
            found[name] = values
            continue
        angle = 2 * np.pi * (values.astype(np.float64) - _WARM)
        for word, part in (("warm", np.cos(angle)), ("green", np.sin(angle))):
            found[f"{stem} {word}".strip()] = part.astype(np.float32)
    return found


_WARM = 0.15
"""The hue of warmth, an orange, in turns of OKLab; a quarter further lies green."""


def whitened(z: Tensor, labels: Tensor, prior: ClassPrior) -> Tensor:
    """Latents z (n, z_dim) of pictures of the classes ``labels`` (n,) as places u of a player: (n, z_dim). Where a
    class hardly varies, u is 0."""
    u = torch.zeros_like(z)
    for k in np.unique(labels.numpy()).tolist():
        inverse = torch.linalg.pinv(prior.root[k].double(), rtol=_LEAST, hermitian=True).to(z)
        u[labels == k] = (z[labels == k] - prior.mean[k]) @ inverse.t()
    return u


def doubt(variance: Tensor, labels: Tensor, prior: ClassPrior) -> Tensor:
    """What an encoder's variances (n, z_dim) for pictures of the classes ``labels`` are in u, the mean over the
    classes: (z_dim, z_dim)."""
    known = np.unique(labels.numpy()).tolist()
    total = torch.zeros(variance.shape[1], variance.shape[1], dtype=torch.float64)
    for k in known:
        inverse = torch.linalg.pinv(prior.root[k].double(), rtol=_LEAST, hermitian=True)
        total += inverse @ torch.diag(variance[labels == k].double().mean(0)) @ inverse.t()
    return total / max(1, len(known))


def standardised(values: F64, labels: NDArray[np.int64]) -> F64:
    """``values`` (n,) with the mean of its class taken away and divided by its spread there; NaN where a class does not
    vary, or nothing is known."""
    out = np.full(len(values), np.nan)
    for k in np.unique(labels):
        here = (labels == k) & np.isfinite(values)
        if here.sum() > 1 and (scale := values[here].std()) > 1e-6:
            out[here] = (values[here] - values[here].mean()) / scale
    return out


def ways(u: F64, labels: NDArray[np.int64], parts: Parts, noise: F64 | None = None) -> tuple[Way, ...]:
    """The way of each part that one can tell from places u (n, z_dim), the best told first; denied ones too.

    ``noise`` (z_dim, z_dim) is how much the encoder leaves open, as a covariance of u: where it is large the generator
    has learned to hear nothing, so no part is told by what lies there.
    """
    damped = _RIDGE * np.eye(u.shape[1]) + (0.0 if noise is None else noise)
    found = []
    kept = np.arange(len(u)) % 5 != 0
    for label, values in columns(parts).items():
        wanted = standardised(values.astype(np.float64), labels)
        known = np.isfinite(wanted)
        use, test = known & kept, known & ~kept
        if use.sum() < 2 * u.shape[1] or test.sum() < 10:
            continue
        x = u[use]
        slope = np.linalg.solve(x.T @ x + len(x) * damped, x.T @ wanted[use])
        wrong = np.square(wanted[test] - u[test] @ slope).sum()
        tells = 1.0 - wrong / max(np.square(wanted[test]).sum(), 1e-12)
        length = np.linalg.norm(slope)
        if tells >= TELLS and length > 0.0:
            found.append(Way(label, slope / length, float(tells)))
    return tuple(sorted(found, key=lambda way: -way.tells))


@torch.no_grad()
def found(
    net: StyleNet, prior: ClassPrior, known: Sequence[Way] = (), count: int = COUNT, places: int = 16, seed: int = 0
) -> Directions:
    """``count`` directions of a model: ``known`` ones that may be faders, and others at right angles to them.

    ``places`` is at how many places they are tried. Takes 2 · ``places`` · 3 ``count`` pictures at most.
    """
    forbidden = [way.row for way in known if denied(way.label)]
    basis: list[F64] = []
    for row in forbidden:
        _add(basis, row)
    walls = list(basis)
    labelled: list[tuple[str, F64]] = []
    for way in known:
        straight = None if denied(way.label) else _without(way.row, walls)
        if straight is None or any(abs(straight @ other) > _SAME for _, other in labelled) or len(labelled) >= count:
            continue
        labelled.append((way.label, straight))
        _add(basis, straight)
    candidates = _unsupervised(net, prior, count, seed)
    seen = effects(net, prior, candidates, places, seed)
    others: list[F64] = []
    for index in np.argsort(-seen, kind="stable"):
        if len(others) + len(labelled) >= count:
            break
        rest = _without(candidates[index], basis)
        if rest is not None:
            others.append(rest)
            basis.append(rest)
    rows = np.array([row for _, row in labelled] + others).reshape(-1, net.config.z_dim)
    labels = [label for label, _ in labelled] + [""] * len(others)
    order = np.argsort(-effects(net, prior, rows, places, seed + 1), kind="stable")
    return Directions(rows[order].astype(np.float32), tuple(labels[i] for i in order))


@torch.no_grad()
def effects(net: StyleNet, prior: ClassPrior, rows: F64, places: int, seed: int = 0, move: float = MOVE) -> F64:
    """What a step of ``move`` σ along each row (k, z_dim) is seen to change, both ways, the mean over ``places`` of all
    classes in turn: (k,), 1 being black to white."""
    config, total = net.config, np.zeros(len(rows))
    if not len(rows):
        return total
    dice = torch.Generator().manual_seed(seed)
    steps = torch.from_numpy(move * rows).float()
    for place in range(places):
        u = torch.randn(1, config.z_dim, generator=dice)
        c = _one_hot(torch.tensor([place % max(1, config.classes)]), config.classes)
        here = _seen(net, prior, u, c)
        for sign in (1.0, -1.0):
            there = _seen(net, prior, u + sign * steps, c)
            pairs = np.stack([np.broadcast_to(here, there.shape), there], 1).reshape(-1, *there.shape[1:])
            total += visible_distance(pairs)[::2]
    return total / max(1, 2 * places)


def _unsupervised(net: StyleNet, prior: ClassPrior, count: int, seed: int) -> F64:
    """Candidates (m, z_dim) of length 1: principal components of w, and SeFa's of each band's layers."""
    config = net.config
    dice = torch.Generator().manual_seed(seed)
    u = torch.randn(_PLACES_OF_W, config.z_dim, generator=dice)
    k = torch.arange(_PLACES_OF_W) % max(1, config.classes)
    w = net.mapping(prior(u, _one_hot(k, config.classes)), _one_hot(k, config.classes)).double()
    for each in range(max(1, config.classes)):
        w[k == each] -= w[k == each].mean(0)
    linear = torch.linalg.lstsq(u.double(), w).solution  # (z_dim, w_dim): w of a step of u
    rows = [torch.linalg.svd(linear, full_matrices=False).U.t()[:count]]
    coarse, middle = config.bands
    for begin, end in ((0, coarse), (coarse, middle), (middle, config.num_ws)):
        styles = [linear @ conv.affine.weight.double().t() for conv in _convolutions(net, begin, end)]
        if styles:
            rows.append(torch.linalg.svd(torch.cat(styles, 1), full_matrices=False).U.t()[: max(1, count // 3)])
    stacked = torch.cat(rows)
    largest = stacked.gather(1, stacked.abs().argmax(1, keepdim=True))
    return (stacked * largest.sign()).numpy()


def _convolutions(net: StyleNet, begin: int, end: int) -> list[ModulatedConv]:
    """Those whose w is one of ``begin`` to ``end``."""
    found = []
    for block in net.synthesis.ordered():
        layers = [layer for layer in (block.conv0, block.conv1) if layer is not None]
        found += [layer.conv for i, layer in enumerate(layers) if begin <= block.first + i < end]
    return found


def _seen(net: StyleNet, prior: ClassPrior, u: Tensor, c: Tensor | None) -> NDArray[np.uint8]:
    """Small pictures uint8 (n, h, w, 3) of places u (n, z_dim) with the class weights (1, K)."""
    pictures = []
    for part in torch.split(u, _AT_ONCE):
        each = None if c is None else c.expand(len(part), -1)
        x = net(prior(part, each), each).float()
        x = F.adaptive_avg_pool2d(x.clamp(-1, 1), min(_SMALL, x.shape[2]))
        pictures.append(((x + 1) * 127.5).round().byte().permute(0, 2, 3, 1))
    return torch.cat(pictures).numpy()


def _one_hot(k: Tensor, classes: int) -> Tensor | None:
    return F.one_hot(k, classes).float() if classes else None


def _add(basis: list[F64], row: F64) -> None:
    straight = _without(row, basis, 1e-6)
    if straight is not None:
        basis.append(straight)


def _without(row: F64, basis: Sequence[F64], least: float = _ALIKE) -> F64 | None:
    """``row`` less what of it lies along the orthonormal ``basis``, of length 1; None where less than ``least`` is
    left."""
    rest = row.astype(np.float64)
    for other in basis:
        rest = rest - (rest @ other) * other
    length = float(np.linalg.norm(rest))
    return rest / length if length > least * float(np.linalg.norm(row)) else None
