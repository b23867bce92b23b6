"""A row of words of which one is chosen: to filter what is listed below. GUI thread only."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import Painted, fill, write

ALL = "all"

_AROUND, _LEAST, _GAP = 18, 7, 4
"""What a word has around it, at most and at least, and between two: in px of the 1280×800 drawing."""


class Chips(Painted):
    """Words of which one is chosen, each with how many there are, where that is known. Click, or arrows, choose; a
    click on the chosen one goes back to all. ``loud`` is the word that warns when there are any."""

    chosen = Signal(str)

    def __init__(self, name: str, loud: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = ALL
        self.counts: dict[str, int | None] = {ALL: None}
        self._loud = loud
        self._under = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(24))

    def show_counts(self, counts: Mapping[str, int | None]) -> None:
        """The words in order, with how many there are of each; a choice that is not among them stays all the same."""
        if dict(counts) != self.counts:
            self.counts = dict(counts)
            self.counts.setdefault(self.choice, None if None in self.counts.values() else 0)
            self.update()

    def boxes(self) -> dict[str, QRectF]:
        """Where each word lies. Where they are too many for the room, they move closer together."""
        made: dict[str, QRectF] = {}
        texts = {word: word if count is None else f"{word}  {count}" for word, count in self.counts.items()}
        wide = {word: theme.text_width(text, 12, theme.MEDIUM) for word, text in texts.items()}
        around, gap = float(theme.px(_AROUND)), float(theme.px(_GAP))
        over = sum(wide.values()) + len(wide) * (around + gap) - gap - self.width()
        around = max(theme.px(_LEAST), around - max(0.0, over) / len(wide))
        left = 0.0
        for word, width in wide.items():
            made[word] = QRectF(left, 0, width + around, self.height())
            left += width + around + gap
        return made

    def choose(self, word: str) -> None:
        """Show only these."""
        self.choice = word
        self.update()
        self.chosen.emit(word)

    def _at(self, at: QPointF) -> str:
        return next((word for word, box in self.boxes().items() if box.contains(at)), "")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        word = self._at(event.position())
        if word and event.button() == Qt.MouseButton.LeftButton:
            self.choose(word if word != self.choice else ALL)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._at(event.position())
        if under != self._under:
            self._under = under
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        words = list(self.counts)
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if step and self.choice in words:
            self.choose(words[(words.index(self.choice) + step) % len(words)])
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        for word, box in self.boxes().items():
            here = word == self.choice
            ground = theme.TRACK if here else theme.HOVERED if self.hovered and word == self._under else theme.RAISED
            fill(painter, box, ground, box.height() / 2)
            text = word if self.counts[word] is None else f"{word}  {self.counts[word]}"
            side = (box.width() - theme.text_width(text, 12, theme.MEDIUM)) / 2
            inner = box.adjusted(side, 0, 0, 0)
            ink = theme.WARNING if word == self._loud and self.counts[word] else theme.TEXT
            write(painter, inner, word, ink, 12, theme.MEDIUM)
            inner.adjust(theme.text_width(f"{word}  ", 12, theme.MEDIUM), 0, theme.px(9), 0)
            if self.counts[word] is not None:
                write(painter, inner, str(self.counts[word]), theme.QUIET, 12)
            if here and self.ring:
                painter.setPen(theme.TEXT)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), box.height() / 2, box.height() / 2)
