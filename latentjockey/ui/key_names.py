"""What a key is called: Qt's portable names, and the figures of the top row whatever Shift makes of them. GUI."""

from __future__ import annotations

import sys
from functools import lru_cache

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

_BARE = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
    Qt.Key.Key_ScrollLock,
    Qt.Key.Key_unknown,
)
_SCAN_OF_1 = {"win32": 2}.get(sys.platform, 10)
"""The scan code of the key 1 in the top row; 2 to 9 follow it. macOS tells none."""
_SHIFTED = "!@#$%^&*("
_PLAIN = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.NoModifier
_SIGNS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "Space": "space", "Esc": "esc", "Pause": "pause"}


def key_name(event: QKeyEvent) -> str:
    """The name of the key of an event with its modifiers; empty for a modifier alone."""
    key = Qt.Key(event.key())
    if key in _BARE or event.key() == 0:
        return ""
    modifiers = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier)
    digit = _digit(event)
    if digit:
        key = Qt.Key(Qt.Key.Key_0.value + digit)
    elif key == Qt.Key.Key_Backtab:
        key = Qt.Key.Key_Tab
    return QKeySequence(QKeyCombination(modifiers, key)).toString(QKeySequence.SequenceFormat.PortableText)


def _digit(event: QKeyEvent) -> int:
    """Which figure of the top row was pressed, by its place, since Shift gives other signs in each country."""
    scan = event.nativeScanCode() - _SCAN_OF_1
    letter = Qt.Key.Key_A.value <= event.key() <= Qt.Key.Key_Z.value  # a remote desktop may number its keys otherwise
    if 0 <= scan < 9 and not letter and not event.modifiers() & Qt.KeyboardModifier.KeypadModifier:
        return scan + 1
    sign = chr(event.key()) if event.key() < 128 else ""
    if sign and sign in _SHIFTED and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return _SHIFTED.index(sign) + 1
    return 0


@lru_cache(maxsize=512)
def shown(key: str) -> str:
    """A key as people read it here: ``⌘Z`` on a Mac, an arrow for an arrow."""
    *_before, last = key.rsplit("+", 1) if not key.endswith("+") else (key,)
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) or key
    return native.removesuffix(last) + _SIGNS[last] if last in _SIGNS and native.endswith(last) else native


def belongs_to_controls(event: QKeyEvent) -> bool:
    """Whether a control with the keyboard wants this key for itself: to move, to step, to press, to type."""
    own = (
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Space,
        Qt.Key.Key_Menu,
    )
    held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | _PLAIN)
    return event.key() in own and held == Qt.KeyboardModifier.NoModifier
