"""The stage in the window: the newest picture, drawn by OpenGL, or by Qt's painter where there is none.

GUI thread only. A timer asks for a newer frame at the rate of the display and repaints only when there is one; a frame
is leased from just before the upload to just after it. The hand plays the focused deck on it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QMouseEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.frames.frame import FrameSource
from latentjockey.stage.fitting import FITS
from latentjockey.ui.binder import Binder
from latentjockey.ui.dropping import SHADER_FILES, dropped_shader
from latentjockey.ui.opengl_driver import find_driver
from latentjockey.ui.stage_canvas import GlCanvas, PainterCanvas, Showing, Still, image_of
from latentjockey.ui.stage_credit import CreditOverlay
from latentjockey.ui.stage_hand import Moved, StageHand
from latentjockey.ui.stage_words import Notice, Readout
from latentjockey.ui.still_breath import Opening, StillBreath

Backend = Literal["auto", "gl", "painter"]
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "gdi generic", "software rasterizer", "swrast")
_DROPPED = (".png", ".json", *SHADER_FILES)
_THUMBNAIL = 192


class StageView(QWidget):
    """The stage preview. ``report`` gets one sentence when OpenGL cannot be had; ``on_drop`` the path of a dropped
    picture or preset. ``backend`` "auto" takes OpenGL where a graphics card drives it: on a processor alone Qt's
    painter is many times faster, and leaves the processor to the generator. With a ``binder`` the hand plays on it;
    until the first picture it shows ``last_still``."""

    def __init__(
        self,
        frames: FrameSource,
        report: Callable[[str], None],
        on_drop: Callable[[str], None],
        backend: Backend = "auto",
        parent: QWidget | None = None,
        *,
        binder: Binder | None = None,
        clock: Clock | None = None,
        last_still: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._show = Showing(frames)
        self._report = report
        self._on_drop = on_drop
        self._clock = clock or SystemClock()
        self._words = ""
        self._plain = ""
        self._arrived: float | None = None
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
        self._opening = Opening(self._clock.now())
        self._still: StillBreath | None = None
        if not frames.wait_newer(self._show.shown, 0.0):
            self._still = StillBreath(last_still, self)
        self._notice = Notice(self)
        self._readout = Readout(self)
        self.credit = CreditOverlay(self)
        self._binder = binder
        if binder is not None:
            for address in ("/stage/credit", "/model/credit"):
                binder.watch(address, lambda _: self._tell_credit())
        self.hand = StageHand(binder, self._clock, self._moved, self) if binder is not None else None
        if self.hand is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        if binder is not None:
            binder.watch("/engine/picture", lambda word: self._remark(str(word)))
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
        self._tell_credit()

    def say(self, words: str) -> None:
        """What the engine is about, shown while there is no fresh picture."""
        self._words = words
        self._tell()

    def _remark(self, word: str) -> None:
        """Say so where the picture that is shown is black, or of one colour: it is no fault of the stage."""
        self._plain = f"{word} picture" if word else ""
        self._tell()

    @property
    def readout(self) -> str:
        """What is said of the hand's movement now, or nothing."""
        return self._readout.text

    def age(self) -> float | None:
        """Seconds since the newest picture was seen, or nothing before the first."""
        return None if self._arrived is None else self._clock.now() - self._arrived

    def look(self) -> None:
        """Repaint if there is a newer frame. The timer calls it."""
        now = self._clock.now()
        if self._show.frames.wait_newer(self._show.shown, 0.0):
            self._arrived = now
            self._canvas.update()
        if self._still is not None:
            self._breathe(now)
        self._readout.look(now, stays=self.hand is not None and (self.hand.held or self.hand.rolling))
        self._tell()

    def _breathe(self, now: float) -> None:
        """The still gives way to the first picture; without one there is nothing to fade."""
        still = self._still
        assert still is not None
        t, left = self._opening.at(now, self._arrived is not None)
        pixels = still.pixels if self.backend == "gl" else None
        still.setVisible(not self._show.blackout and pixels is None)
        still.show_at(t, left, self._show.fit)
        if pixels is not None:
            self._show.still = Still(pixels, t, left)
            self._canvas.update()
        if left <= 0.0 or (self._arrived is not None and not still.there):
            self._still = self._show.still = None
            still.hide()
            still.deleteLater()

    def _moved(self, moved: tuple[Moved, ...]) -> None:
        self._readout.tell(moved, self._clock.now())

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
            self._notice.say(words if self._show.held else self._plain)

    def _tell_credit(self) -> None:
        """What is asked for and was learned from, where that is to be written on the picture. Black stays black."""
        if self._binder is not None:
            bay = self._binder.bay
            on = bool(bay.number("/stage/credit")) and not self._show.blackout
            self.credit.say(str(bay.value("/model/credit")) if on else "")

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
        self._stack()

    def _stack(self) -> None:
        """Everything over the canvas, in its order and place."""
        if self._still is not None:
            self._still.setGeometry(self.rect())
            self._still.raise_()
        self.credit.place()
        self.credit.raise_()
        self._notice.place()
        self._notice.raise_()
        self._readout.raise_()

    # -- Qt's events ------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        rate = self.screen().refreshRate() or 60.0
        self._timer.start(max(6, min(33, round(1000 / rate))))
        self._tell()

    def hideEvent(self, event: object) -> None:  # noqa: N802
        self._timer.stop()
        if self.hand is not None:
            self.hand.let_go()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._stack()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.hand is not None and event.button() == Qt.MouseButton.LeftButton:
            self.hand.press(event.position())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        # Two quick touches are two touches: on an instrument that is nothing more.
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.hand is not None:
            self.hand.move(event.position(), min(self.width(), self.height()), fine=_fine(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.hand is not None and event.button() == Qt.MouseButton.LeftButton:
            self.hand.release()
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hand is None:
            event.ignore()
            return
        # Alt and shift turn the wheel sideways on some systems.
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.hand.wheel(turned / 120, fine=_fine(event))
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if _dropped(event):
            event.acceptProposedAction()
            shader = bool(dropped_shader(event.mimeData()))
            self._notice.say("drop to put it into the chain" if shader else "drop to go there")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self._tell()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        for path in _dropped(event)[:1]:
            event.acceptProposedAction()
            self._on_drop(path)
        self._tell()


def _fine(event: QMouseEvent | QWheelEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


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
    driver, why = find_driver()
    if not driver:
        return "painter", f"OpenGL cannot be had here ({why}); Qt's painter draws the stage."
    if backend == "auto" and any(name in driver.lower() for name in _SOFTWARE):
        return "painter", f"OpenGL runs on the processor here ({driver.split(' (')[0]}); Qt's painter draws the stage."
    return "gl", ""
