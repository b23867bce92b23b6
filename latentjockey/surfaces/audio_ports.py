"""Sound inputs: what an input is to us, and those that PortAudio has. The only importer of sounddevice.

The library is imported when the first input is opened; whatever is missing then is a sentence that says what to do.
PortAudio calls back on a thread of its own, which does nothing but copy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError

Block = NDArray[np.float32]
"""Samples (frames, channels) of -1 … 1."""

NO_LIBRARY = (
    "No sound is heard, for the audio library is not installed: "
    "pip install 'latentjockey[audio]', then switch it on again."
)
NO_PORTAUDIO = (
    "No sound is heard, for the system has no PortAudio: install it (Debian, Ubuntu: apt install libportaudio2; "
    "Fedora: dnf install portaudio), then switch it on again."
)
_MOST_CHANNELS = 2


class MissingLibraryError(StageError):
    """What this needs is not installed: trying again is of no use until it is."""


class SoundStream(Protocol):
    """An open input. ``name`` as the system calls it, ``rate`` in samples a second."""

    name: str
    rate: float

    @property
    def alive(self) -> bool:
        """Whether samples still come, as far as the driver says."""
        ...

    def close(self) -> None: ...


class SoundBackend(Protocol):
    """Where inputs are had from. All calls are made by one thread."""

    def devices(self) -> tuple[str, ...]:
        """The names of the inputs there are. Raises StageError."""
        ...

    def open(self, wish: str, put: Callable[[Block], object]) -> SoundStream:
        """Open the first input with ``wish`` in its name, or the system's own choice for an empty one.

        ``put`` gets each block as it comes, on a thread of the driver; it must copy and may not wait. Raises
        StageError where there is none, :class:`MissingLibraryError` where there never will be.
        """
        ...


class PortAudioStream:
    """An open stream of sounddevice."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self.name = name
        self.rate = float(stream.samplerate)

    @property
    def alive(self) -> bool:
        return bool(self._stream.active)

    def close(self) -> None:
        self._stream.abort(ignore_errors=True)  # closing a stream that runs hangs in some versions of PortAudio
        self._stream.close(ignore_errors=True)


class PortAudioBackend:
    """The inputs that PortAudio knows."""

    def devices(self) -> tuple[str, ...]:
        library = _library()
        try:
            found = [str(info["name"]) for info in library.query_devices() if info["max_input_channels"] > 0]
        except library.PortAudioError as error:
            raise StageError(f"The sound inputs cannot be listed: {error}.") from error
        return tuple(dict.fromkeys(found))

    def open(self, wish: str, put: Callable[[Block], object]) -> SoundStream:
        library = _library()
        _look_again(library)
        try:
            index = self._index(library, wish)
            info = library.query_devices(index, "input")
            stream = library.InputStream(
                device=index,
                channels=min(_MOST_CHANNELS, int(info["max_input_channels"])),
                samplerate=float(info["default_samplerate"]),
                dtype="float32",
                latency="low",
                callback=lambda block, frames, time, status: put(block),
            )
            stream.start()
        except (library.PortAudioError, ValueError) as error:
            what = f"The sound input {wish}" if wish else "The system's sound input"
            raise StageError(f"{what} cannot be opened: {_first_line(error)}") from error
        return PortAudioStream(stream, str(info["name"]))

    @staticmethod
    def _index(library: Any, wish: str) -> int | None:
        """The place of the wished input in PortAudio's list; ``None`` is the system's own choice."""
        if not wish:
            return None
        for index, info in enumerate(library.query_devices()):
            if info["max_input_channels"] > 0 and wish.casefold() in str(info["name"]).casefold():
                return index
        raise StageError(f"There is no sound input called {wish[:60]} now: it is looked for each second.")


def _library() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise MissingLibraryError(NO_LIBRARY) from error
    except OSError as error:  # the library is there, what it drives is not
        raise MissingLibraryError(NO_PORTAUDIO) from error
    return sounddevice


def _look_again(library: Any) -> None:
    """PortAudio lists the devices once: what was plugged in later is found by starting it anew. No stream is open."""
    library._terminate()
    library._initialize()


def _first_line(error: Exception) -> str:
    text = (str(error).splitlines() or ["it does not say why"])[0]
    return text if text.endswith(".") else f"{text}."
