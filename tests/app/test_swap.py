"""Models are exchanged while the show plays: what is at hand at once, and whatever goes wrong, the stage goes on."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.link.messages import Load
from latentjockey.models import library
from tests.app import small_models
from tests.app.test_engine_faults import moving, watching
from tests.models.reading import payloads

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
    pytest.mark.usefixtures("patient"),
]

Until = Callable[..., bool]
Play = Callable[..., Any]
PATIENCE_S = 120.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two small models, which shows and their engines look into, and a cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = tmp_path / "models"
    place.mkdir()
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(place))
    for n, name in enumerate(("ants", "bees")):
        small_models.style(place / f"{name}.safetensors", n)
    return place


@contextmanager
def going_on(stage: Any, until: Until) -> Iterator[Any]:
    """New pictures come all the time, and still do afterwards."""
    moving(stage, until)
    with watching(stage) as watch:
        yield watch
        key, seen = stage.key(), len(watch.keys)
        assert until(lambda: stage.key() > (key[0], key[1] + 5) or stage.key()[0] > key[0])
        assert until(lambda: len(watch.keys) > seen)
    assert watch.held == 0, "the stage never had to play what it kept"
    assert stage.number("/engine/restarts") == 0


def seat(stage: Any, place: str) -> Any:
    return getattr(stage.show.supervisor._crew, place)


def standing_by(stage: Any, until: Until) -> int:
    """The process that stands by, when it is ready."""
    assert until(lambda: (s := seat(stage, "standby")) is not None and s.loaded is not None, PATIENCE_S)
    return int(seat(stage, "standby").engine.pid)


def at_hand(stage: Any, until: Until, *names: str) -> None:
    assert until(lambda: all(stage.show.supervisor.bank.is_ready(name) for name in names), PATIENCE_S), (
        stage.show.supervisor.bank,
        stage.messages(),
    )


def plays(stage: Any, until: Until, name: str) -> None:
    assert until(lambda: stage.text("/engine/model") == name, PATIENCE_S), (stage.messages(), stage.text("/model"))


def refused(stage: Any, until: Until, name: str, said: str) -> None:
    """The model is not played, in this sentence, and the same engine goes on with the test card."""
    pid = stage.pid
    stage.write(model=name)
    assert until(lambda: said in stage.text("/engine/error"), PATIENCE_S), stage.messages()
    assert until(lambda: stage.text("/model") == "testcard")
    assert (stage.pid, stage.text("/engine/model"), stage.text("/engine/state")) == (pid, "testcard", "playing")


def test_next_and_previous_switch_between_two_engines_that_stay(
    folder: Path, play: Play, until: Until, engines: Any
) -> None:
    stage = play()
    stage.write(bank="testcard, ants, bees")
    standing_by(stage, until)
    at_hand(stage, until, "testcard", "ants", "bees")
    assert until(lambda: stage.text("/bank/loading") == "")
    both = set(engines(os.getpid()))
    with going_on(stage, until) as watch:
        for press, name, slot in (
            ("next", "ants", 2), ("next", "bees", 3), ("previous", "ants", 2), ("previous", "testcard", 1)
        ):  # fmt: skip
            generation = stage.key()[0]
            stage.write(**{f"bank__{press}": True})
            plays(stage, until, name)
            assert until(lambda before=generation: stage.key()[0] > before)
            assert until(lambda wanted=slot: stage.number("/bank/slot") == wanted)
            at_hand(stage, until, "testcard", "ants", "bees")
    assert set(engines(os.getpid())) == both, "nobody had to be started for it"
    assert len({generation for generation, _ in watch.keys}) >= 4
    assert not stage.messages()


def test_presses_while_one_is_coming_are_counted(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    stage.write(bank="testcard, ants, bees, cppn")
    with going_on(stage, until):
        for _ in range(3):
            stage.write(bank__next=True)
        plays(stage, until, "cppn")
        stage.write(bank__previous=True)
        stage.write(bank__previous=True)
        plays(stage, until, "ants")
    assert stage.text("/model") == "ants"
    assert not stage.messages()


def test_what_played_before_is_at_hand_at_once(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    standing_by(stage, until)
    with going_on(stage, until):
        stage.write(model="ants")
        plays(stage, until, "ants")
        assert until(lambda: stage.show.supervisor.bank.is_ready("testcard"))
        coming = seat(stage, "standby").engine.pid
        stage.write(bank__previous=True)
        plays(stage, until, "testcard")
        assert stage.pid == coming


def test_a_bank_without_memory_keeps_what_plays_and_says_so(folder: Path, play: Play, until: Until) -> None:
    small_models.style(folder / "large.safetensors", widest=96)
    stage = play(sets=(("/bank/mb", "2"),))
    stage.write(bank="testcard, large")
    standing_by(stage, until)
    assert until(lambda: "large is not kept ready" in stage.messages(), PATIENCE_S), stage.show.supervisor.bank
    assert not stage.show.supervisor.bank.is_ready("large")
    assert stage.show.supervisor.bank.budget == 1 << 20
    with going_on(stage, until):
        stage.write(bank__next=True)
        plays(stage, until, "large")
    assert stage.messages().count("large is not kept ready") == 1


def test_values_and_what_the_model_lacks_come_back_by_address(folder: Path, play: Play, until: Until) -> None:
    stage = play(model="ants")
    stage.write(bank="ants, testcard")
    standing_by(stage, until)
    stage.write(deck__a__class=[0.25, -2.0], mix__crossfade=0.3)
    with going_on(stage, until):
        stage.write(bank__next=True)
        plays(stage, until, "testcard")
        assert stage.show.bay.layout.resolve("/deck/a/class") is None
        assert stage.number("/mix/crossfade") == 0.3
        stage.write(bank__next=True)
        plays(stage, until, "ants")
    assert np.asarray(stage.show.bay.value("/deck/a/class")).tolist() == [0.25, -2.0]


def test_a_crash_restarts_with_what_plays_whatever_else_is_at_hand(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    stage.write(bank="testcard, ants, bees")
    standing_by(stage, until)
    at_hand(stage, until, "ants", "bees")
    stage.write(bank__next=True)
    plays(stage, until, "ants")
    assert until(lambda: standing_by(stage, until) != stage.pid and seat(stage, "standby").model == "ants", PATIENCE_S)
    standby = seat(stage, "standby").engine.pid
    with watching(stage):
        os.kill(stage.pid, signal.SIGKILL)
        assert until(lambda: stage.number("/engine/restarts") == 1 and stage.pid == standby)
        assert until(lambda: not stage.frame().held)
    assert (stage.text("/engine/model"), stage.text("/model")) == ("ants", "ants")


def test_a_crash_while_the_bank_is_being_loaded(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    standby = standing_by(stage, until)
    with watching(stage):
        stage.write(bank="testcard, ants, bees, cppn")
        os.kill(stage.pid, signal.SIGKILL)
        assert until(lambda: stage.number("/engine/restarts") == 1 and stage.pid == standby, PATIENCE_S)
        assert until(lambda: not stage.frame().held)
    assert (stage.text("/engine/model"), stage.text("/model")) == ("testcard", "testcard")
    assert standing_by(stage, until) != standby
    at_hand(stage, until, "ants", "bees", "cppn")


FAULTS = {
    "corrupt": (small_models.torn, "was cut short"),
    "another family": (small_models.of_another_family, "cannot be played"),
    "too big": (small_models.immense, "not enough memory"),
    "empty": (lambda path: path.write_bytes(b""), "is no safetensors file"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_played_leaves_the_stage_and_the_bank_alone(
    folder: Path, play: Play, until: Until, fault: str
) -> None:
    spoil, said = FAULTS[fault]
    spoil(small_models.style(folder / "broken.safetensors", 5))
    stage = play()
    stage.write(bank="testcard, ants")
    standby = standing_by(stage, until)
    at_hand(stage, until, "ants")
    with going_on(stage, until):
        refused(stage, until, "broken", said)
        at_hand(stage, until, "testcard", "ants")
        stage.write(bank__next=True)
        plays(stage, until, "ants")
    assert stage.pid == standby, "the engine that could not load it is as good as before"


def test_a_hostile_file_is_not_run_and_the_bank_stays(folder: Path, tmp_path: Path, play: Play, until: Until) -> None:
    target = tmp_path / "made"
    (folder / "hostile.pkl").write_bytes(payloads.LIVE["reduce"](str(target)))
    stage = play()
    stage.write(bank="testcard, ants, hostile")
    standby = standing_by(stage, until)
    at_hand(stage, until, "ants")
    assert until(lambda: "hostile.pkl cannot be used" in stage.messages(), PATIENCE_S)
    with going_on(stage, until):
        refused(stage, until, "hostile", "hostile.pkl cannot be used")
        stage.write(model="ants")
        plays(stage, until, "ants")
    assert stage.pid == standby
    assert not target.exists()


@contextmanager
def held_up(stage: Any, until: Until, name: str) -> Iterator[int]:
    """The engine that was asked to load a model hears of it only after the block."""
    standing_by(stage, until)
    engine, kept = seat(stage, "standby").engine, []
    send = engine.send
    engine.send = lambda message: kept.append(message) if isinstance(message, Load) else send(message)
    try:
        stage.write(model=name)
        assert until(lambda: (s := seat(stage, "coming")) is not None and s.loading)
        yield engine.pid
    finally:
        engine.send = send
        for message in kept:
            send(message)


def test_a_file_that_is_removed_while_it_is_to_be_loaded(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    with going_on(stage, until):
        with held_up(stage, until, "ants"):
            (folder / "ants.safetensors").unlink()
        assert until(lambda: "ants" in stage.text("/engine/error"), PATIENCE_S)
        assert until(lambda: stage.text("/model") == "testcard")
        stage.write(model="bees")
        plays(stage, until, "bees")


def test_a_file_that_is_exchanged_while_it_is_to_be_loaded_plays_as_it_is_now(
    folder: Path, play: Play, until: Until
) -> None:
    stage = play()
    with going_on(stage, until):
        with held_up(stage, until, "ants"):
            small_models.style(folder / "ants.safetensors", 9, z=10)
            stamp = library.stamp(folder / "ants.safetensors")
        plays(stage, until, "ants")
    model = stage.show.supervisor.model
    assert (model.z_dim, model.file) == (10, stamp)
    assert stage.show.bay.layout.spec("/deck/a/z").size == 10


def test_an_engine_that_is_killed_while_it_loads(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    with going_on(stage, until):
        with held_up(stage, until, "ants") as pid:
            os.kill(pid, signal.SIGKILL)
            assert until(lambda: "ants cannot play here (killed by signal 9); testcard plays on" in stage.messages())
            assert until(lambda: stage.text("/model") == "testcard")
        assert standing_by(stage, until) != pid
        stage.write(model="ants")
        plays(stage, until, "ants")


def test_a_crash_while_a_model_is_coming_that_cannot_be_played(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    with watching(stage):
        with held_up(stage, until, "ants") as pid:
            (folder / "ants.safetensors").unlink()
            os.kill(stage.pid, signal.SIGKILL)
            assert until(lambda: stage.number("/engine/restarts") == 1)
        assert until(lambda: stage.pid == pid and stage.text("/engine/state") == "playing", PATIENCE_S)
        assert until(lambda: not stage.frame().held)
    assert (stage.text("/model"), stage.text("/engine/model")) == ("testcard", "testcard")


def test_another_choice_while_the_first_loads(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    with going_on(stage, until) as watch:
        generation = stage.key()[0]
        with held_up(stage, until, "ants"):
            stage.write(model="bees")
            assert until(lambda: stage.show.supervisor._model == "bees")
        plays(stage, until, "bees")
        assert {g for g, _ in watch.keys if g > generation} <= {stage.key()[0]}, "the first was never on stage"
    assert not stage.messages()


def test_back_to_what_plays_while_another_loads(folder: Path, play: Play, until: Until) -> None:
    stage = play()
    pid, key = stage.pid, stage.key()
    with going_on(stage, until):
        with held_up(stage, until, "ants") as other:
            stage.write(model="testcard")
            assert until(lambda: seat(stage, "coming") is None)
        assert standing_by(stage, until) == other
        assert until(lambda: seat(stage, "standby").model == "testcard" and seat(stage, "standby").loaded is not None)
    assert stage.pid == pid
    assert stage.key()[0] == key[0]


def test_out_of_memory_while_it_loads(folder: Path, play: Play, until: Until) -> None:
    small_models.style(folder / "large.safetensors", widest=512)
    stage = play()
    stage.write(bank="testcard, ants")
    standby = standing_by(stage, until)
    at_hand(stage, until, "ants")
    lines = Path(f"/proc/{standby}/status").read_text().splitlines()
    used = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmSize"))
    before = resource.prlimit(standby, resource.RLIMIT_AS, (used + (1 << 20), resource.RLIM_INFINITY))
    with going_on(stage, until):
        refused(stage, until, "large", "not enough memory to have large ready")
        resource.prlimit(standby, resource.RLIMIT_AS, before)
        stage.write(model="large")
        plays(stage, until, "large")
    assert stage.pid == standby


def test_the_engine_that_stands_by_goes_first_where_the_system_needs_memory(
    folder: Path, play: Play, until: Until
) -> None:
    def score(pid: int) -> int:
        return int(Path(f"/proc/{pid}/oom_score_adj").read_text())

    stage = play()
    own, first, second = score(os.getpid()), stage.pid, standing_by(stage, until)
    assert (score(first), score(second)) == (own, min(own + 300, 1000))
    stage.write(model="ants")
    plays(stage, until, "ants")
    assert stage.pid == second
    assert until(lambda: (score(first), score(second)) == (min(own + 300, 1000), own))
