"""Two ways to draw the stage, in the window and on outputs: OpenGL and Qt's painter. GUI thread only.

Either leases the newest frame while it paints, from just before the upload to just after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import moderngl
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from latentjockey.frames.frame import Frame, FrameSource, Pixels
from latentjockey.stage.breathing import BreathingStill
from latentjockey.stage.fitting import Fit, place
from latentjockey.stage.renderer import StageRenderer
from latentjockey.ui.breath import breath


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture (H, W, 4) RGBA that lies over the stage: ``t`` seconds into its breath, ``left`` 0..1 of it."""

    pixels: Pixels
    t: float
    left: float


class Showing:
    """What both ways of drawing share: the source and how the picture is to be shown. ``still`` only OpenGL draws."""

    still: Still | None = None

    def __init__(self, frames: FrameSource) -> None:
        self.frames = frames
        self.fit: Fit = "letterbox"
        self.blackout = False
        self.shown = (-1, -1)
        self.held = False

    def saw(self, frame: Frame) -> None:
        self.shown = (frame.stamp.generation, frame.stamp.number)
        self.held = frame.held


class GlPicture:
    """The newest picture by OpenGL 3.3, for whatever has a context. Every method needs that to be current.

    ``failed`` gets the reason, in the driver's words, where it cannot be drawn.
    """

    def __init__(self, show: Showing, failed: Callable[[str], None]) -> None:
        self._show = show
        self._failed = failed
        self._ctx: moderngl.Context | None = None
        self._renderer: StageRenderer | None = None
        self._breathing: BreathingStill | None = None

    def begin(self) -> None:
        """Make what drawing needs: once for each context."""
        try:
            self._ctx = moderngl.create_context(require=330)
            self._renderer = StageRenderer(self._ctx)
        except Exception as error:  # noqa: BLE001 - the loader raises bare Exception for every missing driver
            self._failed(str(error))

    def draw(self, framebuffer: int, width: int, height: int) -> None:
        """Draw on the framebuffer of that name, ``width`` × ``height`` device pixels."""
        if self._ctx is None or self._renderer is None:
            return
        try:
            frame = self._show.frames.acquire()
            if frame is not None:
                with frame:
                    self._renderer.upload(frame)
                    self._show.saw(frame)
            target = self._ctx.detect_framebuffer(framebuffer)
            self._renderer.draw(target, width, height, fit=self._show.fit, blackout=self._show.blackout)
            self._breathe(target, (width, height))
        except (moderngl.Error, ValueError) as error:
            self._failed(str(error))

    def _breathe(self, target: moderngl.Framebuffer, size: tuple[int, int]) -> None:
        still = self._show.still
        if still is None or self._ctx is None:
            if self._breathing is not None:
                self._breathing.release()
                self._breathing = None
            return
        if self._breathing is None:
            self._breathing = BreathingStill(self._ctx, still.pixels)
        if not self._show.blackout:
            now = breath(still.t)
            self._breathing.draw(
                target, size, self._show.fit, t=still.t, zoom=now.zoom, light=now.light, left=still.left
            )

    def end(self) -> None:
        """Give back what the graphics card holds."""
        if self._breathing is not None:
            self._breathing.release()
            self._breathing = None
        if self._renderer is not None:
            self._renderer.release()
        self._ctx = self._renderer = None


class GlCanvas(QOpenGLWidget):
    """The picture by OpenGL, as a widget."""

    def __init__(self, show: Showing, failed: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = GlPicture(show, failed)
        # The canvas paints all of itself, every time.
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.NoPartialUpdate)

    def initializeGL(self) -> None:  # noqa: N802
        self._picture.begin()
        self.context().aboutToBeDestroyed.connect(self._forget)

    def paintGL(self) -> None:  # noqa: N802
        ratio = self.devicePixelRatioF()
        size = (round(self.width() * ratio), round(self.height() * ratio))
        self._picture.draw(self.defaultFramebufferObject(), *size)

    def _forget(self) -> None:
        self.makeCurrent()
        self._picture.end()
        self.doneCurrent()


class PainterPicture:
    """The newest picture by Qt's own painter: no shaders, but everywhere."""

    def __init__(self, show: Showing) -> None:
        self._show = show
        self._image: QImage | None = None

    def draw(self, painter: QPainter, width: int, height: int, ratio: float) -> None:
        """Fill ``width`` × ``height`` device-independent pixels from the painter's origin, ``ratio`` device pixels
        each."""
        frame = self._show.frames.acquire()
        if frame is not None:
            with frame:
                if self._image is None or (frame.stamp.generation, frame.stamp.number) != self._show.shown:
                    self._image = image_of(frame)
                self._show.saw(frame)
        painter.fillRect(0, 0, width, height, Qt.GlobalColor.black)
        if self._image is not None and not self._show.blackout:
            draw_image(painter, self._image, (width, height), ratio, self._show.fit)


class PainterCanvas(QWidget):
    """The picture by Qt's own painter, as a widget."""

    def __init__(self, show: Showing, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = PainterPicture(show)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._picture.draw(QPainter(self), self.width(), self.height(), self.devicePixelRatioF())


def draw_image(
    painter: QPainter, image: QImage, size: tuple[int, int], ratio: float, fit: Fit, zoom: float = 1.0
) -> None:
    """Draw ``image`` in a window of ``size`` device-independent pixels, as the stage does, enlarged ``zoom`` ≥ 1 times
    about its centre within the place it has."""
    window = (max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio)))
    spot = place((image.width(), image.height()), window, fit)
    wide, high = (spot.right - spot.left) / zoom, (spot.bottom - spot.top) / zoom
    centre = QPointF((spot.left + spot.right) / 2, (spot.top + spot.bottom) / 2)
    part = QRectF(centre.x() - wide / 2, centre.y() - high / 2, wide, high)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not spot.exact or zoom != 1.0)
    painter.scale(1 / ratio, 1 / ratio)
    if part.width() > 2 * spot.width or part.height() > 2 * spot.height:
        # The painter's own smoothing sees four pixels only; this one averages all of them.
        keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.copy(part.toAlignedRect()).scaled(spot.width, spot.height, keep, smooth)
        part = QRectF(image.rect())
    painter.drawImage(QRectF(spot.x, spot.y, spot.width, spot.height), image, part)
    painter.restore()


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
