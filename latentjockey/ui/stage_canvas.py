"""Two ways to draw the stage in the window: OpenGL and Qt's painter. GUI thread only.

Either leases the newest frame inside its paint event, from just before the upload to just after it.
"""

from __future__ import annotations

from collections.abc import Callable

import moderngl
import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from latentjockey.frames.frame import Frame, FrameSource
from latentjockey.stage.fitting import Fit, place
from latentjockey.stage.renderer import StageRenderer


class Showing:
    """What both ways of drawing share: the source and how the picture is to be shown."""

    def __init__(self, frames: FrameSource) -> None:
        self.frames = frames
        self.fit: Fit = "letterbox"
        self.blackout = False
        self.shown = (-1, -1)
        self.held = False

    def saw(self, frame: Frame) -> None:
        self.shown = (frame.stamp.generation, frame.stamp.number)
        self.held = frame.held


class GlCanvas(QOpenGLWidget):
    """The picture by OpenGL 3.3."""

    def __init__(self, show: Showing, failed: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._show = show
        self._failed = failed
        self._ctx: moderngl.Context | None = None
        self._renderer: StageRenderer | None = None
        # The canvas paints all of itself, every time.
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.NoPartialUpdate)

    def initializeGL(self) -> None:  # noqa: N802
        try:
            self._ctx = moderngl.create_context(require=330)
            self._renderer = StageRenderer(self._ctx)
            self.context().aboutToBeDestroyed.connect(self._forget)
        except Exception as error:  # noqa: BLE001 - the loader raises bare Exception for every missing driver
            self._failed(str(error))

    def paintGL(self) -> None:  # noqa: N802
        if self._ctx is None or self._renderer is None:
            return
        try:
            frame = self._show.frames.acquire()
            if frame is not None:
                with frame:
                    self._renderer.upload(frame)
                    self._show.saw(frame)
            ratio = self.devicePixelRatioF()
            target = self._ctx.detect_framebuffer(self.defaultFramebufferObject())
            size = (round(self.width() * ratio), round(self.height() * ratio))
            self._renderer.draw(target, *size, fit=self._show.fit, blackout=self._show.blackout)
        except (moderngl.Error, ValueError) as error:
            self._failed(str(error))

    def _forget(self) -> None:
        self.makeCurrent()
        if self._renderer is not None:
            self._renderer.release()
        self._ctx = self._renderer = None
        self.doneCurrent()


class PainterCanvas(QWidget):
    """The picture by Qt's own painter: no shaders, but everywhere."""

    def __init__(self, show: Showing, parent: QWidget) -> None:
        super().__init__(parent)
        self._show = show
        self._image: QImage | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        frame = self._show.frames.acquire()
        if frame is not None:
            with frame:
                if self._image is None or (frame.stamp.generation, frame.stamp.number) != self._show.shown:
                    self._image = image_of(frame)
                self._show.saw(frame)
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._image is None or self._show.blackout:
            return
        ratio = self.devicePixelRatioF()
        window = (max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        spot = place((self._image.width(), self._image.height()), window, self._show.fit)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not spot.exact)
        painter.scale(1 / ratio, 1 / ratio)
        part = QRectF(spot.left, spot.top, spot.right - spot.left, spot.bottom - spot.top)
        image = self._image
        if part.width() > 2 * spot.width or part.height() > 2 * spot.height:
            # The painter's own smoothing sees four pixels only; this one averages all of them.
            keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.copy(part.toAlignedRect()).scaled(spot.width, spot.height, keep, smooth)
            part = QRectF(image.rect())
        painter.drawImage(QRectF(spot.x, spot.y, spot.width, spot.height), image, part)


def image_of(frame: Frame) -> QImage:
    """The frame as a QImage with memory of its own."""
    wide, high = frame.size
    packed = np.empty((high, wide, 4), np.uint8)
    if frame.planar:
        for channel in range(3):
            packed[..., 2 - channel] = frame.pixels[channel]
    else:
        packed[..., :3] = frame.pixels[..., 2::-1]
    packed[..., 3] = 255
    return QImage(packed.data, wide, high, wide * 4, QImage.Format.Format_RGB32).copy()
