"""Asks Node.js for drawings: installs the pinned packages once, then runs ``make.mjs`` on requests. Blocks; any thread.

What comes back is read with bounds and checked: packages are pinned to a version, but they are other people's code.
Install scripts of packages are not run.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import cache_dir
from latentjockey.recipes.portraits.styles import STYLES
from latentjockey.recipes.portraits.traits import Portrait, StyleParts, options

MOST_AT_ONCE = 500
LONGEST_LINE = 1 << 20
_SECONDS = 300
_OLDEST = 18
_FILES = ("package.json", "make.mjs")


class MakeError(StageError):
    """Why portraits cannot be made here; ``str()`` is one sentence."""


class Drawing(msgspec.Struct, frozen=True):
    """What a style drew: ``body`` is SVG in the units of ``view``, ``parts`` the parts that are in it by name."""

    index: int
    view: str
    body: str
    parts: dict[str, str]


def install() -> Path:
    """The folder in the cache that has the packages; they are installed when missing.

    Raises MakeError without Node.js 18 or npm, and when npm does not succeed.
    """
    node, npm = _program("node"), _program("npm")
    _check_version(_run([node, "--version"], None, 30))
    here = resources.files("latentjockey.recipes.portraits")
    texts = {name: (here / name).read_bytes() for name in _FILES}
    mark = hashlib.sha256(b"".join(texts.values())).hexdigest()[:16]
    folder = cache_dir() / "portraits" / mark
    if folder.is_dir():
        return folder
    part = folder.with_name(f".{secrets.token_hex(8)}.part")
    part.mkdir(parents=True)
    try:
        for name, text in texts.items():
            (part / name).write_bytes(text)
        _run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], part, _SECONDS)
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise somebody else was faster, and has the same
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def describe(folder: Path) -> dict[str, StyleParts]:
    """What the installed styles are made of, by name. Raises MakeError when they are not those of the credits."""
    text = _run([_program("node"), "make.mjs", "describe"], folder, 60)
    try:
        told = msgspec.json.decode(text, type=dict[str, StyleParts])
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise MakeError("The drawing packages say something else than expected about themselves.") from error
    check(told)
    return told


def check(told: Mapping[str, StyleParts]) -> None:
    """Compare designer, source and licence of each style with the credits. Raises MakeError."""
    for style in STYLES:
        said = told.get(style.name)
        if said is None:
            raise MakeError(f"{style.package} was not installed; delete the cache folder and try again.")
        if (said.title, said.creator, said.source, said.licence) != (
            style.work, style.designer, style.url, style.licence,
        ):  # fmt: skip
            raise MakeError(
                f"{style.package} names {said.title} by {said.creator} under {said.licence}, which is not what the "
                "credits say; no pictures are made of it."
            )
        if not all(said.parts.values()):
            raise MakeError(f"{style.package} has a part of which there is no drawing.")


def draw(folder: Path, portraits: Sequence[Portrait], told: Mapping[str, StyleParts]) -> list[Drawing]:
    """The drawings of at most :data:`MOST_AT_ONCE` portraits, in their order. Raises MakeError."""
    if len(portraits) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} portraits at once")
    text = _run([_program("node"), "make.mjs", "draw"], folder, _SECONDS, requests(portraits, told))
    return drawings(text.splitlines(), portraits)


def requests(portraits: Iterable[Portrait], told: Mapping[str, StyleParts]) -> bytes:
    """A JSON line for each portrait."""
    lines = (
        {"index": p.index, "style": p.style.name, "options": options(p, told[p.style.name])} for p in portraits
    )  # fmt: skip
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def drawings(lines: Sequence[bytes], portraits: Sequence[Portrait]) -> list[Drawing]:
    """The drawings in ``lines``, one for each portrait and in their order. Raises MakeError for anything else."""
    if len(lines) != len(portraits):
        raise MakeError(f"{len(portraits)} drawings were asked for and {len(lines)} came; try again.")
    made: list[Drawing] = []
    for line, portrait in zip(lines, portraits, strict=True):
        if len(line) > LONGEST_LINE:
            raise MakeError(f"A drawing of {portrait.style.package} is longer than {LONGEST_LINE >> 20} MiB.")
        try:
            drawing = msgspec.json.decode(line, type=Drawing)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise MakeError(f"A drawing of {portrait.style.package} cannot be understood.") from error
        if drawing.index != portrait.index:
            raise MakeError(f"A drawing of {portrait.style.package} came out of turn; try again.")
        made.append(drawing)
    return made


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MakeError(
            f"Portraits are put together by Node.js, and {name} is not on this machine: install Node.js {_OLDEST} or "
            "newer with npm, then start this again."
        )
    return found


def _check_version(text: bytes) -> None:
    major = text.decode(errors="replace").strip().lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < _OLDEST:
        raise MakeError(f"Node.js {_OLDEST} or newer is needed to put portraits together; this one is too old.")


def _run(command: list[str], folder: Path | None, seconds: float, sent: bytes = b"") -> bytes:
    name = Path(command[0]).stem
    try:
        done = subprocess.run(command, cwd=folder, input=sent, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise MakeError(f"{name} did not answer within {seconds:.0f} s; try again.") from error
    except OSError as error:
        raise MakeError(f"{name} cannot be started: {error.strerror}.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        words = next((line for line in said if "error" in line.lower()), said[-1] if said else "it does not say why")
        raise MakeError(f"{name} {command[1]} failed: {words[:200].rstrip('.')}.")
    return done.stdout
