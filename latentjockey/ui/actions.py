"""What the window may ask of the application, as data and Protocols: calls that return at once. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.values import Value
from latentjockey.frames.chain import SlotStatus
from latentjockey.frames.trace import FrameTrace
from latentjockey.jobs.account import Report
from latentjockey.jobs.material import Material
from latentjockey.jobs.runs import TrainingRun
from latentjockey.jobs.wish import Wish
from latentjockey.mapping.event import Key
from latentjockey.mapping.rows import DeviceRow, Row
from latentjockey.mapping.table import MidiBinding
from latentjockey.models.album import Note
from latentjockey.models.card import ModelCard
from latentjockey.models.library import Entry
from latentjockey.modulation.audio import Hearing
from latentjockey.presets.store import StoredPreset
from latentjockey.session.rack import Seat
from latentjockey.session.shader_shelf import ShaderEntry
from latentjockey.session.shelf import PresetContent

if TYPE_CHECKING:  # nothing of it is needed for the first paint
    from latentjockey.jobs.clip_wish import ClipWish
    from latentjockey.jobs.clips_desk import Making
    from latentjockey.models.clip_folder import MadeOf

Picture = NDArray[np.uint8]
"""(height, width, 3) sRGB, row 0 at the top."""


class Previews(Protocol):
    """Small pictures that the engine makes in spare time."""

    def solo(self, deck: str) -> tuple[int, Picture] | None:
        """The newest picture of deck ``a`` or ``b`` alone, with a number that tells it from the one before."""
        ...

    def want_solo(self, on: bool) -> None:
        """Whether anybody looks at the solo pictures now."""
        ...

    def want(self, key: str, writes: Sequence[tuple[str, Value]]) -> None:
        """Ask for a picture of the values of now with these writes in them. A key asked for again is made anew."""
        ...

    def picture(self, key: str) -> Picture | None:
        """What was asked for under this key, once it is there."""
        ...


class Trace(Protocol):
    """How the frames came. Any thread."""

    def trace(self, now: int, seconds: float) -> FrameTrace:
        """The frames of the ``seconds`` before ``now`` ns of the machine's clock, and the latest latencies."""
        ...


class Shelf(Protocol):
    """The presets there are, from memory; every call returns at once."""

    def presets(self) -> tuple[StoredPreset, ...]:
        """What there was when last looked; the same object as long as nothing changed."""
        ...

    def look(self) -> None:
        """Have the folders looked at soon."""
        ...

    def playing(self) -> str:
        """The model that plays."""
        ...

    def content(self, preset: StoredPreset) -> PresetContent | None:
        """What a preset holds; ``None`` while it is being read, so ask again."""
        ...

    def delete(self, name: str) -> None:
        """Move a preset of the player's to the trash."""
        ...

    def undelete(self, name: str) -> None:
        """Bring back what was last deleted or saved over under this name."""
        ...


class Models(Protocol):
    """The library of models, from memory; every call returns at once."""

    def models(self) -> tuple[Entry, ...]:
        """What there was when last looked; the same object as long as nothing changed."""
        ...

    def look(self) -> None:
        """Have the folders looked at soon."""
        ...

    def folder(self) -> Path:
        """Where the player's own models lie."""
        ...

    def play(self, name: str, deck: str = "") -> None:
        """Let the model of this name play, on deck ``a`` or ``b`` alone where one is named."""
        ...

    def newer(self) -> bool:
        """Whether there was a newer file of the model that plays when last looked."""
        ...

    def bring(self, path: Path) -> None:
        """Take a model file of this machine into the library, and let it play."""
        ...

    def reading(self) -> str:
        """The file that is being read before it is taken in; empty for none."""
        ...

    def notes(self) -> Mapping[str, Note]:
        """When and how fast models played here, by name; the same object as long as nothing changed."""
        ...

    def picture(self, entry: Entry) -> Picture | None:
        """The small picture of a model, the same object as long as it stays; ``None`` while there is none: ask
        again."""
        ...

    def trust(self, entry: Entry) -> None:
        """Trust the code of a generator that somebody wrote, as it is now."""
        ...

    def remove(self, entry: Entry) -> None:
        """Move a model of the player's to the trash."""
        ...

    def removed(self) -> str:
        """What was removed last and can be brought back, by its title; empty for nothing."""
        ...

    def bring_back(self) -> None:
        """Take the last removal back."""
        ...


class Jobs(Protocol):
    """The one long job that may run beside the show, and what can be trained. Every call returns at once."""

    def start(self, wish: Wish) -> str:
        """Train; why not, in a sentence, or nothing."""
        ...

    def resume(self, run: TrainingRun, minutes: float) -> str:
        """Go on with a training for so many minutes more; why not, in a sentence, or nothing."""
        ...

    def stop(self) -> None:
        """Let it save and end."""
        ...

    def end_now(self) -> None:
        """End it on the spot; what it saved before is kept."""
        ...

    def report(self) -> Report | None:
        """How the job stands that runs or ran last; the same object as long as nothing happened."""
        ...

    def curves(self) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Losses by name: pictures seen (n,) and values (n,)."""
        ...

    def recipes(self) -> Sequence[str]:
        """Names of what can be drawn to learn from."""
        ...

    def look(self, data: str) -> None:
        """Have what lies at a path, or a recipe, looked through."""
        ...

    def material(self, data: str) -> Material | None:
        """What was found there; ``None`` until that is known."""
        ...

    def look_for_runs(self) -> None:
        """Have the trainings looked for that can go on."""
        ...

    def runs(self) -> Sequence[TrainingRun]:
        """What was found."""
        ...

    def missing(self, wish: Wish) -> str:
        """What is missing before this can start, in a sentence; empty for nothing."""
        ...


class Shaders(Protocol):
    """The shader library and the chain, from memory; every call returns at once."""

    def shaders(self) -> tuple[ShaderEntry, ...]:
        """What there was when last looked; the same object as long as nothing changed."""
        ...

    def look(self) -> None:
        """Have the folders looked at soon."""
        ...

    def folder(self) -> Path:
        """Where the player's own shaders lie."""
        ...

    def seats(self) -> Mapping[int, Seat]:
        """What stands in each slot 1..8."""
        ...

    def status(self) -> Mapping[int, SlotStatus]:
        """How the slots do where they are drawn; what nothing is known of is left out."""
        ...

    def bring(self, path: Path, slot: int = 0) -> None:
        """Take a shader file of this machine into the library and put it into a slot; 0 is the first that is free."""
        ...


class Mappings(Protocol):
    """Which message of which controller plays what, and learning it. Every call returns at once."""

    def rows(self) -> Sequence[Row]:
        """All bindings in use; a few times a second is often enough."""
        ...

    def last(self) -> str:
        """The newest message and its device, in words."""
        ...

    def mapped(self, address: str) -> str:
        """The messages that play this very address (``/deck/@/reach`` is another than ``/deck/a/reach``), in words."""
        ...

    def waiting(self) -> Mapping[str, float]:
        """Where a hardware knob waits to meet its control: the value at which it stands. Cheap; ask at each frame."""
        ...

    def arm(self, address: str, instead: Row | None = None) -> None:
        """Learn: the next knob or pad that is meant plays this address, which may be one that follows the focus.

        With ``instead`` it takes over from that row.
        """
        ...

    def disarm(self) -> None: ...

    def armed(self) -> str:
        """The address that is being learnt, empty for none."""
        ...

    def forget(self, address: str) -> None:
        """Drop what was learnt for this address."""
        ...

    def armed_row(self) -> Row | None:
        """The row for which another knob is being learnt."""
        ...

    def heard(self) -> tuple[str, Key, float] | None:
        """The device and the knob or pad that was heard last, and how many seconds ago."""
        ...

    def delete(self, row: Row) -> None: ...

    def change(self, row: Row, new: MidiBinding) -> None:
        """Put another binding in place of a row's."""
        ...

    def duplicate(self, row: Row) -> None:
        """Let its message play twice, so that one of the two can be given something else."""
        ...

    def undo_last(self) -> str:
        """Take the newest change back; in words what it was, empty when there is none."""
        ...

    def device_rows(self) -> Sequence[DeviceRow]:
        """All devices that were met."""
        ...

    def maps(self) -> Sequence[str]:
        """The names of all maps that a device can play by."""
        ...

    def choose_map(self, device: str, name: str) -> None:
        """Let a device play by a map; an empty name is the one that suits its own."""
        ...

    def choose_bank(self, device: str, bank: str) -> None: ...

    def add_bank(self, device: str) -> None: ...

    def reset(self, device: str) -> None:
        """Drop all that was learnt and changed for a device."""
        ...

    def take_in(self, path: str, device: str = "") -> None:
        """Take in a map file, and let a device play by it; reads the file elsewhere."""
        ...

    def export_map(self, device: str) -> str:
        """Write all that a device plays by to a file, and return its path; empty where nothing is kept."""
        ...


class Clips(Protocol):
    """What makes clips, one at a time. Every call returns at once."""

    def start(self, wish: ClipWish) -> str:
        """Make this clip; why not, in a sentence, or nothing."""
        ...

    def convert(self, film: Path) -> str:
        """Make a clip of a video file; why not, in a sentence, or nothing."""
        ...

    def stop(self) -> None:
        """Give it up; nothing of it is kept."""
        ...

    def making(self) -> Making | None:
        """The clip that is made or was made last; the same object as long as nothing happened."""
        ...

    def made_of(self, entry: Entry) -> MadeOf | None:
        """What a clip was made of; ``None`` while that is read, so ask again."""
        ...


class Sound(Protocol):
    """The sound input. Every call returns at once."""

    def state(self) -> Hearing:
        """How listening goes."""
        ...

    def devices(self) -> Sequence[str]:
        """The inputs there were when last looked for."""
        ...

    def look_around(self) -> None:
        """Have them looked for soon."""
        ...


@dataclass(frozen=True, slots=True)
class Actions:
    """``on_drop`` gets the path of a file dropped on the stage; ``presets`` names what can be recalled; ``osc_status``
    and ``midi_status`` are a few words for the top bar; ``off_loopback`` says whether other machines can reach this
    one; ``card`` is that of the model on a deck, or of all that plays where no deck is named; ``set_name`` is what is
    being played tonight; ``last_still`` is the picture with which the last session ended; ``trace`` says how the frames
    came, for the plots; ``later`` does what waits for the disk on another thread, in order; ``shelf`` is what the
    preset browser shows; ``on_drop_deck`` gets a deck's letter and what was dropped on it, a preset's name or the
    absolute path of a file; ``offer`` says whether the last session ended in a crash and may be offered back;
    ``mappings`` is the table of MIDI bindings; ``loop`` tells of a looping movement by its address: phase 0..1, length
    in beats, and whether it is being recorded; ``awaited`` is the beat that a press of an address waits for;
    ``shaders`` are the shader library and the chain; ``sound`` is the sound input; ``models`` is the library of
    models;
    ``inputs`` is the newest picture that came in (3, H, W) and its number;
    ``jobs`` is what trains; ``clips`` is what renders clips, and makes films clips.
    """

    on_drop: Callable[[str], None]
    presets: Callable[[], list[str]]
    osc_status: Callable[[], str]
    midi_status: Callable[[], str]
    off_loopback: bool = False
    card: Callable[[str], ModelCard | None] = lambda deck: None
    set_name: str = ""
    previews: Previews | None = None
    last_still: Path | None = None
    trace: Trace | None = None
    later: Callable[[Callable[[], None]], None] = lambda job: job()
    shelf: Shelf | None = None
    on_drop_deck: Callable[[str, str], None] = lambda deck, what: None
    offer: Callable[[], bool] = lambda: False
    mappings: Mappings | None = None
    shaders: Shaders | None = None
    sound: Sound | None = None
    jobs: Jobs | None = None
    clips: Clips | None = None
    models: Models | None = None
    inputs: Callable[[], tuple[int, Picture] | None] | None = None
    loop: Callable[[str], tuple[float, float, bool] | None] = lambda address: None
    awaited: Callable[[str], float | None] = lambda address: None
