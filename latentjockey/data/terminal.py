"""The commands ``data prepare``, ``data report`` and ``data withdraw``: options in, progress and sentences out."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from latentjockey.data.asking import Given, source_of
from latentjockey.data.dataset import SUFFIX, DataError, Dataset, open_dataset
from latentjockey.data.folder import Folder, scan
from latentjockey.data.packed import PackedDataset
from latentjockey.data.prepare import Settings, Step, prepare
from latentjockey.data.report import as_data, described, prepared
from latentjockey.data.sheet import write_sheet
from latentjockey.data.withdraw import withdraw


@dataclass(frozen=True, slots=True)
class Order:
    """What ``data prepare`` was asked to do."""

    source: Path
    out: Path
    settings: Settings
    given: Given
    manifest: Path | None = None
    replace: bool = False
    as_json: bool = False


def run_prepare(order: Order) -> int:
    """Prepare, with progress on standard error and the report on standard output. Raises DataError."""
    out = order.out if order.out.suffix else order.out.with_suffix(SUFFIX)
    if out.exists() and not order.replace:
        raise DataError(f"{out} is there already: add --replace to make it anew, or name another file.")
    folder = named_folder(order.source, order.given, order.manifest)
    with _progress(len(folder.pictures)) as told:
        report = prepare(folder, out, order.settings, told)
    packed = PackedDataset(out)
    if order.as_json:
        _say([json.dumps(as_data(packed, packed.report), ensure_ascii=False, indent=1)])
        return 0
    size = packed.stored_bytes / 1e6
    _say([*described(packed, {}), "", *prepared(report), "", f"Packed into {out} ({size:.1f} MB)."])
    return 0


def named_folder(
    path: Path, given: Given, manifest: Path | None = None, ask: Callable[[str], str] | None = None
) -> Folder:
    """The folder at ``path`` with every picture's source known: by a manifest, by options, or asked for in the terminal
    (``ask`` in its place). Raises DataError when nobody can be asked."""
    folder = scan(path, manifest=manifest)
    if not folder.unclaimed:
        note = "The manifest names the source of every picture: --consent and what goes with it was not used."
        return replace(folder, notes=(*folder.notes, note)) if given.anything else folder
    name = folder.sources[-1].name
    rest = source_of(name, folder.unclaimed, given, ask or asker())
    return scan(path, rest, manifest)


def asker() -> Callable[[str], str] | None:
    """Puts a question to whoever sits at the terminal; None when there is none."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(question: str) -> str:
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise DataError("The question was left without an answer; options answer it as well: --consent, --author.")
        return line.strip()

    return ask


def run_report(path: Path, *, as_json: bool, every: bool, check: bool, sheet: Path | None) -> int:
    """Say what a folder or a packed file holds. Returns 1 when ``check`` finds pictures that cannot be read."""
    dataset = open_dataset(path, withdrawn=True)
    made = dataset.report if isinstance(dataset, PackedDataset) else {}
    broken = _check(dataset) if check else ()
    if as_json:
        data = {**as_data(dataset, made), **({"broken": list(broken)} if check else {})}
        _say([json.dumps(data, ensure_ascii=False, indent=1)])
    else:
        _say(described(dataset, made, every=every))
        if check:
            _say(["", *(broken or ("Every picture can be read.",))])
    if sheet is not None:
        write_sheet(dataset, sheet)
        sys.stderr.write(f"A sheet of it is in {sheet}.\n")
    return 1 if broken else 0


def run_withdraw(path: Path, names: Sequence[str], out: Path) -> int:
    """Take sources out of a packed file. Raises DataError."""
    if not path.is_file():
        raise DataError(f"There is no {path}.")
    gone = withdraw(path, names, out)
    _say([f"{gone} pictures went; what is left is in {out}. Models that learned from them have to be trained anew."])
    return 0


def _check(dataset: Dataset) -> tuple[str, ...]:
    with _progress(len(dataset)) as told:
        for index in range(len(dataset)):
            with contextlib.suppress(DataError):  # nothing of its source can stand in: it is named all the same
                dataset.read(np.array([index]))
            told(Step(index + 1, len(dataset), index + 1 - len(dataset.skipped)))
    return dataset.skipped


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[Step], None]]:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def told(step: Step) -> None:
            bar.update(task, total=step.total, completed=step.done, description=f"{step.kept} kept")

        yield told


def _say(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
