"""The line above everything: what plays, how fast, who is listening, and PANIC. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.control.cables import cable
from latentjockey.control.names import SENDS
from latentjockey.ui import theme
from latentjockey.ui.actions import Actions
from latentjockey.ui.beat_dots import BeatDots
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import ControlButton
from latentjockey.ui.choice import Choice
from latentjockey.ui.field import Field
from latentjockey.ui.painted import Painted, Panel, Row, fill, write
from latentjockey.ui.panic_button import PanicButton
from latentjockey.ui.tempo_lead import Quantise, SourceLamp

_WELL = ("playing",)
_GAP = 14


class Fact(Painted):
    """A quiet name and what it is now; with a dot where ``dot`` has a colour. The dot never says it alone."""

    def __init__(
        self,
        name: str,
        value: str = "",
        tip: str = "",
        parent: QWidget | None = None,
        *,
        brief_name: str = "",
        shorten: Callable[[str], str] = str,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.value = value
        self.brief = False
        self._brief_name = brief_name or name
        self._shorten = shorten
        self.dot: QColor | None = None
        self.badge = ""
        self.strong = False
        self._tip = tip
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def say(self, value: str, dot: QColor | None = None) -> None:
        if (value, dot) != (self.value, self.dot):
            wide = self.sizeHint()
            self.value, self.dot = value, dot
            if self.sizeHint() != wide:  # by its letters: "loading" is wider than "playing"
                self.updateGeometry()
            self.update()

    def shorter(self, brief: bool) -> None:
        """Say it in few words, or in full."""
        if brief != self.brief:
            self.brief = brief
            self.updateGeometry()
            self.update()

    def _words(self) -> tuple[str, str]:
        return (self._brief_name, self._shorten(self.value)) if self.brief else (self.name, self.value)

    def _widths(self) -> tuple[float, float, float, float]:
        weight = theme.SEMIBOLD if self.strong else theme.MEDIUM
        words, said = self._words()
        name = theme.text_width(words, 12.5) + theme.px(6) if words else 0.0
        badge = theme.text_width(self.badge, 11, theme.MEDIUM) + theme.px(20) if self.badge else 0.0
        return (theme.px(15) if self.dot else 0.0), name, theme.text_width(said, 12.5, weight) + 2, badge

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(sum(self._widths())), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, theme.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        dot, name, value, badge = self._widths()
        words, said = self._words()
        high = self.height()
        if self.dot is not None:
            size = theme.px(8)
            round_ = QRectF(theme.px(1), (high - size) / 2, size, size)
            fill(painter, round_.adjusted(-2, -2, 2, 2), theme.faded(self.dot, 0.22), size)
            fill(painter, round_, self.dot, size)
        write(painter, QRectF(dot, 0, name, high), words, theme.QUIET, 12.5)
        weight = theme.SEMIBOLD if self.strong else theme.MEDIUM
        room = min(value, max(0.0, self.width() - dot - name - badge))
        write(painter, QRectF(dot + name, 0, room, high), said, theme.TEXT, 12.5, weight)
        if self.badge:
            box = QRectF(dot + name + room + theme.px(6), (high - theme.px(18)) / 2, badge - theme.px(8), theme.px(18))
            fill(painter, box, theme.mixed(theme.PANEL, theme.WARNING, 0.18), box.height() / 2)
            write(painter, box, self.badge, theme.WARNING, 11, theme.MEDIUM, Qt.AlignmentFlag.AlignCenter)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._tip:
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self._tip, self)
            return True
        return super().event(event)


class TopBar(Panel):
    """Bound to the readouts; ``refresh`` asks the application for the rest a few times a second."""

    def __init__(
        self, binder: Binder, actions: Actions, clock: Clock | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(None, parent)
        self._actions = actions
        self._heard = ("", "")
        self._state = self._device = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = Fact("", "latentjockey")
        self.title.strong = True
        self.set_name = Fact("·", actions.set_name)
        self.engine = Fact("engine", "starting", "/engine/state and /engine/device", shorten=_first)
        self.fps = Fact("fps", "–", "/engine/fps: pictures a second")
        self.latency = Fact(
            "control → picture", "–", "/engine/latency_ms: from a control to its picture, median", brief_name="latency"
        )
        self.tail = Fact("p99", "–", "/engine/latency_p99_ms: 99 of 100 are faster")
        self.tempo = Field(binder, "/transport/bpm", label="tempo", width=130, flat=True)
        self.tap = ControlButton(binder, "/transport/tap", "tap")
        self.beats = BeatDots(binder.bay, clock or SystemClock(), lambda: binder.press("/transport/downbeat"))
        self.source = SourceLamp(binder)
        self.quantise = Quantise(binder)
        self.osc = Fact("OSC", "", "where OSC is listened for, and messages a second", shorten=_port)
        self.midi = Fact("MIDI", "", "the MIDI ports in use, and what came last", shorten=_first)
        self.out = Fact("out", "", "what is sent to other programs; the outputs tab says how it goes")
        self._sends: dict[str, str] = {}
        self.view = Choice(binder, "/surface/view", segmented=True)
        self.panic = PanicButton(binder)
        row = Row((14, 6, 10, 6), _GAP)
        self.setLayout(row)
        left: list[QWidget] = [self.title, self.set_name, self.engine, self.fps, self.latency, self.tail]
        right: list[QWidget] = [self.tempo, self.beats, self.tap, self.source, self.quantise]
        right += [self.osc, self.midi, self.out, self.view, self.panic]
        self._parts: list[QWidget] = [*left, *right]
        for part in left:
            row.addWidget(part)
        row.addStretch(1)
        for part in right:
            row.addWidget(part)
        # What leaves first when the window is narrow.
        self._spare: list[QWidget] = [
            self.set_name,
            self.tail,
            self.source,
            self.tap,
            self.beats,
            self.quantise,
            self.midi,
            self.tempo,
            self.osc,
            self.latency,
        ]
        self._watch(binder)
        self.refresh()

    def _watch(self, binder: Binder) -> None:
        def number(fact: Fact, form: Callable[[float], str]) -> Callable[[Shown], None]:
            return lambda value: fact.say(form(value) if isinstance(value, float) and value > 0 else "–")

        binder.watch("/engine/state", lambda value: self._engine(state=str(value)))
        binder.watch("/preset/recall", lambda value: self.set_name.say(str(value) or self._actions.set_name))
        binder.watch("/engine/device", lambda value: self._engine(device=str(value)))
        binder.watch("/engine/fps", number(self.fps, lambda x: f"{x:.0f}"))
        binder.watch("/engine/pace", self._paced)
        binder.watch("/engine/latency_ms", number(self.latency, lambda x: f"{x:.1f} ms"))
        for kind in SENDS:
            binder.watch(f"/send/{kind}/state", lambda value, kind=kind: self._sent(kind, str(value)))  # type: ignore[misc]
        binder.watch("/engine/latency_p99_ms", number(self.tail, lambda x: f"{x:.1f} ms"))

    def _paced(self, value: Shown) -> None:
        """A badge for what is done without, not to fall below the chosen frame rate."""
        if str(value) != self.fps.badge:
            self.fps.badge = str(value)
            self.fps.updateGeometry()
            self.fps.update()
            self._make_room()

    def _sent(self, kind: str, state: str) -> None:
        """A lamp for what goes out to other programs; nothing while nothing does."""
        if self._sends.get(kind) == state:
            return
        self._sends[kind] = state
        on = {k: words for k, words in self._sends.items() if not words.startswith("off")}
        failing = [k for k, words in on.items() if not words.startswith(("sending", "starting", "waiting", "ending"))]
        named = ", ".join(cable(k).name + (" fails" if k in failing else "") for k in on)
        self.out.say(named, (theme.WARNING if failing else theme.DECK_A) if on else None)
        self._make_room()

    def _engine(self, state: str | None = None, device: str | None = None) -> None:
        self._state = self._state if state is None else state
        self._device = self._device if device is None else device
        words = f"{self._state} · {self._device}" if self._device else self._state
        self.engine.say(words, theme.DECK_A if self._state in _WELL else theme.WARNING)

    def refresh(self) -> None:
        """Ask for the states that are not in the bay."""
        self.osc.badge = "open to the network" if self._actions.off_loopback else ""
        heard = self._actions.osc_status() or "off", self._actions.midi_status() or "none"
        for fact, words, before in zip((self.osc, self.midi), heard, self._heard, strict=True):
            fact.say(words, theme.DECK_A if before and words != before else theme.ASLEEP)  # something has just come
        self._heard = heard
        self._make_room()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(42))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(300), theme.px(42))

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._make_room()

    def _make_room(self) -> None:
        """Say it shorter, then hide what matters least, until the rest fits."""
        gap, edge = theme.px(_GAP), theme.px(24)
        for brief in (False, True):
            for fact in (self.engine, self.latency, self.osc, self.midi):
                fact.shorter(brief)
            if sum(part.sizeHint().width() + gap for part in self._parts) + edge <= self.width():
                break
        wide = {part: part.sizeHint().width() + gap for part in self._parts}
        leaving: set[QWidget] = {fact for fact in (self.set_name, self.out) if not fact.value}
        total = sum(wide.values()) + edge - sum(wide[part] for part in leaving)
        # a clock that is followed, or could be, matters more than how fast the pictures come
        spare = self._spare if self.source.quiet else [*(p for p in self._spare if p is not self.source), self.source]
        for part in spare:
            if total <= self.width():
                break
            if part in wide and part not in leaving:
                total -= wide[part]
                leaving.add(part)
        for part in self._parts:
            part.setVisible(part not in leaving)


def _first(text: str) -> str:
    """What stands before the first dot."""
    return text.split(" · ")[0]


def _port(text: str) -> str:
    """An address without its host where that is this machine."""
    return text.removeprefix("127.0.0.1")
