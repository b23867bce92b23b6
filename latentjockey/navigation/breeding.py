"""Children of positions, and the mean of several: mutation, crossing, and the centre that a deck's reach is about.

Pure; any thread. The same parents, seed and amount give the same child for ever.
"""

import math
import re
from collections.abc import Sequence

import numpy as np

from latentjockey.navigation.arrays import F32, F64, Reals, factor, norm, perpendicular, to_float32, unit, widen
from latentjockey.navigation.seeds import CLASSES, INHERITANCE, MUTATION, normals, stream_key, uniforms

CUES = 8

_SEPARATORS = re.compile(r"[\s,;+&]+")


def mutate(z: Reals, amount: float, seed: int) -> F32:
    """z (n,) turned by amount · 90° towards a random direction: the same length, and the same for the same seed.

    Amount 0 is z, 1 is unrelated to it, 2 its opposite, 4 z again; growing amounts of one seed walk one great
    circle. A zero vector stays zero; in one dimension there is nowhere to turn and the length is lost instead.
    """
    wide = widen(z)
    angle = factor(amount) * math.pi / 2.0
    along = unit(wide)
    noise = normals([stream_key(MUTATION, seed)], wide.size)[0]
    across = unit(noise - np.sum(noise * along) * along) if wide.size > 1 else np.zeros_like(wide)
    return to_float32(math.cos(angle) * wide + math.sin(angle) * norm(wide) * across)


def breed(a: Reals, b: Reals, seed: int, amount: float) -> F32:
    """A child of a and b (n,): each component from one parent or the other, evenly, then mutated by `amount`.

    Uniform crossover (Syswerda 1989). Components are inherited unscaled: of two typical parents the child is
    as typical as they are.
    """
    from_a = uniforms(stream_key(INHERITANCE, seed), a.shape[-1]) < 0.5
    return mutate(np.where(from_a, widen(a), widen(b)), amount, seed)


def crossed(a: Reals, b: Reals, seed: int) -> F64:
    """The class weights (K,) of a child of two: a share of one parent and the rest of the other, for all classes alike.

    Inherited one by one, as z is, a child of a moth and a bloom would as often be neither as both.
    """
    share = float(uniforms(stream_key(CLASSES, seed), 1)[0])
    return share * widen(a) + (1.0 - share) * widen(b)


def average(zs: Sequence[Reals]) -> F32:
    """The middle of positions (n,): the mean of their directions, at the mean of their lengths.

    A plain mean of k latents is √k times too short and shows the model's average instead of theirs. Of two this is
    slerp at ½. Where the directions cancel out, the direction is `perpendicular` to the first.
    Raises ValueError for no positions.
    """
    if len(zs) == 0:
        raise ValueError("An average needs at least one position.")
    wide: F64 = np.stack([widen(z) for z in zs])  # (k, n)
    directions = unit(wide)
    total = directions.sum(axis=0)
    length = norm(wide).mean()
    if norm(total)[0] < 1e-12 * len(zs):
        lasting = directions[norm(wide)[:, 0] > 0.0]
        total = perpendicular(lasting[0]) if len(lasting) else np.zeros_like(total)
    return to_float32(length * unit(total))


def parse_centre(text: str) -> tuple[int, ...]:
    """What a deck's centre is made of: "mean" or "" → (); "3", "cue 2", "1 3 5", "1,3" → cue numbers 1..8.

    Order is kept, repetitions are dropped. Raises ValueError, in one sentence, for anything else.
    """
    words = [word for word in _SEPARATORS.split(text.lower()) if word not in ("", "cue", "cues", "and")]
    if words == ["mean"] or not text.strip():
        return ()
    cues = [int(word) for word in words if len(word) == 1 and word in "12345678"]
    if not cues or len(cues) != len(words):
        shown = text if len(text) <= 40 else text[:39] + "…"
        raise ValueError(
            f"The centre {shown!r} is not known: write mean, or cue numbers from 1 to {CUES} such as 1 3 5."
        )
    return tuple(dict.fromkeys(cues))
