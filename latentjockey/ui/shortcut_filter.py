"""Lets keys play, whichever widget has the keyboard: an event filter on the whole application. GUI thread only.

Who gets a key: a line that is being typed into; an open menu; then the control that shows the keyboard's ring, or that
was clicked and is still under the mouse, for the keys that move or press it (arrows, Space, Enter, Delete, ...);
then the shortcut; then whoever is left.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from latentjockey.ui.key_names import belongs_to_controls, key_name
from latentjockey.ui.painted import Painted
from latentjockey.ui.shortcuts import ShortcutMap

Perform = Callable[[str, bool], bool]
"""Gets an action and whether its key went down; says whether there was anything to do."""

TAKES_KEYS = "takesKeys"
"""A widget with this property gets all keys while it has the keyboard."""


class ShortcutFilter(QObject):
    """Works from the moment it is made until it is closed or deleted. Lets go of held keys when the window does."""

    def __init__(self, shortcuts: ShortcutMap, perform: Perform, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self._perform = perform
        self._down: dict[int, str] = {}
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def close(self) -> None:
        """Stop hearing keys."""
        self._let_go()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kind = event.type()
        if kind == QEvent.Type.ApplicationStateChange:
            self._let_go()
        elif isinstance(event, QKeyEvent) and isinstance(watched, QWidget):  # not the native window, which comes first
            if kind == QEvent.Type.KeyPress:
                return self._pressed(watched, event)
            if kind == QEvent.Type.KeyRelease:
                return self._released(event)
        return False

    def _pressed(self, watched: QWidget, event: QKeyEvent) -> bool:
        name = key_name(event)
        action = self._shortcuts.action(name) if name else None
        if action is None:
            return False
        shortcut = self._shortcuts.shortcut(action)
        if not shortcut.anywhere and (_typing(watched) or QApplication.activePopupWidget() is not None):
            return False
        if not shortcut.anywhere and _wants(watched, event):
            return False  # what it leaves comes here again, on the way to its parents
        if event.isAutoRepeat() and not shortcut.repeats:
            return True
        if not self._perform(action, True):
            return False
        if shortcut.held:
            self._down[event.key()] = action
        return True

    def _released(self, event: QKeyEvent) -> bool:
        """By the key alone: its modifiers may have gone up before it."""
        if event.key() not in self._down:
            return False
        if not event.isAutoRepeat():
            self._perform(self._down.pop(event.key()), False)
        return True

    def _let_go(self) -> None:
        down, self._down = self._down, {}
        for action in down.values():
            self._perform(action, False)


def _typing(watched: QWidget) -> bool:
    return isinstance(watched, QLineEdit) or bool(watched.property(TAKES_KEYS))


def _wants(watched: QWidget, event: QKeyEvent) -> bool:
    """Whether the control with the keyboard is to have this key first."""
    if not isinstance(watched, Painted) or not watched.hasFocus() or not belongs_to_controls(event):
        return False
    return watched.ring or (watched.underMouse() and event.key() not in _PRESSING)


_PRESSING = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Space, Return and Enter: after a click these do not press the same button again, but play."""
