"""A small network that learns to tell classes and parts from pictures, to judge a model by. One thread.

It is no part of any model: it is trained anew for each evaluation, on pictures alone and never on samples, and it is
only as good as its marks on pictures kept apart say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor, nn

from latentjockey.base.clock import Clock
from latentjockey.training.gallery import Gallery, Pixels
from latentjockey.training.measures import F32

SIDE = 64
STEPS = 1500
_BATCH = 48
_RATE = 2e-3
_AT_ONCE = 64
_PARTS_WEIGHT = 0.5


class Net(nn.Module):
    """Pictures (n, 3, 64, 64) about -1..1 → class logits (n, K) and parts (n, P), standardised."""

    def __init__(self, classes: int, parts: int, width: int = 32) -> None:
        super().__init__()
        widths = (width, 2 * width, 3 * width, 4 * width)
        layers: list[nn.Module] = []
        before = 3
        for channels in widths:
            layers += [nn.Conv2d(before, channels, 3, 2, 1), nn.GroupNorm(8, channels), nn.SiLU()]
            before = channels
        self.body = nn.Sequential(*layers)
        self.deep = nn.Sequential(nn.Flatten(), nn.Linear(before * 16, 128), nn.SiLU())
        self.classes, self.parts = nn.Linear(128, max(1, classes)), nn.Linear(128, max(1, parts))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.deep(self.body(x))
        return self.classes(seen), self.parts(seen)


@dataclass(frozen=True, slots=True)
class Recogniser:
    """``names`` are the parts that it was taught, ``middle`` and ``scale`` (P,) undo their standardisation."""

    net: Net
    names: tuple[str, ...]
    middle: F32
    scale: F32

    @torch.no_grad()
    def told(self, pixels: Pixels) -> tuple[NDArray[np.int64], F32]:
        """The class (n,) and the parts (n, P) of pictures uint8 (n, 3, s, s)."""
        classes, parts = [], []
        for start in range(0, len(pixels), _AT_ONCE):
            logits, values = self.net(small(pixels[start : start + _AT_ONCE]))
            classes.append(logits.argmax(1).numpy())
            parts.append(values.numpy()[:, : len(self.names)])
        return np.concatenate(classes), np.concatenate(parts) * self.scale + self.middle


def small(pixels: Pixels) -> Tensor:
    """Pictures uint8 (n, 3, s, s) as the network wants them."""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).float() / 127.5 - 1.0
    if x.shape[2] > SIDE:
        return F.interpolate(x, (SIDE, SIDE), mode="area")
    return x if x.shape[2] == SIDE else F.interpolate(x, (SIDE, SIDE), mode="bilinear")


def learn(
    pictures: Gallery,
    classes: int,
    columns: Mapping[str, F32],
    clock: Clock,
    *,
    minutes: float = 2.5,
    steps: int = STEPS,
    seed: int = 0,
    told: Callable[[float], None] = lambda share: None,
) -> Recogniser:
    """Learn from ``pictures`` what class they are of and their ``columns`` (n,) of parts, NaN where nothing is known,
    for so many ``steps`` or ``minutes``, whichever ends first. ``told`` hears how far it is, 0..1."""
    names = tuple(name for name, values in columns.items() if np.nanstd(values) > 1e-6)
    table = np.stack([columns[name] for name in names], 1) if names else np.zeros((len(pictures), 0), np.float32)
    middle, scale = np.nanmean(table, 0).astype(np.float32), np.nanstd(table, 0).astype(np.float32)
    wanted = torch.from_numpy(((table - middle) / scale).astype(np.float32))
    known = torch.isfinite(wanted)
    wanted = wanted.nan_to_num(0.0)
    labels = torch.from_numpy(pictures.labels)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = Net(classes, len(names))
    adam = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=1e-3)
    dice = np.random.default_rng(seed)
    began = clock.now()
    for step in range(steps):
        share = max(step / steps, (clock.now() - began) / (60.0 * minutes))
        if share >= 1.0:
            break
        adam.param_groups[0]["lr"] = _RATE * (1.0 - share) + 1e-5
        which = dice.integers(0, len(pictures), min(_BATCH, len(pictures)))
        x = small(pictures.pixels[which])
        x = x * (1.0 + 0.1 * torch.from_numpy(dice.normal(size=(len(x), 1, 1, 1)).astype(np.float32)))
        logits, values = net(x)
        loss = F.cross_entropy(logits, labels[which]) if classes > 1 else logits.sum() * 0.0
        if names:
            wrong = (values - wanted[which]).square() * known[which]
            loss = loss + _PARTS_WEIGHT * wrong.sum() / known[which].sum().clamp_min(1)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        told(share)
    return Recogniser(net.eval(), names, middle, scale)


def confusion(wanted: NDArray[np.int64], told: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """How often pictures of a class (row) were taken for one (column): (K, K)."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (wanted, told), 1)
    return table


def tells(wanted: F32, told: F32, labels: NDArray[np.int64]) -> float:
    """The share of a part's variance within classes (n,) that is told; NaN where it does not vary within any, or
    nothing is known."""
    wrong = total = 0.0
    for k in np.unique(labels):
        here = (labels == k) & np.isfinite(wanted)
        if here.sum() > 1:
            aim, got = (values[here].astype(np.float64) - values[here].mean() for values in (wanted, told))
            wrong, total = wrong + float(np.square(aim - got).sum()), total + float(np.square(aim).sum())
    return 1.0 - wrong / total if total > 1e-9 * len(labels) else float("nan")


def combinations(labels: NDArray[np.int64], parts: F32, edges: F32) -> int:
    """How many different combinations of class and parts there are. ``edges`` (P, b) rise, and cut the values (n, P) of
    each part into b + 1 steps."""
    steps = [np.searchsorted(edges[p], parts[:, p]) for p in range(parts.shape[1])]
    return len(np.unique(np.stack([labels, *steps], 1), axis=0))
