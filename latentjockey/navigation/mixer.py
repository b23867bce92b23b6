"""The mixer: how far each layer is from deck A to deck B, and the layers that result.

Pure; any thread. Latents are mixed, not pixels; a different position per band is style mixing by hand.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from latentjockey.navigation.arrays import F32, F64, Reals, factor, factors
from latentjockey.navigation.bands import Bands
from latentjockey.navigation.slerp import lerp, slerp
from latentjockey.navigation.travel import travel

How = Literal["slerp", "lerp"]


def mix(a: Reals, b: Reals, t_layers: Reals, how: How, straight: int = 0) -> F32:
    """Layers of A and B (num_ws, dim) mixed at t_layers (num_ws,): exactly A at 0, exactly B at 1, free beyond.

    "slerp" suits z and noise, whose length matters; "lerp" suits w and embeddings. The last ``straight`` numbers of a
    layer go straight in either case: class weights that lie beside z, which a circle would turn into each other.
    """
    if how == "lerp":
        return lerp(a, b, t_layers)
    if not straight:
        return slerp(a, b, t_layers)
    round_, along = slice(None, -straight), slice(-straight, None)
    return np.concatenate(
        (slerp(a[..., round_], b[..., round_], t_layers), lerp(a[..., along], b[..., along], t_layers)), axis=-1
    )


def band_positions(crossfade: float, offsets: Sequence[float], bands: Bands, curve: F64 | None) -> F64:
    """The mixing position of every layer: travel(crossfade) + the offset of its band, (num_ws,) float64.

    crossfade 0 is A and 1 is B; offsets are coarse, middle, fine; nothing is limited to 0..1. curve is a
    `travel_curve` or None for the identity.
    """
    position = crossfade if curve is None else travel(curve, crossfade)
    return factors(bands.expand([factor(position) + factor(offset) for offset in offsets]))
