"""The child that opens the real window by the real command line, plays it, and tells how long its loop stood still.

The scenario goes through the event loop that it measures: each step is a wish and what to wait for, looked at twenty
times a second. What it measures with is the watchdog that the window has anyway.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from benchmarks.children import say
from benchmarks.window_child import Curtain
from latentjockey import window
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import die_with_parent

_LOOK_MS = 50
_STANDBY_S = 8.0
"""After the first picture; the second engine has loaded by then."""

if TYPE_CHECKING:  # the window is to be painted before any of it is imported
    from latentjockey.app import Show
    from latentjockey.control.values import Value
    from latentjockey.frames.frame import FrameSource
    from latentjockey.ui.window import MainWindow

Steps = Iterator[Callable[[], bool]]


class _Places(logging.Handler):
    """Where the watchdog says that the loop stood still, since it was last asked: each place once in a run."""

    def __init__(self) -> None:
        super().__init__()
        self._said: list[tuple[float, str]] = []
        logger = logging.getLogger("latentjockey.surface")
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if "stood still" in text and " at work." in text:
            words = text.removeprefix("The window stood still for ").removesuffix(".")
            self._said.append((float(words.split()[0]), words))

    def take(self) -> list[str]:
        """The three worst."""
        said, self._said = sorted(self._said, reverse=True), []
        return [words for _, words in said[:3]]


class _Scenario(QObject):
    """``frames`` says when there is something to see; ``quick`` does everything once."""

    def __init__(self, bay: Any, frames: FrameSource, quick: bool) -> None:
        super().__init__()
        self._bay = bay
        self._frames = frames
        self._rounds = 1 if quick else 3
        self._window: MainWindow | None = None
        self._places = _Places()
        self._steps: Steps = iter(())
        self._wait: Callable[[], bool] = lambda: True
        self._seen = (0, 0)
        self._begun = now_ns()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def begin(self, surface: MainWindow) -> None:
        """The surface is there, and the show begins."""
        self._window = surface
        self._steps = self._play()
        self._timer.start(_LOOK_MS)

    def _look(self) -> None:
        if self._wait():
            step = next(self._steps, None)
            if step is None:
                self._timer.stop()
                say(done=True)
                return
            self._wait = step

    # -- what is played -----------------------------------------------------------------------------------------------

    def _play(self) -> Steps:
        yield lambda: self._frames.wait_newer((-1, -1), 0.0)
        frame = self._frames.acquire()
        if frame is not None:
            with frame:
                say(frame=frame.stamp.published_ns)
        yield _after(_STANDBY_S)
        self._tell("the engine loads, from the first paint until another stands by")
        for _ in range(self._rounds):
            yield _after(3.0)
        self._tell("the ghost plays")
        yield from self._recalls()
        self._tell("presets are recalled")
        self._put(("/record/running", True))
        yield _after(2.0 * self._rounds + 1.0)
        self._put(("/record/running", False))
        yield _after(1.0)
        self._tell("the stage is recorded")
        for _ in range(self._rounds):
            yield from self._kill()
        self._tell("the engine is killed, and the next one takes over")
        yield from self._tabs()
        self._tell("every tab is opened for the first time, then PLAY", goal=False)

    def _recalls(self) -> Steps:
        for _ in range(self._rounds):
            for name in self._main().asks.presets():
                self._put(("/preset/recall", name))
                yield _after(0.5)

    def _kill(self) -> Steps:
        before = self._bay.number("/engine/restarts")
        os.kill(int(self._bay.number("/engine/pid")), signal.SIGKILL)
        yield lambda: self._bay.number("/engine/restarts") > before and self._bay.value("/engine/state") == "playing"
        yield _after(5.0)

    def _tabs(self) -> Steps:
        window = self._main()
        for page in window.pages.all():
            window.show_page(page.name)
            yield _after(0.8)
        self._put(("/surface/view", "play"))
        yield _after(1.5)

    # -- telling ------------------------------------------------------------------------------------------------------

    def _main(self) -> MainWindow:
        assert self._window is not None
        return self._window

    def _put(self, *batch: tuple[str, Value]) -> None:
        from latentjockey.control.source import HAND

        self._bay.write(batch, HAND)

    def _tell(self, phase: str, *, goal: bool = True) -> None:
        """What the watchdog saw since the last phase."""
        from latentjockey.ui.beats import STALL_S

        seconds = (now_ns() - self._begun) * 1e-9
        seen = self._main().watchdog.stalls(seconds)
        own = int((seen.own_ms > STALL_S * 1e3).sum())
        say(
            phase=phase,
            own=own,
            worst_ms=seen.worst_ms,
            stalls=seen.count,
            seconds=seconds,
            where=self._places.take(),
            goal=goal,
        )
        self._begun = now_ns()


def _after(seconds: float) -> Callable[[], bool]:
    """True once this time has passed since it was first asked."""
    began: list[int] = []

    def passed() -> bool:
        began.append(now_ns())
        return (began[-1] - began[0]) * 1e-9 >= seconds

    return passed


def main() -> int:
    die_with_parent(int(sys.argv[1]))
    scenarios: list[_Scenario] = []

    def opened(show: Show, surface: MainWindow) -> None:
        scenarios.append(_Scenario(show.bay, show.feed, sys.argv[2] == "quick"))
        scenarios[0].begin(surface)

    window.Curtain = Curtain  # type: ignore[misc]
    window.play = partial(window.play, opened=opened)
    from latentjockey.cli import main as command

    return command(["--simulate", "--osc-in", "127.0.0.1:0", "--midi", "no input has this name"])


if __name__ == "__main__":
    sys.exit(main())
