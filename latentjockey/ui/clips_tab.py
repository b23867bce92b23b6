"""The clips page: a form that renders one, how that goes, and the clips there are, to play. GUI thread only, no disk.

Looks at what is made a few times a second while it is in sight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from latentjockey.jobs.clips_desk import Making
from latentjockey.models.library import Entry
from latentjockey.models.pair import part
from latentjockey.ui import clip_words, theme
from latentjockey.ui.actions import Clips, Models
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import Button
from latentjockey.ui.clip_form import ClipForm
from latentjockey.ui.entry_fields import Option, Pick, Prose
from latentjockey.ui.painted import Column, Painted, Row, fill, write
from latentjockey.ui.train_form import Part
from latentjockey.ui.train_sheet import Sheet

_LOOK_MS = 250
_FALSE_COLOURS = "False colours: the three strongest components of the latent, until its pictures are decoded."


class Progress(Painted):
    """The name of what is made, a bar, and what it is at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = self.words = ""
        self.done = 0.0
        self._failed = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_making(self, making: Making) -> None:
        now = (making.wish.called, clip_words.heading(making), making.done, making.state == "failed")
        if now != (self.name, self.words, self.done, self._failed):
            self.name, self.words, self.done, self._failed = now
            self.setAccessibleName(f"{self.name}: {self.words}, {self.done:.0%}")
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), theme.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(0, 0, self.width(), self.height() - theme.px(8))
        write(painter, box, self.name, theme.TEXT, 14, theme.SEMIBOLD)
        box.setLeft(min(theme.text_width(self.name, 14, theme.SEMIBOLD), box.width() * 0.6) + theme.px(9))
        write(painter, box, self.words, theme.WARNING if self._failed else theme.QUIET, 12.5)
        bar = QRectF(0, self.height() - theme.px(5), self.width(), theme.px(4))
        fill(painter, bar, theme.TRACK, theme.px(2))
        bar.setWidth(bar.width() * self.done)
        fill(painter, bar, theme.TEXT, theme.px(2))


class Running(Painted):
    """A clip that is made, with what is seen of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress = Progress()
        self.outlook = Prose()
        self.strip = Sheet()
        self.stop = Button("give it up")
        self.stop.tip = "nothing of it is kept"
        self.again = Button("another")
        column = Column((12, 6, 0, 8), 4)
        self.setLayout(column)
        column.addWidget(self.progress)
        column.addWidget(self.strip, 5)
        column.addWidget(self.outlook, 1)
        row = Row(gap=6)
        for button in (self.stop, self.again):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)

    def show_making(self, making: Making) -> None:
        self.progress.show_making(making)
        self.strip.show_file(making.strip, making.seen, "pictures come with the first steps")
        coming = f"{_FALSE_COLOURS} On {making.device}." if making.device and not making.wish.film else making.device
        self.outlook.say(making.sentence or coming, warning=making.state == "failed", loud=making.over)
        self.stop.setVisible(not making.over)
        self.again.setVisible(making.over)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(500), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(300), theme.px(120))


class ClipsTab(Painted):
    """``clips`` is what makes them, ``models`` the library they lie in."""

    def __init__(self, binder: Binder, clips: Clips, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder, self._clips, self._models = binder, clips, models
        self._dismissed: Making | None = None
        self._looked_at: Making | None = None
        self.form = ClipForm(clips, models, self._place)
        self.running = Running()
        self.clip = Pick("", "choose a clip", self._options)
        self.about = Prose()
        self.on_a, self.on_b, self.both = Button("deck A"), Button("deck B"), Button("both")
        self.as_it_was = Button("as it was made")
        self.as_it_was.tip = "fills the form with what it was made of, its place included"
        made = QWidget()
        self._stack = QStackedLayout(made)
        self._stack.addWidget(self.form)
        self._stack.addWidget(self.running)
        row = Row((0, 0, 12, 0), 18)
        self.setLayout(row)
        row.addWidget(made, 78)
        row.addWidget(self._shelf(), 26)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)
        self.form.began.connect(self.refresh)
        self.running.stop.pressed.connect(self._stop)
        self.running.again.pressed.connect(self._another)
        for button, deck in ((self.on_a, "a"), (self.on_b, "b"), (self.both, "")):
            button.pressed.connect(lambda deck=deck: self._play(deck))
        self.as_it_was.pressed.connect(self._recall)

    def _shelf(self) -> Part:
        shelf = Part("play")
        shelf.add(self.clip)
        shelf.add(self.on_a, self.on_b, self.both)
        shelf.add(self.about, stretch=1)
        shelf.add(self.as_it_was)
        shelf.rows.setContentsMargins(0, 2, 0, 8)
        return shelf

    # -- looking ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is known now."""
        making = self._clips.making()
        if making is None or making is self._dismissed:
            self._stack.setCurrentIndex(0)
            self.form.refresh()
        else:
            self._stack.setCurrentIndex(1)
            self.running.show_making(making)
            if making.clip and making is not self._looked_at:
                self._looked_at = making
                self.clip.set_value(making.clip, making.wish.called)
        self._show_clip()
        self._models.look()

    def _show_clip(self) -> None:
        entry = self._entry()
        made = self._clips.made_of(entry) if entry is not None else None
        self.about.say("" if made is None else clip_words.origin(made))
        self.as_it_was.setVisible(made is not None and bool(made.model))
        playing = str(self._binder.bay.value("/engine/model"))
        for button, deck in ((self.on_a, "a"), (self.on_b, "b")):
            button.setEnabled(entry is not None)
            lit = entry is not None and part(playing, deck) == entry.name
            if button.lit != lit:
                button.lit = lit
                button.update()
        self.both.setEnabled(entry is not None)

    def _entry(self) -> Entry | None:
        return next((e for e in clip_words.clips_of(self._models.models()) if e.name == self.clip.value), None)

    def _options(self) -> Sequence[Option]:
        found = [(entry.name, entry.title) for entry in clip_words.clips_of(self._models.models())]
        return found or [("", "there is no clip yet")]

    def _place(self, deck: str) -> tuple[str, NDArray[np.float64]]:
        """The model on a deck, and where that is, as was last set: without its walk and what glides."""
        bay = self._binder.bay
        return part(str(bay.value("/engine/model")), deck), bay.snapshot().vector(f"/deck/{deck}/z")

    # -- hands --------------------------------------------------------------------------------------------------------

    def _play(self, deck: str) -> None:
        entry = self._entry()
        if entry is not None:
            self._models.play(entry.name, deck)

    def _recall(self) -> None:
        entry = self._entry()
        made = self._clips.made_of(entry) if entry is not None else None
        if made is not None:
            self.form.recall(made)
            self._another()

    def _stop(self) -> None:
        self._clips.stop()
        self.refresh()

    def _another(self) -> None:
        making = self._clips.making()
        if making is None or making.over:
            self._dismissed = making
        self.refresh()

    # -- in sight -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(190))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(640), theme.px(120))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)
