"""What is on the sheets of an evaluation: nothing on them is chosen by hand. Draws; one thread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from latentjockey.training.contact import Row, Section
from latentjockey.training.gallery import Gallery
from latentjockey.training.judging import Neighbours
from latentjockey.training.maker import Makes
from latentjockey.training.measures import F32

ACROSS = 9
_ROWS = 8
_STRONGEST = 16
_WEIGHTS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
_REACHES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
_SIGMAS = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)


def of_model(maker: Makes, classes: Sequence[str], rows: F32, labels: Sequence[str], seed: int = 11) -> list[Section]:
    """Samples, interpolations, class weights, reach, and the first directions (k, z_dim)."""
    sections = [_samples(maker, classes, seed), _between(maker, classes, seed + 1)]
    if maker.hears_classes:
        sections.append(_weights(maker, classes, seed + 2))
    sections.append(_reaches(maker, classes, seed + 3))
    names = [label or f"direction {i + 1}" for i, label in enumerate([*labels, *([""] * len(rows))][: len(rows)])]
    for first in range(0, min(_STRONGEST, len(rows)), _ROWS):
        part = slice(first, first + _ROWS)
        sections.append(_directions(maker, classes, rows[part], names[part], first, seed + 4))
    return sections


def of_neighbours(samples: Gallery, fresh: Gallery, near: Neighbours, classes: Sequence[str]) -> list[Section]:
    """The samples that are nearest to something learned and others in turn, beside the same for real pictures."""
    return [
        _beside("Samples", "each with what it learned from that is nearest", samples,
                near.samples, near, classes),
        _beside("Real pictures", "the yardstick: each with others that are nearest", fresh,
                near.fresh, near, classes),
    ]  # fmt: skip


def _samples(maker: Makes, classes: Sequence[str], seed: int) -> Section:
    n = 8 * _ROWS
    labels = np.arange(n) * maker.classes // n if maker.classes <= n else np.arange(n)
    made = maker.make(maker.places(n, seed), maker.weights(labels))
    rows = []
    for row in range(_ROWS):
        part = slice(8 * row, 8 * row + 8)
        there = dict.fromkeys(_name(classes, k) for k in labels[part])
        rows.append(Row(", ".join(there), made[part]))
    return Section("Samples", "64 random places, none chosen", rows)


def _between(maker: Makes, classes: Sequence[str], seed: int) -> Section:
    u, share = maker.places(2 * _ROWS, seed), torch.linspace(0, 1, ACROSS)[:, None]
    rows = []
    for row in range(_ROWS):
        k = row % maker.classes
        other = (row + 1) % maker.classes if row % 2 == 0 else k
        ends = maker.w(u[2 * row : 2 * row + 2], maker.weights(np.array([k, other])))
        name, to = _name(classes, k), _name(classes, other)
        rows.append(Row(f"{name} → {to}" if other != k else name, maker.of_w(maker.between(ends, share))))
    return Section("Interpolations", "one random place to another, as the crossfader mixes them", rows)


def _weights(maker: Makes, classes: Sequence[str], seed: int) -> Section:
    u, rows = maker.places(_ROWS, seed), []
    for row in range(_ROWS):
        k = row % maker.classes
        c = torch.tensor(_WEIGHTS)[:, None] * maker.weights(np.array([k]))
        rows.append(Row(_name(classes, k), maker.make(u[[row]].expand(ACROSS, -1), c)))
    over = tuple(f"{weight:g}".replace("-", "−") for weight in _WEIGHTS)
    return Section("Class vector", "one place each, its class weighted from −2 to 4", rows, over)


def _reaches(maker: Makes, classes: Sequence[str], seed: int) -> Section:
    u, rows = maker.places(_ROWS, seed), []
    for row in range(_ROWS):
        k = row % maker.classes
        places = torch.tensor(_REACHES)[:, None] * u[[row]]
        rows.append(Row(_name(classes, k), maker.make(places, maker.weights(np.full(ACROSS, k)))))
    over = tuple(f"×{reach:g}" for reach in _REACHES)
    return Section("Reach", "one place each, its latent up to eight times as far out", rows, over)


def _directions(
    maker: Makes, classes: Sequence[str], ways: F32, names: Sequence[str], first: int, seed: int
) -> Section:
    u, rows = maker.places(_STRONGEST, seed), []
    for i, (way, name) in enumerate(zip(ways, names, strict=True)):
        k = (first + i) % maker.classes
        places = u[[first + i]] + torch.tensor(_SIGMAS)[:, None] * torch.from_numpy(way)[None]
        rows.append(Row(name, maker.make(places, maker.weights(np.full(ACROSS, k)))))
    over = tuple(f"{sigma:+g} σ".replace("-", "−") if sigma else "0" for sigma in _SIGMAS)
    which = f"{first + 1} to {first + len(rows)}"
    return Section(f"Directions {which}", "the most visible first; a named one was found by its label", rows, over)


def _beside(
    heading: str,
    about: str,
    pictures: Gallery,
    found: tuple[F32, NDArray[np.int64]],
    near: Neighbours,
    classes: Sequence[str],
) -> Section:
    apart, which = found
    nearest = np.argsort(apart[:, 0], kind="stable")[:_ROWS].tolist()
    rest = [i for i in range(len(pictures)) if i not in set(nearest)]
    chosen = nearest + rest[:: max(1, len(rest) // _ROWS)][:_ROWS]
    usual = near.usual or 1.0
    rows = []
    for place, i in enumerate(chosen):
        together = np.concatenate([pictures.pixels[[i]], near.among.pixels[which[i]]])
        notes = ("", *(f"{d / usual:.2f}" for d in apart[i]))
        how = "nearest of all" if place < len(nearest) else "any"
        rows.append(Row(f"{_name(classes, int(pictures.labels[i]))}, {how}", together, notes))
    return Section(heading, about, rows)


def _name(classes: Sequence[str], k: int) -> str:
    return classes[k] if k < len(classes) else "any"
