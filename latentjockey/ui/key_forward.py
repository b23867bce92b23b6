"""A key pressed on an output does what it does in the surface, but never ends anything. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

_ENDS = ("Alt+F4", "Ctrl+F4", "Ctrl+Q", "Ctrl+W")
"""What closes windows on one system or another."""


def forward_key(surface: QWidget, event: QKeyEvent) -> None:
    """Trigger the shortcut of ``surface`` for this key, or else send the key to whatever has its focus."""
    combined = event.keyCombination()
    keypad = Qt.KeyboardModifier.KeypadModifier
    keys = QKeySequence(QKeyCombination(combined.keyboardModifiers() & ~keypad, combined.key()))
    if keys in [QKeySequence(ends) for ends in _ENDS]:
        return
    if _shortcut(surface, keys, event):
        return
    copy = QKeyEvent(
        event.type(), event.key(), event.modifiers(), event.text(), event.isAutoRepeat(), event.count()
    )  # fmt: skip
    QApplication.sendEvent(surface.focusWidget() or surface, copy)


def _shortcut(surface: QWidget, keys: QKeySequence, event: QKeyEvent) -> bool:
    """Whether there is a shortcut for these keys; it is triggered on the way down."""
    presses = event.type() == QEvent.Type.KeyPress
    for shortcut in surface.findChildren(QShortcut):
        its = shortcut.keys()
        if shortcut.isEnabled() and keys in its:
            if presses and (shortcut.autoRepeat() or not event.isAutoRepeat()):
                shortcut.activated.emit()
            return True
    return False
