"""A search's double, run as a script: ``directions_double.py WAY``, one of the functions below without its ``_``."""

from __future__ import annotations

import signal
import sys
import threading

from latentjockey.jobs import leash
from latentjockey.jobs.events import Failed, Finished, Notice, Progress, Started, encode

stopped = threading.Event()


def tell(*events: object) -> None:
    sys.stdout.buffer.write(b"".join(encode(event) for event in events))  # type: ignore[arg-type]
    sys.stdout.buffer.flush()


def _half() -> None:
    tell(Started("moths", "", device="processor"), Progress(50, 50, 30.0, "looking", {"done": 0.5}, left_s=130.0))


def _finds() -> None:
    _half()
    tell(Finished("moths", "32 directions were found for Moths, the first PCA 1."))


def _finds_without_a_word() -> None:
    tell(Finished("moths"))


def _chatters() -> None:
    for n in range(40):
        tell(Started("moths", "", device="processor"), Notice(f"{n}"))
    _finds()


def _fails() -> None:
    tell(Failed("Moths brings directions of its own."))
    sys.exit(2)


def _breaks() -> None:
    sys.stderr.write("no such number\n")
    sys.exit(3)


def _obeys() -> None:
    _half()
    stopped.wait()
    sys.exit(130)


def _is_deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _half()
    threading.Event().wait()


def main() -> None:
    leash.hold(sys.stdin.fileno(), stopped.set)
    globals()[f"_{sys.argv[1]}"]()


if __name__ == "__main__":
    main()
