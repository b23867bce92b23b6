"""Random numbers that are the same for ever: seed → latent, on every machine and with every numpy.

Pure; any thread. numpy's own distributions may change between releases (NEP 19 promises only the raw bits), so
the whole way is spelled out here: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
generators, OOPSLA 2014) gives 64 bits per counter, and the Box-Muller transform (Box, Muller 1958) turns its two
halves into two normal numbers. Being counter-based it needs no state: number i is computed without number i − 1.
"""

import hashlib
import math
import unicodedata

import numpy as np
from numpy.typing import NDArray

from latentjockey.navigation.arrays import F32, F64

SEED_BITS = 48  # a float64 control, an OSC double and a JSON number all carry 48 bits exactly

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB

# Streams drawn from the same seed for different ends must not share numbers. Never renumber these.
LATENT, DRIFT, DRIFT_STAGGER, MUTATION, INHERITANCE, BREAK, CLASSES = 1, 2, 3, 4, 5, 6, 7


def seed_from(value: int | float | str) -> int:
    """The seed, 0 ≤ seed < 2**48, that a number or a text stands for.

    Whole numbers in that range are themselves, also when written as text or as a float: 7, 7.0 and "7" agree.
    Everything else (negative, huge or fractional numbers, any other text) is hashed with SHA-256; text is
    normalised to NFC first, so that the same word gives the same seed on every keyboard.

    Raises ValueError for NaN and Inf.
    """
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).strip()
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= 300:
            return seed_from(int(text))
        return _hashed(b"text:" + text.encode("utf-8", "surrogatepass"))
    if not isinstance(value, int):
        if not math.isfinite(value):
            raise ValueError(f"A seed has to be a finite number or a text, not {value}.")
        if value != math.floor(value):
            return _hashed(b"float:" + float(value).hex().encode())
    whole = int(value)
    if 0 <= whole < 1 << SEED_BITS:
        return whole
    return _hashed(b"int:" + whole.to_bytes(whole.bit_length() // 8 + 1, "little", signed=True))


def z_from_seed(seed: int, size: int) -> F32:
    """The latent that a seed stands for: (size,) float32, standard normal. Any int is a seed.

    A shorter latent is the beginning of a longer one. Same bits everywhere, but for the last bit of a component
    where two C libraries round a logarithm or cosine differently (about one in 10⁸).
    """
    latent: F32 = normals([stream_key(LATENT, seed)], size)[0].astype(np.float32)
    return latent


def stream_key(stream: int, seed: int, index: int = 0) -> int:
    """A 64-bit key for one stream of one seed, and for one place (any int) in it."""
    return _mix(_mix(seed_from(seed) + stream * _GOLDEN) + index * _GOLDEN)


def normals(keys: list[int], size: int) -> F64:
    """Standard normal numbers, one row per 64-bit key: (len(keys), size) float64, |x| < 6.8."""
    bits = _bits(keys, (size + 1) // 2)
    radius = np.sqrt(-2.0 * np.log(((bits >> np.uint64(32)).astype(np.float64) + 0.5) * 2.0**-32))
    angle = (bits & np.uint64(0xFFFFFFFF)).astype(np.float64) * (2.0**-32 * 2.0 * math.pi)
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)  # (rows, pairs, 2)
    rows: F64 = pairs.reshape(len(keys), -1)[:, :size]
    return rows


def uniforms(key: int, size: int) -> F64:
    """Uniform numbers in [0, 1): (size,) float64."""
    high: NDArray[np.uint64] = _bits([key], size)[0] >> np.uint64(11)
    return high.astype(np.float64) * 2.0**-53


def _hashed(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest()[: SEED_BITS // 8], "little")


def _mix(x: int) -> int:
    """SplitMix64's finaliser on one number, in Python integers."""
    x &= _MASK
    x = (x ^ (x >> 30)) * _MIX_1 & _MASK
    x = (x ^ (x >> 27)) * _MIX_2 & _MASK
    return x ^ (x >> 31)


def _bits(keys: list[int], count: int) -> NDArray[np.uint64]:
    """SplitMix64 outputs 1..count of the generators started at `keys`: (len(keys), count) uint64."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)  # wraps, as it should
    x: NDArray[np.uint64] = np.array(keys, dtype=np.uint64)[:, None] + steps
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_MIX_1)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_MIX_2)
    return x ^ (x >> np.uint64(31))
