"""A trainer's double, run as a script: it tells what a trainer tells, and misbehaves as it is asked to.

``double.py WAY FOLDER``, where ``way`` is one of the functions below without its ``_``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from latentjockey.jobs import leash
from latentjockey.jobs.events import Failed, Finished, Notice, Progress, Saved, Sheet, Started, encode

FOLDER = Path(sys.argv[2])
stopped = threading.Event()


def tell(*events: object) -> None:
    sys.stdout.buffer.write(b"".join(encode(event) for event in events))  # type: ignore[arg-type]
    sys.stdout.buffer.flush()


def _begin() -> None:
    tell(
        Started("moths", str(FOLDER), 128, ("moths", "masks"), "processor, 2 threads", 214),
        Progress(10, 240, 60.0, "64 px, copying", {"lpips": 0.4, "kl": 3.0}, 4.0, 540.0, "240 pictures seen"),
    )


def _save() -> None:
    (FOLDER / "state").write_bytes(b"whole")
    tell(Saved(str(FOLDER / "state"), 240))


def _obeys() -> None:
    """Learns until it is told to stop, then saves and writes the model."""
    leash.hold(sys.stdin.fileno(), stopped.set)
    _begin()
    stopped.wait()
    _save()
    tell(
        Sheet(str(FOLDER / "sheet.png"), 240), Finished(str(FOLDER / "models" / "Night Moths.safetensors"), "Stopped.")
    )


def _done() -> None:
    """Ends by itself."""
    _begin()
    _save()
    tell(Finished("night-moths", "The budget is spent."))


def _refuses() -> None:
    tell(Failed("There is no picture in the folder."))
    sys.exit(2)


def _crashes() -> None:
    leash.hold(sys.stdin.fileno(), stopped.set)  # Python ends all the same
    _begin()
    _save()
    raise RuntimeError("out of cheese")


def _dies() -> None:
    """By a signal, with a child of its own that would stay."""
    _begin()
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    (FOLDER / "child").write_text(str(child.pid))
    tell(Notice("there is a child"))
    os.kill(os.getpid(), signal.SIGKILL)


def _hangs() -> None:
    """Hears nothing any more, no signal either."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _begin()
    threading.Event().wait()


def _deaf() -> None:
    """Reads no input, and ends well when it is asked by signal."""
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    _begin()
    stopped.wait()
    tell(Finished("night-moths", "Asked by signal."))


def _floods() -> None:
    """Says the same a great many times, garbage and a line without end between."""
    _begin()
    for n in range(3000):
        tell(Notice(f"picture {n} cannot be read"), Progress(n, n, float(n), losses={"kl": 1.0}))
        sys.stdout.buffer.write(b"warning: nothing\n")
    sys.stdout.buffer.write(b"x" * 1_000_000 + b"\n")
    tell(Finished("night-moths", "Done."))


def _niceness() -> None:
    tell(Notice(str(os.nice(0))), Finished("night-moths"))


if __name__ == "__main__":
    {name[1:]: way for name, way in globals().items() if name.startswith("_") and callable(way)}[sys.argv[1]]()
