"""Taking tensors and numbers out of a stranger's checkpoint, each checked before it is believed. Pure, numpy only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.reading.plain import Persistent, RefusedError

F32 = NDArray[np.float32]
_SHOWN = 60


class Weights:
    """The tensors of a checkpoint by name. Each is taken once, by name and shape; :meth:`done` refuses what is left, so
    that no network is played that is only nearly the one it says."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._left = dict(tensors)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor that is still there. Raises RefusedError where it is not."""
        if name not in self._left:
            raise RefusedError(f"its tensor {shown(name)} is missing; it was cut short, or is of another program")
        return self._left[name].shape

    def take(self, name: str, *shape: int) -> F32:
        """The tensor ``name`` as float32, of this shape. Raises RefusedError where it is missing, another, or holds
        what is no finite number."""
        found = self.shape(name)
        if found != shape:
            want, have = "×".join(map(str, shape)) or "one number", "×".join(map(str, found)) or "one number"
            raise RefusedError(f"its tensor {shown(name)} is {have} and not {want}; it is of another program")
        value = self._left.pop(name)
        if value.dtype.kind not in "fiu":
            raise RefusedError(f"its tensor {shown(name)} holds no numbers; it is damaged")
        with np.errstate(over="ignore"):
            made = np.ascontiguousarray(value, np.float32).reshape(shape)
        if not np.isfinite(made).all():
            raise RefusedError(f"its tensor {shown(name)} holds numbers that are none; it is damaged, get it again")
        return made

    def matching(self, pattern: str) -> list[str]:
        """The names that are left and that the whole of ``pattern``, a regular expression, fits."""
        whole = re.compile(pattern)
        return [name for name in self._left if whole.fullmatch(name)]

    def drop(self, pattern: str) -> None:
        """Leave out what ``pattern`` fits: what our network has no use for."""
        for name in self.matching(pattern):
            del self._left[name]

    def done(self) -> None:
        """Raises RefusedError where anything is left."""
        if self._left:
            first = min(self._left)
            more = f" and {len(self._left) - 1} more" if len(self._left) > 1 else ""
            raise RefusedError(f"it has {shown(first)}{more}, which its network has no place for; it is a variant "
                               "that is not played here")  # fmt: skip


def shown(name: object) -> str:
    """A stranger's word, on one line and not without end."""
    text = "".join(c if c.isprintable() else "?" for c in str(name)[:_SHOWN])
    return f"'{text}'"


def whole(value: object, what: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises RefusedError for everything else."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < 2**53:
        plain = int(plain)
    if type(plain) is not int or not least <= plain <= most:
        raise RefusedError(f"its {what} is {shown(plain)}, and {least} to {most} can be played; it is of another "
                           "kind, or damaged")  # fmt: skip
    return plain


def real(value: object, what: str, least: float = 0.0) -> float:
    """A finite number from ``least``. Raises RefusedError for everything else."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool) or not isinstance(plain, int | float) or abs(plain) > 1e300 or not plain >= least:
        raise RefusedError(f"its {what} is {shown(plain)}, which cannot be; it is damaged, get it again")
    return float(plain)


def part(network: Persistent, name: str) -> Persistent | None:
    """The network that is called ``name`` within ``network``, or ``None``."""
    parts = network.state.get("_modules")
    found = parts.get(name) if isinstance(parts, dict) else None
    return found if isinstance(found, Persistent) else None


def fact(network: Persistent | None, name: str, default: object = None) -> Any:
    """What a network knows of itself under ``name``: as it became, else as it was made."""
    if network is None:
        return default
    for table in (network.state, network.init_kwargs):
        if name in table:
            return table[name]
    return default


def generator_of(root: object) -> Persistent | None:
    """The generator of NVIDIA's files: the averaged one where there are several."""
    if isinstance(root, Persistent):
        return root if root.class_name == "Generator" else None
    if isinstance(root, dict):
        for name in ("G_ema", "G"):
            found = root.get(name)
            if isinstance(found, Persistent) and found.class_name == "Generator":
                return found
    return None


def class_names(count: int) -> tuple[str, ...]:
    """What classes are called that have numbers only."""
    return tuple(f"class {k}" for k in range(count))


def as_rgb(values: F32) -> F32:
    """Rows (channels, …) of a last layer, as three: grey is thrice the same, two are red and twice the other, and what
    comes after the third (alpha, say) is left out."""
    order = {1: [0, 0, 0], 2: [0, 1, 1]}.get(len(values), [0, 1, 2])
    return np.ascontiguousarray(values[order])
