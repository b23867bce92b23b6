"""Lets keys play, whichever widget has the keyboard. GUI thread only.

Who gets a key: a line that is being typed into; an open menu; then the control that shows the keyboard's ring, or that
was clicked and is still under the mouse, for the keys that move or press it (arrows, Space, Enter, Delete, ...);
then the shortcut; then whoever is left. It listens at the window that has the keyboard, where a key comes in, and at
the surface, where a key ends that the control did not want: a filter on the whole application would be asked about
every event there is.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from latentjockey.ui.key_names import belongs_to_controls, key_name
from latentjockey.ui.painted import Painted
from latentjockey.ui.shortcuts import ShortcutMap

Perform = Callable[[str, bool], bool]
"""Gets an action and whether its key went down; says whether there was anything to do."""

TAKES_KEYS = "takesKeys"
"""A widget with this property gets all keys while it has the keyboard."""


class ShortcutFilter(QObject):
    """Works from the moment it is made until it is closed or deleted. ``surface`` is the window that a key ends in.
    Lets go of held keys when another application gets the keyboard."""

    def __init__(self, shortcuts: ShortcutMap, perform: Perform, surface: QWidget) -> None:
        super().__init__(surface)
        self._shortcuts = shortcuts
        self._perform = perform
        self._surface = surface
        self._window: QWindow | None = None
        self._down: dict[int, str] = {}
        self._closed = False
        surface.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._listen)
        app.applicationStateChanged.connect(self._state)
        self._listen(app.focusWindow())

    def close(self) -> None:
        """Stop hearing keys. Doing it again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._let_go()
        self._listen(None)
        self._surface.removeEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.disconnect(self._listen)
            app.applicationStateChanged.disconnect(self._state)

    def _listen(self, window: QWindow | None) -> None:
        """The keyboard is at this window now: the surface, an output, a menu."""
        if self._window is not None and isValid(self._window):
            self._window.removeEventFilter(self)
        self._window = window
        if window is not None:
            window.installEventFilter(self)

    def _state(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            self._let_go()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(event, first=watched is not self._surface)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return self._released(event)
        return False

    def _pressed(self, event: QKeyEvent, *, first: bool) -> bool:
        """``first`` is before any control was asked; otherwise they left the key."""
        name = key_name(event)
        action = self._shortcuts.action(name) if name else None
        if action is None:
            return False
        shortcut = self._shortcuts.shortcut(action)
        focused = QApplication.focusWidget()
        if not shortcut.anywhere:
            if _typing(focused) or QApplication.activePopupWidget() is not None:
                return False
            if first and _wants(focused, event):
                return False
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


def _typing(focused: QWidget | None) -> bool:
    return focused is not None and (isinstance(focused, QLineEdit) or bool(focused.property(TAKES_KEYS)))


def _wants(focused: QWidget | None, event: QKeyEvent) -> bool:
    """Whether the control with the keyboard is to have this key first."""
    if not isinstance(focused, Painted) or not belongs_to_controls(event):
        return False
    return focused.ring or (focused.underMouse() and event.key() not in _PRESSING)


_PRESSING = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Space, Return and Enter: after a click these do not press the same button again, but play."""
