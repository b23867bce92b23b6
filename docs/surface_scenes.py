"""Plays the real window through its scenes and keeps a picture of each: the part of docs/screenshots.py that runs once
for each size, in a process of its own, because Qt takes its scale factor from there.

Nothing is waited for blindly: each step names what must be so before the next, and within how many seconds. MIDI is a
controller made of nothing; OSC is a real port of this machine.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCursor, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.app import BUNDLED, Show
from latentjockey.base.clock import now_ns
from latentjockey.control.names import EIGHT, FX_SLOTS
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.mapping.map_file import load as load_map
from latentjockey.options import Options
from latentjockey.surfaces.midi_fake import FakeBackend
from latentjockey.surfaces.midi_input import MidiInput
from latentjockey.surfaces.osc_server import OscServer
from latentjockey.ui.application import run_window
from latentjockey.ui.cue_pad import CuePad
from latentjockey.ui.knob import Knob
from latentjockey.ui.mappings_tab import MappingsTab
from latentjockey.ui.messages_tab import MessagesTab
from latentjockey.ui.plots_tab import PlotsTab
from latentjockey.ui.solo_view import SoloView
from latentjockey.ui.window import MainWindow
from latentjockey.window import actions

PORT = "Eight Knobs"
KNOWN = "nanoKONTROL2"
_LOOK_MS = 40
_PATIENCE_S = 90.0
_STEADY_S = 1.0
_FIRST_CC, _TURNED = 71, 24
_MOVES = 60
_PLOTTED = 12.0

Writes = list[tuple[str, Value]]

PLAYED: Writes = [
    ("/surface/focus", 0), ("/deck/a/class/bloom", 0.3), ("/deck/a/class/moth", 1.1), ("/deck/a/class/eye", -0.4),
    ("/deck/b/class/mask", 1.0), ("/deck/b/class/radiolarian", 0.0),
    ("/deck/a/glide/time", 0.2), ("/deck/b/glide/time", 0.2), ("/deck/a/drift/speed", 0.15),
    ("/mix/crossfade", 0.3), ("/mix/offset/fine", 0.3), ("/mix/offset/coarse", -0.15), ("/deck/b/eq/middle", 0.0),
    ("/deck/a/overdrive", 1.3), ("/deck/a/dir/0", 2.6), ("/deck/a/dir/3", -1.9), ("/deck/a/dir/7", 5.2),
    ("/deck/b/dir/1", -1.4), ("/deck/b/dir/4", 2.2), ("/echo/amount", 0.35),
]  # fmt: skip
"""A set under way: mostly within what is nominal."""

BROKEN: Writes = [
    ("/break/coarse/rotate", -72.0), ("/break/coarse/kill", 0.25), ("/break/coarse/feedback", 0.5),
    ("/break/middle/gain", 1.2), ("/break/middle/feedback", 0.5), ("/break/fine/invert", 1.25),
    ("/break/fine/feedback", 0.35),
]  # fmt: skip
"""All three bands, the last a little out of range."""

CHAIN = ("feedback-trail", "mirror", "grade")
SHADED: Writes = [
    ("/fx/1/mix", 0.75), ("/fx/1/amount", 0.8), ("/fx/1/glow", 0.35), ("/fx/1/zoom", 0.03), ("/fx/1/hue", 12.0),
    ("/fx/2/mix", 0.85), ("/fx/3/mix", 1.25),
]  # fmt: skip
"""Three shaders, the last a little more than wholly seen."""

_CALM = ("/echo/zoom", "/echo/turn", "/gen/zoom", "/gen/lightness", "/gen/detail", "/gen/chroma")
_SIDEWAYS: Writes = [
    ("/deck/a/psi", 2.4), ("/deck/a/overdrive", 0.9), ("/deck/b/psi", -1.3), ("/deck/b/overdrive", 0.9),
    ("/deck/a/eq/middle", -0.8), ("/deck/b/eq/coarse", -0.5), ("/echo/amount", -0.35), ("/mix/crossfade", 1.45),
]  # fmt: skip
"""Beyond the other end, where that shows more."""
_PLAYABLE = ("/deck/", "/mix/", "/gen/", "/break/amount", "/echo/")


def far(specs: Sequence[ControlSpec]) -> Writes:
    """Every number a hand can move, a good part of its range beyond one end; but for what would leave no picture."""
    writes: Writes = []
    for n, spec in enumerate(specs):
        if spec.kind is not Kind.FLOAT or spec.internal or spec.address in _CALM:
            continue
        if spec.address.startswith(_PLAYABLE) and spec.saved:
            over = (0.12 if spec.address.startswith("/gen/") else 0.4) * (spec.hi - spec.lo)
            writes.append((spec.address, spec.lo - over if n % 3 == 0 and spec.lo < 0 else spec.hi + over))
    rng = np.random.default_rng(11)
    for deck in "ab":
        steps = rng.standard_normal(next(spec.size for spec in specs if spec.address == f"/deck/{deck}/dir")) * 5.5
        steps[0] = 6.4
        writes.append((f"/deck/{deck}/dir", steps))
    return [*writes, *_SIDEWAYS]


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when ``until`` is true; ``what`` says so where it never is."""

    what: str
    until: Callable[[], bool]
    seconds: float = _PATIENCE_S


Steps = Iterator[Wait]
Shown = TypeVar("Shown", bound=QWidget)


class Scenes:
    """``folder`` gets one PNG for each scene. ``wanted`` names the scenes; empty for all."""

    def __init__(self, show: Show, window: MainWindow, folder: Path, wanted: Sequence[str]) -> None:
        self._show = show
        self._window = window
        self._folder = folder
        self._wanted = frozenset(wanted)
        self._midi = FakeBackend(PORT)
        self.trouble = ""
        self._steps = self._play()
        self._wait = Wait("start", lambda: True)
        self._since = now_ns()
        self._timer = QTimer(window)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOK_MS)

    def _look(self) -> None:
        if self._wait.until():
            step = next(self._steps, None)
            if step is None:
                self._end()
            else:
                self._wait, self._since = step, now_ns()
        elif (now_ns() - self._since) * 1e-9 > self._wait.seconds:
            self.trouble = f"This did not come about within {self._wait.seconds:.0f} s: {self._wait.what}."
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        QApplication.quit()

    # -- the scenes ---------------------------------------------------------------------------------------------------

    def _play(self) -> Steps:
        self._keep("first-paint")
        self._window.watchdog.stop()  # the loop stands still for every picture that is kept: no news to anybody
        self._open()
        self._put([("/deck/a/glide/time", 1.0)])  # or the ghost would begin after ten seconds
        yield from self._seen()
        yield from self._thumbnails()
        self._keep("fresh-start")
        yield from self._playing()
        yield from self._tabs()
        yield from self._learning()
        yield from self._menu()
        yield from self._breaking()
        yield from self._shaders()
        self._put([("/surface/view", "play")])
        yield from self._settled()
        self._keep("play")
        self._put([("/surface/view", "studio")])
        yield from self._far_out()
        yield from self._killed()

    def _playing(self) -> Steps:
        for n in range(len(EIGHT)):  # an unknown controller takes the eight knobs
            self._turn(n, 20)
            yield Wait("a knob is taken", lambda n=n: self._show.desk.learnt() > n)  # type: ignore[misc]
        self._put(PLAYED)
        yield from self._seen()
        for step in range(_MOVES):  # so that there are moves to measure
            self._put([("/mix/crossfade", 0.3 * (step + 1) / _MOVES)])
            yield Wait("the next look", lambda: True)
        yield from self._settled()
        self._window.show_page("presets")
        yield from self._settled()
        self._keep("playing")

    def _tabs(self) -> Steps:
        for page in self._window.pages.all():
            self._window.show_page(page.name)
            yield from self._thumbnails()
            widget = self._window.studio.tabs.page(page.name)
            if isinstance(widget, PlotsTab):
                yield from self._plotted(widget)
            if isinstance(widget, MessagesTab):
                widget.refresh()
            self._keep(f"tab-{page.name}")

    def _plotted(self, plots: PlotsTab) -> Steps:
        yield Wait("the plots are drawn", lambda: plots.drawing is not None)
        begun = now_ns()
        yield Wait("ten seconds are plotted", lambda: (now_ns() - begun) * 1e-9 > _PLOTTED)

    def _learning(self) -> Steps:
        self._window.show_page("mappings")
        for n in (1, 2, 4):  # these now stand elsewhere than their controls
            self._turn(n, 76)
        yield Wait("knobs wait", lambda: len(self._show.desk.waiting()) > 0)
        desk = self._show.desk
        self._midi.plug(KNOWN)
        yield Wait("a known controller is there", lambda: len(desk.device_rows()) > 1)
        for number in (0, 1, 5, 7, 16, 17):  # faders and knobs that stand where nothing stands
            self._midi.send(KNOWN, bytes((0xB0, number, 10 + 7 * number)))
        yield Wait("its knobs wait", lambda: any(row.stands and row.device == KNOWN for row in desk.rows()))
        desk.arm("/deck/b/reach")
        table = self._window.studio.tabs.page("mappings")
        if isinstance(table, MappingsTab):
            table.refresh()
            table.chips.choose(KNOWN)
        yield from self._steady("what is learnt is marked", lambda: self._show.desk.armed() != "")
        self._keep("mapping")
        self._keep("mappings", self._window.studio.tabs.grab())
        self._show.desk.disarm()

    def _menu(self) -> Steps:
        knob = next(knob for knob in self._visible(Knob) if knob.address == "/deck/a/reach")
        menu = knob.menu()
        menu.popup(knob.mapToGlobal(knob.rect().center()))
        yield from self._steady("the menu is open", menu.isVisible)
        self._keep("menu", self._window.screen().grabWindow(0))  # menus are windows of their own
        menu.close()

    def _breaking(self) -> Steps:
        here = [(address, self._show.bay.value(address)) for address, _ in BROKEN]
        self._put(BROKEN)
        self._window.show_page("break")
        yield from self._settled()
        self._keep("breaking")
        self._put([*here])

    def _shaders(self) -> Steps:
        bay = self._show.bay
        for name in CHAIN:
            self._put([("/fx/add", name)])
            yield Wait(f"{name} is put in", partial(self._put_in, name))
        yield Wait("its controls are there", lambda: all(bay.layout.resolve(a) is not None for a, _ in SHADED))
        self._put(SHADED)
        self._window.show_page("shaders")
        states = self._show.effects.status
        yield Wait("all of them play", lambda: [s.state for s in states()].count("playing") == len(CHAIN))
        yield from self._settled()
        yield from self._steady("they are on stage", lambda: self._show.stage_feed.drawing)
        self._keep("shaders")
        self._put([(f"/fx/{n}/clear", 1) for n in range(1, len(CHAIN) + 1)])

    def _put_in(self, name: str) -> bool:
        return any(self._show.bay.value(f"/fx/{slot}/shader") == name for slot in FX_SLOTS)

    def _killed(self) -> Steps:
        self._window.show_page("messages")
        yield from self._settled()
        bay, restarts = self._show.bay, self._show.bay.number("/engine/restarts")
        os.kill(int(bay.number("/engine/pid")), signal.SIGKILL)
        yield Wait("the last seconds play", lambda: self._show.feed.held and bay.value("/engine/state") != "playing")
        yield from self._steady("the last seconds play on", lambda: self._show.feed.held, 0.3)
        self._keep("killed")
        yield Wait(
            "the engine is back",
            lambda: bay.number("/engine/restarts") > restarts and bay.value("/engine/state") == "playing",
        )

    def _far_out(self) -> Steps:
        bay = self._show.bay
        there = far(bay.layout.specs)
        here = [(address, bay.value(address)) for address, _ in there]
        self._put(there)
        self._window.show_page("model")
        yield from self._settled()
        self._keep("far-out")
        self._put([("/surface/view", "play")])
        yield from self._settled()
        self._keep("far-out-play")
        self._put([*here, ("/surface/view", "studio")])

    # -- hands --------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """The engine starts; MIDI and OSC open without touching what else this machine plays."""
        show = self._show
        show.start()
        show.plugs.osc = OscServer(show.bay, show.messages, show.clock, "127.0.0.1", 0)
        show.plugs.osc.start()
        maps = [load_map(path) for path in sorted((BUNDLED / "midi").glob("*.json"))]
        show.plugs.midi = MidiInput(show.bay, show.messages, show.clock, self._midi, maps, desk=show.desk)
        show.plugs.midi.start()

    def _turn(self, knob: int, value: int) -> None:
        """A knob of the controller moves a little, from ``value`` on."""
        for moved in range(_TURNED):
            self._midi.send(PORT, bytes((0xB0, _FIRST_CC + knob, value + moved)))

    def _put(self, writes: Writes) -> None:
        self._show.bay.write(writes, HAND)

    # -- what is waited for -------------------------------------------------------------------------------------------

    def _steady(self, what: str, so: Callable[[], bool], seconds: float = _STEADY_S) -> Steps:
        """It is so, and still is after a while."""
        since = 0

        def steady() -> bool:
            nonlocal since
            since = (since or now_ns()) if so() else 0
            return since > 0 and (now_ns() - since) * 1e-9 >= seconds

        yield Wait(what, steady)

    def _seen(self) -> Steps:
        """A picture begun after everything that was written until now is on stage, and any still has gone."""
        written = now_ns()

        def seen() -> bool:
            frame = self._show.stage_feed.acquire()
            if frame is None:
                return False
            with frame:
                return not frame.held and frame.stamp.render_start_ns > written

        yield from self._steady("a picture of this is on stage", seen)

    def _thumbnails(self) -> Steps:
        def there() -> bool:
            pads = [pad for pad in self._visible(CuePad) if pad.filled]
            solos = self._visible(SoloView)
            pictures = [*(pad.image for pad in pads), *(solo.image for solo in solos)]
            return None not in pictures and self._window.thumbnails.settled

        yield from self._steady("every small picture is there", there)

    def _settled(self) -> Steps:
        """What was written is on stage and, for each deck has five small pictures a second, on the decks."""
        yield from self._seen()
        yield from self._thumbnails()

    def _visible(self, kind: type[Shown]) -> list[Shown]:
        return [widget for widget in self._window.findChildren(kind) if widget.isVisible()]

    # -- keeping ------------------------------------------------------------------------------------------------------

    def _keep(self, name: str, picture: QPixmap | None = None) -> None:
        if self._wanted and name not in self._wanted:
            return
        self._window.binder.poll()
        self._window.refresh()
        path = self._folder / f"{name}.png"
        if not (picture or self._window.grab()).save(str(path)):
            raise OSError(f"{path} cannot be written")


def main(arguments: Sequence[str] | None = None) -> int:
    """Keep the scenes of one size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scenes", nargs="*")
    asked = parser.parse_args(arguments)
    show = Show(Options(surfaces=False, standby=False, take_eight=True, opens=True))
    made: list[Scenes] = []

    def started(window: MainWindow) -> None:
        window.resize(asked.width, asked.height)
        QCursor.setPos(0, 0)  # nothing is hovered
        QApplication.processEvents()
        made.append(Scenes(show, window, asked.folder, asked.scenes))

    try:
        run_window(show.bay, show.stage_feed, show.messages, actions(show), clock=show.clock, started=started)
    finally:
        show.close()
    trouble = made[0].trouble if made else "The window was never painted."
    if trouble:
        sys.stderr.write(f"{asked.width}×{asked.height}: {trouble}\n")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
