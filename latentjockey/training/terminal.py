"""Who is told what happens: a person at a terminal, or another program by JSON lines."""

from __future__ import annotations

import contextlib
import sys
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

from rich.console import Console

from latentjockey.jobs.events import Event, Failed, Finished, Notice, Progress, Saved, Sheet, Started, encode


class Teller(AbstractContextManager["Teller"], Protocol):
    """Takes events until the block ends; a failure may be told afterwards too."""

    def tell(self, event: Event) -> None: ...


class Silent:
    """Of several processes only one speaks."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def tell(self, event: Event) -> None:
        pass


class JsonLines(Silent):
    """One line of JSON an event on standard output."""

    def __enter__(self) -> JsonLines:
        return self

    def tell(self, event: Event) -> None:
        with contextlib.suppress(OSError):  # who listened is gone; the run is told by its input, and still saves
            sys.stdout.buffer.write(encode(event))
            sys.stdout.buffer.flush()


class Words(Silent):
    """Plain lines on standard error, for logs and for people."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    def __enter__(self) -> Words:
        return self

    def tell(self, event: Event) -> None:
        self._console.print(said(event), soft_wrap=True)


def teller(events: bool, speaks: bool) -> Teller:
    """Who is to be told."""
    if not speaks:
        return Silent()
    return JsonLines() if events else Words()


def said(event: Event) -> str:
    """An event as a line."""
    if isinstance(event, Started):
        learned = f"{event.images:,} pictures" if event.images else "pictures without end"
        return f"{event.name}: {event.size} px, {', '.join(event.classes)}; {learned}; {event.device}\n{event.run}"
    if isinstance(event, Progress):
        losses = "  ".join(f"{name} {value:.4g}" for name, value in event.losses.items())
        return f"{event.step:>7}  {event.phase}  {event.images_per_s:.1f} img/s  {losses}  · {event.words}"
    if isinstance(event, Sheet | Saved):
        return f"{type(event).__name__.lower()}: {event.path}"
    if isinstance(event, Notice | Failed):
        return event.text
    assert isinstance(event, Finished)
    return f"{event.words} The model: {event.model}"
