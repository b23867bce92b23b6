"""Checkpoints of other programs: read once by a child process, kept as models of ours, and found again. Any thread.

``convert`` waits: for a child that may take neither more memory nor more time than it is given, and for the disk. It is
for engines, jobs and the command line. ``known`` and what else is here looks at a few small files only.

In the cache's folder ``foreign``: for each content that was read, by its SHA-256 and by the version of what converts,
the model and a note of what became of it, with the hash of the model; for each path, which content it had when last
read. All of it may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from latentjockey import __version__
from latentjockey.base.children import findable
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import cache_dir, write_atomic
from latentjockey.base.platform import MUCH, Family, end_at_once

SUFFIXES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt", ".tar", ".zip", ".onnx")
"""What checkpoints of other programs are called; what is in a file is another matter, and decides."""

SECONDS = 300.0
"""How long a child may take; the slowest machines convert the largest generators in a tenth of it."""
_ROOM = 2 << 30
_TIMES = 5
"""A child may take this much memory, and so many times its file: what is read, what becomes of it, and both again."""

SEEN = "seen"
"""The folder, within ours, of the notes which content a file had."""
_NOTE = ".json"
_SUM = re.compile(r"[0-9a-f]{64}")
_CHUNK = 4 << 20
_LONGEST_NOTE = 1 << 16
_FAMILY: list[Family] = []
_Note = TypeVar("_Note")


class ForeignFileError(StageError):
    """A file of another program that cannot be used; ``str()`` is a sentence that names it."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one content: the ``model``'s file name within the folder, its hash ``result``, the ``form`` and
    ``family``; or why it was ``refused``, the end of a sentence. Not ``lasting`` is what another try might change."""

    sha256: str
    model: str = ""
    result: str = ""
    form: str = ""
    family: str = ""
    refused: str = ""
    lasting: bool = True


class Seen(msgspec.Struct, frozen=True):
    """Which content the file at ``path`` had, in the state that its stamp tells."""

    path: str
    stamp: tuple[int, int, int]
    sha256: str


@cache
def version() -> str:
    """Of reader and families together, 8 characters: another when any of their code is, so that files are read anew."""
    digest = hashlib.sha256(__version__.encode())
    for package in ("reading", "families"):
        for path in sorted((Path(__file__).parent / package).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a file: the ``model`` it was made into, or why it was ``refused``, a sentence."""

    outcome: Outcome
    model: Path | None = None
    refused: str = ""


def folder() -> Path:
    """Where everything is kept. May be missing."""
    return cache_dir() / "foreign"


def known(path: Path, asked: Mapping[str, Any] | None = None) -> Known | None:
    """What became of the file at ``path`` as it is now, or ``None`` where it was not read yet, or would be read anew.

    The model's hash is compared by :func:`convert` only.
    """
    stamp = _stamp(path)
    if stamp is None:
        return None
    seen = _noted(_seen_at(path), Seen)
    if seen is None or seen.stamp != stamp or seen.path != str(path.absolute()):
        return None
    outcome = _noted(_outcome_at(seen.sha256, asked), Outcome)
    if outcome is None or outcome.sha256 != seen.sha256:
        return None
    if outcome.refused:
        return Known(outcome, refused=refusal(path, outcome.refused))
    model = folder() / Path(outcome.model).name
    return Known(outcome, model) if outcome.model and model.is_file() else None


def state(path: Path) -> tuple[tuple[int, int, int] | None, ...]:
    """Tells one answer of :func:`known` from the next, at the price of three looks at the disk."""
    at = _seen_at(path)
    seen = _noted(at, Seen)
    there = _stamp(_outcome_at(seen.sha256, None)) if seen is not None else None
    return _stamp(path), _stamp(at), there


def convert(path: Path, asked: Mapping[str, Any] | None = None, *, anew: bool = False) -> Path:
    """The model that the file at ``path`` was made into, made now where there is none, or none that is whole.

    ``asked`` is what a person said of it where the file does not say it itself. ``anew`` reads it whatever is known.
    Raises ForeignFileError, in one sentence, where it cannot be used. Waits, up to some minutes for a large file.
    """
    before = None if anew else known(path, asked)
    if before is None or (before.model is not None and not _whole(before.model, before.outcome.result)):
        before = _converted(path, asked or {}, anew=anew)
    if before.model is None:
        raise ForeignFileError(before.refused)
    used(before.model)
    return before.model


def used(model: Path) -> None:
    """Note that a converted ``model`` is in use now, so that it is not pruned soon. Never raises."""
    with contextlib.suppress(OSError):
        os.utime(model.with_suffix(_NOTE))


def forget(path: Path) -> None:
    """Drop what the file at ``path`` was made into, unless another file is known to have the same content."""
    at = _seen_at(path)
    seen = _noted(at, Seen)
    with contextlib.suppress(OSError):
        at.unlink()
    if seen is None or any(other.sha256 == seen.sha256 and stands(other) for other in all_seen().values()):
        return
    for made in folder().glob(f"{seen.sha256}-*"):
        with contextlib.suppress(OSError):
            made.unlink()


def all_seen() -> dict[Path, Seen]:
    """Every note of which content a file had, by where it lies."""
    try:
        notes = [path for path in (folder() / SEEN).iterdir() if path.suffix == _NOTE]
    except OSError:
        return {}
    found = {path: _noted(path, Seen) for path in notes}
    return {path: seen for path, seen in found.items() if seen is not None and _SUM.fullmatch(seen.sha256)}


def stands(seen: Seen) -> bool:
    """Whether the file is still there, in the state that it was seen in."""
    return _stamp(Path(seen.path)) == seen.stamp


def examine(path: Path, asked: Mapping[str, Any] | None = None) -> Outcome:
    """What the file at ``path`` is, read anew as loading would. Raises ForeignFileError like :func:`convert`."""
    found = _converted(path, asked or {}, anew=True)
    if found.refused:
        raise ForeignFileError(found.refused)
    return found.outcome


def refusal(path: Path, why: str) -> str:
    """The whole sentence."""
    return f"{path.name} cannot be used: {why.rstrip('.')}."


# -- reading ----------------------------------------------------------------------------------------------------------


def _converted(path: Path, asked: Mapping[str, Any], *, anew: bool) -> Known:
    stamp = _stamp(path)
    if stamp is None or not path.is_file():
        raise ForeignFileError(f"There is no file {path}.")
    try:
        sha256 = _sum(path)
    except OSError as error:
        raise ForeignFileError(refusal(path, f"it cannot be read ({_why(error)})")) from error
    outcome = None if anew else _noted(_outcome_at(sha256, asked), Outcome)
    model = None if outcome is None else folder() / Path(outcome.model).name
    if outcome is None or not (outcome.refused or (model is not None and _whole(model, outcome.result))):
        outcome = _by_a_child(path, sha256, stamp[1], asked)
    try:
        if outcome.lasting:
            write_atomic(_outcome_at(sha256, asked), msgspec.json.encode(outcome))
            write_atomic(_seen_at(path), msgspec.json.encode(Seen(str(path.absolute()), stamp, sha256)))
    except OSError as error:
        raise ForeignFileError(f"{path.name} cannot be kept in {folder()}: {_why(error)}.") from error
    if outcome.refused:
        return Known(outcome, refused=refusal(path, outcome.refused))
    return Known(outcome, folder() / outcome.model)


def _by_a_child(path: Path, sha256: str, size: int, asked: Mapping[str, Any]) -> Outcome:
    """What a child makes of the file. Raises ForeignFileError only where it wrote, and what it wrote is gone."""
    model = _outcome_at(sha256, asked).with_suffix(".safetensors")
    request = {
        "path": str(path.absolute()),
        "into": str(model),
        "asked": dict(asked),
        "memory": _ROOM + _TIMES * size,
        "seconds": SECONDS,
    }
    try:
        model.parent.mkdir(parents=True, exist_ok=True)
        said, ended = _run(json.dumps(request).encode())
    except (OSError, ValueError) as error:
        return Outcome(sha256, refused=f"no process could be started to read it ({_why(error)})", lasting=False)
    except subprocess.TimeoutExpired:
        why = f"reading it took longer than {SECONDS:.0f} s; try again when this machine has less to do"
        return Outcome(sha256, refused=why, lasting=False)
    try:
        outcome = msgspec.json.decode(said, type=Outcome)
    except msgspec.MsgspecError:
        why = f"the process that read it ended ({_ending(ended)}); it needs more memory than is free, or is damaged"
        return Outcome(sha256, refused=why, lasting=False)
    if outcome.refused:
        return Outcome(sha256, refused=outcome.refused, form=outcome.form, lasting=outcome.lasting)
    if outcome.sha256 != sha256:
        return Outcome(sha256, refused="it was written to while it was read; try again", lasting=False)
    try:
        return Outcome(sha256, model.name, _sum(model), outcome.form, outcome.family)
    except OSError as error:
        raise ForeignFileError(f"{path.name} cannot be kept in {folder()}: {_why(error)}.") from error


def _run(request: bytes) -> tuple[bytes, int]:
    """What the child said, and its exit code. Raises OSError, and TimeoutExpired when it was ended."""
    if not _FAMILY:
        _FAMILY.append(Family())
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "latentjockey.models.convert_child", str(os.getpid())]
    process = _FAMILY[0].start(command, findable(one_thread), yielding=MUCH)
    try:
        said, _ = process.communicate(request, timeout=SECONDS)
    finally:
        end_at_once(process)
        process.communicate()
    return said[:_LONGEST_NOTE], process.returncode


# -- notes ------------------------------------------------------------------------------------------------------------


def _seen_at(path: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
    return folder() / SEEN / f"{digest[:40]}{_NOTE}"


def _outcome_at(sha256: str, asked: Mapping[str, Any] | None) -> Path:
    said = json.dumps(asked, sort_keys=True).encode() if asked else b""
    more = f"-{hashlib.sha256(said).hexdigest()[:12]}" if said else ""
    return folder() / f"{sha256}-{version()}{more}.json"


def _noted(path: Path, kind: type[_Note]) -> _Note | None:
    """What a note says; ``None`` where there is none, or none that can be understood."""
    try:
        if path.stat().st_size > _LONGEST_NOTE:
            return None
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _whole(path: Path, sha256: str) -> bool:
    try:
        return _sum(path) == sha256
    except OSError:
        return False


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _why(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return (said or str(error)).lower()
