"""``python -m benchmarks``: measure, print a table, and put it into a Markdown file if asked."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Row
from benchmarks.machine import Others, describe
from benchmarks.table import MACHINE, MarkdownError, Section, begun, filled, markdown, show

MEASURES = {
    "cppn": "Coordinate network: frames a second",
    "style": "Style networks: milliseconds a frame",
    "families": "Families of models: milliseconds a frame",
    "diffusion": "Diffusion: milliseconds of each stage",
    "agreement": "Converted StyleGANs beside the published networks",
    "travel": "Even travel of the crossfader",
    "bay": "Control bay",
    "ring": "Frame ring, from process to process",
    "latency": "From a move to its picture",
    "start": "Start",
    "flood": "OSC flood",
    "pacing": "Pacing at 60 frames a second",
    "failover": "Losing the engine",
    "swap": "Exchanging models",
    "surface": "Event loop of the surface",
    "widgets": "Repaint of each widget",
    "previews": "The decks' own pictures",
    "senders": "Sending to other programs",
    "clock": "MIDI clock through jitter",
    "effects": "Effects over the picture",
}
"""What can be measured: each is a module here with ``run(quick)``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, one after the other, so that no measure disturbs another."""
    options = _parser().parse_args(arguments)
    names = options.only or list(MEASURES)
    console = Console(width=None if sys.stdout.isatty() else 160)
    machine = describe()
    console.print(machine, soft_wrap=True, highlight=False)
    try:
        text = begun(options.markdown, machine, set(names) == set(MEASURES)) if options.markdown else ""
        for name in names:
            section = _measured(name, options.quick)
            show(section, console)
            if options.markdown:
                text = filled(text, name, markdown(section))
                text = filled(text, MACHINE, machine)
                options.markdown.write_text(text, encoding="utf-8")
    except MarkdownError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _measured(name: str, quick: bool) -> Section:
    others = Others()
    rows: list[Row] = []
    with _dead_threads() as dead:
        try:
            rows += importlib.import_module(f"benchmarks.{name}").run(quick)
        except Exception as error:  # noqa: BLE001 - one measure that fails leaves the others theirs, and says so
            rows.append(Row("failed", f"{type(error).__name__}: {error}"))
    rows += [Row("a thread of the show died: nothing above holds", words) for words in dead]
    return Section(name, MEASURES[name], rows, others.share(), quick)


@contextlib.contextmanager
def _dead_threads() -> Iterator[list[str]]:
    """Which threads ended by an exception meanwhile, in words."""
    dead: list[str] = []
    before = threading.excepthook

    def hook(ended: threading.ExceptHookArgs) -> None:
        name = ended.thread.name if ended.thread is not None else "?"
        dead.append(f"{name}: {ended.exc_type.__name__}: {ended.exc_value}")
        before(ended)

    threading.excepthook = hook
    try:
        yield dead
    finally:
        threading.excepthook = before


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: about three minutes in all")
    parser.add_argument(
        "--only",
        action="append",
        choices=tuple(MEASURES),
        metavar="NAME",
        help=f"may be repeated: {', '.join(MEASURES)}",
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also put the figures into this file, at the places made for them"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
