"""A dialog for choosing a folder or a file, in the surface's look. It opens beside the show and waits for nothing.

GUI thread only. The system's own dialogs hold everything else up, so this is Qt's.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QFileInfo, QRectF, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QFileDialog, QListView, QPushButton, QToolButton, QWidget

from latentjockey.ui import theme


def choose_path(
    parent: QWidget, title: str, then: Callable[[str], object], kinds: str = "", *, folder: bool = False
) -> QFileDialog:
    """Let the player choose; ``then`` gets the path. It deletes itself when it closes."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setOption(QFileDialog.Option.DontUseCustomDirectoryIcons)
    dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, folder)
    if kinds:
        dialog.setNameFilter(kinds)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(False)
    dialog.setIconProvider(_Icons())
    dialog.setViewMode(QFileDialog.ViewMode.List)
    dialog.setStyleSheet(_sheet())
    _tidy(dialog)
    dialog.resize(theme.px(720), theme.px(440))
    dialog.fileSelected.connect(then)
    dialog.show()
    return dialog


def _tidy(dialog: QFileDialog) -> None:
    """Leave what chooses and what goes up or back, in words and arrows of our own."""
    for places in dialog.findChildren(QListView, "sidebar"):
        places.hide()
    for button in dialog.findChildren(QPushButton):
        button.setIcon(QIcon())
    arrows = {"backButton": "←", "toParentButton": "↑"}
    for tool in dialog.findChildren(QToolButton):
        tool.setIcon(QIcon())
        tool.setText(arrows.get(tool.objectName(), ""))
        tool.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        tool.setVisible(tool.objectName() in arrows)
    if dialog.fileMode() == QFileDialog.FileMode.Directory:
        for name in ("fileTypeLabel", "fileTypeCombo"):
            for widget in dialog.findChildren(QWidget, name):
                widget.hide()


class _Icons(QAbstractFileIconProvider):
    """Quiet shapes: a full box for a folder, an open one for a file."""

    def icon(self, what: QAbstractFileIconProvider.IconType | QFileInfo) -> QIcon:
        kind = QAbstractFileIconProvider.IconType.File
        return _shape(full=what.isDir() if isinstance(what, QFileInfo) else what != kind)


def _shape(*, full: bool) -> QIcon:
    picture = QPixmap(32, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.QUIET)
    painter.setBrush(theme.QUIET if full else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(6, 8, 20, 16), 4, 4)
    painter.end()
    return QIcon(picture)


def _sheet() -> str:
    small, size = theme.px(4), theme.font(12.5).pixelSize()
    return f"""
    QWidget {{ background: {theme.PANEL.name()}; color: {theme.TEXT.name()}; font-size: {size}px; }}
    QTreeView, QListView, QLineEdit, QComboBox {{ background: {theme.GROUND.name()}; border: none;
        border-radius: {small}px; padding: {small}px; selection-background-color: {theme.TRACK.name()}; }}
    QTreeView::item, QListView::item {{ padding: {theme.px(3)}px; border: none; }}
    QTreeView::item:selected, QListView::item:selected {{ background: {theme.TRACK.name()};
        color: {theme.TEXT.name()}; }}
    QHeaderView::section {{ background: {theme.PANEL.name()}; color: {theme.QUIET.name()}; border: none;
        padding: {small}px; }}
    QPushButton, QToolButton {{ background: {theme.RAISED.name()}; border: none; border-radius: {small}px;
        padding: {theme.px(5)}px {theme.px(12)}px; }}
    QToolButton {{ padding: {theme.px(3)}px; }}
    QPushButton:hover, QToolButton:hover {{ background: {theme.HOVERED.name()}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.ASLEEP.name()}; }}
    QPushButton:focus, QLineEdit:focus, QTreeView:focus {{ border: 1px solid {theme.QUIET.name()}; }}
    QComboBox::drop-down {{ border: none; }}
    QComboBox QAbstractItemView {{ background: {theme.RAISED.name()}; border: none; }}
    QSplitter::handle {{ background: {theme.PANEL.name()}; }}
    QScrollBar {{ background: transparent; width: {theme.px(8)}px; height: {theme.px(8)}px; border: none; }}
    QScrollBar::handle {{ background: {theme.TRACK.name()}; border-radius: {theme.px(3)}px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page
        {{ background: none; border: none; width: 0; height: 0; }}
    """
