"""What is dragged onto a widget, presets, stills, shaders, pictures, and the target that takes it. GUI thread only.

A drag carries the name of a preset or shader in a type of its own and its file as a URL, so that other programs take it
as a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from latentjockey.models.clip_adding import FILMS
from latentjockey.models.clip_folder import is_clip
from latentjockey.models.diffusion_folder import is_diffusion
from latentjockey.models.own_files import is_own
from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, fill, write

PRESET = "application/x-latentjockey-preset"
SHADER = "application/x-latentjockey-shader"
SHADER_FILES = (".fs", ".isf", ".frag")
PICTURE_FILES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
MODEL_FILES = (".safetensors", ".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt", ".tar", ".onnx")
_FILES = (".png", ".json")
_LONGEST = 4096


def preset_mime(name: str, path: Path) -> QMimeData:
    """What a preset carries when it is dragged."""
    data = QMimeData()
    data.setData(PRESET, name.encode())
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def shader_mime(name: str, path: Path) -> QMimeData:
    """What a shader of the library carries when it is dragged."""
    data = QMimeData()
    data.setData(SHADER, name.encode())
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def dropped(data: QMimeData) -> str:
    """The name of a preset or the absolute path of a PNG or JSON file on this machine; empty for anything else."""
    return _named(data, PRESET) or dropped_file(data, _FILES)


def dropped_shader(data: QMimeData) -> str:
    """The name of a shader or the absolute path of a shader file on this machine; empty for anything else."""
    return _named(data, SHADER) or dropped_file(data, SHADER_FILES)


def dropped_model(data: QMimeData) -> str:
    """The absolute path of a model file or a film on this machine, or of a folder with a generator that somebody wrote,
    with a clip or with a diffusion model; empty for anything else."""
    folders = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    return dropped_file(data, (*MODEL_FILES, *FILMS)) or next(
        (str(path) for path in folders if is_own(path) or is_clip(path) or is_diffusion(path)), ""
    )


def dropped_picture(data: QMimeData) -> str:
    """The absolute path of a picture file on this machine; empty for anything else."""
    return dropped_file(data, PICTURE_FILES)


def _named(data: QMimeData, kind: str) -> str:
    return bytes(data.data(kind).data()).decode(errors="replace")[:_LONGEST] if data.hasFormat(kind) else ""


def dropped_file(data: QMimeData, suffixes: tuple[str, ...]) -> str:
    """The absolute path of the first file on this machine that ends in one of these; empty for none."""
    for url in data.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else Path()
        if path.is_absolute() and path.suffix.lower() in suffixes:
            return str(path)
    return ""


class DropTarget(QObject):
    """Lets ``widget`` take what ``takes`` finds in a drag, presets and stills when it is not named: ``accept`` gets the
    name or the file's path.

    While something hovers, an outline with ``words`` lies over the widget, its children included. Owned by the widget.
    """

    def __init__(
        self,
        widget: QWidget,
        accept: Callable[[str], None],
        words: str,
        colour: QColor = theme.TEXT,
        takes: Callable[[QMimeData], str] = dropped,
    ) -> None:
        super().__init__(widget)
        self._widget = widget
        self._accept = accept
        self._takes = takes
        self.outline = _Outline(widget, words, colour)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QDragEnterEvent | QDragMoveEvent):
            if not self._takes(event.mimeData()):
                return False
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.outline.spread()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.outline.hide()
        elif isinstance(event, QDropEvent):
            self.outline.hide()
            what = self._takes(event.mimeData())
            if what:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self._accept(what)
                return True
        return False


class _Outline(QWidget):
    """Drawn over everything in its parent; the mouse passes through it."""

    def __init__(self, parent: QWidget, words: str, colour: QColor) -> None:
        super().__init__(parent)
        self._over = parent
        self._words = words
        self._colour = colour
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def spread(self) -> None:
        """Cover the parent as it is now."""
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = theme.scale()
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        radius = theme.px(theme.RADIUS)
        fill(painter, box, theme.faded(theme.GROUND, 0.62), radius)
        painter.setBrush(theme.faded(self._colour, 0.07))
        painter.setPen(QPen(self._colour, 2 * theme.scale()))
        painter.drawRoundedRect(box, radius, radius)
        wide = theme.text_width(self._words, 14, theme.MEDIUM) + theme.px(32)
        label = QRectF(0, 0, min(wide, box.width()), theme.px(34))
        label.moveCenter(box.center())
        fill(painter, label, theme.RAISED, label.height() / 2)
        write(painter, label, self._words, theme.TEXT, 14, theme.MEDIUM, CENTRE)
