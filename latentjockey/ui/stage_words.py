"""The few words over the stage: what it waits for, and what the hand moves. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from latentjockey.ui import theme, wording
from latentjockey.ui.painted import CENTRE, RIGHT, Painted, fill, write
from latentjockey.ui.stage_hand import Moved

STAYS_S = 0.8
FADES_S = 0.5
_SIZE = 12.5


def fading(since: float) -> float:
    """How visible the readout is ``since`` seconds after the last movement: 1 at first, then falling to 0."""
    return min(1.0, max(0.0, 1 - (since - STAYS_S) / FADES_S))


class Notice(Painted):
    """A few words at the foot of the stage: before the first picture, while it is replayed, while a file hovers."""

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

    def rescaled(self) -> None:
        self.place()

    def place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        wide = round(theme.text_width(self.text, _SIZE, theme.MEDIUM)) + theme.px(28)
        high = theme.px(28)
        low = theme.px(12)
        self.setGeometry((parent.width() - wide) // 2, parent.height() - high - low, wide, high)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        fill(painter, QRectF(self.rect()), theme.faded(theme.PANEL, 0.88), self.height() / 2)
        write(painter, QRectF(self.rect()), self.text, theme.TEXT, _SIZE, theme.MEDIUM, CENTRE)


class Readout(Painted):
    """What the hand moves on the stage, in its upper left corner: deck, name and value; it fades when all rests."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._moved: tuple[Moved, ...] = ()
        self._last = 0.0
        self._visible = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, or nothing once it has faded."""
        if self.isHidden():
            return ""
        return "  ".join(f"{each.name} {wording.value_text(each.spec, each.value)}" for each in self._moved)

    def tell(self, moved: Sequence[Moved], now: float) -> None:
        """Something moved at ``now`` seconds."""
        self._moved, self._last = tuple(moved), now
        self._visible = 1.0
        self.place()
        self.show()
        self.raise_()

    def look(self, now: float, *, stays: bool) -> None:
        """Fade as is due at ``now``; while something ``stays`` under the hand, not at all."""
        if self.isHidden():
            return
        if stays:
            self._last = now
        visible = fading(now - self._last)
        if visible <= 0.0:
            self.hide()
        elif visible != self._visible:
            self._visible = visible
            self.update()

    def rescaled(self) -> None:
        self.place()

    def place(self) -> None:
        wide = theme.px(34) + sum(self._wide(each) for each in self._moved)
        self.setGeometry(theme.px(12), theme.px(12), round(wide), theme.px(30))
        self.update()

    def _wide(self, each: Moved) -> float:
        return theme.text_width(each.name, _SIZE) + self._number(each) + theme.px(22)

    @staticmethod
    def _number(each: Moved) -> float:
        """Room for the value that does not change from one number to the next."""
        usual = wording.value_text(each.spec, -00.88)
        return max(theme.text_width(text, _SIZE, theme.MEDIUM) for text in (usual, _text(each)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        painter.setOpacity(self._visible)
        box = QRectF(self.rect())
        fill(painter, box, theme.faded(theme.PANEL, 0.88), box.height() / 2)
        if not self._moved:
            return
        deck = self._moved[0].deck
        left = float(theme.px(14))
        write(painter, box.adjusted(left, 0, 0, 0), deck.upper(), theme.deck_colour(deck), 13.5, theme.SEMIBOLD)
        left += theme.px(20)
        for each in self._moved:
            name, number = theme.text_width(each.name, _SIZE), self._number(each)
            write(painter, QRectF(left, 0, name + 1, box.height()), each.name, theme.QUIET, _SIZE)
            left += name + theme.px(6)
            ink = theme.BEYOND if each.beyond else theme.TEXT
            write(painter, QRectF(left, 0, number + 1, box.height()), _text(each), ink, _SIZE, theme.MEDIUM, RIGHT)
            left += number + theme.px(16)


def _text(each: Moved) -> str:
    return wording.value_text(each.spec, each.value)
