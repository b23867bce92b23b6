"""A show in a window. The window is painted before anything heavy is imported; the rest starts beside it.

Thread ``start`` opens what plays, so that the surface answers meanwhile: sockets, MIDI ports and what they import.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from latentjockey.app import Options, Show
from latentjockey.ui.actions import Actions
from latentjockey.ui.application import run_window


def play(options: Options) -> int:
    """Play until the window is closed; returns the exit code."""
    show = Show(replace(options, take_eight=options.midi_map is None, opens=True))
    start = threading.Thread(target=show.start, name="start", daemon=True)
    try:
        return run_window(
            show.bay, show.feed, show.messages, actions(show), clock=show.clock, started=lambda window: start.start()
        )
    finally:
        if start.ident is not None:
            start.join()
        show.close()


def actions(show: Show) -> Actions:
    """What the window may ask of a show."""

    def on_drop(path: str) -> None:
        show.recall_file(Path(path))

    return Actions(
        on_drop=on_drop,
        presets=show.library.names,
        osc_status=show.osc_status,
        midi_status=show.midi_status,
        mappings=show.desk,
        off_loopback=show.off_loopback,
        card=show.library.card,
        set_name=show.options.preset or "",
        shelf=show.shelf,
        on_drop_deck=show.recall_onto_deck,
        offer=lambda: show.ended_badly,
        last_still=show.last_still,
        previews=show.previews,
        loop=show.looper.state,
        trace=show.supervisor.statistics,
        later=show.later,
    )
