"""The rack: shaders come, go and change, with their controls; presets, undo and files all lead to the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.catalogue_fx import shader_played
from latentjockey.control.layout import Layout
from latentjockey.control.names import FX_SLOTS
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.control.spec import Kind
from latentjockey.frames.chain import Chain
from latentjockey.frames.frame import Frame
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.spec import ModelSpec
from latentjockey.presets.preset import Kept
from latentjockey.presets.store import PresetStore
from latentjockey.session.autosave import SessionFiles
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.keeper import Keeper
from latentjockey.session.library import Library
from latentjockey.session.morph import Morph
from latentjockey.session.rack import Rack
from latentjockey.session.shader_files import ShaderFiles
from latentjockey.session.shader_shelf import ShaderShelf
from latentjockey.session.shader_watch import ShaderWatch

OSC = Source("osc", Rank.OSC, streams=True)
GLOW = """/*{ "DESCRIPTION": "glows", "CATEGORIES": ["Light"], "INPUTS": [
  {"NAME": "inputImage", "TYPE": "image"},
  {"NAME": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 0.5},
  {"NAME": "tint", "TYPE": "color", "DEFAULT": [1.0, 0.5, 0.25, 1.0]},
  {"NAME": "style", "TYPE": "long", "VALUES": [3, 7], "LABELS": ["soft", "hard"], "DEFAULT": 7},
  {"NAME": "flash", "TYPE": "event"}
] }*/
void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage) * Amount; }
"""
FOLD = """/*{ "INPUTS": [
  {"NAME": "amount", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": -0.25},
  {"NAME": "centre", "TYPE": "point2D", "DEFAULT": [0.5, 0.25]},
  {"NAME": "on", "TYPE": "bool", "DEFAULT": true},
  {"NAME": "mask", "TYPE": "image"}
] }*/
void main() { gl_FragColor = vec4(amount); }
"""


class Stage:
    """A bay, its conductor, a library and a rack over real files. The keeper works when ``work`` is called."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(10.0)
        self.messages = Messages()
        self.jobs: list[Callable[[], None]] = []
        self.used: list[Chain] = []
        rules = {f"/fx/{n}/shader": shader_played for n in FX_SLOTS}
        model = BUILTIN["cppn"]
        layout = Layout(1, builtin(model.z_dim, model.size, model.controls))
        self.bay = Bay(layout, self.clock, text_companions=rules)
        self.files = ShaderFiles(folder / "shaders", folder / "bundled")
        self.rack = Rack(self.bay, self.files, self.jobs.append, self.used.append, self._say)
        self.morph = Morph(self.bay, moved=lambda changes, t: self.conductor.moved(changes, t))
        self.library = Library(
            self.bay, self, self.clock, self.messages, PresetStore(folder / "presets"), lambda: folder,
            self._model, self.morph.begin, self.rack,
        )  # fmt: skip
        self.logged: dict[str, tuple[Kept, Kept]] = {}
        outside = Outside(
            publish=lambda snapshot: None,
            commands={
                "/fx/add": self.rack.add,
                **{f"/fx/{n}/clear": partial(self.rack.clear, n) for n in FX_SLOTS},
            },
            watchers={f"/fx/{n}/shader": self._follower(n) for n in FX_SLOTS},
            log=lambda changes, time, source: self.logged.update(changes),
            movers=[self.morph],
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        self.conductor.begin()
        self.conductor.tick()
        for name, text in (("glow", GLOW), ("fold", FOLD)):
            self.keep(name, text)

    def _follower(self, slot: int) -> Callable[[float | str], None]:
        return lambda text: self.rack.follow(slot)

    def _say(self, text: str) -> None:
        self.messages.post(self.clock.now(), "shaders", text, serious=True)

    @staticmethod
    def _model() -> ModelSpec | None:
        return BUILTIN["cppn"]

    def acquire(self) -> Frame | None:
        return None

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return False

    def keep(self, name: str, text: str) -> Path:
        self.files.own.mkdir(parents=True, exist_ok=True)
        path = self.files.own / f"{name}.fs"
        path.write_text(text)
        return path

    def work(self) -> None:
        """The conductor and the keeper do everything there is to do."""
        self.conductor.tick()
        while self.jobs:
            self.jobs.pop(0)()
            self.conductor.tick()

    def write(self, *batch: tuple[str, object], source: Source = HAND) -> None:
        self.clock.advance(1.0)  # nobody holds anything any more
        report = self.bay.write(batch, source)  # type: ignore[arg-type]
        assert not report.refused
        self.work()

    def here(self, slot: int) -> list[str]:
        """The ends of the addresses of a slot's inputs."""
        return [s.address.removeprefix(f"/fx/{slot}/") for s in self.bay.layout.guests if s.address[4] == str(slot)]

    def playing(self) -> dict[int, str]:
        """The shaders that the effects process knows of."""
        return {program.slot: program.name for program in self.used[-1].programs} if self.used else {}

    def said(self) -> list[str]:
        return [message.text for message in self.messages.recent()]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


# -- coming and going -------------------------------------------------------------------------------------------------


def test_a_shader_brings_its_controls(stage: Stage) -> None:
    before = stage.bay.snapshot()
    stage.write(("/fx/2/shader", "glow"))
    assert stage.here(2) == ["amount", "tint", "style", "flash"]
    assert stage.bay.number("/fx/2/amount") == 0.5
    assert stage.bay.range("/fx/2/amount") == (0.0, 2.0)
    assert stage.bay.layout.spec("/fx/2/style").choices == ("soft", "hard")
    assert stage.bay.number("/fx/2/style") == 1.0
    np.testing.assert_array_equal(stage.bay.value("/fx/2/tint"), [1.0, 0.5, 0.25, 1.0])
    assert stage.bay.layout.spec("/fx/2/flash").kind is Kind.TRIGGER
    assert stage.bay.number("/fx/2/on") == 1.0
    assert stage.playing() == {2: "glow"}
    after = stage.bay.snapshot()
    assert after.layout.epoch == before.layout.epoch
    assert after.layout.engine_specs() == before.layout.engine_specs()


def test_what_the_effects_process_is_told(stage: Stage) -> None:
    stage.write(("/fx/2/shader", "glow"))
    program = stage.used[-1].program(2)
    assert program is not None
    assert (program.source, program.vertex, program.folder) == (GLOW, None, str(stage.files.own))
    told = [(i.name, program.address(i), i.kind, i.values) for i in program.inputs]
    assert told == [
        ("Amount", "/fx/2/amount", "float", ()),
        ("tint", "/fx/2/tint", "color", ()),
        ("style", "/fx/2/style", "long", (3, 7)),
        ("flash", "/fx/2/flash", "event", ()),
    ]
    assert all(stage.bay.layout.resolve(program.address(item)) is not None for item in program.inputs)


def test_an_input_cannot_take_an_address_of_the_slot(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "fold"))
    assert stage.here(1) == ["amount", "centre", "on_", "mask"]
    stage.write(("/fx/1/on_", False), ("/fx/1/mask", "/somewhere/moon.png"))
    assert stage.bay.number("/fx/1/on") == 1.0
    assert stage.bay.value("/fx/1/mask") == "/somewhere/moon.png"


def test_another_shader_begins_afresh_and_the_first_comes_back_as_it_was(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/amount", 7.5), ("/fx/1/style", "soft"))
    stage.bay.set_range("/fx/1/amount", 0.0, 10.0)
    stage.write(("/fx/1/shader", "fold"))
    assert (stage.bay.number("/fx/1/amount"), stage.bay.range("/fx/1/amount")) == (-0.25, (-1.0, 1.0))
    stage.write(("/fx/1/shader", "glow"))
    assert (stage.bay.number("/fx/1/amount"), stage.bay.range("/fx/1/amount")) == (7.5, (0.0, 10.0))
    assert stage.bay.number("/fx/1/style") == 0.0


def test_two_slots_may_play_the_same_shader(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"), ("/fx/5/shader", "glow"))
    stage.write(("/fx/5/amount", 1.5))
    assert (stage.bay.number("/fx/1/amount"), stage.bay.number("/fx/5/amount")) == (0.5, 1.5)


def test_clearing_takes_the_controls_along(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"), ("/fx/2/shader", "fold"))
    stage.write(("/fx/1/clear", 1))
    assert (stage.here(1), stage.bay.value("/fx/1/shader"), stage.bay.number("/fx/1/on")) == ([], "", 0.0)
    assert stage.here(2) == ["amount", "centre", "on_", "mask"]
    assert stage.playing() == {2: "fold"}


def test_adding_takes_the_first_free_slot_and_the_last_place(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"), ("/fx/1/place", 6.0), ("/fx/2/mix", 0.25))
    stage.write(("/fx/add", "fold"), source=OSC)
    assert (stage.bay.value("/fx/2/shader"), stage.bay.number("/fx/2/on")) == ("fold", 1.0)
    assert (stage.bay.number("/fx/2/place"), stage.bay.number("/fx/2/mix")) == (7.0, 1.0)
    assert stage.playing() == {1: "glow", 2: "fold"}


def test_a_full_rack_says_so(stage: Stage) -> None:
    for _ in range(9):
        stage.write(("/fx/add", "glow"))
    assert len(stage.playing()) == 8
    assert any("All 8 slots" in text for text in stage.said())


def test_panic_bypasses_everything_and_keeps_it(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/panic", 1))
    assert (stage.bay.number("/fx/1/on"), stage.bay.value("/fx/1/shader")) == (0.0, "glow")


def test_another_model_keeps_the_shaders(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/amount", 1.75))
    card = BUILTIN["testcard"]
    stage.bay.begin_epoch(builtin(card.z_dim, card.size, card.controls, card.directions))
    stage.work()
    assert stage.bay.layout.epoch == 2
    assert stage.bay.number("/fx/1/amount") == 1.75
    stage.write(("/fx/1/shader", "fold"))
    assert stage.here(1) == ["amount", "centre", "on_", "mask"]


# -- undo and journal -------------------------------------------------------------------------------------------------


def test_putting_in_is_one_move_of_undo(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/amount", 1.25))
    stage.write(("/session/undo", 1))
    assert stage.bay.number("/fx/1/amount") == 0.5
    stage.write(("/session/undo", 1))
    assert (stage.bay.value("/fx/1/shader"), stage.bay.number("/fx/1/on"), stage.here(1)) == ("", 0.0, [])
    stage.write(("/session/redo", 1))
    stage.write(("/session/redo", 1))
    assert (stage.bay.value("/fx/1/shader"), stage.bay.number("/fx/1/amount")) == ("glow", 1.25)


def test_undoing_an_exchange_brings_the_old_values_back(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/amount", 1.25))
    stage.write(("/fx/1/shader", "fold"))
    stage.write(("/session/undo", 1))
    assert (stage.bay.value("/fx/1/shader"), stage.bay.number("/fx/1/amount")) == ("glow", 1.25)


def test_a_hand_elsewhere_is_still_a_move_while_controls_come(stage: Stage) -> None:
    stage.bay.write([("/fx/1/shader", "glow")], HAND)
    stage.conductor.tick()
    stage.bay.write([("/mix/crossfade", 0.75)], HAND)
    while stage.jobs:
        stage.jobs.pop(0)()  # the controls come in the same tick as the hand
    stage.conductor.tick()
    stage.write(("/session/undo", 1))
    assert (stage.bay.number("/mix/crossfade"), stage.bay.value("/fx/1/shader")) == (0.0, "glow")


def test_what_comes_back_with_a_shader_is_in_the_journal(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/amount", 1.25))
    stage.write(("/fx/1/shader", "fold"))
    stage.logged.clear()
    stage.write(("/fx/1/shader", "glow"))
    assert stage.logged["/fx/1/amount"][1] == 1.25


# -- presets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("morph", [0.0, 2.0])
def test_a_preset_brings_its_chain_and_everything_in_it(stage: Stage, morph: float) -> None:
    stage.write(("/fx/3/shader", "glow"), ("/fx/4/shader", "fold"))
    stage.write(("/fx/3/amount", 4.5), ("/fx/3/style", "soft"), ("/fx/3/tint/2", 1.5), ("/fx/4/mask", "/a/moon.png"))
    stage.write(("/fx/3/mix", 0.25), ("/fx/3/place", 9.0), ("/fx/4/on", False))
    stage.bay.set_range("/fx/3/amount", 0.0, 8.0)
    stage.library.save("night")
    stage.write(("/fx/3/clear", 1), ("/fx/4/shader", "glow"), ("/fx/1/shader", "fold"))
    other = Stage(stage.files.own.parent)  # which has read no shader yet
    for show in (stage, other):
        show.write(("/preset/morph", morph))
        show.library.recall("night")
        for _ in range(40):
            show.clock.advance(0.1)
            show.work()
        assert show.here(1) == []
        assert [show.bay.value(f"/fx/{n}/shader") for n in (1, 3, 4)] == ["", "glow", "fold"]
        assert [show.bay.number(f"/fx/3/{end}") for end in ("amount", "style", "mix", "place")] == [4.5, 0, 0.25, 9]
        np.testing.assert_array_equal(show.bay.value("/fx/3/tint"), [1.0, 0.5, 1.5, 1.0])
        assert (show.bay.number("/fx/4/on"), show.bay.value("/fx/4/mask")) == (0.0, "/a/moon.png")
        assert show.bay.range("/fx/3/amount") == (0.0, 8.0)
        assert show.playing() == {3: "glow", 4: "fold"}
        assert not [text for text in show.said() if "not here" in text]


def test_undo_of_a_recall_brings_the_old_chain_back(stage: Stage) -> None:
    stage.library.save("bare")
    stage.write(("/fx/3/shader", "glow"))
    stage.write(("/fx/3/amount", 4.5))
    stage.library.recall("bare")
    stage.work()
    assert stage.playing() == {}
    stage.write(("/session/undo", 1))
    assert (stage.bay.value("/fx/3/shader"), stage.bay.number("/fx/3/amount")) == ("glow", 4.5)


def test_a_preset_from_before_there_were_shaders_leaves_the_chain_alone(stage: Stage) -> None:
    stage.library.save("old")
    path = stage.files.own.parent / "presets" / "old.json"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if '"/fx/' not in line))
    stage.write(("/fx/3/shader", "glow"))
    stage.library.recall("old")
    stage.work()
    assert stage.playing() == {3: "glow"}


def test_a_missing_shader_is_one_sentence_and_the_rest_plays(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"), ("/fx/2/shader", "fold"))
    stage.write(("/fx/1/amount", 1.25), ("/fx/1/style", "soft"), ("/fx/2/amount", 0.75))
    stage.bay.set_range("/fx/1/amount", 0.0, 8.0)
    stage.library.save("night")
    text = (stage.files.own / "glow.fs").read_text()
    (stage.files.own / "glow.fs").unlink()
    other = Stage(stage.files.own.parent)
    (stage.files.own / "glow.fs").unlink()
    other.library.recall("night")
    other.work()
    assert other.rack.seats()[1].missing
    assert other.playing() == {2: "fold"}
    assert other.bay.number("/fx/2/amount") == 0.75
    assert [said for said in other.said() if "glow" in said] == [other.rack.seats()[1].trouble]
    other.keep("glow", text)  # the file comes after all: its values were not forgotten
    for _ in range(3):
        other.rack.glance()
    other.work()
    assert not other.rack.seats()[1].missing
    assert (other.bay.number("/fx/1/amount"), other.bay.number("/fx/1/style")) == (1.25, 0.0)
    assert other.bay.range("/fx/1/amount") == (0.0, 8.0)


def test_the_session_comes_back_with_its_chain(stage: Stage, tmp_path: Path) -> None:
    keeper = Keeper(stage.messages, stage.clock)
    kept = SessionFiles(tmp_path / "state", keeper, stage.clock, stage.messages, lambda: stage.library.now("last"))
    stage.write(("/fx/3/shader", "glow"))
    stage.write(("/fx/3/amount", 1.125))
    keeper.do(kept.close)
    keeper.close()
    again = Keeper(stage.messages, stage.clock)
    last = SessionFiles(tmp_path / "state", again, stage.clock, stage.messages, lambda: stage.library.now("last")).last
    again.close()
    assert last is not None
    other = Stage(tmp_path)
    other.library.recall_preset(last, whole=True)
    other.work()
    assert (other.bay.value("/fx/3/shader"), other.bay.number("/fx/3/amount")) == ("glow", 1.125)


# -- trouble ----------------------------------------------------------------------------------------------------------


def test_what_is_missing_or_no_shader_says_why_and_where(stage: Stage) -> None:
    stage.keep("broken", '/*{\n"INPUTS": [ {"NAME": }\n}*/ void main() {}')
    stage.write(("/fx/1/shader", "broken"), ("/fx/2/shader", "gloww"))
    broken, missing = stage.rack.seats()[1], stage.rack.seats()[2]
    assert broken.line == 2
    assert missing.missing
    assert "glow" in missing.trouble
    assert sum("broken.fs, line 2" in text for text in stage.said()) == 1
    stage.write(("/fx/1/shader", "glow"))
    assert stage.rack.seats()[1].trouble == ""


def test_what_was_in_the_slot_goes_when_a_missing_one_is_named(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/shader", "nothing like it"))
    assert (stage.here(1), stage.playing()) == ([], {})


# -- written anew -----------------------------------------------------------------------------------------------------

MORE = GLOW.replace('{"NAME": "flash", "TYPE": "event"}', '{"NAME": "width", "TYPE": "float", "DEFAULT": 0.125}')


def glanced(stage: Stage) -> None:
    """Two looks: a change is taken when it has stood for one."""
    for _ in range(2):
        stage.rack.glance()
    stage.work()


@pytest.mark.parametrize("how", ["in place", "replaced"])
def test_a_shader_that_is_written_anew_keeps_its_values(stage: Stage, how: str) -> None:
    stage.write(("/fx/1/shader", "glow"), ("/fx/2/shader", "glow"))
    stage.write(("/fx/1/amount", 1.75))
    stage.bay.set_range("/fx/1/amount", 0.0, 8.0)
    if how == "in place":
        stage.keep("glow", MORE)
    else:
        stage.keep("glow.part", MORE).replace(stage.files.own / "glow.fs")
    glanced(stage)
    for slot in (1, 2):
        assert stage.here(slot) == ["amount", "tint", "style", "width"]
        assert stage.bay.number(f"/fx/{slot}/width") == 0.125
    assert (stage.bay.number("/fx/1/amount"), stage.bay.range("/fx/1/amount")) == (1.75, (0.0, 8.0))
    assert [program.source for program in stage.used[-1].programs] == [MORE, MORE]


def test_a_vertex_shader_that_changes_counts(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    (stage.files.own / "glow.vs").write_text("void main() { isf_vertShaderInit(); }")
    glanced(stage)
    program = stage.used[-1].program(1)
    assert program is not None
    assert program.vertex == "void main() { isf_vertShaderInit(); }"


def test_nothing_is_told_when_nothing_changed(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    told, revision = len(stage.used), stage.bay.revision
    glanced(stage)
    glanced(stage)
    assert (len(stage.used), stage.bay.revision, stage.jobs) == (told, revision, [])


def test_the_last_good_one_plays_while_the_new_one_is_broken(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    stage.write(("/fx/1/amount", 1.75))
    stage.keep("glow", GLOW.replace('"INPUTS"', '"INPUTS'))
    glanced(stage)
    assert stage.rack.seats()[1].trouble
    assert stage.playing() == {1: "glow"}
    assert stage.bay.number("/fx/1/amount") == 1.75
    glanced(stage)
    assert sum("glow.fs" in text for text in stage.said()) == 1, "it is said once"
    stage.keep("glow", MORE)
    glanced(stage)
    assert stage.rack.seats()[1].trouble == ""
    assert stage.here(1) == ["amount", "tint", "style", "width"]


def test_a_file_that_goes_away_plays_on(stage: Stage) -> None:
    stage.write(("/fx/1/shader", "glow"))
    (stage.files.own / "glow.fs").unlink()
    glanced(stage)
    assert (stage.playing(), stage.rack.seats()[1].trouble) == ({1: "glow"}, "")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Stage, Keeper]]:
    """The same with a keeper and a watch on threads of their own."""
    stage = Stage(tmp_path)
    keeper = Keeper(stage.messages, stage.clock)
    stage.rack._later = keeper.do
    watch = ShaderWatch(stage.rack.glance)
    watch.start()
    yield stage, keeper
    watch.close()
    keeper.close()


def test_the_watch_notices_by_itself(live: tuple[Stage, Keeper]) -> None:
    stage, _ = live
    told = threading.Event()
    stage.rack._use = lambda chain: told.set() if any("width" in p.source for p in chain.programs) else None
    stage.write(("/fx/1/shader", "glow"))
    stage.keep("glow", MORE)
    assert told.wait(60.0), "the change was never seen"
    assert "/fx/1/width" in stage.bay.layout.addresses()


# -- the library for a window -----------------------------------------------------------------------------------------


class Now(Keeper):
    """A keeper without a thread."""

    def __init__(self, jobs: list[Callable[[], None]]) -> None:
        self._queue = jobs

    def do(self, job: Callable[[], None]) -> None:
        self._queue.append(job)


@pytest.fixture
def shelf(stage: Stage) -> ShaderShelf:
    return ShaderShelf(stage.files, Now(stage.jobs), stage.bay, stage.rack)


def test_the_library_knows_what_headers_say(stage: Stage, shelf: ShaderShelf) -> None:
    stage.keep("zz broken", "no header")
    assert shelf.shaders() == ()
    shelf.look()
    stage.work()
    found = {entry.name: entry for entry in shelf.shaders()}
    assert list(found) == ["fold", "glow", "zz broken"]
    assert (found["glow"].description, found["glow"].categories, found["glow"].inputs) == ("glows", ("Light",), 4)
    assert found["zz broken"].trouble
    before = shelf.shaders()
    shelf.look()
    stage.work()
    assert shelf.shaders() is before


def test_hundreds_are_read_a_few_at_a_time(stage: Stage, shelf: ShaderShelf) -> None:
    for n in range(80):
        stage.keep(f"s{n:02d}", FOLD)
    shelf.look()
    assert len(stage.jobs) == 1
    stage.jobs.pop(0)()
    assert 0 < len(shelf.shaders()) < 80
    stage.work()
    assert len(shelf.shaders()) == 82


@pytest.mark.parametrize("slot", [0, 3])
def test_a_file_from_outside_is_copied_and_put_in(stage: Stage, shelf: ShaderShelf, tmp_path: Path, slot: int) -> None:
    path = tmp_path / "ripple.fs"
    path.write_text(GLOW)
    shelf.bring(path, slot)
    stage.work()
    assert (stage.files.own / "ripple.fs").read_text() == GLOW
    assert stage.bay.value(f"/fx/{slot or 1}/shader") == "ripple"
    assert stage.playing() == {slot or 1: "ripple"}


def test_a_file_that_imports_pictures_stays_with_them(stage: Stage, shelf: ShaderShelf, tmp_path: Path) -> None:
    path = tmp_path / "painted.fs"
    path.write_text(GLOW.replace('"INPUTS"', '"IMPORTED": {"moon": {"PATH": "moon.png"}}, "INPUTS"'))
    shelf.bring(path)
    stage.work()
    assert stage.bay.value("/fx/1/shader") == str(path)
    assert not (stage.files.own / "painted.fs").exists()
    assert stage.playing() == {1: "painted"}
