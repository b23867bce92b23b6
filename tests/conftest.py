"""What holds for every test: repeatable examples, no window on anybody's screen, no file in anybody's folders."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

_MOST_REASONS, _LINES_EACH = 10, 7
_FOLDERS = Path(tempfile.mkdtemp(prefix="latentjockey-tests-"))


def _point_at_own_folders() -> None:
    """Send everything that is written under the user's folders into one of our own, here and in child processes."""
    for kind in ("CONFIG", "DATA", "CACHE", "STATE", "RUNTIME", "PICTURES", "VIDEOS"):
        place = _FOLDERS / kind.lower()
        place.mkdir(mode=0o700)
        home_like = kind in ("CONFIG", "DATA", "CACHE", "STATE")
        os.environ[f"XDG_{kind}_{'HOME' if home_like else 'DIR'}"] = str(place)
    os.environ["LATENTJOCKEY_EAGER"] = "1"  # only tests about compiling compile
    if sys.platform == "darwin":  # where the folders follow from HOME alone
        os.environ["HOME"] = str(_FOLDERS)


# At import, because test modules may ask for these as soon as they are collected.
_point_at_own_folders()
if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

hypothesis.settings.register_profile("here", deadline=None, max_examples=60)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folders that this run wrote to."""
    shutil.rmtree(_FOLDERS, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say again in a few lines, after the warnings, why tests failed: of a long log it is the end that is read."""
    failed = [*terminalreporter.stats.get("error", []), *terminalreporter.stats.get("failed", [])]
    if failed:
        terminalreporter.section("why they failed")
    for report in failed[:_MOST_REASONS]:
        terminalreporter.line(f"{report.nodeid} ({report.when})")
        for line in _reason(report.longreprtext):
            terminalreporter.line(f"    {line[:240]}")


def _reason(told: str) -> list[str]:
    """The line at which it failed and what pytest says of it; of what is told in another form, the end."""
    lines = told.splitlines()
    at = max((n for n, line in enumerate(lines) if line.startswith(">")), default=len(lines))
    said = [line for line in lines[at:] if line.startswith((">", "E "))]
    return said[:_LINES_EACH] or lines[-_LINES_EACH:]


@pytest.fixture(scope="module")
def jack_trouble() -> Iterator[str]:
    """A JACK server of our own on its dummy driver, under a name of its own; yields why there is none, or nothing.

    It is ended by its process id whatever happens.
    """
    jackd = shutil.which("jackd")
    if jackd is None or importlib.util.find_spec("rtmidi") is None:
        yield "jackd or python-rtmidi is not installed (Debian: apt-get install jackd2)"
        return
    names = ("JACK_DEFAULT_SERVER", "JACK_NO_AUDIO_RESERVATION", "JACK_NO_START_SERVER")
    old = {key: os.environ.get(key) for key in names}
    process: subprocess.Popen[bytes] | None = None
    try:
        # Few names, used again: JACK keeps a place for each name that ever was, and has eight. One that is alive
        # belongs to another run of the tests.
        for n in range(4):
            os.environ.update(dict(zip(names, (f"ljtests{n}", "1", "1"), strict=True)))
            process = _jack_server(jackd, f"ljtests{n}")
            if process.poll() is None:
                break
        status = process.poll() if process is not None else None
        yield "" if status is None else f"jackd does not run here (exit status {status})"
    finally:
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        for key, value in old.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def _jack_server(jackd: str, name: str) -> subprocess.Popen[bytes]:
    """A server of that name once it answers, or after it has ended."""
    driver = ["-d", "dummy", "-r", "48000", "-p", "128"]
    process = subprocess.Popen(
        [jackd, "-n", name, "-r", "-m", "-S", "-t", "5000", *driver],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    rest = threading.Event()
    for _ in range(600):
        # asked of the one that was just started, and not of another run's that has the name
        if process.poll() is not None or rest.wait(0.025) or _jack_answers():
            break
    return process


def _jack_answers() -> bool:
    import rtmidi

    try:
        handle = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="hello")
    except (OSError, RuntimeError):
        return False
    handle.delete()
    return True
