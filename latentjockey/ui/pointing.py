"""Which control a window-wide key means: the one under the mouse, else the one with the focus. GUI thread only."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.painted import Painted


def control_at_hand(window: QWidget) -> ControlWidget | None:
    """The control of one number at hand; ``None`` where the hand is elsewhere."""
    found = painted_at_hand(window)
    return found if isinstance(found, ControlWidget) else None


def address_at_hand(window: QWidget) -> str:
    """The address at hand, also that of a button, a pad or a cue; empty for none. For keys such as M (learn)."""
    found = painted_at_hand(window)
    return found.playable() if found is not None else ""


def painted_at_hand(window: QWidget) -> Painted | None:
    """The innermost widget with an address that is under the mouse, else the one that has the focus or holds it."""
    hovered = [w for w in window.findChildren(Painted) if w.underMouse() and w.isVisible() and w.playable()]
    for widget in hovered:
        if not any(widget is not other and widget.isAncestorOf(other) for other in hovered):
            return widget
    focused: QWidget | None = window.focusWidget()
    while focused is not None and focused is not window:
        if isinstance(focused, Painted) and focused.playable():
            return focused
        focused = focused.parentWidget()
    return None
