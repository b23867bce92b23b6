"""``latentjockey doctor``: tests what playing needs on this machine, and says what to do about each failure."""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from latentjockey import __version__
from latentjockey.base.paths import data_dir, state_dir
from latentjockey.base.platform import create_shared

_TORCH = """
import torch
if torch.cuda.is_available():
    where = f"CUDA, {torch.cuda.get_device_name(0)}, {torch.cuda.get_device_properties(0).total_memory / 2**30:.0f} GiB"
elif torch.backends.mps.is_available():
    where = "Apple GPU (MPS)"
else:
    where = f"CPU, {torch.get_num_threads()} threads"
print(f"{torch.__version__} on {where}")
"""
_DEFAULT_PORT = 9000


@dataclass(frozen=True, slots=True)
class Finding:
    """One test: ``good`` is ``None`` for something that is missing but not needed."""

    what: str
    good: bool | None
    found: str
    advice: str = ""


def examine() -> int:
    """Run all tests and print them. Returns 0 when one can play, 1 otherwise."""
    findings = [test() for test in TESTS]
    console = Console()
    table = Table(box=None, padding=(0, 2), show_header=False)
    for finding in findings:
        mark = {True: "[green]ok[/]", False: "[red]no[/]", None: "[yellow]–[/]"}[finding.good]
        table.add_row(mark, finding.what, finding.found)
        if finding.advice and finding.good is not True:
            table.add_row("", "", f"→ {finding.advice}")
    console.print(table)
    bad = [f.what for f in findings if f.good is False]
    console.print(f"To be mended: {', '.join(bad)}." if bad else "Ready to play.")
    return 1 if bad else 0


def _python() -> Finding:
    return Finding("Python", True, f"{sys.version.split()[0]}, latentjockey {__version__}")


def _torch() -> Finding:
    done = subprocess.run([sys.executable, "-c", _TORCH], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == 0:
        return Finding("torch", True, done.stdout.strip())
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return Finding("torch", False, last, "Install it again: python3 dev.py run does so after .venv was deleted.")


def _display() -> Finding:
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return Finding("display", True, os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or sys.platform)
    return Finding(
        "display", None, "none: latentjockey plays headless", "Start it in a graphical session for a window."
    )


def _gl() -> Finding:
    from latentjockey.stage.offscreen import open_offscreen

    stage, why = open_offscreen()
    if stage is None:
        return Finding("OpenGL", None, why, "Install a driver (Debian: libegl1 libgl1-mesa-dri); shaders need it.")
    with stage:
        return Finding("OpenGL", True, stage.device)


def _midi() -> Finding:
    from latentjockey.surfaces.midi_ports import MidiUnavailableError, RtMidiBackend

    backend = RtMidiBackend()
    try:
        names = backend.names()
    except MidiUnavailableError as error:
        return Finding("MIDI", None, str(error), "Everything but MIDI works; on Linux load snd-seq or start JACK.")
    finally:
        backend.close()
    return Finding("MIDI", True, ", ".join(names) or "no input plugged in")


def _osc() -> Finding:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("127.0.0.1", _DEFAULT_PORT))
        except OSError as error:
            advice = "Close what uses it (another latentjockey?) or choose another with --osc-in 127.0.0.1:9001."
            return Finding("OSC", None, f"port {_DEFAULT_PORT}: {error.strerror}", advice)
    return Finding("OSC", True, f"port {_DEFAULT_PORT} is free")


def _outputs() -> Finding:
    from latentjockey.control.cables import cable
    from latentjockey.outputs import senders

    told = senders.why_not()
    words = "; ".join(f"{cable(kind).name}: {why or 'ready'}" for kind, why in told.items())
    return Finding("to other programs", None if any(told.values()) else True, words, senders.advice())


def _audio() -> Finding:
    try:
        sound = importlib.import_module("sounddevice")
        inputs = [device["name"] for device in sound.query_devices() if device["max_input_channels"] > 0]
    except ImportError:
        return Finding("audio", None, "not looked for", "Not needed; pip install sounddevice lets it be tested.")
    except Exception as error:  # noqa: BLE001 - a missing PortAudio is an OSError, a broken one an error of its own
        advice = "Not needed; on Linux install PortAudio (Debian: libportaudio2) and look whether a device is there."
        return Finding("audio", None, f"cannot be asked: {error}", advice)
    return Finding("audio", True if inputs else None, ", ".join(inputs) or "no input", "Plug one in, if you want one.")


def _fonts() -> Finding:
    folder = Path(__file__).parent / "ui" / "fonts"
    fonts = [path.name for path in folder.glob("Inter*") if path.suffix in (".ttf", ".otf")]
    if fonts:
        return Finding("fonts", True, ", ".join(sorted(fonts)))
    return Finding("fonts", False, "Inter is missing from the package", "Install latentjockey again.")


def _disk() -> Finding:
    free = shutil.disk_usage(data_dir()).free / 2**30
    advice = "Free some: an hour of recording takes about 5 GiB."
    return Finding("disk", True if free > 2 else None if free > 0.2 else False, f"{free:.1f} GiB free", advice)


def _folders() -> Finding:
    for folder in (data_dir(), state_dir()):
        if not os.access(folder, os.W_OK):
            return Finding("folders", False, f"{folder} cannot be written", "Make it yours, or set XDG_DATA_HOME.")
    return Finding("folders", True, str(data_dir()))


def _memory() -> Finding:
    try:
        create_shared(64 << 20).close()
    except OSError as error:
        return Finding("shared memory", False, str(error), "Close other programs: 64 MiB could not be had.")
    return Finding("shared memory", True, "64 MiB made and given back")


TESTS: tuple[Callable[[], Finding], ...] = (
    _python, _torch, _display, _gl, _midi, _osc, _outputs, _audio, _fonts, _disk, _folders, _memory,
)  # fmt: skip
