"""A deck's eight cues in one row, or in two or four where the room is better used so. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.names import CUES
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.cue_pad import CuePad
from latentjockey.ui.cue_waits import CueWaits
from latentjockey.ui.painted import Painted
from latentjockey.ui.thumbnails import Thumbnails

_GAP = 5
_WIDEST = 1.6


class CueBank(Painted):
    """``pads`` in their order. It is content with one low row and grows into whatever room it is given."""

    def __init__(
        self,
        binder: Binder,
        deck: str,
        picture: Callable[[], QImage | None],
        thumbnails: Thumbnails | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        colour = theme.deck_colour(deck)
        self.pads = [CuePad(binder, deck, n, colour, picture, self, thumbnails) for n in CUES]
        self.waits = CueWaits(binder, self.pads, self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"cues {deck.upper()}")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(316), theme.px(36))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(30))

    def rescaled(self) -> None:
        super().rescaled()
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._lay_out()

    def _lay_out(self) -> None:
        gap = theme.px(_GAP)
        rows = best_rows(self.width(), self.height(), len(self.pads), gap)
        columns = len(self.pads) // rows
        wide, high = (self.width() + gap) / columns, (self.height() + gap) / rows
        for index, pad in enumerate(self.pads):
            row, column = divmod(index, columns)
            box = QRectF(column * wide, row * high, wide - gap, high - gap)
            pad.setGeometry(box.toAlignedRect().intersected(self.rect()))


def best_rows(width: float, height: float, count: int, gap: float) -> int:
    """In how many rows ``count`` pads are largest: judged by the shorter side, a pad counting as at most
    ``_WIDEST`` times as wide as high. Fewer rows win where it is the same."""

    def size(rows: int) -> float:
        wide = (width + gap) * rows / count - gap
        high = (height + gap) / rows - gap
        return min(wide, high * _WIDEST) * min(high, wide)

    return max((rows for rows in (1, 2, 4) if count % rows == 0), key=lambda rows: (round(size(rows), 3), -rows))
