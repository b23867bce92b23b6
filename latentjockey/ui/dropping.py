"""Presets and stills that are dragged onto a widget: what they carry, and the target that takes them. GUI thread only.

A drag carries a preset's name in a type of its own and its file as a URL, so that other programs take it as a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, fill, write

PRESET = "application/x-latentjockey-preset"
_FILES = (".png", ".json")
_LONGEST = 4096


def preset_mime(name: str, path: Path) -> QMimeData:
    """What a preset carries when it is dragged."""
    data = QMimeData()
    data.setData(PRESET, name.encode())
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def dropped(data: QMimeData) -> str:
    """The name of a preset or the absolute path of a PNG or JSON file on this machine; empty for anything else."""
    if data.hasFormat(PRESET):
        return bytes(data.data(PRESET).data()).decode(errors="replace")[:_LONGEST]
    for url in data.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else Path()
        if path.is_absolute() and path.suffix.lower() in _FILES:
            return str(path)
    return ""


class DropTarget(QObject):
    """Lets ``widget`` take presets and stills: ``accept`` gets the preset's name or the file's path.

    While something hovers, an outline with ``words`` lies over the widget, its children included. Owned by the widget.
    """

    def __init__(self, widget: QWidget, accept: Callable[[str], None], words: str, colour: QColor = theme.TEXT) -> None:
        super().__init__(widget)
        self._widget = widget
        self._accept = accept
        self.outline = _Outline(widget, words, colour)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QDragEnterEvent | QDragMoveEvent):
            if not dropped(event.mimeData()):
                return False
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.outline.spread()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.outline.hide()
        elif isinstance(event, QDropEvent):
            self.outline.hide()
            what = dropped(event.mimeData())
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
