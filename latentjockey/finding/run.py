"""One search from beginning to end: the model, the search, the file. The process's main thread."""

from __future__ import annotations

import argparse
import threading

import torch

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import StageError
from latentjockey.base.platform import cores
from latentjockey.finding import probes
from latentjockey.finding.search import Wish, search
from latentjockey.jobs import leash
from latentjockey.jobs.events import Failed, Finished, Notice
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import JsonLines, Screen, Teller
from latentjockey.models import found_directions, library
from latentjockey.models.found_directions import Found

_STOPPED = 130


def run(given: argparse.Namespace) -> int:
    """Search; returns the exit code. Whatever a person can meet is one sentence."""
    stop = threading.Event()
    leash.obey(stop, to_input=given.events)
    clock = SystemClock()
    told: Teller = JsonLines(clock) if given.events else Screen("Finding directions of")
    if given.events:  # beside a show
        torch.set_num_threads(max(1, cores() // 2))
    end: Finished | Failed | Notice
    try:
        with told:
            entry = library.get(given.name)
            target = found_directions.identified(probes.searchable(entry), entry.source)
            probe = probes.opened(entry, given.device)
            try:
                told.began(entry.title, probe.generator.device)
                wish = Wish(given.count, given.method, given.seconds)
                found = search(probe, wish, clock, told.went, stop.is_set)
            finally:
                probe.generator.close()
            found_directions.save(target, found)
        end = Finished(entry.name, _words(entry.title, found))
    except StoppedError:
        end = Notice(f"Finding directions of {given.name} was stopped; nothing of it is kept.")
    except StageError as error:
        end = Failed(str(error))
    except (OSError, MemoryError, RuntimeError) as error:  # a full disk; torch says RuntimeError for all it cannot
        end = Failed(f"Directions of {given.name[:60]} could not be found: {_why(error)}.")
    if not (given.events and isinstance(end, Notice)):  # the show says that itself
        told.ended(end)
    return 0 if isinstance(end, Finished) else _STOPPED if isinstance(end, Notice) else 2


def _words(title: str, found: Found) -> str:
    dead = int((~found.alive).sum())
    count = len(found.labels)
    rest = f"; {dead} of them hardly show" if dead else ""
    ways = "1 direction was" if count == 1 else f"{count} directions were"
    return f"{ways} found for {title}, the first {found.labels[0]}{rest}."


def _why(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return " ".join((said or str(error) or "not enough memory").split())[:200].rstrip(".").lower()
