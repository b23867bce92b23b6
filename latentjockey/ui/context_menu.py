"""The right-click menu of every control: its number, its address, its range, who plays it. GUI thread only.

It opens beside the show and waits for nothing. What does not apply to a control is not in its menu. The words right of
an entry name the gesture that does the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget, QWidgetAction

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.modulation.routes import why_not
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder
from latentjockey.ui.modulating import ORDER, modulate, moved_text, source_of, source_words
from latentjockey.ui.painted import RIGHT, Painted, write
from latentjockey.ui.ranges import doubled, halved

_RANGED = (Kind.FLOAT, Kind.INT, Kind.VECTOR)
_LEARNT = (Kind.FLOAT, Kind.INT, Kind.VECTOR, Kind.BOOL, Kind.CHOICE, Kind.TRIGGER)


class MenuHead(Painted):
    """The first line of a menu: the address, and what it holds."""

    def __init__(self, address: str, value: str, ink: QColor) -> None:
        super().__init__()
        self._address, self._value, self._ink = address, value, ink

    def sizeHint(self) -> QSize:  # noqa: N802
        words = theme.text_width(self._address, 12.5, theme.SEMIBOLD) + theme.text_width(self._value, 12.5)
        return QSize(round(words) + theme.px(44), theme.px(30))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect()).adjusted(theme.px(12), 0, -theme.px(12), 0)
        room = theme.text_width(self._value, 12.5) + theme.px(8)
        write(painter, box.adjusted(0, 0, -room, 0), self._address, theme.TEXT, 12.5, theme.SEMIBOLD)
        write(painter, box, self._value, self._ink, 12.5, theme.REGULAR, RIGHT)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), theme.TRACK)


def control_menu(
    parent: QWidget,
    binder: Binder,
    address: str,
    type_number: Callable[[], object] | None = None,
    learns: str = "",
) -> QMenu:
    """The menu for one address, for ``popup``; it deletes itself when it closes.

    ``address`` may be a component of a VECTOR or a whole one. ``type_number`` opens the line for typing. ``learns`` is
    what a hardware knob learns here, where it is not ``address``.
    """
    menu = empty_menu(parent)
    fill_menu(menu, binder, address, type_number, learns)
    return menu


def fill_menu(
    menu: QMenu,
    binder: Binder,
    address: str,
    type_number: Callable[[], object] | None = None,
    learns: str = "",
) -> None:
    """Put everything that applies to ``address`` into a menu."""
    target = binder.bay.layout.resolve(address)
    if target is None:
        _head(menu, address, "asleep", theme.QUIET)
        _act(menu, "Copy OSC address", partial(copy, address))
        menu.addSeparator()
        _say(menu, "this model has no such control")
        return
    spec = binder.bay.layout.spec(address)
    value = _value_of(binder, address)
    lo, hi = binder.bay.range(address)
    whole = spec.kind is Kind.VECTOR and target.stop - target.start > 1
    beyond = spec.kind in _RANGED and spec.unit != "seed" and isinstance(value, float) and not lo <= value <= hi
    text = f"{spec.size} numbers" if whole else _said(spec, value)
    _head(menu, address, text, theme.BEYOND if beyond else theme.TEXT)
    if spec.kind is Kind.TRIGGER:
        _act(menu, "Press", partial(binder.press, address))
    elif type_number is not None and spec.kind is not Kind.BOOL:
        _act(menu, "Type…" if spec.textual else "Type any number…", type_number, "Enter")
    _act(menu, "Copy OSC address", partial(copy, address))
    if not whole:
        _act(menu, "Copy OSC message", partial(copy, wording.message_text(address, spec, value)))
    if spec.kind not in (Kind.TRIGGER, Kind.COMMAND):
        _act(menu, "Default", partial(binder.reset, address), "Alt-click")
    if spec.kind in _RANGED and spec.unit != "seed":
        _range(menu, binder, address, spec, (lo, hi))
    if not whole:
        _hardware(menu, binder, learns or address, spec)
        if spec.kind in _RANGED:
            _loop(menu, binder, address)
        if spec.kind in _LEARNT:
            _modulate(menu, binder, address)
    menu.addSeparator()
    _say(menu, wording.held_text(binder.holder(address)))


def empty_menu(parent: QWidget) -> QMenu:
    """A menu with the surface's look and nothing in it."""
    menu = QMenu(parent)
    theme.dress(menu)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The corners are round: what lies around them is not the menu's.
    menu.setWindowFlags(menu.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint)
    menu.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    return menu


def copy(text: str) -> None:
    """Put a text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def _range(menu: QMenu, binder: Binder, address: str, spec: ControlSpec, now: tuple[float, float]) -> None:
    menu.addSeparator()
    _act(menu, "Widen range ×2", partial(binder.set_range, address, *doubled(spec, *now)), "double-click")
    _act(menu, "Narrow range ×½", partial(binder.set_range, address, *halved(spec, *now)))
    if now != (spec.lo, spec.hi):
        text = f"Nominal range {wording.range_text(spec.lo, spec.hi)}"
        _act(menu, text, partial(binder.set_range, address, spec.lo, spec.hi))


def _hardware(menu: QMenu, binder: Binder, address: str, spec: ControlSpec) -> None:
    if binder.learn is None or spec.kind not in _LEARNT:
        return
    menu.addSeparator()
    _act(menu, "Learn MIDI: then move a knob", partial(binder.learn, address), "M")
    mapped = binder.mapped(address) if binder.mapped is not None else ""
    if mapped and binder.forget is not None:
        _act(menu, f"Forget {mapped}", partial(binder.forget, address))


def _loop(menu: QMenu, binder: Binder, address: str) -> None:
    menu.addSeparator()
    loop = binder.marks.loop(address)
    if loop is not None and loop[2]:
        _act(menu, "End the recording and loop it", partial(binder.command, "/loop/release", address))
        return
    _act(
        menu,
        "Record a movement" if loop is None else "Overdub the loop",
        partial(binder.command, "/loop/hold", address),
        "Ctrl-drag",
    )
    if loop is not None:
        for name in ("reverse", "halve", "double", "clear"):
            _act(menu, f"{name.capitalize()} the loop", partial(binder.command, f"/loop/{name}", address))
        _say(menu, f"loops over {wording.beats_text(loop[1])}")


def _modulate(menu: QMenu, binder: Binder, address: str) -> None:
    """Which source moves it, a dot before the one that does; or why none can."""
    if "/mod/1/target" not in binder.bay.snapshot().texts:
        return
    why = why_not(binder.bay.layout, address)
    playing = source_of(binder, address)
    sources = empty_menu(menu)
    sources.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # it goes with the menu, not when left
    sources.setTitle("Modulate")
    if why:
        _say(sources, why)
    else:
        for name in (*ORDER, ""):
            words = source_words(name) if name else "none"
            _act(sources, ("●  " if name == playing else "    ") + words, partial(modulate, binder, address, name))
        if playing:
            sources.addSeparator()
            _say(sources, f"{moved_text(binder, address)}\tmiddle-drag")
    menu.addSeparator()
    menu.addMenu(sources)


def _value_of(binder: Binder, address: str) -> float | str:
    value = binder.bay.value(address)
    return float(value[0]) if isinstance(value, np.ndarray) else value


def _said(spec: ControlSpec, value: float | str) -> str:
    if spec.kind in (Kind.TRIGGER, Kind.COMMAND):
        return ""
    return wording.value_text(spec, value)


def _head(menu: QMenu, address: str, value: str, ink: QColor) -> None:
    action = QWidgetAction(menu)
    action.setText(f"{address}  {value}".strip())
    action.setDefaultWidget(MenuHead(address, value, ink))
    action.setEnabled(False)
    menu.addAction(action)


def _say(menu: QMenu, text: str) -> None:
    menu.addAction(text).setEnabled(False)


def _act(menu: QMenu, text: str, call: Callable[[], object], gesture: str = "") -> QAction:
    action = menu.addAction(f"{text}\t{gesture}" if gesture else text)
    action.triggered.connect(lambda _=False: call())
    return action
