"""Candidates of a model: its samples and weights, brought to what :mod:`.candidates` counts with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from latentjockey.finding.candidates import (
    Candidates,
    Spread,
    as_far_as_spread,
    closed_form,
    principal,
    regressed,
    together,
)
from latentjockey.finding.probes import Probe
from latentjockey.jobs.directions_wish import METHODS
from latentjockey.models.found_directions import W
from latentjockey.navigation.arrays import F64

SAMPLES, FEATURE_SAMPLES = 10_000, 4_000
PCA, SEFA, VISIBLE = METHODS
_AT_ONCE = 250
_SEED = 30_000

Told = Callable[[float], None]
"""Called with the share that is done, 0 to 1, often; may raise to end the work."""


def spread_of(probe: Probe, told: Told, samples: int = SAMPLES) -> F64:
    """The covariance (dim, dim) of the latents that directions are steps of. Places are white; of w it is sampled.

    Of a model with classes it is that within a class: half of how two samples of one class differ.
    """
    if probe.space != W:
        return np.eye(probe.dim)
    found, kinds = Spread(probe.dim), len(probe.generator.spec.classes)
    for share, z, other in _drawn(probe, samples):
        told(share)
        if kinds:
            classes = np.eye(kinds, dtype=np.float32)[(int(share * samples) + np.arange(len(z))) % kinds]
            found.add((probe.latents(z, classes) - probe.latents(other, classes)) / np.sqrt(2.0))
        else:
            found.add(probe.latents(z, None))
    return found.covariance()


def candidates(probe: Probe, spread: F64, methods: tuple[str, ...], count: int, told: Told) -> Candidates:
    """Ways to be measured: somewhat more than ``count``, for some will show little. Principal components come first,
    so that of two nearly alike it is the one of SeFa that goes."""
    parts = []
    both = PCA in methods and SEFA in methods
    if PCA in methods:
        parts.append(_principal(probe, spread, -(-5 * count // 8) if both else count + count // 4, told))
    if SEFA in methods:
        bands = probe.bands()
        each = -(-count // 4) if both and len(bands) > 1 else -(-5 * count // (4 * len(bands)))
        parts += [_closed(probe, spread, name, begin, end, each) for name, begin, end in bands]
    return together(parts)


def suited(probe: Probe) -> tuple[str, ...]:
    """The methods that suit a model, when nobody chose one: what looks into the network where that is known, and else
    what looks at pictures."""
    looks = (PCA,) if probe.space == W or probe.features is not None else ()
    return (*looks, *((SEFA,) if probe.matrices else ())) or (VISIBLE,)


def span(probe: Probe, spread: F64, most: int) -> Candidates:
    """At most ``most`` ways at right angles, one σ each, in which those that show most are sought: the components of w,
    or of z itself."""
    rows = principal(spread, most)
    return _all_layers(probe, rows, "")


def _principal(probe: Probe, spread: F64, count: int, told: Told) -> Candidates:
    if probe.space == W:
        return _all_layers(probe, principal(spread, count), "PCA")
    if probe.features is None:
        return _all_layers(probe, np.zeros((0, probe.dim)), "PCA")
    features: Spread | None = None
    crossed: F64 = np.zeros((0, 0))
    total = 0
    for share, z, _ in _drawn(probe, FEATURE_SAMPLES):
        told(share)
        seen = probe.features(z)
        if features is None:
            features, crossed = Spread(seen.shape[1]), np.zeros((seen.shape[1], probe.dim))
        features.add(seen)
        crossed += (seen - seen.mean(axis=0)).T @ z
        total += len(z)
    if features is None:
        return _all_layers(probe, np.zeros((0, probe.dim)), "PCA")
    return _all_layers(probe, regressed(crossed / total, principal(features.covariance(), count)), "PCA")


def _closed(probe: Probe, spread: F64, name: str, begin: int, end: int, count: int) -> Candidates:
    heard = [matrix for row, found in sorted(probe.matrices.items()) if begin <= row < end for matrix in found]
    rows = closed_form(heard, count)
    rows = as_far_as_spread(rows, spread) if rows.size else np.zeros((0, probe.dim))
    layers = np.tile(np.array([begin, end], np.int64), (len(rows), 1))
    return Candidates(rows, layers, tuple(f"SeFa {i + 1} {name}".strip() for i in range(len(rows))))


def _all_layers(probe: Probe, rows: F64, word: str) -> Candidates:
    layers = np.tile(np.array([0, probe.generator.spec.num_ws], np.int64), (len(rows), 1))
    return Candidates(rows, layers, tuple(f"{word} {i + 1}".strip() for i in range(len(rows))))


def _drawn(probe: Probe, samples: int) -> Iterator[tuple[float, F64, F64]]:
    """Places in parts, each with the share that was drawn before and as many other places: always the same ones."""
    dice = np.random.default_rng(_SEED)
    z_dim = probe.generator.spec.z_dim
    for begin in range(0, samples, _AT_ONCE):
        n = min(_AT_ONCE, samples - begin)
        yield begin / samples, dice.standard_normal((n, z_dim)), dice.standard_normal((n, z_dim))
