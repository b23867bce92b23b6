"""The outputs: opens, moves and closes their windows as the bay and the displays say. GUI thread only.

``ui/displays.py`` decides; this carries it out, tells the messages, and remembers each output's display and fit on this
machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QSettings, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QScreen
from PySide6.QtWidgets import QWidget

from latentjockey.base import paths
from latentjockey.base.clock import Clock, SystemClock
from latentjockey.control.names import OUTPUTS
from latentjockey.frames.frame import FrameSource
from latentjockey.stage.fitting import FITS, Fit
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.breath import load_still
from latentjockey.ui.displays import Display, Displays, Plan, Spot, Wish, synchronised, unique_names
from latentjockey.ui.key_forward import forward_key
from latentjockey.ui.output_window import Kind, OutputWindow
from latentjockey.ui.send_memory import SendMemory


class Screens(Protocol):
    """What there is to show on."""

    def watch(self, changed: Callable[[], None]) -> None:
        """Call whenever a display comes, goes or changes, before anything is moved off one that goes."""
        ...

    def present(self) -> tuple[Display, ...]: ...

    def screen(self, name: str) -> QScreen | None:
        """Qt's screen behind the display of this name."""
        ...

    def of(self, widget: QWidget) -> str:
        """The name of the display that shows most of the widget."""
        ...


class QtScreens(QObject):
    """The displays of this machine, as Qt sees them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed: Callable[[], None] = lambda: None

    def watch(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.connect(self._added)
        app.screenRemoved.connect(self._tell)
        for screen in QGuiApplication.screens():
            self._follow(screen)

    def _added(self, screen: QScreen) -> None:
        self._follow(screen)
        self._tell()

    def _follow(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._tell)
        screen.refreshRateChanged.connect(self._tell)

    def _tell(self, *_: object) -> None:
        self._changed()

    def _named(self) -> dict[str, QScreen]:
        screens = QGuiApplication.screens()
        return dict(zip(unique_names([screen.name() for screen in screens]), screens, strict=True))

    def present(self) -> tuple[Display, ...]:
        return tuple(_display(name, screen) for name, screen in self._named().items())

    def screen(self, name: str) -> QScreen | None:
        return self._named().get(name)

    def of(self, widget: QWidget) -> str:
        mine = widget.screen()
        return next((name for name, screen in self._named().items() if screen is mine or screen == mine), "")


def _display(name: str, screen: QScreen) -> Display:
    box = screen.geometry()
    return Display(
        name, box.x(), box.y(), box.width(), box.height(), screen.devicePixelRatio(), screen.refreshRate() or 60.0
    )  # fmt: skip


class Outputs(QObject):
    """``say`` gets sentences for the messages; ``surface`` is the window that the keys of an output go to. ``backend``
    is the stage's own. ``changed`` is emitted when an output or a display is another than before."""

    changed = Signal()

    def __init__(
        self,
        binder: Binder,
        frames: FrameSource,
        say: Callable[[str], None],
        surface: QWidget,
        backend: str = "painter",
        clock: Clock | None = None,
        last_still: Path | None = None,
        screens: Screens | None = None,
        forward: Callable[[QKeyEvent], None] | None = None,
    ) -> None:
        super().__init__(surface)
        self._binder = binder
        self._frames = frames
        self._say = say
        self._surface = surface
        self._clock = clock or SystemClock()
        self._last_still = last_still
        self._screens: Screens = screens or QtScreens(self)
        self._forward = forward or partial(forward_key, surface)
        self._gl = set(OUTPUTS) if backend == "gl" else set[int]()
        self._displays = Displays()
        self._sends = SendMemory(binder, _settings)
        self._plan = Plan({n: Spot() for n in OUTPUTS})
        self._windows: dict[int, OutputWindow] = {}
        self._running = False
        self._kept: dict[str, bool | int | str] = {}
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(0)
        self._wait.timeout.connect(self.settle)

    # -- reading ----------------------------------------------------------------------------------------------------

    def displays(self) -> tuple[Display, ...]:
        """The displays that are here now."""
        return self._screens.present()

    def spot(self, number: int) -> Spot:
        """Where an output is, and the same in words."""
        return self._plan.spots.get(number, Spot())

    def window(self, number: int) -> OutputWindow | None:
        """The window of an output that shows now."""
        return self._windows.get(number)

    # -- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, once the surface is on a display: what was set up on this machine before is back."""
        if self._running:
            return
        self._running = True
        if not self._kept:
            self._sends.start()
            self._recall()
            self._kept = self._set_up()
            self._screens.watch(self.settle)
            for number in OUTPUTS:
                for name in ("on", "display", "fit", "test"):
                    self._binder.watch(f"/output/{number}/{name}", self._soon)
            self._binder.watch("/stage/blackout", self._soon)
            for address in ("/stage/credit", "/model/credit"):
                self._binder.watch(address, self._credit)
        self.settle()

    def close(self) -> None:
        """Close every window; the displays are watched no more."""
        self._running = False
        self._wait.stop()
        for number in list(self._windows):
            self._windows.pop(number).close()

    def _soon(self, _: Shown) -> None:
        # A batch of writes, say on and display, is one move.
        if self._running:
            self._wait.start()

    def _credit(self, _: Shown) -> None:
        text = self._words()
        for window in self._windows.values():
            window.set_credit(text)

    def _words(self) -> str:
        """What is to be written on the picture."""
        bay = self._binder.bay
        return str(bay.value("/model/credit")) if bay.number("/stage/credit") else ""

    # -- carrying out -----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Bring every window where it belongs now."""
        if not self._running:
            return
        wishes = {n: Wish(bool(self._number(n, "on")), self._text(n)) for n in OUTPUTS}
        self._plan = self._displays.decide(self.displays(), wishes, self._screens.of(self._surface))
        leader = synchronised(self._plan.spots, self._gl)
        for number, spot in self._plan.spots.items():
            self._place(number, spot, Kind(number in self._gl, number == leader))
        for text in self._plan.news:
            self._say(text)
        self._remember()
        self.changed.emit()

    def _place(self, number: int, spot: Spot, kind: Kind) -> None:
        old = self._windows.get(number)
        display = next((d for d in self.displays() if d.name == spot.display), None)
        screen = self._screens.screen(spot.display) if display is not None else None
        if display is None or screen is None:
            if old is not None:
                self._windows.pop(number).close()
            return
        window = old
        if window is None or window.kind != kind or window.display.name != display.name:
            window = self._made(number, display, kind)
        self._dress(window)
        if window is not old or window.display != display:
            window.open(screen, display, activate=spot.covers)
        if old is not None and window is not old:
            old.close()  # only now, so that the display never goes dark between

    def _made(self, number: int, display: Display, kind: Kind) -> OutputWindow:
        made = OutputWindow(
            number, display, kind, self._frames, self._clock, self._forward, partial(self._gl_failed, number),
            self._still(), self,
        )  # fmt: skip
        made.left.connect(self._leave)
        self._windows[number] = made
        return made

    def _dress(self, window: OutputWindow) -> None:
        whole = int(self._number(window.number, "fit"))
        fit: Fit = FITS[whole] if 0 <= whole < len(FITS) else FITS[0]
        window.set_fit(fit)
        window.set_test(bool(self._number(window.number, "test")))
        window.set_blackout(bool(self._binder.bay.number("/stage/blackout")))
        window.set_credit(self._words())

    def _still(self) -> QImage | None:
        """The last session's still, while there is no picture yet."""
        return None if self._frames.wait_newer((-1, -1), 0.0) else load_still(self._last_still)

    def _leave(self, number: int) -> None:
        self._binder.write(f"/output/{number}/on", False)
        self._surface.activateWindow()

    def _gl_failed(self, number: int, why: str) -> None:
        if number in self._gl:
            self._gl.discard(number)
            self._say(f"OpenGL cannot draw output {number} ({why}); Qt's painter does it instead.")
            self.settle()

    def _number(self, number: int, name: str) -> float:
        return self._binder.bay.number(f"/output/{number}/{name}")

    def _text(self, number: int) -> str:
        return str(self._binder.bay.value(f"/output/{number}/display"))

    # -- this machine -----------------------------------------------------------------------------------------------

    def _recall(self) -> None:
        """Write what was set up here before, but for what was set since the start. With one display all stay off: a
        surface that was never seen must not begin covered."""
        kept = _settings()
        alone = len(self.displays()) < 2
        for number in OUTPUTS:
            display = kept.value(f"output/{number}/display", "")
            fit = kept.value(f"output/{number}/fit", 0, int)
            if isinstance(display, str) and display and not self._text(number):
                self._binder.write(f"/output/{number}/display", display)
            if isinstance(fit, int) and fit and not self._number(number, "fit"):
                self._binder.write(f"/output/{number}/fit", fit)
            if kept.value(f"output/{number}/on", False, bool):
                if alone:
                    self._say(f"Output {number} stays off: there is no display but the surface's own.")
                else:
                    self._binder.write(f"/output/{number}/on", True)
        self._binder.flush()

    def _set_up(self) -> dict[str, bool | int | str]:
        """What is kept of every output, by key."""
        kept: dict[str, bool | int | str] = {}
        for number in OUTPUTS:
            kept[f"output/{number}/on"] = bool(self._number(number, "on"))
            kept[f"output/{number}/display"] = self._text(number)
            kept[f"output/{number}/fit"] = int(self._number(number, "fit"))
        return kept

    def _remember(self) -> None:
        """Keep what was changed, and only that: what could not come back today comes back another day."""
        now = self._set_up()
        changed = {key: value for key, value in now.items() if self._kept.get(key) != value}
        if changed:
            kept = _settings()
            for key, value in changed.items():
                kept.setValue(key, value)
        self._kept = now


def _settings() -> QSettings:
    return QSettings(str(paths.state_dir() / "window.ini"), QSettings.Format.IniFormat)
