"""Remembers on this machine under which name, at which size and rate each way out sends. GUI thread only.

Whether it is on is not remembered: what goes out to others is switched on by a hand each time.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings

from latentjockey.control.names import SENDS
from latentjockey.ui.binder import Binder, Shown

_PARTS = ("name", "width", "height", "fps", "fit")


class SendMemory:
    """``start`` brings back what was set up here before, but for what was set since, and keeps what changes."""

    def __init__(self, binder: Binder, settings: Callable[[], QSettings]) -> None:
        self._binder = binder
        self._settings = settings

    def start(self) -> None:
        for kind in SENDS:
            for part in _PARTS:
                self._recall(kind, part)
                self._binder.watch(f"/send/{kind}/{part}", self._keeper(kind, part))
        self._binder.flush()

    def _recall(self, kind: str, part: str) -> None:
        address, kept = f"/send/{kind}/{part}", self._settings().value(f"send/{kind}/{part}")
        spec = self._binder.bay.layout.spec(address)
        if not isinstance(kept, str) or self._binder.bay.value(address) != spec.default:
            return
        if spec.textual:
            self._binder.write(address, kept)
            return
        try:
            self._binder.write(address, float(kept))
        except ValueError:
            return  # somebody edited the file

    def _keeper(self, kind: str, part: str) -> Callable[[Shown], None]:
        key = f"send/{kind}/{part}"
        usual = _words(self._binder.bay.layout.spec(f"/send/{kind}/{part}").default)
        last: str | None = None

        def keep(value: Shown) -> None:
            nonlocal last
            words = _words(value)
            if words == last:  # told again, as with every new layout: no reason to go to the disk
                return
            last, settings = words, self._settings()
            if words == usual:
                settings.remove(key)
            elif settings.value(key) != words:
                settings.setValue(key, words)

        return keep


def _words(value: object) -> str:
    return value if isinstance(value, str) else f"{float(value)}" if isinstance(value, int | float) else ""
