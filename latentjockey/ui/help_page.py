"""Explanations in columns, as many as fit: a heading, then gestures with what they do. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.help_text import Entry, Topic
from latentjockey.ui.painted import CENTRE, Painted, write

_COLUMN, _GAP, _WORDS = 300, 22, 112
_SIZE = 12.5
_HEADING, _BETWEEN = 24, 12
_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True, slots=True)
class _Piece:
    """A heading (no entry) or an entry, and where it stands."""

    box: QRect
    heading: str
    entry: Entry | None


class HelpPage(Painted):
    """Grows downwards; put it into something that scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.topics: Sequence[Topic] = ()
        self._pieces: list[_Piece] = []
        self._known: dict[int, tuple[list[_Piece], int]] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_topics(self, topics: Sequence[Topic]) -> None:
        self.topics = tuple(topics)
        self._known.clear()
        words = [f"{topic.title}: {entry.gesture}, {entry.does}" for topic in topics for entry in topic.entries]
        self.setAccessibleDescription("\n".join(words))
        self._place()

    def top_of(self, title: str) -> int:
        """Where a topic begins, in pixels from the top."""
        return next((piece.box.top() for piece in self._pieces if piece.heading == title), 0)

    def rescaled(self) -> None:
        self._known.clear()
        self._place()
        super().rescaled()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._place()

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._layout(width)[1]

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(2 * _COLUMN), theme.px(120))  # how high it is, depends on the width

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(60))

    def _place(self) -> None:
        self._pieces = self._layout(self.width())[0]
        self.updateGeometry()
        self.update()

    def _layout(self, width: int) -> tuple[list[_Piece], int]:
        """Where everything stands at a width, and how high that is. Measuring text takes long, so it is remembered."""
        if width not in self._known:
            self._known[width] = self._laid_out(width)
        return self._known[width]

    def _laid_out(self, width: int) -> tuple[list[_Piece], int]:
        """Whole topics, each into the column that is shortest so far; one topic alone fills all columns evenly."""
        bold, plain = (QFontMetrics(theme.font(_SIZE, weight)) for weight in (theme.MEDIUM, theme.REGULAR))
        gap = theme.px(_GAP)
        columns = max(1, (width + gap) // (theme.px(_COLUMN) + gap))
        wide = max(theme.px(120), (width - gap * (columns - 1)) // columns)

        def high(entry: Entry) -> int:
            beside = _height(plain, entry.does, wide - theme.px(_WORDS))
            return max(_height(bold, entry.gesture, theme.px(_WORDS - 10)), beside) + theme.px(5)

        filled = [theme.px(2)] * columns
        pieces: list[_Piece] = []
        for topic in self.topics:
            column = filled.index(min(filled))
            heights = [high(entry) for entry in topic.entries]
            enough = sum(heights) / columns if len(self.topics) == 1 else float("inf")
            pieces.append(
                _Piece(QRect(column * (wide + gap), filled[column], wide, theme.px(_HEADING)), topic.title, None)
            )
            begin = filled[column] = filled[column] + theme.px(_HEADING)
            for entry, height in zip(topic.entries, heights, strict=True):
                if filled[column] - begin + height / 2 > enough and column + 1 < columns:
                    column += 1
                    filled[column] = begin
                pieces.append(_Piece(QRect(column * (wide + gap), filled[column], wide, height), "", entry))
                filled[column] += height
            filled[column] += theme.px(_BETWEEN)
        return pieces, max(filled)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self._pieces:
            write(painter, QRectF(self.rect()), "no explanation has these words", theme.QUIET, _SIZE, align=CENTRE)
        for piece in self._pieces:
            if not piece.box.intersects(event.rect()):
                continue
            if piece.entry is None:
                painter.setFont(theme.font(11, theme.SEMIBOLD, 6))
                painter.setPen(theme.QUIET)
                painter.drawText(piece.box, Qt.AlignmentFlag.AlignVCenter, piece.heading.upper())
                continue
            words = theme.px(_WORDS)
            painter.setFont(theme.font(_SIZE, theme.MEDIUM))
            painter.setPen(theme.TEXT)
            painter.drawText(piece.box.adjusted(0, 0, words - theme.px(10) - piece.box.width(), 0), _WRAPPED,
                             piece.entry.gesture)  # fmt: skip
            painter.setFont(theme.font(_SIZE))
            painter.setPen(theme.mixed(theme.QUIET, theme.TEXT, 0.45))
            painter.drawText(piece.box.adjusted(words, 0, 0, 0), _WRAPPED, piece.entry.does)


def _height(metrics: QFontMetrics, text: str, width: int) -> int:
    return metrics.boundingRect(QRect(0, 0, width, 10_000), _WRAPPED, text).height()
