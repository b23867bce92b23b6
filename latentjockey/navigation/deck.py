"""One deck: where it is at time t (glide, then drift), its reach about a centre, and its three-band equaliser.

Pure; any thread. A picture's position is a function of this state and the time, nothing else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from latentjockey.navigation.arrays import F32, F64, FLOAT32_MAX, Reals, factor, norm, scale_about, to_float32, widen
from latentjockey.navigation.bands import Bands
from latentjockey.navigation.drift import drift
from latentjockey.navigation.movement import CURVES, Anchor, Glide, glide_fraction, phase_at, waits_for_glide
from latentjockey.navigation.slerp import slerp


@dataclass(frozen=True, slots=True, eq=False)
class DeckState:
    """Everything that decides what a deck shows.

    z, glide_from, centre: (n,) float32. drift_spread: noise in units of the base's own spread, 0 none;
    drift_origin: the phase at which the walk left the base, there the deck is exactly the base.
    psi and overdrive: their product is the reach about the centre, 1 as is. eq: coarse, middle, fine gain.
    Of a model with classes: classes, classes_left, centre_classes (K,) float64: the weights, how far each was from
    there when the glide began, and those of the centre, all 0 where it has none of its own.
    """

    z: F32
    glide_from: F32
    glide: Glide
    drift_seed: int
    drift_anchor: Anchor
    drift_origin: float
    drift_spread: float
    centre: F32
    psi: float
    overdrive: float
    eq: tuple[float, float, float]
    classes: F64 | None = None
    classes_left: F64 | None = None
    centre_classes: F64 | None = None


def glided_z(state: DeckState, t: float) -> F32:
    """The position at time t without its drift: (n,). An interrupted glide starts its successor here."""
    done = glide_fraction(state.glide, t)
    return state.z if done == 1.0 else slerp(state.glide_from, state.z, done)


def deck_classes(state: DeckState, t: float) -> F64 | None:
    """The class weights at time t: (K,) float64, or ``None`` without classes. They go straight while z goes round, by
    the same clock. Walks leave them alone."""
    if state.classes is None or state.classes_left is None:
        return None
    return glided_classes(state.classes, state.classes_left, glide_fraction(state.glide, t))


def glided_classes(classes: F64, left: F64, done: float) -> F64:
    """The weights (K,) of which ``left`` was still to go when the glide began, ``done`` of it being done.

    A glide is kept as what is left of it, and not as where it began: whatever moves a weight meanwhile is seen at once.
    """
    if done >= 1.0 or not left.any():
        return classes
    return widen(widen(classes) + (1.0 - done) * widen(left))


def deck_z(state: DeckState, t: float) -> F32:
    """The position at time t: (n,) float32.

    The drift adds `drift_spread` times noise as strong as the base, then divides by √(1 + spread²): the walk
    stays on the base's shell, where the generator has learnt what to do, as nearly as a random draw does.
    Spread 0 is exactly the base; 1 is half way to anywhere; every larger spread wanders farther from the base and
    none stands still, while a rotation by spread·90° would be back at −z, motionless, at 2. A negative spread
    walks the mirrored way. A zero base has no shell and stays where it is.

    The walk waits for the glide and then leaves the base gently: within one place of its origin the spread grows
    from 0, so that a recalled cue shows its own picture first and nothing jumps when a walk begins. For that, the
    origin of a deck that glides is the phase at the glide's end.
    """
    base = glided_z(state, t)
    if waits_for_glide(state.glide, t):
        return base
    phase = phase_at(state.drift_anchor, t)
    spread = factor(state.drift_spread) * departure(phase - state.drift_origin)
    if spread == 0.0:
        return base
    wide = widen(base)
    noise = widen(drift(state.drift_seed, phase, wide.size))
    strength = spread * norm(wide) / math.sqrt(max(wide.size, 1))
    return to_float32((wide + strength * noise) / math.hypot(1.0, spread))


def shifted(z: F32, steps: Reals, directions: F32) -> F32:
    """z (n,) moved by ``steps`` (k,), in σ, along the rows of ``directions`` (k, n): exactly z without steps.

    Any finite steps; what lies beyond the largest float32 stays there.
    """
    wide = np.clip(np.asarray(steps, dtype=np.float64), -FLOAT32_MAX, FLOAT32_MAX)
    return to_float32(widen(z) + wide @ directions) if wide.any() else z


def departure(distance: float) -> float:
    """How far a walk has left its base after so many places: 0 at 0, 1 from one place on, smooth between, even."""
    return CURVES["smooth"](min(abs(distance), 1.0))


def reach(latents: Reals, centre: Reals, psi: float, overdrive: float) -> F32:
    """centre + psi·overdrive·(latents − centre): the truncation trick without its limits (Karras et al. 2019, §B).

    latents (..., dim), centre broadcastable to it. A reach of 0 is the centre, 1 changes nothing, negative is the
    opposite picture, beyond 1 exaggerates; any finite psi and overdrive.
    """
    return scale_about(latents, centre, factor(factor(psi) * factor(overdrive)))


def equalise(layers: Reals, centre: Reals, bands: Bands, gains: Sequence[float]) -> F32:
    """centre + gain·(layers − centre), with one gain each for coarse, middle and fine layers.

    layers (num_ws, dim); centre broadcastable to it; gain 0 kills a band (its centre is left), 1 leaves it,
    negative mirrors it. Raises ValueError if bands and layers disagree about num_ws.
    """
    if layers.shape[0] != bands.num_ws:
        raise ValueError(f"The bands are for {bands.num_ws} layers and the latents have {layers.shape[0]}.")
    return scale_about(layers, centre, bands.expand(gains)[:, None])


def held(z: F32, centre: F32 | None = None) -> DeckState:
    """A deck that stands still at z, with the mean (zero) as its centre unless one is given."""
    about = np.zeros_like(z) if centre is None else centre
    return DeckState(
        z, z, Glide(0.0, 0.0, "linear"), 0, Anchor(0.0, 0.0, 0.0), 0.0, 0.0, about, 1.0, 1.0, (1.0, 1.0, 1.0)
    )
