"""The library of models for a window: what there is, from memory, so that nobody waits for a disk.

Every method returns at once and may be called from any thread; looking, copying and throwing away are done by the
keeper, reading what is brought by another one, because that may take minutes.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import replacing, safe_name
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.models import (
    album,
    clip_adding,
    diffusion_adding,
    foreign,
    library,
    lora_adding,
    trash,
    trust,
    trusting,
)
from latentjockey.models.album import Note, Picture
from latentjockey.models.clip_adding import is_a_clip, is_film
from latentjockey.models.diffusion_adding import is_diffusion_model
from latentjockey.models.library import Entry, Stamp
from latentjockey.models.lora_file import is_lora
from latentjockey.models.own_files import is_own
from latentjockey.models.pair import parts
from latentjockey.models.spec import ModelSpec
from latentjockey.session.keeper import Keeper

_CHUNK = 4 << 20
_MOST_OF_A_NAME = 99
_Key = tuple[str, Stamp]


class ModelShelf:
    """``models`` answers from memory, ``look`` has the folders looked at anew. ``playing`` tells which model plays;
    ``reader`` waits for checkpoints of other programs, the keeper where there is no other."""

    def __init__(
        self,
        keeper: Keeper,
        bay: Bay,
        playing: Callable[[], ModelSpec | None] = lambda: None,
        reader: Keeper | None = None,
        convert: Callable[[Path], str] = lambda film: "Films are made clips in the window.",
    ) -> None:
        self._keeper = keeper
        self._convert = convert
        self._reader = reader or keeper
        self._bay = bay
        self._playing = playing
        self._entries: tuple[Entry, ...] = ()
        self._notes: Mapping[str, Note] = {}
        self._pictures: dict[_Key, Picture | None] = {}
        self._asked: set[_Key] = set()
        self._album: Stamp = None
        self._reading = ""
        self._removed: trash.Removed | None = None
        self._looking = False
        self._lock = threading.Lock()

    def models(self) -> tuple[Entry, ...]:
        """What there was when last looked; the same object as long as nothing changed."""
        return self._entries

    def notes(self) -> Mapping[str, Note]:
        """When and how fast models played here, by name; the same object as long as nothing changed."""
        return self._notes

    def look(self) -> None:
        """Have the folders looked at soon."""
        with self._lock:
            if self._looking:
                return
            self._looking = True
        self._keeper.do(self._look)

    def folder(self) -> Path:
        """Where the player's own models lie."""
        return library.own_folder()

    def play(self, name: str, deck: str = "") -> None:
        """Let the model of this name play, on deck ``a`` or ``b`` alone where one is named."""
        self._bay.write([(f"/deck/{deck}/model" if deck else "/model", name)], HAND)

    def newer(self) -> bool:
        """Whether there was, when last looked, a newer file of the model that plays than the one that was loaded."""
        spec = self._playing()
        if spec is None or spec.file is None:
            return False
        now = next((e.stamp for e in self._entries if e.name == spec.name and e.stamp is not None), None)
        return now is not None and now[0] > spec.file[0]

    def picture(self, entry: Entry) -> Picture | None:
        """The small picture of a model; ``None`` while there is none, or it is being read, so ask again."""
        key = (entry.name, entry.stamp)
        with self._lock:
            if key in self._pictures or key in self._asked:
                return self._pictures.get(key)
            self._asked.add(key)
        self._keeper.do(lambda: self._read_picture(entry, key))
        return None

    def trust(self, entry: Entry) -> None:
        """Trust the code of a generator that somebody wrote, as it is now. Why that cannot be is told in the
        messages."""
        self._keeper.do(lambda: self._trust(entry))

    def bring(self, path: Path) -> None:
        """A model file comes in from outside: it is read, and when it can be played it is copied into the player's
        folder and plays. Why it cannot be is told in the messages, and nothing is copied then."""
        self._reader.do(lambda: self._bring(path))

    def reading(self) -> str:
        """The file that is being read before it is taken in; empty for none."""
        return self._reading

    def remove(self, entry: Entry) -> None:
        """Move a model of the player's to the trash; why it cannot be is told in the messages."""
        self._keeper.do(lambda: self._remove(entry))

    def removed(self) -> str:
        """What was removed last and can be brought back, by its title; empty for nothing."""
        removed = self._removed
        return "" if removed is None else removed.title

    def bring_back(self) -> None:
        """Take the last removal back."""
        self._keeper.do(self._bring_back)

    # -- on the keeper's thread, or the reader's ----------------------------------------------------------------------

    def _bring(self, path: Path) -> None:
        if is_own(path):
            self._bring_own(path)
            return
        if is_diffusion_model(path):
            self._bring_folder(path, diffusion_adding.add)
            return
        if is_a_clip(path):
            self._bring_folder(path, clip_adding.add)
            return
        if is_film(path):
            why = self._convert(path)
            if why:
                raise StageError(why)
            return
        if is_lora(path):
            self._bring_lora(path)
            return
        found = library.read(path)
        if not found.can_be_chosen:
            raise StageError(found.trouble)
        if found.unread or found.source is not None:
            self._reading = path.name
            try:
                library.converted(found)
            finally:
                self._reading = ""
        name = take(path)
        self.play(name)
        self._look()

    def _bring_folder(self, folder: Path, add: Callable[[Path], Path]) -> None:
        """A folder of a diffusion model or a clip: it is copied unless it lies there already, and plays."""
        here = next((e for e in library.entries() if e.place is not None and _same_place(e.place, folder)), None)
        entry = here or library.read(add(folder))
        self._look()
        if entry.spec is None:
            raise StageError(entry.trouble)
        self.play(entry.name)

    def _bring_lora(self, path: Path) -> None:
        """A LoRA: it is copied beside the diffusion model that plays, which is loaded anew with it."""
        spec = self._playing()
        playing = [] if spec is None else [library.find(name) for name in parts(spec.name)]
        beside = next((entry for entry in playing if entry is not None and lora_adding.takes_loras(entry)), None)
        if beside is None:
            raise StageError(f"{path.name} is a LoRA; let a diffusion model of your own play, and drop it then.")
        lora_adding.add(path, beside.name)
        self._look()
        self._bay.write([("/model/reload", 1)], HAND)  # what of it is not heard is said when the model begins anew

    def _bring_own(self, folder: Path) -> None:
        """A generator that somebody wrote: it is copied, and plays when its player trusts it."""
        here = next((e for e in library.entries() if e.place is not None and _same_place(e.place, folder)), None)
        entry = here or library.read(trusting.add(folder))
        self._look()
        if entry.spec is None:
            raise StageError(entry.trouble)
        self.play(entry.name)

    def _remove(self, entry: Entry) -> None:
        spec = self._playing()
        wanted = {*parts(str(self._bay.value("/model"))), *(parts(spec.name) if spec is not None else ())}
        if entry.name in wanted and not entry.trouble:
            raise StageError(f"{entry.title} plays now; let another model play before it is removed.")
        self._removed = trash.remove(entry)
        self._look()

    def _trust(self, entry: Entry) -> None:
        if entry.untrusted and entry.place is not None:
            trust.trust(entry.place)
            self._look()

    def _bring_back(self) -> None:
        removed, self._removed = self._removed, None
        if removed is not None:
            trash.bring_back(removed)
            self._look()

    def _look(self) -> None:
        with self._lock:
            self._looking = False
        entries = library.entries()
        changed = entries != self._entries
        if changed:
            self._entries = entries
        state = library.stamp(album.folder())
        if changed or state != self._album:
            self._album = state
            with self._lock:  # what had no picture may have one now
                self._pictures = {key: picture for key, picture in self._pictures.items() if picture is not None}
            known = {entry.name: album.note_of(entry) for entry in entries if not entry.trouble}
            self._notes = {name: note for name, note in known.items() if note is not album.NOTHING}

    def _read_picture(self, entry: Entry, key: _Key) -> None:
        picture = album.picture_of(entry)
        with self._lock:
            self._asked.discard(key)
            for old in [old for old in self._pictures if old[0] == entry.name]:
                del self._pictures[old]
            self._pictures[key] = picture


def take(path: Path) -> str:
    """Copy a model file into the player's folder, whole or not at all, unless the library has that very file; the name
    under which it plays. Waits for the disk. Raises StageError.

    A checkpoint of another program is copied as it is; what it was made into is found by its content.
    """
    known = library.entries()
    for entry in known:
        if entry.can_be_chosen and entry.place is not None and _same(entry.place, path):
            return entry.name
    stem, taken = safe_name(path.stem), {entry.name for entry in known}
    suffix = path.suffix.lower() if path.suffix.lower() in library.SUFFIXES else library.SUFFIX
    for n in range(1, _MOST_OF_A_NAME + 1):
        target = library.own_folder() / f"{stem if n == 1 else f'{stem} {n}'}{suffix}"
        if library.slug(target.stem) not in taken and not target.exists():
            break
    else:
        raise StageError(f"{_MOST_OF_A_NAME} models are called {stem}: give the file another name.")
    try:
        with path.open("rb") as source, replacing(target) as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{path.name} could not be copied to {target.parent}: {why}.") from error
    if foreign.known(path) is not None:
        with contextlib.suppress(foreign.ForeignFileError):
            foreign.convert(target)  # it has the content that was just read, and only that has to be seen
    return library.slug(target.stem)


def _same_place(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False


def _same(first: Path, second: Path) -> bool:
    """Whether two files hold the same bytes."""
    try:
        if first.samefile(second):
            return True
        if first.stat().st_size != second.stat().st_size:
            return False
        with first.open("rb") as one, second.open("rb") as other:
            while (chunk := one.read(_CHUNK)) == other.read(_CHUNK):
                if not chunk:
                    return True
    except OSError:
        return False
    return False
