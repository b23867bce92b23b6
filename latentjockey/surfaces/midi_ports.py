"""Where MIDI bytes come from and go to: the contract, and the real backend on RtMidi. A double is in :mod:`.midi_fake`.

Real ports are asked, not called back. RtMidi's callbacks need Python's lock in the driver's own thread, while its open
and close calls keep that lock and wait for that thread: with messages pouring in, both wait for ever (seen with JACK in
a loop of replugging). Asking each millisecond costs little and cannot lock up. Whoever calls a backend, calls from one
thread; inputs and outputs have one each.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from latentjockey.base.diagnostics import StageError

CLIENT = "latentjockey"
APIS = {
    "alsa": "API_LINUX_ALSA",
    "jack": "API_UNIX_JACK",
    "coremidi": "API_MACOSX_CORE",
    "winmm": "API_WINDOWS_MM",
}
"""What ``api`` may be, and RtMidi's constant for it."""

_QUEUE = 8192
# What the two libraries raise: their own exceptions derive from OSError, RuntimeError or ValueError.
_DRIVER_ERRORS = (OSError, RuntimeError, ValueError, SystemError)
_ALSA_NUMBERS = re.compile(r"\s+\d+:\d+\Z")
_WINDOWS_NUMBER = re.compile(r"\s+\d+\Z")
_NTH = re.compile(r" \((\d+)\)\Z")
_DIRECTION = re.compile(r"(?<![a-z])(?:in|out|input|output|capture|playback)(?![a-z])|(?<=midi)(?:in|out)(?![a-z])")
_OWN_OR_THROUGH = ("midi through", CLIENT)


class MidiUnavailableError(StageError):
    """There is no MIDI system on this machine, or it is not running."""


class PortError(StageError):
    """A port could not be opened: it is gone, or another program has it."""


class MidiPort(Protocol):
    """An open input."""

    def take(self) -> list[bytes]:
        """The messages that arrived since the last call, oldest first. Never waits, never raises."""

    @property
    def waits(self) -> Sequence[float]:
        """For each message of the last ``take``, the seconds between it and the one before, as the driver counted
        them; empty where it does not."""

    def close(self) -> None:
        """Let go of the port. Never raises; more calls do nothing."""


class MidiOutPort(Protocol):
    """An open output."""

    def send(self, message: bytes) -> None:
        """Send one whole message. May wait for the driver. Raises PortError when the port does not take it."""

    def close(self) -> None:
        """Let go of the port. Never raises; more calls do nothing."""


class MidiBackend(Protocol):
    """A MIDI system. ``polled`` says whether ports must be asked, because ``arrived`` is never called."""

    @property
    def polled(self) -> bool: ...

    def names(self) -> tuple[str, ...]:
        """The inputs present now. Raises MidiUnavailableError."""

    def open_input(self, name: str, arrived: Callable[[], None]) -> MidiPort:
        """Open the input of exactly this name. ``arrived`` may be called from any thread. Raises PortError."""

    def output_names(self) -> tuple[str, ...]:
        """The outputs present now. Raises MidiUnavailableError."""

    def open_output(self, name: str) -> MidiOutPort:
        """Open the output of exactly this name. Raises PortError."""

    def close(self) -> None:
        """Let go of the system."""


def label(name: str, platform: str = sys.platform) -> str:
    """A port's name without the numbers that the system hands out anew at each plug."""
    pattern = _WINDOWS_NUMBER if platform == "win32" else _ALSA_NUMBERS
    return pattern.sub("", name) or name


def output_for(device: str, names: Sequence[str], part: str = "", platform: str = sys.platform) -> str:
    """Which of the outputs ``names`` belongs to the input labelled ``device``; empty when none does.

    The one of the same name, but for words that tell directions apart, or else of the same client (what stands before
    the colon); with ``part``, the one whose name holds that. ``X (2)`` is the second input of that label, and has the
    second such output.
    """
    numbered = _NTH.search(device)
    base, n = (device[: numbered.start()], int(numbered[1])) if numbered else (device, 1)
    found = [name for name in names if not is_own_or_through(name)]
    if part:
        found = [name for name in found if part.casefold() in name.casefold()]
    else:
        stem, client = _stem(base), _stem(base.partition(":")[0])
        labels = {name: label(name, platform) for name in found}
        same = [name for name in found if _stem(labels[name]) == stem]
        found = same or [name for name in found if _stem(labels[name].partition(":")[0]) == client]
    return found[n - 1] if len(found) >= n else ""


def _stem(name: str) -> str:
    return " ".join(_DIRECTION.sub(" ", name.casefold()).split())


def is_own_or_through(name: str) -> bool:
    """Whether a port is ours or merely echoes what others send: never opened unasked."""
    return any(part in name.casefold() for part in _OWN_OR_THROUGH)


class RtMidiBackend:
    """The machine's MIDI system by python-rtmidi, or rtmidi2 where the former has no wheels (Python 3.13 and later).

    ``api`` is one of ``APIS`` or empty for what is usual on the system. Nothing is loaded or opened before the first
    call. Raises StageError for an ``api`` that does not exist.
    """

    polled = True

    def __init__(self, api: str = "") -> None:
        if api and api not in APIS:
            raise StageError(f"There is no MIDI system {api!r}: choose one of {', '.join(APIS)}.")
        self._api = api
        self._listing: Any = None
        self._output_listing: Any = None

    def names(self) -> tuple[str, ...]:
        if self._listing is None:
            self._listing = self._handle(f"{CLIENT} list")
        try:
            return tuple(dict.fromkeys(_port_names(self._listing)))
        except _DRIVER_ERRORS:
            self.close()  # a listing that broke says nothing; the next call begins afresh
            return ()

    def open_input(self, name: str, arrived: Callable[[], None]) -> MidiPort:
        return _RtMidiPort(self._opened(self._handle(CLIENT), name))

    def output_names(self) -> tuple[str, ...]:
        if self._output_listing is None:
            self._output_listing = self._handle(f"{CLIENT} outputs", output=True)
        try:
            return tuple(dict.fromkeys(_port_names(self._output_listing)))
        except _DRIVER_ERRORS:
            self.close()
            return ()

    def open_output(self, name: str) -> MidiOutPort:
        return _RtMidiOutPort(self._opened(self._handle(f"{CLIENT} out", output=True), name), name)

    def close(self) -> None:
        for listing in (self._listing, self._output_listing):
            if listing is not None:
                _dispose(listing)
        self._listing = self._output_listing = None

    def _opened(self, handle: Any, name: str) -> Any:
        try:
            present = _port_names(handle)
            if name not in present:
                raise PortError(f"The MIDI port {name} is gone.")
            handle.open_port(present.index(name))
        except PortError:
            _dispose(handle)
            raise
        except _DRIVER_ERRORS as error:
            _dispose(handle)
            raise PortError(f"The MIDI port {name} does not open ({error}): is another program using it?") from error
        return handle

    def _handle(self, client: str, *, output: bool = False) -> Any:
        if not self._api and sys.platform == "linux" and not Path("/dev/snd/seq").exists():
            # Known beforehand, and ALSA's library would write its own lines to the terminal.
            raise MidiUnavailableError(
                "There is no MIDI system here (no ALSA sequencer): playing goes on without; modprobe snd-seq brings it."
            )
        try:
            return _new_handle(client, self._api, output=output)
        except ImportError as error:
            raise MidiUnavailableError(f"MIDI is off: its library does not load ({error}).") from error
        except _DRIVER_ERRORS as error:
            raise MidiUnavailableError(f"There is no MIDI system here ({error}): playing goes on without.") from error


class _RtMidiPort:
    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self.waits: list[float] = []

    def take(self) -> list[bytes]:
        messages: list[bytes] = []
        self.waits = []
        while self._handle is not None and len(messages) < _QUEUE:
            got = self._handle.get_message()
            if not got:
                break
            # python-rtmidi gives (bytes, seconds since the last), rtmidi2 the bytes alone.
            messages.append(bytes(got[0] if isinstance(got, tuple) else got))
            if isinstance(got, tuple):
                self.waits.append(float(got[1]))
        return messages

    def close(self) -> None:
        if self._handle is not None:
            _dispose(self._handle)
            self._handle = None


class _RtMidiOutPort:
    def __init__(self, handle: Any, name: str) -> None:
        self._handle = handle
        self._name = name

    def send(self, message: bytes) -> None:
        if self._handle is None:
            raise PortError(f"The MIDI port {self._name} is closed.")
        try:
            if hasattr(self._handle, "send_raw"):  # rtmidi2
                self._handle.send_raw(*message)
            else:
                self._handle.send_message(message)
        except _DRIVER_ERRORS as error:
            raise PortError(f"The MIDI port {self._name} takes nothing ({error}).") from error

    def close(self) -> None:
        if self._handle is not None:
            _dispose(self._handle)
            self._handle = None


def _new_handle(client: str, api: str, *, output: bool) -> Any:
    handle = _bare_handle(client, api, output=output)
    if not output:
        handle.ignore_types(True, False, True)  # by default clock is left out, as system exclusive and sensing are
    return handle


def _bare_handle(client: str, api: str, *, output: bool) -> Any:
    if sys.version_info < (3, 13):
        import rtmidi

        constant = getattr(rtmidi, APIS[api]) if api else rtmidi.API_UNSPECIFIED
        if output:
            return rtmidi.MidiOut(constant, name=client)
        return rtmidi.MidiIn(constant, name=client, queue_size_limit=_QUEUE)
    import rtmidi2

    constant = getattr(rtmidi2, APIS[api]) if api else rtmidi2.API_UNSPECIFIED
    if output:
        return rtmidi2.MidiOut(client, constant)
    return rtmidi2.MidiIn(client, _QUEUE, constant)


def _port_names(handle: Any) -> list[str]:
    return [str(name) for name in (handle.get_ports() if hasattr(handle, "get_ports") else handle.ports)]


def _dispose(handle: Any) -> None:
    with contextlib.suppress(*_DRIVER_ERRORS):
        handle.close_port()
        if hasattr(handle, "delete"):  # else the client lives on until the garbage collector comes by
            handle.delete()
