"""A TEXT control beside a widget's own number: what it says, and the line in which it is written. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from latentjockey.control.spec import ControlSpec
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.editor import LineEditor


class TextLink:
    """Follows the TEXT at ``address``; ``changed`` is called when it says something else, or sleeps. An empty address
    is no text at all."""

    def __init__(self, binder: Binder, address: str, changed: Callable[[], None]) -> None:
        self.address = ""
        self.text = ""
        self.awake = False
        self._binder = binder
        self._changed: Callable[[], None] = _nothing  # whoever makes one knows that it has to look
        self.retarget(address)
        self._changed = changed

    def retarget(self, address: str) -> None:
        """Follow another text from now on."""
        if address == self.address:
            return
        self._binder.unbind(self)
        self.address, self.text, self.awake = address, "", False
        if address:
            self._binder.bind(address, self)
        self._changed()

    def close(self) -> None:
        """Follow nothing any more."""
        self._binder.unbind(self)

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        if not self.awake:
            self.awake = True
            self._changed()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, str) and value != self.text:
            self.text = value
            self._changed()

    def show_asleep(self) -> None:
        self.text, self.awake = "", False
        self._changed()

    # -- writing ------------------------------------------------------------------------------------------------------

    def begin_typing(self, parent: QWidget, box: QRect) -> LineEditor | None:
        """Open the line over ``box`` of ``parent`` in which the text is written; it is the control's on Enter."""
        if not self.awake:
            return None
        address = self.address
        return LineEditor(parent, box, self.text, lambda text: self._typed(address, text))

    def _typed(self, address: str, text: str) -> str:
        """Why a text was refused; empty where it was not."""
        if self._binder.bay.layout.resolve(address) is None:
            return f"{address} is asleep"
        report = self._binder.write_now(address, text)
        self._binder.poll()
        return report.refused[0][1] if report.refused else ""


def _nothing() -> None:
    """Nobody hears of it yet."""
