"""The directions in which a model's pictures change most: read from package data or the model's own file, numpy only,
any thread. Those in a model's file may have labels, and are what their labels say: of length 1, at any angle.

The file of a built-in model holds one array (k, z_dim), the most visible direction first, as ``.npy`` without pickles:
in float16, and made orthonormal again when it is read. :mod:`latentjockey.generators.find_directions` makes it, and
says by which method.

What a step along those of the CPPN is seen to change, at 128 places that they were not found at, both ways (mean
colour difference in OKLab at several scales, 1 being black to white; standard errors are 0.002 to 0.004):

    ======  ======  ======  ======  ======  ======  ======  ============
    step    0       1       3       7       15      31      a random way
    ======  ======  ======  ======  ======  ======  ======  ============
    1 σ     0.138   0.100   0.098   0.092   0.078   0.058   0.051
    2 σ     0.151   0.136   0.134   0.127   0.115   0.092   0.088
    4 σ     0.161   0.164   0.162   0.159   0.153   0.130   0.133
    ======  ======  ======  ======  ======  ======  ======  ============

So the first is the strongest where a hand begins, 2 σ and less, and far out most ways change as much as can be. That
holds at the default controls: another ``/gen/weights`` is another network, in which these are ways like any other.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentjockey.models import found_directions, library
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.container import ContainerError, read_header, read_tensor
from latentjockey.models.found_directions import Found
from latentjockey.models.header import DIRECTIONS
from latentjockey.navigation.layer_steps import LayerWays

_FOLDER = Path(__file__).parent
_AT_HAND: dict[str, NDArray[np.float32] | None] = {}
_FOUND: dict[str, Found | None] = {}


def load(name: str) -> NDArray[np.float32] | None:
    """The directions of z (k, z_dim) of the model ``name``: rows of length 1, the most visible first, read-only. Those
    of a built-in model are at right angles; those that were found for a model are as long as they are to be.

    ``None`` for a model that knows none, or knows those of layer latents, or is not there. Raises ValueError when a
    file of ours is not what the model's spec says.
    """
    if name in BUILTIN:
        return _built_in(name)
    entry = library.find(name)
    found = None if entry is None or entry.spec is None or entry.path is None else _found(entry)
    _FOUND[name] = found
    if found is not None:
        rows = found.rows if found.space == found_directions.Z else None
    elif entry is None or entry.spec is None or entry.path is None or not entry.spec.directions:
        rows = None
    else:
        rows = _of_file(entry.path, entry.spec.directions, entry.spec.z_dim, library.stamp(entry.path))
    _AT_HAND[name] = rows
    return rows


def at_hand(name: str) -> NDArray[np.float32] | None:
    """The same as they were when last loaded, for those who may not wait for a disk; ``None`` before."""
    return _built_in(name) if name in BUILTIN else _AT_HAND.get(name)


def ways(name: str) -> LayerWays | None:
    """The directions of layer latents that were found for the model ``name``, as they were when last loaded; ``None``
    for one that knows none."""
    found = _FOUND.get(name)
    return None if found is None or found.space != found_directions.W else found.ways


def _found(entry: library.Entry) -> Found | None:
    """What was found for a model that brings no directions itself: such are in its spec, and not in its file."""
    if entry.spec is None or entry.path is None or found_directions.brings_its_own(entry.path):
        return None
    return found_directions.of_model(entry.spec, entry.path, entry.source)


@lru_cache(maxsize=8)
def _of_file(path: Path, count: int, z_dim: int, stamp: library.Stamp) -> NDArray[np.float32] | None:
    """The rows in a model's file, made of length 1; ``None`` where they cannot be had, for a stranger wrote them."""
    try:
        info = read_header(path)[0].get(DIRECTIONS)
        rows = None if info is None else read_tensor(path, info)
    except ContainerError:
        return None
    if rows is None or rows.shape != (count, z_dim) or not np.isfinite(rows).all():
        return None
    wide = rows.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not (lengths > 0).all():
        return None
    unit = np.ascontiguousarray(wide / lengths, np.float32)
    unit.setflags(write=False)
    return unit


@lru_cache(maxsize=8)
def _built_in(name: str) -> NDArray[np.float32] | None:
    spec = BUILTIN[name]
    if not spec.directions:
        return None
    directions = read(_FOLDER / f"{name}.directions.npy")
    if directions.shape != (spec.directions, spec.z_dim):
        raise ValueError(f"The directions of {name} are {directions.shape}, not {(spec.directions, spec.z_dim)}.")
    directions.setflags(write=False)
    return directions


def read(path: Path) -> NDArray[np.float32]:
    """The directions in a file, made orthonormal. Raises OSError, and ValueError for a file of another kind."""
    rows = np.load(path, allow_pickle=False)
    if rows.ndim != 2 or rows.dtype.kind != "f" or not 0 < rows.shape[0] <= rows.shape[1]:
        raise ValueError(f"{path.name} does not hold rows of directions.")
    return orthonormal(rows)


def encode(directions: NDArray[np.float32]) -> bytes:
    """The file that :func:`read` reads."""
    file = io.BytesIO()
    np.save(file, directions.astype(np.float16), allow_pickle=False)
    return file.getvalue()


def orthonormal(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows (k, n) of length 1 at right angles, each as near to the given one as those before it allow (QR)."""
    columns, upper = np.linalg.qr(rows.T.astype(np.float64))
    return np.ascontiguousarray((columns * np.sign(np.diagonal(upper))).T, dtype=np.float32)
