"""The shelf: which presets there are and what each would write, kept ready so that a window never waits for a disk.

Every method returns at once and may be called from any thread; looking and loading are done by the keeper.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.values import Value
from latentjockey.presets.motion import held
from latentjockey.presets.preset import Preset, batch
from latentjockey.presets.store import PresetStore, StoredPreset, load_file
from latentjockey.session.keeper import Keeper

_REMEMBERED = 512


@dataclass(frozen=True, slots=True, eq=False)
class PresetContent:
    """What a preset's file says: its ``model``, and what a picture of it takes, at rest at the moment it was saved.

    ``writes`` are empty for another model than the one whose layout stands; ``trouble`` says why a file is of no use.
    """

    model: str
    writes: tuple[tuple[str, Value], ...] = ()
    trouble: str = ""


_Key = tuple[str, int, int, str]


class Shelf:
    """``presets`` and ``content`` answer from memory; ``look`` has the folders looked at anew."""

    def __init__(self, store: PresetStore, keeper: Keeper, bay: Bay, clock: Clock) -> None:
        self._store = store
        self._keeper = keeper
        self._bay = bay
        self._clock = clock
        self._presets: tuple[StoredPreset, ...] = ()
        self._contents: OrderedDict[_Key, PresetContent] = OrderedDict()
        self._asked: set[_Key] = set()
        self._models: dict[tuple[str, int], str] = {}
        self._looking = False
        self._lock = threading.Lock()

    def presets(self) -> tuple[StoredPreset, ...]:
        """What there was when last looked; the same object as long as nothing changed."""
        return self._presets

    def look(self) -> None:
        """Have the folders looked at soon."""
        with self._lock:
            if self._looking:
                return
            self._looking = True
        self._keeper.do(self._look)

    def playing(self) -> str:
        """The model that plays; before the first picture, the one that will."""
        return str(self._bay.value("/engine/model")) or str(self._bay.value("/model"))

    def content(self, preset: StoredPreset) -> PresetContent | None:
        """What a preset holds; ``None`` while it is being read, so ask again."""
        layout = self._bay.layout
        key = (str(preset.path), preset.stamp, layout.epoch, self.playing())
        with self._lock:
            known = self._contents.get(key)
            if known is not None:
                self._contents.move_to_end(key)
                return known
            if key in self._asked:
                return None
            self._asked.add(key)
        self._keeper.do(lambda: self._read(preset, key, layout))
        return None

    def delete(self, name: str) -> None:
        """Move a preset of the player's to the trash; why it cannot be is told in the messages."""
        self._keeper.do(lambda: self._then_look(lambda: self._store.delete(name)))

    def undelete(self, name: str) -> None:
        """Bring back what was last deleted or saved over under this name."""
        self._keeper.do(lambda: self._then_look(lambda: self._store.undelete(name)))

    # -- on the keeper's thread ---------------------------------------------------------------------------------------

    def _look(self) -> None:
        with self._lock:
            self._looking = False
        found = tuple(self._with_model(preset) for preset in self._store.stored())
        if found != self._presets:
            self._presets = found

    def _with_model(self, preset: StoredPreset) -> StoredPreset:
        """The preset with what it plays: each version of a file is read for that once."""
        key = (str(preset.path), preset.stamp)
        if key not in self._models:
            try:
                self._models[key] = load_file(preset.path).model
            except StageError:
                self._models[key] = ""
        return replace(preset, model=self._models[key])

    def _then_look(self, change: Callable[[], None]) -> None:
        try:
            change()
        finally:
            self._look()

    def _read(self, preset: StoredPreset, key: _Key, layout: Layout) -> None:
        try:
            content = content_of(load_file(preset.path), layout, key[3], self._clock.now())
        except StageError as error:
            content = PresetContent("", trouble=str(error))
        with self._lock:
            self._asked.discard(key)
            self._contents[key] = content
            while len(self._contents) > _REMEMBERED:
                self._contents.popitem(last=False)


def content_of(preset: Preset, layout: Layout, playing: str, now: float) -> PresetContent:
    """The content of ``preset`` for ``layout``: of what it says, all that travels to the engine, at rest. Pure.

    ``playing`` is the model whose layout it is; ``now`` in seconds on the show's clock.
    """
    if preset.model != playing:
        return PresetContent(preset.model)
    travels = {spec.address for spec in layout.engine_specs()}
    writes = batch(held(preset, now), layout).writes
    kept = ("/engine/", "/stage/", "/transport/")
    return PresetContent(preset.model, tuple((a, v) for a, v in writes if a in travels and not a.startswith(kept)))
