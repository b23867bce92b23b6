"""The window: deck A, stage and deck B over the model's controls and the presets. GUI thread only."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base import paths
from latentjockey.base.clock import Clock, SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.frames.frame import FrameSource
from latentjockey.ui import theme
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.deck_panel import DeckPanel
from latentjockey.ui.mix_panel import MixPanel
from latentjockey.ui.model_panel import ModelPanel
from latentjockey.ui.painted import Column, Row, rescale_tree
from latentjockey.ui.preset_panel import PresetPanel
from latentjockey.ui.stage_view import Backend, StageView
from latentjockey.ui.status_line import StatusLine
from latentjockey.ui.top_bar import TopBar

_SMALLEST = (1024, 640)
_FIRST = (1280, 800)
_SLOW_MS = 250
_HINT = "drag · shift fine · double-click widens · right-click for more · Enter types any number · Ctrl-Z undoes"
_KEYS = (("Ctrl+Z", "/session/undo"), ("Ctrl+Shift+Z", "/session/redo"), ("Ctrl+Y", "/session/redo"))


class MainWindow(QWidget):
    """Everything a player touches. ``frames`` already honours freeze; the stage honours blackout and fit."""

    def __init__(
        self,
        bay: Bay,
        frames: FrameSource,
        messages: Messages,
        actions: Actions,
        clock: Clock | None = None,
        backend: Backend = "auto",
    ) -> None:
        super().__init__()
        self._clock = clock or SystemClock()
        self._messages = messages
        self._actions = actions
        self._model = self._state = ""
        self.setWindowTitle("latentjockey")
        self.setMinimumSize(*_SMALLEST)
        self._restore()
        # Before any widget measures itself.
        theme.set_scale(theme.scale_for(self.width(), self.height()))
        self.binder = Binder(bay, self)
        self.binder.refused.connect(lambda why: self._say("surface", why))
        self.stage = StageView(frames, lambda text: self._say("stage", text), actions.on_drop, backend)
        self.top = TopBar(self.binder, actions)
        self.deck_a = DeckPanel(self.binder, "a", self.stage.picture)
        self.deck_b = DeckPanel(self.binder, "b", self.stage.picture)
        self.mix = MixPanel(self.binder, self.stage)
        self.model = ModelPanel(self.binder)
        self.presets = PresetPanel(self.binder, actions.presets)
        self.status = StatusLine(messages, _HINT)
        self._arrange()
        self.binder.watch("/engine/model", self._named)
        self.binder.watch("/engine/state", self._became)
        for keys, address in _KEYS:
            QShortcut(QKeySequence(keys), self, partial(self.binder.press, address))
        self._slow = QTimer(self)
        self._slow.timeout.connect(self.refresh)
        self._rescale()

    def _arrange(self) -> None:
        column = Column((10, 10, 10, 4), theme.GAP)
        self.setLayout(column)
        column.addWidget(self.top)
        decks = Row(gap=theme.GAP)
        decks.addWidget(self.deck_a, 54)
        decks.addWidget(self.mix, 92)
        decks.addWidget(self.deck_b, 54)
        column.addLayout(decks, 1)
        below = Row(gap=theme.GAP)
        below.addWidget(self.model, 146)
        below.addWidget(self.presets, 54)
        column.addLayout(below)
        column.addWidget(self.status)

    # -- what changes slowly ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for everything that is not in the bay. A slow timer calls it."""
        self.top.refresh()
        self.presets.refresh()
        self.status.refresh()
        card = self._actions.card()
        for deck in (self.deck_a, self.deck_b):
            deck.describe(card.name if card is not None else self._model, card)

    def _named(self, value: Shown) -> None:
        self._model = str(value)

    def _became(self, value: Shown) -> None:
        self._state = str(value)
        self.stage.say("" if self._state == "playing" else f"the engine is {self._state}")

    def _say(self, category: str, text: str) -> None:
        self._messages.post(self._clock.now(), category, text)

    # -- size and place ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if theme.set_scale(theme.scale_for(self.width(), self.height())):
            self._rescale()

    def _rescale(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.restyle(app)
        own = self.layout()
        if isinstance(own, Column):
            own.rescale()
        rescale_tree(self)

    def showEvent(self, event: object) -> None:  # noqa: N802
        self.binder.start()
        self.refresh()
        self._slow.start(_SLOW_MS)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._slow.stop()
        self.binder.stop()
        kept = self._settings()
        kept.setValue("window/size", self.normalGeometry().size() if self.isMaximized() else self.size())
        kept.setValue("window/maximised", self.isMaximized())
        super().closeEvent(event)

    def _restore(self) -> None:
        kept = self._settings()
        size = kept.value("window/size")
        wanted = size if isinstance(size, QSize) else QSize(*_FIRST)
        self.resize(wanted.boundedTo(self.screen().availableSize()).expandedTo(QSize(*_SMALLEST)))
        if kept.value("window/maximised", False, bool):
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _settings(self) -> QSettings:
        return QSettings(str(paths.state_dir() / "window.ini"), QSettings.Format.IniFormat)
