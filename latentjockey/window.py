"""A show in a window. The window is painted before anything heavy is imported; the rest is loaded beside it.

Thread ``start`` imports what is large, makes the show and opens what plays: sockets, MIDI ports, the engine. The
surface answers meanwhile, and is put into the window when it is there.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from latentjockey.base.paths import LAST_STILL, state_dir
from latentjockey.options import Options
from latentjockey.ui.application import application, run
from latentjockey.ui.curtain import Curtain
from latentjockey.ui.opengl_driver import find_driver, open_surface
from latentjockey.ui.uncovering import TURN_MS

if TYPE_CHECKING:
    from latentjockey.app import Show
    from latentjockey.ui.actions import Actions
    from latentjockey.ui.watchdog import Watchdog
    from latentjockey.ui.window import MainWindow

_TURN_S = 0.001
"""How long a busy thread may keep Python from the surface, each time it wants it: many times for every picture."""

Opened = Callable[["Show", "MainWindow"], None]


def play(options: Options, opened: Opened = lambda show, window: None) -> int:
    """Play until the window is closed; returns the exit code. ``opened`` is called when the surface is there.

    Raises whatever making the show raises, StageError for one: then there was nothing to play.
    """
    app = application()
    sys.setswitchinterval(_TURN_S)
    # numpy keeps Python's lock for small matrices, and its threads would wait for each other beside a busy engine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    curtain = Curtain(state_dir() / LAST_STILL)
    beginning = _Beginning(replace(options, take_eight=options.midi_map is None, opens=True), curtain, opened)
    try:
        code = run(app, curtain, beginning.begin)
    finally:
        beginning.end()
    if beginning.trouble is not None:
        raise beginning.trouble
    return code


class _Beginning(QObject):
    """From the first paint to the surface. Of the GUI thread, but for what :meth:`_start` does."""

    _made = Signal()

    def __init__(self, options: Options, curtain: Curtain, opened: Opened) -> None:
        super().__init__()
        self.trouble: BaseException | None = None
        self._options = options
        self._curtain = curtain
        self._opened = opened
        self._show: Show | None = None
        self._watchdog: Watchdog | None = None
        self._thread = threading.Thread(target=self._start, name="start", daemon=True)
        self._made.connect(self._prepare, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """The window was painted."""
        open_surface()  # nothing else wants the processor yet
        self._thread.start()

    def end(self) -> None:
        """The window is closed: end the show, once it has begun."""
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._thread.ident is not None:
            self._thread.join()
        if self._show is not None:
            self._show.close()

    def _start(self) -> None:
        try:
            for name in ("window", "preset_browser"):
                importlib.import_module(f"latentjockey.ui.{name}")
            from latentjockey.app import Show
            from latentjockey.ui.warming import make_widget_types

            make_widget_types()
            self._show = Show(self._options)
            self._show.start()
        except BaseException as error:  # noqa: BLE001 - raised again where the window was opened
            self.trouble = error
        self._made.emit()

    def _prepare(self) -> None:
        """What is loaded can be shown: from now on the event loop is watched. Looking for OpenGL takes a turn of it for
        itself."""
        if self.trouble is not None or self._show is None:
            self._curtain.close()
            return
        from latentjockey.ui.watchdog import Watchdog

        self._watchdog = Watchdog(self._show.clock, self._show.messages, self)
        self._watchdog.start()
        find_driver()
        QTimer.singleShot(TURN_MS, self, partial(self._reveal, self._show, self._watchdog))

    def _reveal(self, show: Show, watchdog: Watchdog) -> None:
        from latentjockey.ui.window import MainWindow

        window = MainWindow(
            show.bay, show.stage_feed, show.messages, actions(show), show.clock, parent=self._curtain, watchdog=watchdog
        )
        self._grow(show, window)

    def _grow(self, show: Show, window: MainWindow) -> None:
        if window.grow():
            QTimer.singleShot(TURN_MS, window, partial(self._grow, show, window))
            return
        window.uncovered.connect(gc.freeze)  # what is there stays: to look through it for garbage takes 70 ms
        self._curtain.reveal(window)
        self._opened(show, window)


def actions(show: Show) -> Actions:
    """What the window may ask of a show."""

    from latentjockey.session.shader_files import SUFFIXES
    from latentjockey.ui.actions import Actions

    def on_drop(path: str) -> None:
        if path.lower().endswith(SUFFIXES):
            show.shaders.bring(Path(path))
        else:
            show.recall_file(Path(path))

    return Actions(
        on_drop=on_drop,
        presets=show.library.names,
        osc_status=show.plugs.osc_status,
        midi_status=show.plugs.midi_status,
        mappings=show.desk,
        off_loopback=show.plugs.off_loopback,
        card=show.library.card,
        set_name=show.options.preset or "",
        shelf=show.shelf,
        shaders=show.shaders,
        models=show.models,
        sound=show.plugs.audio,
        inputs=lambda: show.inputs.newest,
        jobs=show.jobs,
        clips=show.clips,
        on_drop_deck=show.recall_onto_deck,
        offer=lambda: show.ended_badly,
        last_still=show.last_still,
        previews=show.previews,
        loop=show.looper.state,
        awaited=lambda address: show.conductor.waiting().get(address),
        trace=show.supervisor.statistics,
        later=show.later,
    )
