"""How a job is asked to finish: by a signal, by a line ``stop`` of its input, or by the end of that. Used within the
job's process.

The end of the input means that who started the job is gone, however it went: nobody is left to say stop, or to see how
it goes on. The job then has ``PATIENCE_S`` to save and leave; one that hangs is ended.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from latentjockey.jobs.events import STOP

PATIENCE_S: Final = 180.0
_LONGEST = 4096


class StoppedError(Exception):
    """The job is to finish: what it was about is not wanted any more."""


def obey(stop: threading.Event, *, to_input: bool) -> None:
    """Set ``stop`` at the first SIGINT or SIGTERM; a second SIGINT raises KeyboardInterrupt. ``to_input`` also follows
    standard input, as :func:`hold` does. On the main thread."""

    def signalled(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: at once
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signalled)
    if to_input:
        hold(sys.stdin.fileno(), stop.set)


def hold(descriptor: int, stop: Callable[[], None], leave: Callable[[], None] | None = None) -> None:
    """Call ``stop`` once the input with this file descriptor says so, on a thread of its own (``leash``); returns at
    once. Nobody else may read that input.

    ``leave`` ends this process when its input has ended and it is still there after ``PATIENCE_S``; without it, by exit
    code 1 on the spot.
    """
    threading.Thread(target=_follow, args=(descriptor, stop, leave or _leave), name="leash", daemon=True).start()


def _follow(descriptor: int, stop: Callable[[], None], leave: Callable[[], None]) -> None:
    said, line = False, b""
    # No file object: Python would wait for one that a thread is reading when it ends, and abort.
    while piece := _read(descriptor):
        *whole, line = (line + piece).split(b"\n")
        line = line[-_LONGEST:]
        if not said and any(each.strip() == STOP.strip() for each in whole):
            said = True
            stop()
    if not said:
        stop()
    patience = threading.Timer(PATIENCE_S, leave)
    patience.daemon = True
    patience.start()


def _read(descriptor: int) -> bytes:
    """What came; empty at the end, and where nothing can be read."""
    try:
        return os.read(descriptor, _LONGEST)
    except OSError:
        return b""


def _leave() -> None:
    os._exit(1)
