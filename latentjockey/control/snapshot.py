"""A snapshot: every value at one moment, immutable, safe to hand to any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``values`` float64 (layout.size,) or, in the engine, (layout.engine_size,), read-only; ``changed_ns`` is when the
    newest change entered the bay."""

    layout: Layout
    revision: int
    changed_ns: int
    values: NDArray[np.float64]
    texts: Mapping[str, str]

    def number(self, address: str) -> float:
        """The value of a control of one number. Raises KeyError when it does not exist or holds text."""
        target = self.layout.resolve(address)
        if target is None or target.start == target.stop:
            raise KeyError(address)
        return float(self.values[target.start])

    def vector(self, address: str) -> NDArray[np.float64]:
        """The components an address names, float64, a read-only view. Raises KeyError."""
        target = self.layout.resolve(address)
        if target is None:
            raise KeyError(address)
        return self.values[target.start : target.stop]

    def text(self, address: str) -> str:
        """The string of a TEXT control. Raises KeyError."""
        return self.texts[address]

    def own_texts(self) -> dict[str, str]:
        """The texts of a whole snapshot that are a model's own, by address."""
        return {address: self.texts[address] for address in self.layout.own_texts}
