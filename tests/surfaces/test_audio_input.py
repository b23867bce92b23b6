"""Sound inputs on a driver made here: what comes is heard, what goes is said once, and nothing else happens."""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.modulation.audio import HOP
from latentjockey.surfaces.audio_input import TRY_EVERY, AudioInput, SampleRing
from latentjockey.surfaces.audio_ports import Block, MissingLibraryError, PortAudioBackend, SoundStream

RATE = 48_000.0


class Stream:
    """An input that says what the test plays into it."""

    def __init__(self, name: str, put: Callable[[Block], object]) -> None:
        self.name, self.rate = name, RATE
        self.put = put
        self.alive = True
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Driver:
    """The inputs there are; ``missing`` is a library that is not installed."""

    def __init__(self) -> None:
        self.inputs = ["Built-in", "Mixer USB"]
        self.missing = ""
        self.streams: list[Stream] = []
        self.opened = threading.Event()

    def devices(self) -> tuple[str, ...]:
        if self.missing:
            raise MissingLibraryError(self.missing)
        return tuple(self.inputs)

    def open(self, wish: str, put: Callable[[Block], object]) -> SoundStream:
        for name in self.devices():
            if wish.casefold() in name.casefold():
                self.streams.append(Stream(name, put))
                self.opened.set()
                return self.streams[-1]
        raise StageError(f"There is no sound input called {wish} now.")


class Stage:
    def __init__(self) -> None:
        self.clock = ManualClock(50.0)
        self.messages = Messages()
        self.bay = Bay(Layout(1, builtin(4, (8, 8))), self.clock)
        self.driver = Driver()
        self.audio = AudioInput(self.bay, self.messages, self.clock, self.driver)

    def write(self, address: str, value: Value) -> None:
        self.bay.write([(address, value)], HAND)
        self.audio.look()
        self.audio.turn()

    def play(self, sound: np.ndarray[Any, Any]) -> list[dict[str, float]]:
        """Put a sound in hop by hop, and what is heard after each."""
        heard = []
        for hop in sound[: sound.size // HOP * HOP].reshape(-1, HOP):
            self.driver.streams[-1].put(np.stack([hop, hop], axis=1).astype(np.float32))
            self.clock.advance(HOP / RATE)
            self.audio.turn()
            heard.append(self.heard())
        return heard

    def heard(self) -> dict[str, float]:
        return {name: self.bay.number(f"/audio/{name}") for name in ("level", "low", "middle", "high", "onset")}

    def said(self) -> list[str]:
        return [message.text for message in self.messages.recent()]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray[Any, Any]:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE)


def test_what_is_heard_stands_in_the_bay_as_from_the_audio(stage: Stage) -> None:
    stage.write("/audio/on", True)
    assert stage.driver.streams[0].name == "Built-in"
    heard = stage.play(tone(100.0))
    assert heard[-1]["low"] > 0.8
    assert heard[-1]["high"] < 0.05
    assert sum(h["onset"] == 1.0 for h in heard) == 1
    _, changes = stage.bay.changes_since(0)
    assert {c.source for c in changes if c.spec.address in ("/audio/low", "/audio/onset")} == {"audio"}
    spectrum, waveform = stage.audio.picture()
    assert spectrum.max() > 0.1
    assert np.abs(waveform).max() > 0.4
    assert stage.audio.state().listening


def test_what_does_not_change_is_not_written_again(stage: Stage) -> None:
    stage.write("/audio/on", True)
    stage.play(np.zeros(HOP * 4))
    before = stage.bay.revision
    stage.play(np.zeros(HOP * 50))
    assert stage.bay.revision == before
    assert stage.heard() == dict.fromkeys(stage.heard(), 0.0)


def test_switching_off_closes_the_input_and_everything_is_silent(stage: Stage) -> None:
    stage.write("/audio/on", True)
    stage.play(tone(100.0))
    stage.write("/audio/on", False)
    assert stage.driver.streams[0].closed
    assert stage.heard() == dict.fromkeys(stage.heard(), 0.0)
    assert not stage.audio.picture()[0].any()
    assert stage.audio.turn() is None, "it waits until somebody wants it"
    assert stage.said() == []


def test_another_input_is_taken_by_a_part_of_its_name(stage: Stage) -> None:
    stage.write("/audio/on", True)
    stage.write("/audio/device", "mixer")
    assert [(s.name, s.closed) for s in stage.driver.streams] == [("Built-in", True), ("Mixer USB", False)]
    assert stage.audio.devices() == ("Built-in", "Mixer USB")


@pytest.mark.parametrize("how", ["the driver says so", "no sample comes"])
def test_an_input_that_goes_is_said_once_and_comes_back_by_itself(stage: Stage, how: str) -> None:
    stage.write("/audio/device", "mixer")
    stage.write("/audio/on", True)
    stage.play(tone(100.0))
    stage.driver.inputs = ["Built-in"]
    stage.driver.streams[-1].alive = how != "the driver says so"
    for _ in range(60):
        stage.clock.advance(0.25)
        stage.audio.turn()
    assert stage.driver.streams[-1].closed
    assert stage.heard()["low"] == 0.0
    assert stage.said() == ["The sound input Mixer USB is gone: it is looked for each second."]
    assert stage.audio.state().wrong
    stage.driver.inputs.append("Mixer USB")
    stage.clock.advance(TRY_EVERY)
    stage.audio.turn()
    assert stage.play(tone(100.0))[-1]["low"] > 0.8
    assert stage.said()[-1] == "Sound is heard again: Mixer USB."


def test_without_the_library_one_sentence_says_what_to_install_and_the_switch_goes_back(stage: Stage) -> None:
    stage.driver.missing = "Install it."
    stage.write("/audio/on", True)
    assert stage.bay.number("/audio/on") == 0.0
    stage.audio.turn()
    assert stage.audio.state().words == "Install it."
    assert stage.audio.state().wrong
    stage.write("/audio/on", True)
    assert stage.said() == ["Install it."]
    stage.driver.missing = ""
    stage.write("/audio/on", True)
    assert stage.audio.state().listening


def test_the_tab_hears_of_a_missing_library_before_anybody_switches_on(stage: Stage) -> None:
    stage.driver.missing = "Install it."
    stage.audio.look_around()
    stage.audio.turn()
    assert stage.audio.state().words == "Install it."
    assert stage.said() == []


def test_no_onset_is_lost_between_two_looks(stage: Stage) -> None:
    stage.write("/audio/on", True)
    stage.play(np.zeros(HOP * 20))
    click = np.zeros(HOP * 8)
    click[HOP * 2 : HOP * 2 + 80] = 0.8
    stage.driver.streams[-1].put(click[:, None].astype(np.float32))
    stage.clock.advance(0.1)
    stage.audio.turn()
    assert stage.heard()["onset"] == 1.0


def test_the_thread_listens_and_ends(stage: Stage) -> None:
    stage.audio.start()
    stage.audio.start()
    stage.bay.write([("/audio/on", True)], HAND)
    stage.audio.look()
    assert stage.driver.opened.wait(60.0)
    stage.audio.close()
    assert [stream.closed for stream in stage.driver.streams] == [True]
    assert "audio" not in {thread.name for thread in threading.enumerate()}


def test_a_ring_gives_what_was_put_in_order_and_after_a_stall_the_newest() -> None:
    ring = SampleRing()
    numbers = np.arange(200_000, dtype=np.float32)
    got: list[np.ndarray[Any, Any]] = []
    for start in range(0, 100_000, 700):
        ring.put(numbers[start : start + 700, None])
        while (hop := ring.take()) is not None:
            got.append(hop)
    together = np.concatenate(got)
    assert np.array_equal(together, numbers[: together.size])
    assert together.size > 99_000
    ring.put(numbers[:150_000, None])
    last = ring.take()
    assert last is not None
    assert last[-1] == 149_999.0
    assert ring.take() is None


def test_the_channels_are_mixed_into_one() -> None:
    ring = SampleRing()
    ring.put(np.stack([np.ones(HOP), np.zeros(HOP)], axis=1).astype(np.float32))
    hop = ring.take()
    assert hop is not None
    assert (hop == 0.5).all()


# -- what is not installed --------------------------------------------------------------------------------------------


def test_a_missing_extra_and_a_missing_portaudio_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    real = builtins.__import__

    def refusing(error: Exception) -> Callable[..., Any]:
        def imported(name: str, *args: Any, **more: Any) -> Any:
            if name == "sounddevice":
                raise error
            return real(name, *args, **more)

        return imported

    monkeypatch.setattr(builtins, "__import__", refusing(ModuleNotFoundError("sounddevice")))
    with pytest.raises(MissingLibraryError, match=r"latentjockey\[audio\]"):
        PortAudioBackend().devices()
    monkeypatch.setattr(builtins, "__import__", refusing(OSError("PortAudio library not found")))
    with pytest.raises(MissingLibraryError, match="libportaudio2"):
        PortAudioBackend().open("", lambda block: None)


class _Library:
    """What of sounddevice is used."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.anew = 0
        self.opened: dict[str, Any] = {}

    def _terminate(self) -> None:
        self.anew += 1

    def _initialize(self) -> None:
        self.anew += 1

    def query_devices(self, device: int | None = None, kind: str | None = None) -> Any:
        every = [
            {"name": "Speakers", "max_input_channels": 0, "default_samplerate": 48000.0},
            {"name": "Mixer USB", "max_input_channels": 6, "default_samplerate": 44100.0},
        ]
        return every if kind is None else every[1 if device is None else device]

    def InputStream(self, **how: Any) -> Any:  # noqa: N802
        if how["channels"] == 0:
            raise self.PortAudioError("no channels")
        self.opened = how
        return self

    samplerate = 44100.0
    active = True

    def start(self) -> None:
        self.opened["started"] = True


def test_portaudio_is_asked_for_two_channels_and_its_blocks_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    library = _Library()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    blocks: list[Block] = []
    backend = PortAudioBackend()
    assert backend.devices() == ("Mixer USB",)
    stream = backend.open("mixer", blocks.append)
    assert (stream.name, stream.rate, stream.alive) == ("Mixer USB", 44100.0, True)
    assert (library.opened["device"], library.opened["channels"], library.opened["started"]) == (1, 2, True)
    library.opened["callback"](np.zeros((4, 2), np.float32), 4, None, None)
    assert len(blocks) == 1
    assert library.anew == 2, "what was plugged in meanwhile is found"
    with pytest.raises(StageError, match="no sound input called harp"):
        backend.open("harp", blocks.append)
