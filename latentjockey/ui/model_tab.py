"""The model tab: every model there is, what the playing one can do, and the card of the one looked at. GUI thread only,
and no disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.models.album import NOTHING, Note
from latentjockey.models.card_text import sought
from latentjockey.models.library import Entry
from latentjockey.models.pair import parts
from latentjockey.ui import theme
from latentjockey.ui.actions import Models
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import Button
from latentjockey.ui.card_view import CardView
from latentjockey.ui.controls_tab import MODEL, ControlsTab
from latentjockey.ui.dropping import DropTarget, dropped_model
from latentjockey.ui.model_list import LOOKING, ModelList
from latentjockey.ui.painted import Column, Painted, Row, write
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.search_field import SearchField
from latentjockey.ui.undo_note import UndoNote

_LOOK_MS = 250


class _Browser(Painted):
    """The tiles, and above them what seeks and sorts them and what is offered."""

    def __init__(self, head: Sequence[QWidget], tiles: QWidget) -> None:
        super().__init__()
        column = Column(gap=5)
        self.setLayout(column)
        top = Row(gap=6)
        for n, widget in enumerate(head):
            top.addWidget(widget, 1 if n == 0 else 0)
        column.addLayout(top)
        column.addWidget(Scroll(tiles), 1)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(452), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), theme.px(96))


class _Reading(Painted):
    """Which file is being read before it is taken in; takes no room while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.hide()

    def say(self, name: str) -> None:
        """Name the file; an empty name ends it."""
        text = f"reading {name} …" if name else ""
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.setVisible(bool(text))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.text, 12)) + theme.px(6), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(60), theme.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        write(self.painter(), QRectF(self.rect()), self.text, theme.QUIET, 12)


class ModelTab(Painted):
    """The card is that of the model under the mouse or at the keys, and otherwise of the one that plays."""

    def __init__(self, binder: Binder, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._models = models
        self._shown: Sequence[Entry] | None = None
        self._notes: Mapping[str, Note] = {}
        self._sought = ""
        self._looked_at: Entry | None = None
        self._gone = ""
        self.list = ModelList(models.picture)
        self.card = CardView()
        self.controls = ControlsTab(binder, MODEL)
        self.search = SearchField("search models")
        self.recent = Button("recent first")
        self.recent.calm = self.recent.lit = True
        self.recent.tip = "What played last stands first; otherwise they stand by name."
        self.anew = Button("newer on disk: play it")
        self.anew.tip = "The file of the model that plays was written anew. It is loaded beside the show."
        self.anew.hide()
        self.reading = _Reading()
        self.trust = Button("", theme.WARNING, outlined=True)
        self.trust.tip = "Its code runs in the engine with your rights. Trust it only if you know who wrote it."
        self.trust.hide()
        self.note = UndoNote()
        row = Row((12, 8, 12, 8), 16)
        self.setLayout(row)
        head = (self.search, self.reading, self.trust, self.anew, self.note, self.recent)
        row.addWidget(_Browser(head, self.list), 11)
        row.addWidget(self.controls, 7)
        row.addWidget(Scroll(self.card), 9)
        self._connect()
        words = "drop to play this model"
        self._drop = DropTarget(self, lambda path: models.bring(Path(path)), words, takes=dropped_model)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)

    def _connect(self) -> None:
        self.list.chosen.connect(self._models.play)
        self.list.looked_at.connect(self._look_at)
        self.list.removed.connect(self._models.remove)
        self.list.typed.connect(self._type)
        self.list.deeds = self._deeds
        self.trust.pressed.connect(self._trust)
        self.anew.pressed.connect(lambda: self._binder.press("/model/reload"))
        self.search.changed.connect(self._seek)
        self.search.left.connect(lambda: self.list.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.recent.pressed.connect(self._turn_order)
        self.note.pressed.connect(self._take_back)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(760), theme.px(200))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(520), theme.px(120))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self._shown = None  # what played since stands first now
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        self._looked_at = None
        super().hideEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._look_at(None)
        super().leaveEvent(event)

    # -- what there is ------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is known, and have the folders looked at again."""
        entries, notes = self._models.models(), self._models.notes()
        if entries is not self._shown:
            self._shown = entries
            self._sort()
        if notes is not self._notes:  # they stay where they are under the hand: one that plays now is sorted later
            first, self._notes = not self._notes, notes
            if first:
                self._sort()
            self._show_card()
        bay = self._binder.bay
        self.list.show_notes(notes, self._listed("/bank/ready"))
        self.list.show_playing(str(bay.value("/engine/model")), str(bay.value("/model")))
        self.list.pictures_came()
        newer = self._models.newer()
        if self.anew.hasFocus() and not newer:  # the hand stays in the list
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.anew.setVisible(newer)
        self.reading.say(self._models.reading())
        self._say_gone()
        self._offer_trust()
        self._show_card()
        self._models.look()

    def _sort(self) -> None:
        entries = [entry for entry in self._shown or () if sought(entry, self._sought)]
        notes = self._models.notes()
        if self.recent.lit:
            plays = parts(str(self._binder.bay.value("/model")))
            entries.sort(key=lambda e: (bool(e.trouble), e.name not in plays, -notes.get(e.name, NOTHING).played))
        else:
            entries.sort(key=lambda entry: (bool(entry.trouble), entry.title.casefold(), entry.name))
        self.list.show_entries(entries, f"no model is like {self._sought[:40]!r}" if self._sought else LOOKING)

    def _turn_order(self) -> None:
        self.recent.lit = not self.recent.lit
        self.recent.update()
        self._sort()

    def _seek(self, text: str) -> None:
        self._sought = text.strip()
        self._sort()

    def _type(self, text: str) -> None:
        """Letters that are typed in the list seek."""
        self.search.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.line.insert(text)

    # -- the bank, and what is not trusted ----------------------------------------------------------------------------

    def _listed(self, address: str) -> tuple[str, ...]:
        """The names in a control that lists models, in order; none where there is no such control."""
        if self._binder.bay.layout.resolve(address) is None:
            return ()
        return tuple(filter(None, (name.strip() for name in str(self._binder.bay.value(address)).split(","))))

    def _deeds(self, entry: Entry) -> list[tuple[str, Callable[[], None]]]:
        """What a tile's menu offers of the bank."""
        if not entry.can_be_chosen or self._binder.bay.layout.resolve("/bank") is None:
            return []
        bank = self._listed("/bank")
        if entry.name in bank:
            rest = ", ".join(name for name in bank if name != entry.name)
            return [("Take out of the bank", lambda: self._binder.write("/bank", rest))]
        return [("Keep at hand, in the bank", lambda: self._binder.write("/bank", ", ".join((*bank, entry.name))))]

    def _offer_trust(self) -> None:
        entry = self.list.at_hand
        asks = entry is not None and entry.untrusted
        if asks and entry is not None:
            text = f"trust the code of {entry.title}"
            if text != self.trust.text:
                self.trust.text = text
                self.trust.setAccessibleName(text)
                self.trust.updateGeometry()
        elif self.trust.hasFocus():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.trust.setVisible(asks)

    def _trust(self) -> None:
        entry = self.list.at_hand
        if entry is not None and entry.untrusted:
            self._models.trust(entry)

    # -- throwing away ------------------------------------------------------------------------------------------------

    def _say_gone(self) -> None:
        gone = self._models.removed()
        if gone != self._gone:
            self._gone = gone
            self.note.say(f"{gone} is in the trash" if gone else "")

    def _take_back(self) -> None:
        self._models.bring_back()
        self.note.say("")

    # -- the card -----------------------------------------------------------------------------------------------------

    def _look_at(self, entry: Entry | None) -> None:
        self._looked_at = entry
        self._show_card()

    def _show_card(self) -> None:
        playing = parts(self.list.playing or self.list.wanted)[0]
        entry = self._looked_at or next((e for e in self._shown or () if e.name == playing), None)
        note = NOTHING if entry is None else self._models.notes().get(entry.name, NOTHING)
        self.card.show_entry(entry, note)
