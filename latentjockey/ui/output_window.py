"""One output: the stage full screen on one display. GUI thread only.

A window of its own, without frame and cursor, drawn by OpenGL or by Qt's painter. It is no widget, so that what listens
to the surface's keys does not hear them twice. No key on it ends the show: every key goes on to the surface, closing is
refused, and leaving takes Esc held for ``LEAVE_S``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QRasterWindow,
    QScreen,
    QSurfaceFormat,
    QWindow,
)
from PySide6.QtOpenGL import QOpenGLWindow

from latentjockey.base.clock import Clock
from latentjockey.frames.frame import FrameSource
from latentjockey.stage.fitting import Fit
from latentjockey.ui.displays import Display
from latentjockey.ui.output_scene import HeldKey, Scene
from latentjockey.ui.stage_canvas import GlPicture, PainterPicture

_GONE = (QEvent.Type.FocusOut, QEvent.Type.Hide)


@dataclass(frozen=True, slots=True)
class Kind:
    """How an output is drawn: by OpenGL or not, and whether it waits for its display."""

    gl: bool = False
    synchronised: bool = False


class _PainterWindow(QRasterWindow):
    """The window where Qt's painter draws."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene
        self._picture = PainterPicture(scene.show)
        self.setFlags(Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        self._draw(painter)
        painter.end()

    def grab(self) -> QImage:
        """What it shows now, in device pixels."""
        ratio = self.devicePixelRatio()
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self._draw(painter)
        painter.end()
        return image

    def _draw(self, painter: QPainter) -> None:
        size, ratio = (self.width(), self.height()), self.devicePixelRatio()
        if not self._scene.covers:
            self._picture.draw(painter, *size, ratio)
        if not self._scene.plain:
            self._scene.draw(painter, size, ratio)


class _GlWindow(QOpenGLWindow):
    """The window where OpenGL draws, straight to the display."""

    def __init__(self, scene: Scene, synchronised: bool, failed: Callable[[str], None]) -> None:
        super().__init__()
        self._scene = scene
        self._picture = GlPicture(scene.show, failed)
        wanted = QSurfaceFormat(QSurfaceFormat.defaultFormat())
        wanted.setSwapInterval(1 if synchronised else 0)
        self.setFormat(wanted)
        self.setFlags(Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)

    def initializeGL(self) -> None:  # noqa: N802
        self._picture.begin()
        self.context().aboutToBeDestroyed.connect(self._forget)

    def paintGL(self) -> None:  # noqa: N802
        size, ratio = (self.width(), self.height()), self.devicePixelRatio()
        self._picture.draw(self.defaultFramebufferObject(), round(size[0] * ratio), round(size[1] * ratio))
        if not self._scene.plain:
            painter = QPainter(self)
            self._scene.draw(painter, size, ratio)
            painter.end()

    def grab(self) -> QImage:
        """What it shows now, in device pixels: drawn once more, for what was shown is gone."""
        self.makeCurrent()
        self.paintGL()
        return self.grabFramebuffer()

    def _forget(self) -> None:
        self.makeCurrent()
        self._picture.end()
        self.doneCurrent()


class OutputWindow(QObject):
    """Output ``number`` on one display, until :meth:`close`.

    ``forward`` gets every key that is pressed or released here; ``failed`` the reason when OpenGL cannot draw.
    ``left`` is emitted once Esc has been held long enough.
    """

    left = Signal(int)

    def __init__(
        self,
        number: int,
        display: Display,
        kind: Kind,
        frames: FrameSource,
        clock: Clock,
        forward: Callable[[QKeyEvent], None],
        failed: Callable[[str], None],
        still: QImage | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.number = number
        self.kind = kind
        self._clock = clock
        self._forward = forward
        self._failed = failed
        self._esc = HeldKey()
        self._scene = Scene(number, frames, display, still, clock.now())
        self._view: _PainterWindow | _GlWindow = (
            _GlWindow(self._scene, kind.synchronised, self._no_gl) if kind.gl else _PainterWindow(self._scene)
        )
        self._view.setObjectName(f"output {number}")
        self._view.setCursor(Qt.CursorShape.BlankCursor)
        self._view.installEventFilter(self)
        self._view.setTitle(f"latentjockey output {number}")
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)

    @property
    def view(self) -> QWindow:
        """The window itself."""
        return self._view

    def grab(self) -> QImage:
        """What it shows now, in device pixels."""
        return self._view.grab()

    @property
    def display(self) -> Display:
        """Where it is."""
        return self._scene.display

    # -- what it shows ----------------------------------------------------------------------------------------------

    def set_fit(self, fit: Fit) -> None:
        self._scene.show.fit = fit
        self._view.update()

    def set_blackout(self, black: bool) -> None:
        self._scene.show.blackout = black
        self._view.update()

    def set_test(self, test: bool) -> None:
        """Show the test card instead of the picture."""
        self._scene.test = test
        self._view.update()

    def set_credit(self, text: str) -> None:
        """Write these words on the picture; nothing takes them away."""
        if text != self._scene.credit.text:
            self._scene.credit.text = text
            self._view.update()

    def look(self) -> None:
        """Repaint if there is something new, and see how long Esc is held. The timer calls it."""
        now = self._clock.now()
        held = self._scene.leaving > 0.0
        self._scene.leaving = self._esc.share(now)
        moves = self._scene.move(now)
        if moves or held or self._scene.show.frames.wait_newer(self._scene.show.shown, 0.0):
            self._view.update()
        if self._scene.leaving >= 1.0:
            self._esc.release()
            self.left.emit(self.number)

    # -- where it is ------------------------------------------------------------------------------------------------

    def open(self, screen: QScreen, display: Display, *, activate: bool) -> None:
        """Fill the display, or fill it anew after it changed. ``activate`` where no other window could hear Esc."""
        self._scene.display = display
        self._view.setProperty("_q_showWithoutActivating", not activate)  # what Qt makes of the attribute of a widget
        self._view.setScreen(screen)
        self._view.setGeometry(screen.geometry())
        self._view.showFullScreen()
        if activate:
            self._view.requestActivate()
        self._timer.start(max(4, min(33, round(1000 / (display.rate or 60.0)))))

    def close(self) -> None:
        """Take it off the display for good."""
        self._timer.stop()
        self._view.hide()
        self._view.deleteLater()
        self.deleteLater()

    def _no_gl(self, why: str) -> None:
        # Not from inside the window's own painting.
        QTimer.singleShot(0, self, lambda: self._failed(why))

    # -- what reaches it --------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kind = event.type()
        if kind == QEvent.Type.Close:
            event.ignore()
            return True
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            self._key(event)
            return True
        if kind in _GONE:
            self._esc.release()
        return False

    def _key(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            self._forward(event)
        elif not event.isAutoRepeat():
            if event.type() == QEvent.Type.KeyPress:
                self._esc.press(self._clock.now())
            else:
                self._esc.release()
