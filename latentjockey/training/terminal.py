"""Who is told what happens: a person at a terminal, a log, or another program by JSON lines. Called on one thread."""

from __future__ import annotations

import contextlib
import sys
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from latentjockey.jobs.events import Event, Failed, Notice, Progress, Saved, Sheet, Started, encode
from latentjockey.training.schedule import in_words

_NAMES = {
    "picture": "how far from the picture",
    "latents": "what the latents know (nats)",
    "told apart": "how well the critic tells them apart",
    "recovered": "samples whose latents are found again",
    "balance": "the critic's say",
}


class Teller(Protocol):
    """Takes events until its block ends; a failure may be told afterwards too."""

    def __enter__(self) -> Teller: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def tell(self, event: Event) -> None: ...


class Silent:
    """Of several processes only one speaks."""

    def __enter__(self) -> Teller:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def tell(self, event: Event) -> None:
        pass


class JsonLines(Silent):
    """One line of JSON an event on standard output."""

    def tell(self, event: Event) -> None:
        with contextlib.suppress(OSError):  # who listened is gone; the run is told by its input, and still saves
            sys.stdout.buffer.write(encode(event))
            sys.stdout.buffer.flush()


class Words(Silent):
    """Plain lines on standard error, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, event: Event) -> None:
        self._console.print(said(event), soft_wrap=True, markup=False)


class Screen(Words):
    """A few lines at the bottom of the terminal that stay, and what happens above them."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Teller:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def tell(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._live.update(panel(event), refresh=True)
        else:
            super().tell(event)


def teller(events: bool, speaks: bool) -> Teller:
    """Who is to be told."""
    if not speaks:
        return Silent()
    if events:
        return JsonLines()
    console = Console(stderr=True, highlight=False)
    return Screen(console) if console.is_terminal else Words(console)


def panel(event: Progress) -> Group:
    """Progress as a few lines: how far, how fast, how long yet, and what is measured."""
    whole = event.seconds + (event.left_s or 0.0)
    far = event.seconds / whole if event.left_s is not None and whole else 0.0
    lines = Table.grid(padding=(0, 2))
    for name, value in event.losses.items():
        lines.add_row(Text(_NAMES.get(name, name), style="dim"), Text(f"{value:.4g}"))
    left = "" if event.left_s is None else f" · {in_words(event.left_s)} left"
    head = f"{event.phase} · {event.images:,} pictures seen, {event.images_per_s:.1f} a second{left}"
    return Group(Text(head), ProgressBar(100, 100 * far, width=60), lines, Text("Ctrl-C saves and ends", style="dim"))


def said(event: Event) -> str:
    """An event as a line."""
    if isinstance(event, Started):
        learned = f"{event.images:,} pictures" if event.images else "pictures without end"
        return f"{event.name}: {event.size} px, {', '.join(event.classes)}; {learned}; {event.device}\n{event.run}"
    if isinstance(event, Progress):
        losses = "  ".join(f"{name} {value:.4g}" for name, value in event.losses.items())
        return f"{event.step:>7}  {event.phase}  {event.images_per_s:.1f} img/s  {losses}  · {event.words}"
    if isinstance(event, Sheet):
        return f"Samples: {event.path}"
    if isinstance(event, Saved):
        return f"Saved after {event.images:,} pictures: {event.path}"
    if isinstance(event, Notice | Failed):
        return event.text
    return f"{event.words} The model: {event.model}"
