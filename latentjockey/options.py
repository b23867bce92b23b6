"""What the command line asks for, as data. Nothing heavy is imported here: the window opens before anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_MODEL = "night-garden"
"""The model that plays where nobody asked for another: it came along with this program."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. ``sets`` are written before the first picture, in order; ``surfaces`` opens OSC
    and MIDI, ``take_eight`` lets the first knobs of an unknown controller take the eight knobs of a window; ``session``
    keeps a journal and the last position. ``opens`` sets a scene where nothing else was asked for, and lets the ghost
    begin when nobody touches it; ``simulate`` lets it play the whole surface for ever. ``sends`` are ways out to other
    programs that are on from the start, each with a name or an empty one."""

    model: str = DEFAULT_MODEL
    preset: str | None = None
    size: tuple[int, int] | None = None
    seed: str | None = None
    osc_in: tuple[str, int] | None = ("127.0.0.1", 9000)
    osc_out: tuple[str, int] | None = None
    midi: str | None = None
    midi_map: Path | None = None
    midi_api: str = ""
    record: Path | None = None
    sends: tuple[tuple[str, str], ...] = ()
    fps: float = 60.0
    standby: bool = True
    session: bool = True
    resume: bool = False
    surfaces: bool = True
    take_eight: bool = False
    opens: bool = False
    simulate: bool = False
    sets: tuple[tuple[str, str], ...] = field(default=())

    @property
    def fresh(self) -> bool:
        """Whether nobody said where to begin."""
        return self.preset is None and self.seed is None and not self.resume and not self.sets
