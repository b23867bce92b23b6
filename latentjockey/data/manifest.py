"""Whose pictures they are, and what their classes are: the files that may lie beside pictures. Pure but for reading.

``sources.csv`` or ``sources.json`` name sources (name, author, licence, consent, url) with the path patterns of their
pictures; a CSV (``file,class``) or JSON names classes. They are written by people: a refusal names file and line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from latentjockey.data.dataset import DataError
from latentjockey.models.card import CONSENTS, MOST_SOURCES, UNDISCLOSED, Source

SOURCE_FILES = ("sources.csv", "sources.json")
LABEL_FILES = ("classes.csv", "labels.csv", "classes.json", "labels.json", "dataset.json")
_LARGEST_FILE = 256 << 20
_LONGEST_FIELD = 2000
_FILE_WORDS = ("file", "filename", "path", "image")
_CLASS_WORDS = ("class", "label")
# How people write it; the words of the states themselves are added below.
_CONSENT_WORDS = {
    "licensed": "licensed, not asked", "licenced": "licensed, not asked", "not asked": "licensed, not asked",
    "licensed-not-asked": "licensed, not asked", "licensed not asked": "licensed, not asked", "mine": "own",
    "unknown": UNDISCLOSED, "": UNDISCLOSED,
} | {word: word for word in CONSENTS}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A source and the pictures that are its: paths below the data set's folder, ``*`` and ``?`` standing for anything;
    a folder's name stands for all in it, an empty pattern for everything."""

    source: Source
    pattern: str = ""

    def covers(self, path: str) -> bool:
        """Whether ``path`` (with ``/``) is this source's."""
        pattern = self.pattern.strip().strip("/").removeprefix("./")
        return not pattern or pattern == path or path.startswith(f"{pattern}/") or fnmatchcase(path, pattern)


@dataclass(frozen=True, slots=True)
class Labels:
    """The class of each path as one file tells them; what it says besides is in ``notes``, a sentence each."""

    file: str
    by_path: Mapping[str, str]
    notes: tuple[str, ...] = ()


def consent(text: str, where: str) -> str:
    """One of :data:`CONSENTS` for how a person wrote it. Raises DataError that begins with ``where``."""
    word = _CONSENT_WORDS.get(" ".join(text.split()).casefold())
    if word is None:
        raise DataError(f"{where}: consent is one of {', '.join(repr(c) for c in CONSENTS)}, not {text[:40]!r}.")
    return word


def find_sources(folder: Path) -> Path | None:
    """The file in ``folder`` that names its sources. Raises DataError when there are two."""
    found = [folder / name for name in SOURCE_FILES if (folder / name).is_file()]
    if len(found) > 1:
        raise DataError(f"{folder} has both {' and '.join(SOURCE_FILES)}: keep one of them.")
    return found[0] if found else None


def read_sources(path: Path) -> list[Claim]:
    """The sources that ``path`` names, in its order: of two that cover a picture the first has it. Raises DataError."""
    rows: Sequence[Mapping[str, Any]]
    if path.suffix.lower() == ".json":
        value = _json(path)
        listed = value.get("sources") if isinstance(value, dict) else value
        if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
            raise DataError(f"{path.name} has no list of sources; docs/data.md shows one.")
        rows = listed
    else:
        rows, _ = _csv(path)
    claims = []
    for number, row in enumerate(rows, 1):
        where = f"{path.name}, source {number}"
        texts = {str(k).strip().casefold(): _word(v, where) for k, v in row.items() if k is not None and v is not None}
        name = texts.get("name", "")
        if not name:
            raise DataError(f"{where} has no name.")
        source = Source(
            name,
            texts.get("author") or UNDISCLOSED,
            texts.get("licence") or texts.get("license") or UNDISCLOSED,
            consent(texts.get("consent", ""), where),
            texts.get("url", ""),
        )
        claims.append(Claim(source, texts.get("path") or texts.get("pattern") or ""))
    if not claims or len(claims) > MOST_SOURCES:
        raise DataError(f"{path.name} names {len(claims)} sources; 1 to {MOST_SOURCES} are read.")
    return claims


def find_labels(folder: Path) -> Path | None:
    """The file in ``folder`` that names classes: known by its name, or the only one of that shape. Raises DataError."""
    known = [folder / name for name in LABEL_FILES if (folder / name).is_file()]
    if not known:
        others = [p for end in (".csv", ".json") for p in sorted(folder.glob(f"*{end}")) if p.name not in SOURCE_FILES]
        known = [path for path in others if _looks_like_labels(path)]
    if len(known) > 1:
        names = " and ".join(path.name for path in known)
        raise DataError(f"{folder} has {names}: name the one to use in place of the folder, or keep one of them.")
    return known[0] if known else None


def read_labels(path: Path) -> Labels | None:
    """The classes that ``path`` names; None for StyleGAN's ``{"labels": null}``. Raises DataError."""
    if path.suffix.lower() == ".csv":
        return _labels_of_csv(path)
    value = _json(path)
    if isinstance(value, dict) and "labels" in value:
        value = value["labels"]
        if value is None:
            return None
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, list) or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):
        raise DataError(f'{path.name} names no classes: write {{"a.png": "class"}} or StyleGAN\'s list of labels.')
    by_path: dict[str, str] = {}
    for name, label in pairs:
        if not isinstance(name, str) or not isinstance(label, str | int) or isinstance(label, bool):
            raise DataError(f"{path.name} gives {str(name)[:60]!r} no class: a class is one word or one whole number.")
        by_path.setdefault(_tidy(name), _word(label, path.name) or "unnamed")
    return Labels(path.name, by_path)


def natural(text: str) -> list[tuple[int, str, int]]:
    """A key that sorts words as people do: 2 before 10, without regard to case."""
    parts = re.split(r"(\d+)", text.casefold())
    return [(0, part, 0) if i % 2 == 0 else (1, "", int(part[:300])) for i, part in enumerate(parts)]


def source_for(claims: Sequence[Claim], path: str) -> int | None:
    """The number of the first claim that covers ``path``."""
    return next((i for i, claim in enumerate(claims) if claim.covers(path)), None)


def _labels_of_csv(path: Path) -> Labels:
    rows, columns = _csv(path)
    file = next((c for c in columns if c.strip().casefold() in _FILE_WORDS), None)
    kind = next((c for c in columns if c.strip().casefold() in _CLASS_WORDS), None)
    if file is None or kind is None:
        raise DataError(
            f"{path.name} begins with {', '.join(columns)[:100]}: its first line has to name file and class."
        )
    by_path: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        name, label = row.get(file), row.get(kind)
        if not name or not label or not label.strip():
            raise DataError(f"{path.name}, line {number} has no {'class' if name else 'file'}.")
        by_path.setdefault(_tidy(name), _word(label, path.name))
    others = [c for c in columns if c not in (file, kind)]
    notes = (f"{path.name} also has {', '.join(others)[:200]}: not used.",) if others else ()
    return Labels(path.name, by_path, notes)


def _looks_like_labels(path: Path) -> bool:
    try:
        if path.suffix == ".csv":
            _, columns = _csv(path)
            words = {column.strip().casefold() for column in columns}
            return bool(words & set(_FILE_WORDS)) and bool(words & set(_CLASS_WORDS))
        labels = read_labels(path)
    except DataError:
        return False
    return labels is None or bool(labels.by_path)


def _csv(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    """The rows below the first line, and its columns. Commas, semicolons or tabs, whichever the first line has."""
    try:
        text = _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8: save it again as UTF-8.") from error
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, restkey="", strict=True)
        rows = [row for row in reader if any(row.values())]
    except csv.Error as error:
        raise DataError(f"{path.name} is no CSV: {error}.") from error
    return rows, [column for column in reader.fieldnames or () if column]


def _json(path: Path) -> Any:
    try:
        return msgspec.json.decode(_bytes(path))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path.name} is no JSON: {str(error)[:100]}.") from error


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError(f"{path.name} is larger than {_LARGEST_FILE >> 20} MiB.")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _word(value: Any, where: str) -> str:
    text = " ".join(str(value).split()).encode("utf-8", "replace").decode()
    if len(text) > _LONGEST_FIELD:
        raise DataError(f"{where} has a word of {len(text)} letters.")
    return text


def _tidy(path: str) -> str:
    return path.strip().replace("\\", "/").removeprefix("./")
