"""The table: in the terminal by rich, in a Markdown file between marks, so that the words around it stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Row

MACHINE = "machine"


class MarkdownError(Exception):
    """The file cannot take the figures; says why."""


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one measure. ``others`` is the share of the machine that others used meanwhile, 0..1."""

    name: str
    title: str
    rows: Sequence[Row]
    others: float | None
    quick: bool

    @property
    def conditions(self) -> str:
        """How it was measured, in a few words."""
        parts = [] if self.others is None else [f"others used {self.others:.0%} of the processors meanwhile"]
        if self.quick:
            parts.append("a quick run")
        return "; ".join(parts)


def show(section: Section, console: Console) -> None:
    """Print one measure."""
    table = Table(title=section.title, caption=section.conditions or None, title_justify="left", expand=True)
    for heading, ratio in (("what", 5), ("measured", 5), ("goal", 4), ("met", 1), ("note", 6)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for row in section.rows:
        colour = {True: "green", False: "red", None: ""}[row.met]
        table.add_row(row.what, row.measured, row.goal, f"[{colour}]{row.verdict}[/]" if colour else "", row.note)
    console.print(table)


def markdown(section: Section) -> str:
    """One measure as a Markdown table, with its conditions below."""
    lines = ["| what | measured | goal | met | note |", "|---|---|---|---|---|"]
    for row in section.rows:
        cells = (row.what, row.measured, row.goal, row.verdict, row.note)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if section.conditions:
        lines += ["", f"*{section.conditions[0].upper()}{section.conditions[1:]}.*"]
    return "\n".join(lines)


def begun(path: Path, machine: str, whole: bool) -> str:
    """The text of ``path``, to be filled. Raises MarkdownError where figures of two machines would mix, or where the
    file is not there."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MarkdownError(f"{path} cannot be read ({error.strerror}): name a file with places for figures.") from None
    old = inside(text, MACHINE)
    if not whole and old and old != machine:
        raise MarkdownError(f"{path} has figures of another machine: run all measures, not some.")
    return text


def inside(text: str, name: str) -> str | None:
    """What stands at the place called ``name``; ``None`` where there is no such place."""
    found = _place(name).search(text)
    return None if found is None else found[2].strip()


def filled(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` at the place called ``name``. Raises MarkdownError where there is no such place."""
    done, count = _place(name).subn(lambda m: f"{m[1]}\n{content}\n{m[3]}", text)
    if not count:
        raise MarkdownError(f"There is no place for {name}: put <!-- {name} --> and <!-- /{name} --> where it belongs.")
    return done


def _place(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {re.escape(name)} -->)(.*?)(<!-- /{re.escape(name)} -->)", re.DOTALL)
