"""One evaluation from beginning to end, in a process of its own: pictures in, sheets and a report out."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import write_atomic
from latentjockey.base.platform import cores
from latentjockey.generators.style import model_file
from latentjockey.generators.style.model_file import StyleModel
from latentjockey.models import library
from latentjockey.models.container import read_header, read_tensor
from latentjockey.training import contact, directions, judging, recogniser, report, showing
from latentjockey.training.evaluate_arguments import add, decode
from latentjockey.training.gallery import aligned, reals
from latentjockey.training.maker import Maker, Makes
from latentjockey.training.measures import F32

CONTACT, NEIGHBOURS, REPORT, FIGURES = "contact.png", "neighbours.png", "report.md", "report.json"
_LARGEST_CELL = 128

Phase = Callable[[str], Any]
"""A ``with`` block that tells what is being done, and gives who hears how far it is: (done, of)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged: a model's file, what it learned from, where the report goes, and how thoroughly."""

    model: Path
    data: str
    out: Path
    samples: int = 1024
    learned: int = 3000
    fresh: int = 1024
    minutes: float = 3.0
    cell: int | None = None
    seed: int = 0
    steps: int = recogniser.STEPS


def evaluate(order: Order, clock: Clock, phase: Phase) -> Mapping[str, Any]:
    """Judge, and write sheets and report. Returns the figures. Raises StageError and OSError."""
    judged = _judged(order.model)
    maker, classes, size = judged.maker, judged.classes, judged.size
    cell = order.cell or min(size, _LARGEST_CELL)
    rows, labels = judged.rows, judged.labels
    order.out.mkdir(parents=True, exist_ok=True)
    with phase("real pictures") as told:
        seed = int(judged.training.get("seed", 0))
        real = aligned(reals(order.data, size, order.learned, order.fresh, seed, told), classes)
    with phase("samples") as told:
        samples = maker.samples(order.samples, order.seed, told)
    with phase("comparing"):
        near = judging.neighbours(samples, real)
        figures: dict[str, Any] = {
            "model": {"name": judged.name, "file": order.model.name, "size": size,
                      "classes": list(classes), "training": dict(judged.training)},
            "data": Path(order.data).name,
            **judging.compared(samples, real, near),
        }  # fmt: skip
    if order.minutes > 0.0:
        with phase("a recogniser learns") as told:
            judge = recogniser.learn(
                real.learned, maker.classes, directions.columns(real.learned.parts), clock, minutes=order.minutes,
                steps=order.steps,
                told=lambda share: told(round(100 * share), 100),
            )  # fmt: skip
            figures |= judging.recognised(judge, samples, real.fresh, real.classes)
            figures["directions"] = judging.answered(judge, maker, rows, labels)
    with phase("sheets"):
        name, what = judged.name, f"{size} px · {judged.trained}"
        sections = showing.of_model(maker, classes, rows, labels)
        contact.write(contact.draw(name, what, sections, cell), order.out / CONTACT)
        beside = showing.of_neighbours(samples, real.fresh, near, real.classes)
        title = f"{name}: does it copy?"
        contact.write(contact.draw(title, _nearness(figures), beside, cell), order.out / NEIGHBOURS)
    write_atomic(order.out / REPORT, report.markdown(figures).encode())
    write_atomic(order.out / FIGURES, (json.dumps(_plain(figures), ensure_ascii=False, indent=1) + "\n").encode())
    return figures


@dataclass(frozen=True, slots=True)
class _Judged:
    """A model that is judged: what draws, what it says of itself, and its directions ``rows`` (k, z_dim)."""

    maker: Makes
    name: str
    size: int
    classes: tuple[str, ...]
    training: Mapping[str, Any]
    trained: str
    rows: F32
    labels: tuple[str, ...]


def _judged(path: Path) -> _Judged:
    """The model at ``path``: a style model's file, or the folder of a diffusion model of classes. Raises StageError."""
    if path.is_dir():
        from latentjockey.training.latent.maker import LatentMaker  # diffusers comes with it, which takes seconds

        of = LatentMaker(path)
        none = np.zeros((0, 1), np.float32)
        return _Judged(of, of.card.name, of.size, of.names, {}, of.card.training, none, ())
    model = model_file.load(path)
    header = model.header
    return _Judged(
        Maker(model.net, model.prior), str(header.get("name", path.stem)), model.net.config.size,
        tuple(header.get("classes", ())), dict(header.get("training", {})),
        str(header.get("card", {}).get("training", "")), *_directions(path, model),
    )  # fmt: skip


def _directions(path: Path, model: StyleModel) -> tuple[F32, tuple[str, ...]]:
    """Those in the file; where it has none, the ones that can be had without labels."""
    info = read_header(path)[0].get("directions")
    if info is not None:
        return np.asarray(read_tensor(path, info), np.float32), tuple(model.header.get("direction_labels", ()))
    made = directions.found(model.net, model.prior, count=16, places=4)
    return made.rows, made.labels


def _nearness(figures: Mapping[str, Any]) -> str:
    copying = figures["copying"]
    return (
        f"What is nearest to a sample is {copying['ratio']:.2f} times as far as what is nearest to a real picture "
        f"(medians); near copies: "
        f"{copying['copies']:.1%}. Numbers are distances; 1 is usual for real pictures."
    )


def _plain(value: Any) -> Any:
    """Numbers that JSON has, rounded to what they are worth."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


# -- the process -------------------------------------------------------------------------------------------------------


def main() -> int:
    """Evaluate as the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="latentjockey evaluate")
    add(parser)
    given = decode(sys.argv[1]) if sys.argv[1:2] and sys.argv[1].startswith("{") else parser.parse_args()
    torch.set_num_threads(given.threads or cores())
    try:
        path = Path(given.model) if Path(given.model).exists() else _named(given.model)
        order = Order(path, given.data, given.out, given.samples, given.learned, given.fresh, given.minutes,
                      given.cell, given.seed)  # fmt: skip
        with _terminal() as phase:
            figures = evaluate(order, SystemClock(), phase)
    except (StageError, OSError) as error:
        sys.stderr.write(f"latentjockey: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write("\n".join([*report.findings(figures), f"Sheets and report are in {order.out}."]) + "\n")
    return 0


def _named(name: str) -> Path:
    entry = library.get(name)
    if entry.path is None:
        raise StageError(f"{name} is no model file: only style models and diffusion models of classes can be judged.")
    return entry.path


@contextmanager
def _terminal() -> Iterator[Phase]:
    """A line for each phase on standard error, with a bar where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<22}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:

        @contextmanager
        def phase(name: str) -> Iterator[Callable[[int, int], None]]:
            task = bar.add_task(name, total=None)
            if not console.is_terminal:
                console.print(name)
            yield lambda done, of: bar.update(task, total=of, completed=done)
            bar.update(task, total=1, completed=1)

        yield phase


if __name__ == "__main__":
    sys.exit(main())
