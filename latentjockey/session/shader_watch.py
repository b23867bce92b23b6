"""Looks whether the files of the shaders that play were written anew. Thread ``shaders``; it only looks."""

from __future__ import annotations

import threading
from collections.abc import Callable

_EVERY_S = 0.12
"""A change is taken once it has stood for one look: an editor is often in the middle of writing."""


class ShaderWatch:
    """Calls ``glance`` eight times a second. ``start`` once, ``close`` once."""

    def __init__(self, glance: Callable[[], None]) -> None:
        self._glance = glance
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shaders", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self._glance()
