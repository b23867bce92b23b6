"""The window: STUDIO and PLAY over one state, and what belongs to both. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.names import VIEWS
from latentjockey.frames.frame import FrameSource
from latentjockey.models.pair import part
from latentjockey.ui import shortcut_file, theme, window_place
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.deck_panel import DeckPanel
from latentjockey.ui.dropping import DropTarget, dropped_model
from latentjockey.ui.keys import Keys
from latentjockey.ui.mark_round import MarkRound
from latentjockey.ui.marks import Marks
from latentjockey.ui.modulating import Effective
from latentjockey.ui.outputs import Outputs
from latentjockey.ui.pages import Pages
from latentjockey.ui.painted import Column, rescale_tree
from latentjockey.ui.play_view import PlayView
from latentjockey.ui.pointing import address_at_hand
from latentjockey.ui.shortcut_filter import ShortcutFilter
from latentjockey.ui.shortcuts import ShortcutMap
from latentjockey.ui.stage_view import Backend, StageView
from latentjockey.ui.status_line import StatusLine
from latentjockey.ui.studio_view import StudioView
from latentjockey.ui.thumbnails import Thumbnails
from latentjockey.ui.uncovering import TURN_MS, Uncovering
from latentjockey.ui.watchdog import Watchdog

_SLOW_MS = 250
_HINT = "drag · shift fine · double-click widens · right-click for more · M learns · F1 explains"
_STUDIO, _PLAY = range(len(VIEWS))


class MainWindow(QWidget):
    """Everything a player touches. ``frames`` already honours freeze; the stage honours blackout and fit. With a
    ``parent`` it fills that window, which tells it to close; a ``watchdog`` may be watching already. ``uncovered`` is
    sent when all of it may be painted."""

    uncovered = Signal()

    def __init__(
        self,
        bay: Bay,
        frames: FrameSource,
        messages: Messages,
        actions: Actions,
        clock: Clock | None = None,
        backend: Backend = "auto",
        parent: QWidget | None = None,
        watchdog: Watchdog | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self._frames = frames
        self._messages = messages
        self._actions = actions
        self._backend: Backend = backend
        self._model = self._state = ""
        self._in_turns = parent is not None
        self._wanted = _STUDIO
        self.play: PlayView | None = None
        self._growing_play: Iterator[None] | None = None
        self.binder = Binder(bay, self)
        self.binder.refused.connect(lambda why: self.say("surface", why))
        self.effective = Effective(bay, self._clock)
        self._join_mappings()
        if parent is None:
            window_place.restore(self)
        else:
            self.setGeometry(parent.rect())
        self._scale()  # before any widget measures itself
        theme.restyle()
        self.thumbnails = Thumbnails(actions.previews, self)
        self.watchdog = watchdog or Watchdog(self._clock, messages, self)
        self.shortcuts = ShortcutMap()
        self.stage = self._stage_view()
        self.outputs = Outputs(
            self.binder, frames, lambda text: self.say("output", text), self.window(), self.stage.backend, self._clock,
            actions.last_still,
        )  # fmt: skip
        self.pages = Pages(self)
        status = StatusLine(messages, _HINT)
        self.studio = StudioView(
            self.binder, self.stage, actions, self.thumbnails, status, self.pages.all(), self._clock
        )
        self._stack = QStackedLayout(self)
        self._growing = self._grow()
        while not self._in_turns and self.grow():
            pass
        self._keys: ShortcutFilter | None = None
        if actions.models is not None:
            self._drop = DropTarget(self, self._bring_model, "drop to play this model", takes=dropped_model)
        self._slow = QTimer(self)
        self._slow.timeout.connect(self.refresh)
        self.binder.watch("/engine/model", self._named)
        self.binder.watch("/engine/state", self._became)

    def grow(self) -> bool:
        """Make the next part of a window with a ``parent``; returns whether more has to be made before it is shown."""
        return next(self._growing, False)

    def _grow(self) -> Iterator[bool]:
        for _ in self.studio.grow():
            yield True
        self._stack.addWidget(self.studio)
        self._restore_panels()
        self._uncovering = Uncovering(self.studio.parts if self._in_turns else (), self.uncovered.emit, self)
        self._marks = MarkRound(self, self.binder)

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def messages(self) -> Messages:
        return self._messages

    @property
    def asks(self) -> Actions:
        """What it may ask of the application."""
        return self._actions

    def say(self, category: str, text: str) -> None:
        """Put a sentence among the messages."""
        self._messages.post(self._clock.now(), category, text)

    def _bring_model(self, path: str) -> None:
        if self._actions.models is not None:
            self._actions.models.bring(Path(path))

    # -- views ------------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether PLAY is in front."""
        return self.play is not None and self._stack.currentWidget() is self.play

    def _view(self, value: Shown) -> None:
        self._wanted = _PLAY if value == float(_PLAY) else _STUDIO
        if self._wanted == _PLAY and self.play is None and self._growing_play is None:
            self._growing_play = self._grow_play()
            self._go_on_growing()
        self._bring()

    def _go_on_growing(self) -> None:
        """Make the next part of PLAY; in a window with a parent the event loop goes round in between."""
        assert self._growing_play is not None
        for _ in self._growing_play:
            if self._in_turns:
                QTimer.singleShot(TURN_MS, self, self._go_on_growing)
                return

    def _grow_play(self) -> Iterator[None]:
        stage = self._stage_view()
        play = PlayView(self.binder, stage, self._actions, self.thumbnails, self._messages, self._clock)
        yield
        yield from play.grow()
        play.bar.health.asked.connect(partial(self.show_page, "messages"))
        self._stack.addWidget(play)
        self._describe_stage(stage)
        self.play = play
        self._bring()

    def _bring(self) -> None:
        """Bring the view to the front that is wanted, as soon as it is made."""
        front = self.play if self._wanted == _PLAY and self.play is not None else self.studio
        if front is not self._stack.currentWidget():
            if self._in_turns:
                self._paint_in_turns(front.parts)
            self._stack.setCurrentWidget(front)
            self._scale()
            self._rescale()

    def _paint_in_turns(self, parts: Sequence[QWidget]) -> None:
        uncovering = Uncovering(parts, lambda: uncovering.deleteLater(), self)
        QTimer.singleShot(TURN_MS, uncovering, uncovering.begin)

    def _stage_view(self) -> StageView:
        return StageView(
            self._frames, lambda text: self.say("stage", text), self._actions.on_drop, self._backend,
            binder=self.binder, clock=self._clock, last_still=self._actions.last_still,
        )  # fmt: skip

    def show_page(self, name: str) -> None:
        """Bring a tab of the studio to the front."""
        self.binder.write_now("/surface/view", float(_STUDIO))
        self.binder.poll()
        self.studio.tabs.show_page(name)

    # -- what changes slowly ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for everything that is not in the bay. A slow timer calls it."""
        if self.play is not None and self.playing:
            self.play.refresh()
            for deck in (self.play.deck_a, self.play.deck_b):
                card = self._actions.card(deck.deck)
                deck.heading.describe(card.name if card is not None else part(self._model, deck.deck), card)
            return
        self.studio.refresh(self._describe)

    def _describe(self, deck: DeckPanel) -> None:
        self.studio.mix.credit.show_card(self._actions.card(""))
        card = self._actions.card(deck.deck)
        deck.describe(card.name if card is not None else part(self._model, deck.deck), card)

    def _named(self, value: Shown) -> None:
        self._model = str(value)

    def _became(self, value: Shown) -> None:
        self._state = str(value)
        for stage in (self.stage, *((self.play.stage,) if self.play is not None else ())):
            self._describe_stage(stage)

    def _describe_stage(self, stage: StageView) -> None:
        stage.say("" if self._state == "playing" else f"the engine is {self._state}")

    # -- keys and learning ------------------------------------------------------------------------------------------

    def _join_mappings(self) -> None:
        mappings, shown = self._actions.mappings, self.effective
        if mappings is None:
            self.binder.marks = Marks(
                effective=shown.value, within=shown.within, loop=self._actions.loop, awaited=self._actions.awaited
            )
            return
        self.binder.learn, self.binder.forget, self.binder.mapped = mappings.arm, mappings.forget, mappings.mapped
        self.binder.marks = Marks(
            waiting=lambda address: mappings.waiting().get(address),
            effective=shown.value,
            within=shown.within,
            loop=self._actions.loop,
            awaited=self._actions.awaited,
            armed=mappings.armed,
        )

    def _learn(self) -> bool:
        """Learn the control at hand; again, or elsewhere, stops it."""
        mappings = self._actions.mappings
        address = address_at_hand(self)
        if mappings is None:
            return False
        if not address or mappings.armed() == address:
            mappings.disarm()
        else:
            mappings.arm(address)
            self.say("midi", f"Move a knob or press a pad: it will play {address}. Esc stops.")
        return True

    def _escape(self) -> bool:
        mappings = self._actions.mappings
        if mappings is None or not mappings.armed():
            return False
        mappings.disarm()
        return True

    def _help(self) -> bool:
        self.show_page("help")
        return True

    def _save(self) -> bool:
        if self._actions.shelf is None:
            return False
        self.show_page("presets")
        self.pages.name_a_preset()
        return True

    def keep_shortcuts(self) -> None:
        """The player changed a key."""
        shortcut_file.save(self.shortcuts, self._actions.later, lambda why: self.say("surface", why))

    # -- size and place ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._scale():
            self._rescale()

    def _scale(self) -> bool:
        size = (self.width(), self.height())
        if self.playing:
            return theme.set_scale(theme.play_scale(*size), theme.play_floor(*size))
        return theme.set_scale(theme.scale_for(*size))

    def _rescale(self) -> None:
        theme.restyle()
        for view in (self.studio, *((self.play,) if self.play is not None else ())):
            own = view.layout()
            if isinstance(own, Column):
                own.rescale()
            rescale_tree(view)

    def showEvent(self, event: object) -> None:  # noqa: N802
        self.binder.start()
        self._marks.start()
        self._slow.start(_SLOW_MS)
        self.watchdog.start()
        QTimer.singleShot(TURN_MS, self, self._after_first_paint)

    def _after_first_paint(self) -> None:
        """What the first paint need not wait for."""
        self.refresh()
        if self._keys is None:
            trouble = shortcut_file.load(self.shortcuts)
            if trouble:
                self.say("surface", trouble)
            calls = {"learn": self._learn, "escape": self._escape, "help": self._help, "save": self._save}
            self._keys = ShortcutFilter(self.shortcuts, Keys(self.binder, calls, parent=self).perform, self.window())
            self.binder.watch("/surface/view", self._view)
            self.outputs.start()
            self._uncovering.begin()
        QTimer.singleShot(TURN_MS, self, self._make_page)

    def _make_page(self) -> None:
        """The page in front: made in one turn, painted in another."""
        self._paint_in_turns([self.studio.tabs])
        self.studio.tabs.make()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._slow.stop()
        self._marks.stop()
        self.watchdog.stop()
        self.outputs.close()
        if self._keys is not None:
            self._keys.close()
        self.binder.stop()
        window_place.keep(self.window())
        kept = window_place.settings()
        kept.setValue("window/tab", self.studio.tabs.current)
        kept.setValue("window/folded", not self.studio.tabs.open)
        kept.setValue("window/play", self.playing)
        super().closeEvent(event)

    def _restore_panels(self) -> None:
        kept = window_place.settings()
        folded = bool(kept.value("window/folded", False, bool))
        self.studio.tabs.choose(str(kept.value("window/tab", "presets")), folded=folded)
        if kept.value("window/play", False, bool):
            self.binder.write_now("/surface/view", float(_PLAY))
