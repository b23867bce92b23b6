"""Equal columns, as many as fit: for controls that nobody counted before. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QLayout, QLayoutItem

from latentjockey.ui import theme


class Columns(QLayout):
    """Fills column by column, top to bottom, so that neighbours in the list stay neighbours.

    ``least`` is the smallest width of a column and ``high`` the height of a row in the 1280×800 drawing. With ``rows``
    there are never more in a column, however narrow it becomes.
    """

    def __init__(self, least: float = 230, gap: float = 12, high: float = theme.STACKED + 2, *, rows: int = 0) -> None:
        super().__init__()
        self._least, self._gap, self._high = least, gap, high
        self._most = rows
        self._items: list[QLayoutItem] = []

    def widen(self, least: float) -> None:
        """Another smallest width from now on."""
        self._least = least
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._rows(width) * self._row()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(self._least), self._row() * (self._most or 1))

    def minimumSize(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        super().setGeometry(rect)
        rows, gap = max(1, self._rows(rect.width())), theme.px(self._gap)
        columns = -(-len(self._items) // rows)  # no column stays empty
        wide = (rect.width() - gap * (columns - 1)) // max(1, columns)
        for index, item in enumerate(self._items):
            column, row = divmod(index, rows)
            item.setGeometry(
                QRect(rect.left() + column * (wide + gap), rect.top() + row * self._row(), wide, self._row())
            )

    def _row(self) -> int:
        return theme.px(self._high)

    def _columns(self, width: int) -> int:
        gap = theme.px(self._gap)
        return max(1, min(len(self._items) or 1, (width + gap) // (theme.px(self._least) + gap)))

    def _rows(self, width: int) -> int:
        if self._most:
            return min(self._most, len(self._items))
        columns = self._columns(width)
        return -(-len(self._items) // columns)
