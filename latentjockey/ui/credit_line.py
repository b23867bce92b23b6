"""A quiet line under the stage: what is asked for, and whose pictures the model learned from. GUI thread only."""

from __future__ import annotations

import html

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.models.card import ModelCard
from latentjockey.models.credits import DISCLAIMER, learned_nothing, source_text
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.painted import RIGHT, Painted, write

_SIZE = 11.0
_PARTS = " · "
_ON_STAGE = "on stage"


class CreditLine(Painted):
    """Shows ``/model/credit``, what was asked for a little brighter; the tooltip names every source. A click writes it
    on the stage, or takes it away."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.on_stage = False
        self._binder = binder
        self._card: ModelCard | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        binder.watch("/model/credit", self._say)
        binder.watch("/stage/credit", self._put_on_stage)

    def show_card(self, card: ModelCard | None) -> None:
        """The card of the model that plays."""
        if card != self._card:
            self._card = card
            self._describe()

    def _say(self, value: Shown) -> None:
        if str(value) != self.text:
            self.text = str(value)
            self._describe()
            self.update()

    def _put_on_stage(self, value: Shown) -> None:
        self.on_stage = bool(value)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._binder.write_now("/stage/credit", not self.on_stage)

    def _describe(self) -> None:
        self.setAccessibleName(self.text)
        lines = [html.escape(self.text.split(_PARTS)[0])]
        card = self._card
        if card is not None and card.sources:
            lines += ["learned from:", *(html.escape(source_text(source)) for source in card.sources)]
        elif self.text:
            lines += [html.escape(part) for part in self.text.split(_PARTS)[1:]]
        if card is not None and not learned_nothing(card) and self.text:
            lines.append(html.escape(DISCLAIMER))
        lines.append("<i>A click writes it on the stage: /stage/credit</i>")
        self.setToolTip("<br>".join(["<b>/model/credit</b>", *lines]) if self.text else "")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(300), theme.px(15))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(15))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self.text:
            return
        painter, inset = self.painter(), theme.px(2)
        box = QRectF(self.rect()).adjusted(inset, 0, -inset, 0)
        if self.on_stage:  # in words: it stands on the picture too
            word = theme.text_width(_ON_STAGE, _SIZE, theme.MEDIUM)
            write(painter, box, _ON_STAGE, theme.TEXT, _SIZE, theme.MEDIUM, RIGHT)
            box.setRight(box.right() - word - theme.px(10))
        asked, between, learned = self.text.partition(_PARTS)
        wide = min(theme.text_width(asked, _SIZE), box.width())
        write(
            painter,
            QRectF(box.left(), box.top(), wide + 1, box.height()),
            asked,
            theme.mixed(theme.QUIET, theme.TEXT, 0.55),
            _SIZE,
        )
        rest = box.adjusted(wide, 0, 0, 0)
        write(painter, rest, f"{between}{learned}", theme.QUIET, _SIZE)
