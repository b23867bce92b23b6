"""All figures of an evaluation: does a model copy, has it collapsed, is it recognised. What each means is told in
docs/models.md. One thread; draws some thousand pictures and trains a recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latentjockey.training import directions, measures, recogniser
from latentjockey.training.gallery import Gallery, Reals
from latentjockey.training.maker import Makes
from latentjockey.training.measures import F32
from latentjockey.training.recogniser import Recogniser

Figures = dict[str, Any]

NEIGHBOURS = 5
_PLACES = 128
_MOST_PARTS = 4
_TOLD = 0.3
_TRIED = 64
_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Distances and indices (n, 5) of the pictures nearest to samples and to fresh pictures, within ``among``.
    ``usual`` is the median distance of a fresh picture to its nearest."""

    among: Gallery
    samples: tuple[F32, NDArray[np.int64]]
    fresh: tuple[F32, NDArray[np.int64]]

    @property
    def usual(self) -> float:
        return float(np.median(self.fresh[0][:, 0]))


def neighbours(samples: Gallery, reals: Reals) -> Neighbours:
    """What is nearest to samples, and to fresh pictures, among all that were learned from."""
    learned, fresh = measures.looks(reals.learned.pixels), measures.looks(reals.fresh.pixels)
    made = measures.looks(samples.pixels)
    if reals.unseen:
        among, own, all_rows = reals.learned, None, learned
    else:  # the model saw the fresh ones as well: they count, but not each for itself
        among = Gallery(
            np.concatenate([reals.learned.pixels, reals.fresh.pixels]),
            np.concatenate([reals.learned.labels, reals.fresh.labels]),
        )
        own, all_rows = len(learned) + np.arange(len(fresh)), np.concatenate([learned, fresh])
    return Neighbours(
        among,
        measures.nearest(made, all_rows, NEIGHBOURS),
        measures.nearest(fresh, all_rows, NEIGHBOURS, own),
    )


def compared(samples: Gallery, reals: Reals, near: Neighbours) -> Figures:
    """The figures that need no recogniser."""
    made, fresh, learned = (measures.looks(g.pixels) for g in (samples, reals.fresh, reals.learned))
    copying = measures.copying(near.samples[0][:, 0], near.fresh[0][:, 0])
    diversity = measures.diversity(made, samples.labels, learned, reals.learned.labels)
    n = min(len(made), len(fresh), len(learned))
    places = learned[:: max(1, len(learned) // _PLACES)][:_PLACES]
    far, near_by = measures.wasserstein(made[:n], fresh[:n]), measures.wasserstein(learned[:n], fresh[:n])
    sharp, real_sharp = measures.sharpness(samples.pixels), measures.sharpness(reals.fresh.pixels)
    names = reals.classes
    return {
        "counts": {"samples": len(made), "learned": len(learned), "fresh": len(fresh), "fresh_unseen": reals.unseen},
        "copying": {
            "ratio": copying.ratio,
            "copies": copying.copies,
            "real_alike": copying.alike,
            "median_sample": copying.sample,
            "median_real": copying.real,
        },
        "diversity": {
            "ratio": diversity.ratio,
            "each": {names[int(k)]: r for k, r in zip(np.unique(samples.labels), diversity.each, strict=True)},
            "collapsed": [names[k] for k in diversity.collapsed],
        },
        "modes": {
            "samples": measures.occupied(made[:n], places),
            "real": measures.occupied(fresh[:n], places),
            "of": len(places),
        },
        "distance": {"samples": far, "real": near_by, "pictures": n},
        "sharpness": {"samples": sharp, "real": real_sharp, "ratio": sharp / real_sharp if real_sharp else 1.0},
    }


def recognised(judge: Recogniser, samples: Gallery, fresh: Gallery, classes: Sequence[str]) -> Figures:
    """What a recogniser makes of samples and of pictures that it was not taught."""
    told, parts = judge.told(samples.pixels)
    real_told, real_parts = judge.told(fresh.pixels)
    wanted = directions.columns(fresh.parts)
    parts_told = {
        name: recogniser.tells(wanted[name], real_parts[:, i], fresh.labels) for i, name in enumerate(judge.names)
    }
    best = [i for i in np.argsort([-_number(parts_told[name]) for name in judge.names], kind="stable")
            if _number(parts_told[judge.names[i]]) > _TOLD][:_MOST_PARTS]  # fmt: skip
    figures: Figures = {"parts": {name: None if np.isnan(v) else v for name, v in parts_told.items()}}
    if len(classes) > 1:
        table = recogniser.confusion(samples.labels, told, len(classes))
        figures["recognised"] = {
            "samples": float(np.mean(told == samples.labels)),
            "real": float(np.mean(real_told == fresh.labels)),
            "each": {n: float(table[k, k] / max(1, table[k].sum())) for k, n in enumerate(classes)},
            "confusion": table.tolist(),
        }
    if best:
        n = min(len(samples), len(fresh))
        edges = np.quantile(real_parts[:, best], (1 / 3, 2 / 3), axis=0).T.astype(np.float32)
        figures["combinations"] = {
            "samples": recogniser.combinations(told[:n], parts[:n, best], edges),
            "real": recogniser.combinations(real_told[:n], real_parts[:n, best], edges),
            "pictures": n,
            "parts": [judge.names[i] for i in best],
        }
    return figures


def answered(judge: Recogniser, maker: Makes, rows: F32, labels: Sequence[str], seed: int = 3) -> dict[str, float]:
    """What labelled directions (k, z_dim) change of their part from -2 to +2 σ, in its spread, as the recogniser sees
    it."""
    u = maker.places(_TRIED, seed)
    c = maker.weights(torch.arange(_TRIED) % maker.classes)
    found = {}
    for row, label in zip(rows, labels, strict=False):
        if label not in judge.names:
            continue
        i, step = judge.names.index(label), _STEP * torch.from_numpy(row)
        up, down = (judge.told(maker.make(u + sign * step, c))[1][:, i].mean() for sign in (1.0, -1.0))
        found[label] = float((up - down) / judge.scale[i])
    return found


def _number(value: float) -> float:
    return -1.0 if np.isnan(value) else value
