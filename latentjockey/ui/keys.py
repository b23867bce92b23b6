"""What each shortcut does: writes to the bay as the hand, or a call to the window. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.control.names import CUES, DECKS
from latentjockey.control.spec import Kind
from latentjockey.ui.binder import Binder
from latentjockey.ui.painted import Painted

HOME_MS = 600
"""How long panic is held until the decks go home."""

FADE_STEP = 0.02
FADE_FINE = 0.002

Call = Callable[[], bool]
"""Says whether there was anything to do."""

_PRESSES = {
    "tap": "/transport/tap",
    "undo": "/session/undo",
    "redo": "/session/redo",
}
_TOGGLES = {
    "focus": "/surface/focus",
    "view": "/surface/view",
    "freeze": "/stage/freeze",
    "blackout": "/stage/blackout",
    "record": "/record/running",
    "ghost": "/ghost/playing",
    "output/1": "/output/1/on",
}
_FADES = {
    "fade/left": -FADE_STEP,
    "fade/right": FADE_STEP,
    "fade/left/fine": -FADE_FINE,
    "fade/right/fine": FADE_FINE,
}
_CUTS = {"fade/a": 0.0, "fade/b": 1.0}
_CROSSFADE = "/mix/crossfade"


class Keys(QObject):
    """:meth:`perform` is what a :class:`~latentjockey.ui.shortcut_filter.ShortcutFilter` calls.

    ``window`` answers the actions that are not the bay's: ``learn``, ``escape``, ``help``, ``save``. ``at_hand`` names
    the control that a loop is recorded of.
    """

    def __init__(
        self,
        binder: Binder,
        window: Mapping[str, Call],
        at_hand: Callable[[], str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._window = dict(window)
        self._at_hand = at_hand or (lambda: control_at_hand(binder))
        self._looping = ""
        self._home = QTimer(self)
        self._home.setSingleShot(True)
        self._home.setInterval(HOME_MS)
        self._home.timeout.connect(lambda: binder.press("/panic/home"))

    def perform(self, action: str, down: bool) -> bool:
        """Do what a key asks for as it goes down (or, for what is held, up). Whether there was anything to do."""
        if action == "panic":
            return self._panic(down)
        if action == "loop":
            return self._loop(down)
        if action == "escape":
            return self._escape()
        if action in self._window:
            return self._window[action]()
        return self._play(action)

    # -- the bay ------------------------------------------------------------------------------------------------------

    def _play(self, action: str) -> bool:
        binder = self._binder
        if action in _PRESSES:
            binder.press(_PRESSES[action])
        elif action in _TOGGLES:
            self._toggle(_TOGGLES[action])
        elif action in _FADES:
            binder.flush()
            binder.write_now(_CROSSFADE, round(binder.bay.number(_CROSSFADE) + _FADES[action], 6))
        elif action in _CUTS:
            binder.write_now(_CROSSFADE, _CUTS[action])
        elif action == "still":
            binder.command("/still/save", "")
        else:
            return self._cue(action)
        return True

    def _toggle(self, address: str) -> None:
        self._binder.flush()
        on = self._binder.bay.number(address)
        self._binder.write_now(address, 0.0 if on else 1.0)

    def _cue(self, action: str) -> bool:
        verb, _, number = action.partition("/")
        if verb not in ("cue", "other", "store") or number not in map(str, CUES):
            return False
        focused = int(self._binder.bay.number("/surface/focus"))
        deck = DECKS[focused if verb != "other" else 1 - focused]
        self._binder.press(f"/deck/{deck}/cue/{number}/{'store' if verb == 'store' else 'recall'}")
        return True

    def _panic(self, down: bool) -> bool:
        if down:
            self._binder.press("/panic")
            self._home.start()
        else:
            self._home.stop()
        return True

    def _loop(self, down: bool) -> bool:
        if down:
            self._looping = self._at_hand()
            if self._looping:
                self._binder.command("/loop/hold", self._looping)
            return bool(self._looping)
        if self._looping:
            self._binder.command("/loop/release", self._looping)
            self._looping = ""
        return True

    # -- the window ---------------------------------------------------------------------------------------------------

    def _escape(self) -> bool:
        """Ends learning; otherwise takes the keyboard away from the control that has it. Closes nothing."""
        if "escape" in self._window and self._window["escape"]():
            return True
        focused = QApplication.focusWidget()
        if not isinstance(focused, Painted) or not focused.ring:
            return False
        focused.clearFocus()
        return True


def control_at_hand(binder: Binder) -> str:
    """The address of the control that the mouse holds, or is over, or that has the keyboard; empty for none.

    While a button is down the mouse may be anywhere: then it is the control that was clicked.
    """
    focused, under = QApplication.focusWidget(), QApplication.widgetAt(QCursor.pos())
    held = QGuiApplication.mouseButtons().value != 0
    for widget in (focused, under) if held else (under, focused):
        address = address_of(widget)
        target = binder.bay.layout.resolve(address) if address else None
        if target is not None and binder.bay.layout.specs[target.index].kind in (Kind.FLOAT, Kind.INT, Kind.VECTOR):
            return address
    return ""


def address_of(widget: QWidget | None) -> str:
    """The address that a widget, or one of those it lies in, is bound to; empty for none."""
    while widget is not None:
        address = getattr(widget, "address", None)
        if isinstance(address, str):
            return address
        widget = widget.parentWidget()
    return ""
