"""Whether a new snapshot has to do with effects at all. The conductor's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import Kind

_PLACES = ("/fx/", "/lfo/", "/mod/", "/audio/", "/transport/", "/engine/fps_cap")
"""The chain's own controls, and all that may move them or tells how often they are drawn."""


class Notice:
    """Remembers the last snapshot it was shown."""

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._places: NDArray[np.intp] = np.zeros(0, np.intp)
        self._numbers = b""
        self._texts: tuple[str, ...] = ()

    def differs(self, snapshot: Snapshot) -> bool:
        """Whether this one differs from the last in anything that a picture with effects may depend on, apart from
        the engine's picture. What is only read out is none of it."""
        other = snapshot.layout is not self._layout
        if other:
            self._layout, self._places = snapshot.layout, _places(snapshot.layout)
        numbers = snapshot.values[self._places].tobytes()
        texts = tuple(text for address, text in snapshot.texts.items() if address.startswith("/fx/"))
        before = self._numbers, self._texts
        self._numbers, self._texts = numbers, texts
        return other or before != (numbers, texts)


def _places(layout: Layout) -> NDArray[np.intp]:
    """Where the numbers lie that matter."""
    found = [
        np.arange(layout.offsets[i], layout.offsets[i + 1])
        for i, spec in enumerate(layout.specs)
        if spec.kind is not Kind.READOUT and spec.address.startswith(_PLACES)
    ]
    return np.concatenate([np.zeros(0, np.intp), *found])
