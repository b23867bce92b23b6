"""The crossfader's curve of equal visible change: equal travel of the hand, equal change of the picture.

Pure; any thread. A latent path changes quickly in some stretches and hardly in others. Its visible length is measured
between a few pictures along it (the perceptual path length of Karras et al. 2019, §4.1, uses the same idea), and
the inverse of the running length re-parametrises the path (Guenter, Parent: Computing the arc length of parametric
curves, 1990).
"""

import numpy as np
from numpy.typing import NDArray

from latentjockey.navigation.arrays import F64, Reals

_COARSEST_SIDE = 4
_LEVELS = 4

# Linear sRGB → cone-like responses → OKLab (Ottosson: A perceptual color space for image processing, 2020).
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_CODES = np.arange(256) / 255.0
# IEC 61966-2-1, the decoding of sRGB, as a table.
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)


def travel_curve(distances: Reals, curve: F64 | None = None, regularity: float = 0.02) -> F64:
    """The path parameter at equal steps of visible change: (k,) distances → (k + 1,), from 0 to 1, rising.

    distances[i] ≥ 0 is what is seen to change between the parameters curve[i] and curve[i + 1], `curve` (k + 1,) being
    the identity where none is given. Measured again along the result, and put in here with it, the steps become more
    even each time: a path that turns within a step is not known from its ends. A share `regularity`
    (0 < regularity ≤ 1) of an even distribution is blended in, so that a stretch where nothing happens is crossed
    at most 1/regularity times as fast and never skipped; no visible change at all gives `curve` back.

    Raises ValueError for no distances, for negative or non-finite ones, and for a curve of another length.
    """
    steps = np.asarray(distances, dtype=np.float64)
    if steps.ndim != 1 or steps.size == 0 or not np.isfinite(steps).all() or (steps < 0.0).any():
        raise ValueError("Visible distances have to be a row of finite numbers, none below zero.")
    even = identity_curve(steps.size)
    places = even if curve is None else curve
    if places.shape != even.shape:
        raise ValueError(f"{steps.size} distances do not lie between the points of a curve of {places.size}.")
    largest = steps.max()
    if largest == 0.0:
        return places.copy()
    shares = steps / largest  # before the sum, which could overflow
    shares = (1.0 - regularity) * shares / shares.sum() + regularity / steps.size
    seen = np.concatenate([[0.0], np.cumsum(shares)])
    better = np.interp(even, seen / seen[-1], places)
    better[0], better[-1] = 0.0, 1.0
    return better


def identity_curve(k: int) -> F64:
    """The curve that changes nothing, with k ≥ 1 steps: (k + 1,)."""
    return np.linspace(0.0, 1.0, k + 1)


def blend_curves(a: F64, b: F64, f: float) -> F64:
    """From curve a (f = 0) to curve b (f = 1), both (k + 1,): a newly measured curve is eased in, never snapped.

    f is a fraction of a glide and stays within 0..1, where the blend of two rising curves rises.
    Raises ValueError if the curves differ in length.
    """
    if a.shape != b.shape:
        raise ValueError(f"Curves of {a.size} and {b.size} points cannot be blended.")
    share = min(max(f, 0.0), 1.0)
    return (1.0 - share) * a + share * b


def travel(curve: F64, x: float) -> float:
    """The path parameter at travel x: monotone cubic interpolation of `curve` (k + 1,) over equal steps of x.

    Passes through 0 at 0 and 1 at 1 and goes on with slope 1 on both sides. Hermite cubic with the harmonic-mean
    slopes of Fritsch and Butland (A method for constructing local monotone piecewise cubic interpolants, 1984),
    which never overshoots.
    """
    if not 0.0 < x < 1.0:
        return float(x)
    k = len(curve) - 1
    i = min(int(x * k), k - 1)
    s = x * k - i
    start, rise = float(curve[i]), float(curve[i + 1] - curve[i])
    before = float(curve[i] - curve[i - 1]) if i > 0 else rise
    after = float(curve[i + 2] - curve[i + 1]) if i + 2 <= k else rise
    slope_0, slope_1 = _harmonic(before, rise), _harmonic(rise, after)
    r = 1.0 - s
    return start + rise * s * s * (3.0 - 2.0 * s) + slope_0 * s * r * r - slope_1 * s * s * r


def resampled(curve: F64, points: int) -> F64:
    """The same travel by another number of points: (k + 1,) → (points,), from files that were written with fewer."""
    if len(curve) == points or len(curve) < 2:
        return curve
    return np.array([travel(curve, x) for x in np.linspace(0.0, 1.0, points)])


def visible_distance(pictures: NDArray[np.uint8]) -> F64:
    """How much is seen to change from each picture to the next: (k + 1, h, w, 3) uint8 sRGB → (k,) ≥ 0.

    The mean of two views. One is the colour difference in OKLab, an opponent space of roughly even steps, averaged
    over the picture and its halvings: colour difference after spatial filtering, the idea of S-CIELAB (Zhang, Wandell
    1997), by which a shifted texture counts less than a changed scene. The other is the plain mean difference of the
    coded pixels, which counts every shimmer. Small pictures (48²) suffice. 1 is black to white.
    """
    levels = oklab(pictures)
    distances = []
    for _ in range(_LEVELS):
        distances.append(np.sqrt(np.square(np.diff(levels, axis=0)).sum(axis=-1)).mean(axis=(1, 2)))
        if min(levels.shape[1:3]) < 2 * _COARSEST_SIDE:
            break
        levels = halved(levels)
    shimmer = np.abs(np.diff(pictures.astype(np.float64), axis=0)).mean(axis=(1, 2, 3)) / 255.0
    return np.asarray(0.5 * (np.mean(distances, axis=0) + shimmer), dtype=np.float64)


def _harmonic(a: float, b: float) -> float:
    """Harmonic mean of two rises, 0 where one is flat: at most twice the smaller, which keeps the cubic monotone."""
    smaller, larger = min(a, b), max(a, b)
    return 0.0 if smaller <= 0.0 else 2.0 * smaller / (1.0 + smaller / larger)


def oklab(pictures: NDArray[np.uint8]) -> F64:
    """sRGB bytes (..., 3) → OKLab L, a, b (..., 3)."""
    responses = np.cbrt(_LINEAR[pictures] @ _TO_LMS.T)
    return np.asarray(responses @ _TO_OKLAB.T, dtype=np.float64)


def halved(pictures: F64) -> F64:
    """Means of 2 × 2 blocks: (k, h, w, 3) → (k, h // 2, w // 2, 3); an odd last row or column is left out."""
    count, height, width, channels = pictures.shape
    even = pictures[:, : height // 2 * 2, : width // 2 * 2]
    blocks = even.reshape(count, height // 2, 2, width // 2, 2, channels)
    return np.asarray(blocks.mean(axis=(2, 4)), dtype=np.float64)
