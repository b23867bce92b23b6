"""The library of models: the built-in ones, those that came along, and the player's own. Any thread or process.

What is on the disk is the library: nothing is registered anywhere, so the show and its engine find the same models by
the same name. Folders are looked at in order, and of two models of one name the first counts. Files are met as if a
stranger wrote them: only their header is read here, and one that cannot be used is listed with the reason. A checkpoint
of another program is listed as what it was made into, or as not read yet: only :func:`get` has one read, and waits.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import data_dir
from latentjockey.models import foreign, found_directions
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.card import ModelCard
from latentjockey.models.clip_folder import ClipError, is_clip, read_clip
from latentjockey.models.clip_spec import FAMILY as CLIP
from latentjockey.models.clip_spec import clip_spec
from latentjockey.models.container import ContainerError, read_header
from latentjockey.models.diffusion_folder import DiffusionFolderError, is_diffusion
from latentjockey.models.diffusion_spec import FAMILIES as DIFFUSION_FAMILIES
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.models.header import KEY, BrokenError, ForeignError
from latentjockey.models.kinds import family_in, spec_in
from latentjockey.models.own_files import WORDS, OwnFile, OwnFilesError, files_in, is_own, text_of
from latentjockey.models.own_spec import own_spec
from latentjockey.models.pair import pair, parts
from latentjockey.models.spec import ModelSpec
from latentjockey.models.trust import Trust
from latentjockey.models.trust import sentence as not_trusted
from latentjockey.models.trust import state as trust_in
from latentjockey.models.video_folder import FAMILY as VIDEO
from latentjockey.models.video_folder import is_video, read_video, renders

SUFFIX = ".safetensors"
SUFFIXES = (SUFFIX, *foreign.SUFFIXES)
"""What files of models are called: ours, and checkpoints of other programs. What is in them is another matter."""
FOLDERS_VARIABLE = "LATENTJOCKEY_MODELS"
"""Names more folders of models in the environment, as PATH does. ``--models`` sets it, and engines inherit it."""

BUILT_IN, CAME_ALONG, OWN = "built in", "bundled", "own"
OWN_CODE = "own code"
"""The family of generators that somebody wrote in Python."""
_BUNDLED = Path(__file__).parent / "bundled"
_MOST_FILES = 2000


Stamp = tuple[int, int, int] | None


class NoModelError(StageError):
    """A name that no usable model has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the library. ``name`` is its id: what presets, OSC and the command line call it; ``origin`` is one of
    ``built in``, ``bundled`` and ``own``. Either ``spec`` is there, or ``trouble`` says, in a sentence, why not, or it
    is ``unread``: a checkpoint of another program that becomes a model, or a trouble, when it is first played. ``path``
    is the file that is played; ``source`` the checkpoint that it was made of, where it was; ``bytes`` is how large the
    player's file is, ``file`` the state of one that is unread. The built-in ones have none. ``family`` is what kind of
    network it is, for people; empty where that is not known. A generator that somebody wrote is a folder: it is
    ``untrusted``, with its trouble, until its player trusts its code (:mod:`.trust`). A video model ``renders`` clips
    in a process of its own, and its trouble says so: it is no model that a deck plays."""

    name: str
    title: str
    origin: str
    spec: ModelSpec | None = None
    path: Path | None = None
    bytes: int = 0
    trouble: str = ""
    unread: bool = False
    source: Path | None = None
    file: Stamp = None
    family: str = ""
    untrusted: bool = False
    renders: bool = False

    @property
    def stamp(self) -> Stamp:
        """The state of the player's file when it was looked at."""
        return self.file if self.spec is None else self.spec.file

    @property
    def place(self) -> Path | None:
        """The player's file, which a model of ours or a checkpoint may be."""
        return self.source or self.path

    @property
    def can_be_chosen(self) -> bool:
        """Whether it plays, or may turn out to."""
        return self.spec is not None or self.unread

    @property
    def card(self) -> ModelCard:
        """Where it comes from; what is not known says so."""
        return self.spec.card if self.spec is not None else ModelCard(self.title)


def own_folder() -> Path:
    """Where the player's own models lie. May be missing."""
    return data_dir() / "models"


def folders() -> tuple[tuple[Path, str], ...]:
    """Where models are looked for, each with the origin of what lies there; the first that knows a name has it, so the
    player's own hide those that came along."""
    more = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    return (*((Path(folder).absolute(), OWN) for folder in more if folder), (own_folder(), OWN), (_BUNDLED, CAME_ALONG))


def entries() -> tuple[Entry, ...]:
    """Every model there is, in the order of a list to choose from: bundled, own, built-in, then what cannot be played,
    each group by title. Reads headers that are new."""
    order = (CAME_ALONG, OWN, BUILT_IN)
    return tuple(
        sorted(_found(folders()), key=lambda e: (bool(e.trouble), order.index(e.origin), e.title.casefold(), e.name))
    )


def find(name: str) -> Entry | None:
    """The usable model called ``name``, or ``None``."""
    if name in BUILTIN:
        return _built_in(name)
    return next((entry for entry in _found(folders()) if entry.name == name and entry.spec is not None), None)


def get(name: str) -> Entry:
    """The same, a checkpoint of another program having been read, which may take minutes: not for the show's threads.

    Raises NoModelError, in one sentence, where there is none, or none that can be used.
    """
    found = find(name)
    if found is not None and found.source is None:
        return _with_directions(found, wait=True)
    for entry in _found(folders()):
        if entry.name == name:
            if not entry.can_be_chosen:
                raise NoModelError(entry.trouble)
            return converted(entry)
    usable = [entry.name for entry in entries() if entry.spec is not None]
    raise NoModelError(f"There is no model {name[:60]!r}; there are {_listed(usable)}.")


def converted(entry: Entry) -> Entry:
    """A checkpoint of another program as the model that it is made into, now where it was not yet; any other entry as
    it is. Waits. Raises NoModelError, in one sentence, where it cannot be used."""
    checkpoint = entry.source or (entry.path if entry.unread else None)
    if checkpoint is None:
        return entry
    try:
        foreign.convert(checkpoint)
    except foreign.ForeignFileError as error:
        raise NoModelError(str(error)) from error
    found = read(checkpoint, entry.origin)
    if found.spec is None:
        raise NoModelError(found.trouble or f"{checkpoint.name} was changed while it was read; try again.")
    return found


def spec_of(name: str) -> ModelSpec | None:
    """The spec of the model called ``name``, or of the pair, or ``None``."""
    specs = [None if found is None else found.spec for found in map(find, dict.fromkeys(parts(name)))]
    a, b = specs[0], specs[-1]
    if a is None or b is None:
        return None
    return a if a is b else pair(a, b)


def read(path: Path, origin: str = OWN) -> Entry:
    """What the file at ``path`` holds, or the folder of a generator that somebody wrote, of a clip or of a diffusion
    model, as a model. Never raises: what is wrong stands in ``trouble``."""
    if is_own(path):
        return _read_own(path, origin)
    if is_clip(path):
        return _read_clip(path, origin)
    if is_diffusion(path):
        return _read_video(path, origin) if is_video(path) else _read_diffusion(path, origin)
    if _never_ends(path):
        why = f"{path.name} is no file: a pipe or a device of that name cannot be a model; remove it."
        return Entry(slug(path.stem), path.stem, origin, path=path, trouble=why)
    entry = _read(path, origin, stamp(path))
    return _with_directions(_read_foreign(path, origin, foreign.state(path)) if entry.unread else entry)


def _with_directions(entry: Entry, *, wait: bool = False) -> Entry:
    """The entry with the directions that were found for its model, where it brings none."""
    if entry.spec is None or entry.path is None or entry.path.is_dir():
        return entry
    spec = found_directions.told(entry.spec, entry.path, entry.source, wait=wait)
    return entry if spec is entry.spec else replace(entry, spec=spec)


def stamp(path: Path) -> Stamp:
    """What tells one state of a file from the next; ``None`` where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def slug(stem: str) -> str:
    """The id of a model in a file of this name: small letters, digits, ``-`` and ``_``; never empty."""
    return re.sub(r"[^\w-]+", "-", stem.lower()).strip("-") or "unnamed"


def _found(places: Sequence[tuple[Path, str]]) -> Iterator[Entry]:
    taken = set(BUILTIN)
    yield from (_built_in(name) for name in BUILTIN)
    seen: set[Path] = set()
    for folder, origin in places:
        if folder in seen:
            continue
        seen.add(folder)
        for path in _files(folder):
            entry = read(path, origin)
            if entry.name in taken:
                yield _shadowed(entry)
                continue
            if not entry.trouble:  # what cannot be played hides nothing
                taken.add(entry.name)
            yield entry


def _files(folder: Path) -> list[Path]:
    """Files that may be models, and folders of generators that somebody wrote, of clips and of diffusion models, by
    name; none where there is no such folder."""
    try:
        seen = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    found = [path for path in seen if path.suffix.lower() in SUFFIXES or _is_folder_of_one(path)]
    return sorted(found, key=lambda path: path.name.lower())[:_MOST_FILES]


def _is_folder_of_one(path: Path) -> bool:
    return is_own(path) or is_clip(path) or is_diffusion(path)


@lru_cache(maxsize=4096)
def _read(path: Path, origin: str, state: Stamp) -> Entry:
    name, bytes_ = slug(path.stem), 0 if state is None else state[1]
    try:
        tensors, metadata = read_header(path)
        spec, title = spec_in(name, tensors, metadata)
        family = family_in(metadata)
    except ContainerError as error:
        if path.suffix.lower() != SUFFIX or _is_another(path):
            return Entry(name, path.stem, origin, path=path, bytes=bytes_, unread=True)
        return Entry(name, path.stem, origin, path=path, bytes=bytes_, trouble=str(error))
    except (ForeignError, BrokenError) as error:
        if KEY not in metadata:
            return Entry(name, path.stem, origin, path=path, bytes=bytes_, unread=True)
        why = f"{path.name} cannot be played: {error}."
        return Entry(name, path.stem, origin, path=path, bytes=bytes_, trouble=why)
    return Entry(name, title, origin, replace(spec, file=state), path, bytes_, family=family)


@lru_cache(maxsize=4096)
def _read_foreign(path: Path, origin: str, state: tuple[Stamp, ...]) -> Entry:
    name, bytes_ = slug(path.stem), 0 if state[0] is None else state[0][1]
    known = foreign.known(path)
    unread = Entry(name, path.stem, origin, path=path, bytes=bytes_, unread=True, file=state[0])
    if known is None:
        return unread
    if known.model is None:
        return Entry(name, path.stem, origin, path=path, bytes=bytes_, trouble=known.refused)
    made = _read(known.model, origin, stamp(known.model))
    if made.spec is None:  # damaged since: it is made again when it is next played
        return unread
    spec = replace(made.spec, name=name, file=state[0])
    title = path.stem if made.title == made.name else made.title
    return Entry(name, title, origin, spec, known.model, bytes_, source=path, family=made.family)


def _read_own(folder: Path, origin: str) -> Entry:
    """The generator in a folder; nothing of it is run."""
    name = slug(folder.name)
    try:
        files = files_in(folder)
        how = trust_in(folder)
        spec, title = _own_words(folder, name, files)
    except OwnFilesError as error:
        return Entry(name, folder.name, origin, path=folder, trouble=str(error), family=OWN_CODE)
    except BrokenError as error:
        why = f"{folder.name} cannot be played: {error}."
        return Entry(name, folder.name, origin, path=folder, trouble=why, family=OWN_CODE)
    size = sum(file.bytes for file in files)
    digest = hashlib.sha256(repr(files).encode()).digest()
    state = max(file.stamp[0] for file in files), size, int.from_bytes(digest[:7], "big")
    told = Entry(name, title, origin, path=folder, bytes=size, file=state, family=OWN_CODE)
    if how is Trust.TRUSTED:
        return replace(told, spec=replace(spec, file=state))
    return replace(told, trouble=not_trusted(name, how), untrusted=True)


def _read_clip(folder: Path, origin: str) -> Entry:
    """The clip in a folder, by its manifest alone."""
    name = slug(folder.name)
    try:
        clip = read_clip(folder)
    except ClipError as error:
        return Entry(name, folder.name, origin, path=folder, trouble=str(error), family=CLIP)
    return Entry(name, clip.title, origin, clip_spec(clip, name), folder, clip.bytes, file=clip.stamp, family=CLIP)


def _read_diffusion(folder: Path, origin: str) -> Entry:
    """The diffusion model in a folder, by its configs alone."""
    name = slug(folder.name)
    try:
        spec, shape = diffusion_spec(folder, name)
    except DiffusionFolderError as error:
        return Entry(name, folder.name, origin, path=folder, trouble=str(error), family="diffusion")
    size = 0 if spec.file is None else spec.file[1]
    family = DIFFUSION_FAMILIES[shape.family]
    return Entry(name, spec.card.name, origin, spec, folder, size, file=spec.file, family=family)


def _read_video(folder: Path, origin: str) -> Entry:
    """The video model in a folder, by its configs alone."""
    name = slug(folder.name)
    try:
        held = read_video(folder)
    except DiffusionFolderError as error:
        return Entry(name, folder.name, origin, path=folder, trouble=str(error), family=VIDEO)
    return Entry(
        name, folder.name, origin, None, folder, held.bytes, renders(folder.name, name), file=held.stamp,
        family=held.family.title, renders=True,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _own_words(folder: Path, name: str, files: tuple[OwnFile, ...]) -> tuple[ModelSpec, str]:
    """What the generator's own words say, in this state of its ``files``."""
    return own_spec(name, text_of(folder, WORDS))


def _never_ends(path: Path) -> bool:
    """Whether this is something whose reading might wait for ever, such as a pipe that an archive brought."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (S_ISREG(kind) or S_ISDIR(kind))


def _is_another(path: Path) -> bool:
    """Whether a file that is called like ours begins as a pickle or an archive."""
    try:
        with path.open("rb") as file:
            return file.read(2) in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
    except OSError:
        return False


@cache
def _built_in(name: str) -> Entry:
    spec = BUILTIN[name]
    return Entry(name, spec.card.name, BUILT_IN, spec, family="built in" if name == "testcard" else "CPPN")


def _shadowed(entry: Entry) -> Entry:
    path = entry.source or entry.path
    file = path.name if path is not None else entry.name
    why = f"{file} is not played: another model is called {entry.name} already; give the file another name."
    return Entry(entry.name, entry.title, entry.origin, None, path, entry.bytes, why)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"
