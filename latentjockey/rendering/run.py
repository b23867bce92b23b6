"""One clip from beginning to end: the model or the film, the frames, the folder. The process's main thread."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import msgspec
import torch

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.base.diagnostics import StageError
from latentjockey.base.platform import cores
from latentjockey.jobs import leash
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.events import Failed, Finished, Notice
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import JsonLines, Screen, Step, Teller
from latentjockey.models import library
from latentjockey.models.card import ModelCard
from latentjockey.models.clip_writing import ClipWriter, free_name, unused_name
from latentjockey.models.video_folder import read_video
from latentjockey.rendering.render import render

_STOPPED = 130


def run(wish: ClipWish, *, events: bool) -> int:
    """Make the clip; returns the exit code. Whatever a person can meet is one sentence."""
    stop = threading.Event()
    leash.obey(stop, to_input=events)
    clock = SystemClock()
    told: Teller = JsonLines(clock) if events else Screen("Making the clip")
    if events:  # beside a show
        torch.set_num_threads(max(1, cores() // 2))
    end: Finished | Failed | Notice
    try:
        with told:
            made = _made(_named(wish), told, clock, stop)
        end = Finished(library.slug(made.name), f"The clip {made.name} is made; play it as {library.slug(made.name)}.")
    except StoppedError:
        end = Notice("Making the clip was stopped; nothing of it is kept.")
    except StageError as error:
        end = Failed(str(error))
    except (OSError, MemoryError, RuntimeError) as error:  # a full disk; torch says RuntimeError for all it cannot
        end = Failed(_sentence(error))
    if not (events and isinstance(end, Notice)):  # the show says that itself
        told.ended(end)
    return 0 if isinstance(end, Finished) else _STOPPED if isinstance(end, Notice) else 2


def _named(wish: ClipWish) -> ClipWish:
    """The wish with a name: its own, which must be free, or one that is. Raises StageError."""
    if wish.name.strip():
        free_name(wish.called)
        return wish
    return msgspec.structs.replace(wish, name=unused_name(wish.called))


def _made(wish: ClipWish, told: Teller, clock: Clock, stop: threading.Event) -> Path:
    """Where the clip lies. Raises StoppedError and StageError."""
    if wish.film:
        from latentjockey.rendering.film import convert

        with ClipWriter(wish.called) as clip:
            fps, made_of = convert(clip, wish, told, clock, stop.is_set)
            return clip.finish(fps, made_of, ModelCard(wish.called), wish.called)
    entry = next((each for each in library.entries() if each.name == wish.model), None)
    if entry is None or entry.path is None or not entry.renders:
        renders = ", ".join(each.name for each in library.entries() if each.renders) or "none"
        why = entry.trouble if entry is not None and entry.trouble else f"{wish.model[:60]} renders no clips."
        raise StageError(f"{why} Models that do: {renders}.")
    held = read_video(entry.path)
    rendered = render(entry.path, held, wish, told, clock, stop.is_set)
    with ClipWriter(wish.called) as clip:
        for index, frame in enumerate(rendered.frames):
            if stop.is_set():
                raise StoppedError
            told.went(Step("writing", 1.0, index))
            clip.add(frame)
        return clip.finish(rendered.fps, rendered.made_of, replace(held.card, name=wish.called), wish.called)


def _sentence(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    words = " ".join((said or str(error) or "not enough memory").split())[:200].rstrip(".")
    if "out of memory" in words.lower() or isinstance(error, MemoryError):
        return "The clip could not be made: memory ran out; make it smaller or shorter, or stop what plays beside it."
    return f"The clip could not be made: {words[:1].lower()}{words[1:]}."
