"""What a model's own texts were when: a picture that was made of earlier ones is kept with those. Any thread.

Frames carry their numbers; texts went ahead of them, and a hand may have written others since.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

_KEPT = 256
_NOTHING: Mapping[str, str] = {}


class Said:
    """Remembers the last changes of texts, by epoch and revision of the snapshots that had them first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[tuple[int, int, Mapping[str, str]]] = deque(maxlen=_KEPT)

    def note(self, epoch: int, revision: int, texts: Mapping[str, str]) -> None:
        """A snapshot with all these texts goes to the engines; revisions rise."""
        with self._lock:
            if not self._kept or (self._kept[-1][0], self._kept[-1][2]) != (epoch, texts):
                self._kept.append((epoch, revision, texts))

    def at(self, epoch: int, revision: int) -> Mapping[str, str]:
        """The texts of the snapshot with this revision; none where that is not known any more."""
        with self._lock:
            known = [texts for one, since, texts in self._kept if one == epoch and since <= revision]
        return known[-1] if known else _NOTHING
