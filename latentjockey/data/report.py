"""Reports of data sets in words, for the terminal: what came of preparing, and what a packed file holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from latentjockey.data.dataset import WITHDRAWN, Dataset
from latentjockey.data.prepare import Report
from latentjockey.models.card import Source

_SHOWN = 12


def prepared(report: Report, *, every: bool = False) -> list[str]:
    """What became of the files, as lines; ``every`` names all that the report names, otherwise the first dozen."""
    lines = [f"{report.kept} pictures of {report.size}×{report.size} from {report.files} files."]
    low, middle, high = report.shorter_sides
    if high:
        span = f"{low} pixels" if low == high else f"{low} to {high} pixels, half of them up to {middle}"
        lines.append(f"Shorter sides were {span}.")
    if report.enlarged:
        lines.append(f"{report.enlarged} were smaller than {report.size} and had to be enlarged.")
    if report.moving:
        lines.append(f"{report.moving} move: their first frame was taken.")
    if report.withdrawn:
        lines.append(f"{report.withdrawn} are of withdrawn sources and were not opened.")
    lines += report.notes
    done = "left out" if report.deduped else "kept"
    lines += _named(f"exactly the same as another, {done}", report.same, _pairs(report.duplicates), every)
    lines += _named(f"nearly the same as another, {done}", report.near, _pairs(report.near_duplicates), every)
    lost = report.too_small + report.unreadable
    words = f"left out: {report.unreadable} cannot be used, {report.too_small} are too small"
    return lines + _named(words, lost, report.left_out, every)


def classes(counts: Mapping[str, int]) -> list[str]:
    """How many pictures each class has, as lines with bars."""
    most = max(counts.values(), default=1)
    wide = min(40, max((len(name) for name in counts), default=0))
    return [f"  {name[:40]:<{wide}}  {n:>7}  {'█' * max(1, round(24 * n / most))}" for name, n in counts.items()]


def sources(listed: Sequence[Source]) -> list[str]:
    """Whose pictures they are, as two lines each."""
    lines = []
    for source in listed:
        withdrawn = ", not used" if source.consent == WITHDRAWN else ""
        lines.append(f"  {source.name}: {source.images} pictures{withdrawn}, by {source.author}")
        url = f", {source.url}" if source.url else ""
        lines.append(f"    consent: {source.consent} · licence: {source.licence}{url}")
    return lines


def described(dataset: Dataset, made: Mapping[str, Any], *, every: bool = False) -> list[str]:
    """A data set as lines; ``made`` is the report kept in a packed file, or nothing."""
    lines = [f"{dataset.name}: {len(dataset)} pictures of {dataset.size}×{dataset.size}", "", "Classes"]
    lines += classes(class_counts(dataset))
    lines += ["", "Sources", *sources(dataset.sources)]
    if dataset.parts:
        lines += ["", "Parts", *(f"  {_part(dataset, name)}" for name in dataset.parts)]
    report = report_from(made)
    if report is not None:
        lines += ["", "How it was made", *(f"  {line}" for line in prepared(report, every=every))]
    return lines


def as_data(dataset: Dataset, made: Mapping[str, Any]) -> dict[str, Any]:
    """The same as plain data, for other programs."""
    return {
        "name": dataset.name,
        "size": dataset.size,
        "pictures": len(dataset),
        "classes": class_counts(dataset),
        "sources": msgspec.to_builtins(dataset.sources),
        "parts": {name: list(dataset.part_values.get(name, ())) for name in dataset.parts},
        "made": dict(made),
    }


def class_counts(dataset: Dataset) -> dict[str, int]:
    """How many pictures each class has."""
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    return {name: int(n) for name, n in zip(dataset.classes, counts, strict=True)}


def report_from(made: Mapping[str, Any]) -> Report | None:
    """The report that a packed file keeps; None where there is none, or it is of another kind."""
    try:
        return msgspec.convert(made, Report) if made else None
    except msgspec.ValidationError:
        return None


def _part(dataset: Dataset, name: str) -> str:
    words = dataset.part_values.get(name)
    if words:
        return f"{name}: {len(words)} kinds: {', '.join(words[:8])}{' …' if len(words) > 8 else ''}"
    values = dataset.parts[name]
    return f"{name}: {values.min():.4g} to {values.max():.4g}"


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name} is {other}" for name, other in pairs]


def _named(what: str, count: int, names: Sequence[str], every: bool) -> list[str]:
    if not count:
        return []
    shown = names if every else names[:_SHOWN]
    more = count - len(shown)
    lines = [f"{count} {what}:", *(f"  {name}" for name in shown)]
    return [*lines, f"  … and {more} more"] if more else lines
