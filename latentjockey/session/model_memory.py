"""Remembers the models that play: a small clean picture of each, how fast it is here, and when it played last; and has
the caches pruned at a quiet moment.

``move`` is called by the conductor at its every tick and only looks; pictures are drawn by the engine in spare time,
everything that waits for the disk is done by the keeper.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Protocol

from latentjockey.base.clock import wall_seconds
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.spec import Kind
from latentjockey.control.values import Value
from latentjockey.models import album, foreign, library, pruning
from latentjockey.models.album import Picture
from latentjockey.models.library import Entry
from latentjockey.models.spec import ModelSpec
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.session.keeper import Keeper

LOOKS_S, SETTLED_S, FIRST_S, SAVES_S = 0.25, 2.0, 6.0, 30.0
"""How often it looks; how long a model has played when its picture is asked for; when its speed is kept at first, and
how often from then on."""
PRUNES_AFTER_S, PRUNES_S = 120.0, 3600.0
_PATIENCE_S = 30.0
_MEDIAN_OF = 121
_SEED = 1
_PLAYED = ("/deck/a/", "/mix/", "/gen/", "/break/", "/echo/")
_KEY = "model picture"


class Previews(Protocol):
    """Small pictures that the engine makes in spare time."""

    def want(self, key: str, writes: Sequence[tuple[str, Value]]) -> None: ...

    def picture(self, key: str) -> Picture | None: ...


@dataclass(slots=True)
class _Playing:
    """What plays since ``since``. ``entries``, of one model or of the two of a pair, are found by the keeper, and
    whether a picture ``lacks``."""

    spec: ModelSpec
    since: float
    times: deque[float] = field(default_factory=lambda: deque(maxlen=_MEDIAN_OF))
    entries: tuple[Entry, ...] = ()
    lacks: bool = False
    asked: float | None = None
    saved: float = 0.0


class ModelMemory:
    """``playing`` tells which model plays, ``None`` before the first."""

    def __init__(self, bay: Bay, previews: Previews, keeper: Keeper, playing: Callable[[], ModelSpec | None]) -> None:
        self._bay = bay
        self._previews = previews
        self._keeper = keeper
        self._which = playing
        self._now: _Playing | None = None
        self._next = 0.0
        self._prunes: float | None = None

    def move(self, t: float) -> bool:
        """Look what plays. Nothing moves by it."""
        if t < self._next:
            return False
        self._next = t + LOOKS_S
        self._prunes = t + PRUNES_AFTER_S if self._prunes is None else self._prunes
        if t >= self._prunes and self._quiet():
            self._prunes = t + PRUNES_S
            self._keeper.do(self._prune)
        spec = self._which()
        now = self._now
        if spec is None or now is None or (spec.name, spec.file) != (now.spec.name, now.spec.file):
            self._begin(spec, t)
        elif str(self._bay.value("/engine/model")) == spec.name:
            self._look(now, t)
        return False

    def close(self) -> None:
        """Keep what was measured last."""
        if self._now is not None:
            self._save(self._now)

    # -- within the tick ----------------------------------------------------------------------------------------------

    def _begin(self, spec: ModelSpec | None, t: float) -> None:
        if self._now is not None:
            self._save(self._now)
        self._now = None if spec is None else _Playing(spec, t, saved=t - SAVES_S + FIRST_S)
        if self._now is not None:
            self._keeper.do(partial(self._find, self._now))

    def _look(self, now: _Playing, t: float) -> None:
        took = self._bay.number("/engine/render_ms")
        if took > 0.0 and not now.spec.pair:
            now.times.append(took)
        if t - now.saved >= SAVES_S:
            now.saved = t
            self._save(now)
        if not now.lacks or t - now.since < SETTLED_S:
            return
        key = f"{_KEY} {now.spec.name} {now.spec.file}"
        if now.asked is None:
            now.asked = t
            self._previews.want(key, clean(self._bay.layout, now.spec))
            return
        picture = self._previews.picture(key)
        if picture is not None:
            now.lacks = False
            self._keeper.do(partial(self._keep, now, picture))
        elif t - now.asked > _PATIENCE_S:  # whatever ails it, it is asked for again when the model plays again
            now.lacks = False

    def _quiet(self) -> bool:
        """Whether no model is being loaded."""
        return str(self._bay.value("/engine/model")) == str(self._bay.value("/model"))

    def _save(self, now: _Playing) -> None:
        ms = median(now.times) if len(now.times) * LOOKS_S >= SETTLED_S else 0.0
        device, size = str(self._bay.value("/engine/device")), self._size()
        self._keeper.do(partial(self._note, now, ms, device, size))

    def _size(self) -> tuple[int, int]:
        return int(self._bay.number("/engine/width")), int(self._bay.number("/engine/height"))

    # -- on the keeper's thread ---------------------------------------------------------------------------------------

    def _find(self, now: _Playing) -> None:
        wanted = {spec.name: spec.file for spec in now.spec.pair or (now.spec,)}
        now.entries = tuple(e for e in library.entries() if e.spec is not None and wanted.get(e.name, ()) == e.stamp)
        for entry in now.entries:
            album.keep_note(entry, played=wall_seconds(), size=(0, 0))
        now.lacks = not now.spec.pair and not all(map(album.has_picture, now.entries))

    def _note(self, now: _Playing, ms: float, device: str, size: tuple[int, int]) -> None:
        for entry in now.entries:
            album.keep_note(entry, played=wall_seconds(), ms=ms, device=device, size=size)
            if entry.source is not None and entry.path is not None:
                foreign.used(entry.path)

    def _keep(self, now: _Playing, picture: Picture) -> None:
        for entry in now.entries:
            album.keep_picture(entry, picture)

    def _prune(self) -> None:
        now = self._now
        pruning.prune(wall_seconds(), [e.path for e in (now.entries if now is not None else ()) if e.path is not None])


def clean(layout: Layout, model: ModelSpec) -> list[tuple[str, Value]]:
    """What makes a picture of the model and of nothing that hands have done: deck A alone, everything on it and the
    model's own controls at their defaults, at one place that is always the same. Pure."""
    writes: list[tuple[str, Value]] = [
        (spec.address, spec.default)
        for spec in layout.engine_specs()
        if spec.address.startswith(_PLAYED) and spec.kind not in (Kind.TRIGGER, Kind.READOUT)
    ]
    return [*writes, ("/mix/crossfade", 0.0), ("/deck/a/z", z_from_seed(_SEED, model.z_dim))]
