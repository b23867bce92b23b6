"""A job's end of its input: a line ``stop``, or its end, asks the job to finish. Used within the job's process.

The end of the input means that who started the job is gone, however it went: nobody is left to say stop, or to see how
it goes on. The job then has ``PATIENCE_S`` to save and leave; one that hangs is ended.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Final

from latentjockey.jobs.events import STOP

PATIENCE_S: Final = 180.0


def hold(stream: Iterable[bytes], stop: Callable[[], None], leave: Callable[[], None] | None = None) -> None:
    """Call ``stop`` once ``stream`` says so, on a thread of its own (``leash``); returns at once.

    ``leave`` ends this process when its input has ended and it is still there after ``PATIENCE_S``; without it, by exit
    code 1 on the spot.
    """
    threading.Thread(target=_follow, args=(stream, stop, leave or _leave), name="leash", daemon=True).start()


def _follow(stream: Iterable[bytes], stop: Callable[[], None], leave: Callable[[], None]) -> None:
    said = False
    try:
        for line in stream:
            if line.strip() == STOP.strip() and not said:
                said = True
                stop()
    except (OSError, ValueError):
        pass  # an input that cannot be read has ended
    if not said:
        stop()
    patience = threading.Timer(PATIENCE_S, leave)
    patience.daemon = True
    patience.start()


def _leave() -> None:
    os._exit(1)
