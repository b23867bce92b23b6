"""The model tab: every model there is, what the playing one can do, and the card of the one looked at. GUI thread only,
and no disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.models.library import Entry
from latentjockey.ui import theme
from latentjockey.ui.actions import Models
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import Button
from latentjockey.ui.card_view import CardView
from latentjockey.ui.controls_tab import MODEL, ControlsTab
from latentjockey.ui.dropping import DropTarget, dropped_model
from latentjockey.ui.model_list import ModelList
from latentjockey.ui.painted import Column, Painted, Row
from latentjockey.ui.scroll import Scroll

_LOOK_MS = 250


class _Shelf(Painted):
    """The list, as wide as it needs, with what is offered below."""

    def __init__(self, content: ModelList, offer: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = Column(gap=4)
        self.setLayout(column)
        column.addWidget(Scroll(content), 1)
        column.addWidget(offer)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(290), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(220), theme.px(96))


class ModelTab(Painted):
    """The card is that of the model under the mouse or at the keys, and otherwise of the one that plays."""

    def __init__(self, binder: Binder, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._models = models
        self._shown: Sequence[Entry] | None = None
        self._looked_at: Entry | None = None
        self.list = ModelList()
        self.card = CardView()
        self.controls = ControlsTab(binder, MODEL)
        row = Row((12, 8, 12, 8), 16)
        self.setLayout(row)
        self.anew = Button("newer on disk: play it")
        self.anew.tip = "The file of the model that plays was written anew. It is loaded beside the show."
        self.anew.hide()
        row.addWidget(_Shelf(self.list, self.anew))
        row.addWidget(self.controls, 9)
        row.addWidget(Scroll(self.card), 10)
        self.list.chosen.connect(models.play)
        self.anew.pressed.connect(lambda: binder.press("/model/reload"))
        self.list.looked_at.connect(self._look_at)
        words = "drop to play this model"
        self._drop = DropTarget(self, lambda path: models.bring(Path(path)), words, takes=dropped_model)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(760), theme.px(200))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(520), theme.px(120))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        self._looked_at = None
        super().hideEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._look_at(None)
        super().leaveEvent(event)

    def refresh(self) -> None:
        """Show what is known, and have the folders looked at again."""
        entries = self._models.models()
        if entries is not self._shown:
            self._shown = entries
            self.list.show_entries(entries)
        bay = self._binder.bay
        self.list.show_playing(str(bay.value("/engine/model")), str(bay.value("/model")))
        newer = self._models.newer()
        if self.anew.hasFocus() and not newer:  # the hand stays in the list
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.anew.setVisible(newer)
        self._show_card()
        self._models.look()

    def _look_at(self, entry: Entry | None) -> None:
        self._looked_at = entry
        self._show_card()

    def _show_card(self) -> None:
        playing = self.list.playing or self.list.wanted
        entry = self._looked_at or next((e for e in self.list.entries if e.name == playing), None)
        self.card.show_entry(entry)
