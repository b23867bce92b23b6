"""The composition root: a show, made of bay, conductor, supervisor, surfaces and files, with or without a window.

What is not needed for the first paint of a window is imported when it is.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.base.paths import data_dir, pictures_dir, state_dir
from latentjockey.base.platform import FolderLock
from latentjockey.control.bay import Bay, Event
from latentjockey.control.catalogue_fx import shader_played
from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS, FX_SLOTS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import COMMAND_LINE, CONDUCTOR
from latentjockey.control.spec import ControlSpec
from latentjockey.control.values import Value
from latentjockey.host.effects import Effects
from latentjockey.host.feed import Feed
from latentjockey.host.inputs import Inputs
from latentjockey.host.previews import Previews
from latentjockey.host.stage_feed import StageFeed
from latentjockey.host.supervisor import Supervisor
from latentjockey.jobs.clip_controls import ClipControls
from latentjockey.jobs.clips_desk import ClipsDesk
from latentjockey.jobs.desk import JobDesk
from latentjockey.jobs.directions_desk import DirectionsDesk
from latentjockey.mapping.own_maps import OwnMaps
from latentjockey.models import directions
from latentjockey.models.builtin import CPPN
from latentjockey.models.controls import controls_of
from latentjockey.models.library import spec_of
from latentjockey.models.pair import part, parts
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.options import Options
from latentjockey.plugs import Plugs
from latentjockey.presets.preset import Preset
from latentjockey.presets.store import PresetStore, load_file
from latentjockey.recording import Recording
from latentjockey.session.appointed import Appointed
from latentjockey.session.autosave import SessionFiles
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.credit import CreditTeller
from latentjockey.session.deck_models import DeckModels, deck_model
from latentjockey.session.ghost import Ghost
from latentjockey.session.keeper import Keeper
from latentjockey.session.last_still import LastStill
from latentjockey.session.library import Library
from latentjockey.session.looper import Looper
from latentjockey.session.model_bank import STEPS, ModelBank
from latentjockey.session.model_memory import ModelMemory
from latentjockey.session.model_shelf import ModelShelf
from latentjockey.session.morph import Morph
from latentjockey.session.moves import reached
from latentjockey.session.opening import opening
from latentjockey.session.rack import Rack
from latentjockey.session.routes import Presses
from latentjockey.session.shader_files import ShaderFiles
from latentjockey.session.shader_shelf import ShaderShelf
from latentjockey.session.shader_watch import ShaderWatch
from latentjockey.session.shelf import Shelf
from latentjockey.session.unheard import Unheard
from latentjockey.surfaces.map_desk import MapDesk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_HERE = Path(__file__).resolve().parent.parent / "presets"
BUNDLED = _HERE if _HERE.is_dir() else Path(sys.prefix) / "share" / "latentjockey" / "presets"
SHADERS = BUNDLED.parent / "shaders"


class Show:
    """Everything but the window. ``start`` once, ``close`` once; also a context manager."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = SystemClock()
        self.messages = Messages()
        self._store = PresetStore(data_dir() / "presets", BUNDLED)
        self._first = self._first_preset()
        model = self._first.model if self._first is not None else options.model
        known = spec_of(model) or CPPN
        self.bay = Bay(
            Layout(1, controls_of(known)),
            self.clock,
            {f"/deck/{d}/seed": self._fill_z for d in "ab"} | {f"/deck/{d}/reach": reached for d in "ab"},
            seed_from,
            {f"/fx/{n}/shader": shader_played for n in FX_SLOTS},
        )
        self.feed = Feed(self.clock)
        self.stage_feed = StageFeed(self.feed, self.clock)
        self._keeper = Keeper(self.messages, self.clock)
        own_maps = OwnMaps(data_dir() / "midi", self._keeper.do)
        self.desk = MapDesk(
            self.bay, self.messages, self.clock, own_maps, take_eight=options.take_eight, later=self._keeper.do
        )
        self.plugs = Plugs(
            options, self.bay, self.stage_feed, self.messages, self.clock, BUNDLED / "midi", own_maps, self.desk
        )
        self.effects = Effects(self.bay, self.stage_feed, self.messages, self.clock, sound=self.plugs.audio.picture)
        self.supervisor = Supervisor(
            self.bay,
            self.feed,
            self.messages,
            self.clock,
            model,
            on_travel=lambda points: self.conductor.set_travel(points),
            standby=options.standby,
        )
        self.inputs = Inputs(self.bay, self.messages, self.clock, self.supervisor.see, lambda: self.supervisor.model)
        self.looper = Looper(self.bay, self.clock, self.messages)
        self._deck_models = DeckModels(self.bay)
        self._unheard = Unheard(self.messages, self.clock)
        self._appointed = Appointed(self.bay.wake.set)
        self._morph = Morph(self.bay, self.looper.loops, lambda changes, t: self.conductor.moved(changes, t))
        files = ShaderFiles(data_dir() / "shaders", SHADERS)
        self.rack = Rack(self.bay, files, self._keeper.do, self.effects.use, self._say_of_shaders)
        self.shaders = ShaderShelf(files, self._keeper, self.bay, self.rack, self.effects.status)
        self._shader_watch = ShaderWatch(self.rack.glance)
        self._reader = Keeper(self.messages, self.clock, "model reader")
        self.clips = ClipsDesk(
            self.messages, self.clock, lambda name: self.models.look(), later=lambda job: self._keeper.do(job)
        )
        self.models = ModelShelf(
            self._keeper, self.bay, lambda: self.supervisor.model, self._reader, self.clips.convert
        )
        self._clip_controls = ClipControls(self.bay, self.clips, self.messages, self.clock, self._keeper.do)
        self._memory = ModelMemory(self.bay, self.previews, self._keeper, lambda: self.supervisor.model)
        self.library = Library(
            self.bay, self.stage_feed, self.clock, self.messages, self._store, pictures_dir,
            lambda: self.supervisor.model, self._morph.begin, self.rack, self._appointed.at, self.supervisor.texts_at,
        )  # fmt: skip
        self._ghost = self._performer()
        self.shelf = Shelf(self._store, self._keeper, self.bay, self.clock)
        self.recording = Recording(
            options, self.bay, self.stage_feed, self.messages, self.clock, self.library.now, self.library.credit
        )
        self.jobs = JobDesk(self.messages, self.clock)
        self._seeking = DirectionsDesk(self.messages, self.clock, self._directions_found, self._directions_went)
        self._lock: FolderLock | None = None
        self._files = self._session_files() if options.session else None
        self._still: LastStill | None = None
        if self._files is not None:
            self._still = LastStill(state_dir(), self._keeper, self.library.last_still)
        kept = data_dir() / "bank.json" if self._files is not None else None
        self.bank = ModelBank(
            self.bay, self.messages, self.clock, self.supervisor.keep_models, self._keeper.do, kept
        )  # fmt: skip
        self.conductor = Conductor(self.bay, self.clock, self.messages, self._outside())
        _load_directions(parts(model))  # read and made ready before a hand wants them
        try:
            self._set_up(model)
        except StageError:
            self._reader.leave()
            self._keeper.close()
            if self._lock is not None:
                self._lock.release()
            raise

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine, which loads in a process of its own, and open OSC and MIDI. What cannot be opened says so;
        the show goes on without it."""
        self.supervisor.start()
        self.conductor.start()
        self._shader_watch.start()
        self.inputs.start()
        if self.options.surfaces:
            self.plugs.open()
        if self._files is not None and self._files.last is not None and not self.options.resume:
            self.messages.post(self.clock.now(), "files", "The last session is kept: /session/restore brings it back.")

    def close(self) -> None:
        """End everything, in the order that loses nothing."""
        self.jobs.leave()
        self.clips.leave()
        self._seeking.leave()
        self.recording.stop()
        self.plugs.close()
        self._shader_watch.close()
        self.inputs.close()
        self.conductor.close()
        self._reader.leave()
        self._memory.close()
        if self._still is not None:
            self._keeper.do(self._still.save)
        if self._files is not None:
            self._keeper.do(self._files.close)
        self.effects.close()
        self.supervisor.close()
        self.jobs.close()
        self.clips.close()
        self._seeking.close()
        self._keeper.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Show:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def previews(self) -> Previews:
        """Small pictures that the engine makes in spare time. Any thread."""
        return self.supervisor.previews

    @property
    def last_still(self) -> Path | None:
        """The picture with which the last session ended, if it left one."""
        return self._still.path if self._still is not None else None

    # -- for windows and terminals ------------------------------------------------------------------------------------

    def recall_file(self, path: Path) -> None:
        """Recall a preset file or a still, without waiting for the disk. Any thread."""
        self._keeper.do(lambda: self.library.recall_file(path))

    def recall_onto_deck(self, deck: str, what: str) -> None:
        """Let a deck glide to what a preset, by name, or a file, by absolute path, shows. Any thread; does not wait."""
        self._keeper.do(lambda: self.library.recall_onto_deck(what, deck))

    @property
    def ended_badly(self) -> bool:
        """Whether the last session was cut off and has not been brought back."""
        return self._files is not None and self._files.ended_badly and not self.options.resume

    def later(self, job: Callable[[], None]) -> None:
        """Do what waits for the disk, in order with everything else that does. Any thread."""
        self._keeper.do(job)

    def keep_still(self, path: Path) -> None:
        """Keep the picture of now, without waiting for the disk. Any thread."""
        self._keeper.do(lambda: _ignore(self.library.still_at(path)))

    # -- setting up ---------------------------------------------------------------------------------------------------

    def _first_preset(self) -> Preset | None:
        name = self.options.preset
        if name is None:
            return None
        path = Path(name)
        return load_file(path) if path.suffix.lower() in (".json", ".png") else self._store.load(name)

    def _set_up(self, model: str) -> None:
        options = self.options
        seeds: list[tuple[str, Value]] = [
            (f"/deck/{deck}/seed", self.bay.number(f"/deck/{deck}/seed")) for deck in "ab"
        ]
        writes: list[tuple[str, Value]] = [("/model", model), *seeds, ("/engine/fps_cap", options.fps)]
        if options.fresh and (options.opens or options.simulate):
            writes += opening(self.bay.layout, self.clock.now())
        self.bay.write(writes, COMMAND_LINE)
        if self._first is not None:
            self.library.recall_preset(self._first, whole=True)
        elif options.resume and self._files is not None and self._files.last is not None:
            self.library.recall_preset(self._files.last, whole=True)
        self.bank.recall()
        asked: list[tuple[str, Value]] = [(f"/send/{kind}/on", True) for kind, _ in options.sends]
        asked += [(f"/send/{kind}/name", name) for kind, name in options.sends if name]
        if options.seed is not None:
            asked.append(("/deck/a/seed", options.seed))
        if options.size is not None:
            asked += [("/engine/width", options.size[0]), ("/engine/height", options.size[1])]
        shaders = [(a, v) for a, v in options.sets if a.startswith("/fx/") and a.endswith("/shader")]
        self.bay.write(shaders, COMMAND_LINE)
        self.rack.settle()  # so that what else is set may be an input of theirs
        report = self.bay.write([*asked, *((a, _parsed(self.bay, a, v)) for a, v in options.sets)], COMMAND_LINE)
        if report.refused:
            raise StageError("; ".join(why for _, why in report.refused) + ".")
        self._deck_models.told(str(self.bay.value("/model")))
        self.bank.begin()
        self.conductor.begin()

    def _performer(self) -> Ghost:
        options = self.options
        names = tuple(self.library.names()) if options.simulate else ()
        waits = options.opens and options.fresh
        return Ghost(
            self.bay, waits=waits, rehearses=options.simulate, presets=lambda: names,
            seen=lambda: self.supervisor.model is not None,
        )  # fmt: skip

    def _panicked(self, presses: float | str) -> None:
        """What plays by itself ends with a panic; the ghost hears one as it hears every touch."""
        self.looper.clear()
        self._appointed.clear()
        self._morph.end()

    def _session_files(self) -> SessionFiles | None:
        try:
            folder = state_dir()
            self._lock = FolderLock(folder)
            alone = self._lock.acquire()
        except OSError as error:
            why = f"The session is not kept: {error.filename}: {error.strerror}."
            self.messages.post(self.clock.now(), "files", why, serious=True)
            return None
        if not alone:
            self.messages.post(self.clock.now(), "files", "Another latentjockey is open: this one keeps no session.")
            return None
        return SessionFiles(folder, self._keeper, self.clock, self.messages, lambda: self.library.now("last session"))

    def _outside(self) -> Outside:
        keeper, library = self._keeper, self.library
        return Outside(
            publish=self._publish,
            commands={
                "/preset/recall": lambda e: keeper.do(lambda: library.recall(e.text, e.time)),
                "/preset/save": lambda e: keeper.do(lambda: library.save(e.text)),
                "/still/save": lambda e: keeper.do(lambda: _ignore(library.still(e.text))),
                "/clip/render": self._clip_controls.render,
                "/session/restore": self._restore,
                "/fx/add": self.rack.add,
                **{f"/fx/{n}/clear": partial(self.rack.clear, n) for n in FX_SLOTS},
                **dict.fromkeys(STEPS, self.bank.step),
                **self.looper.commands(),
            },
            watchers={
                "/panic": self._panicked,
                "/panic/home": self._panicked,
                "/model": self._model_chosen,
                **dict.fromkeys(map(deck_model, DECKS), lambda name: self._deck_models.chosen()),
                "/bank": self.bank.listed,
                "/bank/slot": self.bank.chosen,
                "/bank/mb": self.bank.tell,
                "/model/reload": lambda presses: self.supervisor.reload_model(),
                "/model/directions/find": lambda presses: self._find_directions(),
                "/model/directions/stop": lambda presses: self._seeking.stop(),
                "/clip/cancel": self._clip_controls.cancel,
                "/engine/model": lambda name: self._began(str(name)),
                "/engine/pid": lambda pid: self._know_model(),
                "/stage/freeze": lambda on: self.stage_feed.freeze(bool(on)),
                "/stage/blackout": lambda on: self.stage_feed.blackout(bool(on)),
                **{f"/fx/{n}/shader": self._follower(n) for n in FX_SLOTS},
                **self.plugs.senders.watchers(),
                **self.inputs.watchers(),
                **dict.fromkeys(("/audio/on", "/audio/device"), lambda wish: self.plugs.audio.look()),
                "/record/running": lambda on: keeper.do(partial(self.recording.switch, bool(on))),
            },
            log=self._files.note if self._files is not None else lambda changes, time, source: None,
            directions=self._directions,
            clocks=self.plugs.clocks.heard,
            movers=[
                self._appointed,
                self._morph,
                self.looper,
                self._ghost,
                Presses(self.bay),
                CreditTeller(self.bay, lambda: self.supervisor.model),
                self._memory,
                self._clip_controls,
                *([self._still] if self._still is not None else []),
            ],
        )

    def _follower(self, slot: int) -> Callable[[float | str], None]:
        return lambda text: self.rack.follow(slot)

    def _say_of_shaders(self, text: str) -> None:
        self.messages.post(self.clock.now(), "shaders", text, serious=True)

    def _publish(self, snapshot: Snapshot) -> None:
        self.supervisor.publish(snapshot)
        self.effects.changed(snapshot)

    def _directions(self, deck: str) -> NDArray[np.float32] | None:
        """Those of the model on a deck. From memory: they are loaded when a model begins to play."""
        model = self.supervisor.model
        return directions.at_hand(part(model.name if model is not None else str(self.bay.value("/model")), deck))

    def _model_chosen(self, name: float | str) -> None:
        self.supervisor.play_model(self._deck_models.told(str(name)))
        self.bank.follow(name)

    def _began(self, name: str) -> None:
        """Another model plays."""
        self._know_model()
        self.inputs.look()
        self.library.model_plays(name)

    def _know_model(self) -> None:
        """Say what of the models that play is not heard, and have their directions read: another engine may have them
        from newer files of the same names."""
        self._unheard.begins(self.supervisor.model)
        names = parts(str(self.bay.value("/engine/model")))
        self._keeper.do(lambda: _load_directions(names))

    def _find_directions(self) -> None:
        """Have directions found for the model that plays; of two, for the first that has none."""
        model = self.supervisor.model
        playing = () if model is None else model.pair or (model,)
        without = [spec.name for spec in playing if not spec.directions]
        why = self._seeking.start(without[0]) if without else "What plays has directions already, or nothing plays yet."
        if why:
            self.messages.post(self.clock.now(), "directions", why)

    def _directions_went(self, words: str) -> None:
        if words != self.bay.value("/model/directions/state"):
            self.bay.write([("/model/directions/state", words)], CONDUCTOR)

    def _directions_found(self, name: str) -> None:
        """Where their model plays it is loaded anew, beside the show, and its layout has them."""
        if name in parts(str(self.bay.value("/engine/model"))):
            self.supervisor.reload_model()

    def _fill_z(self, spec: ControlSpec, seed: float) -> list[tuple[str, Value]]:
        address = spec.address.replace("/seed", "/z")
        return [(address, z_from_seed(int(seed), self.bay.layout.spec(address).size))]

    def _restore(self, event: Event) -> None:
        last = self._files.last if self._files is not None else None
        if last is None:
            self.messages.post(event.time, "files", "There is no earlier session to go back to.")
        else:
            self._keeper.do(lambda: self.library.recall_preset(last, whole=True))


def _parsed(bay: Bay, address: str, text: str) -> Value:
    """A value from the command line: several numbers for a vector, otherwise the text itself."""
    words = text.replace(",", " ").split()
    if len(words) > 1:
        with contextlib.suppress(ValueError):
            return [float(word) for word in words]
    target = bay.layout.resolve(address)
    if target is not None and target.stop - target.start >= 1 and bay.layout.specs[target.index].size > 1:
        with contextlib.suppress(ValueError):
            return float(text)
    return text


def _load_directions(models: tuple[str, ...]) -> None:
    """Have the directions of these models at hand from now on."""
    for name in dict.fromkeys(models):
        directions.load(name)


def _ignore(_: object) -> None:
    """For commands whose result nobody waits for."""
