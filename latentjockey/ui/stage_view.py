"""The stage in the window: the newest picture, drawn by OpenGL, or by Qt's painter where there is none.

GUI thread only. A timer asks for a newer frame at the rate of the display and repaints only when there is one; a frame
is leased from just before the upload to just after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import moderngl
from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QOffscreenSurface,
    QOpenGLContext,
    QPaintEvent,
    QShowEvent,
    QSurfaceFormat,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from latentjockey.frames.frame import FrameSource
from latentjockey.stage.fitting import FITS
from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, Painted, fill, write
from latentjockey.ui.stage_canvas import GlCanvas, PainterCanvas, Showing, image_of

Backend = Literal["auto", "gl", "painter"]
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "gdi generic", "software rasterizer", "swrast")
_DROPPED = (".png", ".json")
_THUMBNAIL = 192


class _Notice(Painted):
    """A few words over the stage: before the first picture, while it is replayed, while a file hovers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.setVisible(bool(text))
            self.place()

    def place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        wide = round(theme.text_width(self.text, 12.5, theme.MEDIUM)) + theme.px(28)
        high = theme.px(28)
        low = theme.px(12)
        self.setGeometry((parent.width() - wide) // 2, parent.height() - high - low, wide, high)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        fill(painter, QRectF(self.rect()), theme.faded(theme.PANEL, 0.88), self.height() / 2)
        write(painter, QRectF(self.rect()), self.text, theme.TEXT, 12.5, theme.MEDIUM, CENTRE)


class StageView(QWidget):
    """The stage preview. ``report`` gets one sentence when OpenGL cannot be had; ``on_drop`` the path of a dropped
    picture or preset. ``backend`` "auto" takes OpenGL where a graphics card drives it: on a processor alone Qt's
    painter is many times faster, and leaves the processor to the generator."""

    def __init__(
        self,
        frames: FrameSource,
        report: Callable[[str], None],
        on_drop: Callable[[str], None],
        backend: Backend = "auto",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._show = Showing(frames)
        self._report = report
        self._on_drop = on_drop
        self._words = ""
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        wanted, why = _choose(backend)
        if why:
            report(why)
        self._canvas: QWidget = (
            GlCanvas(self._show, self._gl_failed, self) if wanted == "gl" else PainterCanvas(self._show, self)
        )
        self._box.addWidget(self._canvas)
        self._notice = _Notice(self)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)

    @property
    def backend(self) -> str:
        """``gl`` or ``painter``."""
        return "gl" if isinstance(self._canvas, GlCanvas) else "painter"

    @property
    def canvas(self) -> QWidget:
        """The widget that shows the picture."""
        return self._canvas

    def set_fit(self, index: float) -> None:
        """Index of letterbox, crop or stretch; anything else is letterbox."""
        whole = int(index)
        self._show.fit = FITS[whole] if 0 <= whole < len(FITS) else FITS[0]
        self._canvas.update()

    def set_blackout(self, black: bool) -> None:
        self._show.blackout = black
        self._canvas.update()
        self._tell()

    def say(self, words: str) -> None:
        """What the engine is about, shown while there is no fresh picture."""
        self._words = words
        self._tell()

    def look(self) -> None:
        """Repaint if there is a newer frame. The timer calls it."""
        if self._show.frames.wait_newer(self._show.shown, 0.0):
            self._canvas.update()
        self._tell()

    def picture(self) -> QImage | None:
        """What is on stage now, small: for a cue's thumbnail."""
        frame = self._show.frames.acquire()
        if frame is None:
            return None
        with frame:
            image = image_of(frame)
        return image.scaled(
            _THUMBNAIL,
            _THUMBNAIL,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )

    def _tell(self) -> None:
        if self._show.blackout:
            self._notice.say("blackout")
        elif self._show.shown == (-1, -1):
            self._notice.say(self._words or "waiting for the first picture")
        else:
            words = " · ".join(part for part in ("replaying the last seconds", self._words) if part)
            self._notice.say(words if self._show.held else "")

    def _gl_failed(self, why: str) -> None:
        # Not from inside the canvas's own paint event.
        QTimer.singleShot(0, self, lambda: self._fall_back(why))

    def _fall_back(self, why: str) -> None:
        if isinstance(self._canvas, PainterCanvas):
            return
        self._report(f"OpenGL cannot draw the stage here ({why}); Qt's painter does it instead.")
        old, self._canvas = self._canvas, PainterCanvas(self._show, self)
        self._box.replaceWidget(old, self._canvas)
        old.hide()
        old.deleteLater()
        self._notice.raise_()

    # -- Qt's events ------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        rate = self.screen().refreshRate() or 60.0
        self._timer.start(max(6, min(33, round(1000 / rate))))
        self._tell()

    def hideEvent(self, event: object) -> None:  # noqa: N802
        self._timer.stop()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._notice.place()
        self._notice.raise_()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if _dropped(event):
            event.acceptProposedAction()
            self._notice.say("drop to go there")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self._tell()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        for path in _dropped(event)[:1]:
            event.acceptProposedAction()
            self._on_drop(path)
        self._tell()


def _dropped(event: QDropEvent) -> list[str]:
    """The local pictures and presets that a drag carries."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(_DROPPED)]


def _choose(backend: Backend) -> tuple[Literal["gl", "painter"], str]:
    """Which way to draw, and why if it is not the wished one."""
    if backend == "painter":
        return "painter", ""
    if QGuiApplication.platformName() in ("offscreen", "minimal", "vnc"):
        return "painter", "There is no OpenGL on this kind of display; Qt's painter draws the stage."
    driver, why = _driver()
    if not driver:
        return "painter", f"OpenGL cannot be had here ({why}); Qt's painter draws the stage."
    if backend == "auto" and any(name in driver.lower() for name in _SOFTWARE):
        return "painter", f"OpenGL runs on the processor here ({driver.split(' (')[0]}); Qt's painter draws the stage."
    return "gl", ""


def _driver() -> tuple[str, str]:
    """What would draw with OpenGL, in the driver's words, or nothing and the reason."""
    context, surface = QOpenGLContext(), QOffscreenSurface()
    context.setFormat(QSurfaceFormat.defaultFormat())
    surface.setFormat(QSurfaceFormat.defaultFormat())
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return "", "no context of OpenGL 3.3 could be made"
    try:
        return str(moderngl.create_context(require=330).info["GL_RENDERER"]), ""
    except Exception as error:  # noqa: BLE001 - the loader raises bare Exception for every missing driver
        return "", str(error)
    finally:
        context.doneCurrent()
        surface.destroy()
