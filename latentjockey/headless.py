"""A show without a window: a live status in the terminal, recordings, stills. Runs on the main thread."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from latentjockey.app import Show
from latentjockey.base.clock import wall_clock
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import videos_dir
from latentjockey.control.names import SENDS
from latentjockey.control.source import COMMAND_LINE
from latentjockey.options import Options

_STATUS_S = 0.1
_PLAIN_S = 2.0
_FIRST_PICTURE_S = 90.0
_BARS = "▁▂▃▄▅▆▇█"


def play(
    options: Options,
    *,
    seconds: float | None = None,
    stills: Path | None = None,
    every: float = 1.0,
    record_anyway: bool = False,
) -> int:
    """Play for ``seconds``, or until a signal; ``seconds``, recording and stills begin with the first picture."""
    if record_anyway and options.record is None:
        options = replace(options, record=videos_dir() / f"latentjockey {wall_clock()}.mp4")
    if stills is not None:
        stills.mkdir(parents=True, exist_ok=True)
    stop = _stop_on_signals()
    with Show(options) as show:
        if not _first_picture(show, stop):
            return 130 if stop.is_set() else 1
        if options.record is not None:
            show.bay.write([("/record/running", True)], COMMAND_LINE)
        begin = show.clock.now()
        console = Console(stderr=True)
        next_still, kept = begin, 0
        with _Status(show, console) as status:
            while not stop.wait(_STATUS_S):
                now = show.clock.now()
                if stills is not None and now >= next_still:
                    kept += 1
                    show.keep_still(stills / f"still-{kept:05d}.png")
                    next_still += every
                if seconds is not None and now - begin >= seconds:
                    break
                status.update(now - begin)
    summary = show.recording.summary
    if summary:
        sys.stderr.write(f"{summary}\n")
    return 0


def still(options: Options, path: Path) -> int:
    """Make one picture and write it. Raises StageError when there is none within a minute and a half."""
    stop = _stop_on_signals()
    alone = replace(
        options, osc_in=None, midi=None, session=False, standby=False, surfaces=False, simulate=False, sends=()
    )
    with Show(alone) as show:
        if not _first_picture(show, stop):
            return 130
        show.library.still_at(path)
    return 0


def _first_picture(show: Show, stop: threading.Event) -> bool:
    """Wait for the first picture of the wanted model. False when stopped meanwhile."""
    deadline = show.clock.now() + _FIRST_PICTURE_S
    while not stop.is_set():
        if show.stage_feed.wait_newer((-1, -1), 0.1):
            return True
        if show.clock.now() > deadline:
            why = str(show.bay.value("/engine/error")) or "the engine said nothing"
            raise StageError(f"There was no picture within {_FIRST_PICTURE_S:.0f} s ({why}); try latentjockey doctor.")
    return False


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stop


class _Status:
    """The live status: a few lines in a terminal, one line now and then in a log."""

    def __init__(self, show: Show, console: Console) -> None:
        self._show = show
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._next_line = 0.0
        self._revision = show.bay.revision
        self._last_control = "–"

    def __enter__(self) -> _Status:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, elapsed: float) -> None:
        self._note_control()
        if self._live is not None:
            self._live.update(self._table(elapsed), refresh=True)
        elif elapsed >= self._next_line:
            self._next_line = elapsed + _PLAIN_S
            self._console.print(self._line(elapsed), highlight=False, soft_wrap=True)

    def _note_control(self) -> None:
        self._revision, changes = self._show.bay.changes_since(self._revision)
        for change in changes:
            if change.source not in ("conductor", "engine", "layout", "range") and not change.spec.internal:
                value = change.value
                shown = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else "…"
                self._last_control = f"{change.spec.address} {shown} ← {change.source}"

    def _line(self, elapsed: float) -> str:
        number = self._show.bay.number
        return (
            f"{elapsed:6.1f} s  {self._show.bay.value('/engine/state')}  {number('/engine/fps'):.0f} fps  "
            f"latency {number('/engine/latency_ms'):.1f} ms (p99 {number('/engine/latency_p99_ms'):.1f})  "
            f"restarts {number('/engine/restarts'):.0f}  {self._last_control}"
        )

    def _table(self, elapsed: float) -> Table:
        show, number = self._show, self._show.bay.number
        table = Table.grid(padding=(0, 2))
        rows = [
            ("playing", f"{show.bay.value('/engine/model')} on {show.bay.value('/engine/device')}, {elapsed:.0f} s"),
            ("engine", f"{show.bay.value('/engine/state')}, {number('/engine/fps'):.0f} fps, "
                       f"{number('/engine/render_ms'):.1f} ms a picture, {number('/engine/restarts'):.0f} restarts"),
            ("latency", f"{number('/engine/latency_ms'):.1f} ms, p99 {number('/engine/latency_p99_ms'):.1f} ms"),
            ("osc", show.plugs.osc_status()),
            ("midi", show.plugs.midi_status()),
            ("last", self._last_control),
            ("levels", self._levels()),
        ]  # fmt: skip
        for kind in SENDS:
            if show.bay.number(f"/send/{kind}/on"):
                rows.append((kind, str(show.bay.value(f"/send/{kind}/state"))))
        if show.recording.path is not None:
            rows.append(("recording", str(show.recording.path)))
        for name, text in rows:
            table.add_row(Text(name, style="dim"), Text(text))
        message = show.messages.latest()
        if message is not None:
            table.add_row(Text("said", style="dim"), Text(message.text, style="yellow" if message.serious else ""))
        return table

    def _levels(self) -> str:
        """How bright the picture is, from the left to the right, in a row of bars."""
        frame = self._show.stage_feed.acquire()
        if frame is None:
            return ""
        with frame:
            pixels = frame.pixels if frame.planar else frame.pixels[..., :3].transpose(2, 0, 1)
            columns = pixels[:, ::4, ::4].mean(axis=(0, 1))
        picks = [columns[int(i * columns.size / 32)] for i in range(32)]
        return "".join(_BARS[min(7, int(level / 32))] for level in picks)
